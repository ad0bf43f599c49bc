package gatewayworker

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "github.com/gatewayd/gatewayd/client_stubs/go/gatewayworkerv1"
)

func TestItAttachesAgainUntilItIsTaken(t *testing.T) {
	var attaches atomic.Int64
	attached := make(chan struct{})
	daemon := &fakeDaemon{script: func(stream attachStream) error {
		if attaches.Add(1) < 4 {
			return status.Error(codes.Unavailable, "going")
		}
		close(attached)
		return untilLeft(stream)
	}}
	stop := serve(t, echo(daemon.start(t)))
	receive(t, attached)
	if err := stop(); err != nil || attaches.Load() != 4 {
		t.Errorf("%d times, %v", attaches.Load(), err)
	}
}

func TestWhatTryingAgainDoesNotHealEndsIt(t *testing.T) {
	for _, code := range []codes.Code{
		codes.InvalidArgument, codes.FailedPrecondition, codes.Unimplemented, codes.Unauthenticated, codes.PermissionDenied,
	} {
		daemon := &fakeDaemon{script: func(attachStream) error { return status.Error(code, "hello.kinds") }}
		worker := echo(daemon.start(t))
		worker.Logger = quiet()
		err := worker.Serve(t.Context())
		if status.Code(err) != code || !strings.Contains(err.Error(), "hello.kinds") {
			t.Errorf("%v: %v", code, err)
		}
	}
}

func TestRedeliverySaysWhatIsDoneAndAttachesAgain(t *testing.T) {
	var attaches atomic.Int64
	streams := make(chan []*pb.AttachRequest, 2)
	daemon := &fakeDaemon{script: func(stream attachStream) error {
		batch, end := messages("7f", 1, "good", "bad", "never"), func(*pb.AttachRequest) bool { return false }
		if attaches.Add(1) == 2 {
			batch, end = messages("7f", 1, "bad"), acks
		}
		if err := stream.Send(batch); err != nil {
			return err
		}
		requests, _ := until(stream, end) // the first one ends by being half-closed
		streams <- requests
		if attaches.Load() == 2 {
			return untilLeft(stream)
		}
		return nil
	}}
	worker := echo(daemon.start(t))
	good := worker.OnMessage
	worker.OnMessage = func(ctx context.Context, event *Event) error {
		if attaches.Load() == 1 && event.Text() == "bad" {
			return errors.New("bad")
		}
		return good(ctx, event)
	}
	worker.OnError = func(context.Context, *Event, error) Outcome { return Redeliver }
	serve(t, worker)
	for i, want := range []string{"good", "bad"} {
		var said []string
		var acked []uint64
		for _, request := range receive(t, streams) {
			for _, command := range request.GetCommands() {
				said = append(said, string(command.GetCommand().GetSendToCurrentClient().GetMessage().GetData()))
			}
			acked = append(acked, request.GetAcks().GetIds()...)
			if request.GetAcks().GetUpTo() > 0 {
				acked = append(acked, request.GetAcks().GetUpTo())
			}
		}
		if !slices.Equal(said, []string{want}) || !slices.Equal(acked, []uint64{1}) {
			t.Errorf("stream %d: %q, %v", i, said, acked)
		}
	}
}

func TestAPanicIsAnErrorOfItsHandler(t *testing.T) {
	daemon, requests := scripted(messages("7f", 1, "boom"))
	failed := make(chan error, 1)
	worker := &Worker{
		Address:   daemon.start(t),
		OnMessage: func(context.Context, *Event) error { panic(context.Canceled) },
		OnError: func(_ context.Context, _ *Event, err error) Outcome {
			failed <- err
			panic("here too")
		},
	}
	serve(t, worker)
	err := receive(t, failed)
	var panicked *PanicError
	if !errors.As(err, &panicked) || !errors.Is(err, context.Canceled) || !strings.Contains(string(panicked.Stack), "serve_test") {
		t.Errorf("%v", err)
	}
	for receive(t, requests).GetAcks().GetUpTo() != 1 && !t.Failed() {
	}
}

func TestSyncSaysWhoIsNotKnownAndFailsWithTheStream(t *testing.T) {
	daemon := &fakeDaemon{}
	daemon.script = func(stream attachStream) error {
		for {
			request, err := stream.Recv()
			if err != nil || leaves(request) {
				return err
			}
			switch request.GetSync().GetNumber() {
			case 0:
			case 1:
				synced := &pb.Synced{Number: 1, Unknown: []*pb.GatewayFailure{{Gateway: "g", Reason: "lost"}}}
				if err := stream.Send(&pb.AttachResponse{Message: &pb.AttachResponse_Synced{Synced: synced}}); err != nil {
					return err
				}
			default:
				return status.Error(codes.Unavailable, "going")
			}
		}
	}
	attached := make(chan struct{}, 10)
	worker := echo(daemon.start(t))
	worker.OnAttached = func(context.Context, Welcome) { attached <- struct{}{} }
	if _, err := worker.Sync(t.Context(), 0); !errors.Is(err, ErrUnavailable) {
		t.Errorf("before it is served: %v", err)
	}
	serve(t, worker)
	receive(t, attached)
	unknown, err := worker.Sync(t.Context(), 0)
	if err != nil || !slices.Equal(unknown, []GatewayFailure{{"g", "lost"}}) {
		t.Errorf("%v, %v", unknown, err)
	}
	if _, err := worker.Sync(t.Context(), 0); !errors.Is(err, ErrUnavailable) {
		t.Errorf("%v", err)
	}
}

func TestCommandsThatFailComeToTheHook(t *testing.T) {
	failed := &pb.CommandErrors{Errors: []*pb.CommandError{
		{Number: 7, Status: &pb.CommandStatus{Code: int32(codes.NotFound), Message: "gone"}},
		{Status: &pb.CommandStatus{Delivery: &pb.Delivery{Gateways: 1, Unreachable: []*pb.GatewayFailure{{Gateway: "g"}}}}},
	}}
	daemon, _ := scripted(&pb.AttachResponse{Message: &pb.AttachResponse_CommandErrors{CommandErrors: failed}})
	worker := echo(daemon.start(t))
	told := make(chan CommandError, 2)
	worker.OnCommandError = func(failed CommandError) { told <- failed }
	serve(t, worker)
	if one := receive(t, told); one.EventID != 7 || one.Code != codes.NotFound || one.Message != "gone" || one.Delivery != nil {
		t.Errorf("%v", one)
	}
	if one := receive(t, told); one.Code != codes.OK || len(one.Delivery.Unreachable) != 1 {
		t.Errorf("%v", one)
	}
}

func TestWithoutAStreamCommandsFailOutsideOfHandlers(t *testing.T) {
	err := (&Worker{}).SendToAll(t.Context(), Text("hi"))
	if !errors.Is(err, ErrUnavailable) {
		t.Errorf("%v", err)
	}
	if err := (&Worker{}).SetSession(t.Context(), "x", Values{"c": make(chan int)}); !errors.Is(err, ErrInvalidArgument) {
		t.Errorf("%v", err)
	}
}

func TestStoppingWhileNobodyIsThereEndsAtOnce(t *testing.T) {
	worker := echo("unix:" + t.TempDir() + "/none.sock")
	worker.ShortestPause, worker.LongestPause = time.Hour, time.Hour
	if err := serve(t, worker)(); err != nil {
		t.Error(err)
	}
	before := echo("unix:" + t.TempDir() + "/none.sock")
	before.Logger = quiet()
	before.Stop()
	if err := before.Serve(t.Context()); err != nil {
		t.Error(err)
	}
	if err := before.Serve(t.Context()); err == nil {
		t.Error("it was served twice")
	}
}

func TestTheEndOfTheContextLeavesAndASecondStopCutsShort(t *testing.T) {
	daemon, requests := scripted(messages("7f", 1, "wait"))
	begun, ended := make(chan struct{}), make(chan struct{})
	worker := &Worker{Address: daemon.start(t), Logger: quiet(), OnMessage: func(ctx context.Context, _ *Event) error {
		close(begun)
		<-ctx.Done()
		close(ended)
		return nil
	}}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- worker.Serve(ctx) }()
	receive(t, begun)
	cancel()
	for !leaves(receive(t, requests)) && !t.Failed() {
	}
	worker.Stop() // the first one: of a signal that ended the context too
	select {
	case <-ended:
		t.Error("the handler was cut short")
	default:
	}
	worker.Stop()
	receive(t, ended)
	if err := receive(t, served); err != nil {
		t.Error(err)
	}
}

func TestLeavingThatTakesTooLongIsCut(t *testing.T) {
	attached := make(chan struct{})
	daemon := &fakeDaemon{script: func(stream attachStream) error {
		<-stream.Context().Done() // it does not heed the leave
		return nil
	}}
	worker := echo(daemon.start(t))
	worker.StopTimeout = time.Millisecond
	worker.OnAttached = func(context.Context, Welcome) { close(attached) }
	stop := serve(t, worker)
	receive(t, attached)
	if err := stop(); err != nil {
		t.Error(err)
	}
}
