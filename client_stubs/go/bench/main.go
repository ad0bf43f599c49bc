// Bench is what ./dev bench stubs measures. `echo TARGET` is an echo worker that says "attached"; `calls TARGET CLIENT_ID
// SECONDS` does SendToClient with 64 in flight, and its last line is JSON.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gatewayd/gatewayd/client_stubs/go/gatewayworker"
)

const (
	inFlight = 64
	size     = 100
)

func main() {
	var err error
	switch arguments := os.Args[1:]; {
	case len(arguments) == 2 && arguments[0] == "echo":
		err = echo(arguments[1])
	case len(arguments) == 4 && arguments[0] == "calls":
		var seconds float64
		if seconds, err = strconv.ParseFloat(arguments[3], 64); err == nil {
			err = calls(arguments[1], arguments[2], time.Duration(seconds*float64(time.Second)))
		}
	default:
		err = fmt.Errorf("usage: bench echo TARGET | bench calls TARGET CLIENT_ID SECONDS")
	}
	if err != nil {
		log.Fatal(err)
	}
}

func echo(target string) error {
	worker := &gatewayworker.Worker{Address: target, Name: "go"}
	worker.OnAttached = func(context.Context, gatewayworker.Welcome) { fmt.Println("attached") }
	worker.OnMessage = func(ctx context.Context, event *gatewayworker.Event) error {
		return worker.SendToCurrentClient(ctx, gatewayworker.Bytes(event.Body))
	}
	return worker.Run(context.Background())
}

func calls(target, clientID string, length time.Duration) error {
	client, err := gatewayworker.NewClient(gatewayworker.ClientConfig{Address: target})
	if err != nil {
		return err
	}
	defer client.Close()
	message := gatewayworker.Bytes(make([]byte, size))
	var done, failed atomic.Int64
	var callers sync.WaitGroup
	started := time.Now()
	for range inFlight {
		callers.Go(func() {
			for time.Since(started) < length {
				if client.SendToClient(context.Background(), clientID, message) == nil {
					done.Add(1)
				} else {
					failed.Add(1)
				}
			}
		})
	}
	callers.Wait()
	return json.NewEncoder(os.Stdout).Encode(map[string]any{
		"per_second": float64(done.Load()) / time.Since(started).Seconds(), "count": done.Load(), "failed": failed.Load(),
	})
}
