package gatewayworker

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
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

func TestWhoMakesMoreThanTheStreamTakesWaits(t *testing.T) {
	gate, attached := make(chan struct{}), make(chan struct{}, 1)
	daemon := &fakeDaemon{script: func(stream attachStream) error {
		<-gate
		return status.Error(codes.Unavailable, "it did not read")
	}}
	worker := echo(daemon.start(t))
	worker.ShortestPause, worker.LongestPause = time.Hour, time.Hour
	worker.OnAttached = func(context.Context, Welcome) { attached <- struct{}{} }
	serve(t, worker)
	receive(t, attached)
	failed := make(chan error, 1)
	go func() {
		var err error
		for message := Bytes(make([]byte, 700_000)); err == nil; {
			err = worker.SendToAll(context.Background(), message)
		}
		failed <- err
	}()
	attachment := worker.attachment.Load()
	for waits := false; !waits; runtime.Gosched() {
		attachment.mu.Lock()
		waits = len(attachment.full) == fullRequests
		attachment.mu.Unlock()
	}
	select {
	case err := <-failed:
		t.Errorf("it did not wait: %v", err)
	default:
	}
	close(gate)
	if err := receive(t, failed); !errors.Is(err, ErrUnavailable) {
		t.Errorf("%v", err)
	}
	if len(attachment.full) > fullRequests {
		t.Errorf("%d requests stand in line", len(attachment.full))
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
