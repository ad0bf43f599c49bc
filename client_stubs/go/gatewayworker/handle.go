package gatewayworker

import (
	"context"
	"runtime/debug"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "github.com/gatewayd/gatewayd/client_stubs/go/gatewayworkerv1"
)

// Sync waits until the Gateways have run what was sent by the methods here, or could not tell within the timeout; 0:
// [DefaultSyncTimeout]. It returns those of which it is not known, and fails with [ErrUnavailable] where the stream ended
// first, or there is none.
func (w *Worker) Sync(ctx context.Context, timeout time.Duration) ([]GatewayFailure, error) {
	attachment := w.attachment.Load()
	if attachment == nil {
		return nil, unavailable("the worker is not attached")
	}
	answer := make(chan []GatewayFailure, 1)
	w.mu.Lock()
	w.syncNumber++
	number := w.syncNumber
	w.syncs[number] = answer
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		delete(w.syncs, number)
		w.mu.Unlock()
	}()
	if !attachment.sync(number, orDefault(timeout, DefaultSyncTimeout)) {
		return nil, unavailable("the stream ended")
	}
	select {
	case unknown := <-answer:
		return unknown, nil
	case <-attachment.ended:
		select {
		case unknown := <-answer: // it came before the end
			return unknown, nil
		default:
			return nil, unavailable("the stream ended")
		}
	case <-ctx.Done():
		return nil, errorOf(status.FromContextError(ctx.Err()).Err(), nil)
	}
}

// welcome is told of an attachment; events come after it has returned.
func (w *Worker) welcome(welcome *pb.Welcome) {
	w.mu.Lock()
	w.welcomed = true
	w.mu.Unlock()
	w.log().Info("attached", "gatewayd", welcome.GetVersion())
	if w.OnAttached == nil {
		return
	}
	ctx := w.attachment.Load().parent
	w.protect("OnAttached", func() {
		w.OnAttached(ctx, Welcome{
			Version: welcome.GetVersion(), Dialect: welcome.GetDialect(), WorkerID: welcome.GetWorkerId(),
			WindowEvents: welcome.GetWindowEvents(), WindowBytes: welcome.GetWindowBytes(),
			MaxMessageBytes: welcome.GetMaxMessageBytes(),
		})
	})
}

// told is told what is neither welcome nor events.
func (w *Worker) told(response *pb.AttachResponse) {
	switch message := response.GetMessage().(type) {
	case *pb.AttachResponse_CommandErrors:
		for _, failed := range message.CommandErrors.GetErrors() {
			w.commandFailed(failed)
		}
	case *pb.AttachResponse_Synced:
		w.mu.Lock()
		answer := w.syncs[message.Synced.GetNumber()]
		delete(w.syncs, message.Synced.GetNumber())
		w.mu.Unlock()
		if answer != nil {
			answer <- fromFailures(message.Synced.GetUnknown())
		}
	case *pb.AttachResponse_Draining:
		w.log().Info("the daemon is going", "deadline", message.Draining.GetDeadline().AsDuration())
	}
}

func (w *Worker) commandFailed(failed *pb.CommandError) {
	status := failed.GetStatus()
	code := codes.Code(status.GetCode())
	if w.OnCommandError == nil {
		w.log().Warn("a command failed", "event", failed.GetNumber(), "code", code, "message", status.GetMessage())
		return
	}
	w.protect("OnCommandError", func() {
		w.OnCommandError(CommandError{
			EventID: failed.GetNumber(), Code: code, Message: status.GetMessage(),
			Delivery: fromStatus(status).Delivery,
		})
	})
}

// flush sends what handlers have done.
func (w *Worker) flush() {
	if attachment := w.attachment.Load(); attachment != nil {
		attachment.flush()
	}
}

// handle works on an event, to its acknowledgement.
func (w *Worker) handle(event *Event) {
	err := w.call(w.handler(event.Kind), event)
	if err == nil {
		event.attachment.acknowledge(event)
		return
	}
	w.log().Error("a handler failed", "event", event, "error", err)
	outcome := Ack
	if w.OnError != nil {
		w.protect("OnError", func() { outcome = w.OnError(&event.context, event, err) })
	}
	if outcome == Redeliver && !w.AckOnSend {
		event.attachment.breakOff()
	} else {
		event.attachment.acknowledge(event)
	}
}

func (w *Worker) call(handler Handler, event *Event) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &PanicError{Value: value, Stack: debug.Stack()}
		}
	}()
	return handler(&event.context, event)
}

// protect calls a hook, and logs where that panics.
func (w *Worker) protect(name string, hook func()) {
	defer func() {
		if value := recover(); value != nil {
			w.log().Error(name+" panicked", "value", value, "stack", string(debug.Stack()))
		}
	}()
	hook()
}
