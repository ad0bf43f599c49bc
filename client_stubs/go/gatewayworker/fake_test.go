package gatewayworker

import (
	"context"
	"io"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	pb "github.com/gatewayd/gatewayd/client_stubs/go/gatewayworkerv1"
)

// patience is how long a test waits for what must come.
const patience = 30 * time.Second

type attachStream = grpc.BidiStreamingServer[pb.AttachRequest, pb.AttachResponse]

// A fakeDaemon answers as a test wants, and keeps what it was asked. script is called with each Attach, after the
// welcome.
type fakeDaemon struct {
	pb.UnimplementedGatewayServiceServer
	pb.UnimplementedWorkerServiceServer
	script func(stream attachStream) error

	mu       sync.Mutex
	metadata []metadata.MD
	hellos   []*pb.Hello
}

func (d *fakeDaemon) note(ctx context.Context) {
	said, _ := metadata.FromIncomingContext(ctx)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.metadata = append(d.metadata, said)
}

// said is what the metadata of all calls have under a key.
func (d *fakeDaemon) said(key string) (values []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, each := range d.metadata {
		values = append(values, each.Get(key)...)
	}
	return values
}

func (d *fakeDaemon) IsOnline(ctx context.Context, _ *pb.IsOnlineRequest) (*pb.IsOnlineResponse, error) {
	d.note(ctx)
	return &pb.IsOnlineResponse{Online: true}, nil
}

func (d *fakeDaemon) GetSession(ctx context.Context, _ *pb.GetSessionRequest) (*pb.GetSessionResponse, error) {
	err := grpc.SetTrailer(ctx, metadata.Pairs("gatewayd-field", "client_id", "gatewayd-reason", "offline",
		"gatewayd-gateway", "a:1", "gatewayd-gateway", "b:2"))
	if err != nil {
		return nil, err
	}
	return nil, status.Error(codes.NotFound, "client_id is offline")
}

func (d *fakeDaemon) GetAllUidList(_ context.Context, request *pb.GetAllUidListRequest) (*pb.GetAllUidListResponse, error) {
	response := &pb.GetAllUidListResponse{Uids: []string{"u"}, UidsNotUtf8: [][]byte{{0xff}}}
	if request.GetPartialOk() {
		response.Missing = []*pb.GatewayFailure{{Gateway: "a:1", Reason: "timeout"}}
	}
	return response, nil
}

func (d *fakeDaemon) StreamAllClientIdList(_ *pb.StreamAllClientIdListRequest,
	stream grpc.ServerStreamingServer[pb.StreamAllClientIdListResponse]) error {
	for _, clientID := range []string{"a", "b"} {
		if err := stream.Send(&pb.StreamAllClientIdListResponse{ClientIds: []string{clientID}}); err != nil {
			return err
		}
	}
	return status.Error(codes.Unavailable, "a:1 does not answer")
}

func (d *fakeDaemon) SendToCurrentClient(ctx context.Context,
	_ *pb.SendToCurrentClientRequest) (*pb.SendToCurrentClientResponse, error) {
	d.note(ctx)
	return &pb.SendToCurrentClientResponse{}, nil
}

// SendToClient never answers.
func (d *fakeDaemon) SendToClient(ctx context.Context, _ *pb.SendToClientRequest) (*pb.SendToClientResponse, error) {
	<-ctx.Done()
	return nil, status.FromContextError(ctx.Err()).Err()
}

func (d *fakeDaemon) Attach(stream attachStream) error {
	d.note(stream.Context())
	request, err := stream.Recv()
	if err != nil {
		return err
	}
	d.mu.Lock()
	d.hellos = append(d.hellos, request.GetHello())
	d.mu.Unlock()
	welcome := &pb.Welcome{Version: "fake", WindowEvents: 10}
	if err := stream.Send(&pb.AttachResponse{Message: &pb.AttachResponse_Welcome{Welcome: welcome}}); err != nil {
		return err
	}
	return d.script(stream)
}

// start serves the daemon until the test is over, and returns its address.
func (d *fakeDaemon) start(t testing.TB, options ...grpc.ServerOption) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer(options...)
	pb.RegisterGatewayServiceServer(server, d)
	pb.RegisterWorkerServiceServer(server, d)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	return listener.Addr().String()
}

// messages is a batch of messages of one client, with ids from `first`.
func messages(clientID string, first uint64, bodies ...string) *pb.AttachResponse {
	batch := &pb.EventBatch{}
	for i, body := range bodies {
		batch.Events = append(batch.Events, &pb.Event{
			Id: first + uint64(i), Kind: pb.EventKind_EVENT_KIND_MESSAGE, ClientId: clientID, Generation: "g1",
			Body: []byte(body), Attempt: 1,
		})
	}
	return &pb.AttachResponse{Message: &pb.AttachResponse_Events{Events: batch}}
}

// until takes requests of a worker until one is as wanted; returns all of them, that one too.
func until(stream attachStream, wanted func(*pb.AttachRequest) bool) (requests []*pb.AttachRequest, err error) {
	for {
		request, err := stream.Recv()
		if err != nil {
			return requests, err
		}
		requests = append(requests, request)
		if wanted(request) {
			return requests, nil
		}
	}
}

func leaves(request *pb.AttachRequest) bool { return request.GetLeave() != nil }
func acks(request *pb.AttachRequest) bool   { return request.GetAcks() != nil }

// untilLeft ends a script: until the worker leaves, or has gone.
func untilLeft(stream attachStream) error {
	if _, err := until(stream, leaves); err != nil && err != io.EOF {
		return err
	}
	return nil
}

// serve serves a worker until `stop` is called, which returns what Serve did; the test's end does that too.
func serve(t *testing.T, worker *Worker) (stop func() error) {
	t.Helper()
	worker.Logger = slog.New(slog.NewTextHandler(t.Output(), nil))
	served := make(chan error, 1)
	go func() { served <- worker.Serve(t.Context()) }()
	stop = sync.OnceValue(func() error {
		worker.Stop()
		return receive(t, served)
	})
	t.Cleanup(func() { _ = stop() })
	return stop
}

func receive[T any](t *testing.T, from <-chan T) (value T) {
	t.Helper()
	select {
	case value = <-from:
	case <-time.After(patience):
		t.Error("it did not come")
	}
	return value
}

func newClient(t *testing.T, config ClientConfig) *Client {
	t.Helper()
	client, err := NewClient(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// quiet discards what a worker says.
func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }
