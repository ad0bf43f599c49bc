package gatewayworker

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// turnTime is how long handlers that never wait may go on before what is done is said.
const turnTime = time.Millisecond

// A dispatcher works on events: those of one client in their order, those of others meanwhile.
//
// A goroutine takes events one after the other. Behind it a second one, the standby, is ready to run and has nothing to
// do: the scheduler comes to it when a handler waits for something, or when a core is free, and then it says what is done
// so far and takes the next event. So handlers that finish at once cost no goroutine each, and nobody has to find out
// which of them do.
type dispatcher struct {
	handle   func(*Event) // does not panic
	turnOver func()       // has said what handlers have done and commanded
	limit    int          // how many handlers may run at a time

	// standby: one has been started and has not begun yet; what is done now it will say.
	standby atomic.Bool

	mu      sync.Mutex
	ready   []*Event
	next    int                 // of ready
	clients map[string][]*Event // whose handler runs: what waits behind it
	running int
	idle    []chan struct{} // closed when nothing runs and nothing is ready
}

func newDispatcher(handle func(*Event), turnOver func(), limit int) *dispatcher {
	return &dispatcher{handle: handle, turnOver: turnOver, limit: limit, clients: make(map[string][]*Event)}
}

// put has events worked on.
func (d *dispatcher) put(events []*Event) {
	d.mu.Lock()
	if d.next == len(d.ready) {
		d.ready, d.next = d.ready[:0], 0
	}
	d.ready = append(d.ready, events...)
	d.standBy()
	d.mu.Unlock()
}

// finish waits until all handlers have ended, or the context has.
func (d *dispatcher) finish(ctx context.Context) error {
	d.mu.Lock()
	idle := make(chan struct{})
	d.idle = append(d.idle, idle)
	d.tellIdle()
	d.mu.Unlock()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// standBy starts the standby, unless there is one.
func (d *dispatcher) standBy() {
	if d.standby.CompareAndSwap(false, true) {
		go d.work()
	}
}

func (d *dispatcher) work() {
	d.standby.Store(false)
	d.turnOver()
	d.mu.Lock()
	if d.running < d.limit {
		d.running++
		d.takeTurn()
		d.running--
	}
	d.tellIdle()
	d.mu.Unlock()
	d.turnOver()
}

// takeTurn works on what is ready until nothing is; mu is held when it is called and when it returns.
func (d *dispatcher) takeTurn() {
	var said time.Time
	for event := d.take(); event != nil; event = d.follow(event) {
		d.standBy()
		d.mu.Unlock()
		if now := time.Now(); said.IsZero() {
			said = now
		} else if now.Sub(said) > turnTime {
			said = now
			d.turnOver()
		}
		d.handle(event)
		d.mu.Lock()
	}
}

// take is the next event of a client whose handler does not run; from then on it does.
func (d *dispatcher) take() *Event {
	for d.next < len(d.ready) {
		event := d.ready[d.next]
		d.ready[d.next] = nil
		d.next++
		if event.over() {
			continue
		}
		if behind, busy := d.clients[event.ClientID]; busy {
			d.clients[event.ClientID] = append(behind, event)
			continue
		}
		d.clients[event.ClientID] = nil
		return event
	}
	return nil
}

// follow is what comes after an event that is worked on: the next one of its client, else of another.
func (d *dispatcher) follow(event *Event) *Event {
	behind := d.clients[event.ClientID]
	for len(behind) > 0 {
		next := behind[0]
		behind = behind[1:]
		if !next.over() {
			d.clients[event.ClientID] = behind
			return next
		}
	}
	delete(d.clients, event.ClientID)
	return d.take()
}

func (d *dispatcher) tellIdle() {
	if d.running > 0 || d.next < len(d.ready) || d.standby.Load() {
		return
	}
	for _, idle := range d.idle {
		close(idle)
	}
	d.idle = nil
}
