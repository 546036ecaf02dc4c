package driver

import (
	"context"
	"time"

	"github.com/libremotestore/libremotestore/core/errs"
)

// InterruptEvery is how often a call that waits asks whether it should end.
const InterruptEvery = 50 * time.Millisecond

// Caller is the thread of a host that makes a call.
type Caller interface {
	// Interrupted tells whether the call should end.
	Interrupted() bool
	// Wait waits for Done, and meanwhile calls cancel if the call should end.
	Wait(cancel func())
	// Ask lets the thread, in Wait, push credentials of the store that it calls,
	// and calls answered when it goes on to wait. It is false for one that cannot.
	// It may come at any time, also after Done, and then has no effect.
	Ask(answered func()) bool
	// Done ends Wait. It is called once, by any thread.
	Done()
}

// calling is a Caller in a context.
type calling struct {
	Caller
	asked time.Time
}

type callerKey struct{}

// WithCaller is the context of one call that a thread of a host makes.
func WithCaller(ctx context.Context, caller Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, &calling{caller, time.Now()})
}

// WithoutCaller is ctx for another thread, or for longer than the call.
func WithoutCaller(ctx context.Context) context.Context {
	if ctx.Value(callerKey{}) == nil {
		return ctx
	}
	return context.WithValue(ctx, callerKey{}, (*calling)(nil))
}

// CallerOf returns the Caller of WithCaller, or nil.
func CallerOf(ctx context.Context) Caller {
	if c, ok := ctx.Value(callerKey{}).(*calling); ok && c != nil {
		return c.Caller
	}
	return nil
}

// Done is nil while the call may go on; later it is what [ContextError] makes
// of the end of ctx, or Cancelled. A backend that works on the thread of the
// caller asks again and again.
func Done(ctx context.Context) error {
	if ctx.Err() != nil {
		return ContextError(context.Cause(ctx))
	}
	c, ok := ctx.Value(callerKey{}).(*calling)
	if !ok || c == nil || time.Since(c.asked) < InterruptEvery {
		return nil
	}
	c.asked = time.Now()
	if c.Interrupted() {
		return errs.New(errs.Cancelled, "the call was interrupted")
	}
	return nil
}
