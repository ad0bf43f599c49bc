package gatewayworker

import (
	"unicode/utf8"

	pb "github.com/gatewayd/gatewayd/client_stubs/go/gatewayworkerv1"
)

// The requests of the commands, made once for Client, Worker and Batch. A string that is not UTF-8 is refused here: in a
// message it would end the call inside gRPC, and on a worker's stream the stream.

// A checker keeps the first thing that is wrong.
type checker struct{ err error }

func (c *checker) text(field, text string) string {
	if !utf8.ValidString(text) && c.err == nil {
		c.err = invalid(field, "is not UTF-8")
	}
	return text
}

func (c *checker) texts(field string, texts []string) []string {
	for _, text := range texts {
		c.text(field, text)
	}
	return texts
}

func (c *checker) session(session SessionInput) *pb.SessionInput {
	if session == nil {
		return nil
	}
	made, err := session.sessionInput()
	if err != nil && c.err == nil {
		c.err = err
	}
	return made
}

func sendToClient(clientID string, message Message, given []ClientCommandOption) (*pb.SendToClientRequest, error) {
	var check checker
	o := gather(given)
	return &pb.SendToClientRequest{
		ClientId: check.text("client_id", clientID), Message: message.proto(),
		Generation: check.text("generation", o.generation), Confirm: o.confirm, RequireOnline: o.requireOnline,
	}, check.err
}

func sendToCurrentClient(message Message, given []CurrentClientOption) (*pb.SendToCurrentClientRequest, error) {
	var check checker
	o := gather(given)
	return &pb.SendToCurrentClientRequest{
		ClientId: check.text("client_id", o.clientID), Message: message.proto(),
		Generation: check.text("generation", o.generation), Confirm: o.confirm, RequireOnline: o.requireOnline,
	}, check.err
}

func sendToAll(message Message, given []SendToAllOption) (*pb.SendToAllRequest, error) {
	var check checker
	o := gather(given)
	check.texts("targets", o.only.GetClientIds())
	return &pb.SendToAllRequest{
		Message: message.proto(), Targets: o.only, Confirm: o.confirm,
		ExcludeClientIds: check.texts("exclude_client_ids", o.exclude),
	}, check.err
}

func sendToUID(uids []string, message Message, given []ClusterCommandOption) (*pb.SendToUidRequest, error) {
	var check checker
	o := gather(given)
	return &pb.SendToUidRequest{
		Uids: check.texts("uids", uids), Message: message.proto(), Confirm: o.confirm,
	}, check.err
}

func sendToGroup(groups []string, message Message, given []SendToGroupOption) (*pb.SendToGroupRequest, error) {
	var check checker
	o := gather(given)
	return &pb.SendToGroupRequest{
		Groups: check.texts("groups", groups), Message: message.proto(), Confirm: o.confirm,
		ExcludeClientIds: check.texts("exclude_client_ids", o.exclude),
	}, check.err
}

func bindUID(clientID, uid string, given []ClientCommandOption) (*pb.BindUidRequest, error) {
	var check checker
	o := gather(given)
	return &pb.BindUidRequest{
		ClientId: check.text("client_id", clientID), Uid: check.text("uid", uid),
		Generation: check.text("generation", o.generation), Confirm: o.confirm, RequireOnline: o.requireOnline,
	}, check.err
}

func unbindUID(clientID, uid string, given []ClientCommandOption) (*pb.UnbindUidRequest, error) {
	var check checker
	o := gather(given)
	return &pb.UnbindUidRequest{
		ClientId: check.text("client_id", clientID), Uid: check.text("uid", uid),
		Generation: check.text("generation", o.generation), Confirm: o.confirm, RequireOnline: o.requireOnline,
	}, check.err
}

func joinGroup(clientID, group string, given []ClientCommandOption) (*pb.JoinGroupRequest, error) {
	var check checker
	o := gather(given)
	return &pb.JoinGroupRequest{
		ClientId: check.text("client_id", clientID), Group: check.text("group", group),
		Generation: check.text("generation", o.generation), Confirm: o.confirm, RequireOnline: o.requireOnline,
	}, check.err
}

func leaveGroup(clientID, group string, given []ClientCommandOption) (*pb.LeaveGroupRequest, error) {
	var check checker
	o := gather(given)
	return &pb.LeaveGroupRequest{
		ClientId: check.text("client_id", clientID), Group: check.text("group", group),
		Generation: check.text("generation", o.generation), Confirm: o.confirm, RequireOnline: o.requireOnline,
	}, check.err
}

func ungroup(group string, given []ClusterCommandOption) (*pb.UngroupRequest, error) {
	var check checker
	o := gather(given)
	return &pb.UngroupRequest{Group: check.text("group", group), Confirm: o.confirm}, check.err
}

func setSession(clientID string, session SessionInput, given []ClientCommandOption) (*pb.SetSessionRequest, error) {
	var check checker
	o := gather(given)
	return &pb.SetSessionRequest{
		ClientId: check.text("client_id", clientID), Session: check.session(session),
		Generation: check.text("generation", o.generation), Confirm: o.confirm, RequireOnline: o.requireOnline,
	}, check.err
}

func updateSession(clientID string, session SessionInput,
	given []ClientCommandOption) (*pb.UpdateSessionRequest, error) {
	var check checker
	o := gather(given)
	return &pb.UpdateSessionRequest{
		ClientId: check.text("client_id", clientID), Session: check.session(session),
		Generation: check.text("generation", o.generation), Confirm: o.confirm, RequireOnline: o.requireOnline,
	}, check.err
}

func closeClient(clientID string, given []CloseClientOption) (*pb.CloseClientRequest, error) {
	var check checker
	o := gather(given)
	return &pb.CloseClientRequest{
		ClientId: check.text("client_id", clientID), Message: o.lastMessage,
		Generation: check.text("generation", o.generation), Confirm: o.confirm, RequireOnline: o.requireOnline,
	}, check.err
}

func closeCurrentClient(given []CloseCurrentClientOption) (*pb.CloseCurrentClientRequest, error) {
	var check checker
	o := gather(given)
	return &pb.CloseCurrentClientRequest{
		ClientId: check.text("client_id", o.clientID), Message: o.lastMessage,
		Generation: check.text("generation", o.generation), Confirm: o.confirm, RequireOnline: o.requireOnline,
	}, check.err
}

func destroyClient(clientID string, given []ClientCommandOption) (*pb.DestroyClientRequest, error) {
	var check checker
	o := gather(given)
	return &pb.DestroyClientRequest{
		ClientId:   check.text("client_id", clientID),
		Generation: check.text("generation", o.generation), Confirm: o.confirm, RequireOnline: o.requireOnline,
	}, check.err
}

func destroyCurrentClient(given []CurrentClientOption) (*pb.DestroyCurrentClientRequest, error) {
	var check checker
	o := gather(given)
	return &pb.DestroyCurrentClientRequest{
		ClientId:   check.text("client_id", o.clientID),
		Generation: check.text("generation", o.generation), Confirm: o.confirm, RequireOnline: o.requireOnline,
	}, check.err
}
