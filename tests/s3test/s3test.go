// Package s3test gives Go tests a real S3 server: tests/servers/serve.py.
package s3test

import (
	"bufio"
	"context"
	"crypto/rand"
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
	Target string // "versitygw", "moto" or "custom"
	env    map[string]string
}

// Start starts the target; it stops with the test.
func Start(t *testing.T, target string) *Server {
	t.Helper()
	_, here, _, _ := runtime.Caller(0)
	script := filepath.Join(filepath.Dir(here), "..", "servers", "serve.py")
	cmd := exec.Command("python3", script, target)
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

// URL is the place below the test URL that the parts name.
func (s *Server) URL(parts ...string) string {
	return strings.Join(append([]string{strings.TrimSuffix(s.env["REMOTESTORE_TEST_S3_URL"], "/")}, parts...), "/")
}

// Options opens stores on the server.
func (s *Server) Options() *core.Options { return &core.Options{Getenv: s.Getenv} }

// Store opens a store below a random prefix, which is removed with the test.
func (s *Server) Store(t *testing.T) *core.Store {
	t.Helper()
	store, err := core.Open(s.URL(rand.Text()), s.Options())
	require.NoError(t, err)
	t.Cleanup(func() {
		Empty(t, store)
		require.NoError(t, store.Close())
	})
	return store
}

// Empty deletes every object of a store.
func Empty(t *testing.T, store *core.Store) {
	t.Helper()
	ctx := context.Background()
	pages, err := store.List("", core.ListOptions{Recursive: true})
	require.NoError(t, err)
	for page, err := pages.Next(ctx); err == nil; page, err = pages.Next(ctx) {
		for _, info := range page {
			if err := store.Delete(ctx, info.Path); err != nil {
				t.Logf("left behind: %v", err)
			}
		}
	}
}
