package safego

import (
	"context"
	"sync/atomic"

	"github.com/libremotestore/libremotestore/core/driver"
)

// Apart runs do, which waits for others, on another goroutine while its caller
// waits. It returns when do does, which may use memory of the caller up to then.
func Apart(ctx context.Context, do func(context.Context) error) error {
	caller := driver.CallerOf(ctx)
	if caller == nil {
		return do(driver.WithoutCaller(ctx))
	}
	own, cancel := context.WithCancel(driver.WithoutCaller(ctx))
	defer cancel()
	var over atomic.Bool
	result := StartThen(func() error { return do(own) }, func() {
		over.Store(true)
		caller.Done()
	})
	driver.Pass(ctx, over.Load)
	for !over.Load() {
		caller.Wait(func() {
			driver.Interrupt(ctx)
			cancel()
		})
		if !over.Load() { // it was woken for another one that takes turns with this
			driver.Pass(ctx, over.Load)
		}
	}
	return <-result
}
