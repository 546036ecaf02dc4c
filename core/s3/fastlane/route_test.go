package fastlane

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// again is a script that begins anew with each request.
type again struct{ *script }

func (a again) Write(p []byte) (int, error) {
	_, err := a.text.Seek(0, io.SeekStart)
	return len(p), err
}

func (again) isQuiet() bool { return true } // before that

// A GET makes two allocations: the text of the head, of which fields are given away, and
// the Body.
func TestAllocationsOfAGet(t *testing.T) {
	lane := (&Lane{MaxIdle: 1, IdleTimeout: time.Hour, Stall: time.Hour}).Start()
	pool := &lane.pools[forGoroutines]
	pool.ticks = true // no timer
	c := on(again{&script{text: strings.NewReader(ok + "Content-Length: 4096\r\nETag: \"e\"\r\n" +
		"Last-Modified: Sat, 21 Nov 2026 17:00:00 GMT\r\nx-amz-request-id: 1\r\n\r\n" + strings.Repeat("a", 4096))}})
	c.lane, c.pool = lane, pool
	pool.put(c)
	route := &Route{lane: lane, host: "bucket.test", signer: NewSigner("us-east-1", "s3"),
		signed: []Header{{"amz-sdk-request", "attempt=1; max=3"}}, unsigned: []Header{{"user-agent", "test"}}}
	request := &Request{Method: "GET", Key: "a/key", Headers: []Header{{"range", "bytes=0-4095"}, {"if-match", `"e"`}}}
	keys := &Keys{AccessKeyID: "id", SecretAccessKey: "secret", SessionToken: "token"}
	p := make([]byte, 4096)
	var failed error
	got := testing.AllocsPerRun(100, func() {
		_, body, err := route.Send(context.Background(), keys, request)
		for n, m := 0, 0; err == nil; n += m {
			m, err = body.Read(context.Background(), p[n:])
		}
		if err != io.EOF {
			failed = err
		}
	})
	require.NoError(t, failed)
	assert.LessOrEqual(t, got, 2.0)
	assert.Len(t, pool.idle, 1)
}

func signedRequest(t *testing.T) *http.Request {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "https://bucket.test/prefix/key", nil)
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=id/20261121/eu-west-1/s3/aws4_request, "+
		"SignedHeaders=host;x-amz-date;x-ours, Signature=0")
	r.Header.Set("X-Amz-Date", time.Now().UTC().Format("20060102T150405Z"))
	r.Header.Set("X-Ours", "a")
	r.Header.Set("User-Agent", "test")
	return r
}

func TestLearn(t *testing.T) {
	route := Learn(&Lane{}, signedRequest(t), "key", true)
	require.NotNil(t, route)
	assert.Equal(t, "bucket.test", route.host)
	assert.Equal(t, "/prefix/", route.prefix)
	assert.Equal(t, []Header{{"x-ours", "a"}}, route.signed)
	assert.Equal(t, []Header{{"user-agent", "test"}}, route.unsigned)
	assert.Equal(t, "eu-west-1", route.signer.region)
	assert.Zero(t, route.skew)

	for hours := range 2 {
		r := signedRequest(t)
		r.Header.Set("X-Amz-Date", time.Now().Add(time.Duration(2*hours-1)*time.Hour).UTC().Format("20060102T150405Z"))
		assert.InDelta(t, (2*hours-1)*3600, Learn(&Lane{}, r, "key", true).skew.Seconds(), 5)
	}
	assert.Nil(t, Learn(&Lane{}, signedRequest(t), "key", false).signer)
}

// What this package could not send as it was is not learned.
func TestLearnRefuses(t *testing.T) {
	for name, change := range map[string]func(*http.Request){
		"another path": func(r *http.Request) { r.URL.Path = "/prefix/other" },
		"no signature": func(r *http.Request) { r.Header.Del("Authorization") },
		"another algorithm": func(r *http.Request) {
			r.Header.Set("Authorization", "AWS4-ECDSA-P256-SHA256 Credential=a, SignedHeaders=b, Signature=c")
		},
		"another service": func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), "/s3/", "/s3express/", 1))
		},
		"no date":        func(r *http.Request) { r.Header.Del("X-Amz-Date") },
		"a header twice": func(r *http.Request) { r.Header.Add("X-Ours", "b") },
		"a line":         func(r *http.Request) { r.Header.Set("X-Ours", "a\r\nb") },
		"not ASCII":      func(r *http.Request) { r.Header.Set("User-Agent", "\u00e4") },
		"too few of them": func(r *http.Request) {
			r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=id/s3/aws4_request, SignedHeaders=host, Signature=0")
		},
	} {
		r := signedRequest(t)
		change(r)
		assert.Nil(t, Learn(&Lane{}, r, "key", true), name)
	}
}
