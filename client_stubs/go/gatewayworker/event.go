package gatewayworker

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc/metadata"

	pb "github.com/gatewayd/gatewayd/client_stubs/go/gatewayworkerv1"
)

// An EventKind says what happened.
type EventKind int

// What can happen to a client.
const (
	// KindConnect: it connected. A WebSocket client has not finished its handshake yet: send it nothing raw.
	KindConnect = EventKind(pb.EventKind_EVENT_KIND_CONNECT)
	// KindWebSocketConnect: its handshake is done; [Event.Handshake] has what it said.
	KindWebSocketConnect = EventKind(pb.EventKind_EVENT_KIND_WEBSOCKET_CONNECT)
	// KindMessage: it sent a message.
	KindMessage = EventKind(pb.EventKind_EVENT_KIND_MESSAGE)
	// KindClose: it is gone.
	KindClose = EventKind(pb.EventKind_EVENT_KIND_CLOSE)
	// KindGatewayLost: its Gateway is gone, with all clients of the generation; no KindClose comes for them.
	KindGatewayLost = EventKind(pb.EventKind_EVENT_KIND_GATEWAY_LOST)
)

// String is its name: MESSAGE.
func (k EventKind) String() string {
	return strings.TrimPrefix(pb.EventKind(k).String(), "EVENT_KIND_")
}

// An Event is something that happened to a client. Made for each delivery; not to be changed.
type Event struct {
	// ID names this delivery on this stream.
	ID uint64
	// Kind is what happened.
	Kind EventKind
	// ClientID is 20 hex digits; empty for KindGatewayLost.
	ClientID string
	// Generation is that of the client's Gateway.
	Generation string
	// Body is the message, of KindMessage. Nil where BodyOmitted is not 0.
	Body []byte
	// BodyOmitted is the size of a body that was larger than the worker's MaxMessageBytes; else 0.
	BodyOmitted uint64
	// SessionStale: a fresh session could not be had; this is the one that the event brought.
	SessionStale bool
	// ClientIP is IPv4; empty for IPv6 clients, which the protocol cannot carry.
	ClientIP string
	// ClientPort is the client's own.
	ClientPort int
	// GatewayPort is the one that the client connected to; 0 in the go dialect.
	GatewayPort int
	// Gateway is the address of the Gateway, of KindGatewayLost.
	Gateway string
	// Attempt says which delivery of it this is, from 1.
	Attempt int
	// Redelivered: an earlier delivery may have been worked on.
	Redelivered bool

	proto        *pb.Event
	attachment   *attachment
	acknowledged atomic.Bool // done, so that it is not this worker's any more
	context      eventContext
	decoding     sync.Once
	session      *Session
}

// fill makes it the event of a message that came by an attachment.
func (e *Event) fill(proto *pb.Event, from *attachment, parent context.Context) {
	e.ID, e.Kind, e.ClientID, e.Generation = proto.GetId(), EventKind(proto.GetKind()), proto.GetClientId(), proto.GetGeneration()
	e.Body, e.BodyOmitted, e.SessionStale = proto.GetBody(), proto.GetBodyOmitted(), proto.GetSessionStale()
	e.ClientIP, e.ClientPort = proto.GetClientIp(), int(proto.GetClientPort())
	e.GatewayPort, e.Gateway = int(proto.GetGatewayPort()), proto.GetGateway()
	e.Attempt, e.Redelivered = int(proto.GetAttempt()), proto.GetRedelivered()
	e.proto, e.attachment = proto, from
	e.context = eventContext{Context: parent, event: e}
}

// Text is the body as text; bytes that are not UTF-8 come as U+FFFD.
func (e *Event) Text() string { return strings.ToValidUTF8(string(e.Body), "\uFFFD") }

// Session is the client's session, as the worker's SessionMode has it; never nil. It is decoded when it is first asked
// for, and is the same one then.
func (e *Event) Session() *Session {
	e.decoding.Do(func() { e.session = fromSession(e.proto.GetSession()) })
	return e.session
}

// TimeRead is when the daemon read it.
func (e *Event) TimeRead() time.Time { return e.proto.GetTimeRead().AsTime() }

// Handshake is what the client said, of KindWebSocketConnect.
func (e *Event) Handshake() Handshake {
	said := e.proto.GetHandshake()
	return Handshake{
		Get: fromStruct(said.GetGet()), Server: fromStruct(said.GetServer()), Cookie: fromStruct(said.GetCookie()),
		Incomplete: said.GetIncomplete(), Stored: said.GetStored(),
	}
}

// Proto is the message as it came.
func (e *Event) Proto() *pb.Event { return e.proto }

// String is for logs.
func (e *Event) String() string { return fmt.Sprintf("event %d %v %s", e.ID, e.Kind, e.ClientID) }

// over says that it is somebody else's by now.
func (e *Event) over() bool { return e.acknowledged.Load() || e.attachment.over.Load() }

// A Handshake is what a WebSocket client said, as PHP's onWebSocketConnect has it.
type Handshake struct {
	// Get has the query's parameters: strings, lists or maps.
	Get Values
	// Server has REQUEST_URI, HTTP_HOST and so on.
	Server Values
	// Cookie has the cookies; empty in the go dialect.
	Cookie Values
	// Incomplete: these could not hold all of it; Stored does.
	Incomplete bool
	// Stored is exactly what the Gateway sent.
	Stored []byte
}

// An eventContext is the context of a handler: that of the worker, with the event.
type eventContext struct {
	context.Context
	event *Event
}

type eventKey struct{}

// Value gives the event to CurrentEvent.
func (c *eventContext) Value(key any) any {
	if key == (eventKey{}) {
		return c.event
	}
	return c.Context.Value(key)
}

// CurrentEvent is the event whose handler was given the context, or one that the context was made of; the current client
// is its client. Nil outside of handlers.
func CurrentEvent(ctx context.Context) *Event {
	event, _ := ctx.Value(eventKey{}).(*Event)
	return event
}

// withCurrentClient is the context of a unary call, which says there whose event it answers.
func withCurrentClient(ctx context.Context) context.Context {
	event := CurrentEvent(ctx)
	if event == nil || event.ClientID == "" {
		return ctx
	}
	return metadata.AppendToOutgoingContext(ctx,
		"gateway-client-id", event.ClientID, "gateway-generation", event.Generation)
}
