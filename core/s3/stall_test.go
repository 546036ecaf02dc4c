package s3

import (
	"encoding/pem"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

// A copy may be silent for longer than anything else, and only that.
func TestCopiesMayBeSilentForLonger(t *testing.T) {
	const timeout = 200 * time.Millisecond
	for _, tls := range []bool{false, true} {
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(3 * timeout)
			_, _ = w.Write([]byte(`<CopyObjectResult><ETag>"e"</ETag></CopyObjectResult>`))
		}))
		c := Config{
			Bucket:          "bucket",
			AccessKeyID:     "id",
			SecretAccessKey: "secret",
			Getenv:          func(string) string { return "" },
			ReadTimeout:     timeout,
			Retry:           driver.RetryPolicy{MaxAttempts: 1},
		}
		if tls {
			server.StartTLS()
			c.CABundle = filepath.Join(t.TempDir(), "ca.pem")
			block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
			require.NoError(t, os.WriteFile(c.CABundle, block, 0o600))
		} else {
			server.Start()
		}
		c.Endpoint = server.URL
		b, err := Open(c)
		require.NoError(t, err)
		require.NoError(t, b.Copy(t.Context(), "a", "b", driver.CopyOptions{Mode: driver.Overwrite}))
		_, err = b.Head(t.Context(), "a", driver.HeadOptions{}) // perhaps on the same connection
		assert.Equal(t, errs.Unavailable, errs.CodeOf(err), "%v", err)
		server.Close()
	}
}

func TestStallGuardWaitsAfterTheFirstByteAsEver(t *testing.T) {
	near, far := net.Pipe()
	defer far.Close()
	guard := newStallGuard(near, 50*time.Millisecond)
	guard.patient.Store(true)
	go func() {
		time.Sleep(100 * time.Millisecond)
		_, _ = far.Write([]byte("x"))
	}()
	p := make([]byte, 8)
	n, err := guard.Read(p)
	require.NoError(t, err)
	assert.Equal(t, 1, n)
	_, err = guard.Read(p)
	var timeout net.Error
	require.ErrorAs(t, err, &timeout)
	assert.True(t, timeout.Timeout())
}
