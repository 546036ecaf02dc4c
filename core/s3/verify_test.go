package s3_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core"
	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/tests/s3test"
)

// spoil changes the last byte of what a server answers to a GetObject.
func (r *relay) spoil(t *testing.T) {
	r.meddle(func(w http.ResponseWriter, request *http.Request) bool {
		if operationOf(request) != "GetObject" {
			return false
		}
		out, err := r.forward(request)
		if !assert.NoError(t, err) {
			return false
		}
		defer out.Body.Close()
		data, err := io.ReadAll(out.Body)
		assert.NoError(t, err)
		data[len(data)-1] ^= 1
		for name, values := range out.Header {
			w.Header()[name] = values
		}
		w.WriteHeader(out.StatusCode)
		_, _ = w.Write(data)
		return true
	})
}

// What is read whole has the checksum that the server keeps of it.
func TestAReadIsVerified(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "versitygw")
	relay := newRelay(t)
	data := []byte("0123456789")
	for algorithm, compute := range checksumsOf {
		t.Run(algorithm, func(t *testing.T) {
			defer relay.meddle(nil)
			store := relay.open(t, server, server.Place(t).URL, settings{"checksum_algorithm": strings.ToLower(algorithm)})
			_, err := store.Put(t.Context(), "a", data, core.PutOptions{})
			require.NoError(t, err)
			relay.take()
			r, err := store.Get(t.Context(), "a", core.GetOptions{})
			require.NoError(t, err)
			assert.Equal(t, string(data), drain(t, r))
			assert.Equal(t, core.Digest{Algorithm: strings.ToLower(algorithm), Hex: hex.EncodeToString(compute(data))}, r.Info.Digest)
			assert.Equal(t, "ENABLED", relay.take()[0].Get("X-Amz-Checksum-Mode"))

			relay.spoil(t)
			text, err := read(t.Context(), store, "a", core.GetOptions{})
			requireError(t, err, errs.Corrupt)
			assert.Len(t, text, len(data))
			buf := make([]byte, len(data))
			_, _, err = store.GetFirst(t.Context(), "a", core.GetOptions{}, buf)
			requireError(t, err, errs.Corrupt)
			random, err := store.Get(t.Context(), "a", core.GetOptions{Random: true})
			require.NoError(t, err)
			if server.Target != "minio" { // it tells no checksum with a range, also one of all
				_, err = random.ReadAt(buf, 0)
				requireError(t, err, errs.Corrupt)
				_, _, err = store.GetSpans(t.Context(), "a", []core.Span{{Buffer: buf}}, core.SpanOptions{})
				requireError(t, err, errs.Corrupt)
			}
			text, err = read(t.Context(), store, "a", core.GetOptions{Offset: 1, Length: 8})
			require.NoError(t, err, "of a part there is no checksum")
			assert.Equal(t, "12345679", text)
		})
	}
	for name, s := range map[string]settings{"none": {"checksum_algorithm": "none"}, "default of an endpoint": nil} {
		t.Run(name, func(t *testing.T) {
			store := relay.open(t, server, server.Place(t).URL, s)
			put(t, store, "a", string(data))
			relay.take()
			text, err := read(t.Context(), store, "a", core.GetOptions{})
			require.NoError(t, err)
			assert.Equal(t, string(data), text)
			assert.NotContains(t, relay.take()[0].Header, "X-Amz-Checksum-Mode")
		})
	}
}

// A body that breaks off is verified too: what came before, and the rest.
func TestAReadThatGoesOnIsVerified(t *testing.T) {
	t.Parallel()
	for _, first := range []int{0, 1, 500_000, 999_999} {
		for _, wrong := range []int{-1, 0, 999_999} {
			data := bytes.Repeat([]byte("0123456789"), 100_000)
			sum := base64.StdEncoding.EncodeToString(checksumsOf["CRC64NVME"](data))
			sent := bytes.Clone(data)
			if wrong >= 0 {
				sent[wrong]++
			}
			var requests atomic.Int32
			store := fakeSet(t, fast(settings{"checksum_algorithm": "CRC64NVME"}), func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("ETag", `"e"`)
				w.Header().Set("X-Amz-Checksum-Crc64nvme", sum)
				w.Header().Set("X-Amz-Checksum-Type", "FULL_OBJECT")
				if requests.Add(1) == 1 {
					w.Header().Set("Content-Length", strconv.Itoa(len(data)))
					_, _ = w.Write(sent[:first])
					w.(http.Flusher).Flush()
					reset(w)
					return
				}
				http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(sent))
			})
			text, err := read(t.Context(), store, "a", core.GetOptions{})
			assert.GreaterOrEqual(t, requests.Load(), int32(2))
			if wrong < 0 {
				require.NoError(t, err, "broken off after %d", first)
				assert.True(t, text == string(data))
			} else {
				requireError(t, err, errs.Corrupt)
			}
		}
	}
}

// The checksum of a whole object, of parts or of none.
func TestWhichChecksumIsVerified(t *testing.T) {
	t.Parallel()
	const wrong = "AAAAAA=="
	for _, c := range []struct {
		name, sum, kind string
		chunked         bool
		want            errs.Code
	}{
		{"whole", wrong, "FULL_OBJECT", false, errs.Corrupt},
		{"whole, of an old endpoint", wrong, "", false, errs.Corrupt},
		{"whole, without a length", wrong, "FULL_OBJECT", true, errs.Corrupt},
		{"of parts", wrong, "COMPOSITE", false, errs.OK},
		{"of parts, of an old endpoint", wrong + "-2", "", false, errs.OK},
		{"none", "", "", false, errs.OK},
		{"no base64", "?", "FULL_OBJECT", false, errs.OK},
	} {
		store := fakeSet(t, settings{"checksum_algorithm": "CRC32"}, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("ETag", `"e"`)
			for name, value := range map[string]string{"X-Amz-Checksum-Crc32": c.sum, "X-Amz-Checksum-Type": c.kind} {
				if value != "" {
					w.Header().Set(name, value)
				}
			}
			if !c.chunked {
				w.Header().Set("Content-Length", "4")
			}
			_, _ = io.WriteString(w, "text")
			w.(http.Flusher).Flush()
		})
		_, err := read(t.Context(), store, "a", core.GetOptions{})
		assert.Equal(t, c.want, errs.CodeOf(err), "%s: %v", c.name, err)
	}
}
