package s3

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core/driver"
)

// The memory that C passes to a put may be freed when the call returns. It is
// the SDK that sees to it; this is how we learn if it no longer does.

// lateReader is a transport that keeps the body of a request, as the writing
// goroutine of net/http does for a moment after a cancelled call.
type lateReader struct{ body io.Reader }

func (t *lateReader) RoundTrip(r *http.Request) (*http.Response, error) {
	t.body = r.Body
	return nil, errors.New("no answer")
}

func TestNobodyReadsTheCallersMemoryAfterAPut(t *testing.T) {
	values := map[string]string{"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret"}
	d, err := Open(Config{
		Bucket:   "bucket",
		Endpoint: "http://127.0.0.1:1",
		Getenv:   func(name string) string { return values[name] },
	})
	require.NoError(t, err)
	defer d.Close()
	late := &lateReader{}
	d.(*backend).http.Transport = late

	_, err = d.Put(context.Background(), "key", []byte("the caller's"), driver.PutOptions{Mode: driver.Overwrite})
	require.Error(t, err)
	data, _ := io.ReadAll(late.body)
	assert.Empty(t, data)
}
