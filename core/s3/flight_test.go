package s3

import (
	"context"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// fly begins to send data, of which the request reads so many bytes and then
// waits for its end.
func fly(t *testing.T, f *flight, data []byte, read int) (ended <-chan error, body *lent) {
	t.Helper()
	result, begun := make(chan error, 1), make(chan *lent)
	require.NoError(t, f.send(t.Context(), data, func(ctx context.Context, l *lent) error {
		_, err := io.ReadFull(l, make([]byte, read))
		assert.NoError(t, err)
		begun <- l
		<-ctx.Done()
		result <- ctx.Err()
		return nil
	}))
	return result, <-begun
}

func TestAPartThatWasNotSentWholeIsBrokenOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFlight(t.Context())
		begun := time.Now()
		half, halfBody := fly(t, f, []byte("0123"), 2)
		whole, wholeBody := fly(t, f, []byte("0123"), 4)
		f.takeBack()
		assert.ErrorIs(t, <-half, context.Canceled)
		assert.Zero(t, time.Since(begun))
		for _, body := range []*lent{halfBody, wholeBody} {
			_, err := body.Read(make([]byte, 1))
			assert.ErrorIs(t, err, errTakenBack)
			_, err = body.Seek(0, io.SeekStart)
			assert.ErrorIs(t, err, errTakenBack)
		}
		f.land()
		assert.ErrorIs(t, <-whole, context.Canceled)
		assert.Equal(t, partGrace, time.Since(begun), "its answer may come")
	})
}

func TestAPartThatBeginsLaterReadsNothing(t *testing.T) {
	f := newFlight(t.Context())
	f.takeBack()
	require.NoError(t, f.send(t.Context(), []byte("0123"), func(_ context.Context, l *lent) error {
		_, err := l.Read(make([]byte, 1))
		assert.ErrorIs(t, err, errTakenBack)
		return nil
	}))
	f.land()
}
