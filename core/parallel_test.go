package core

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/core/internal/safego"
)

// distant is a driver that counts, and that calls wait for.
type distant struct{ *counting }

func (distant) Waits() {}

// distantStore has an object "o" of so many bytes.
func distantStore(t *testing.T, size int) (*Store, *counting, []byte) {
	t.Helper()
	_, c, _ := spansStore(t, 0)
	data := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{}).Read(data)
	_, err := c.Driver.Put(t.Context(), "o", data, driver.PutOptions{Mode: driver.Overwrite})
	require.NoError(t, err)
	return newStore(distant{c}, ""), c, data
}

// asked returns the requests for objects, in the order of their ranges.
func (c *counting) asked() (ranges []driver.Range) {
	for len(c.gets) > 0 {
		ranges = append(ranges, <-c.gets)
	}
	slices.SortStableFunc(ranges, func(a, b driver.Range) int { return int(a.Offset - b.Offset) })
	return ranges
}

const aPart, half = 2 << 20, 1 << 20

func init() { smallestPart = aPart }

func TestParallelReads(t *testing.T) {
	for name, c := range map[string]struct {
		size  int
		o     GetOptions
		asked []driver.Range
	}{
		"empty":          {0, GetOptions{}, []driver.Range{{Length: aPart}, {}}},
		"one byte":       {1, GetOptions{}, []driver.Range{{Length: aPart}}},
		"one part":       {aPart, GetOptions{}, []driver.Range{{Length: aPart}}},
		"a byte more":    {aPart + 1, GetOptions{}, []driver.Range{{Length: aPart}, {Offset: aPart, Length: 1}}},
		"whole parts":    {3 * aPart, GetOptions{}, []driver.Range{{Length: aPart}, {Offset: aPart, Length: aPart}, {Offset: 2 * aPart, Length: aPart}}},
		"from an offset": {2 * aPart, GetOptions{Offset: 7}, []driver.Range{{Offset: 7, Length: aPart}, {Offset: 7 + aPart, Length: aPart - 7}}},
		"a small range":  {2 * aPart, GetOptions{Offset: 7, Length: 9}, []driver.Range{{Offset: 7, Length: 9}}},
		"a large range":  {3 * aPart, GetOptions{Offset: 7, Length: aPart + 9}, []driver.Range{{Offset: 7, Length: aPart}, {Offset: 7 + aPart, Length: 9}}},
		"cut at the end": {2 * aPart, GetOptions{Offset: half, Length: 9 * aPart}, []driver.Range{{Offset: half, Length: aPart}, {Offset: half + aPart, Length: half}}},
		"a small suffix": {aPart, GetOptions{Suffix: 9}, []driver.Range{{Suffix: 9}}},
		"a large suffix": {2 * aPart, GetOptions{Suffix: aPart + 1}, []driver.Range{{Offset: aPart - 1, Length: aPart}, {Offset: 2*aPart - 1, Length: 1}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, counted, data := distantStore(t, c.size)
			c.o.Parallel = true
			offset, length, err := driver.Range{Offset: c.o.Offset, Length: c.o.Length, Suffix: c.o.Suffix}.Resolve(int64(c.size))
			require.NoError(t, err)
			want := data[offset : offset+length]

			r, err := store.Get(t.Context(), "o", c.o)
			require.NoError(t, err)
			assert.Equal(t, []int64{offset, length, int64(c.size)}, []int64{r.Offset, r.Length, r.Info.Size})
			got := make([]byte, length+1)
			n, err := r.ReadInto(got)
			require.NoError(t, err)
			assert.True(t, bytes.Equal(want, got[:n]))
			assert.Equal(t, c.asked, counted.asked())
			_, err = r.Read(got)
			assert.Equal(t, io.EOF, err)
			require.NoError(t, r.Close())

			r, err = store.Get(t.Context(), "o", c.o)
			require.NoError(t, err)
			defer r.Close()
			file := filepath.Join(t.TempDir(), "file")
			require.NoError(t, os.WriteFile(file, bytes.Repeat([]byte("-"), int(length)+5), 0o600))
			open, err := os.OpenFile(file, os.O_WRONLY, 0)
			require.NoError(t, err)
			defer open.Close()
			written, err := r.ReadToFile(t.Context(), open, 3)
			require.NoError(t, err)
			assert.Equal(t, length, written)
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			assert.True(t, bytes.Equal(slices.Concat([]byte("---"), want, []byte("--")), text))
			assert.Equal(t, c.asked, counted.asked())
		})
	}
}

// A range outside is the error that it is otherwise, also of an empty object.
func TestParallelReadsOutside(t *testing.T) {
	for _, o := range []GetOptions{{Offset: 9, Parallel: true}, {Length: 1, Parallel: true}} {
		store, _, _ := distantStore(t, 0)
		_, err := store.Get(t.Context(), "o", o)
		assert.Equal(t, errs.RangeNotSatisfiable, errs.CodeOf(err), "%v", err)
		_, err = store.Get(t.Context(), "missing", o)
		assert.Equal(t, errs.NotFound, errs.CodeOf(err), "%v", err)
	}
	store, _, _ := distantStore(t, 0)
	_, err := store.Get(t.Context(), "o", GetOptions{Parallel: true, Random: true})
	assert.Equal(t, errs.InvalidArgument, errs.CodeOf(err), "%v", err)
}

// A buffer that is smaller than the rest is a window: one is read behind the other.
func TestParallelWindows(t *testing.T) {
	store, c, data := distantStore(t, 4*aPart+9)
	r, err := store.Get(t.Context(), "o", GetOptions{Parallel: true})
	require.NoError(t, err)
	defer r.Close()
	got, window := []byte{}, make([]byte, 2*aPart+half)
	for {
		n, err := r.Fill(t.Context(), window)
		require.NoError(t, err)
		if n == 0 {
			break
		}
		got = append(got, window[:n]...)
	}
	assert.True(t, bytes.Equal(data, got))
	assert.Equal(t, []driver.Range{
		{Length: aPart}, {Offset: aPart, Length: aPart}, {Offset: 2 * aPart, Length: aPart},
		{Offset: 3 * aPart, Length: aPart}, {Offset: 4 * aPart, Length: 9},
	}, c.asked(), "nothing twice")

	_, err = r.Seek(5, io.SeekStart)
	require.NoError(t, err)
	n, err := r.Fill(t.Context(), window[:10])
	require.NoError(t, err)
	assert.Equal(t, data[5:15], window[:n])
	n, err = r.ReadAt(window[:3], 1)
	require.NoError(t, err)
	assert.Equal(t, data[1:4], window[:n])
}

// Where nobody is waited for, one request brings all.
func TestParallelReadsOfWhatIsNear(t *testing.T) {
	store, c, data := spansStore(t, 2*aPart)
	r, err := store.Get(t.Context(), "o", GetOptions{Parallel: true})
	require.NoError(t, err)
	defer r.Close()
	got := make([]byte, len(data))
	_, err = r.ReadInto(got)
	require.NoError(t, err)
	assert.True(t, bytes.Equal(data, got))
	assert.Equal(t, []driver.Range{{}}, c.asked())
}

func TestParallelReadsOfAnObjectThatChanges(t *testing.T) {
	for name, heeds := range map[string]bool{"the condition is heeded": true, "it is not": false} {
		t.Run(name, func(t *testing.T) {
			store, c, data := distantStore(t, 2*aPart)
			r, err := store.Get(t.Context(), "o", GetOptions{Parallel: true})
			require.NoError(t, err)
			defer r.Close()
			data[0]++
			_, err = c.Driver.Put(t.Context(), "o", data, driver.PutOptions{Mode: driver.Overwrite})
			require.NoError(t, err)
			c.get = func(ctx context.Context, key string, o driver.GetOptions) (*driver.Reader, error) {
				if !heeds {
					o.Conditions = driver.Conditions{}
				}
				return c.Driver.Get(ctx, key, o)
			}
			_, err = r.ReadInto(make([]byte, len(data)))
			assert.Equal(t, errs.Changed, errs.CodeOf(err), "%v", err)
		})
	}
}

// held is a body that waits for a word, or for the end of its context, whose bytes come late.
type held struct {
	driver.Body
	reading *atomic.Int32
	begun   chan struct{}
	word    chan error
}

func (s held) Read(ctx context.Context, p []byte) (int, error) {
	s.reading.Add(1)
	defer s.reading.Add(-1)
	s.begun <- struct{}{}
	select {
	case err := <-s.word:
		if err != nil {
			return 0, err
		}
		return s.Body.Read(ctx, p)
	case <-ctx.Done():
		time.Sleep(5 * time.Millisecond)
		p[0] = 1 // which would be seen behind the call
		return 0, ctx.Err()
	}
}

// Whatever ends a read, nobody writes to its memory any more when it returns.
func TestParallelReadsThatEnd(t *testing.T) {
	failure := errs.New(errs.IO, "no more")
	for name, c := range map[string]struct {
		end  func(cancel func(), s held)
		want errs.Code
	}{
		"cancelled": {func(cancel func(), _ held) { cancel() }, errs.Cancelled},
		"a failure": {func(_ func(), s held) { s.word <- failure }, errs.IO},
	} {
		t.Run(name, func(t *testing.T) {
			store, counted, data := distantStore(t, 20*aPart)
			s := held{reading: &atomic.Int32{}, begun: make(chan struct{}, 100), word: make(chan error)}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			counted.get = func(ctx context.Context, key string, o driver.GetOptions) (*driver.Reader, error) {
				r, err := counted.Driver.Get(ctx, key, o)
				if err == nil {
					r.Body = held{r.Body, s.reading, s.begun, s.word}
				}
				return r, err
			}
			r, err := store.Get(ctx, "o", GetOptions{Parallel: true})
			require.NoError(t, err)
			defer r.Close()
			into := make([]byte, len(data))
			ended := safego.Start(func() error {
				_, err := r.ReadInto(into)
				if s.reading.Load() != 0 {
					return errors.New("it is read still")
				}
				return err
			})
			for range minAtOnce {
				<-s.begun
			}
			assert.Len(t, counted.gets, minAtOnce, "no more before the first has come")
			c.end(cancel, s)
			err = <-ended
			assert.Equal(t, c.want, errs.CodeOf(err), "%v", err)
			assert.Less(t, len(counted.asked()), 2*minAtOnce)

			counted.get = nil
			n, err := r.Fill(t.Context(), into) // it goes on where it was
			require.NoError(t, err)
			assert.True(t, bytes.Equal(data, into[:n]))
		})
	}
}

// failing is a file that takes so many writes.
type failing struct{ left atomic.Int32 }

func (f *failing) WriteAt(p []byte, _ int64) (int, error) {
	if f.left.Add(-1) < 0 {
		return 0, errors.New("it is full")
	}
	return len(p), nil
}

func TestReadToAFileThatIsFull(t *testing.T) {
	for _, parallel := range []bool{false, true} {
		store, _, _ := distantStore(t, 2*aPart)
		r, err := store.Get(t.Context(), "o", GetOptions{Parallel: parallel})
		require.NoError(t, err)
		defer r.Close()
		file := &failing{}
		file.left.Store(3)
		_, err = r.ReadToFile(t.Context(), file, 0)
		assert.Equal(t, errs.IO, errs.CodeOf(err), "%v", err)
		assert.ErrorContains(t, err, "it is full")
		_, err = r.ReadToFile(t.Context(), file, -1)
		assert.Equal(t, errs.InvalidArgument, errs.CodeOf(err), "%v", err)
	}
}

func TestPace(t *testing.T) {
	for name, c := range map[string]struct {
		rates []int64 // bytes in a second, of one round after the other
		want  []int
	}{
		"each is faster":       {[]int64{100, 200, 400, 800, 1600}, []int{4, 8, 16, 16, 16, 16}},
		"no more comes by it":  {[]int64{100, 109, 300}, []int{4, 8, 4, 4}},
		"up to what has a use": {[]int64{100, 111, 120, 200}, []int{4, 8, 16, 8, 8}},
	} {
		t.Run(name, func(t *testing.T) {
			now, bytes := time.Now(), int64(0)
			p := pace{atOnce: minAtOnce, since: now}
			found := []int{p.atOnce}
			for _, rate := range c.rates {
				now, bytes = now.Add(time.Second), bytes+rate
				for range p.atOnce {
					p.partCame(bytes, now)
				}
				found = append(found, p.atOnce)
			}
			assert.Equal(t, c.want, found)
		})
	}
}
