package gatewayworker_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log"
	"os"
	"strings"

	"github.com/gatewayd/gatewayd/client_stubs/go/gatewayworker"
)

// A worker that sends every message back.
func ExampleWorker() {
	worker := &gatewayworker.Worker{}
	worker.OnMessage = func(ctx context.Context, event *gatewayworker.Event) error {
		return worker.SendToCurrentClient(ctx, gatewayworker.Bytes(event.Body))
	}
	if err := worker.Run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

// A handler's error is logged; the hook may have the event delivered again.
func ExampleWorker_onError() {
	worker := &gatewayworker.Worker{}
	worker.OnError = func(_ context.Context, event *gatewayworker.Event, err error) gatewayworker.Outcome {
		if errors.Is(err, gatewayworker.ErrUnavailable) {
			return gatewayworker.Redeliver
		}
		return gatewayworker.Ack
	}
}

func ExampleClient() {
	ctx := context.Background()
	client, err := gatewayworker.NewClient(gatewayworker.ClientConfig{})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	delivery, err := client.SendToAll(ctx, gatewayworker.Text("hello"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(delivery.Gateways, "Gateways took it")
}

// TLS with an authority of one's own, and a token that is read anew for each call.
func ExampleClientConfig() {
	authority, err := os.ReadFile("authority.pem")
	if err != nil {
		log.Fatal(err)
	}
	authorities := x509.NewCertPool()
	authorities.AppendCertsFromPEM(authority)
	client, err := gatewayworker.NewClient(gatewayworker.ClientConfig{
		Address: "gatewayd.example.com:50051",
		TLS:     &tls.Config{RootCAs: authorities},
		Token: func(context.Context) (string, error) {
			token, err := os.ReadFile("token")
			return strings.TrimSpace(string(token)), err
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
}

func ExampleClient_Execute() {
	var batch gatewayworker.Batch
	for number := range 100 {
		batch.SendToGroup([]string{"news"}, gatewayworker.Text(fmt.Sprint(number)))
	}
	client, err := gatewayworker.NewClient(gatewayworker.ClientConfig{})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	results, err := client.Execute(context.Background(), &batch)
	if err != nil {
		log.Fatal(err)
	}
	for number, result := range results {
		if result.Err != nil {
			fmt.Println(number, result.Err)
		}
	}
}

// What there is, where not every Gateway answers.
func ExamplePartialOK() {
	client, err := gatewayworker.NewClient(gatewayworker.ClientConfig{})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	var missing []gatewayworker.GatewayFailure
	count, err := client.GetAllClientCount(context.Background(), gatewayworker.PartialOK(&missing))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(count, "clients, without those of", missing)
}
