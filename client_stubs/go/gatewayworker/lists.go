package gatewayworker

import (
	"context"

	pb "github.com/gatewayd/gatewayd/client_stubs/go/gatewayworkerv1"
)

// Those lists that can pass MaxMessageBytes have a form that streams: StreamAll….

// GetAllClientSessions has every client, or those of [InGroup], with its session.
func (c *Client) GetAllClientSessions(ctx context.Context,
	options ...SessionsQueryOption) (map[string]*Session, error) {
	o := gather(options)
	response, err := call(ctx, c, c.api.GetAllClientSessions, &pb.GetAllClientSessionsRequest{
		Group: o.group, Consistency: o.consistency, PartialOk: o.partialOK,
	}, nil)
	o.report(response.GetMissing())
	return sessions(response.GetClients()), err
}

// GetClientSessionsByGroup has the clients of a group with their sessions.
func (c *Client) GetClientSessionsByGroup(ctx context.Context, group string,
	options ...ClusterQueryOption) (map[string]*Session, error) {
	var check checker
	o := gather(options)
	response, err := call(ctx, c, c.api.GetClientSessionsByGroup, &pb.GetClientSessionsByGroupRequest{
		Group: check.text("group", group), Consistency: o.consistency, PartialOk: o.partialOK,
	}, check.err)
	o.report(response.GetMissing())
	return sessions(response.GetClients()), err
}

// GetAllClientIDList is every client_id.
func (c *Client) GetAllClientIDList(ctx context.Context, options ...ClusterQueryOption) ([]string, error) {
	o := gather(options)
	response, err := call(ctx, c, c.api.GetAllClientIdList, &pb.GetAllClientIdListRequest{
		Consistency: o.consistency, PartialOk: o.partialOK,
	}, nil)
	o.report(response.GetMissing())
	return response.GetClientIds(), err
}

// GetClientIDListByGroup is the client_ids of a group.
func (c *Client) GetClientIDListByGroup(ctx context.Context, group string,
	options ...ClusterQueryOption) ([]string, error) {
	var check checker
	o := gather(options)
	response, err := call(ctx, c, c.api.GetClientIdListByGroup, &pb.GetClientIdListByGroupRequest{
		Group: check.text("group", group), Consistency: o.consistency, PartialOk: o.partialOK,
	}, check.err)
	o.report(response.GetMissing())
	return response.GetClientIds(), err
}

// GetClientIDByUID is the client_ids bound to a uid.
func (c *Client) GetClientIDByUID(ctx context.Context, uid string, options ...ClusterQueryOption) ([]string, error) {
	var check checker
	o := gather(options)
	response, err := call(ctx, c, c.api.GetClientIdByUid, &pb.GetClientIdByUidRequest{
		Uid: check.text("uid", uid), Consistency: o.consistency, PartialOk: o.partialOK,
	}, check.err)
	o.report(response.GetMissing())
	return response.GetClientIds(), err
}

// GetClientIDByUIDs has the client_ids bound to each of the uids; those without clients too.
func (c *Client) GetClientIDByUIDs(ctx context.Context, uids []string,
	options ...ClusterQueryOption) (map[string][]string, error) {
	var check checker
	o := gather(options)
	response, err := call(ctx, c, c.api.GetClientIdByUids, &pb.GetClientIdByUidsRequest{
		Uids: check.texts("uids", uids), Consistency: o.consistency, PartialOk: o.partialOK,
	}, check.err)
	o.report(response.GetMissing())
	return clientIDsByUID(response.GetUids()), err
}

// GetUIDListByGroup is the different uids in a group.
func (c *Client) GetUIDListByGroup(ctx context.Context, group string, options ...ClusterQueryOption) ([]string, error) {
	var check checker
	o := gather(options)
	response, err := call(ctx, c, c.api.GetUidListByGroup, &pb.GetUidListByGroupRequest{
		Group: check.text("group", group), Consistency: o.consistency, PartialOk: o.partialOK,
	}, check.err)
	o.report(response.GetMissing())
	return all(response.GetUids(), response.GetUidsNotUtf8()), err
}

// GetAllUIDList is all different uids.
func (c *Client) GetAllUIDList(ctx context.Context, options ...ClusterQueryOption) ([]string, error) {
	o := gather(options)
	response, err := call(ctx, c, c.api.GetAllUidList, &pb.GetAllUidListRequest{
		Consistency: o.consistency, PartialOk: o.partialOK,
	}, nil)
	o.report(response.GetMissing())
	return all(response.GetUids(), response.GetUidsNotUtf8()), err
}

// GetAllGroupIDList is the names of all groups that have clients.
func (c *Client) GetAllGroupIDList(ctx context.Context, options ...ClusterQueryOption) ([]string, error) {
	o := gather(options)
	response, err := call(ctx, c, c.api.GetAllGroupIdList, &pb.GetAllGroupIdListRequest{
		Consistency: o.consistency, PartialOk: o.partialOK,
	}, nil)
	o.report(response.GetMissing())
	return all(response.GetGroups(), response.GetGroupsNotUtf8()), err
}

// GetAllGroupUIDList has the different uids in each group.
func (c *Client) GetAllGroupUIDList(ctx context.Context, options ...ClusterQueryOption) (map[string][]string, error) {
	o := gather(options)
	response, err := call(ctx, c, c.api.GetAllGroupUidList, &pb.GetAllGroupUidListRequest{
		Consistency: o.consistency, PartialOk: o.partialOK,
	}, nil)
	o.report(response.GetMissing())
	return uidsByGroup(response.GetGroups()), err
}

// GetAllGroupClientIDList has the client_ids in each group.
func (c *Client) GetAllGroupClientIDList(ctx context.Context,
	options ...ClusterQueryOption) (map[string][]string, error) {
	o := gather(options)
	response, err := call(ctx, c, c.api.GetAllGroupClientIdList, &pb.GetAllGroupClientIdListRequest{
		Consistency: o.consistency, PartialOk: o.partialOK,
	}, nil)
	o.report(response.GetMissing())
	return clientIDsByGroup(response.GetGroups()), err
}

// all is a list with those of its members that are not UTF-8.
func all(texts []string, bytes [][]byte) []string {
	for _, one := range bytes {
		texts = append(texts, string(one))
	}
	return texts
}

func sessions(clients []*pb.ClientSession) map[string]*Session {
	made := make(map[string]*Session, len(clients))
	for _, client := range clients {
		made[client.GetClientId()] = fromSession(client.GetSession())
	}
	return made
}

func clientIDsByUID(uids []*pb.UidClientIds) map[string][]string {
	made := make(map[string][]string, len(uids))
	for _, uid := range uids {
		made[uid.GetUid()] = uid.GetClientIds()
	}
	return made
}

func clientIDsByGroup(groups []*pb.GroupClientIds) map[string][]string {
	made := make(map[string][]string, len(groups))
	for _, group := range groups {
		made[either(group.GetGroup(), group.GetGroupNotUtf8())] = group.GetClientIds()
	}
	return made
}

func uidsByGroup(groups []*pb.GroupUids) map[string][]string {
	made := make(map[string][]string, len(groups))
	for _, group := range groups {
		made[either(group.GetGroup(), group.GetGroupNotUtf8())] = all(group.GetUids(), group.GetUidsNotUtf8())
	}
	return made
}
