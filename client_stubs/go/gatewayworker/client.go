package gatewayworker

import (
	"context"
	"crypto/tls"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	pb "github.com/gatewayd/gatewayd/client_stubs/go/gatewayworkerv1"
)

// DefaultTimeout is how long a call may take whose context has no deadline.
const DefaultTimeout = 10 * time.Second

// A ClientConfig says how a [Client] reaches the daemon. The zero value is a good one.
type ClientConfig struct {
	// Address is host:port or unix:/path; empty: that of GATEWAYD_ADDRESS, else [DefaultAddress].
	Address string
	// Timeout is how long a call may take whose context has no deadline; 0: [DefaultTimeout], negative: no limit.
	// Streams have none.
	Timeout time.Duration
	// TLS is how the daemon is proven, and this side where it wants that; nil: no TLS.
	TLS *tls.Config
	// Token gives a bearer token for each call; nil: none.
	Token TokenSource
	// MaxMessageBytes is the largest answer; 0, and all that is less: 4 MiB.
	MaxMessageBytes int
	// DialOptions are further ones of gRPC: interceptors, keepalive.
	DialOptions []grpc.DialOption
}

// A Client calls the Gateway API, on one connection. It may be used by any number of goroutines.
//
// With the context of a [Worker]'s handler, SendToCurrentClient and its like need no client_id: calls say whose event
// they answer. Every error is an [*Error].
type Client struct {
	api     pb.GatewayServiceClient
	conn    *grpc.ClientConn // nil: somebody else's
	timeout time.Duration
}

// NewClient makes a client. It connects with its first call.
func NewClient(config ClientConfig) (*Client, error) {
	conn, err := dial(addressOf(config.Address), config.TLS, config.Token, config.MaxMessageBytes, config.DialOptions)
	if err != nil {
		return nil, err
	}
	client := NewClientOn(conn, config.Timeout)
	client.conn = conn
	return client, nil
}

// NewClientOn makes a client on a connection that is there already, and stays when the client is closed. The timeout
// is that of [ClientConfig].
func NewClientOn(conn grpc.ClientConnInterface, timeout time.Duration) *Client {
	if timeout == 0 {
		timeout = DefaultTimeout
	}
	return &Client{api: pb.NewGatewayServiceClient(conn), timeout: timeout}
}

// Close ends the connection; calls that are under way fail.
func (c *Client) Close() error {
	if c.conn == nil {
		return nil
	}
	return c.conn.Close()
}

// ---- How a call is made

// call makes one, unless its request is wrong.
func call[Request, Response any](ctx context.Context, c *Client,
	method func(context.Context, *Request, ...grpc.CallOption) (*Response, error), request *Request, err error,
) (*Response, error) {
	if err != nil {
		return nil, err
	}
	if _, limited := ctx.Deadline(); !limited && c.timeout > 0 {
		limit, cancel := context.WithTimeout(ctx, c.timeout)
		defer cancel()
		ctx = limit
	}
	var trailer metadata.MD
	response, err := method(withCurrentClient(ctx), request, grpc.Trailer(&trailer))
	if err != nil {
		return nil, errorOf(err, trailer)
	}
	return response, nil
}

// run makes a call of which nothing comes back.
func run[Request, Response any](ctx context.Context, c *Client,
	method func(context.Context, *Request, ...grpc.CallOption) (*Response, error), request *Request, err error,
) error {
	_, err = call(ctx, c, method, request, err)
	return err
}

// deliver makes a call to many clients.
func deliver[Request any, Response interface{ GetDelivery() *pb.Delivery }](ctx context.Context, c *Client,
	method func(context.Context, *Request, ...grpc.CallOption) (Response, error), request *Request, err error,
) (Delivery, error) {
	whole := func(ctx context.Context, request *Request, more ...grpc.CallOption) (*Response, error) {
		response, err := method(ctx, request, more...)
		return &response, err
	}
	response, err := call(ctx, c, whole, request, err)
	if err != nil {
		return Delivery{}, err
	}
	return fromDelivery((*response).GetDelivery()), nil
}

// ---- Sending

// SendToClient sends a message to one client.
func (c *Client) SendToClient(ctx context.Context, clientID string, message Message,
	options ...ClientCommandOption) error {
	request, err := sendToClient(clientID, message, options)
	return run(ctx, c, c.api.SendToClient, request, err)
}

// SendToCurrentClient sends a message to the client of the event at hand.
func (c *Client) SendToCurrentClient(ctx context.Context, message Message, options ...CurrentClientOption) error {
	request, err := sendToCurrentClient(message, options)
	return run(ctx, c, c.api.SendToCurrentClient, request, err)
}

// SendToAll sends a message to everyone, or to the clients that [Only] names.
func (c *Client) SendToAll(ctx context.Context, message Message, options ...SendToAllOption) (Delivery, error) {
	request, err := sendToAll(message, options)
	return deliver(ctx, c, c.api.SendToAll, request, err)
}

// SendToUID sends a message to every client bound to one of the uids; none: to nobody.
func (c *Client) SendToUID(ctx context.Context, uids []string, message Message,
	options ...ClusterCommandOption) (Delivery, error) {
	request, err := sendToUID(uids, message, options)
	return deliver(ctx, c, c.api.SendToUid, request, err)
}

// SendToGroup sends a message to every client in one of the groups; none: to nobody. One that is in two of them gets it
// twice.
func (c *Client) SendToGroup(ctx context.Context, groups []string, message Message,
	options ...SendToGroupOption) (Delivery, error) {
	request, err := sendToGroup(groups, message, options)
	return deliver(ctx, c, c.api.SendToGroup, request, err)
}

// ---- Uids and groups

// BindUID binds a client to a uid, in place of its former one. One uid may have many clients.
func (c *Client) BindUID(ctx context.Context, clientID, uid string, options ...ClientCommandOption) error {
	request, err := bindUID(clientID, uid, options)
	return run(ctx, c, c.api.BindUid, request, err)
}

// UnbindUID takes a client's uid away, whichever it is.
func (c *Client) UnbindUID(ctx context.Context, clientID, uid string, options ...ClientCommandOption) error {
	request, err := unbindUID(clientID, uid, options)
	return run(ctx, c, c.api.UnbindUid, request, err)
}

// JoinGroup puts a client into a group. A group lives as long as it has clients.
func (c *Client) JoinGroup(ctx context.Context, clientID, group string, options ...ClientCommandOption) error {
	request, err := joinGroup(clientID, group, options)
	return run(ctx, c, c.api.JoinGroup, request, err)
}

// LeaveGroup takes a client out of a group.
func (c *Client) LeaveGroup(ctx context.Context, clientID, group string, options ...ClientCommandOption) error {
	request, err := leaveGroup(clientID, group, options)
	return run(ctx, c, c.api.LeaveGroup, request, err)
}

// Ungroup dissolves a group: every client leaves it.
func (c *Client) Ungroup(ctx context.Context, group string, options ...ClusterCommandOption) (Delivery, error) {
	request, err := ungroup(group, options)
	return deliver(ctx, c, c.api.Ungroup, request, err)
}

// ---- Sessions

// SetSession replaces a client's session by [Values] or [Stored] bytes.
func (c *Client) SetSession(ctx context.Context, clientID string, session SessionInput,
	options ...ClientCommandOption) error {
	request, err := setSession(clientID, session, options)
	return run(ctx, c, c.api.SetSession, request, err)
}

// UpdateSession merges into a client's session: on a php cluster at every depth, on a go cluster its top keys.
func (c *Client) UpdateSession(ctx context.Context, clientID string, session SessionInput,
	options ...ClientCommandOption) error {
	request, err := updateSession(clientID, session, options)
	return run(ctx, c, c.api.UpdateSession, request, err)
}

// ---- Closing

// CloseClient closes a client once what was sent to it has drained, the [LastMessage] at last.
func (c *Client) CloseClient(ctx context.Context, clientID string, options ...CloseClientOption) error {
	request, err := closeClient(clientID, options)
	return run(ctx, c, c.api.CloseClient, request, err)
}

// CloseCurrentClient closes the client of the event at hand.
func (c *Client) CloseCurrentClient(ctx context.Context, options ...CloseCurrentClientOption) error {
	request, err := closeCurrentClient(options)
	return run(ctx, c, c.api.CloseCurrentClient, request, err)
}

// DestroyClient closes a client at once and drops what was not yet sent to it.
func (c *Client) DestroyClient(ctx context.Context, clientID string, options ...ClientCommandOption) error {
	request, err := destroyClient(clientID, options)
	return run(ctx, c, c.api.DestroyClient, request, err)
}

// DestroyCurrentClient destroys the client of the event at hand.
func (c *Client) DestroyCurrentClient(ctx context.Context, options ...CurrentClientOption) error {
	request, err := destroyCurrentClient(options)
	return run(ctx, c, c.api.DestroyCurrentClient, request, err)
}
