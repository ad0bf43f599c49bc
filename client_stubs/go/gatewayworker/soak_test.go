package gatewayworker

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	pb "github.com/gatewayd/gatewayd/client_stubs/go/gatewayworkerv1"
)

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
