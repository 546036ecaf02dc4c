// Package safego starts goroutines. It is the only place that does: a panic in
// a bare one would end the process that the library is loaded in.
package safego

import (
	"cmp"
	"context"
	"sync"
	"sync/atomic"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

// Start runs do in a goroutine; its error can be received once.
func Start(do func() error) <-chan error { return StartThen(do, func() {}) }

// StartThen is Start, and calls then when the error is there.
func StartThen(do func() error, then func()) <-chan error {
	j := job{do, make(chan error, 1), then}
	select {
	case jobs <- j:
	default:
		go work(j)
	}
	return j.done
}

// job is what Start was given.
type job struct {
	do   func() error
	done chan error
	then func()
}

var (
	jobs = make(chan job) // for goroutines that are idle
	idle atomic.Int32     // how many are
)

const maxIdle = 16

// Idle is how many goroutines wait for something to do.
func Idle() int { return int(idle.Load()) }

// work does a job, and then others as they come: the stack of a new goroutine
// would have to grow, which costs more than all else that Start does. It waits
// without a timeout, since each timer that is set wakes the scheduler.
func work(j job) {
	for {
		j.done <- errs.Recovered(j.do)
		j.then()
		j = job{} // it holds what was the caller's
		if idle.Add(1) > maxIdle {
			idle.Add(-1)
			return
		}
		j = <-jobs
		idle.Add(-1)
	}
}

// Group runs a bounded number of goroutines and keeps their first error. Its
// methods serve one call at a time.
type Group struct {
	slots chan struct{} // holds one for each that runs

	mu  sync.Mutex
	err error
}

// NewGroup makes a group of so many goroutines at most.
func NewGroup(limit int) *Group { return &Group{slots: make(chan struct{}, limit)} }

// Go runs do as soon as the limit allows. If ctx ends before, or an earlier
// one has failed, it returns that error and does not run it.
func (g *Group) Go(ctx context.Context, do func() error) error {
	if err := g.enter(ctx); err != nil {
		return err
	}
	if err := g.failure(); err != nil {
		<-g.slots
		return err
	}
	go func() {
		err := errs.Recovered(do)
		g.mu.Lock()
		g.err = cmp.Or(g.err, err)
		g.mu.Unlock()
		<-g.slots
	}()
	return nil
}

// Wait waits for all of them, or for ctx, and returns the first error.
func (g *Group) Wait(ctx context.Context) error {
	for entered := range cap(g.slots) {
		if err := g.enter(ctx); err != nil {
			g.leave(entered)
			return err
		}
	}
	g.leave(cap(g.slots))
	return g.failure()
}

func (g *Group) enter(ctx context.Context) error {
	select {
	case g.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return driver.Done(ctx)
	}
}

func (g *Group) leave(n int) {
	for range n {
		<-g.slots
	}
}

func (g *Group) failure() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.err
}
