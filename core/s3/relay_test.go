package s3_test

import (
	"context"
	"flag"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core"
	"github.com/libremotestore/libremotestore/tests/s3test"
)

// TestMain lets more tests run at once than there are processors: most of them
// wait.
func TestMain(m *testing.M) {
	flag.Parse()
	if parallel := flag.Lookup("test.parallel"); parallel.Value.String() == parallel.DefValue {
		_ = parallel.Value.Set("8")
	}
	m.Run()
}

// settings are text options of a store.
type settings map[string]string

// fast retries at once, so that a test of retries takes no time.
func fast(more settings) settings {
	all := settings{"retry_backoff_base": "0", "retry_jitter": "0"}
	maps.Copy(all, more)
	return all
}

func (s settings) options(t *testing.T, env map[string]string) *core.Options {
	t.Helper()
	env = maps.Clone(env)
	o := &core.Options{Getenv: func(name string) string { return env[name] }}
	for name, value := range s {
		require.NoError(t, o.Set(name, value))
	}
	return o
}

func openSet(t *testing.T, env map[string]string, place string, s settings) *core.Store {
	t.Helper()
	store, err := core.Open(place, s.options(t, env))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, store.Close()) })
	return store
}

// fakeSet is fake with options.
func fakeSet(t *testing.T, s settings, handler http.HandlerFunc) *core.Store {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return openSet(t, variables(t, server.URL), "s3://bucket", s)
}

// relay is a proxy in front of a real server. It notes every request, and may
// change it or answer in the place of the server.
type relay struct {
	url     string
	onwards *http.Transport
	secure  sync.Once
	tls     bool   // the server is behind TLS; requests come without, so that they can be seen
	behind  string // the host of the server, if the relay is no proxy

	mu      sync.Mutex
	seen    []seen
	meddler func(http.ResponseWriter, *http.Request) bool
}

// seen is one request that came to a relay.
type seen struct {
	operation string
	http.Header
	length int64
}

// operationOf names a request as the API does.
func operationOf(r *http.Request) string {
	query := r.URL.Query()
	inBucket := !strings.Contains(strings.Trim(r.URL.Path, "/"), "/")
	copies := r.Header.Get("X-Amz-Copy-Source") != ""
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		return strings.Replace(target, "DynamoDB_20120810.", "DynamoDB ", 1)
	}
	switch {
	case r.Method == http.MethodPost && query.Has("delete"):
		return "DeleteObjects"
	case r.Method == http.MethodPost && query.Has("uploads"):
		return "CreateMultipartUpload"
	case r.Method == http.MethodPost && query.Has("uploadId"):
		return "CompleteMultipartUpload"
	case r.Method == http.MethodDelete && query.Has("uploadId"):
		return "AbortMultipartUpload"
	case r.Method == http.MethodPut && query.Has("partNumber") && copies:
		return "UploadPartCopy"
	case r.Method == http.MethodPut && query.Has("partNumber"):
		return "UploadPart"
	case r.Method == http.MethodGet && query.Has("list-type"):
		return "ListObjectsV2"
	case r.Method == http.MethodGet && query.Has("uploads"):
		return "ListMultipartUploads"
	case r.Method == http.MethodGet && query.Has("tagging"):
		return "GetObjectTagging"
	case r.Method == http.MethodPut && copies:
		return "CopyObject"
	case r.Method == http.MethodHead && inBucket:
		return "HeadBucket"
	}
	return map[string]string{
		http.MethodGet: "GetObject", http.MethodHead: "HeadObject", http.MethodPut: "PutObject", http.MethodDelete: "DeleteObject",
	}[r.Method]
}

func newRelay(t *testing.T) *relay {
	t.Helper()
	r := &relay{}
	r.onwards = &http.Transport{DisableCompression: true, ExpectContinueTimeout: time.Second, MaxIdleConnsPerHost: 64}
	t.Cleanup(r.onwards.CloseIdleConnections)
	onwards := &httputil.ReverseProxy{
		Transport: r.onwards,
		Rewrite: func(p *httputil.ProxyRequest) {
			p.Out.URL, p.Out.Host = p.In.URL, p.In.Host // what the signature is about
			r.address(p.Out.URL)
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { panic(http.ErrAbortHandler) },
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		r.mu.Lock()
		r.seen = append(r.seen, seen{operationOf(request), request.Header.Clone(), request.ContentLength})
		meddler := r.meddler
		r.mu.Unlock()
		if meddler == nil || !meddler(w, request) {
			onwards.ServeHTTP(w, request)
		}
	}))
	t.Cleanup(server.Close)
	r.url = server.URL
	return r
}

// address makes the URL of a request one of the server.
func (r *relay) address(u *url.URL) {
	if r.behind != "" {
		u.Scheme, u.Host = "http", r.behind
	}
	if r.tls {
		u.Scheme = "https"
	}
}

// forward asks the server, whose answer the caller may keep to itself.
func (r *relay) forward(request *http.Request) (*http.Response, error) {
	r.address(request.URL)
	return r.onwards.RoundTrip(request)
}

// open opens a store of the server through the relay.
func (r *relay) open(t *testing.T, server *s3test.Server, place string, s settings) *core.Store {
	t.Helper()
	env := serverVariables(t, server)
	scheme, host, ok := strings.Cut(env["AWS_ENDPOINT_URL"], "://")
	if !ok {
		t.Skip("requests can be counted on the way to an endpoint of its own only")
	}
	r.secure.Do(func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.tls, r.onwards.TLSClientConfig = scheme == "https", server.TLS()
	})
	env["AWS_ENDPOINT_URL"] = "http://" + host
	all := fast(settings{"http_proxy": r.url})
	maps.Copy(all, s)
	return openSet(t, env, place, all)
}

// openInFront is open for the fast lane, which no proxy lets through: the relay is the
// endpoint.
func (r *relay) openInFront(t *testing.T, server *s3test.Server, place string, s settings) *core.Store {
	t.Helper()
	env := serverVariables(t, server)
	scheme, host, ok := strings.Cut(env["AWS_ENDPOINT_URL"], "://")
	require.True(t, ok)
	r.secure.Do(func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.tls, r.onwards.TLSClientConfig, r.behind = scheme == "https", server.TLS(), host
	})
	env["AWS_ENDPOINT_URL"] = r.url
	return openSet(t, env, place, fast(s))
}

// meddle lets do see each request from now on; if it says true, it answered.
func (r *relay) meddle(do func(http.ResponseWriter, *http.Request) bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.meddler = do
}

// refuse answers the n-th and later requests of an operation.
func (r *relay) refuse(operation string, n, status int, code string) {
	var mu sync.Mutex
	r.meddle(func(w http.ResponseWriter, request *http.Request) bool {
		if operationOf(request) != operation {
			return false
		}
		mu.Lock()
		n--
		passes := n > 0
		mu.Unlock()
		if passes {
			return false
		}
		_, _ = io.Copy(io.Discard, request.Body)
		answer(w, status, code)
		return true
	})
}

// take returns the requests since the last take.
func (r *relay) take() []seen {
	r.mu.Lock()
	defer r.mu.Unlock()
	taken := r.seen
	r.seen = nil
	return taken
}

// took returns the operations since the last take.
func (r *relay) took() []string {
	names := []string{}
	for _, s := range r.take() {
		names = append(names, s.operation)
	}
	return names
}

// only returns the requests of one operation.
func only(requests []seen, operation string) []seen {
	return slices.DeleteFunc(slices.Clone(requests), func(s seen) bool { return s.operation != operation })
}

// reset drops the connection of a request, so that the client meets a reset.
func reset(w http.ResponseWriter) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	_ = conn.(*net.TCPConn).SetLinger(0)
	_ = conn.Close()
}

// stall answers nothing more until the client gives up.
func stall(r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body) // else nobody notices that it gave up
	<-r.Context().Done()
}

// uploadsOf lists the uploads of a place, by the engine and without it.
func uploadsOf(t *testing.T, server *s3test.Server, place s3test.Place) []string {
	t.Helper()
	ctx := context.Background()
	prefix := &place.Prefix
	if server.Target == "minio" { // it lists those of one key, or all (minio/minio#20989)
		prefix = nil
	}
	store, err := core.Open(place.URL, server.Options())
	require.NoError(t, err)
	defer store.Close()
	pages, err := store.Uploads("", 0)
	require.NoError(t, err)
	var ours, theirs []string
	for {
		page, err := pages.Next(ctx)
		if err == io.EOF {
			break
		}
		require.NoError(t, err)
		for _, info := range page {
			require.NotEmpty(t, info.UploadID)
			ours = append(ours, info.Path)
		}
	}
	out, err := raw(server).ListMultipartUploads(ctx, &s3.ListMultipartUploadsInput{Bucket: &place.Bucket, Prefix: prefix})
	require.NoError(t, err)
	for _, u := range out.Uploads {
		if key, ok := strings.CutPrefix(*u.Key, place.Prefix); ok {
			theirs = append(theirs, key)
		}
	}
	require.ElementsMatch(t, theirs, ours, "the engine lists other uploads than there are")
	return ours
}
