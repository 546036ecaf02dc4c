package s3_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core"
	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/tests/s3test"
)

// A write that fails, however, leaves the old object or none, and no upload.
// That of a process that is killed is elsewhere: it leaves an upload that
// Uploads lists and AbortUpload aborts.

const fivePart = 5 << 20

// streamFailures make a writer fail that has sent parts already.
var streamFailures = []struct {
	name string
	code errs.Code
	// fails writes to w until it fails. It is past its first part at first.
	fails func(t *testing.T, relay *relay, w *core.Writer, direct *core.Store) error
	// wins is the text that somebody else wrote meanwhile.
	wins string
}{
	{"the source fails", errs.OK, func(t *testing.T, _ *relay, w *core.Writer, _ *core.Store) error {
		source := io.MultiReader(bytes.NewReader(make([]byte, 7<<20)), brokenSource{})
		_, err := io.Copy(w, source)
		require.ErrorIs(t, err, errSource)
		return w.Abort(t.Context())
	}, ""},
	{"cancelled in a write", errs.Cancelled, func(t *testing.T, relay *relay, w *core.Writer, _ *core.Store) error {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		holdParts(relay, cancel)
		_, err := w.WriteContext(ctx, make([]byte, 100<<20)) // more than may fly
		return err
	}, ""},
	{"expired in a write", errs.Deadline, func(t *testing.T, relay *relay, w *core.Writer, _ *core.Store) error {
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		holdParts(relay, func() {})
		_, err := w.WriteContext(ctx, make([]byte, 100<<20))
		return err
	}, ""},
	{"cancelled in the commit", errs.Cancelled, func(t *testing.T, relay *relay, w *core.Writer, _ *core.Store) error {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		holdParts(relay, cancel)
		_, err := w.Commit(ctx)
		return err
	}, ""},
	{"expired before the commit", errs.Deadline, func(t *testing.T, _ *relay, w *core.Writer, _ *core.Store) error {
		ctx, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
		defer cancel()
		_, err := w.Commit(ctx)
		return err
	}, ""},
	{"a part gets 500", errs.Unavailable, func(t *testing.T, relay *relay, w *core.Writer, _ *core.Store) error {
		relay.refuse("UploadPart", 1, http.StatusInternalServerError, "InternalError")
		return writeOn(t, w)
	}, ""},
	{"a part gets 403", errs.PermissionDenied, func(t *testing.T, relay *relay, w *core.Writer, _ *core.Store) error {
		relay.refuse("UploadPart", 1, http.StatusForbidden, "AccessDenied")
		return writeOn(t, w)
	}, ""},
	{"a part breaks off", errs.Unavailable, func(t *testing.T, relay *relay, w *core.Writer, _ *core.Store) error {
		relay.meddle(func(w http.ResponseWriter, r *http.Request) bool {
			if operationOf(r) != "UploadPart" {
				return false
			}
			_, _ = io.CopyN(io.Discard, r.Body, 1<<20)
			reset(w)
			return true
		})
		return writeOn(t, w)
	}, ""},
	{"the completion is refused", errs.AlreadyExists, func(t *testing.T, _ *relay, w *core.Writer, direct *core.Store) error {
		_, err := direct.Put(t.Context(), "a", []byte("somebody else"), core.PutOptions{Overwrite: true})
		require.NoError(t, err)
		return writeOn(t, w)
	}, "somebody else"},
	{"the completion fails", errs.Unavailable, func(t *testing.T, relay *relay, w *core.Writer, _ *core.Store) error {
		relay.refuse("CompleteMultipartUpload", 1, http.StatusInternalServerError, "InternalError")
		return writeOn(t, w)
	}, ""},
}

var errSource = errors.New("the source failed")

type brokenSource struct{}

func (brokenSource) Read([]byte) (int, error) { return 0, errSource }

// writeOn writes more parts, and commits.
func writeOn(t *testing.T, w *core.Writer) error {
	t.Helper()
	for range 6 {
		if _, err := w.Write(make([]byte, fivePart)); err != nil {
			return err
		}
	}
	_, err := w.Commit(t.Context())
	return err
}

// holdParts lets no part arrive from now on, and calls then at the first.
func holdParts(r *relay, then func()) {
	r.meddle(func(_ http.ResponseWriter, request *http.Request) bool {
		if operationOf(request) != "UploadPart" {
			return false
		}
		then()
		stall(request)
		return true
	})
}

// settle waits for what is cleaned up behind calls that ended early.
func settle(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	require.NoError(t, core.Settle(ctx))
}

func TestAFailedStreamLeavesNothing(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "versitygw")
	for _, c := range streamFailures {
		for _, overwrite := range []bool{false, true} {
			name := c.name
			if overwrite {
				name += ", overwriting"
			}
			t.Run(name, func(t *testing.T) {
				if overwrite && c.wins != "" {
					t.Skip("what may overwrite is not refused")
				}
				t.Parallel()
				place := server.Place(t)
				relay := newRelay(t)
				open := relay.open // where the SDK sends the parts
				if overwrite {
					open = relay.openInFront // and here the fast lane
				}
				store := open(t, server, place.URL, settings{"part_size": "5242880", "max_attempts": "2"})
				direct := openIn(t, serverVariables(t, server), place.URL)
				want := c.wins
				if overwrite {
					want = "old"
					put(t, direct, "a", want)
				}
				w, err := store.NewWriter(t.Context(), "a", core.PutOptions{Overwrite: overwrite})
				require.NoError(t, err)
				_, err = w.Write(make([]byte, 2*fivePart))
				require.NoError(t, err)
				require.Len(t, uploadsOf(t, server, place), 1, "it is past its first part")

				err = c.fails(t, relay, w, direct)
				require.Equal(t, c.code, errs.CodeOf(err), "%v", err)
				if e, ok := errors.AsType[*errs.Error](err); ok {
					if c.code != errs.Cancelled && c.code != errs.Deadline { // which do not wait for the abort
						assert.Empty(t, e.UploadID)
					}
					assert.Equal(t, "a", e.Path)
				}
				settle(t)
				assert.Empty(t, uploadsOf(t, server, place))
				text, err := read(t.Context(), direct, "a", core.GetOptions{})
				if want == "" {
					requireError(t, err, errs.NotFound)
				} else {
					require.NoError(t, err)
					assert.Equal(t, want, text)
				}
				_, err = w.Write([]byte("more"))
				requireError(t, err, errs.Closed)
				require.NoError(t, w.Abort(context.Background()), "an end that was reached already")
			})
		}
	}
}

// A server may be storing a part, all of whose bytes it has, or begin the
// upload, when the call is cancelled: an abort that comes earlier than that
// ends leaves it there (versitygw), or its bytes ("Aborting a multipart
// upload", Amazon S3 User Guide).
func TestACancelledStreamLeavesNothing(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "versitygw")
	place := server.Place(t)
	store := openSet(t, serverVariables(t, server), place.URL, settings{"part_size": "5242880"})
	cancelled := 0
	for range 25 {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Duration(rand.IntN(60))*time.Millisecond, cancel)
		w, err := store.NewWriter(ctx, "a", core.PutOptions{Overwrite: true})
		if err == nil {
			_, err = w.Write(make([]byte, 40<<20))
		}
		if err == nil {
			_, err = w.Commit(ctx)
		}
		cancel()
		if err != nil {
			requireError(t, err, errs.Cancelled)
			cancelled++
		}
	}
	require.Positive(t, cancelled)
	settle(t)
	assert.Empty(t, uploadsOf(t, server, place), "of %d that were cancelled", cancelled)
}

// An upload that was begun, and whose number comes when nobody waits any more.
func TestAStreamCancelledWhileItsUploadBegins(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "versitygw")
	place := server.Place(t)
	relay := newRelay(t)
	store := relay.open(t, server, place.URL, nil)
	for name, do := range map[string]func(context.Context) error{
		"writer": func(ctx context.Context) error {
			w, err := store.NewWriter(ctx, "a", core.PutOptions{})
			require.NoError(t, err)
			_, err = w.Write(make([]byte, 9<<20))
			return err
		},
		"upload": func(ctx context.Context) error { _, err := store.NewUpload(ctx, "a", core.PutOptions{}); return err },
		"copy":   func(ctx context.Context) error { return store.Copy(ctx, "source", "a", core.CopyOptions{}) },
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			put(t, openIn(t, serverVariables(t, server), place.URL), "source", "text")
			defer func() { require.NoError(t, store.Delete(context.Background(), "source", core.DeleteOptions{})) }()
			relay.meddle(func(w http.ResponseWriter, r *http.Request) bool {
				if operationOf(r) != "CreateMultipartUpload" {
					return false
				}
				out, err := relay.forward(r.Clone(context.Background()))
				if !assert.NoError(t, err) {
					return false
				}
				defer out.Body.Close()
				cancel()
				time.Sleep(100 * time.Millisecond)
				maps.Copy(w.Header(), out.Header)
				w.WriteHeader(out.StatusCode)
				_, _ = io.Copy(w, out.Body)
				return true
			})
			err := do(ctx)
			requireError(t, err, errs.Cancelled)
			settle(t)
			assert.Empty(t, uploadsOf(t, server, place))
		})
	}
}

// The same for an object that is in memory, and for an upload in parts.
func TestAFailedLargePutLeavesNothing(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "versitygw")
	place := server.Place(t)
	relay := newRelay(t)
	store := relay.open(t, server, place.URL, settings{"max_attempts": "2"})
	data := make([]byte, 64<<20+1)
	nothing := func(t *testing.T) {
		t.Helper()
		settle(t)
		assert.Empty(t, uploadsOf(t, server, place))
		found, err := store.Exists(context.Background(), "a", core.AnyKind)
		require.NoError(t, err)
		assert.False(t, found)
	}
	t.Run("a part is refused", func(t *testing.T) {
		relay.refuse("UploadPart", 2, http.StatusForbidden, "AccessDenied")
		_, err := store.Put(t.Context(), "a", data, core.PutOptions{})
		requireError(t, err, errs.PermissionDenied)
		nothing(t)
	})
	t.Run("cancelled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		holdParts(relay, cancel)
		_, err := store.Put(ctx, "a", data, core.PutOptions{})
		requireError(t, err, errs.Cancelled)
		nothing(t)
	})
	t.Run("the completion is refused", func(t *testing.T) {
		relay.meddle(nil)
		put(t, store, "b", "old")
		_, err := store.Put(t.Context(), "b", data, core.PutOptions{})
		requireError(t, err, errs.AlreadyExists)
		text, err := read(t.Context(), store, "b", core.GetOptions{})
		require.NoError(t, err)
		assert.Equal(t, "old", text)
		nothing(t)
	})
	t.Run("upload with a refused completion", func(t *testing.T) {
		u, err := store.NewUpload(t.Context(), "b", core.PutOptions{})
		require.NoError(t, err)
		require.NoError(t, u.Part(t.Context(), 1, []byte("new")))
		_, err = u.Commit(t.Context())
		requireError(t, err, errs.AlreadyExists)
		nothing(t)
	})
	t.Run("aborted upload", func(t *testing.T) {
		u, err := store.NewUpload(t.Context(), "a", core.PutOptions{})
		require.NoError(t, err)
		require.NoError(t, u.Part(t.Context(), 1, []byte("new")))
		assert.Equal(t, []string{"a"}, uploadsOf(t, server, place))
		require.NoError(t, u.Abort(t.Context()))
		nothing(t)
	})
	t.Run("upload by its ID", func(t *testing.T) {
		u, err := store.NewUpload(t.Context(), "a", core.PutOptions{})
		require.NoError(t, err)
		require.NoError(t, store.AbortUpload(t.Context(), "a", u.ID()))
		nothing(t)
		err = store.AbortUpload(t.Context(), "a", u.ID())
		if server.Target == "minio" { // it aborts what there is not, too
			require.NoError(t, err)
		} else {
			requireError(t, err, errs.NotFound)
		}
	})
}

// A completion whose first answer was lost is carried out only once.
func TestACompletionWhoseAnswerIsLost(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "versitygw")
	for _, overwrite := range []bool{false, true} {
		place := server.Place(t)
		relay := newRelay(t)
		store := relay.open(t, server, place.URL, nil)
		var completions atomic.Int32
		relay.meddle(func(w http.ResponseWriter, r *http.Request) bool {
			if operationOf(r) != "CompleteMultipartUpload" || completions.Add(1) > 1 {
				return false
			}
			// The server carries it out, and nobody hears of it.
			out, err := relay.forward(r)
			if err == nil {
				_, _ = io.Copy(io.Discard, out.Body)
				out.Body.Close()
			}
			reset(w)
			return true
		})
		err := write(t, store, "a", make([]byte, 9<<20), core.PutOptions{Overwrite: overwrite})
		if err != nil { // never that somebody else's object is there
			requireError(t, err, errs.Unavailable)
		}
		info, err := store.Head(t.Context(), "a", core.HeadOptions{})
		require.NoError(t, err)
		assert.EqualValues(t, 9<<20, info.Size)
		assert.Empty(t, uploadsOf(t, server, place))
	}
}
