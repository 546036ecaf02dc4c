package s3_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core"
	"github.com/libremotestore/libremotestore/core/errs"
)

// Where requests go, seen by a proxy that has every host behind it.

// sink takes the place of every host, and notes what it is asked.
type sink struct {
	settings settings // send requests here
	mu       sync.Mutex
	last     *http.Request
}

func newSink(t *testing.T, hosts ...string) *sink {
	t.Helper()
	s := &sink{}
	note := func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.last = r
		w.Header().Set("ETag", `"e"`)
		empty(w, r)
	}
	behind := newAuthority(t, note, hosts...)
	plain := httptest.NewServer(http.HandlerFunc(note))
	t.Cleanup(plain.Close)
	s.settings = settings{
		"http_proxy": plain.URL, "https_proxy": newProxy(t, behind.server).URL, "tls_ca_bundle": behind.file, "max_attempts": "1",
	}
	return s
}

// ask opens a store and writes "a"; it returns host and path of the request,
// and the region of its signature.
func (s *sink) ask(t *testing.T, env map[string]string, url string, more settings) (place, region string, header http.Header) {
	t.Helper()
	all := settings{}
	for _, these := range []settings{s.settings, more} {
		for name, value := range these {
			all[name] = value
		}
	}
	_, err := openSet(t, env, url, all).Put(t.Context(), "a", []byte("x"), core.PutOptions{})
	require.NoError(t, err, url)
	s.mu.Lock()
	defer s.mu.Unlock()
	scope := strings.Split(s.last.Header.Get("Authorization"), "/")
	require.Greater(t, len(scope), 3, "the request is not signed")
	return s.last.Host + s.last.URL.Path, scope[2], s.last.Header
}

func TestPlacesOfURLs(t *testing.T) {
	t.Parallel()
	s := newSink(t, "s3.eu-west-1.amazonaws.com", "*.s3.eu-west-1.amazonaws.com", "*.s3.eu-west-3.amazonaws.com",
		"s3.eu-west-3.amazonaws.com", "*.s3.dualstack.eu-west-1.amazonaws.com", "s3.dualstack.eu-west-1.amazonaws.com",
		"*.s3.cn-north-1.amazonaws.com.cn", "s3.dualstack.cn-north-1.amazonaws.com.cn",
		"acct.r2.cloudflarestorage.com", "acct.eu.r2.cloudflarestorage.com", "minio.example.invalid")
	for _, c := range []struct{ url, place, region string }{
		{"s3://bucket/p", "bucket.s3.eu-west-3.amazonaws.com/p/a", "eu-west-3"},
		{"s3a://bucket", "bucket.s3.eu-west-3.amazonaws.com/a", "eu-west-3"},
		{"https://s3.eu-west-1.amazonaws.com/bucket/p", "s3.eu-west-1.amazonaws.com/bucket/p/a", "eu-west-1"},
		{"https://bucket.s3.eu-west-1.amazonaws.com/p", "bucket.s3.eu-west-1.amazonaws.com/p/a", "eu-west-1"},
		// No certificate is for two labels, so a bucket with dots is in the path.
		{"https://my.own.bucket.s3.eu-west-1.amazonaws.com/p", "s3.eu-west-1.amazonaws.com/my.own.bucket/p/a", "eu-west-1"},
		{"https://bucket.s3.amazonaws.com", "bucket.s3.eu-west-3.amazonaws.com/a", "eu-west-3"},
		{"https://s3.amazonaws.com/bucket", "s3.eu-west-3.amazonaws.com/bucket/a", "eu-west-3"},
		{"https://bucket.s3.dualstack.eu-west-1.amazonaws.com", "bucket.s3.dualstack.eu-west-1.amazonaws.com/a", "eu-west-1"},
		{"https://s3.dualstack.eu-west-1.amazonaws.com/bucket", "s3.dualstack.eu-west-1.amazonaws.com/bucket/a", "eu-west-1"},
		{"https://bucket.s3.cn-north-1.amazonaws.com.cn", "bucket.s3.cn-north-1.amazonaws.com.cn/a", "cn-north-1"},
		{"https://s3.dualstack.cn-north-1.amazonaws.com.cn/bucket", "s3.dualstack.cn-north-1.amazonaws.com.cn/bucket/a", "cn-north-1"},
		{"https://acct.r2.cloudflarestorage.com/bucket/p", "acct.r2.cloudflarestorage.com/bucket/p/a", "auto"},
		{"https://acct.eu.r2.cloudflarestorage.com/bucket", "acct.eu.r2.cloudflarestorage.com/bucket/a", "auto"},
		{"https://minio.example.invalid/bucket/p", "minio.example.invalid/bucket/p/a", "eu-west-3"},
		{"http://minio.example.invalid:9000/bucket/p", "minio.example.invalid:9000/bucket/p/a", "eu-west-3"},
	} {
		env := variables(t, "http://not.here.invalid") // the URL outranks it
		if strings.HasPrefix(c.url, "s3") {
			env = variables(t, "")
		}
		env["AWS_REGION"] = "eu-west-3"
		place, region, header := s.ask(t, env, c.url, nil)
		assert.Equal(t, c.place, place, c.url)
		assert.Equal(t, c.region, region, c.url)
		assert.Equal(t, strings.Contains(place, "amazonaws.com"), header.Get("X-Amz-Sdk-Checksum-Algorithm") != "", "%s: AWS gets a checksum", c.url)
	}

	// The endpoint of a profile does not outrank a URL either.
	env := variables(t, "")
	env["AWS_CONFIG_FILE"] = textFile(t, "[default]\nendpoint_url = http://not.here.invalid\n")
	place, _, _ := s.ask(t, env, "https://bucket.s3.eu-west-1.amazonaws.com", nil)
	assert.Equal(t, "bucket.s3.eu-west-1.amazonaws.com/a", place)

	for _, c := range []struct {
		set           settings
		place, region string
	}{
		{settings{"region": "eu-west-3"}, "bucket.s3.eu-west-3.amazonaws.com/p/a", "eu-west-3"},
		{settings{"default_region": "eu-west-3"}, "bucket.s3.eu-west-1.amazonaws.com/p/a", "eu-west-1"},
		{settings{"addressing_style": "path"}, "s3.eu-west-1.amazonaws.com/bucket/p/a", "eu-west-1"},
		{settings{"virtual_hosted_style_request": "false"}, "s3.eu-west-1.amazonaws.com/bucket/p/a", "eu-west-1"},
		{settings{"endpoint": "http://h.invalid"}, "h.invalid/bucket/p/a", "eu-west-1"},
		{settings{"endpoint": "http://h.invalid", "addressing_style": "virtual"}, "bucket.h.invalid/p/a", "eu-west-1"},
		{settings{"url_path": "ignore"}, "bucket.s3.eu-west-1.amazonaws.com/a", "eu-west-1"},
		{settings{"url_path": "ignore", "prefix": "q/r"}, "bucket.s3.eu-west-1.amazonaws.com/q/r/a", "eu-west-1"},
	} {
		place, region, _ := s.ask(t, variables(t, ""), "https://bucket.s3.eu-west-1.amazonaws.com/p", c.set)
		assert.Equal(t, c.place, place, c.set)
		assert.Equal(t, c.region, region, c.set)
	}
}

func TestVirtualHostsOfEndpoints(t *testing.T) {
	t.Parallel()
	s := newSink(t, "h.invalid")
	for _, c := range []struct {
		url, endpoint, virtual string
		place                  string
	}{
		{"s3://bucket", "http://h.invalid:9000", "true", "bucket.h.invalid:9000/a"},
		{"s3://bucket", "http://h.invalid", "false", "h.invalid/bucket/a"},
		{"s3://bucket", "http://bucket.h.invalid", "true", "bucket.h.invalid/a"}, // as object_store wants it
		{"s3://bucket", "http://bucket.h.invalid", "false", "bucket.h.invalid/bucket/a"},
		{"s3://bucket", "http://buckets.h.invalid", "true", "bucket.buckets.h.invalid/a"},
		{"s3://my.bucket", "https://my.bucket.h.invalid", "true", "h.invalid/my.bucket/a"}, // the SDK puts dots into the path
		{"s3://bucket", "http://127.0.0.1:1", "true", "127.0.0.1:1/bucket/a"},
	} {
		place, _, _ := s.ask(t, variables(t, ""), c.url, settings{"endpoint": c.endpoint, "virtual_hosted_style_request": c.virtual})
		assert.Equal(t, c.place, place, c)
	}
}

func TestDefaultRegion(t *testing.T) {
	t.Parallel()
	s := newSink(t)
	for _, c := range []struct {
		region, variable, byDefault string // AWS_REGION, AWS_DEFAULT_REGION
		set                         settings
		want                        string
	}{
		{"", "", "", settings{"default_region": "eu-west-1"}, "eu-west-1"},
		{"", "", "eu-west-2", settings{"default_region": "eu-west-1"}, "eu-west-1"},
		{"", "", "eu-west-2", nil, "eu-west-2"},
		{"", "eu-west-2", "", settings{"default_region": "eu-west-1"}, "eu-west-2"},
		{"eu-west-3", "eu-west-2", "", settings{"default_region": "eu-west-1"}, "eu-west-3"},
		{"", "", "", nil, "us-east-1"},
	} {
		env := variables(t, "http://h.invalid")
		env["AWS_REGION"], env["AWS_DEFAULT_REGION"] = c.variable, c.byDefault
		more := settings{}
		for name, value := range c.set {
			more[name] = value
		}
		if c.region != "" {
			more["region"] = c.region
		}
		_, region, _ := s.ask(t, env, "s3://bucket", more)
		assert.Equal(t, c.want, region, c)
	}
}

// Refused where the store is opened, whoever names the endpoint.
func TestAllowHTTP(t *testing.T) {
	t.Parallel()
	const forbids = "without encryption, which allow_http forbids: set it to true, or use https"
	no := settings{"allow_http": "false"}
	profile := variables(t, "")
	profile["AWS_CONFIG_FILE"] = textFile(t, "[default]\nendpoint_url = http://h.invalid\n")
	for name, open := range map[string]func() (*core.Store, error){
		"option": func() (*core.Store, error) {
			return core.Open("s3://b", settings{"allow_http": "false", "endpoint": "http://h"}.options(t, variables(t, "")))
		},
		"URL":      func() (*core.Store, error) { return core.Open("http://h/b", no.options(t, variables(t, ""))) },
		"variable": func() (*core.Store, error) { return core.Open("s3://b", no.options(t, variables(t, "http://h"))) },
		"profile":  func() (*core.Store, error) { return core.Open("s3://b", no.options(t, profile)) },
	} {
		if name == "profile" && os.Getenv("AWS_ENDPOINT_URL") != "" {
			continue // the SDK's own copy of the environment has another endpoint, which nobody can take from it
		}
		_, err := open()
		require.Equal(t, errs.InvalidOption, errs.CodeOf(err), "%s: %v", name, err)
		assert.ErrorContains(t, err, forbids, name)
	}
	for _, c := range []struct{ endpoint, value string }{{"http://h", "true"}, {"https://h", "false"}, {"", "false"}} {
		openSet(t, variables(t, c.endpoint), "s3://bucket", settings{"allow_http": c.value})
	}
}

// AWS_READ_ENV is no way to make a program read more than it wants to.
func TestReadEnvFromOutside(t *testing.T) {
	t.Parallel()
	s := newSink(t)
	env := variables(t, "http://h.invalid")
	env["AWS_USER_AGENT"], env["AWS_READ_ENV"] = "from/env", "true"
	_, _, header := s.ask(t, env, "s3://bucket", settings{"read_env": "true"})
	assert.Equal(t, "from/env", header.Get("User-Agent"))
	_, _, header = s.ask(t, env, "s3://bucket", nil)
	assert.Contains(t, header.Get("User-Agent"), "aws-sdk-go-v2")
}
