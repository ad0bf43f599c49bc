package main

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/gatewayd/gatewayd/client_stubs/go/gatewayworker"
)

// handlers are the actions of a request, by kind of event and by body.
type handlers map[string]map[string][]action

type action struct {
	Do        string          `json:"do"`
	Command   string          `json:"command"`
	Call      string          `json:"call"`
	Arguments json.RawMessage `json:"arguments"`
	Gate      string          `json:"gate"`
	Text      string          `json:"text"`
}

type workerOptions struct {
	Name             string `json:"name"`
	WindowEvents     uint32 `json:"window_events"`
	WindowBytes      uint64 `json:"window_bytes"`
	MaxMessageBytes  uint64 `json:"max_message_bytes"`
	SessionMode      string `json:"session_mode"`
	SessionFreshness string `json:"session_freshness"`
	AckOnSend        bool   `json:"ack_on_send"`
	KeepLinks        bool   `json:"keep_links"`
	OnError          string `json:"on_error"`
}

// newWorker has the handlers that the request wants, and no others.
func newWorker(p *program, asked *request) *gatewayworker.Worker {
	options := asked.Options
	worker := &gatewayworker.Worker{
		Name: options.Name, WindowEvents: options.WindowEvents, WindowBytes: options.WindowBytes,
		MaxMessageBytes: options.MaxMessageBytes, AckOnSend: options.AckOnSend, KeepLinks: options.KeepLinks,
		SessionMode: map[string]gatewayworker.SessionMode{
			"RAW": gatewayworker.SessionRaw, "NONE": gatewayworker.SessionNone,
		}[options.SessionMode],
		SessionFreshness: map[string]gatewayworker.SessionFreshness{
			"AS_SENT": gatewayworker.SessionAsSent,
		}[options.SessionFreshness],
		TLS: asked.tlsConfig(), Token: asked.tokenSource(),
	}
	worker.OnError = func(_ context.Context, _ *gatewayworker.Event, err error) gatewayworker.Outcome {
		say(map[string]any{"failed": err.Error()})
		if options.OnError == "redeliver" {
			return gatewayworker.Redeliver
		}
		return gatewayworker.Ack
	}
	worker.OnCommandError = func(failed gatewayworker.CommandError) {
		say(map[string]any{"command_failed": map[string]any{"code": codeName(failed.Code), "message": failed.Message}})
	}
	fields := map[string]*gatewayworker.Handler{
		"connect": &worker.OnConnect, "websocket_connect": &worker.OnWebSocketConnect,
		"message": &worker.OnMessage, "close": &worker.OnClose,
	}
	for kind, actions := range asked.Handlers {
		*fields[kind] = func(ctx context.Context, event *gatewayworker.Event) error {
			return p.handle(ctx, worker, event, actions, asked.Quiet)
		}
	}
	return worker
}

func (p *program) handle(ctx context.Context, worker *gatewayworker.Worker, event *gatewayworker.Event,
	actions map[string][]action, quiet bool) error {
	if !quiet {
		say(map[string]any{"event": plainEvent(event)})
	}
	wanted, named := actions[event.Text()]
	if !named {
		wanted = actions["*"]
	}
	for _, one := range wanted {
		if err := p.act(ctx, worker, event, one); err != nil {
			return err
		}
	}
	return nil
}

func (p *program) act(ctx context.Context, worker *gatewayworker.Worker, event *gatewayworker.Event, one action) error {
	switch one.Do {
	case "echo":
		return worker.SendToCurrentClient(ctx, gatewayworker.Bytes(event.Body))
	case "command":
		return command(ctx, worker, one.Command, argumentsOf(one.Arguments, event.ClientID))
	case "wait":
		<-p.gate(one.Gate)
	case "throw":
		return errors.New(one.Text)
	case "throw_once":
		p.mu.Lock()
		defer p.mu.Unlock()
		if !p.thrown[one.Text] {
			p.thrown[one.Text] = true
			return errors.New(one.Text)
		}
	case "sync":
		unknown, err := worker.Sync(ctx, 0)
		if err != nil {
			return err
		}
		say(map[string]any{"called": map[string]any{"call": "sync", "value": plainFailures(unknown)}})
	case "call":
		called := map[string]any{"call": one.Call}
		if value, err := call(ctx, worker.Client(), one.Call, argumentsOf(one.Arguments, event.ClientID)); err != nil {
			called["error"] = plainError(err)
		} else {
			called["value"] = value
		}
		say(map[string]any{"called": called})
	}
	return nil
}
