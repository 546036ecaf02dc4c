package safego

import (
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core/errs"
)

func TestSettleWaitsForWhatWasLeft(t *testing.T) {
	require.NoError(t, Settle(t.Context()), "nothing goes on")
	first, second := make(chan struct{}), make(chan struct{})
	Leave(Start(func() error {
		<-first
		Leave(Start(func() error { <-second; return nil })) // as an abort leaves a sweep
		return nil
	}))
	assert.Equal(t, 1, Behind())

	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	assert.Equal(t, errs.Deadline, errs.CodeOf(Settle(ctx)))

	settled := Start(func() error { return Settle(context.Background()) })
	close(first)
	select {
	case <-settled:
		t.Fatal("the second one goes on")
	case <-time.After(20 * time.Millisecond):
	}
	close(second)
	require.NoError(t, <-settled)
	assert.Zero(t, Behind())
}

func TestAPanicLeftBehindIsOver(t *testing.T) {
	Leave(Start(func() error { panic("planted") }))
	require.NoError(t, Settle(t.Context()))
}

// One after the other, they need no new goroutine; of many at once, some stay.
func TestGoroutinesAreUsedAgain(t *testing.T) {
	require.NoError(t, <-Start(func() error { return nil }))
	before := runtime.NumGoroutine()
	for range 1000 {
		require.NoError(t, <-Start(func() error { return nil }))
		runtime.Gosched()
	}
	assert.LessOrEqual(t, runtime.NumGoroutine(), before+maxIdle)

	release := make(chan struct{})
	var many []<-chan error
	for range 100 {
		many = append(many, Start(func() error { <-release; return nil }))
	}
	close(release)
	for _, done := range many {
		require.NoError(t, <-done)
	}
	assert.Eventually(t, func() bool { return runtime.NumGoroutine() <= before+maxIdle }, 10*time.Second, time.Millisecond)
}
