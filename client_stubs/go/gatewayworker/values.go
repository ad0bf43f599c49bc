package gatewayworker

import (
	"unicode/utf8"

	pb "github.com/gatewayd/gatewayd/client_stubs/go/gatewayworkerv1"
)

// A Message goes to clients: made by [Text] or [Bytes]. The zero Message is empty. Once the call that it is given to has
// returned (of a [Batch]: Execute), the bytes that it was made of may be changed.
type Message struct {
	text        string
	data        []byte
	raw, binary bool
}

// Text is a message of text.
func Text(text string) Message {
	if !utf8.ValidString(text) { // a string of Protobuf cannot hold it, bytes can, and clients get the same
		return Message{data: []byte(text)}
	}
	return Message{text: text}
}

// Bytes is a message of any bytes. A Gateway puts them into a WebSocket text frame, as it does with [Text], and browsers
// close at one that is not UTF-8: binary data goes to them as Bytes(data).WebSocketBinary().
func Bytes(data []byte) Message { return Message{data: data} }

// Raw is the message with the wish that the Gateway writes it to the client's socket as it is: for ready-made frames.
func (m Message) Raw() Message {
	m.raw = true
	return m
}

// WebSocketBinary is the message as a binary frame, and not one of text, for WebSocket clients.
func (m Message) WebSocketBinary() Message {
	m.binary = true
	return m
}

func (m Message) size() int { return len(m.text) + len(m.data) }

func (m Message) proto() *pb.Message {
	if m.data == nil {
		return &pb.Message{Payload: &pb.Message_Text{Text: m.text}, Raw: m.raw, WebsocketBinary: m.binary}
	}
	return &pb.Message{Payload: &pb.Message_Data{Data: m.data}, Raw: m.raw, WebsocketBinary: m.binary}
}

// Values are what is in a session: nil, bool, numbers, string, []any and map[string]any, as encoding/json has them.
// Numbers come back as float64. What is given may hold any kind of integers, floats, slices and maps with keys of
// strings; integers outside ±2^53, numbers that are not finite, []byte and all else are refused with
// [ErrInvalidArgument], since the daemon would have to bend them: [Stored] can hold those.
type Values map[string]any

// Stored are a session's bytes in the form in which the Gateway keeps it: PHP serialize, or JSON on a go cluster.
type Stored []byte

// A SessionInput is what a session can be set to: [Values] or [Stored].
type SessionInput interface {
	sessionInput() (*pb.SessionInput, error)
}

func (v Values) sessionInput() (*pb.SessionInput, error) {
	value, err := toStruct(v)
	if err != nil {
		return nil, err
	}
	return &pb.SessionInput{Session: &pb.SessionInput_Value{Value: value}}, nil
}

func (s Stored) sessionInput() (*pb.SessionInput, error) {
	return &pb.SessionInput{Session: &pb.SessionInput_Stored{Stored: s}}, nil
}

// A Session is what a Gateway keeps for a client. Changing it changes nothing elsewhere.
type Session struct {
	// Values is the session decoded; never nil.
	Values Values
	// Stored are the exact bytes that the Gateway keeps. Empty: no session was ever set.
	Stored []byte
	// Incomplete: Values could not hold all of it (bytes that are not UTF-8, PHP objects, integers outside ±2^53).
	Incomplete bool
}

func fromSession(session *pb.Session) *Session {
	return &Session{
		Values: fromStruct(session.GetValue()), Stored: session.GetStored(), Incomplete: session.GetValueIncomplete(),
	}
}

// A GatewayFailure is a Gateway that did not take a command, or did not answer a query.
type GatewayFailure struct {
	// Gateway is its address.
	Gateway string
	// Reason is for people.
	Reason string
}

// A Delivery says how far a command to many clients came.
type Delivery struct {
	// Gateways is how many took it.
	Gateways int
	// Unreachable are those that did not.
	Unreachable []GatewayFailure
}

func fromFailures(failures []*pb.GatewayFailure) []GatewayFailure {
	made := make([]GatewayFailure, len(failures))
	for i, failure := range failures {
		made[i] = GatewayFailure{failure.GetGateway(), failure.GetReason()}
	}
	return made
}

func fromDelivery(delivery *pb.Delivery) Delivery {
	return Delivery{int(delivery.GetGateways()), fromFailures(delivery.GetUnreachable())}
}
