package safego

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/core/internal/hosttest"
)

func yes() bool { return true }

// each runs a test on goroutines, and in turns on the thread of a host.
func each(t *testing.T, test func(t *testing.T, ctx context.Context)) {
	t.Run("goroutines", func(t *testing.T) { test(t, t.Context()) })
	t.Run("turns", func(t *testing.T) {
		h := hosttest.New(nil)
		test(t, driver.WithCaller(t.Context(), h))
		assert.False(t, h.IsWoken(), "nobody is left to be woken")
	})
}

func TestManyRunsAllOfThem(t *testing.T) {
	each(t, func(t *testing.T, ctx context.Context) {
		for _, n := range []int{0, 1, 3, 50} {
			var running, most, apart atomic.Int32
			counts := make([]atomic.Int32, n)
			require.NoError(t, Many(ctx, n, 3, func(ctx context.Context, i int) error {
				most.Store(max(running.Add(1), most.Load()))
				defer running.Add(-1)
				counts[i].Add(1)
				return Apart(ctx, func(context.Context) error { apart.Add(1); return nil })
			}))
			for i := range counts {
				assert.EqualValues(t, 1, counts[i].Load())
			}
			assert.EqualValues(t, n, apart.Load())
			assert.LessOrEqual(t, most.Load(), int32(3))
		}
	})
}

func TestManyEndsAtTheFirstError(t *testing.T) {
	each(t, func(t *testing.T, ctx context.Context) {
		first := errors.New("first")
		var began atomic.Int32
		err := Many(ctx, 1000, 3, func(ctx context.Context, i int) error {
			began.Add(1)
			if i == 2 {
				return first
			}
			if i > 2 {
				t.Error("it began")
			}
			return Apart(ctx, func(ctx context.Context) error { <-ctx.Done(); return driver.Done(ctx) })
		})
		assert.ErrorIs(t, err, first, "and not that the others were cancelled")
		assert.EqualValues(t, 3, began.Load())

		err = Many(ctx, 3, 3, func(context.Context, int) error { panic("planted") })
		assert.Equal(t, errs.Internal, errs.CodeOf(err))

		ended, cancel := context.WithCancel(ctx)
		cancel()
		err = Many(ended, 1, 1, func(context.Context, int) error { panic("it began") })
		assert.Equal(t, errs.Cancelled, errs.CodeOf(err))
	})
}

// Where one waits for an answer another goes on, on the same thread.
func TestTurns(t *testing.T) {
	ctx := driver.WithCaller(t.Context(), hosttest.New(nil))
	var log []int // without a lock
	require.NoError(t, Many(ctx, 4, 2, func(ctx context.Context, i int) error {
		log = append(log, i)
		driver.Pass(ctx, nil)
		log = append(log, -i)
		return nil
	}))
	assert.Equal(t, []int{0, 1, 0, 2, -1, 3, -2, -3}, log)
}

// One that waits for what another goroutine does holds up nobody.
func TestTurnsPassOverWhoWaits(t *testing.T) {
	ctx := driver.WithCaller(t.Context(), hosttest.New(nil))
	release := make(chan struct{})
	var order []int
	require.NoError(t, Many(ctx, 5, 2, func(ctx context.Context, i int) error {
		err := Apart(ctx, func(context.Context) error {
			switch i {
			case 0:
				<-release
			case 4:
				close(release)
			}
			return nil
		})
		order = append(order, i)
		return err
	}))
	assert.Len(t, order, 5)
	assert.Equal(t, []int{1, 2, 3}, slices.DeleteFunc(order, func(i int) bool { return i == 0 || i == 4 }))
}

// The host is asked once, and that ends all of them.
func TestAnInterruptEndsAllTurns(t *testing.T) {
	ctx := driver.WithCaller(t.Context(), hosttest.New(yes))
	var mu sync.Mutex
	ended := 0
	err := Many(ctx, 100, 3, func(ctx context.Context, i int) error {
		return Apart(ctx, func(ctx context.Context) error {
			<-ctx.Done()
			mu.Lock()
			defer mu.Unlock()
			ended++
			return nil // and it is an end all the same
		})
	})
	assert.Equal(t, errs.Cancelled, errs.CodeOf(err))
	assert.ErrorContains(t, err, "interrupted")
	assert.Equal(t, 3, ended)
}

func TestACallerThatEndsItsCallIsAskedNoMore(t *testing.T) {
	interrupted := true
	ctx := driver.WithCaller(t.Context(), hosttest.New(func() bool { return interrupted }))
	require.NoError(t, driver.Done(ctx), "it is asked later")
	assert.Error(t, Apart(ctx, func(ctx context.Context) error {
		<-ctx.Done()
		return driver.Done(ctx)
	}))
	interrupted = false
	assert.Equal(t, errs.Cancelled, errs.CodeOf(driver.Done(ctx)))
}
