package gatewayworker

import (
	"testing"

	"google.golang.org/protobuf/proto"

	pb "github.com/gatewayd/gatewayd/client_stubs/go/gatewayworkerv1"
)

// Echoes of batches of 32 events, one batch at a time; and into how many requests their answers go.
func BenchmarkEcho(b *testing.B) {
	const batch = 32
	bodies := make([]string, batch)
	for i := range bodies {
		bodies[i] = string(make([]byte, 100))
	}
	requests, over := 0, make(chan struct{})
	daemon := &fakeDaemon{script: func(stream attachStream) error {
		for first := uint64(1); b.Loop(); first += batch {
			response := proto.CloneOf(messages("7f", first, bodies...))
			for i, event := range response.GetEvents().GetEvents() {
				event.ClientId = string(rune('a' + i))
			}
			if err := stream.Send(response); err != nil {
				return err
			}
			left := map[uint64]bool{}
			for i := range uint64(batch) {
				left[first+i] = true
			}
			_, err := until(stream, func(request *pb.AttachRequest) bool {
				requests++
				for _, id := range request.GetAcks().GetIds() {
					delete(left, id)
				}
				return len(left) == 0 || request.GetAcks().GetUpTo() == first+batch-1
			})
			if err != nil {
				return err
			}
		}
		close(over)
		return untilLeft(stream)
	}}
	worker := echo(daemon.start(b))
	worker.Logger = quiet()
	served := make(chan error, 1)
	go func() { served <- worker.Serve(b.Context()) }()
	<-over
	b.ReportMetric(float64(b.N*batch)/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(float64(requests)/float64(b.N), "requests/batch")
	worker.Stop()
	if err := <-served; err != nil {
		b.Error(err)
	}
}
