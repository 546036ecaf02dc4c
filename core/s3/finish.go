package s3

import (
	"context"
	"time"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/internal/safego"
)

const (
	// cleanupTimeout is how long what must not be left half done may go on
	// after the end of the call.
	cleanupTimeout = 5 * time.Second
	// cleanupGrace is how long the call waits for it then. An endpoint that is
	// near answers earlier, and the error can say whether it worked; no other
	// may hold up the caller, who may be a person that pressed Ctrl-C.
	cleanupGrace = 25 * time.Millisecond
)

// finish runs do, which must not be left half done, in a context that outlives
// ctx. If ctx ends before do does, and some time passes, it returns false: do
// goes on alone, and must not use what is the caller's; [safego.Settle] waits
// for it.
func (b *backend) finish(ctx context.Context, do func(context.Context) error) (finished bool, err error) {
	if ctx.Done() == nil {
		return true, do(ctx)
	}
	own, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(cleanupTimeout, cancel) })
	done := b.alone(func() error {
		defer stop()
		return do(own)
	})
	select {
	case err := <-done:
		return true, err
	case <-ctx.Done():
	}
	grace := time.NewTimer(cleanupGrace)
	defer grace.Stop()
	select {
	case err := <-done:
		return true, err
	case <-grace.C:
		safego.Leave(done)
		return false, driver.Done(ctx)
	}
}

// alone runs do, perhaps for longer than the store is open: then it must not
// leave a connection.
func (b *backend) alone(do func() error) <-chan error {
	return safego.Start(func() error {
		defer func() {
			if b.closed.Load() {
				b.closeConnections()
			}
		}()
		return do()
	})
}
