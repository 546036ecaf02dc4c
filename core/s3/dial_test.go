package s3

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core/driver"
)

func TestRandomizeAddresses(t *testing.T) {
	var mu sync.Mutex
	at := map[string]int{} // local address of the server: requests
	listener, err := net.Listen("tcp", "0.0.0.0:0")
	require.NoError(t, err)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		local := r.Context().Value(http.LocalAddrContextKey).(net.Addr).String()
		mu.Lock()
		defer mu.Unlock()
		at[local[:strings.LastIndex(local, ":")]]++
		w.Header().Set("Content-Length", "0")
		w.Header().Set("Connection", "close")
	}))
	server.Listener.Close()
	server.Listener = listener
	server.Start()
	defer server.Close()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	require.NoError(t, err)

	c := Config{
		Bucket: "bucket", AccessKeyID: "id", SecretAccessKey: "secret", Getenv: func(string) string { return "" },
		Endpoint: "http://several.invalid:" + port, AddressingStyle: AddressingPath, Retry: driver.RetryPolicy{MaxAttempts: 1},
		RandomizeAddresses: true,
		lookupHost: func(_ context.Context, host string) ([]string, error) {
			assert.Equal(t, "several.invalid", host)
			return []string{"127.0.0.1", "127.0.0.2", "127.0.0.3"}, nil
		},
	}
	b, err := Open(c)
	require.NoError(t, err)
	defer b.Close()
	for range 60 { // that one of three is never the first has the chance 1 : 10^10
		_, err := b.Head(t.Context(), "a", driver.HeadOptions{})
		require.NoError(t, err)
	}
	assert.Len(t, at, 3, "%v", at)

	c.RandomizeAddresses = false
	b, err = Open(c)
	require.NoError(t, err)
	defer b.Close()
	_, err = b.Head(t.Context(), "a", driver.HeadOptions{})
	require.Error(t, err, "the system does not know that host")
}

// An address that does not answer has its share of the time, not all of it.
func TestRandomAddressesAreTriedInTurn(t *testing.T) {
	dead := errors.New("dead")
	tried := 0
	dial := spread(func(ctx context.Context, _, address string) (net.Conn, error) {
		if tried++; tried < 3 {
			<-ctx.Done()
		}
		if ctx.Err() != nil {
			return nil, dead
		}
		near, far := net.Pipe()
		t.Cleanup(func() { far.Close() })
		return near, nil
	}, func(context.Context, string) ([]string, error) { return []string{"a", "b", "::1"}, nil }, 600*time.Millisecond)
	conn, err := dial(t.Context(), "tcp", "host:1")
	require.NoError(t, err)
	conn.Close()
	assert.Equal(t, 3, tried)

	failing := spread(func(context.Context, string, string) (net.Conn, error) { return nil, dead },
		func(context.Context, string) ([]string, error) { return []string{"a", "b"}, nil }, time.Second)
	_, err = failing(t.Context(), "tcp", "host:1")
	require.ErrorIs(t, err, dead)
}

// root_certificate is trusted beside those of the system.
func TestRootsKeepTheSystems(t *testing.T) {
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	text := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
	want, err := x509.SystemCertPool()
	require.NoError(t, err)
	want.AddCert(server.Certificate())
	assert.True(t, want.Equal(roots(nil, text)))
	assert.Nil(t, roots(nil, ""), "the system's")

	alone := x509.NewCertPool()
	alone.AddCert(server.Certificate())
	assert.True(t, alone.Equal(roots([]byte(text), "")), "a bundle is instead of them")
}

// Certificates are parsed for the first connection that needs them.
func TestOpeningParsesOneCertificateOfABundle(t *testing.T) {
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	one := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
	allocations := func(bundle string) float64 {
		file := filepath.Join(t.TempDir(), "ca.pem")
		require.NoError(t, os.WriteFile(file, []byte(bundle), 0o600))
		return testing.AllocsPerRun(1, func() {
			d, err := Open(Config{Bucket: "bucket", AccessKeyID: "id", SecretAccessKey: "secret", CABundle: file,
				Getenv: func(string) string { return "" }})
			require.NoError(t, err)
			require.NoError(t, d.Close())
		})
	}
	assert.InDelta(t, allocations(one), allocations(strings.Repeat(one, 200)), 200, "less than one for each")
}

func TestFirstCertificate(t *testing.T) {
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	encoded := func(kind string, bytes []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: bytes}))
	}
	one := encoded("CERTIFICATE", server.Certificate().Raw)
	broken, key := encoded("CERTIFICATE", []byte("broken")), encoded("PRIVATE KEY", []byte("key"))
	assert.Equal(t, broken+key+"text\n"+one, string(firstCertificate([]byte(broken+key+"text\n"+one+one))))
	assert.Nil(t, firstCertificate([]byte(broken+key+"text")))
	assert.Nil(t, firstCertificate(nil))
}
