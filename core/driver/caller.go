package driver

import (
	"cmp"
	"context"
	"time"

	"github.com/libremotestore/libremotestore/core/errs"
)

// InterruptEvery is how often a call that waits asks whether it should end.
const InterruptEvery = 50 * time.Millisecond

// Pusher is who can be asked for credentials while a call goes on.
type Pusher interface {
	// Ask lets it push credentials of the store that is called, and calls answered,
	// if it can tell, when it goes on without. It is false for one that cannot push.
	// It may come at any time until the call is over; a thread is asked in Wait, and
	// behind Done that has no effect.
	Ask(answered func()) bool
}

// Caller is the thread of a host that makes a call.
type Caller interface {
	Pusher
	// Interrupted tells whether the call should end.
	Interrupted() bool
	// Wait waits for Done, and meanwhile calls cancel if the call should end.
	Wait(cancel func())
	// Done ends Wait. It is called once for each, by any thread.
	Done()
}

// calling is who makes a call, in its context.
type calling struct {
	pusher Pusher
	caller Caller                  // nil if no thread does
	asked  *asked                  // of all turns together
	pass   func(ready func() bool) // nil if the operation takes no turns
}

// asked is what the caller was asked, on its thread.
type asked struct {
	at    time.Time // the last time
	ended bool      // it has said that the call should end, and is asked no more
}

type callerKey struct{}

// WithCaller is the context of one call that a thread of a host makes.
func WithCaller(ctx context.Context, caller Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, &calling{pusher: caller, caller: caller, asked: &asked{at: time.Now()}})
}

// WithPusher is the context of one call that no thread waits for.
func WithPusher(ctx context.Context, pusher Pusher) context.Context {
	return context.WithValue(ctx, callerKey{}, &calling{pusher: pusher})
}

// WithTurns is the context of one of several operations that take turns on the thread of
// the Caller of ctx, in whose place caller is for all of them. pass lets the others go on,
// and this one when it is ready; nil is at once.
func WithTurns(ctx context.Context, caller Caller, pass func(ready func() bool)) context.Context {
	asked := ctx.Value(callerKey{}).(*calling).asked
	return context.WithValue(ctx, callerKey{}, &calling{caller, caller, asked, pass})
}

// Pass lets the operations go on that take turns with this one, if there are any. It is
// called where this one is about to wait for what it has asked for, with no lock held.
func Pass(ctx context.Context, ready func() bool) {
	if c, ok := ctx.Value(callerKey{}).(*calling); ok && c != nil && c.pass != nil {
		c.pass(ready)
	}
}

// Interrupt notes that the caller of ctx has said, in Wait, that the call should end.
func Interrupt(ctx context.Context) {
	if c, ok := ctx.Value(callerKey{}).(*calling); ok && c != nil && c.asked != nil {
		c.asked.ended = true
	}
}

// WithoutCaller is ctx for another thread, or for longer than the call: without a
// Pusher too.
func WithoutCaller(ctx context.Context) context.Context {
	if ctx.Value(callerKey{}) == nil {
		return ctx
	}
	return context.WithValue(ctx, callerKey{}, (*calling)(nil))
}

// CallerOf returns the Caller of WithCaller, or nil.
func CallerOf(ctx context.Context) Caller {
	if c, ok := ctx.Value(callerKey{}).(*calling); ok && c != nil {
		return c.caller
	}
	return nil
}

// PusherOf returns the Pusher of WithPusher, or the Caller of WithCaller, or nil.
func PusherOf(ctx context.Context) Pusher {
	if c, ok := ctx.Value(callerKey{}).(*calling); ok && c != nil {
		return c.pusher
	}
	return nil
}

// Done is nil while the call may go on; later it is what [ContextError] makes
// of the end of ctx, or Cancelled. A backend that works on the thread of the
// caller asks again and again.
func Done(ctx context.Context) error { return done(ctx, InterruptEvery) }

// Woken is Done for a thread that a signal has woken, since its handler may want the call
// to end. However many signals come, it asks no oftener than every 5 ms.
func Woken(ctx context.Context) error { return done(ctx, 5*time.Millisecond) }

func done(ctx context.Context, pause time.Duration) error {
	if err := ctx.Err(); err != nil {
		return cmp.Or(ContextError(context.Cause(ctx)), ContextError(err)) // a cause may be any error
	}
	c, ok := ctx.Value(callerKey{}).(*calling)
	if !ok || c == nil || c.caller == nil {
		return nil
	}
	if !c.asked.ended && time.Since(c.asked.at) >= pause {
		c.asked.ended = c.caller.Interrupted()
		c.asked.at = time.Now() // behind it: so much time is between two questions
	}
	if c.asked.ended {
		return errs.New(errs.Cancelled, "the call was interrupted")
	}
	return nil
}
