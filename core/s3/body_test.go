package s3

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

func TestChecksumThatDoesNotHoldIsCorrupt(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("x-amz-checksum-crc32", "AAAAAA==")
		w.Header().Set("Content-Length", "8")
		_, _ = io.WriteString(w, "damaged!")
	}))
	defer server.Close()
	b, err := Open(Config{Bucket: "bucket", Endpoint: server.URL, AccessKeyID: "id", SecretAccessKey: "secret",
		Getenv: func(string) string { return "" }})
	require.NoError(t, err)
	r, err := b.Get(context.Background(), "key", driver.GetOptions{Verify: true})
	require.NoError(t, err)
	defer r.Body.Close()
	_, err = io.ReadAll(driver.Reading(t.Context(), r.Body))
	assert.Equal(t, errs.Corrupt, errs.CodeOf(err), "%v", err)
}

// slowWrites are over some time after their bytes went off.
type slowWrites struct{ net.Conn }

func (c slowWrites) Write(p []byte) (int, error) {
	defer time.Sleep(20 * time.Millisecond)
	return c.Conn.Write(p)
}

// The SDK closes the body of a request when the head of its answer is there,
// while net/http may still be looking for the end of that body. This may not
// cost the connection, and the rest of the answer with it.
func TestAnAnswerThatComesBeforeTheRequestIsOver(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_ = http.NewResponseController(w).Flush()
		time.Sleep(60 * time.Millisecond)
		_, _ = io.WriteString(w, "<DeleteResult></DeleteResult>")
	}))
	defer server.Close()
	opened, err := Open(Config{Bucket: "bucket", Endpoint: server.URL, AccessKeyID: "id", SecretAccessKey: "secret",
		Getenv: func(string) string { return "" }, Retry: driver.RetryPolicy{MaxAttempts: 1}})
	require.NoError(t, err)
	defer opened.Close()
	transport := opened.(*backend).http.Transport.(*transport).get()
	dial := transport.DialContext
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		return slowWrites{conn}, err
	}
	_, err = opened.(*backend).DeleteMany(context.Background(), []driver.Version{{Key: "a"}})
	require.NoError(t, err)
}
