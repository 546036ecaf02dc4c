package safego

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core/errs"
)

func TestAPanicIsAnError(t *testing.T) {
	err := <-Start(func() error { panic("planted") })
	assert.Equal(t, errs.Internal, errs.CodeOf(err))
	assert.ErrorContains(t, err, "planted")

	g := NewGroup(2)
	require.NoError(t, g.Go(t.Context(), func() error { panic("planted") }))
	assert.Equal(t, errs.Internal, errs.CodeOf(g.Wait(t.Context())))
}

func TestGroupKeepsItsLimit(t *testing.T) {
	var running, most atomic.Int32
	g := NewGroup(3)
	for range 50 {
		require.NoError(t, g.Go(t.Context(), func() error {
			if n := running.Add(1); n > most.Load() {
				most.Store(n)
			}
			running.Add(-1)
			return nil
		}))
	}
	require.NoError(t, g.Wait(t.Context()))
	assert.LessOrEqual(t, most.Load(), int32(3))
	assert.Zero(t, running.Load())
}

func TestGroupStopsAtTheFirstError(t *testing.T) {
	first := errors.New("first")
	g := NewGroup(1)
	require.NoError(t, g.Go(t.Context(), func() error { return first }))
	err := g.Go(t.Context(), func() error {
		t.Error("it ran")
		return nil
	})
	assert.ErrorIs(t, err, first)
	assert.ErrorIs(t, g.Wait(t.Context()), first)
}

func TestWaitsEndWithTheirContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		g := NewGroup(1)
		require.NoError(t, g.Go(t.Context(), func() error { <-release; return nil }))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		assert.Equal(t, errs.Cancelled, errs.CodeOf(g.Go(ctx, func() error { return nil })))
		assert.Equal(t, errs.Cancelled, errs.CodeOf(g.Wait(ctx)))
		close(release)
		assert.NoError(t, g.Wait(t.Context()), "and it goes on")
	})
}
