// Push sends a message from a script, with no worker: to everyone, to a uid or to a group. It says how far it came.
//
//	push "hello"
//	push -uid 42 "your parcel is here"
//	push -group news "extra"
//
// Where no worker is attached at all, PHP Gateways close their clients: run gatewayd with --events=always.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"

	"github.com/gatewayd/gatewayd/client_stubs/go/gatewayworker"
)

func main() {
	log.SetFlags(0)
	uid := flag.String("uid", "", "to whom")
	group := flag.String("group", "", "to whom")
	flag.Parse()
	if flag.NArg() != 1 || (*uid != "" && *group != "") {
		fmt.Fprintln(os.Stderr, "usage: push [-uid UID | -group GROUP] MESSAGE")
		os.Exit(2)
	}
	if err := push(context.Background(), *uid, *group, gatewayworker.Text(flag.Arg(0))); err != nil {
		log.Fatal(err)
	}
}

func push(ctx context.Context, uid, group string, message gatewayworker.Message) error {
	client, err := gatewayworker.NewClient(gatewayworker.ClientConfig{})
	if err != nil {
		return err
	}
	defer client.Close()
	var delivery gatewayworker.Delivery
	switch {
	case uid != "":
		delivery, err = client.SendToUID(ctx, []string{uid}, message)
	case group != "":
		delivery, err = client.SendToGroup(ctx, []string{group}, message)
	default:
		delivery, err = client.SendToAll(ctx, message)
	}
	if err != nil {
		return err
	}
	online, err := client.GetAllClientCount(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("sent to %d Gateways, %d clients are online\n", delivery.Gateways, online)
	for _, failure := range delivery.Unreachable {
		fmt.Printf("not to %s: %s\n", failure.Gateway, failure.Reason)
	}
	return nil
}
