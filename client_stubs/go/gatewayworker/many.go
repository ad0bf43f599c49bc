package gatewayworker

import (
	"context"
	"errors"
	"io"
	"iter"

	"google.golang.org/grpc"

	pb "github.com/gatewayd/gatewayd/client_stubs/go/gatewayworkerv1"
)

// A Field is something that [Client.Select] can ask for.
type Field int

// What Select can ask for.
const (
	// FieldUID is the uid bound to the client.
	FieldUID = Field(pb.SelectField_SELECT_FIELD_UID)
	// FieldGroups are the groups it is in.
	FieldGroups = Field(pb.SelectField_SELECT_FIELD_GROUPS)
	// FieldSession is its session.
	FieldSession = Field(pb.SelectField_SELECT_FIELD_SESSION)
)

// A Filter says which clients [Client.Select] lists: those that match any of its lists. An empty one is nobody.
type Filter struct {
	// ClientIDs names clients.
	ClientIDs []string
	// Groups names groups that they are in.
	Groups []string
	// UIDs names uids that they are bound to.
	UIDs []string
}

// A SelectedClient is a client as [Client.Select] lists it: only what was asked for is set.
type SelectedClient struct {
	// ClientID names it.
	ClientID string
	// UID is its uid, empty where it has none.
	UID string
	// Groups are those that it is in.
	Groups []string
	// Session is nil where it was not asked for.
	Session *Session
}

// A ClientSession is a client with its session.
type ClientSession struct {
	// ClientID names the client.
	ClientID string
	// Session is its session, empty where none was set.
	Session *Session
}

// Select lists clients with the fields asked for: those that the filter has; nil: everyone.
func (c *Client) Select(ctx context.Context, fields []Field, filter *Filter,
	options ...ClusterQueryOption) ([]SelectedClient, error) {
	var check checker
	o := gather(options)
	request := &pb.SelectRequest{Consistency: o.consistency, PartialOk: o.partialOK}
	for _, field := range fields {
		request.Fields = append(request.Fields, pb.SelectField(field))
	}
	if filter != nil {
		request.Filter = &pb.SelectFilter{
			ClientIds: check.texts("filter.client_ids", filter.ClientIDs),
			Groups:    check.texts("filter.groups", filter.Groups), Uids: check.texts("filter.uids", filter.UIDs),
		}
	}
	response, err := call(ctx, c, c.api.Select, request, check.err)
	if err != nil {
		return nil, err
	}
	o.report(response.GetMissing())
	made := make([]SelectedClient, len(response.GetClients()))
	for i, client := range response.GetClients() {
		made[i] = SelectedClient{
			ClientID: client.GetClientId(), UID: either(client.GetUid(), client.GetUidNotUtf8()),
			Groups: all(client.GetGroups(), client.GetGroupsNotUtf8()),
		}
		if client.GetSession() != nil {
			made[i].Session = fromSession(client.GetSession())
		}
	}
	return made, nil
}

// AreOnline says of each of many clients whether it is connected.
func (c *Client) AreOnline(ctx context.Context, clientIDs []string,
	options ...ClusterQueryOption) (map[string]bool, error) {
	var check checker
	o := gather(options)
	response, err := call(ctx, c, c.api.AreOnline, &pb.AreOnlineRequest{
		ClientIds: check.texts("client_ids", clientIDs), Consistency: o.consistency, PartialOk: o.partialOK,
	}, check.err)
	o.report(response.GetMissing())
	return response.GetOnline(), err
}

// GetSessions has the sessions of many clients; nil for those that are not online.
func (c *Client) GetSessions(ctx context.Context, clientIDs []string,
	options ...ClusterQueryOption) (map[string]*Session, error) {
	var check checker
	o := gather(options)
	response, err := call(ctx, c, c.api.GetSessions, &pb.GetSessionsRequest{
		ClientIds: check.texts("client_ids", clientIDs), Consistency: o.consistency, PartialOk: o.partialOK,
	}, check.err)
	if err != nil {
		return nil, err
	}
	o.report(response.GetMissing())
	made := sessions(response.GetClients())
	for _, clientID := range response.GetOfflineClientIds() {
		made[clientID] = nil
	}
	return made, nil
}

// ---- However many there are: an error is the last thing that comes, and breaking off ends the call.

// StreamAllClientSessions has every client, or those of [InGroup], with its session.
func (c *Client) StreamAllClientSessions(ctx context.Context,
	options ...SessionsQueryOption) iter.Seq2[ClientSession, error] {
	o := gather(options)
	return stream(ctx, &o, c.api.StreamAllClientSessions, &pb.StreamAllClientSessionsRequest{
		Group: o.group, Consistency: o.consistency, PartialOk: o.partialOK,
	}, func(chunk *pb.StreamAllClientSessionsResponse, yield func(ClientSession) bool) bool {
		for _, client := range chunk.GetClients() {
			if !yield(ClientSession{client.GetClientId(), fromSession(client.GetSession())}) {
				return false
			}
		}
		return true
	})
}

// StreamAllClientIDList is every client_id.
func (c *Client) StreamAllClientIDList(ctx context.Context, options ...ClusterQueryOption) iter.Seq2[string, error] {
	o := gather(options)
	return stream(ctx, &o, c.api.StreamAllClientIdList, &pb.StreamAllClientIdListRequest{
		Consistency: o.consistency, PartialOk: o.partialOK,
	}, func(chunk *pb.StreamAllClientIdListResponse, yield func(string) bool) bool {
		return each(chunk.GetClientIds(), yield)
	})
}

// StreamAllUIDList is every uid, each once.
func (c *Client) StreamAllUIDList(ctx context.Context, options ...ClusterQueryOption) iter.Seq2[string, error] {
	o := gather(options)
	return stream(ctx, &o, c.api.StreamAllUidList, &pb.StreamAllUidListRequest{
		Consistency: o.consistency, PartialOk: o.partialOK,
	}, func(chunk *pb.StreamAllUidListResponse, yield func(string) bool) bool {
		return each(all(chunk.GetUids(), chunk.GetUidsNotUtf8()), yield)
	})
}

func each(texts []string, yield func(string) bool) bool {
	for _, text := range texts {
		if !yield(text) {
			return false
		}
	}
	return true
}

// stream makes a call for each time that it is ranged over, and has `unpack` hand out what is in each chunk, until that
// says that no more is wanted.
func stream[Request any, Chunk interface{ GetMissing() []*pb.GatewayFailure }, Item any, Stream interface {
	grpc.ClientStream
	Recv() (Chunk, error)
}](ctx context.Context, o *options, method func(context.Context, *Request, ...grpc.CallOption) (Stream, error),
	request *Request, unpack func(chunk Chunk, yield func(Item) bool) bool) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		var none Item
		chunks, err := method(withCurrentClient(ctx), request)
		if err != nil {
			yield(none, errorOf(err, nil))
			return
		}
		for {
			chunk, err := chunks.Recv()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(none, errorOf(err, chunks.Trailer()))
				return
			}
			if missing := chunk.GetMissing(); len(missing) > 0 {
				o.report(missing)
			}
			if !unpack(chunk, func(item Item) bool { return yield(item, nil) }) {
				return
			}
		}
	}
}
