package gatewayworker

import pb "github.com/gatewayd/gatewayd/client_stubs/go/gatewayworkerv1"

// What one call may ask for. Each call takes an interface of its own, so that an option which it could not heed does
// not compile.
type (
	// A ClientCommandOption is one of a command to one client: [Generation], [Confirm] or [RequireOnline].
	ClientCommandOption interface {
		apply(*options)
		clientCommand()
	}
	// A CurrentClientOption is one of a command to the current client: those of ClientCommandOption, or [ClientID].
	CurrentClientOption interface {
		apply(*options)
		currentClient()
	}
	// A CloseClientOption is one of ClientCommandOption, or [LastMessage].
	CloseClientOption interface {
		apply(*options)
		closeClient()
	}
	// A CloseCurrentClientOption is one of ClientCommandOption, [ClientID] or [LastMessage].
	CloseCurrentClientOption interface {
		apply(*options)
		closeCurrentClient()
	}
	// A ClusterCommandOption is one of a command to many clients: [Confirm].
	ClusterCommandOption interface {
		apply(*options)
		clusterCommand()
	}
	// A SendToGroupOption is [Confirm] or [Exclude].
	SendToGroupOption interface {
		apply(*options)
		sendToGroup()
	}
	// A SendToAllOption is [Confirm], [Exclude] or [Only].
	SendToAllOption interface {
		apply(*options)
		sendToAll()
	}
	// A ClientQueryOption is one of a query about one client: [Generation] or [AnyConsistency].
	ClientQueryOption interface {
		apply(*options)
		clientQuery()
	}
	// A ClusterQueryOption is one of a query to every Gateway: [AnyConsistency] or [PartialOK].
	ClusterQueryOption interface {
		apply(*options)
		clusterQuery()
	}
	// A SessionsQueryOption is one of ClusterQueryOption, or [InGroup].
	SessionsQueryOption interface {
		apply(*options)
		sessionsQuery()
	}
)

type (
	// Generation is the generation of the client's Gateway that is expected, as an event gave it: [ErrNotFound] where
	// it is over.
	Generation string
	// ClientID names another client than the current one.
	ClientID string
	// LastMessage goes to the client before it is closed.
	LastMessage Message
	// Exclude names clients that get nothing.
	Exclude []string
	// Only names the clients that get it, in place of everyone. An empty one is nobody.
	Only []string
	// InGroup wants the clients of one group alone.
	InGroup string
	// Partial is made by [PartialOK].
	Partial struct{ missing *[]GatewayFailure }

	confirmOption        bool
	requireOnlineOption  bool
	anyConsistencyOption bool
)

const (
	// Confirm wants the answer when the Gateways have run the command, and not when it stands in the links' buffers.
	Confirm = confirmOption(true)
	// RequireOnline wants [ErrNotFound] where the client is gone; without it that is no error, and nothing happens.
	RequireOnline = requireOnlineOption(true)
	// AnyConsistency takes what a Gateway answers first, even if it has not run earlier commands yet.
	AnyConsistency = anyConsistencyOption(true)
)

// PartialOK wants what there is where a Gateway does not answer, and has those Gateways put into *missing; nil: which
// they are is of no interest. Without it such a query fails with [ErrUnavailable].
func PartialOK(missing *[]GatewayFailure) Partial { return Partial{missing} }

type options struct {
	generation    string
	confirm       pb.Confirm
	requireOnline bool
	clientID      string
	lastMessage   *pb.Message
	exclude       []string
	only          *pb.ClientIds
	group         *string
	consistency   pb.Consistency
	partialOK     bool
	missing       *[]GatewayFailure
}

// gather is what the options of a call come to.
func gather[Option interface{ apply(*options) }](given []Option) (made options) {
	for _, option := range given {
		option.apply(&made)
	}
	return made
}

// report says which Gateways are missing to who asked for it.
func (o *options) report(missing []*pb.GatewayFailure) {
	if o.missing != nil {
		*o.missing = fromFailures(missing)
	}
}

func (o Generation) apply(made *options)  { made.generation = string(o) }
func (o ClientID) apply(made *options)    { made.clientID = string(o) }
func (o LastMessage) apply(made *options) { made.lastMessage = Message(o).proto() }
func (o Exclude) apply(made *options)     { made.exclude = o }
func (o Only) apply(made *options)        { made.only = &pb.ClientIds{ClientIds: o} }
func (o InGroup) apply(made *options)     { made.group = (*string)(&o) }
func (o Partial) apply(made *options)     { made.partialOK, made.missing = true, o.missing }

func (o confirmOption) apply(made *options)       { made.confirm = pb.Confirm_CONFIRM_RUN }
func (o requireOnlineOption) apply(made *options) { made.requireOnline = bool(o) }
func (o anyConsistencyOption) apply(made *options) {
	made.consistency = pb.Consistency_CONSISTENCY_ANY
}

func (Generation) clientCommand()      {}
func (Generation) currentClient()      {}
func (Generation) closeClient()        {}
func (Generation) closeCurrentClient() {}
func (Generation) clientQuery()        {}

func (confirmOption) clientCommand()      {}
func (confirmOption) currentClient()      {}
func (confirmOption) closeClient()        {}
func (confirmOption) closeCurrentClient() {}
func (confirmOption) clusterCommand()     {}
func (confirmOption) sendToGroup()        {}
func (confirmOption) sendToAll()          {}

func (requireOnlineOption) clientCommand()      {}
func (requireOnlineOption) currentClient()      {}
func (requireOnlineOption) closeClient()        {}
func (requireOnlineOption) closeCurrentClient() {}

func (ClientID) currentClient()      {}
func (ClientID) closeCurrentClient() {}

func (LastMessage) closeClient()        {}
func (LastMessage) closeCurrentClient() {}

func (Exclude) sendToGroup() {}
func (Exclude) sendToAll()   {}
func (Only) sendToAll()      {}

func (anyConsistencyOption) clientQuery()   {}
func (anyConsistencyOption) clusterQuery()  {}
func (anyConsistencyOption) sessionsQuery() {}

func (Partial) clusterQuery()  {}
func (Partial) sessionsQuery() {}

func (InGroup) sessionsQuery() {}
