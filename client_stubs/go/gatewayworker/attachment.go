package gatewayworker

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	pb "github.com/gatewayd/gatewayd/client_stubs/go/gatewayworkerv1"
)

const (
	// requestBytes is what a request may grow to before another one is begun. The daemon takes 16 MiB.
	requestBytes = 1 << 20
	// fullRequests is how many of those may stand in line before who makes more has to wait.
	fullRequests = 16
)

// An attachment is one stream to the daemon, from hello to its end: what comes is handed on, what is done goes back in
// batches. Acknowledgements and commands that come up while a request is being written go into the next one.
type attachment struct {
	cancel     context.CancelFunc // ends the stream
	parent     context.Context    // of handlers
	dispatcher *dispatcher
	ackOnSend  bool
	onWelcome  func(*pb.Welcome)
	onOther    func(*pb.AttachResponse) // is told of all that is neither welcome nor events

	// over: events that have not begun are somebody else's, and what is done from now on cannot be said.
	over   atomic.Bool
	wanted chan struct{} // wakes the writer
	ended  chan struct{} // closed where the stream has

	mu       sync.Mutex
	room     sync.Cond           // full has become shorter, or the stream has ended
	request  *pb.AttachRequest   // collects
	commands []byte              // of it, encoded
	full     []*pb.AttachRequest // go before it
	dirty    bool                // there is something to be sent
	done     []uint64            // to be acknowledged
	inHand   int                 // events that are not
	newest   uint64              // the last event that came
	breaking bool                // the stream is half-closed behind what is to be sent
}

func newAttachment(cancel context.CancelFunc) *attachment {
	made := &attachment{
		cancel: cancel, wanted: make(chan struct{}, 1), ended: make(chan struct{}), request: new(pb.AttachRequest),
	}
	made.room.L = &made.mu
	return made
}

// run returns nil when the daemon has ended the stream with OK, else why it ended. The context is that of `cancel`.
func (a *attachment) run(ctx context.Context, api pb.WorkerServiceClient, hello *pb.Hello) error {
	defer close(a.ended)
	a.change(func() { a.request.Hello = hello })
	stream, err := api.Attach(ctx)
	if err != nil {
		a.end()
		return errorOf(err, nil)
	}
	var writer sync.WaitGroup
	writer.Go(func() { a.write(ctx, stream) })
	err = a.read(stream)
	a.end()
	writer.Wait()
	if errors.Is(err, io.EOF) {
		return nil
	}
	return errorOf(err, stream.Trailer())
}

func (a *attachment) end() {
	a.mu.Lock()
	a.over.Store(true)
	a.room.Broadcast()
	a.mu.Unlock()
	a.cancel()
}

func (a *attachment) read(stream pb.WorkerService_AttachClient) error {
	for {
		response, err := stream.Recv()
		if err != nil {
			return err
		}
		switch message := response.GetMessage().(type) {
		case *pb.AttachResponse_Events:
			a.take(message.Events.GetEvents())
		case *pb.AttachResponse_Welcome:
			a.onWelcome(message.Welcome)
		default:
			a.onOther(response)
		}
	}
}

// take hands on a batch.
func (a *attachment) take(batch []*pb.Event) {
	if len(batch) == 0 {
		return
	}
	made := make([]Event, len(batch))
	events := make([]*Event, len(batch))
	for i, event := range batch {
		made[i].fill(event, a, a.parent)
		events[i] = &made[i]
	}
	a.mu.Lock()
	a.inHand += len(batch)
	a.newest = batch[len(batch)-1].GetId()
	a.mu.Unlock()
	a.dispatcher.put(events)
}

// ---- What goes to the daemon.

// acknowledge says that an event is done, at the end of the turn.
func (a *attachment) acknowledge(event *Event) {
	event.acknowledged.Store(true)
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.over.Load() {
		return
	}
	a.inHand--
	if !a.ackOnSend {
		a.done = append(a.done, event.ID)
		a.dirty = true
	}
}

// answer sends a message to the client of an event, as command does.
func (a *attachment) answer(event *Event, message Message) bool {
	if !a.lockFor(message.size() + 64) {
		return false
	}
	a.commands = appendAnswer(a.commands, message, event.ID)
	a.unlock()
	return true
}

// command sends one that is encoded, before the acknowledgement of what it answers; false where the stream has ended. It
// waits where the stream takes them more slowly than they are made.
func (a *attachment) command(encoded []byte) bool {
	if !a.lockFor(len(encoded)) {
		return false
	}
	a.commands = append(a.commands, encoded...)
	a.unlock()
	return true
}

// lockFor locks the request for a command of about so many bytes; false, and not locked, where the stream has ended.
func (a *attachment) lockFor(size int) bool {
	a.mu.Lock()
	for len(a.full) >= fullRequests && !a.over.Load() {
		a.wake()
		a.room.Wait()
	}
	if a.over.Load() {
		a.mu.Unlock()
		return false
	}
	if len(a.commands) > 0 && len(a.commands)+size > requestBytes {
		a.begin(requestBytes)
	}
	return true
}

// unlock has the command sent.
func (a *attachment) unlock() {
	a.dirty = true
	a.mu.Unlock()
	if !a.dispatcher.standby.Load() { // or that comes to it, and there may be more by then
		a.wake()
	}
}

// sync asks to be told when the commands so far have run; false where the stream has ended.
func (a *attachment) sync(number uint64, timeout time.Duration) bool {
	return a.change(func() {
		a.request.Sync = &pb.Sync{Number: number, Timeout: durationpb.New(timeout)}
		a.begin(0)
	})
}

// leave says that the worker goes; the stream ends when the last event is acknowledged.
func (a *attachment) leave(mode pb.LeaveMode) {
	a.change(func() { a.request.Leave = &pb.Leave{Mode: mode} })
}

// breakOff ends the stream after what is done was said: the rest is delivered again.
func (a *attachment) breakOff() {
	a.change(func() {
		a.breaking = true
		a.over.Store(true)
		a.room.Broadcast()
	})
}

// change does something to the request and sends it.
func (a *attachment) change(something func()) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.over.Load() {
		return false
	}
	something()
	a.dirty = true
	a.wake()
	return true
}

// begin puts the request behind those that are full and begins another, for about so many bytes of commands; mu is held.
func (a *attachment) begin(capacity int) {
	a.full = append(a.full, a.finished(capacity))
}

// finished is the request with its commands, in whose place another is begun; mu is held.
func (a *attachment) finished(capacity int) *pb.AttachRequest {
	request := a.request
	setCommands(request, a.commands)
	a.request, a.commands = new(pb.AttachRequest), make([]byte, 0, capacity)
	return request
}

// flush has sent what there is.
func (a *attachment) flush() {
	a.mu.Lock()
	dirty := a.dirty
	a.mu.Unlock()
	if dirty {
		a.wake()
	}
}

func (a *attachment) wake() {
	select {
	case a.wanted <- struct{}{}:
	default: // it has been woken
	}
}

// ---- The writer

func (a *attachment) write(ctx context.Context, stream pb.WorkerService_AttachClient) {
	for {
		select {
		case <-a.wanted:
		case <-ctx.Done():
			return
		}
		for request, last := a.collect(); request != nil; request, last = a.collect() {
			if stream.Send(request) != nil {
				return // the reader knows why
			}
			if last {
				_ = stream.CloseSend() // it cannot fail
				return
			}
		}
	}
}

// collect is the next request to be sent, or nil. Acknowledgements are in the last one, behind the commands of their
// events.
func (a *attachment) collect() (request *pb.AttachRequest, last bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.full) > 0 {
		request, a.full = a.full[0], a.full[1:]
		a.room.Signal()
		return request, false
	}
	if !a.dirty {
		return nil, false
	}
	request = a.finished(len(a.commands))
	if len(a.done) > 0 {
		if a.inHand > 0 || a.breaking {
			request.Acks = &pb.Acks{Ids: a.done}
			a.done = nil
		} else {
			request.Acks = &pb.Acks{UpTo: a.newest}
			a.done = a.done[:0]
		}
	}
	a.dirty = false
	return request, a.breaking
}
