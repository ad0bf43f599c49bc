// Chat is a chat room, with groups and presence.
//
// Clients send lines of text: what they say, "/name Ann" to be called so, "/who" to ask who is here. They get JSON:
//
//	{"type": "say", "from": "Ann", "text": "hi"}
//	{"type": "system", "text": "Ann is here"}
//	{"type": "online", "names": […]}
//
// The room is a group and names are in sessions: both are kept by the Gateways, so this can be restarted, and run twice.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/gatewayd/gatewayd/client_stubs/go/gatewayworker"
)

const room = "chat"

type chat struct {
	worker     gatewayworker.Worker
	announcing sync.Mutex // or of two clients that come at once, the list without the second may come last
}

func main() {
	chat := &chat{}
	chat.worker.Name = "chat"
	chat.worker.OnConnect = chat.onConnect
	chat.worker.OnMessage = chat.onMessage
	chat.worker.OnClose = chat.onClose
	if err := chat.worker.Run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func (c *chat) onConnect(ctx context.Context, event *gatewayworker.Event) error {
	number, err := strconv.ParseUint(event.ClientID[12:], 16, 32)
	if err != nil {
		return err
	}
	return c.enter(ctx, event, fmt.Sprintf("guest %d", number))
}

func (c *chat) onMessage(ctx context.Context, event *gatewayworker.Event) error {
	text := strings.TrimSpace(event.Text())
	if nameIn(event.Session()) == "" { // the client was there before us
		if err := c.onConnect(ctx, event); err != nil {
			return err
		}
	}
	wanted, renames := strings.CutPrefix(text, "/name ")
	wanted = firstRunes(strings.TrimSpace(wanted), 20)
	switch {
	case renames && wanted != "" && wanted != nameIn(event.Session()):
		if err := c.enter(ctx, event, wanted); err != nil {
			return err
		}
		return c.tellAll(ctx, message{"type": "system", "text": wanted + " is here"})
	case strings.HasPrefix(text, "/"):
		online, err := c.online(ctx)
		if err != nil {
			return err
		}
		return c.worker.Client().SendToCurrentClient(ctx, online.json())
	default:
		return c.tellAll(ctx, message{"type": "say", "from": nameIn(event.Session()), "text": text})
	}
}

func (c *chat) onClose(ctx context.Context, event *gatewayworker.Event) error {
	name := nameIn(event.Session())
	if name == "" {
		return nil
	}
	if err := c.tellAll(ctx, message{"type": "system", "text": name + " has left"}); err != nil {
		return err
	}
	return c.announce(ctx)
}

func (c *chat) enter(ctx context.Context, event *gatewayworker.Event, name string) error {
	// The generation keeps a late answer from a stranger: a Gateway that was restarted uses its client_ids again.
	generation := gatewayworker.Generation(event.Generation)
	client := c.worker.Client()
	if err := client.UpdateSession(ctx, event.ClientID, gatewayworker.Values{"name": name}, generation); err != nil {
		return err
	}
	if err := client.JoinGroup(ctx, event.ClientID, room, generation); err != nil {
		return err
	}
	event.Session().Values["name"] = name
	return c.announce(ctx)
}

func (c *chat) announce(ctx context.Context) error {
	c.announcing.Lock()
	defer c.announcing.Unlock()
	online, err := c.online(ctx)
	if err != nil {
		return err
	}
	return c.tellAll(ctx, online)
}

func (c *chat) online(ctx context.Context) (message, error) {
	sessions, err := c.worker.Client().GetClientSessionsByGroup(ctx, room)
	if err != nil {
		return nil, err
	}
	names := make([]string, 0, len(sessions))
	for _, session := range sessions {
		names = append(names, nameIn(session))
	}
	slices.Sort(names)
	return message{"type": "online", "names": names}, nil
}

func (c *chat) tellAll(ctx context.Context, said message) error {
	_, err := c.worker.Client().SendToGroup(ctx, []string{room}, said.json())
	return err
}

type message map[string]any

func (m message) json() gatewayworker.Message {
	text, err := json.Marshal(m)
	if err != nil {
		panic(err) // strings always can be
	}
	return gatewayworker.Bytes(text)
}

func nameIn(session *gatewayworker.Session) string {
	name, _ := session.Values["name"].(string)
	return name
}

func firstRunes(text string, count int) string {
	runes := []rune(text)
	return string(runes[:min(len(runes), count)])
}
