package s3_test

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net/http"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core"
	"github.com/libremotestore/libremotestore/tests/s3test"
)

func transferredAndTotal(p *core.Progress) [2]int64 {
	return [2]int64{p.Transferred.Load(), p.Total.Load()}
}

// By both lanes, with what is sent and asked for once more: the first part, or object, is
// refused when it is there, and the first answer breaks off in its middle.
func TestBytesOfProgress(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "versitygw")
	const size = 20 << 20
	data := randomBytes(size)
	file := onDisk(t, data)
	for _, lane := range []string{"true", "false"} {
		t.Run("fast lane "+lane, func(t *testing.T) {
			t.Parallel()
			relay := newRelay(t)
			store := relay.openInFront(t, server, server.Place(t).URL, settings{"fast_lane": lane})
			_, err := store.Put(t.Context(), "whole", data, core.PutOptions{})
			require.NoError(t, err)
			write := core.PutOptions{Overwrite: true}
			for _, c := range []struct {
				name string
				want int64
				do   func(ctx context.Context) error
			}{
				{"small put", 1 << 10, func(ctx context.Context) error {
					_, err := store.Put(ctx, "a", data[:1<<10], write)
					return err
				}},
				{"put", size, func(ctx context.Context) error {
					_, err := store.Put(ctx, "a", data, write)
					return err
				}},
				{"put file", size, func(ctx context.Context) error {
					_, err := store.PutFile(ctx, "a", file, core.FileRange{}, write)
					return err
				}},
				{"writer", size, func(ctx context.Context) error {
					w, err := store.NewWriter(ctx, "a", write)
					require.NoError(t, err)
					_, err = io.Copy(w, bytes.NewReader(data))
					require.NoError(t, err)
					_, err = w.Commit(ctx)
					return err
				}},
				{"get", size, func(ctx context.Context) error {
					r, err := store.Get(ctx, "whole", core.GetOptions{})
					require.NoError(t, err)
					defer r.Close()
					_, err = r.ReadInto(make([]byte, size))
					return err
				}},
				{"parallel get", size, func(ctx context.Context) error {
					r, err := store.Get(ctx, "whole", core.GetOptions{Parallel: true})
					require.NoError(t, err)
					defer r.Close()
					_, err = r.ReadInto(make([]byte, size))
					return err
				}},
				{"ranges", 2 << 20, func(ctx context.Context) error {
					spans := []core.Span{{Buffer: make([]byte, 1<<20)}, {Offset: 1<<20 + 9, Buffer: make([]byte, 1<<20)}}
					_, _, err := store.GetSpans(ctx, "whole", spans, core.SpanOptions{Coalesce: 9})
					return err
				}},
				{"copy in one request", 0, func(ctx context.Context) error {
					return store.Copy(ctx, "whole", "b", core.CopyOptions{Overwrite: true})
				}},
				{"copy in parts", size, func(ctx context.Context) error {
					return store.Copy(ctx, "whole", "c", core.CopyOptions{})
				}},
			} {
				t.Run(c.name, func(t *testing.T) {
					var once atomic.Bool
					relay.meddle(func(w http.ResponseWriter, r *http.Request) bool {
						switch operation := operationOf(r); {
						case once.Load():
						case operation == "PutObject" || operation == "UploadPart":
							once.Store(true)
							_, _ = io.Copy(io.Discard, r.Body)
							answer(w, http.StatusServiceUnavailable, "SlowDown")
							return true
						case operation == "GetObject":
							once.Store(true)
							breaksOff(t, relay, w, r)
							return true
						}
						return false
					})
					var p core.Progress
					require.NoError(t, c.do(core.WithProgress(t.Context(), &p)))
					assert.Equal(t, [2]int64{c.want, c.want}, transferredAndTotal(&p))
				})
			}
		})
	}
}

// breaksOff answers as the server would, but for half of the bytes.
func breaksOff(t *testing.T, relay *relay, w http.ResponseWriter, r *http.Request) {
	found, err := relay.forward(r)
	if !assert.NoError(t, err) {
		return
	}
	defer found.Body.Close()
	maps.Copy(w.Header(), found.Header)
	w.WriteHeader(found.StatusCode)
	_, _ = io.CopyN(w, found.Body, found.ContentLength/2)
	panic(http.ErrAbortHandler)
}

// While an endpoint reads slowly, the fast lane tells what has gone off.
func TestLaneProgressInTheMiddleOfAPart(t *testing.T) {
	t.Parallel()
	const size = 64 << 20
	file := onDisk(t, make([]byte, size))
	for name, partSize := range map[string]int{"object": size, "part": size - 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var p core.Progress
			middle := make(chan int64, 2)
			store := fakeSet(t, settings{"part_size": strconv.Itoa(partSize), "checksum_algorithm": "none"},
				ofUploads(func(w http.ResponseWriter, r *http.Request) {
					_, _ = io.CopyN(io.Discard, r.Body, 1<<20)
					for p.Transferred.Load() <= 1 && r.ContentLength > 1 && r.Context().Err() == nil {
						time.Sleep(time.Millisecond)
					}
					middle <- p.Transferred.Load()
					taken(w, r)
				}))
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			_, err := store.PutFile(core.WithProgress(ctx, &p), "a", file, core.FileRange{}, core.PutOptions{Overwrite: true})
			require.NoError(t, err)
			assert.Less(t, <-middle, int64(size))
			assert.Equal(t, [2]int64{size, size}, transferredAndTotal(&p))
		})
	}
}
