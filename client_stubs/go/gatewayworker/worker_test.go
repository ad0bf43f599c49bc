package gatewayworker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	pb "github.com/gatewayd/gatewayd/client_stubs/go/gatewayworkerv1"
)

// echo is a worker that sends each message back.
func echo(address string) *Worker {
	worker := &Worker{Address: address, ShortestPause: time.Millisecond, LongestPause: 2 * time.Millisecond}
	worker.OnMessage = func(ctx context.Context, event *Event) error {
		return worker.SendToCurrentClient(ctx, Bytes(event.Body))
	}
	return worker
}

// scripted is a daemon that sends these, then gives each request of the worker to the channel, until that leaves.
func scripted(responses ...*pb.AttachResponse) (*fakeDaemon, chan *pb.AttachRequest) {
	requests := make(chan *pb.AttachRequest, 1000)
	return &fakeDaemon{script: func(stream attachStream) error {
		for _, response := range responses {
			if err := stream.Send(response); err != nil {
				return err
			}
		}
		_, err := until(stream, func(request *pb.AttachRequest) bool {
			requests <- request
			return leaves(request)
		})
		return err
	}}, requests
}

func TestTheHelloSaysWhatIsWanted(t *testing.T) {
	daemon, _ := scripted()
	nothing := func(context.Context, *Event) error { return nil }
	attached := make(chan Welcome, 1)
	worker := &Worker{
		Address: daemon.start(t), Name: "some", OnConnect: nothing, OnClose: nothing, WindowEvents: 5, WindowBytes: 6,
		MaxMessageBytes: 100_000, SessionMode: SessionRaw, SessionFreshness: SessionAsSent, AckOnSend: true,
		Token:      StaticToken("t"),
		OnAttached: func(_ context.Context, welcome Welcome) { attached <- welcome },
	}
	stop := serve(t, worker)
	if welcome := receive(t, attached); welcome.Version != "fake" || welcome.WindowEvents != 10 {
		t.Errorf("%v", welcome)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	want := &pb.Hello{
		WorkerName: "some", Kinds: []pb.EventKind{pb.EventKind_EVENT_KIND_CONNECT, pb.EventKind_EVENT_KIND_CLOSE},
		WindowEvents: 5, WindowBytes: 6, MaxMessageBytes: 100_000, AckMode: pb.AckMode_ACK_MODE_ON_SEND,
		SessionMode:      pb.SessionMode_SESSION_MODE_RAW,
		SessionFreshness: pb.SessionFreshness_SESSION_FRESHNESS_AS_SENT,
	}
	if !proto.Equal(daemon.hellos[0], want) {
		t.Errorf("%v", daemon.hellos[0])
	}
	if got := daemon.said("authorization"); !slices.Equal(got, []string{"Bearer t"}) {
		t.Errorf("%q", got)
	}
}

func TestABatchIsAnsweredWithItsAcknowledgementBehindItsCommands(t *testing.T) {
	bodies := make([]string, 100)
	for i := range bodies {
		bodies[i] = fmt.Sprint(i)
	}
	daemon, requests := scripted(messages("7f", 1, bodies...))
	stop := serve(t, echo(daemon.start(t)))
	var got []string
	count, upTo := 0, uint64(0)
	for acked := map[uint64]bool{}; upTo < 100 && len(acked) < 100 && !t.Failed(); count++ {
		request := receive(t, requests)
		for _, command := range request.GetCommands() {
			got = append(got, string(command.GetCommand().GetSendToCurrentClient().GetMessage().GetData()))
			if command.GetEventId() != uint64(len(got)) || command.GetNumber() != command.GetEventId() {
				t.Errorf("%v", command)
			}
		}
		upTo = max(upTo, request.GetAcks().GetUpTo())
		for _, id := range request.GetAcks().GetIds() {
			acked[id] = true
		}
		if int(upTo) > len(got) || len(acked) > len(got) {
			t.Errorf("acknowledged before it was answered: %v", request)
		}
	}
	if !slices.Equal(got, bodies) || count > 20 {
		t.Errorf("%d requests with %q", count, got)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	for last := receive(t, requests); ; last = receive(t, requests) {
		if leaves(last) {
			if last.GetLeave().GetMode() != pb.LeaveMode_LEAVE_MODE_CLOSE_LINKS {
				t.Errorf("%v", last)
			}
			return
		}
	}
}

func TestLargeAnswersAreCutIntoRequests(t *testing.T) {
	large := strings.Repeat("x", 400_000)
	daemon, requests := scripted(messages("7f", 1, slices.Repeat([]string{large}, 9)...))
	serve(t, echo(daemon.start(t)))
	for commands := 0; commands < 9 && !t.Failed(); {
		request := receive(t, requests)
		commands += len(request.GetCommands())
		if proto.Size(request) > requestBytes+1000 {
			t.Errorf("a request of %d bytes", proto.Size(request))
		}
	}
}

func TestOnlyWhatIsDoneIsAcknowledged(t *testing.T) {
	gate := make(chan struct{})
	daemon, requests := scripted(messages("slow", 1, "1"), messages("7f", 2, "2", "3"))
	worker := &Worker{Address: daemon.start(t), KeepLinks: true, OnMessage: func(_ context.Context, event *Event) error {
		if event.ClientID == "slow" {
			<-gate
		}
		return nil
	}}
	stop := serve(t, worker)
	var acked []uint64
	for len(acked) < 2 && !t.Failed() {
		request := receive(t, requests)
		acked = append(acked, request.GetAcks().GetIds()...)
		if request.GetAcks().GetUpTo() > 0 {
			t.Errorf("%v", request)
		}
	}
	if !slices.Equal(acked, []uint64{2, 3}) {
		t.Errorf("%v", acked)
	}
	close(gate)
	if err := stop(); err != nil {
		t.Error(err)
	}
	for request := receive(t, requests); !t.Failed(); request = receive(t, requests) {
		if leaves(request) {
			if request.GetLeave().GetMode() != pb.LeaveMode_LEAVE_MODE_KEEP_LINKS {
				t.Errorf("%v", request)
			}
			return
		}
	}
}

// A command is sent while its handler still waits, and so is what others did before.
func TestACommandOfAHandlerThatWaitsIsSent(t *testing.T) {
	gate := make(chan struct{})
	defer close(gate)
	daemon, requests := scripted(messages("a", 1, "quick"), messages("b", 2, "slow"))
	worker := &Worker{Address: daemon.start(t)}
	worker.OnMessage = func(ctx context.Context, event *Event) error {
		err := worker.SendToCurrentClient(ctx, Bytes(event.Body))
		if event.Text() == "slow" {
			select {
			case <-gate:
			case <-ctx.Done():
			}
		}
		return err
	}
	worker.StopTimeout = time.Millisecond
	serve(t, worker)
	commands, acked := 0, 0
	for (commands < 2 || acked < 1) && !t.Failed() {
		request := receive(t, requests)
		commands += len(request.GetCommands())
		acked += len(request.GetAcks().GetIds())
		if request.GetAcks().GetUpTo() == 1 {
			acked++
		}
	}
}

func TestTheCurrentClientIsInTheMetadataOfCallsOfItsHandlerAlone(t *testing.T) {
	daemon, requests := scripted(messages("7f", 1, "1"))
	worker := &Worker{Address: daemon.start(t)}
	worker.OnMessage = func(ctx context.Context, event *Event) error {
		if CurrentEvent(ctx) != event {
			t.Error("the event at hand is not current")
		}
		if _, err := worker.Client().IsOnline(context.Background(), "other"); err != nil {
			return err
		}
		derived, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		return worker.Client().SendToCurrentClient(derived, Text("hi"))
	}
	serve(t, worker)
	for !acks(receive(t, requests)) && !t.Failed() {
	}
	if got := daemon.said("gateway-client-id"); !slices.Equal(got, []string{"7f"}) {
		t.Errorf("%q", got)
	}
	if got := daemon.said("gateway-generation"); !slices.Equal(got, []string{"g1"}) {
		t.Errorf("%q", got)
	}
	if CurrentEvent(context.Background()) != nil {
		t.Error("an event is current here")
	}
}

func TestAGoroutineThatOutlivesItsEventNamesTheClientItself(t *testing.T) {
	late, failed := make(chan struct{}), make(chan error, 3)
	daemon, requests := scripted(messages("7f", 1, "1"))
	worker := &Worker{Address: daemon.start(t)}
	worker.OnMessage = func(ctx context.Context, _ *Event) error {
		go func() {
			<-late
			failed <- worker.SendToCurrentClient(ctx, Text("late"))
			failed <- worker.CloseCurrentClient(ctx)
			failed <- worker.DestroyCurrentClient(ctx, ClientID("8f"))
		}()
		return nil
	}
	serve(t, worker)
	for !acks(receive(t, requests)) && !t.Failed() {
	}
	close(late)
	var commands []*pb.NumberedCommand
	for len(commands) < 3 && !t.Failed() {
		if err := receive(t, failed); err != nil {
			t.Error(err)
		}
		commands = append(commands, receive(t, requests).GetCommands()...)
	}
	send := commands[0].GetCommand().GetSendToCurrentClient()
	closes := commands[1].GetCommand().GetCloseCurrentClient()
	destroys := commands[2].GetCommand().GetDestroyCurrentClient()
	if send.GetClientId() != "7f" || send.GetGeneration() != "g1" || commands[0].GetEventId() != 0 ||
		closes.GetClientId() != "7f" || closes.GetGeneration() != "g1" ||
		destroys.GetClientId() != "8f" || destroys.GetGeneration() != "" {
		t.Errorf("%v", commands)
	}
}

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
	if !errors.As(err, &panicked) || !errors.Is(err, context.Canceled) || !strings.Contains(string(panicked.Stack), "worker_test") {
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

// Many clients, a slow handler here and there, and a stream that breaks now and then: under the race detector.
func TestMuchAtOnce(t *testing.T) {
	const clients, each = 20, 50
	var mu sync.Mutex
	open := map[string][]*pb.Event{}
	for client := range clients {
		name := fmt.Sprint("client ", client)
		for number := range each {
			open[name] = append(open[name], &pb.Event{
				Kind: pb.EventKind_EVENT_KIND_MESSAGE, ClientId: name, Body: fmt.Append(nil, number),
			})
		}
	}
	left := clients * each
	var streams atomic.Int64
	all := make(chan struct{})
	daemon := &fakeDaemon{script: func(stream attachStream) error {
		breaks := streams.Add(1) < 5
		mu.Lock()
		batch := &pb.EventBatch{}
		byID := map[uint64]string{}
		for number := range each { // a client's events in order, the clients' among each other
			for name, events := range open {
				if number < len(events) {
					event := proto.CloneOf(events[number])
					event.Id = uint64(len(batch.GetEvents()) + 1)
					byID[event.GetId()] = name
					batch.Events = append(batch.Events, event)
				}
			}
		}
		mu.Unlock()
		if err := stream.Send(&pb.AttachResponse{Message: &pb.AttachResponse_Events{Events: batch}}); err != nil {
			return err
		}
		acknowledged := 0
		for {
			request, err := stream.Recv()
			if err != nil || leaves(request) {
				return err
			}
			ids := request.GetAcks().GetIds()
			for id := uint64(1); id <= request.GetAcks().GetUpTo(); id++ {
				ids = append(ids, id)
			}
			mu.Lock()
			for _, id := range ids {
				if name := byID[id]; name != "" && !(breaks && acknowledged == 100) {
					delete(byID, id)
					open[name] = open[name][1:]
					acknowledged++
					if left--; left == 0 {
						close(all)
					}
				}
			}
			mu.Unlock()
			if breaks && acknowledged == 100 {
				return status.Error(codes.Unavailable, "going")
			}
		}
	}}
	var busy sync.Map
	worker := echo(daemon.start(t))
	worker.OnMessage = func(ctx context.Context, event *Event) error {
		if _, two := busy.LoadOrStore(event.ClientID, true); two {
			t.Errorf("two handlers of %s at a time", event.ClientID)
		}
		defer busy.Delete(event.ClientID)
		if event.Body[len(event.Body)-1] == '7' {
			if _, err := worker.Client().IsOnline(ctx, event.ClientID); err != nil {
				return err
			}
		}
		return worker.SendToCurrentClient(ctx, Bytes(event.Body))
	}
	stop := serve(t, worker)
	receive(t, all)
	if err := stop(); err != nil || streams.Load() < 5 {
		t.Errorf("%v, %d streams", err, streams.Load())
	}
}
