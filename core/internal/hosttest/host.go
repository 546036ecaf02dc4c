// Package hosttest has the thread of a host, for tests.
package hosttest

import "time"

// Host is a driver.Caller that has nothing to push.
type Host struct {
	Waits int // how often it has waited

	interrupts func() bool
	done       chan struct{}
}

// New makes a thread that ends its calls when interrupts says so; nil never does.
func New(interrupts func() bool) *Host {
	return &Host{interrupts: interrupts, done: make(chan struct{}, 1)}
}

func (h *Host) Ask(func()) bool   { return false }
func (h *Host) Interrupted() bool { return h.interrupts != nil && h.interrupts() }

func (h *Host) Wait(cancel func()) {
	h.Waits++
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !h.Interrupted() {
		select {
		case <-h.done:
			return
		case <-tick.C:
		}
	}
	cancel()
	<-h.done
}

// Done may come when nobody waits any more, and ends the next wait then.
func (h *Host) Done() {
	select {
	case h.done <- struct{}{}:
	default:
	}
}

// IsWoken tells whether the next wait would end at once.
func (h *Host) IsWoken() bool { return len(h.done) > 0 }
