// Conformance is the package, driven by JSON lines. What they say is in ../../conformance/README.md.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"os"
	"sync"
	"time"

	"github.com/gatewayd/gatewayd/client_stubs/go/gatewayworker"
)

// A request is a line of stdin.
type request struct {
	ID        int             `json:"id"`
	Do        string          `json:"do"`
	Call      string          `json:"call"`
	Arguments json.RawMessage `json:"arguments"`
	Address   string          `json:"address"`
	Timeout   float64         `json:"timeout"`
	Handlers  handlers        `json:"handlers"`
	Options   workerOptions   `json:"options"`
	Quiet     bool            `json:"quiet"`
	Gate      string          `json:"gate"`
	connection
}

type program struct {
	mu      sync.Mutex
	clients map[string]*gatewayworker.Client
	gates   map[string]chan struct{}
	opened  map[string]bool
	thrown  map[string]bool
	worker  *gatewayworker.Worker
	left    chan struct{} // closed when the worker has
	stopped bool
}

func main() {
	p := &program{
		clients: map[string]*gatewayworker.Client{}, gates: map[string]chan struct{}{},
		opened: map[string]bool{}, thrown: map[string]bool{},
	}
	lines := bufio.NewReader(os.Stdin)
	for {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			os.Exit(0)
		}
		var asked request
		if err == nil {
			err = json.Unmarshal(line, &asked)
		}
		if err != nil {
			log.Fatal(err)
		}
		go p.answer(&asked)
	}
}

var output sync.Mutex

func say(line map[string]any) {
	text, err := json.Marshal(line)
	if err != nil {
		log.Fatal(err)
	}
	output.Lock()
	defer output.Unlock()
	if _, err := os.Stdout.Write(append(text, '\n')); err != nil {
		log.Fatal(err)
	}
}

func (p *program) answer(asked *request) {
	var value any
	var err error
	switch asked.Do {
	case "call":
		value, err = p.call(asked)
	case "work":
		value, err = p.work(asked)
	case "open":
		p.open(asked.Gate)
	case "stop":
		p.stop()
	}
	if err != nil {
		say(map[string]any{"id": asked.ID, "error": plainError(err)})
	} else {
		say(map[string]any{"id": asked.ID, "value": value})
	}
}

func (p *program) call(asked *request) (any, error) {
	client, err := p.client(asked)
	if err != nil {
		return nil, err
	}
	ctx := context.Background()
	if asked.Timeout > 0 {
		limited, cancel := context.WithTimeout(ctx, time.Duration(asked.Timeout*float64(time.Second)))
		defer cancel()
		ctx = limited
	}
	return call(ctx, client, asked.Call, argumentsOf(asked.Arguments, ""))
}

func (p *program) client(asked *request) (*gatewayworker.Client, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := asked.Address + " " + asked.key()
	if client := p.clients[key]; client != nil {
		return client, nil
	}
	client, err := gatewayworker.NewClient(gatewayworker.ClientConfig{
		Address: asked.Address, TLS: asked.tlsConfig(), Token: asked.tokenSource(),
	})
	p.clients[key] = client
	return client, err
}

func (p *program) gate(name string) chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gates[name] == nil {
		p.gates[name] = make(chan struct{})
	}
	return p.gates[name]
}

func (p *program) open(name string) {
	gate := p.gate(name)
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.opened[name] {
		p.opened[name] = true
		close(gate)
	}
}

func (p *program) stop() {
	p.mu.Lock()
	p.stopped = true
	worker, left := p.worker, p.left
	p.mu.Unlock()
	worker.Stop()
	<-left
}

// work is answered when the worker is first attached, or was refused.
func (p *program) work(asked *request) (any, error) {
	welcomed := make(chan gatewayworker.Welcome, 100)
	refused := make(chan error, 1)
	worker := newWorker(p, asked)
	worker.OnAttached = func(_ context.Context, welcome gatewayworker.Welcome) { welcomed <- welcome }
	left := make(chan struct{})
	p.mu.Lock()
	p.worker, p.left, p.stopped = worker, left, false
	p.mu.Unlock()
	go func() {
		err := worker.Run(context.Background())
		close(left)
		p.mu.Lock()
		defer p.mu.Unlock()
		if err != nil {
			refused <- err
		} else if !p.stopped {
			os.Exit(0) // it was told by a signal to leave, and has
		}
	}()
	select {
	case welcome := <-welcomed:
		return plainWelcome(welcome), nil
	case err := <-refused:
		return nil, err
	}
}
