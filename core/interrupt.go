package core

import (
	"context"
	"time"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/internal/safego"
)

// WithInterrupt is the context of a call that asks interrupted while it waits,
// about every 50 ms and on the goroutine that made it, and ends with Cancelled
// when that says true. It is for one call.
func WithInterrupt(ctx context.Context, interrupted func() bool) context.Context {
	return driver.WithInterrupt(ctx, interrupted)
}

// Together runs do, which makes several calls, as one call that can be
// interrupted: that costs once what it would cost with each.
func (s *Store) Together(ctx context.Context, do func(context.Context) error) error {
	if !s.waits {
		return do(ctx)
	}
	return interruptible(ctx, do)
}

// interruptible runs do, which waits for others. If the call can be interrupted,
// it does so on another goroutine, while this one asks. It returns when do does,
// which may use memory of the caller up to then.
func interruptible(ctx context.Context, do func(context.Context) error) error {
	interrupted := driver.InterruptOf(ctx)
	if interrupted == nil {
		return do(ctx)
	}
	ctx, cancel := context.WithCancel(driver.WithoutInterrupt(ctx))
	defer cancel()
	done := safego.Start(func() error { return do(ctx) })
	ticker := time.NewTicker(driver.InterruptEvery)
	defer ticker.Stop()
	for {
		select {
		case err := <-done:
			return err
		case <-ticker.C:
			if ctx.Err() == nil && interrupted() {
				cancel()
			}
		}
	}
}
