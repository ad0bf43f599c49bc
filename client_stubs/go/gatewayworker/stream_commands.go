package gatewayworker

import (
	"context"

	pb "github.com/gatewayd/gatewayd/client_stubs/go/gatewayworkerv1"
)

// The commands of the API on a worker's stream: said and gone. Each is sent with the acknowledgement of the event whose
// handler calls it, before it, in the order of the calls; outside of handlers at once. No answer is awaited, only room
// where 16 MiB stand in line. An error says that the command cannot be, or, outside of handlers, that the worker is not
// attached. One that fails in the daemon comes to OnCommandError. What has an answer, and what must be known to have run,
// is a call of [Worker.Client].

// SendToCurrentClient sends a message to the client of the event at hand.
func (w *Worker) SendToCurrentClient(ctx context.Context, message Message, options ...CurrentClientOption) error {
	event := CurrentEvent(ctx)
	if len(options) > 0 || event == nil || event.acknowledged.Load() || message.raw || message.binary {
		request, err := sendToCurrentClient(message, options)
		command := &pb.Command_SendToCurrentClient{SendToCurrentClient: request}
		return w.command(ctx, &pb.Command{Command: command}, err)
	}
	event.attachment.answer(event, message) // dropped with its event where the stream has ended
	return nil
}

// SendToClient sends a message to one client.
func (w *Worker) SendToClient(ctx context.Context, clientID string, message Message,
	options ...ClientCommandOption) error {
	request, err := sendToClient(clientID, message, options)
	return w.command(ctx, &pb.Command{Command: &pb.Command_SendToClient{SendToClient: request}}, err)
}

// SendToAll sends a message to everyone, or to the clients that [Only] names.
func (w *Worker) SendToAll(ctx context.Context, message Message, options ...SendToAllOption) error {
	request, err := sendToAll(message, options)
	return w.command(ctx, &pb.Command{Command: &pb.Command_SendToAll{SendToAll: request}}, err)
}

// SendToUID sends a message to every client bound to one of the uids; none: to nobody.
func (w *Worker) SendToUID(ctx context.Context, uids []string, message Message, options ...ClusterCommandOption) error {
	request, err := sendToUID(uids, message, options)
	return w.command(ctx, &pb.Command{Command: &pb.Command_SendToUid{SendToUid: request}}, err)
}

// SendToGroup sends a message to every client in one of the groups; none: to nobody.
func (w *Worker) SendToGroup(ctx context.Context, groups []string, message Message,
	options ...SendToGroupOption) error {
	request, err := sendToGroup(groups, message, options)
	return w.command(ctx, &pb.Command{Command: &pb.Command_SendToGroup{SendToGroup: request}}, err)
}

// BindUID binds a client to a uid, in place of its former one.
func (w *Worker) BindUID(ctx context.Context, clientID, uid string, options ...ClientCommandOption) error {
	request, err := bindUID(clientID, uid, options)
	return w.command(ctx, &pb.Command{Command: &pb.Command_BindUid{BindUid: request}}, err)
}

// UnbindUID takes a client's uid away, whichever it is.
func (w *Worker) UnbindUID(ctx context.Context, clientID, uid string, options ...ClientCommandOption) error {
	request, err := unbindUID(clientID, uid, options)
	return w.command(ctx, &pb.Command{Command: &pb.Command_UnbindUid{UnbindUid: request}}, err)
}

// JoinGroup puts a client into a group.
func (w *Worker) JoinGroup(ctx context.Context, clientID, group string, options ...ClientCommandOption) error {
	request, err := joinGroup(clientID, group, options)
	return w.command(ctx, &pb.Command{Command: &pb.Command_JoinGroup{JoinGroup: request}}, err)
}

// LeaveGroup takes a client out of a group.
func (w *Worker) LeaveGroup(ctx context.Context, clientID, group string, options ...ClientCommandOption) error {
	request, err := leaveGroup(clientID, group, options)
	return w.command(ctx, &pb.Command{Command: &pb.Command_LeaveGroup{LeaveGroup: request}}, err)
}

// Ungroup dissolves a group.
func (w *Worker) Ungroup(ctx context.Context, group string, options ...ClusterCommandOption) error {
	request, err := ungroup(group, options)
	return w.command(ctx, &pb.Command{Command: &pb.Command_Ungroup{Ungroup: request}}, err)
}

// SetSession replaces a client's session by [Values] or [Stored] bytes.
func (w *Worker) SetSession(ctx context.Context, clientID string, session SessionInput,
	options ...ClientCommandOption) error {
	request, err := setSession(clientID, session, options)
	return w.command(ctx, &pb.Command{Command: &pb.Command_SetSession{SetSession: request}}, err)
}

// UpdateSession merges into a client's session.
func (w *Worker) UpdateSession(ctx context.Context, clientID string, session SessionInput,
	options ...ClientCommandOption) error {
	request, err := updateSession(clientID, session, options)
	return w.command(ctx, &pb.Command{Command: &pb.Command_UpdateSession{UpdateSession: request}}, err)
}

// CloseClient closes a client once what was sent to it has drained, the [LastMessage] at last.
func (w *Worker) CloseClient(ctx context.Context, clientID string, options ...CloseClientOption) error {
	request, err := closeClient(clientID, options)
	return w.command(ctx, &pb.Command{Command: &pb.Command_CloseClient{CloseClient: request}}, err)
}

// CloseCurrentClient closes the client of the event at hand.
func (w *Worker) CloseCurrentClient(ctx context.Context, options ...CloseCurrentClientOption) error {
	request, err := closeCurrentClient(options)
	return w.command(ctx, &pb.Command{Command: &pb.Command_CloseCurrentClient{CloseCurrentClient: request}}, err)
}

// DestroyClient closes a client at once.
func (w *Worker) DestroyClient(ctx context.Context, clientID string, options ...ClientCommandOption) error {
	request, err := destroyClient(clientID, options)
	return w.command(ctx, &pb.Command{Command: &pb.Command_DestroyClient{DestroyClient: request}}, err)
}

// DestroyCurrentClient destroys the client of the event at hand.
func (w *Worker) DestroyCurrentClient(ctx context.Context, options ...CurrentClientOption) error {
	request, err := destroyCurrentClient(options)
	return w.command(ctx, &pb.Command{Command: &pb.Command_DestroyCurrentClient{DestroyCurrentClient: request}}, err)
}

// command sends one, unless it is wrong.
func (w *Worker) command(ctx context.Context, command *pb.Command, err error) error {
	if err != nil {
		return err
	}
	event := CurrentEvent(ctx)
	if event != nil && !event.acknowledged.Load() {
		encoded, err := encodeCommand(command, event.ID)
		if err == nil {
			event.attachment.command(encoded) // dropped with its event where the stream has ended
		}
		return err
	}
	if event != nil { // a goroutine that outlived its event: the daemon knows that no more
		nameClient(command, event)
	}
	encoded, err := encodeCommand(command, 0)
	if err != nil {
		return err
	}
	attachment := w.attachment.Load()
	if attachment == nil || !attachment.command(encoded) {
		return unavailable("the worker is not attached")
	}
	return nil
}

// nameClient makes a command to the current client one to that client of that Gateway.
func nameClient(command *pb.Command, event *Event) {
	switch {
	case command.GetSendToCurrentClient() != nil && command.GetSendToCurrentClient().ClientId == "":
		request := command.GetSendToCurrentClient()
		request.ClientId, request.Generation = event.ClientID, event.Generation
	case command.GetCloseCurrentClient() != nil && command.GetCloseCurrentClient().ClientId == "":
		request := command.GetCloseCurrentClient()
		request.ClientId, request.Generation = event.ClientID, event.Generation
	case command.GetDestroyCurrentClient() != nil && command.GetDestroyCurrentClient().ClientId == "":
		request := command.GetDestroyCurrentClient()
		request.ClientId, request.Generation = event.ClientID, event.Generation
	}
}
