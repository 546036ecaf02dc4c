package core

import (
	"context"
	"errors"
	"runtime"

	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/core/internal/safego"
)

// Settle waits until what calls that ended early left to be cleaned up is done,
// for all stores of the process. A program that is about to end calls it.
func Settle(ctx context.Context) error {
	err := safego.Apart(ctx, safego.Settle)
	if e, ok := errors.AsType[*errs.Error](err); ok {
		e.Op = "settle"
	}
	return err
}

// SettleWaits is what Settle waits for.
func SettleWaits() Wait {
	if Cleanups() == 0 {
		return ForNothing
	}
	return ForServer
}

// Goroutines is how many there are, without those that wait for something to do.
func Goroutines() int { return runtime.NumGoroutine() - safego.Idle() }

// Cleanups is for how many calls it goes on.
func Cleanups() int { return safego.Behind() }

// over is a context that has ended: what must be done with it waits for nobody
// but an endpoint that answers at once, and goes on behind the caller.
var over = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()
