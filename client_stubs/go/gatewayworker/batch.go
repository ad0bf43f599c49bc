package gatewayworker

import (
	"context"

	"google.golang.org/grpc/codes"

	pb "github.com/gatewayd/gatewayd/client_stubs/go/gatewayworkerv1"
)

// A Batch is a list of commands for [Client.Execute]: each method puts one behind the others. The zero Batch is an empty
// one. A command that cannot be, a session with bytes in it for example, makes Execute fail. A Batch may not be used by
// two goroutines at a time.
type Batch struct {
	commands []*pb.Command
	err      error
}

// Len is how many commands there are.
func (b *Batch) Len() int { return len(b.commands) }

// A CommandResult is what became of one command of a [Batch].
type CommandResult struct {
	// Err is nil where it ran, else an [*Error].
	Err error
	// Delivery is nil but for commands to many clients.
	Delivery *Delivery
}

// Execute runs commands in order, for one call's price, and says of each what became of it. One that fails does not stop
// the others.
func (c *Client) Execute(ctx context.Context, batch *Batch) ([]CommandResult, error) {
	response, err := call(ctx, c, c.api.Execute, &pb.ExecuteRequest{Commands: batch.commands}, batch.err)
	if err != nil {
		return nil, err
	}
	made := make([]CommandResult, len(response.GetStatuses()))
	for i, status := range response.GetStatuses() {
		made[i] = fromStatus(status)
	}
	return made, nil
}

func fromStatus(status *pb.CommandStatus) (made CommandResult) {
	if code := codes.Code(status.GetCode()); code != codes.OK {
		made.Err = &Error{Code: code, Message: status.GetMessage()}
	}
	if status.GetDelivery() != nil {
		delivery := fromDelivery(status.GetDelivery())
		made.Delivery = &delivery
	}
	return made
}

func (b *Batch) add(command *pb.Command, err error) {
	if err != nil && b.err == nil {
		b.err = err
	}
	b.commands = append(b.commands, command)
}

// SendToClient sends a message to one client.
func (b *Batch) SendToClient(clientID string, message Message, options ...ClientCommandOption) {
	request, err := sendToClient(clientID, message, options)
	b.add(&pb.Command{Command: &pb.Command_SendToClient{SendToClient: request}}, err)
}

// SendToCurrentClient sends a message to the client of the event at hand.
func (b *Batch) SendToCurrentClient(message Message, options ...CurrentClientOption) {
	request, err := sendToCurrentClient(message, options)
	b.add(&pb.Command{Command: &pb.Command_SendToCurrentClient{SendToCurrentClient: request}}, err)
}

// SendToAll sends a message to everyone, or to the clients that [Only] names.
func (b *Batch) SendToAll(message Message, options ...SendToAllOption) {
	request, err := sendToAll(message, options)
	b.add(&pb.Command{Command: &pb.Command_SendToAll{SendToAll: request}}, err)
}

// SendToUID sends a message to every client bound to one of the uids; none: to nobody.
func (b *Batch) SendToUID(uids []string, message Message, options ...ClusterCommandOption) {
	request, err := sendToUID(uids, message, options)
	b.add(&pb.Command{Command: &pb.Command_SendToUid{SendToUid: request}}, err)
}

// SendToGroup sends a message to every client in one of the groups; none: to nobody.
func (b *Batch) SendToGroup(groups []string, message Message, options ...SendToGroupOption) {
	request, err := sendToGroup(groups, message, options)
	b.add(&pb.Command{Command: &pb.Command_SendToGroup{SendToGroup: request}}, err)
}

// BindUID binds a client to a uid, in place of its former one.
func (b *Batch) BindUID(clientID, uid string, options ...ClientCommandOption) {
	request, err := bindUID(clientID, uid, options)
	b.add(&pb.Command{Command: &pb.Command_BindUid{BindUid: request}}, err)
}

// UnbindUID takes a client's uid away, whichever it is.
func (b *Batch) UnbindUID(clientID, uid string, options ...ClientCommandOption) {
	request, err := unbindUID(clientID, uid, options)
	b.add(&pb.Command{Command: &pb.Command_UnbindUid{UnbindUid: request}}, err)
}

// JoinGroup puts a client into a group.
func (b *Batch) JoinGroup(clientID, group string, options ...ClientCommandOption) {
	request, err := joinGroup(clientID, group, options)
	b.add(&pb.Command{Command: &pb.Command_JoinGroup{JoinGroup: request}}, err)
}

// LeaveGroup takes a client out of a group.
func (b *Batch) LeaveGroup(clientID, group string, options ...ClientCommandOption) {
	request, err := leaveGroup(clientID, group, options)
	b.add(&pb.Command{Command: &pb.Command_LeaveGroup{LeaveGroup: request}}, err)
}

// Ungroup dissolves a group.
func (b *Batch) Ungroup(group string, options ...ClusterCommandOption) {
	request, err := ungroup(group, options)
	b.add(&pb.Command{Command: &pb.Command_Ungroup{Ungroup: request}}, err)
}

// SetSession replaces a client's session by [Values] or [Stored] bytes.
func (b *Batch) SetSession(clientID string, session SessionInput, options ...ClientCommandOption) {
	request, err := setSession(clientID, session, options)
	b.add(&pb.Command{Command: &pb.Command_SetSession{SetSession: request}}, err)
}

// UpdateSession merges into a client's session.
func (b *Batch) UpdateSession(clientID string, session SessionInput, options ...ClientCommandOption) {
	request, err := updateSession(clientID, session, options)
	b.add(&pb.Command{Command: &pb.Command_UpdateSession{UpdateSession: request}}, err)
}

// CloseClient closes a client once what was sent to it has drained, the [LastMessage] at last.
func (b *Batch) CloseClient(clientID string, options ...CloseClientOption) {
	request, err := closeClient(clientID, options)
	b.add(&pb.Command{Command: &pb.Command_CloseClient{CloseClient: request}}, err)
}

// CloseCurrentClient closes the client of the event at hand.
func (b *Batch) CloseCurrentClient(options ...CloseCurrentClientOption) {
	request, err := closeCurrentClient(options)
	b.add(&pb.Command{Command: &pb.Command_CloseCurrentClient{CloseCurrentClient: request}}, err)
}

// DestroyClient closes a client at once.
func (b *Batch) DestroyClient(clientID string, options ...ClientCommandOption) {
	request, err := destroyClient(clientID, options)
	b.add(&pb.Command{Command: &pb.Command_DestroyClient{DestroyClient: request}}, err)
}

// DestroyCurrentClient destroys the client of the event at hand.
func (b *Batch) DestroyCurrentClient(options ...CurrentClientOption) {
	request, err := destroyCurrentClient(options)
	b.add(&pb.Command{Command: &pb.Command_DestroyCurrentClient{DestroyCurrentClient: request}}, err)
}
