package gatewayworker

import (
	"context"
	"crypto/tls"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	pb "github.com/gatewayd/gatewayd/client_stubs/go/gatewayworkerv1"
)

// What a [Worker] takes where it is not told otherwise.
const (
	// DefaultConcurrency is how many handlers run at a time.
	DefaultConcurrency = 1000
	// DefaultStopTimeout is how long leaving may take.
	DefaultStopTimeout = 30 * time.Second
	// DefaultShortestPause is the pause before attaching again, at first.
	DefaultShortestPause = 100 * time.Millisecond
	// DefaultLongestPause is what that pause grows to.
	DefaultLongestPause = 5 * time.Second
	// DefaultSyncTimeout is how long the daemon waits for Gateways in [Worker.Sync].
	DefaultSyncTimeout = 5 * time.Second
)

// A Handler works on an event. Its context carries the event, so that commands and calls made with it answer that, and
// ends when the worker is cut short. An error, or a panic, is logged and given to OnError.
type Handler func(ctx context.Context, event *Event) error

// A SessionMode says how sessions come with events.
type SessionMode int

const (
	// SessionDecoded is the default: as values and as stored bytes.
	SessionDecoded SessionMode = iota
	// SessionRaw is as stored bytes alone.
	SessionRaw
	// SessionNone is not at all.
	SessionNone
)

// A SessionFreshness says which session comes with an event.
type SessionFreshness int

const (
	// SessionFresh is the default: never older than what handlers wrote before; one event of a client at a time.
	SessionFresh SessionFreshness = iota
	// SessionAsSent is as it was when the Gateway sent the event. A client may have many events on their way to here.
	SessionAsSent
)

// An Outcome is what becomes of an event whose handler failed.
type Outcome int

const (
	// Ack: it counts as done.
	Ack Outcome = iota
	// Redeliver: the stream ends, and all that is not acknowledged comes again, here or at another worker, marked as
	// redelivered. After --max_deliveries (5) the daemon gives an event up. With AckOnSend it cannot be: that is Ack.
	Redeliver
)

// Welcome is what the daemon said when the worker attached: what really applies.
type Welcome struct {
	// Version is the daemon's.
	Version string
	// Dialect is php or go.
	Dialect string
	// WorkerID names this attachment in views and logs.
	WorkerID string
	// WindowEvents is how many events may be here unacknowledged.
	WindowEvents uint32
	// WindowBytes is how many bytes of events may be.
	WindowBytes uint64
	// MaxMessageBytes is the size of the largest event.
	MaxMessageBytes uint64
}

// A CommandError is a command on the stream that failed; with codes.OK, one to many clients that did not reach every
// Gateway.
type CommandError struct {
	// EventID is the event that it answered; 0: none.
	EventID uint64
	// Code says why.
	Code codes.Code
	// Message says it for people.
	Message string
	// Delivery is nil but for commands to many clients.
	Delivery *Delivery
}

// A Worker is your program as the worker of a GatewayWorker cluster. Set the handlers that you want, and [Worker.Run] it;
// kinds of events without a handler do not come.
//
// Events of one client are handled one after the other, those of different clients beside each other. An event is
// acknowledged when its handler has returned; what the handler sent by the methods here goes out before that.
//
// Its fields must not be changed once it is served, and it is served once. Its methods may be called by any goroutine.
type Worker struct {
	// OnConnect: a client connected. One of WebSocket has not finished its handshake: send it nothing raw yet.
	OnConnect Handler
	// OnWebSocketConnect: its handshake is done; [Event.Handshake] has what it said.
	OnWebSocketConnect Handler
	// OnMessage: a client sent [Event.Body].
	OnMessage Handler
	// OnClose: a client is gone.
	OnClose Handler
	// OnGatewayLost: a Gateway is gone with all clients of event.Generation; no OnClose comes for them.
	OnGatewayLost Handler

	// OnError is told that a handler failed, which has been logged, and says what becomes of the event; nil: Ack.
	OnError func(ctx context.Context, event *Event, err error) Outcome
	// OnCommandError is told of a command on the stream that failed; nil: it is logged. It must not wait.
	OnCommandError func(failed CommandError)
	// OnAttached is told of each attachment; events come after it has returned. It must not wait for Sync.
	OnAttached func(ctx context.Context, welcome Welcome)

	// Address is host:port or unix:/path; empty: that of GATEWAYD_ADDRESS, else [DefaultAddress].
	Address string
	// TLS is how the daemon is proven, and this side where it wants that; nil: no TLS.
	TLS *tls.Config
	// Token gives a bearer token for each Attach and each call; nil: none.
	Token TokenSource
	// DialOptions are further ones of gRPC.
	DialOptions []grpc.DialOption

	// Name is for people, in logs and views; empty: the program's.
	Name string
	// WindowEvents is how many events may be here unacknowledged; 0: what the daemon thinks good, 1,000.
	WindowEvents uint32
	// WindowBytes is how many bytes of events may be; 0: 8 MiB.
	WindowBytes uint64
	// MaxMessageBytes is the size of the largest event; larger ones come with BodyOmitted; 0: 4 MiB less 64 KiB.
	MaxMessageBytes uint64
	// SessionMode says how sessions come with events; zero: SessionDecoded.
	SessionMode SessionMode
	// SessionFreshness says which ones; zero: SessionFresh.
	SessionFreshness SessionFreshness
	// AckOnSend acknowledges an event by its sending: each at most once, and lost if this program dies.
	AckOnSend bool
	// Concurrency is how many handlers may run at a time; 0: [DefaultConcurrency].
	Concurrency int
	// CallTimeout is the Timeout of Client; 0: [DefaultTimeout], negative: no limit.
	CallTimeout time.Duration
	// StopTimeout is how long leaving may take, after that the stream is cut; 0: [DefaultStopTimeout].
	StopTimeout time.Duration
	// KeepLinks, on leaving: it will be back, the daemon keeps its links for the grace period.
	KeepLinks bool
	// ShortestPause is the pause before attaching again, at first; 0: [DefaultShortestPause].
	ShortestPause time.Duration
	// LongestPause is what it grows to, twice as long each time; 0: [DefaultLongestPause].
	LongestPause time.Duration
	// Logger gets the worker's own lines; nil: slog.Default().
	Logger *slog.Logger

	client     atomic.Pointer[Client]
	attachment atomic.Pointer[attachment] // nil: not attached

	mu         sync.Mutex
	served     bool
	stops      int           // how often Stop was called
	stopping   bool          // no attaching again
	welcomed   bool          // the attachment was
	stopped    chan struct{} // closed: stopping
	cut        chan struct{} // closed: handlers are to end
	syncs      map[uint64]chan []GatewayFailure
	syncNumber uint64
	dispatcher *dispatcher
}

// Client is for calls with an answer, on the worker's connection. Nil before the worker is served.
func (w *Worker) Client() *Client { return w.client.Load() }

// hello is the worker's, for the kinds that it has handlers for.
func (w *Worker) hello() *pb.Hello {
	hello := &pb.Hello{
		WorkerName: w.name(), WindowEvents: w.WindowEvents, WindowBytes: w.WindowBytes,
		MaxMessageBytes: w.MaxMessageBytes, AckMode: pb.AckMode_ACK_MODE_EXPLICIT,
		SessionMode:      pb.SessionMode_SESSION_MODE_DECODED,
		SessionFreshness: pb.SessionFreshness_SESSION_FRESHNESS_FRESH,
	}
	for kind := KindConnect; kind <= KindGatewayLost; kind++ {
		if w.handler(kind) != nil {
			hello.Kinds = append(hello.Kinds, pb.EventKind(kind))
		}
	}
	if w.AckOnSend {
		hello.AckMode = pb.AckMode_ACK_MODE_ON_SEND
	}
	switch w.SessionMode {
	case SessionRaw:
		hello.SessionMode = pb.SessionMode_SESSION_MODE_RAW
	case SessionNone:
		hello.SessionMode = pb.SessionMode_SESSION_MODE_NONE
	}
	if w.SessionFreshness == SessionAsSent {
		hello.SessionFreshness = pb.SessionFreshness_SESSION_FRESHNESS_AS_SENT
	}
	return hello
}

func (w *Worker) handler(kind EventKind) Handler {
	switch kind {
	case KindConnect:
		return w.OnConnect
	case KindWebSocketConnect:
		return w.OnWebSocketConnect
	case KindMessage:
		return w.OnMessage
	case KindClose:
		return w.OnClose
	case KindGatewayLost:
		return w.OnGatewayLost
	}
	return nil
}
