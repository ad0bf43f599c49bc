// Package gatewayworker speaks to a GatewayWorker cluster through gatewayd, the daemon beside your program: a [Worker]
// gets what clients do, a [Client] calls the Gateway API.
//
// A worker that sends every message back to the client that sent it:
//
//	worker := &gatewayworker.Worker{}
//	worker.OnMessage = func(ctx context.Context, event *gatewayworker.Event) error {
//		return worker.SendToCurrentClient(ctx, gatewayworker.Bytes(event.Body))
//	}
//	err := worker.Run(context.Background())
//
// The context that a handler gets carries its event: commands and calls that are made with it answer that event, and its
// client is the current client. A goroutine that outlives its event may go on with that context; commands then name the
// client and the generation of its Gateway.
//
// The generated messages are in the package gatewayworkerv1, for what is not wrapped here.
package gatewayworker
