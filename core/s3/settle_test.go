package s3_test

import (
	"context"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core"
	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/tests/s3test"
)

// A cancelled put returns while its parts are on their way, and may not look at
// the data then: the race detector would see it.
func TestACancelledLargePutLeavesNothing(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "versitygw")
	place := server.Place(t)
	store := openSet(t, serverVariables(t, server), place.URL, settings{"part_size": "5242880"})
	data := make([]byte, 70<<20)
	cancelled, longest := 0, time.Duration(0)
	for range 15 {
		ctx, cancel := context.WithCancel(t.Context())
		var at time.Time
		time.AfterFunc(time.Duration(rand.IntN(150))*time.Millisecond, func() { at = time.Now(); cancel() })
		_, err := store.Put(ctx, "a", data, core.PutOptions{Overwrite: true})
		returned := time.Now()
		clear(data)
		<-ctx.Done()
		if err != nil {
			requireError(t, err, errs.Cancelled)
			cancelled, longest = cancelled+1, max(longest, returned.Sub(at))
		}
	}
	require.Positive(t, cancelled)
	settle(t)
	assert.Empty(t, uploadsOf(t, server, place), "of %d that were cancelled", cancelled)
	assert.Less(t, longest, prompt)
	t.Logf("%d cancelled, which returned after %s at the latest", cancelled, longest)
}

// The same for single parts, of which the endpoint may be storing one.
func TestACancelledPartLeavesNothing(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "versitygw")
	place := server.Place(t)
	store := openSet(t, serverVariables(t, server), place.URL, nil)
	data := make([]byte, 16<<20)
	for range 15 {
		u, err := store.NewUpload(t.Context(), "a", core.PutOptions{})
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(rand.IntN(80))*time.Millisecond)
		err = u.Part(ctx, 1, data)
		cancel()
		clear(data)
		if err != nil {
			requireError(t, err, errs.Deadline)
		}
		u.Drop()
	}
	settle(t)
	assert.Empty(t, uploadsOf(t, server, place))
}

// What was not sent whole cannot be stored later: nothing has to be swept.
func TestWhatWasNotSentWholeIsAbortedOnce(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "versitygw")
	place := server.Place(t)
	relay := newRelay(t)
	store := relay.open(t, server, place.URL, nil)
	ctx, cancel := context.WithCancel(t.Context())
	over := make(chan struct{})
	defer close(over)
	relay.meddle(func(_ http.ResponseWriter, r *http.Request) bool {
		if operationOf(r) != "UploadPart" {
			return false
		}
		cancel()
		<-over // without the body, which is larger than what a socket takes that nobody reads
		return true
	})
	_, err := store.Put(ctx, "a", make([]byte, 70<<20), core.PutOptions{})
	requireError(t, err, errs.Cancelled)
	settle(t)
	assert.Len(t, only(relay.take(), "AbortMultipartUpload"), 1)
	assert.Empty(t, uploadsOf(t, server, place))
}

// Nobody waits for an endpoint that answers neither a part nor an abort, and
// what was dropped once is not dropped again.
func TestDropsDoNotWait(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "versitygw")
	relay := newRelay(t)
	place := server.Place(t)
	store := relay.open(t, server, place.URL, settings{"part_size": "5242880"})
	hold := func(atAPart func()) {
		relay.meddle(func(_ http.ResponseWriter, r *http.Request) bool {
			switch operationOf(r) {
			case "UploadPart", "AbortMultipartUpload", "CompleteMultipartUpload":
				if operationOf(r) == "UploadPart" && strings.HasSuffix(r.URL.Path, "/failed") {
					atAPart()
				}
				stall(r)
				return true
			}
			return false
		})
	}
	hold(func() {})
	writer, err := store.NewWriter(t.Context(), "open", core.PutOptions{})
	require.NoError(t, err)
	_, err = writer.Write(make([]byte, 12<<20))
	require.NoError(t, err)
	upload, err := store.NewUpload(t.Context(), "open", core.PutOptions{})
	require.NoError(t, err)
	for name, drop := range map[string]func(){"writer": writer.Drop, "upload": upload.Drop} {
		begun := time.Now()
		drop()
		assert.Less(t, time.Since(begun), prompt, name)
	}

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	failed, err := store.NewWriter(ctx, "failed", core.PutOptions{})
	require.NoError(t, err)
	hold(cancel)
	_, err = failed.Write(make([]byte, 12<<20))
	if err == nil {
		_, err = failed.Commit(ctx)
	}
	begun := time.Now()
	e := requireError(t, err, errs.Cancelled)
	assert.NotEmpty(t, e.UploadID, "it may stay")
	failed.Drop()
	assert.Less(t, time.Since(begun), prompt)

	// It is a question of time, and of the endpoint.
	relay.meddle(nil)
	settle(t)
	for _, id := range uploadsOf(t, server, place) {
		t.Logf("left, since the endpoint answered no abort: %s", id)
	}
	require.NoError(t, writer.Abort(t.Context()), "which tries again")
	require.NoError(t, upload.Abort(t.Context()))
	require.NoError(t, failed.Abort(t.Context()))
	assert.Empty(t, uploadsOf(t, server, place))
}
