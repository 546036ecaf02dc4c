package safego

import (
	"context"

	"github.com/libremotestore/libremotestore/core/driver"
)

// Apart runs do, which waits for others, on another goroutine while its caller
// waits. It returns when do does, which may use memory of the caller up to then.
func Apart(ctx context.Context, do func(context.Context) error) error {
	caller := driver.CallerOf(ctx)
	if caller == nil {
		return do(driver.WithoutCaller(ctx))
	}
	ctx, cancel := context.WithCancel(driver.WithoutCaller(ctx))
	defer cancel()
	result := StartThen(func() error { return do(ctx) }, caller.Done)
	caller.Wait(cancel)
	return <-result
}
