package driver

import (
	"context"
	"time"

	"github.com/libremotestore/libremotestore/core/errs"
)

// InterruptEvery is how often a call that waits asks whether it should end.
const InterruptEvery = 50 * time.Millisecond

// interrupt is a function that one call asks, on the thread that made it.
type interrupt struct {
	interrupted func() bool
	asked       time.Time
}

type interruptKey struct{}

// WithInterrupt is the context of a call that ends when interrupted says so.
func WithInterrupt(ctx context.Context, interrupted func() bool) context.Context {
	return context.WithValue(ctx, interruptKey{}, &interrupt{interrupted, time.Now()})
}

// WithoutInterrupt is ctx for another thread, or for longer than the call.
func WithoutInterrupt(ctx context.Context) context.Context {
	if ctx.Value(interruptKey{}) == nil {
		return ctx
	}
	return context.WithValue(ctx, interruptKey{}, (*interrupt)(nil))
}

// InterruptOf returns the function of WithInterrupt, or nil.
func InterruptOf(ctx context.Context) func() bool {
	if i, ok := ctx.Value(interruptKey{}).(*interrupt); ok && i != nil {
		return i.interrupted
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
	i, ok := ctx.Value(interruptKey{}).(*interrupt)
	if !ok || i == nil || time.Since(i.asked) < InterruptEvery {
		return nil
	}
	i.asked = time.Now()
	if i.interrupted() {
		return errs.New(errs.Cancelled, "the call was interrupted")
	}
	return nil
}
