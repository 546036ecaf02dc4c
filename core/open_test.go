package core

import (
	"encoding/base64"
	"math"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core/errs"
)

const secret = "SECRETMARK"

// environment is a Getenv over a map, without a way to the network.
func environment(t *testing.T, more map[string]string) func(string) string {
	none := filepath.Join(t.TempDir(), "none")
	values := map[string]string{
		"AWS_CONFIG_FILE":             none,
		"AWS_SHARED_CREDENTIALS_FILE": none,
		"AWS_EC2_METADATA_DISABLED":   "true",
		"AWS_ACCESS_KEY_ID":           "AKIA",
		"AWS_SECRET_ACCESS_KEY":       secret,
	}
	for name, value := range more {
		values[name] = value
	}
	return func(name string) string { return values[name] }
}

func requireError(t *testing.T, err error, code errs.Code) *errs.Error {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, code, errs.CodeOf(err), "%v", err)
	e, ok := err.(*errs.Error)
	require.True(t, ok, "%T", err)
	assert.NotContains(t, e.Error()+e.Detail, secret)
	return e
}

func TestOpenRefusesURL(t *testing.T) {
	for _, url := range []string{
		"",
		"bucket",
		"/folder",
		"ftp://host/folder",
		"gs://bucket",
		"://bucket",
		"s3://bucket/100%",
		"s3://bucket/\xff",
		"s3://bucket/a\nb",

		"s3:bucket",
		"s3://",
		"s3:///prefix",
		"s3://a%20b",
		"s3://bucket?region=x",
		"s3://bucket?",
		"s3://bucket/prefix#part",
		"s3://bucket/a/../b",
		"s3://bucket/a%00b",
		"s3://bucket/%FF",

		"memory:name",
		"memory://name/path",
		"memory://?",

		"file:folder",
		"file://",
		"file://folder",
		"file://host/folder",
		"file:///a%00b",
		"file:///a?b",

		// Whatever somebody writes, the error must not spread the secret.
		"s3://AKIA:" + secret + "@bucket",
		"s3://" + secret + "@bucket",
		"s3://AKIA:" + secret + "%@bucket",
		"s3://AKIA:" + secret + "/+@bucket",
		"s3:AKIA:" + secret + "@bucket",
		"AKIA:" + secret + "@bucket",
		"https://AKIA:" + secret + "@bucket/b",
		"http://AKIA:" + secret + "@localhost:9000/bucket",
		"s3://bucket?secret_access_key=" + secret,
		"memory://AKIA:" + secret + "@name",
		"file://AKIA:" + secret + "@/folder",
	} {
		t.Run(url, func(t *testing.T) {
			_, err := Open(url, &Options{Getenv: environment(t, nil)})
			assert.Equal(t, "open", requireError(t, err, errs.InvalidArgument).Op)
		})
	}
}

func TestOpenAcceptsURL(t *testing.T) {
	for _, url := range []string{
		"memory://", "memory:///", "memory://open-accepts",
		"file:///folder-that-is-not-there", "file://localhost/folder-that-is-not-there",
		"s3://bucket", "s3://bucket/", "S3://bucket/a//b/", "s3://bucket/%23%3F%25", "s3a://bucket/a",
		"https://s3.eu-west-1.amazonaws.com/bucket", "http://localhost:9000/bucket",
	} {
		t.Run(url, func(t *testing.T) {
			store, err := Open(url, &Options{Getenv: environment(t, nil)})
			require.NoError(t, err)
			assert.NoError(t, store.Close())
		})
	}
}

func TestOpenRefusesMemoryWithoutSlashes(t *testing.T) {
	_, err := Open("memory:", nil)
	requireError(t, err, errs.InvalidArgument)
}

// A port, which no bucket has, may not become part of the bucket's name.
func TestOpenRefusesAPortBehindTheBucket(t *testing.T) {
	_, err := Open("s3://bucket:9000/prefix", &Options{Getenv: environment(t, nil)})
	requireError(t, err, errs.InvalidArgument)
}

func TestUnknownOptionNamesTheNearest(t *testing.T) {
	for key, nearest := range map[string]string{
		"regoin":          "region",
		"ENDPONT":         "endpoint",
		"access_key":      "access_key_id",
		"aws_acces_key":   "access_key_id",
		"secret_key":      "secret",
		"session-token":   "session_token",
		"addresing_style": "addressing_style",
	} {
		e := requireError(t, new(Options).Set(key, secret), errs.InvalidOption)
		assert.Contains(t, e.Message, key)
		assert.Contains(t, e.Message, `"`+nearest+`"`)
		assert.Equal(t, "options", e.Op)
	}
	requireError(t, new(Options).Set("", secret), errs.InvalidOption)
	requireError(t, new(Options).Set("\xff", secret), errs.InvalidOption)
}

func TestOptionValueIsRefused(t *testing.T) {
	for _, c := range []struct{ key, value string }{
		{"region", ""},
		{"secret_access_key", ""},
		{"secret_access_key", secret + "\n"},
		{"session_token", secret + "\x00"},
		{"access_key_id", secret + "\xff"},
		{"endpoint", ""},
		{"endpoint", "ftp://x"},
		{"endpoint", "http://"},
		{"endpoint", "http://:9000"},
		{"endpoint", "https:///" + secret},
		{"endpoint", "http://u:" + secret + "@h"},
		{"endpoint", "u:" + secret + "@h"},
		{"endpoint", "http://u:" + secret + "%@h"},
		{"endpoint", "http://h?token=" + secret},
		{"endpoint", "http://h#" + secret},
		{"endpoint", "http://h:port"},
		{"endpoint", "http://h:"},
		{"endpoint", "http://h:0"},
		{"endpoint", "http://h:65536"},
		{"endpoint", "http://h/" + secret},
		{"endpoint", "9000"},
		{"endpoint", "https://9000"},
		{"http_proxy", "http://p:65536"},
		{"http_proxy", "9000"},
		{"prefix", "a/../b"},
		{"allow_http", "2"},
		{"virtual_hosted_style_request", "virtual"},
		{"url_path", "path"},
		{"region", "a b"},
		{"default_region", "a b"},
		{"timeout", "0"},
		{"timeout", "-1"},
		{"pool_idle_timeout", "0s"},
		{"pool_max_idle_per_host", "0"},
		{"max_attempts", "1.5"},
		{"retry_backoff_factor", "0.9"},
		{"retry_backoff_factor", "nan"},
		{"retry_backoff_factor", "inf"},
		{"root_certificate", secret},
		{"proxy_ca_certificate", "-----BEGIN CERTIFICATE-----\n" + secret + "\n-----END CERTIFICATE-----"},
		{"user_agent", secret + "\x01"},
		{"user_agent", secret + "\n"},
		{"default_content_type", secret + "\u00e9"},
		{"default_headers", secret},
		{"default_headers", `["` + secret + `"]`},
		{"default_headers", `{"a": 1}`},
		{"default_headers", `{"a b": "` + secret + `"}`},
		{"default_headers", `{"a": "` + secret + `\r\nb: c"}`},
		{"default_headers", `{"Authorization": "` + secret + `"}`},
		{"default_headers", `{"HOST": "x"}`},
		{"default_headers", `{"x-amz-date": "x"}`},
		{"default_headers", `{"content-length": "1"}`},
		{"default_headers", `{"Range": "bytes=0-1"}`},
		{"default_headers", `{"if-none-match": "*"}`},
		{"default_headers", `{"User-Agent": "x"}`},
		{"default_headers", `{"Content-Type": "x"}`},
		{"addressing_style", "Path"},
		{"addressing_style", "auto" + secret},
	} {
		e := requireError(t, new(Options).Set(c.key, c.value), errs.InvalidOption)
		assert.Contains(t, e.Message, c.key)
	}
}

func TestOptionsThatDoNotFitTogether(t *testing.T) {
	for _, c := range []struct {
		set     []string
		missing string
	}{
		{[]string{"access_key_id"}, "secret_access_key is missing"},
		{[]string{"secret_access_key"}, "access_key_id is missing"},
		{[]string{"session_token"}, "access_key_id is missing"},
		{[]string{"session_token", "secret_access_key"}, "access_key_id is missing"},
	} {
		var o Options
		o.Getenv = environment(t, nil) // its keys do not complete those of the options
		for _, key := range c.set {
			require.NoError(t, o.Set(key, secret))
		}
		_, err := Open("s3://bucket", &o)
		assert.Contains(t, requireError(t, err, errs.InvalidOption).Message, c.missing)
	}
}

func TestOptionOfAnotherSchemeIsRefused(t *testing.T) {
	key := base64.StdEncoding.EncodeToString(make([]byte, 32))
	values := []string{"http://h", "10000000", "path", "standard", "true", "false", "check", "native", "none", "ignore", "provider", `{"a":"b"}`, aCertificate(t),
		"AES256", key}
	for _, known := range optionTable {
		for _, url := range []string{"memory://", "file://" + t.TempDir()} {
			o := Options{}
			fits := func(value string) bool { return o.Set(known.name(), value) == nil }
			require.True(t, slices.ContainsFunc(values, fits), known.name())
			_, err := Open(url, &o)
			assert.Contains(t, requireError(t, err, errs.InvalidOption).Message, known.name())
		}
	}
}

// countingServer is an S3 endpoint with an empty bucket.
func countingServer(t *testing.T) (url string, requests *atomic.Int32) {
	requests = new(atomic.Int32)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		requests.Add(1)
		_, _ = w.Write([]byte(`<ListBucketResult></ListBucketResult>`))
	}))
	t.Cleanup(server.Close)
	return server.URL, requests
}

func TestEndpointPrecedence(t *testing.T) {
	names := []string{"option", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"}
	for i, want := range names { // want is the first that is set, so it decides
		t.Run(want, func(t *testing.T) {
			o := Options{}
			values := map[string]string{}
			var requests []*atomic.Int32
			for _, name := range names[i:] {
				url, n := countingServer(t)
				requests = append(requests, n)
				if name == "option" {
					require.NoError(t, o.Set("endpoint", url))
				} else {
					values[name] = url
				}
			}
			o.Getenv = environment(t, values)
			store, err := Open("s3://bucket", &o)
			require.NoError(t, err)
			defer store.Close()
			for _, n := range requests {
				assert.Zero(t, n.Load(), "Open requests nothing")
			}
			pages, err := store.List("", ListOptions{})
			require.NoError(t, err)
			_, err = pages.Next(t.Context())
			require.ErrorContains(t, err, "is the endpoint the right one?", "its answer is empty")
			assert.EqualValues(t, 1, requests[0].Load())
			for _, n := range requests[1:] {
				assert.Zero(t, n.Load())
			}
		})
	}
}

func TestBadEndpointInTheEnvironmentIsNamed(t *testing.T) {
	for _, name := range []string{"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"} {
		_, err := Open("s3://bucket", &Options{Getenv: environment(t, map[string]string{
			name: "http://u:" + secret + "@h",
		})})
		assert.Contains(t, requireError(t, err, errs.InvalidOption).Message, "variable "+name+" may not hold credentials")
	}
}

// The store fills in what the backend cannot know; the path is the caller's.
func TestErrorsSayWhatWasDone(t *testing.T) {
	store, err := Open("memory://", nil)
	require.NoError(t, err)
	defer store.Close()
	ctx := t.Context()
	_, err = store.Put(ctx, "a", nil, PutOptions{})
	require.NoError(t, err)
	for _, c := range []struct {
		op, path string
		code     errs.Code
		do       func(path string) error
	}{
		{"head", `\no//object/`, errs.NotFound, func(p string) error { _, err := store.Head(ctx, p, HeadOptions{}); return err }},
		{"get", "./no", errs.NotFound, func(p string) error { _, err := store.Get(ctx, p, GetOptions{}); return err }},
		{"put", "/a", errs.AlreadyExists, func(p string) error { _, err := store.Put(ctx, p, nil, PutOptions{}); return err }},
		{"put", "a/../b", errs.InvalidPath, func(p string) error { _, err := store.Put(ctx, p, nil, PutOptions{}); return err }},
		{"delete", "", errs.InvalidPath, func(p string) error { return store.Delete(ctx, p, DeleteOptions{}) }},
		{"copy", "/no", errs.NotFound, func(p string) error { return store.Copy(ctx, p, "b", CopyOptions{}) }},
		{"copy", "/no", errs.NotFound, func(p string) error { return store.Copy(ctx, p, p, CopyOptions{}) }},
		{"copy", "a/b", errs.InvalidPath, func(p string) error { return store.Copy(ctx, "a", p, CopyOptions{}) }},
		{"copy", "..", errs.InvalidPath, func(p string) error { return store.Copy(ctx, "a", p, CopyOptions{}) }},
		{"copy", "..", errs.InvalidPath, func(p string) error { return store.Copy(ctx, p, "b", CopyOptions{}) }},
		{"list", "../x", errs.InvalidPath, func(p string) error { _, err := store.List(p, ListOptions{}); return err }},
		{"list", "/", errs.InvalidPath, func(p string) error { _, err := store.List(p, ListOptions{}); return err }},
	} {
		t.Run(c.op+" "+c.path, func(t *testing.T) {
			e := requireError(t, c.do(c.path), c.code)
			assert.Equal(t, c.op, e.Op)
			assert.Equal(t, c.path, e.Path)
			assert.Equal(t, "memory", e.Backend)
		})
	}
	_, err = store.Head(ctx, "a\xffb", HeadOptions{})
	assert.Equal(t, "a\uFFFDb", requireError(t, err, errs.InvalidPath).Path, "text of an error is UTF-8")
}

func TestPageSizeLimits(t *testing.T) {
	store, err := Open("memory://", nil)
	require.NoError(t, err)
	defer store.Close()
	for _, size := range []int{-1, math.MinInt, 1001, math.MaxInt} {
		_, err := store.List("", ListOptions{PageSize: size})
		e := requireError(t, err, errs.InvalidArgument)
		assert.Equal(t, "list", e.Op)
	}
	for _, size := range []int{0, 1, 1000} {
		_, err := store.List("", ListOptions{PageSize: size})
		assert.NoError(t, err)
	}
}

func TestRangeLimits(t *testing.T) {
	store, err := Open("memory://", nil)
	require.NoError(t, err)
	defer store.Close()
	_, err = store.Put(t.Context(), "a", []byte("abc"), PutOptions{})
	require.NoError(t, err)
	for _, o := range []GetOptions{{Offset: -1}, {Length: -1}, {Offset: math.MinInt64}, {Offset: 1, Length: math.MinInt64}} {
		_, err := store.Get(t.Context(), "a", o)
		requireError(t, err, errs.InvalidArgument)
	}
	_, err = store.Get(t.Context(), "a", GetOptions{Offset: math.MaxInt64, Length: math.MaxInt64})
	requireError(t, err, errs.RangeNotSatisfiable)
	r, err := store.Get(t.Context(), "a", GetOptions{Offset: 1, Length: math.MaxInt64})
	require.NoError(t, err)
	assert.EqualValues(t, 2, r.Length)
	assert.NoError(t, r.Close())
}
