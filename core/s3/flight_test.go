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

// What reads in place is broken off too, and waited for, unless it has sent all.
func TestAPartThatIsReadInPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFlight(t.Context())
		begun, left := make(chan struct{}), false
		require.NoError(t, f.send(t.Context(), []byte("0123"), func(ctx context.Context, l *lent) error {
			data, err := l.inPlace()
			assert.NoError(t, err)
			assert.Equal(t, "0123", string(data))
			close(begun)
			<-ctx.Done()
			time.Sleep(time.Second)
			left = true
			l.leave(false)
			assert.False(t, l.isSent())
			_, err = l.inPlace()
			assert.ErrorIs(t, err, errTakenBack)
			return nil
		}))
		<-begun
		f.takeBack()
		assert.True(t, left)
		f.land()
	})
	synctest.Test(t, func(t *testing.T) {
		f := newFlight(t.Context())
		sent := make(chan struct{})
		require.NoError(t, f.send(t.Context(), []byte("0123"), func(ctx context.Context, l *lent) error {
			_, err := l.inPlace()
			assert.NoError(t, err)
			l.leave(true)
			l.leave(false) // it has ended
			assert.True(t, l.isSent())
			close(sent)
			<-ctx.Done()
			return nil
		}))
		<-sent
		begun := time.Now()
		f.land()
		assert.Equal(t, partGrace, time.Since(begun), "its answer may come")
	})
}
