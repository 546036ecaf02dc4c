package s3_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
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

// Every option has an effect that somebody outside the engine sees.

// authority signs certificates: a file of its own, and a TLS server by it.
type authority struct {
	file   string // its certificate in PEM form
	server *httptest.Server
}

// newAuthority starts a TLS server with a certificate for the hosts.
func newAuthority(t *testing.T, handler http.HandlerFunc, hosts ...string) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotBefore:    time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: hosts, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	server := httptest.NewUnstartedServer(handler)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // handshakes are to fail
	server.StartTLS()
	t.Cleanup(server.Close)
	return authority{file, server}
}

func empty(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Length", "0") }

func head(t *testing.T, store *core.Store) error {
	t.Helper()
	_, err := store.Head(t.Context(), "a", core.HeadOptions{})
	return err
}

func TestCABundle(t *testing.T) {
	t.Parallel()
	right, wrong := newAuthority(t, empty), newAuthority(t, empty)
	one := settings{"max_attempts": "1"}
	const option = "tls_ca_bundle"
	names := []string{option, "AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"}

	t.Run("without", func(t *testing.T) {
		e := requireError(t, head(t, openSet(t, variables(t, right.server.URL), "s3://bucket", one)), errs.Unavailable)
		assert.Contains(t, e.Message, "certificate")
	})
	// Each comes before all that follow it.
	for i, name := range names {
		for _, c := range []struct {
			this, later string
			want        errs.Code
		}{{right.file, wrong.file, errs.OK}, {wrong.file, right.file, errs.Unavailable}} {
			t.Run(name+" "+c.want.String(), func(t *testing.T) {
				env, s := variables(t, right.server.URL), fast(one)
				for _, later := range names[i+1:] {
					env[later] = c.later
				}
				if env[name] = c.this; name == option {
					s[option] = c.this
				}
				err := head(t, openSet(t, env, "s3://bucket", s))
				assert.Equal(t, c.want, errs.CodeOf(err), "%v", err)
			})
		}
		for what, file := range map[string]string{
			"missing": filepath.Join(t.TempDir(), "none"),
			"folder":  t.TempDir(),
			"no PEM":  textFile(t, "this is no certificate"),
		} {
			t.Run(name+" "+what, func(t *testing.T) {
				env, s := variables(t, right.server.URL), settings{}
				if env[name] = file; name == option {
					s[option] = file
				}
				_, err := core.Open("s3://bucket", s.options(t, env))
				require.Equal(t, errs.InvalidOption, errs.CodeOf(err), "%v", err)
				assert.ErrorContains(t, err, name)
			})
		}
	}
}

func TestAllowInvalidCertificates(t *testing.T) {
	t.Parallel()
	server, other := newAuthority(t, empty, "another.example.invalid"), newAuthority(t, empty)
	endpoint := strings.Replace(server.server.URL, "127.0.0.1", "localhost", 1) // not the name in the certificate
	const option = "allow_invalid_certificates"
	for value, want := range map[string]errs.Code{"true": errs.OK, "false": errs.Unavailable} {
		for _, bundle := range []string{"", other.file} {
			env := variables(t, endpoint)
			env["AWS_CA_BUNDLE"] = bundle
			err := head(t, openSet(t, env, "s3://bucket", settings{option: value, "max_attempts": "1"}))
			assert.Equal(t, want, errs.CodeOf(err), "%s: %v", value, err)
		}
	}
	_, err := core.Open("s3://bucket", settings{option: "true", "tls_ca_bundle": other.file}.options(t, variables(t, endpoint)))
	require.Equal(t, errs.InvalidOption, errs.CodeOf(err))
	assert.ErrorContains(t, err, "allow_invalid_certificates and tls_ca_bundle exclude each other: give one of them")
}

func textFile(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	return file
}

// proxy is one for both schemes: it answers what it is asked in plain, and
// whatever host it shall connect to, that is the server behind it.
type proxy struct {
	*httptest.Server
	asked atomic.Int32
	host  atomic.Value // of the last request
}

func newProxy(t *testing.T, behind *httptest.Server) *proxy {
	t.Helper()
	p := &proxy{}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.asked.Add(1)
		p.host.Store(r.Host)
		if r.Method != http.MethodConnect {
			empty(w, r)
			return
		}
		server, err := net.Dial("tcp", behind.Listener.Addr().String())
		if err != nil {
			panic(err)
		}
		defer server.Close()
		client, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		defer client.Close()
		_, _ = io.WriteString(client, "HTTP/1.1 200 OK\r\n\r\n")
		go func() {
			_, _ = io.Copy(server, client)
			_ = server.(*net.TCPConn).CloseWrite()
		}()
		_, _ = io.Copy(client, server)
	}))
	t.Cleanup(p.Close)
	return p
}

func TestProxies(t *testing.T) {
	t.Parallel()
	behind := newAuthority(t, empty, "s3.example.invalid")
	direct := httptest.NewServer(http.HandlerFunc(empty))
	t.Cleanup(direct.Close)
	for _, c := range []struct {
		name     string
		endpoint string
		env      string // the variable that names the first proxy
		set      string // "PROXY" is the second proxy
		first    bool   // who is asked
		second   bool
		reached  bool
	}{
		{"variable", "http://s3.example.invalid", "HTTP_PROXY", "", true, false, true},
		{"small variable", "http://s3.example.invalid", "http_proxy", "", true, false, true},
		{"option before variable", "http://s3.example.invalid", "HTTP_PROXY", "http_proxy=PROXY", false, true, true},
		{"none", "http://s3.example.invalid", "HTTP_PROXY", "http_proxy=none", false, false, false},
		{"of the other scheme", "http://s3.example.invalid", "HTTP_PROXY", "https_proxy=none", true, false, true},
		{"variable, not for this host", direct.URL, "HTTP_PROXY", "", false, false, true},
		{"option, whatever the host", direct.URL, "HTTP_PROXY", "http_proxy=PROXY", false, true, true},
		{"none, direct", direct.URL, "HTTP_PROXY", "http_proxy=none", false, false, true},
		{"https: variable", "https://s3.example.invalid", "HTTPS_PROXY", "", true, false, true},
		{"https: option before variable", "https://s3.example.invalid", "HTTPS_PROXY", "https_proxy=PROXY", false, true, true},
		{"https: none", "https://s3.example.invalid", "HTTPS_PROXY", "https_proxy=none", false, false, false},
		{"https: of the other scheme", "https://s3.example.invalid", "HTTPS_PROXY", "http_proxy=none", true, false, true},
		{"https: option, whatever the host", behind.server.URL, "HTTPS_PROXY", "https_proxy=PROXY", false, true, true},
		{"https: none, direct", behind.server.URL, "HTTPS_PROXY", "https_proxy=none", false, false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			first, second := newProxy(t, behind.server), newProxy(t, behind.server)
			env := variables(t, c.endpoint)
			env[c.env] = first.URL
			s := fast(settings{"max_attempts": "1", "tls_ca_bundle": behind.file})
			if name, value, ok := strings.Cut(c.set, "="); ok {
				s[name] = strings.Replace(value, "PROXY", second.URL, 1)
			}
			err := head(t, openSet(t, env, "s3://bucket", s))
			if c.reached {
				require.NoError(t, err)
			} else {
				requireError(t, err, errs.Unavailable) // nobody has that name
			}
			assert.Equal(t, c.first, first.asked.Load() > 0, "first proxy")
			assert.Equal(t, c.second, second.asked.Load() > 0, "second proxy")
		})
	}
	t.Run("host and port only", func(t *testing.T) {
		p := newProxy(t, behind.server)
		s := settings{"http_proxy": p.Listener.Addr().String()}
		require.NoError(t, head(t, openSet(t, variables(t, "http://s3.example.invalid"), "s3://bucket", s)))
		assert.Equal(t, "s3.example.invalid", p.host.Load())
	})
}

// Who accepts and says nothing more does not finish a TLS handshake.
func TestConnectTimeout(t *testing.T) {
	t.Parallel()
	endpoint, _ := silent(t)
	for _, timeout := range []string{"0.3", "300ms"} {
		store := openSet(t, variables(t, strings.Replace(endpoint, "http:", "https:", 1)), "s3://bucket",
			settings{"connect_timeout": timeout, "max_attempts": "1"})
		start := time.Now()
		requireError(t, head(t, store), errs.Unavailable)
		assert.GreaterOrEqual(t, time.Since(start), 250*time.Millisecond)
		assert.Less(t, time.Since(start), 2*time.Second) // the default is 5
	}
}

// A wave of requests at once leaves so many connections for the next wave.
func TestMaxPoolConnections(t *testing.T) {
	t.Parallel()
	const wave = 8
	for value, want := range map[string]int{"": wave, "2": wave + wave - 2, "8": wave} {
		t.Run("value "+value, func(t *testing.T) {
			t.Parallel()
			var opened atomic.Int32
			var gate atomic.Pointer[sync.WaitGroup] // until all of a wave are here
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				here := gate.Load()
				here.Done()
				here.Wait()
				empty(w, r)
			}))
			server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
				if state == http.StateNew {
					opened.Add(1)
				}
			}
			server.Start()
			t.Cleanup(server.Close)
			s := settings{"max_attempts": "1"}
			if value != "" {
				s["max_pool_connections"] = value
			}
			store := openSet(t, variables(t, server.URL), "s3://bucket", s)
			for range 2 {
				here := &sync.WaitGroup{}
				here.Add(wave)
				gate.Store(here)
				var asking sync.WaitGroup
				for range wave {
					asking.Go(func() { assert.NoError(t, head(t, store)) })
				}
				asking.Wait()
			}
			assert.EqualValues(t, want, opened.Load(), "connections")
		})
	}
}

func TestUserAgentExtra(t *testing.T) {
	t.Parallel()
	agents := make(chan string, 10)
	handler := func(w http.ResponseWriter, r *http.Request) {
		agents <- r.Header.Get("User-Agent")
		empty(w, r)
	}
	require.NoError(t, head(t, fakeSet(t, nil, handler)))
	require.NoError(t, head(t, fakeSet(t, settings{"user_agent_extra": "my-tool/1.0 (x)"}, handler)))
	without, with := <-agents, <-agents
	assert.Contains(t, without, "aws-sdk-go-v2")
	assert.Equal(t, without+" my-tool/1.0 (x)", with)
}

// A server takes what it is asked, though the User-Agent is not as the SDK
// wrote it.
func TestUserAgentExtraIsNoPartOfTheSignature(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "versitygw")
	store := openSet(t, serverVariables(t, server), server.Place(t).URL, settings{"user_agent_extra": "my-tool/1.0"})
	put(t, store, "a", "text")
}

// writers are the ways to make an object at a path; "source" is there.
var writers = []struct {
	name string
	do   func(*testing.T, *core.Store, string) error
}{
	{"put", func(t *testing.T, s *core.Store, path string) error {
		_, err := s.Put(t.Context(), path, []byte("new"), core.PutOptions{})
		return err
	}},
	{"large put", func(t *testing.T, s *core.Store, path string) error {
		_, err := s.Put(t.Context(), path, make([]byte, 64<<20+1), core.PutOptions{})
		return err
	}},
	{"writer", func(t *testing.T, s *core.Store, path string) error {
		return write(t, s, path, []byte("new"), core.PutOptions{})
	}},
	{"large writer", func(t *testing.T, s *core.Store, path string) error {
		return write(t, s, path, make([]byte, 9<<20), core.PutOptions{})
	}},
	{"upload", func(t *testing.T, s *core.Store, path string) error {
		u, err := s.NewUpload(t.Context(), path, core.PutOptions{})
		if err != nil {
			return err
		}
		require.NoError(t, u.Part(t.Context(), 1, []byte("new")))
		_, err = u.Commit(t.Context())
		return err
	}},
	{"copy", func(t *testing.T, s *core.Store, path string) error {
		return s.Copy(t.Context(), "source", path, core.CopyOptions{})
	}},
	{"move", func(t *testing.T, s *core.Store, path string) error {
		return s.Move(t.Context(), "source", path, core.CopyOptions{})
	}},
}

func write(t *testing.T, store *core.Store, path string, data []byte, o core.PutOptions) error {
	t.Helper()
	w, err := store.NewWriter(t.Context(), path, o)
	if err != nil {
		return err
	}
	if _, err = w.Write(data); err != nil {
		return err
	}
	_, err = w.Commit(t.Context())
	return err
}

func TestRejectWriteUnderFileAncestor(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "moto") // a file system would refuse by itself
	relay := newRelay(t)
	for _, w := range writers {
		for _, set := range []string{"true", "false"} {
			if set == "false" && w.name == "large put" {
				continue // it takes long, and would show nothing
			}
			t.Run(w.name+" "+set, func(t *testing.T) {
				place := server.Place(t)
				store := relay.open(t, server, place.URL, settings{"reject_write_under_file_ancestor": set})
				put(t, openIn(t, serverVariables(t, server), place.URL), "source", "text")
				put(t, openIn(t, serverVariables(t, server), place.URL), "f", "a file")
				relay.take()
				err := w.do(t, store, "f/a/b")
				heads := only(relay.take(), "HeadObject")
				if set == "false" {
					require.NoError(t, err)
					return
				}
				e := requireError(t, err, errs.InvalidPath)
				assert.Contains(t, e.Message, `f" is an object`)
				assert.Equal(t, "f/a/b", e.Path)
				want := 2 // f/a and f
				if w.name == "copy" || w.name == "move" {
					want = 3 // a missing source outranks them
				}
				assert.Len(t, heads, want)
				paths, err := list(t.Context(), store, "", true)
				require.NoError(t, err)
				assert.Equal(t, []string{"f", "source"}, paths)
				assert.Empty(t, uploadsOf(t, server, place))
			})
		}
	}
	t.Run("what is in no file", func(t *testing.T) {
		place := server.Place(t)
		store := relay.open(t, server, place.URL, settings{"reject_write_under_file_ancestor": "true"})
		relay.take()
		put(t, store, "a/b/c", "text")
		assert.Equal(t, []string{"HeadObject", "HeadObject", "HeadObject", "PutObject"}, relay.took(), "a/b, a, the prefix of the store")
	})
}

// Behind this relay is an endpoint that ignores conditions.
func ignoreConditions(r *relay) {
	r.meddle(func(_ http.ResponseWriter, request *http.Request) bool {
		request.Header.Del("If-None-Match")
		return false
	})
}

func TestConditionalPutCheck(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "moto") // it checks no signature, of which the header is a part
	relay := newRelay(t)
	ignoreConditions(relay)
	for _, w := range writers {
		t.Run(w.name, func(t *testing.T) {
			place := server.Place(t)
			direct := openIn(t, serverVariables(t, server), place.URL)
			put(t, direct, "source", "text")
			put(t, direct, "old", "old")

			checking := relay.open(t, server, place.URL, settings{"conditional_put": "check"})
			relay.take()
			requireError(t, w.do(t, checking, "old"), errs.AlreadyExists)
			for _, request := range relay.take() {
				assert.Empty(t, request.Get("If-None-Match"), "asked for what it ignores")
			}
			text, err := read(t.Context(), direct, "old", core.GetOptions{})
			require.NoError(t, err)
			assert.Equal(t, "old", text)
			assert.Empty(t, uploadsOf(t, server, place))
			if w.name == "large put" {
				return // the rest takes long, and would show nothing
			}
			require.NoError(t, w.do(t, checking, "new"))

			if w.name == "move" {
				put(t, direct, "source", "text")
			}
			require.NoError(t, w.do(t, relay.open(t, server, place.URL, nil), "old"), "the endpoint does not ignore conditions")
		})
	}
	t.Run("requests", func(t *testing.T) {
		store := relay.open(t, server, server.Place(t).URL, settings{"conditional_put": "check"})
		relay.take()
		put(t, store, "a", "text")
		assert.Equal(t, []string{"HeadObject", "PutObject"}, relay.took())
		require.NoError(t, store.Copy(t.Context(), "a", "b", core.CopyOptions{}))
		assert.Equal(t, []string{"HeadObject", "CopyObject"}, relay.took(), "of the target")
		_, err := store.Put(t.Context(), "a", nil, core.PutOptions{Overwrite: true})
		require.NoError(t, err)
		assert.Equal(t, []string{"PutObject"}, relay.took())
	})
}

func TestCopyIfNotExistsNative(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "versitygw")
	relay := newRelay(t)
	store := relay.open(t, server, server.Place(t).URL, settings{"copy_if_not_exists": "native"})
	put(t, store, "a", "text")
	relay.take()
	require.NoError(t, store.Copy(t.Context(), "a", "b", core.CopyOptions{}))
	requests := relay.take()
	require.Len(t, requests, 1)
	assert.Equal(t, "CopyObject", requests[0].operation)
	assert.Equal(t, "*", requests[0].Get("If-None-Match"))
	require.NoError(t, store.Move(t.Context(), "b", "c", core.CopyOptions{}))
	requests = relay.take()
	require.Len(t, requests, 2)
	assert.Equal(t, "*", requests[0].Get("If-None-Match"))
	require.NoError(t, store.Copy(t.Context(), "a", "c", core.CopyOptions{Overwrite: true}))
	assert.Empty(t, relay.take()[0].Get("If-None-Match"))

	// No server here honours it.
	relay.refuse("CopyObject", 1, http.StatusPreconditionFailed, "PreconditionFailed")
	requireError(t, store.Copy(t.Context(), "a", "c", core.CopyOptions{}), errs.AlreadyExists)
	requireError(t, store.Move(t.Context(), "a", "c", core.CopyOptions{}), errs.AlreadyExists)
	assert.Equal(t, []string{"CopyObject", "CopyObject"}, relay.took(), "the source of a refused move stays")
}

func TestPartSize(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "versitygw")
	relay := newRelay(t)
	data := bytes.Repeat([]byte("0123456789abcdef"), 12<<20/16)
	for value, want := range map[string][]int64{
		"":        {8 << 20, 4 << 20},
		"5242880": {5 << 20, 5 << 20, 2 << 20},
	} {
		s := settings{}
		if value != "" {
			s["part_size"] = value
		}
		place := server.Place(t)
		store := relay.open(t, server, place.URL, s)
		relay.take()
		require.NoError(t, write(t, store, "a", data, core.PutOptions{}))
		var sizes []int64
		for _, part := range only(relay.take(), "UploadPart") {
			sizes = append(sizes, part.length)
		}
		assert.ElementsMatch(t, want, sizes, "part size %s", value)
		text, err := read(t.Context(), store, "a", core.GetOptions{})
		require.NoError(t, err)
		assert.True(t, text == string(data), "the bytes are others")
	}
}

// inFlight tells how many parts were on their way at once, at most. It holds
// the first ones until there are as many as expected, and a while for others.
func inFlight(r *relay, expected int) func() int {
	var now, most int
	var mu sync.Mutex
	count := func(n int) int {
		mu.Lock()
		defer mu.Unlock()
		now += n
		most = max(most, now)
		return most
	}
	r.meddle(func(_ http.ResponseWriter, request *http.Request) bool {
		if operationOf(request) != "UploadPart" {
			return false
		}
		count(1)
		for end := time.Now().Add(prompt); count(0) < expected && time.Now().Before(end); {
			time.Sleep(time.Millisecond)
		}
		time.Sleep(100 * time.Millisecond)
		count(-1) // the part may go on: its bytes fly until it is answered
		return false
	})
	return func() int { return count(0) }
}

func TestMemoryBudget(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t, "versitygw")
	data := bytes.Repeat([]byte("0123456789abcdef"), 16<<20/16)
	open := func(t *testing.T, budget string, expected int) (*core.Store, func() int) {
		relay := newRelay(t)
		store := relay.open(t, server, server.Place(t).URL, settings{"part_size": "5242880", "memory_budget": budget})
		return store, inFlight(relay, expected)
	}
	same := func(t *testing.T, store *core.Store, path string) {
		t.Helper()
		text, err := read(t.Context(), store, path, core.GetOptions{})
		require.NoError(t, err)
		assert.True(t, text == string(data), "the bytes of %s are others", path)
	}
	for budget, want := range map[string]int{"5242880": 1, "10485760": 2, "134217728": 4} {
		t.Run("one writer "+budget, func(t *testing.T) {
			store, most := open(t, budget, want)
			require.NoError(t, write(t, store, "a", data, core.PutOptions{}))
			assert.Equal(t, want, most(), "parts in flight")
			same(t, store, "a")
		})
	}
	// Neither may wait for the other, whose caller waits for it.
	t.Run("writers in turn", func(t *testing.T) {
		store, _ := open(t, "5242880", 1)
		writers := map[string]*core.Writer{}
		for _, path := range []string{"a", "b", "c"} {
			w, err := store.NewWriter(t.Context(), path, core.PutOptions{})
			require.NoError(t, err)
			writers[path] = w
		}
		for piece := range slices.Chunk(data, 1<<20) {
			for _, w := range writers {
				_, err := w.Write(piece)
				require.NoError(t, err)
			}
		}
		for path, w := range writers {
			_, err := w.Commit(t.Context())
			require.NoError(t, err)
			same(t, store, path)
		}
	})
	t.Run("writers at once", func(t *testing.T) {
		store, most := open(t, "10485760", 2)
		var writing sync.WaitGroup
		paths := []string{"a", "b", "c"}
		for _, path := range paths {
			writing.Go(func() { assert.NoError(t, write(t, store, path, data, core.PutOptions{})) })
		}
		writing.Wait()
		assert.LessOrEqual(t, most(), 5, "two in the budget, and one that each of the writers may hold in excess")
		for _, path := range paths {
			same(t, store, path)
		}
	})
	// What was aborted gives its bytes back.
	t.Run("aborted writers", func(t *testing.T) {
		store, most := open(t, "10485760", 2)
		for range 5 {
			w, err := store.NewWriter(t.Context(), "b", core.PutOptions{})
			require.NoError(t, err)
			_, err = w.Write(data[:4<<20])
			require.NoError(t, err)
			require.NoError(t, w.Abort(t.Context()))
		}
		require.NoError(t, write(t, store, "a", data, core.PutOptions{}))
		assert.Equal(t, 2, most(), "parts in flight")
	})
}
