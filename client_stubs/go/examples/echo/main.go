// Echo sends every message back to the client that sent it.
package main

import (
	"context"
	"log"

	"github.com/gatewayd/gatewayd/client_stubs/go/gatewayworker"
)

func main() {
	worker := &gatewayworker.Worker{Name: "echo"}
	worker.OnMessage = func(ctx context.Context, event *gatewayworker.Event) error {
		return worker.SendToCurrentClient(ctx, gatewayworker.Bytes(event.Body))
	}
	if err := worker.Run(context.Background()); err != nil {
		log.Fatal(err)
	}
}
