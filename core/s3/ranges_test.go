package s3_test

import (
	"bytes"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core"
	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/tests/s3test"
)

func TestRanges(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "versitygw")
	relay := newRelay(t)
	data := make([]byte, 40<<20)
	for i := range data {
		data[i] = byte(i >> 8 * 31)
	}
	for _, algorithm := range []string{"CRC32", "CRC32C", "CRC64NVME", "SHA256"} {
		t.Run(algorithm, func(t *testing.T) {
			store := relay.open(t, server, server.Place(t).URL, settings{"checksum_algorithm": algorithm})
			_, err := store.Put(t.Context(), "o", data, core.PutOptions{})
			require.NoError(t, err)
			spans := func() (spans []core.Span) {
				for at := len(data); at > 0; at -= 8 << 20 { // the last one first
					spans = append(spans, core.Span{Offset: int64(at - 8<<20), Buffer: make([]byte, 8<<20)})
				}
				return spans
			}
			relay.take()
			whole := spans()
			info, verified, err := store.GetSpans(t.Context(), "o", whole, core.SpanOptions{Verify: true})
			require.NoError(t, err)
			assert.Equal(t, []string{"HeadObject", "GetObject", "GetObject", "GetObject"}, relay.took(), "16 MiB each")
			assert.Equal(t, algorithm != "SHA256", verified, "that of ranges does not tell the SHA-256 of all")
			assert.EqualValues(t, len(data), info.Size)
			for _, s := range whole {
				assert.True(t, bytes.Equal(data[s.Offset:s.Offset+8<<20], s.Buffer))
			}

			part := spans()[1:]
			_, verified, err = store.GetSpans(t.Context(), "o", part, core.SpanOptions{Verify: true})
			require.NoError(t, err)
			assert.False(t, verified, "a part has no checksum")

			apart := []core.Span{{Offset: 0, Buffer: make([]byte, 10)}, {Offset: 1 << 20, Buffer: make([]byte, 10)}}
			relay.take()
			_, _, err = store.GetSpans(t.Context(), "o", apart, core.SpanOptions{Coalesce: 1 << 18})
			require.NoError(t, err)
			assert.Equal(t, []string{"GetObject", "GetObject"}, relay.took())
		})
	}
}

// A byte is another one than that of which the endpoint keeps the checksum.
func TestRangesFindACorruptByte(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "versitygw")
	relay := newRelay(t)
	store := relay.open(t, server, server.Place(t).URL, settings{"checksum_algorithm": "CRC64NVME"})
	good, bad := []byte("0123456789"), []byte("0123056789")
	_, err := store.Put(t.Context(), "o", good, core.PutOptions{})
	require.NoError(t, err)
	info, err := store.Head(t.Context(), "o", core.HeadOptions{})
	require.NoError(t, err)
	relay.meddle(func(w http.ResponseWriter, request *http.Request) bool {
		if operationOf(request) != "GetObject" {
			return false
		}
		w.Header().Set("ETag", info.ETag)
		http.ServeContent(w, request, "", info.Modified, bytes.NewReader(bad))
		return true
	})
	spans := []core.Span{{Offset: 0, Buffer: make([]byte, 5)}, {Offset: 5, Buffer: make([]byte, 5)}}
	_, _, err = store.GetSpans(t.Context(), "o", spans, core.SpanOptions{Verify: true})
	assert.Equal(t, errs.Corrupt, errs.CodeOf(err), "%v", err)
	_, verified, err := store.GetSpans(t.Context(), "o", spans, core.SpanOptions{})
	require.NoError(t, err, "nobody asked to verify")
	assert.False(t, verified)
}
