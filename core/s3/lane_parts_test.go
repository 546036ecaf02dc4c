package s3_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/core/internal/hosttest"
	"github.com/libremotestore/libremotestore/core/s3"
)

// Parts in the fast lane, and what goes wrong in the middle of one.

// ofUploads is an endpoint that takes uploads, whose parts it gives to another.
func ofUploads(part http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		switch operationOf(r) {
		case "CreateMultipartUpload":
			_, _ = io.WriteString(w, `<InitiateMultipartUploadResult><UploadId>the id/+</UploadId></InitiateMultipartUploadResult>`)
		case "CompleteMultipartUpload":
			_, _ = io.WriteString(w, `<CompleteMultipartUploadResult><ETag>"whole"</ETag></CompleteMultipartUploadResult>`)
		case "AbortMultipartUpload":
			w.WriteHeader(http.StatusNoContent)
		default:
			part(w, r)
		}
	}
}

func taken(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	w.Header().Set("ETag", `"part"`)
	w.Header().Set("Content-Length", "0")
}

func beginUpload(t *testing.T, d driver.Driver) driver.Upload {
	t.Helper()
	u, err := d.(driver.Multiparter).NewUpload(t.Context(), "a b", driver.PutOptions{Mode: driver.Overwrite})
	require.NoError(t, err)
	return u
}

// A fault in a part is met as in any other request: what may be sent again is, by the SDK,
// which reads the same data.
func TestLaneFaultsInAPart(t *testing.T) {
	t.Parallel()
	refused := func(status int, code string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			answer(w, status, code)
		}
	}
	some := func(then func(w http.ResponseWriter)) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.CopyN(io.Discard, r.Body, 1<<20)
			then(w)
		}
	}
	data := bytes.Repeat([]byte("0123456789abcdef"), 5<<20/16)
	for name, c := range map[string]struct {
		first    http.HandlerFunc
		want     errs.Code
		requests int
		by       string
	}{
		"none":             {taken, errs.OK, 1, "fast lane"},
		"503":              {refused(503, "SlowDown"), errs.OK, 2, "answer"},
		"403":              {refused(403, "AccessDenied"), errs.PermissionDenied, 1, "answer"},
		"no upload":        {refused(404, "NoSuchUpload"), errs.NotFound, 1, "fast lane"},
		"no ETag":          {func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }, errs.Unknown, 1, "fast lane"},
		"reset":            {some(reset), errs.OK, 2, "connection"},
		"break off":        {some(func(w http.ResponseWriter) { breakOff(w, "") }), errs.OK, 2, "connection"},
		"malformed answer": {some(func(w http.ResponseWriter) { breakOff(w, "2OO OK\r\n\r\n") }), errs.OK, 2, "connection"},
		"malformed, behind the body": {func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			garbled(w, r)
		}, errs.OK, 2, "malformed answer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var seen atomic.Int32
			var last atomic.Pointer[[]byte]
			parts := once(c.first, func(w http.ResponseWriter, r *http.Request) {
				got, err := io.ReadAll(r.Body)
				assert.NoError(t, err)
				last.Store(&got)
				taken(w, r)
			})
			config := toLane(stubFor(t, ofUploads(func(w http.ResponseWriter, r *http.Request) {
				seen.Add(1)
				assert.Equal(t, "the id/+", r.URL.Query().Get("uploadId"))
				assert.Equal(t, "7", r.URL.Query().Get("partNumber"))
				parts(w, r)
			})))
			config.Retry = driver.RetryPolicy{MaxAttempts: 2}
			d := openLane(t, config)
			u := beginUpload(t, d)
			err := u.Part(t.Context(), 7, data)
			assert.Equal(t, c.want, errs.CodeOf(err), "%v", err)
			requestsAre(t, c.requests, &seen)
			assert.Equal(t, map[string]int64{c.by: 1}, s3.ServedOf(d))
			if c.requests == 2 {
				assert.True(t, bytes.Equal(data, *last.Load()), "the bytes of the second request are others")
			}
			if c.want == errs.OK {
				made, err := u.Commit(t.Context())
				require.NoError(t, err)
				assert.Equal(t, int64(len(data)), made.Size)
			}
		})
	}
}

// A part that an endpoint ceases to read ends with its call, by a thread and by goroutines,
// and nobody looks at its data then.
func TestLanePartThatStalls(t *testing.T) {
	t.Parallel()
	for name, do := range map[string]func(context.Context, *testing.T, driver.Driver, []byte) error{
		"a part of a thread": func(ctx context.Context, t *testing.T, d driver.Driver, data []byte) error {
			u := beginUpload(t, d)
			caller := hosttest.New(nil)
			return u.Part(driver.WithCaller(ctx, caller), 1, data)
		},
		"a put": func(ctx context.Context, _ *testing.T, d driver.Driver, data []byte) error {
			_, err := d.Put(ctx, "a", data, driver.PutOptions{Mode: driver.Overwrite})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			release := make(chan struct{})
			config := toLane(stubFor(t, ofUploads(func(_ http.ResponseWriter, r *http.Request) {
				_, _ = io.CopyN(io.Discard, r.Body, 1<<20)
				cancel()
				<-release
			})))
			t.Cleanup(func() { close(release) })
			config.UnsignedPayload = true
			d := openLane(t, config)
			data := make([]byte, 65<<20)
			start := time.Now()
			err := do(ctx, t, d, data)
			clear(data) // which the race detector would see
			assert.Equal(t, errs.Cancelled, errs.CodeOf(err), "%v", err)
			assert.Less(t, time.Since(start), prompt)
			assert.Zero(t, s3.ServedOf(d)["fast lane"])
			assert.Positive(t, s3.ServedOf(d)["ended"])
		})
	}
}

// An endpoint that refuses a part before it has all of it, and closes, is understood.
func TestLaneEarlyRefusalOfAPart(t *testing.T) {
	t.Parallel()
	var seen atomic.Int32
	d := openLane(t, toLane(rawEndpoint(t, func(in *bufio.Reader, conn *net.TCPConn) {
		request, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		if operationOf(request) != "UploadPart" {
			body := "<InitiateMultipartUploadResult><UploadId>id</UploadId></InitiateMultipartUploadResult>"
			fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", len(body), body)
			return
		}
		seen.Add(1)
		_, _ = io.WriteString(conn, "HTTP/1.1 100 Continue\r\n\r\n")
		_, _ = io.CopyN(io.Discard, in, 10<<10)
		body := "<Error><Code>AccessDenied</Code></Error>"
		fmt.Fprintf(conn, "HTTP/1.1 403 No\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", len(body), body)
		_ = conn.CloseWrite()
		time.Sleep(100 * time.Millisecond) // a reset may overtake what was said
	})))
	err := beginUpload(t, d).Part(t.Context(), 1, make([]byte, 8<<20))
	assert.Equal(t, errs.PermissionDenied, errs.CodeOf(err), "%v", err)
	requestsAre(t, 1, &seen)
	assert.Equal(t, map[string]int64{"answer": 1}, s3.ServedOf(d))
}

// What options add to a part is in those of the lane too, and what protects it.
func TestLaneHeadersOfAPart(t *testing.T) {
	t.Parallel()
	header := make(chan http.Header, 10)
	server := httptest.NewTLSServer(ofUploads(func(w http.ResponseWriter, r *http.Request) {
		header <- r.Header.Clone()
		taken(w, r)
	}))
	t.Cleanup(server.Close)
	data := make([]byte, 3<<20)
	sum := sha256.Sum256(data)
	key := bytes.Repeat([]byte("k"), 32)
	for name, c := range map[string]struct {
		change func(*s3.Config)
		want   map[string]string
	}{
		"signed":   {func(*s3.Config) {}, map[string]string{"X-Amz-Content-Sha256": hex.EncodeToString(sum[:]), "X-Amz-Checksum-Sha256": ""}},
		"unsigned": {func(c *s3.Config) { c.UnsignedPayload = true }, map[string]string{"X-Amz-Content-Sha256": "UNSIGNED-PAYLOAD"}},
		"checksum": {func(c *s3.Config) { c.ChecksumAlgorithm = "SHA256" }, map[string]string{
			"X-Amz-Content-Sha256":  "UNSIGNED-PAYLOAD", // since TLS and the checksum protect it
			"X-Amz-Checksum-Sha256": base64.StdEncoding.EncodeToString(sum[:])}},
		"requester pays": {func(c *s3.Config) { c.RequesterPays = true }, map[string]string{"X-Amz-Request-Payer": "requester"}},
		"customer key": {func(c *s3.Config) {
			c.Encryption = s3.EncryptionCustomer
			require.NoError(t, c.SetCustomerKey("key", base64.StdEncoding.EncodeToString(key)))
		}, map[string]string{
			"X-Amz-Server-Side-Encryption-Customer-Algorithm": "AES256",
			"X-Amz-Server-Side-Encryption-Customer-Key":       base64.StdEncoding.EncodeToString(key)}},
	} {
		t.Run(name, func(t *testing.T) {
			config := toLane(server.URL)
			config.AnyCertificate = true
			c.change(&config)
			d := openLane(t, config)
			require.NoError(t, beginUpload(t, d).Part(t.Context(), 1, data))
			got := <-header
			for name, value := range c.want {
				assert.Equal(t, value, got.Get(name), name)
			}
			assert.Empty(t, got.Get("Content-Type"))
			assert.Equal(t, map[string]int64{"fast lane": 1}, s3.ServedOf(d))
		})
	}
}
