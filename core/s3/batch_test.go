package s3_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core"
	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/tests/s3test"
)

// byAll runs a test for a thread of a host and without one, by the fast lane and by the SDK.
func byAll(t *testing.T, test func(t *testing.T, ctx context.Context, r *relay, store *core.Store)) {
	server := s3test.Start(t, "versitygw")
	for _, lane := range []string{"true", "false"} {
		for who, call := range map[string]func(*testing.T) context.Context{
			"goroutines": (*testing.T).Context,
			"a thread":   func(t *testing.T) context.Context { return calledBy(t, nil) },
		} {
			t.Run(fmt.Sprintf("%s, fast_lane %s", who, lane), func(t *testing.T) {
				t.Parallel()
				relay := newRelay(t)
				store := relay.open(t, server, server.Place(t).URL, fast(settings{"fast_lane": lane, "memory_budget": "5242880"}))
				test(t, call(t), relay, store)
			})
		}
	}
}

func TestABatchIsAsManyGets(t *testing.T) {
	t.Parallel()
	byAll(t, func(t *testing.T, ctx context.Context, relay *relay, store *core.Store) {
		texts := []string{"", "x", strings.Repeat("0123456789", 100_000), strings.Repeat("y", 70_000)}
		var paths, wanted []string
		for i := range 40 {
			paths = append(paths, fmt.Sprint("d/", i))
			put(t, store, paths[i], texts[i%3])
			wanted = append(wanted, "GetObject")
		}
		paths = slices.Insert(paths, 7, "d", "none")
		var seen atomic.Int32
		relay.meddle(func(w http.ResponseWriter, r *http.Request) bool {
			if seen.Add(1) != 5 {
				return false
			}
			answer(w, http.StatusServiceUnavailable, "SlowDown")
			return true
		})
		relay.take()
		found, err := store.GetMany(ctx, paths[:32], core.GetOptions{Length: 200_000}, nil)
		require.NoError(t, err)
		took := relay.took()
		slices.Sort(took)
		assert.Equal(t, append(wanted[:33], "ListObjectsV2", "ListObjectsV2"), took, "one is sent again, two say why there is nothing")
		for i, f := range found {
			switch paths[i] {
			case "d":
				assert.Equal(t, errs.InvalidPath, errs.CodeOf(f.Err))
			case "none":
				assert.Equal(t, errs.NotFound, errs.CodeOf(f.Err))
				assert.Equal(t, "NoSuchKey", f.Err.(*errs.Error).S3Code)
			default:
				var n int
				_, err := fmt.Sscanf(paths[i], "d/%d", &n)
				require.NoError(t, err)
				text := texts[n%3]
				require.EqualValues(t, len(text), f.Size)
				require.True(t, string(f.Data) == text[:min(len(text), 200_000)])
			}
		}

		found, err = store.GetMany(ctx, paths, core.GetOptions{}, nil) // 13 MB, of 5 MiB
		require.NoError(t, err)
		whole := 0
		for _, f := range found {
			whole += len(f.Data)
			if f.Err != nil && f.Size > 0 {
				assert.Equal(t, errs.InvalidArgument, errs.CodeOf(f.Err))
			}
		}
		assert.LessOrEqual(t, whole, 5<<20)
		assert.Greater(t, whole, 4<<20-1)

		relay.take()
		described, err := store.HeadMany(ctx, paths)
		require.NoError(t, err)
		assert.Len(t, relay.took(), 44)
		assert.EqualValues(t, 1, described[1].Info.Size)
		assert.Equal(t, paths[1], described[1].Info.Path)
		assert.Equal(t, errs.NotFound, errs.CodeOf(described[8].Err))
	})
}

// Many wait at once, and one that is slow holds up no other.
func TestABatchWaitsForManyAtOnce(t *testing.T) {
	t.Parallel()
	byAll(t, func(t *testing.T, ctx context.Context, relay *relay, store *core.Store) {
		const atOnce = 16
		paths := make([]string, 3*atOnce)
		for i := range paths {
			paths[i] = fmt.Sprint("d/", i)
			put(t, store, paths[i], paths[i])
		}
		var waiting, most, others atomic.Int32
		full, rest := make(chan struct{}), make(chan struct{})
		var once, last sync.Once
		relay.meddle(func(_ http.ResponseWriter, r *http.Request) bool {
			most.Store(max(waiting.Add(1), most.Load()))
			defer waiting.Add(-1)
			if waiting.Load() == atOnce {
				once.Do(func() { close(full) })
			}
			if strings.HasSuffix(r.URL.Path, "/d/0") {
				await(t, rest)
			} else {
				await(t, full)
				if int(others.Add(1)) == len(paths)-1 {
					last.Do(func() { close(rest) })
				}
			}
			return false
		})
		found, err := store.GetMany(ctx, paths, core.GetOptions{}, nil)
		require.NoError(t, err)
		for i, f := range found {
			assert.Equal(t, paths[i], string(f.Data))
		}
		assert.EqualValues(t, atOnce, most.Load())
	})
}

func await(t *testing.T, done <-chan struct{}) {
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Error("nobody came")
	}
}

func TestACancelEndsABatch(t *testing.T) {
	t.Parallel()
	byAll(t, func(t *testing.T, ctx context.Context, relay *relay, store *core.Store) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		var seen atomic.Int32
		relay.meddle(func(_ http.ResponseWriter, r *http.Request) bool {
			if seen.Add(1) == 20 {
				cancel()
			}
			if seen.Load() >= 20 {
				stall(r)
			}
			return false
		})
		paths := make([]string, 1000)
		for i := range paths {
			paths[i] = "none"
		}
		start := time.Now()
		_, err := store.GetMany(ctx, paths, core.GetOptions{}, nil)
		assert.Equal(t, errs.Cancelled, errs.CodeOf(err))
		assert.Less(t, time.Since(start), 5*time.Second)
		assert.Less(t, seen.Load(), int32(40))
	})
}
