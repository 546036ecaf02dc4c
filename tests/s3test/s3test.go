// Package s3test gives Go tests a real S3 server: tests/servers/serve.py.
package s3test

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core"
)

// Server is a running server, or the endpoint that the environment names.
type Server struct {
	Target string // "versitygw", "moto", "minio", ... or "custom"
	env    map[string]string
}

// Start starts the target, with flags of its own ("--name=value"); it stops
// with the test.
func Start(t *testing.T, target string, flags ...string) *Server {
	t.Helper()
	_, here, _, _ := runtime.Caller(0)
	script := filepath.Join(filepath.Dir(here), "..", "servers", "serve.py")
	cmd := exec.Command("python3", append([]string{script, target}, flags...)...)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe() // its end stops the server, also if this process dies
	require.NoError(t, err)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		stdin.Close()
		_ = cmd.Wait()
	})
	s := &Server{env: map[string]string{}}
	for lines := bufio.NewScanner(stdout); lines.Scan() && lines.Text() != ""; {
		name, value, _ := strings.Cut(lines.Text(), "=")
		s.env[name] = value
	}
	s.Target = s.env["REMOTESTORE_TEST_S3_TARGET"]
	require.NotEmpty(t, s.Target, "%s did not start", target)
	return s
}

// Getenv is the environment in which the server is found.
func (s *Server) Getenv(name string) string {
	if value, ok := s.env[name]; ok {
		return value
	}
	return os.Getenv(name)
}

// TLS trusts the server, if it is behind TLS with a certificate of its own.
func (s *Server) TLS() *tls.Config {
	pem, err := os.ReadFile(s.Getenv("AWS_CA_BUNDLE"))
	if err != nil {
		return nil
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	return &tls.Config{RootCAs: roots}
}

// URL is the place below the test URL that the parts name.
func (s *Server) URL(parts ...string) string {
	return strings.Join(append([]string{strings.TrimSuffix(s.env["REMOTESTORE_TEST_S3_URL"], "/")}, parts...), "/")
}

// Options opens stores on the server.
func (s *Server) Options() *core.Options { return &core.Options{Getenv: s.Getenv} }

// Place is a part of the bucket that a test has for itself.
type Place struct {
	URL    string // opens a store on it
	Bucket string
	Prefix string // of its keys in the bucket, with a '/' at the end
}

// Place makes a place below the test URL. It is emptied with the test, and
// nothing else is: the bucket may be somebody's own.
func (s *Server) Place(t *testing.T) Place {
	t.Helper()
	place := Place{URL: s.URL(rand.Text())}
	u, err := url.Parse(place.URL)
	require.NoError(t, err)
	place.Bucket, place.Prefix = u.Host, strings.TrimPrefix(u.Path, "/")+"/"
	t.Cleanup(func() { s.empty(t, place) })
	return place
}

// Store opens a store on a place of its own.
func (s *Server) Store(t *testing.T) *core.Store {
	t.Helper()
	store, err := core.Open(s.Place(t).URL, s.Options())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	return store
}

func (s *Server) empty(t *testing.T, place Place) {
	ctx := context.Background()
	store, err := core.Open(place.URL, s.Options())
	require.NoError(t, err)
	defer store.Close()
	paths, err := List(ctx, store, "", core.ListOptions{Recursive: true})
	require.NoError(t, err)
	for _, path := range paths { // as it was listed: no path may be able to name it
		require.NoError(t, store.Raw().Delete(ctx, path, core.DeleteOptions{MissingOK: true}))
	}
}

// List returns the paths of a listing; that of a folder ends with '/'.
func List(ctx context.Context, store *core.Store, folder string, o core.ListOptions) ([]string, error) {
	pages, err := store.List(folder, o)
	if err != nil {
		return nil, err
	}
	paths := []string{}
	for {
		page, err := pages.Next(ctx)
		if err == io.EOF {
			return paths, nil
		}
		if err != nil {
			return nil, err
		}
		for _, info := range page {
			if info.Folder {
				info.Path += "/"
			}
			paths = append(paths, info.Path)
		}
	}
}
