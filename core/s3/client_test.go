package s3_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core"
	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/tests/s3test"
)

// The options of the HTTP client, seen from outside.

func text(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	return string(data)
}

func TestRootCertificate(t *testing.T) {
	t.Parallel()
	one, other := newAuthority(t, empty), newAuthority(t, empty)
	for _, c := range []struct {
		name     string
		set      settings
		one, too errs.Code // what comes of the two servers
	}{
		{"none", settings{}, errs.Unavailable, errs.Unavailable},
		{"one", settings{"root_certificate": text(t, one.file)}, errs.OK, errs.Unavailable},
		{"beside a bundle", settings{"root_certificate": text(t, one.file), "tls_ca_bundle": other.file}, errs.OK, errs.OK},
		{"two", settings{"root_certificate": text(t, one.file) + text(t, other.file)}, errs.OK, errs.OK},
		{"of the proxy only", settings{"proxy_ca_certificate": text(t, one.file)}, errs.Unavailable, errs.Unavailable},
	} {
		c.set["max_attempts"] = "1"
		assert.Equal(t, c.one, errs.CodeOf(head(t, openSet(t, variables(t, one.server.URL), "s3://bucket", c.set))), c.name)
		assert.Equal(t, c.too, errs.CodeOf(head(t, openSet(t, variables(t, other.server.URL), "s3://bucket", c.set))), c.name)
	}
}

// clientPair is a certificate for a client and its key, in PEM form.
func clientPair(t *testing.T) (certificate, key string, pool *x509.CertPool) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	require.NoError(t, err)
	raw, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	certificate = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	pool = x509.NewCertPool()
	require.True(t, pool.AppendCertsFromPEM([]byte(certificate)))
	return certificate, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw})), pool
}

func TestClientCertificate(t *testing.T) {
	t.Parallel()
	certificate, key, pool := clientPair(t)
	_, otherKey, _ := clientPair(t)
	server := httptest.NewUnstartedServer(http.HandlerFunc(empty))
	server.TLS = &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool}
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // handshakes are to fail
	server.StartTLS()
	t.Cleanup(server.Close)
	root := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
	env := variables(t, server.URL)

	for name, set := range map[string]settings{
		"PEM":            {"client_certificate": certificate, "client_key": key},
		"PEM, all in it": {"client_certificate": certificate + key},
		"files":          {"client_certificate": textFile(t, certificate), "client_key": textFile(t, key)},
		"one file":       {"client_certificate": textFile(t, key+certificate)},
		"none":           {},
	} {
		set["root_certificate"], set["max_attempts"] = root, "1"
		err := head(t, openSet(t, env, "s3://bucket", set))
		assert.Equal(t, name == "none", err != nil, "%s: %v", name, err)
	}
	for says, set := range map[string]settings{
		"client_certificate and client_key are no certificate and its key": {"client_certificate": certificate, "client_key": otherKey},
		"client_certificate must be in PEM form":                           {"client_certificate": "/none/" + secret, "client_key": key},
		"client_key must be in PEM form":                                   {"client_certificate": certificate, "client_key": secret},
		"client_certificate is missing: client_key needs it":               {"client_key": key},
	} {
		_, err := core.Open("s3://bucket", set.options(t, env))
		require.Equal(t, errs.InvalidOption, errs.CodeOf(err), "%v", err)
		assert.ErrorContains(t, err, says)
		assert.NotContains(t, err.Error(), secret)
	}
}

// secureProxy is a proxy that is spoken to over TLS.
func secureProxy(t *testing.T, behind *httptest.Server) (*httptest.Server, authority, *atomic.Int32) {
	t.Helper()
	plain := newProxy(t, behind)
	secured := newAuthority(t, plain.Config.Handler.ServeHTTP)
	return secured.server, secured, &plain.asked
}

func TestProxyCertificate(t *testing.T) {
	t.Parallel()
	behind := newAuthority(t, empty, "s3.example.invalid")
	for _, scheme := range []string{"http", "https"} {
		for _, c := range []struct {
			name    string
			proxy   bool // trusted
			server  bool
			reached bool
		}{{"both", true, true, true}, {"not the proxy", false, true, false}, {"not the server", true, false, scheme == "http"}} {
			for _, by := range []string{"option", "variable"} {
				server, proxy, asked := secureProxy(t, behind.server)
				set, env := settings{"max_attempts": "1"}, variables(t, scheme+"://s3.example.invalid")
				if by == "option" {
					set["proxy_url"] = server.URL
				} else {
					env["HTTP_PROXY"], env["HTTPS_PROXY"] = server.URL, server.URL
				}
				if c.proxy {
					set["proxy_ca_certificate"] = text(t, proxy.file)
				}
				if c.server {
					set["root_certificate"] = text(t, behind.file)
				}
				err := head(t, openSet(t, env, "s3://bucket", set))
				assert.Equal(t, c.reached, err == nil, "%s %s %s: %v", scheme, c.name, by, err)
				assert.Equal(t, c.proxy, asked.Load() > 0, "%s %s", scheme, c.name)
			}
		}
	}
}

func TestProxyURL(t *testing.T) {
	t.Parallel()
	behind := newAuthority(t, empty, "s3.example.invalid")
	for _, scheme := range []string{"http", "https"} {
		for excludes, asked := range map[string]bool{
			"":                          true,
			"other.invalid, 10.0.0.0/8": true,
			"s3.example.invalid":        false,
			".example.invalid,other":    false,
			"s3.example.invalid:1":      true,
			"a, example.invalid , b":    false,
			"*":                         false,
		} {
			for _, option := range []string{"proxy_url", scheme + "_proxy", "variable"} {
				proxy := newProxy(t, behind.server)
				set := settings{"max_attempts": "1", "tls_ca_bundle": behind.file}
				env := variables(t, scheme+"://s3.example.invalid")
				if set[option] = proxy.URL; option == "variable" {
					delete(set, option)
					env[strings.ToUpper(scheme)+"_PROXY"] = proxy.URL
				}
				if excludes != "" {
					set["proxy_excludes"] = excludes
				}
				err := head(t, openSet(t, env, "s3://bucket", set))
				assert.Equal(t, asked, proxy.asked.Load() > 0, "%s %s %s", scheme, option, excludes)
				assert.Equal(t, asked, err == nil, "%s %s %s: %v", scheme, option, excludes, err)
			}
		}
	}
}

func TestTimeoutOfARequest(t *testing.T) {
	t.Parallel()
	requests := atomic.Int32{}
	handler := func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		if r.Method == http.MethodHead {
			time.Sleep(700 * time.Millisecond)
			empty(w, r)
			return
		}
		first := 0
		w.Header().Set("ETag", `"e"`)
		if _, err := fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &first); err == nil {
			w.Header().Set("Content-Length", strconv.Itoa(1000-first))
			w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-999/1000", first))
			w.WriteHeader(http.StatusPartialContent)
		} else {
			w.Header().Set("Content-Length", "1000")
		}
		for range 1000 - first { // never silent for long
			if _, err := w.Write([]byte("x")); err != nil {
				return
			}
			w.(http.Flusher).Flush()
			time.Sleep(20 * time.Millisecond)
		}
	}
	const says = "the request took longer than 300ms, which is its timeout"
	for _, attempts := range []string{"1", "2"} {
		store := fakeSet(t, fast(settings{"timeout": "300ms", "max_attempts": attempts}), handler)
		for _, ask := range []func() error{
			func() error { return head(t, store) },
			func() error { _, err := read(t.Context(), store, "a", core.GetOptions{}); return err },
		} {
			requests.Store(0)
			start := time.Now()
			e := requireError(t, ask(), errs.Unavailable)
			assert.Contains(t, e.Message, says)
			assert.True(t, e.Retryable)
			assert.Less(t, time.Since(start), 5*time.Second)
			assert.Equal(t, attempts, string(rune('0'+requests.Load())))
		}
	}
	assert.NoError(t, head(t, fakeSet(t, nil, handler)))
	assert.NoError(t, head(t, fakeSet(t, settings{"timeout": "20s"}, handler)))
}

// An answer that came in time is read to its end, and its connection used again.
func TestTimeoutLetsConnectionsLive(t *testing.T) {
	t.Parallel()
	var opened atomic.Int32
	server := countConnections(t, &opened)
	store := openSet(t, variables(t, server.URL), "s3://bucket", settings{"timeout": "20s"})
	for range 3 {
		require.NoError(t, head(t, store))
	}
	assert.EqualValues(t, 1, opened.Load())
}

func countConnections(t *testing.T, opened *atomic.Int32) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(http.HandlerFunc(empty))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	return server
}

func TestPoolIdleTimeout(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]int32{"200ms": 2, "1m": 1, "": 1} {
		var opened atomic.Int32
		server := countConnections(t, &opened)
		s := settings{}
		if value != "" {
			s["pool_idle_timeout"] = value
		}
		store := openSet(t, variables(t, server.URL), "s3://bucket", s)
		require.NoError(t, head(t, store))
		time.Sleep(time.Second)
		require.NoError(t, head(t, store))
		assert.Equal(t, want, opened.Load(), value)
	}
}

func TestUserAgent(t *testing.T) {
	t.Parallel()
	agents := make(chan string, 10)
	handler := func(w http.ResponseWriter, r *http.Request) {
		agents <- r.Header.Get("User-Agent")
		empty(w, r)
	}
	require.NoError(t, head(t, fakeSet(t, settings{"user_agent": "mine/1.0"}, handler)))
	assert.Equal(t, "mine/1.0", <-agents)
	require.NoError(t, head(t, fakeSet(t, settings{"user_agent": "mine/1.0", "user_agent_extra": "(x)"}, handler)))
	assert.Equal(t, "mine/1.0 (x)", <-agents)
}

// All requests have them, as a part of the signature, which a server checks.
func TestDefaultHeaders(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "versitygw")
	relay := newRelay(t)
	store := relay.open(t, server, server.Place(t).URL, settings{
		"default_headers": `{"X-Gate": "open sesame", "x-amz-request-payer": "requester", "Cache-Control": "max-age=1"}`})
	relay.take()
	require.NoError(t, write(t, store, "a", make([]byte, 9<<20), core.PutOptions{}))
	put(t, store, "b", "text")
	_, err := read(t.Context(), store, "b", core.GetOptions{})
	require.NoError(t, err)
	_, err = list(t.Context(), store, "", true)
	require.NoError(t, err)
	require.NoError(t, store.Copy(t.Context(), "b", "c", core.CopyOptions{}))
	require.NoError(t, store.Delete(t.Context(), "c", core.DeleteOptions{}))
	requests := relay.take()
	seen := map[string]bool{}
	for _, r := range requests {
		seen[r.operation] = true
		assert.Equal(t, "open sesame", r.Get("X-Gate"), r.operation)
		assert.Equal(t, "requester", r.Get("X-Amz-Request-Payer"), r.operation)
		assert.Contains(t, r.Get("Authorization"), "x-gate", r.operation)
		assert.Contains(t, r.Get("Authorization"), "x-amz-request-payer", r.operation)
	}
	for _, operation := range []string{"PutObject", "UploadPart", "GetObject", "ListObjectsV2", "UploadPartCopy", "DeleteObject"} {
		assert.True(t, seen[operation], operation)
	}
}

func TestDefaultContentType(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "versitygw")
	const kind = "application/vnd.example+json"
	for _, w := range writers {
		if w.name == "large put" || w.name == "move" {
			continue // it takes long, and would show nothing more
		}
		place := server.Place(t)
		put(t, openIn(t, serverVariables(t, server), place.URL), "source", "text")
		store := openSet(t, serverVariables(t, server), place.URL, settings{"default_content_type": kind})
		require.NoError(t, w.do(t, store, "a"), w.name)
		info, err := store.Head(t.Context(), "a", core.HeadOptions{})
		require.NoError(t, err)
		assert.Equal(t, w.name != "copy", info.ContentType == kind, "%s: %s", w.name, info.ContentType)
	}
}

func TestRetryBackoffFactor(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var at []time.Time
	store := fakeSet(t, settings{"max_attempts": "3", "retry_backoff_base": "20ms", "retry_backoff_factor": "20", "retry_jitter": "0"},
		func(w http.ResponseWriter, _ *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			at = append(at, time.Now())
			w.WriteHeader(http.StatusServiceUnavailable)
		})
	requireError(t, head(t, store), errs.Unavailable)
	require.Len(t, at, 3)
	assert.GreaterOrEqual(t, at[2].Sub(at[1]), 390*time.Millisecond, "20 ms by 20")
}
