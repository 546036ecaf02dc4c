package s3

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

// Checksums are validated for AWS, so the client here is made by hand.
func TestChecksumThatDoesNotHoldIsCorrupt(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("x-amz-checksum-crc32", "AAAAAA==")
		w.Header().Set("Content-Length", "8")
		_, _ = io.WriteString(w, "damaged!")
	}))
	defer server.Close()
	b := &backend{bucket: "bucket", client: s3.New(s3.Options{
		BaseEndpoint:               &server.URL,
		Region:                     defaultRegion,
		UsePathStyle:               true,
		Credentials:                credentials.NewStaticCredentialsProvider("id", "secret", ""),
		ResponseChecksumValidation: aws.ResponseChecksumValidationWhenSupported,
	})}
	r, err := b.Get(context.Background(), "key", driver.GetOptions{})
	require.NoError(t, err)
	defer r.Body.Close()
	_, err = io.ReadAll(r.Body)
	assert.Equal(t, errs.Corrupt, errs.CodeOf(err), "%v", err)
}
