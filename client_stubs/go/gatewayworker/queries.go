package gatewayworker

import (
	"context"

	pb "github.com/gatewayd/gatewayd/client_stubs/go/gatewayworkerv1"
)

// Results hold each uid and client once, in no order. A uid or the name of a group that is not UTF-8, which PHP programs
// can make, comes as a string of those bytes; it cannot be asked for.

// ---- One client

// IsOnline says whether a client is connected. [ErrNotFound] where no member of the cluster carries such ids.
func (c *Client) IsOnline(ctx context.Context, clientID string, options ...ClientQueryOption) (bool, error) {
	var check checker
	o := gather(options)
	response, err := call(ctx, c, c.api.IsOnline, &pb.IsOnlineRequest{
		ClientId: check.text("client_id", clientID), Generation: check.text("generation", o.generation),
		Consistency: o.consistency,
	}, check.err)
	return response.GetOnline(), err
}

// GetSession is a client's session; empty where none was set. [ErrNotFound] where the client is gone.
func (c *Client) GetSession(ctx context.Context, clientID string, options ...ClientQueryOption) (*Session, error) {
	var check checker
	o := gather(options)
	response, err := call(ctx, c, c.api.GetSession, &pb.GetSessionRequest{
		ClientId: check.text("client_id", clientID), Generation: check.text("generation", o.generation),
		Consistency: o.consistency,
	}, check.err)
	if err != nil {
		return nil, err
	}
	return fromSession(response.GetSession()), nil
}

// GetUIDByClientID is a client's uid, empty where it has none. [ErrNotFound] where the client is gone.
func (c *Client) GetUIDByClientID(ctx context.Context, clientID string, options ...ClientQueryOption) (string, error) {
	var check checker
	o := gather(options)
	response, err := call(ctx, c, c.api.GetUidByClientId, &pb.GetUidByClientIdRequest{
		ClientId: check.text("client_id", clientID), Generation: check.text("generation", o.generation),
		Consistency: o.consistency,
	}, check.err)
	return either(response.GetUid(), response.GetUidNotUtf8()), err
}

// ---- Counts

// IsUIDOnline says whether any client is bound to the uid.
func (c *Client) IsUIDOnline(ctx context.Context, uid string, options ...ClusterQueryOption) (bool, error) {
	var check checker
	o := gather(options)
	response, err := call(ctx, c, c.api.IsUidOnline, &pb.IsUidOnlineRequest{
		Uid: check.text("uid", uid), Consistency: o.consistency, PartialOk: o.partialOK,
	}, check.err)
	o.report(response.GetMissing())
	return response.GetOnline(), err
}

// GetAllClientCount is how many clients are connected.
func (c *Client) GetAllClientCount(ctx context.Context, options ...ClusterQueryOption) (int, error) {
	o := gather(options)
	response, err := call(ctx, c, c.api.GetAllClientCount, &pb.GetAllClientCountRequest{
		Consistency: o.consistency, PartialOk: o.partialOK,
	}, nil)
	o.report(response.GetMissing())
	return int(response.GetCount()), err
}

// GetClientCountByGroup is how many clients are in a group.
func (c *Client) GetClientCountByGroup(ctx context.Context, group string, options ...ClusterQueryOption) (int, error) {
	var check checker
	o := gather(options)
	response, err := call(ctx, c, c.api.GetClientCountByGroup, &pb.GetClientCountByGroupRequest{
		Group: check.text("group", group), Consistency: o.consistency, PartialOk: o.partialOK,
	}, check.err)
	o.report(response.GetMissing())
	return int(response.GetCount()), err
}

// GetUIDCountByGroup is how many different uids are in a group.
func (c *Client) GetUIDCountByGroup(ctx context.Context, group string, options ...ClusterQueryOption) (int, error) {
	var check checker
	o := gather(options)
	response, err := call(ctx, c, c.api.GetUidCountByGroup, &pb.GetUidCountByGroupRequest{
		Group: check.text("group", group), Consistency: o.consistency, PartialOk: o.partialOK,
	}, check.err)
	o.report(response.GetMissing())
	return int(response.GetCount()), err
}

// GetAllUIDCount is how many different uids are bound.
func (c *Client) GetAllUIDCount(ctx context.Context, options ...ClusterQueryOption) (int, error) {
	o := gather(options)
	response, err := call(ctx, c, c.api.GetAllUidCount, &pb.GetAllUidCountRequest{
		Consistency: o.consistency, PartialOk: o.partialOK,
	}, nil)
	o.report(response.GetMissing())
	return int(response.GetCount()), err
}

// GetAllGroupClientIDCount is how many clients are in each group.
func (c *Client) GetAllGroupClientIDCount(ctx context.Context, options ...ClusterQueryOption) (map[string]int, error) {
	o := gather(options)
	response, err := call(ctx, c, c.api.GetAllGroupClientIdCount, &pb.GetAllGroupClientIdCountRequest{
		Consistency: o.consistency, PartialOk: o.partialOK,
	}, nil)
	o.report(response.GetMissing())
	return counts(response.GetGroups()), err
}

// GetAllGroupUIDCount is how many different uids are in each group. Groups whose clients have no uid are left out.
func (c *Client) GetAllGroupUIDCount(ctx context.Context, options ...ClusterQueryOption) (map[string]int, error) {
	o := gather(options)
	response, err := call(ctx, c, c.api.GetAllGroupUidCount, &pb.GetAllGroupUidCountRequest{
		Consistency: o.consistency, PartialOk: o.partialOK,
	}, nil)
	o.report(response.GetMissing())
	return counts(response.GetGroups()), err
}

// GetClientCountByGroups is how many clients are in each of the groups named.
func (c *Client) GetClientCountByGroups(ctx context.Context, groups []string,
	options ...ClusterQueryOption) (map[string]int, error) {
	var check checker
	o := gather(options)
	response, err := call(ctx, c, c.api.GetClientCountByGroups, &pb.GetClientCountByGroupsRequest{
		Groups: check.texts("groups", groups), Consistency: o.consistency, PartialOk: o.partialOK,
	}, check.err)
	o.report(response.GetMissing())
	return counts(response.GetGroups()), err
}

func counts(groups []*pb.GroupCount) map[string]int {
	made := make(map[string]int, len(groups))
	for _, group := range groups {
		made[either(group.GetGroup(), group.GetGroupNotUtf8())] = int(group.GetCount())
	}
	return made
}

// either is the text, or where that is empty the bytes that are not UTF-8.
func either(text string, bytes []byte) string {
	if text != "" {
		return text
	}
	return string(bytes)
}
