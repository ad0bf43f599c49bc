package gatewayworker

import (
	"math/rand/v2"
	"time"
)

// pauses say how long to wait before trying again: twice as long each time, up to a longest, and less by chance, so
// that many workers do not come at once.
type pauses struct {
	shortest, longest time.Duration
	random            func() float64 // in [0, 1)
	pause             time.Duration
}

func newPauses(shortest, longest time.Duration) *pauses {
	return &pauses{shortest: shortest, longest: max(shortest, longest), random: rand.Float64}
}

// next is the pause from the half of what it has grown to up to the whole.
func (p *pauses) next() time.Duration {
	p.pause = min(max(2*p.pause, p.shortest), p.longest)
	return time.Duration((0.5 + 0.5*p.random()) * float64(p.pause))
}

// reset begins anew with the shortest.
func (p *pauses) reset() { p.pause = 0 }
