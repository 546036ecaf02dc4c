package s3_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core"
	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/tests/s3test"
)

const aPart = 8 << 20 // of a parallel read of up to 512 MiB

func readInParallel(t *testing.T, store *core.Store, verify bool) ([]byte, *core.Reader, error) {
	t.Helper()
	r, err := store.Get(t.Context(), "o", core.GetOptions{Parallel: true, Verify: verify})
	if err != nil {
		return nil, nil, err
	}
	defer r.Close()
	got := make([]byte, r.Length)
	_, err = r.ReadInto(got)
	return got, r, err
}

func randomBytes(n int) []byte {
	data := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{}).Read(data)
	return data
}

func TestParallelReads(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "versitygw")
	relay := newRelay(t)
	for algorithm, verified := range map[string]bool{"CRC64NVME": true, "SHA256": false} {
		t.Run(algorithm, func(t *testing.T) {
			store := relay.open(t, server, server.Place(t).URL, settings{"checksum_algorithm": algorithm})
			for size, parts := range map[int]int{0: 1, aPart: 1, 2*aPart + 9: 3} {
				data := randomBytes(size)
				_, err := store.Put(t.Context(), "o", data, core.PutOptions{Overwrite: true})
				require.NoError(t, err)
				relay.take()
				for _, verify := range []bool{false, true} {
					got, r, err := readInParallel(t, store, verify)
					require.NoError(t, err)
					assert.True(t, bytes.Equal(data, got))
					assert.Equal(t, verify && verified && size > 0, r.Verified)
					requests := relay.take()
					gets := only(requests, "GetObject")
					if verify {
						assert.Equal(t, "HeadObject", requests[0].operation)
						gets = append(gets, requests[0])
					}
					switch {
					case size > 0:
						assert.Len(t, gets, parts+len(only(requests, "HeadObject")))
					case !verify:
						assert.Len(t, gets, 2, "a range of no bytes is refused")
					}
					for _, get := range gets[1:] {
						if size > 0 && get.operation == "GetObject" {
							assert.NotEmpty(t, get.Get("If-Match"))
						}
					}
				}
			}
		})
	}
}

// lanes runs do with the fast lane, and without.
func lanes(t *testing.T, do func(t *testing.T, s settings)) {
	for _, lane := range []string{"true", "false"} {
		t.Run("fast lane "+lane, func(t *testing.T) {
			t.Parallel()
			do(t, fast(settings{"fast_lane": lane}))
		})
	}
}

// object answers requests for one object, and notes their ranges.
type object struct {
	data []byte
	etag string

	mu     sync.Mutex
	ranges map[string]int
}

func (o *object) noted(r *http.Request) (times int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ranges == nil {
		o.ranges = map[string]int{}
	}
	o.ranges[r.Header.Get("Range")]++
	return o.ranges[r.Header.Get("Range")]
}

// serve answers with so many of the bytes that were asked for, and all that is said of them.
func (o *object) serve(w http.ResponseWriter, r *http.Request, most int) {
	var first, last int
	if _, err := fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-%d", &first, &last); err != nil {
		panic(err)
	}
	last = min(last, len(o.data)-1)
	w.Header().Set("ETag", o.etag)
	w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", first, last, len(o.data)))
	w.Header().Set("Content-Length", strconv.Itoa(last+1-first))
	w.WriteHeader(http.StatusPartialContent)
	_, _ = w.Write(o.data[first:min(first+most, last+1)])
}

// A part that breaks off goes on by itself, where it was.
func TestAPartThatBreaksOff(t *testing.T) {
	t.Parallel()
	lanes(t, func(t *testing.T, s settings) {
		o := &object{data: randomBytes(3*aPart - 5), etag: `"e"`}
		second := fmt.Sprintf("bytes=%d-%d", aPart, 2*aPart-1)
		store := fakeSet(t, s, func(w http.ResponseWriter, r *http.Request) {
			if o.noted(r); r.Header.Get("Range") != second {
				o.serve(w, r, aPart)
				return
			}
			o.serve(w, r, 1<<20)
			panic(http.ErrAbortHandler)
		})
		got, _, err := readInParallel(t, store, false)
		require.NoError(t, err)
		assert.True(t, bytes.Equal(o.data, got))
		require.Len(t, o.ranges, 4)
		for asked, times := range o.ranges {
			assert.Equal(t, 1, times, asked)
		}
		assert.Contains(t, o.ranges, second)
		delete(o.ranges, second)
		assert.Contains(t, o.ranges, "bytes=0-8388607")
		assert.Contains(t, o.ranges, fmt.Sprintf("bytes=%d-%d", 2*aPart, 3*aPart-6))
	})
}

// A part whose request fails is asked for again, alone.
func TestAPartThatIsRefused(t *testing.T) {
	t.Parallel()
	lanes(t, func(t *testing.T, s settings) {
		o := &object{data: randomBytes(2 * aPart), etag: `"e"`}
		second := fmt.Sprintf("bytes=%d-%d", aPart, 2*aPart-1)
		store := fakeSet(t, s, func(w http.ResponseWriter, r *http.Request) {
			if times := o.noted(r); times == 1 && r.Header.Get("Range") == second {
				answer(w, http.StatusServiceUnavailable, "SlowDown")
				return
			}
			o.serve(w, r, aPart)
		})
		got, _, err := readInParallel(t, store, false)
		require.NoError(t, err)
		assert.True(t, bytes.Equal(o.data, got))
		assert.Equal(t, map[string]int{"bytes=0-8388607": 1, second: 2}, o.ranges)
	})
}

func TestWrongParts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		second func(o *object, w http.ResponseWriter, r *http.Request)
		want   errs.Code
	}{
		"another range": {func(o *object, w http.ResponseWriter, r *http.Request) {
			r.Header.Set("Range", fmt.Sprintf("bytes=%d-%d", aPart-1, 2*aPart-2))
			o.serve(w, r, aPart)
		}, errs.Corrupt},
		"another object": {func(o *object, w http.ResponseWriter, r *http.Request) {
			(&object{data: o.data, etag: `"other"`}).serve(w, r, aPart)
		}, errs.Changed},
		"a longer object": {func(o *object, w http.ResponseWriter, r *http.Request) {
			(&object{data: append(o.data, 1), etag: o.etag}).serve(w, r, aPart)
		}, errs.Changed},
		"a condition that does not hold": {func(_ *object, w http.ResponseWriter, _ *http.Request) {
			answer(w, http.StatusPreconditionFailed, "PreconditionFailed")
		}, errs.Changed},
		"none any more": {func(_ *object, w http.ResponseWriter, _ *http.Request) {
			answer(w, http.StatusNotFound, "NoSuchKey")
		}, errs.Changed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lanes(t, func(t *testing.T, s settings) {
				o := &object{data: randomBytes(2 * aPart), etag: `"e"`}
				store := fakeSet(t, s, func(w http.ResponseWriter, r *http.Request) {
					if r.Header.Get("Range") == "bytes=0-8388607" {
						o.serve(w, r, aPart)
						return
					}
					c.second(o, w, r)
				})
				_, _, err := readInParallel(t, store, false)
				assert.Equal(t, c.want, errs.CodeOf(err), "%v", err)
			})
		})
	}
}

// A byte is another one than that of which the endpoint keeps the checksum.
func TestParallelReadsFindACorruptByte(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "versitygw")
	relay := newRelay(t)
	store := relay.open(t, server, server.Place(t).URL, settings{"checksum_algorithm": "CRC32"})
	data := randomBytes(aPart + 9)
	_, err := store.Put(t.Context(), "o", data, core.PutOptions{})
	require.NoError(t, err)
	info, err := store.Head(t.Context(), "o", core.HeadOptions{})
	require.NoError(t, err)
	bad := bytes.Clone(data)
	bad[aPart+3]++
	relay.meddle(func(w http.ResponseWriter, request *http.Request) bool {
		if operationOf(request) != "GetObject" {
			return false
		}
		w.Header().Set("ETag", info.ETag)
		http.ServeContent(w, request, "", info.Modified, bytes.NewReader(bad))
		return true
	})
	_, _, err = readInParallel(t, store, true)
	assert.Equal(t, errs.Corrupt, errs.CodeOf(err), "%v", err)
	_, r, err := readInParallel(t, store, false)
	require.NoError(t, err, "nobody asked to verify")
	assert.False(t, r.Verified)

	relay.meddle(nil) // also where a read comes piece by piece
	r, err = store.Get(t.Context(), "o", core.GetOptions{Parallel: true, Verify: true})
	require.NoError(t, err)
	defer r.Close()
	got, err := io.ReadAll(r)
	require.NoError(t, err)
	assert.True(t, bytes.Equal(data, got) && r.Verified)
}
