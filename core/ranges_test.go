package core

import (
	"context"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/core/internal/hosttest"
)

// counting counts the requests for objects.
type counting struct {
	driver.Driver
	gets chan driver.Range
	get  func(context.Context, string, driver.GetOptions) (*driver.Reader, error)
}

func (c *counting) Get(ctx context.Context, key string, o driver.GetOptions) (*driver.Reader, error) {
	c.gets <- o.Range
	if c.get != nil {
		return c.get(ctx, key, o)
	}
	return c.Driver.Get(ctx, key, o)
}

// spansStore has an object "o" of so many bytes.
func spansStore(t *testing.T, size int) (*Store, *counting, []byte) {
	t.Helper()
	store, err := Open("memory://", nil)
	require.NoError(t, err)
	data := make([]byte, size)
	for i := range data {
		data[i] = byte(i * 7)
	}
	_, err = store.Put(t.Context(), "o", data, PutOptions{})
	require.NoError(t, err)
	c := &counting{Driver: store.driver, gets: make(chan driver.Range, 10_000)}
	return newStore(c, ""), c, data
}

func spanOf(offset, length int) Span {
	return Span{Offset: int64(offset), Buffer: make([]byte, length)}
}

func TestGetSpansAtRandom(t *testing.T) {
	const size = 5000
	store, _, data := spansStore(t, size)
	random := rand.New(rand.NewPCG(7, 8))
	for range 300 {
		spans := make([]Span, 1+random.IntN(40))
		for i := range spans {
			spans[i] = spanOf(random.IntN(size), 1+random.IntN(400)) // some end behind the object
		}
		info, verified, err := store.GetSpans(t.Context(), "o", spans, SpanOptions{Coalesce: int64(random.IntN(300))})
		require.NoError(t, err)
		assert.False(t, verified)
		assert.EqualValues(t, size, info.Size)
		for _, s := range spans {
			want := data[s.Offset:min(int(s.end()), size)]
			require.Equal(t, len(want), s.Filled)
			require.Equal(t, want, s.Buffer[:s.Filled])
		}
	}
}

func TestGetSpansCoalesce(t *testing.T) {
	for gap, want := range map[int64]int{0: 4, 9: 4, 10: 3, 90: 2, 1000: 1} {
		store, c, _ := spansStore(t, 2000)
		spans := []Span{spanOf(1000, 10), spanOf(0, 10), spanOf(20, 10), spanOf(30, 10), spanOf(130, 10), spanOf(5, 4)}
		_, _, err := store.GetSpans(t.Context(), "o", spans, SpanOptions{Coalesce: gap})
		require.NoError(t, err)
		assert.Len(t, c.gets, want, "gap %d", gap)
	}
}

func TestGetSpansRefuses(t *testing.T) {
	store, c, _ := spansStore(t, 100)
	for name, bad := range map[string]struct {
		spans []Span
		o     SpanOptions
		want  errs.Code
	}{
		"none":             {nil, SpanOptions{}, errs.InvalidArgument},
		"no bytes":         {[]Span{spanOf(0, 1), spanOf(1, 0)}, SpanOptions{}, errs.InvalidArgument},
		"before the start": {[]Span{spanOf(-1, 1)}, SpanOptions{}, errs.InvalidArgument},
		"overflow":         {[]Span{{Offset: math.MaxInt64, Buffer: make([]byte, 1)}}, SpanOptions{}, errs.InvalidArgument},
		"gap":              {[]Span{spanOf(0, 1)}, SpanOptions{Coalesce: -1}, errs.InvalidArgument},
		"version":          {[]Span{spanOf(0, 1)}, SpanOptions{VersionID: "v"}, errs.NotSupported},
	} {
		_, _, err := store.GetSpans(t.Context(), "o", bad.spans, bad.o)
		assert.Equal(t, bad.want, errs.CodeOf(err), "%s: %v", name, err)
	}
	assert.Empty(t, c.gets, "all of it is refused before a request")

	for _, spans := range [][]Span{{spanOf(100, 1)}, {spanOf(0, 10), spanOf(200, 1)}, {spanOf(99, 1), spanOf(100, 1)}} {
		_, _, err := store.GetSpans(t.Context(), "o", spans, SpanOptions{Coalesce: 1000})
		assert.Equal(t, errs.RangeNotSatisfiable, errs.CodeOf(err), "%v", err)
	}
	_, _, err := store.GetSpans(t.Context(), "none", []Span{spanOf(0, 1)}, SpanOptions{})
	assert.Equal(t, errs.NotFound, errs.CodeOf(err))
	_, _, err = store.GetSpans(t.Context(), "o", []Span{spanOf(0, 1)}, SpanOptions{Conditions: Conditions{IfMatch: "other"}})
	assert.Equal(t, errs.PreconditionFailed, errs.CodeOf(err))
}

// The object is another one at the second request.
func TestGetSpansOfAChangingObject(t *testing.T) {
	store, c, _ := spansStore(t, 100)
	answered := make(chan struct{})
	c.get = func(ctx context.Context, key string, o driver.GetOptions) (*driver.Reader, error) {
		if o.Range.Offset == 0 {
			defer close(answered)
		} else {
			<-answered
			if _, err := c.Put(ctx, key, make([]byte, 100), driver.PutOptions{Mode: driver.Overwrite}); err != nil {
				return nil, err
			}
		}
		return c.Driver.Get(ctx, key, o)
	}
	_, _, err := store.GetSpans(t.Context(), "o", []Span{spanOf(0, 10), spanOf(50, 10)}, SpanOptions{})
	assert.Equal(t, errs.Changed, errs.CodeOf(err), "%v", err)
}

// A backend that works on the thread of its caller asks it, and no other thread,
// whether to go on.
func TestGetSpansStaysOnTheThreadOfItsCaller(t *testing.T) {
	store, c, _ := spansStore(t, 100)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	thread, asked := unix.Gettid(), 0
	c.get = func(ctx context.Context, key string, o driver.GetOptions) (*driver.Reader, error) {
		assert.Equal(t, thread, unix.Gettid())
		time.Sleep(InterruptEvery)
		return c.Driver.Get(ctx, key, o)
	}
	ctx := WithCaller(t.Context(), hosttest.New(func() bool { asked++; return asked == 3 }))
	spans := []Span{spanOf(0, 10), spanOf(20, 10), spanOf(50, 10), spanOf(70, 10)}
	_, _, err := store.GetSpans(ctx, "o", spans, SpanOptions{})
	assert.Equal(t, errs.Cancelled, errs.CodeOf(err), "%v", err)
	assert.Equal(t, 3, asked)
}

// One request fails: its error comes out, not that of those that it cancels, and
// nobody uses the buffers any more.
func TestGetSpansAfterAnError(t *testing.T) {
	store, c, _ := spansStore(t, 100)
	store.waits = true
	c.get = func(ctx context.Context, key string, o driver.GetOptions) (*driver.Reader, error) {
		if o.Range.Offset == 50 {
			return nil, errs.New(errs.PermissionDenied, "this one")
		}
		select {
		case <-ctx.Done():
			return nil, driver.Done(ctx)
		case <-time.After(10 * time.Second):
			return nil, errs.New(errs.Unknown, "it was not cancelled")
		}
	}
	spans := []Span{spanOf(0, 10), spanOf(20, 10), spanOf(50, 10), spanOf(70, 10)}
	_, _, err := store.GetSpans(t.Context(), "o", spans, SpanOptions{})
	assert.Equal(t, errs.PermissionDenied, errs.CodeOf(err), "%v", err)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err = store.GetSpans(ctx, "o", spans, SpanOptions{})
	assert.Equal(t, errs.Cancelled, errs.CodeOf(err), "%v", err)
}
