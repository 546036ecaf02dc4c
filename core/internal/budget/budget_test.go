package budget

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core/errs"
)

func TestTakeWaitsForWhatFlies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(10)
		require.NoError(t, b.Take(t.Context(), 8))
		b.Fly(8)
		taken := make(chan error, 1)
		go func() { taken <- b.Take(t.Context(), 5) }()
		synctest.Wait()
		assert.Empty(t, taken, "it must wait")
		b.Land(8)
		require.NoError(t, <-taken)
		assert.EqualValues(t, 5, b.taken)
	})
}

// All is held by buffers that nobody sends: their writers may be the caller's.
func TestTakeDoesNotWaitForWhatDoesNotFly(t *testing.T) {
	b := New(10)
	require.NoError(t, b.Take(t.Context(), 10))
	require.NoError(t, b.Take(t.Context(), 10))
	b.Return(20)
	assert.Zero(t, b.taken)
}

func TestOneThatIsLargerThanAllGoesAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(10)
		require.NoError(t, b.Take(t.Context(), 3))
		b.Fly(3)
		taken := make(chan error, 1)
		go func() { taken <- b.Take(t.Context(), 100) }()
		synctest.Wait()
		assert.Empty(t, taken, "it must wait")
		b.Land(3)
		require.NoError(t, <-taken)
	})
}

func TestTakeEndsWithItsContext(t *testing.T) {
	b := New(10)
	require.NoError(t, b.Take(t.Context(), 10))
	b.Fly(10)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	assert.Equal(t, errs.Cancelled, errs.CodeOf(b.Take(ctx, 1)))
	assert.EqualValues(t, 10, b.taken)
}
