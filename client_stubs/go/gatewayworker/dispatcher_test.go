package gatewayworker

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// A recorder is a handler that notes what it does; it waits at the gates of the events that have one.
type recorder struct {
	gates map[string]chan struct{}
	begun chan string // the name of each event whose handler has begun

	mu   sync.Mutex
	seen []string
}

func newRecorder(gated ...string) *recorder {
	r := &recorder{gates: map[string]chan struct{}{}, begun: make(chan string, 10_000)}
	for _, name := range gated {
		r.gates[name] = make(chan struct{})
	}
	return r
}

func (r *recorder) note(line string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen = append(r.seen, line)
}

func (r *recorder) handle(event *Event) {
	r.note(nameOf(event) + " begins")
	r.begun <- nameOf(event)
	if gate := r.gates[nameOf(event)]; gate != nil {
		<-gate
	}
	r.note(nameOf(event) + " ends")
	event.acknowledged.Store(true)
}

// of is what was noted of a client.
func (r *recorder) of(client string) (lines []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, line := range r.seen {
		if strings.HasPrefix(line, client) {
			lines = append(lines, line)
		}
	}
	return lines
}

func nameOf(event *Event) string { return fmt.Sprint(event.ClientID, event.ID) }

// eventsOf makes them of names: "a1" is the first one of client a.
func eventsOf(from *attachment, names ...string) (events []*Event) {
	for _, name := range names {
		event := &Event{ClientID: name[:1], attachment: from}
		if _, err := fmt.Sscan(name[1:], &event.ID); err != nil {
			panic(err)
		}
		events = append(events, event)
	}
	return events
}

func finish(t *testing.T, d *dispatcher) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := d.finish(ctx); err != nil {
		t.Fatal("handlers still run")
	}
}

func TestEveryEventOfAClientIsWorkedOnInOrder(t *testing.T) {
	recorder := newRecorder()
	d := newDispatcher(recorder.handle, func() {}, 1000)
	var names []string
	for number := range 200 {
		for _, client := range "abc" {
			names = append(names, fmt.Sprintf("%c%d", client, number))
		}
	}
	for batch := range slices.Chunk(names, 17) {
		d.put(eventsOf(&attachment{}, batch...))
	}
	finish(t, d)
	for _, client := range []string{"a", "b", "c"} {
		var want []string
		for number := range 200 {
			want = append(want, fmt.Sprintf("%s%d begins", client, number), fmt.Sprintf("%s%d ends", client, number))
		}
		if got := recorder.of(client); !slices.Equal(got, want) {
			t.Errorf("client %s: %v", client, got)
		}
	}
}

func TestOneThatWaitsHoldsUpItsOwnClientAlone(t *testing.T) {
	recorder := newRecorder("a1")
	d := newDispatcher(recorder.handle, func() {}, 1000)
	d.put(eventsOf(&attachment{}, "a1", "a2", "b1", "a3", "b2"))
	for range 3 {
		receive(t, recorder.begun)
	}
	d.put(eventsOf(&attachment{}, "a4", "c1"))
	receive(t, recorder.begun)
	if got := recorder.of("a"); !slices.Equal(got, []string{"a1 begins"}) {
		t.Errorf("%v", got)
	}
	close(recorder.gates["a1"])
	finish(t, d)
	want := []string{
		"a1 begins", "a1 ends", "a2 begins", "a2 ends", "a3 begins", "a3 ends", "a4 begins", "a4 ends",
	}
	if got := recorder.of("a"); !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
}

func TestNoMoreHandlersRunThanAllowed(t *testing.T) {
	var running, most, done atomic.Int64
	gate, begun := make(chan struct{}), make(chan struct{}, 20)
	d := newDispatcher(func(*Event) {
		most.Store(max(most.Load(), running.Add(1)))
		begun <- struct{}{}
		<-gate
		running.Add(-1)
		done.Add(1)
	}, func() {}, 3)
	var names []string
	for client := range 20 {
		names = append(names, fmt.Sprintf("%c1", 'a'+client))
	}
	d.put(eventsOf(&attachment{}, names...))
	for range 3 {
		receive(t, begun)
	}
	close(gate)
	finish(t, d)
	if most.Load() != 3 || done.Load() != 20 {
		t.Errorf("%d at a time, %d in all", most.Load(), done.Load())
	}
}

func TestEventsThatAreSomebodyElsesByNowDoNotRun(t *testing.T) {
	recorder := newRecorder("a1", "b1")
	d := newDispatcher(recorder.handle, func() {}, 1000)
	old := &attachment{}
	d.put(eventsOf(old, "a1", "a2", "b1"))
	for range 2 {
		receive(t, recorder.begun)
	}
	old.over.Store(true)
	d.put(eventsOf(&attachment{}, "a2")) // comes again on another stream: after the handler that still runs
	close(recorder.gates["a1"])
	close(recorder.gates["b1"])
	finish(t, d)
	want := []string{"a1 begins", "a1 ends", "a2 begins", "a2 ends"}
	if got := recorder.of("a"); !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
}

// What handlers did before one that waits is said while it waits, whether more is ready or not.
func TestTheTurnIsOverWhenAHandlerWaits(t *testing.T) {
	for _, names := range [][]string{{"a1", "b1", "c1"}, {"a1", "b1"}} {
		recorder := newRecorder("b1")
		var done atomic.Int64
		said := make(chan int64, 1000)
		d := newDispatcher(func(event *Event) {
			recorder.handle(event)
			done.Add(1)
		}, func() { said <- done.Load() }, 1000)
		d.put(eventsOf(&attachment{}, names...))
		for receive(t, said) < int64(len(names)-1) && !t.Failed() {
		}
		close(recorder.gates["b1"])
		finish(t, d)
	}
}

func TestHandlersThatFinishAtOnceCostNoGoroutineEach(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // a core that is free would take its share
	var turns atomic.Int64
	d := newDispatcher(func(*Event) {}, func() { turns.Add(1) }, 1000)
	var names []string
	for number := range 5000 {
		names = append(names, fmt.Sprintf("%c%d", 'a'+number%20, number))
	}
	d.put(eventsOf(&attachment{}, names...))
	finish(t, d)
	// Each goroutine says twice what is done, a long turn says it now and then.
	if turns.Load() > 500 {
		t.Errorf("%d turns for 5000 events", turns.Load())
	}
}
