package s3

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/core/internal/crc"
)

// verifies tells whether reads ask for a checksum: those of AWS, and of an
// endpoint that the user told to keep one.
func (b *backend) verifies() bool {
	return b.options.BaseEndpoint == nil || b.config.ChecksumAlgorithm != "" && b.config.ChecksumAlgorithm != "none"
}

// askForChecksum is not the field ChecksumMode: with it the SDK compares the
// bytes itself, but only up to where a body breaks off.
func askForChecksum(o *s3.Options) {
	o.APIOptions = append(o.APIOptions, smithyhttp.SetHeaderValue("X-Amz-Checksum-Mode", "ENABLED"))
}

// newHash makes one of the hashes behind [digestNames].
func newHash(name string) hash.Hash {
	switch name {
	case "sha256":
		return sha256.New()
	case "sha1":
		return sha1.New()
	}
	return crc.Algorithms[name].New()
}

// verifying is a body whose bytes are compared with a checksum, as soon as the
// last one came.
type verifying struct {
	driver.Body
	left int64
	want driver.Digest
	sum  hash.Hash
}

// verified returns the body of r as one that is compared, if there is a checksum
// of all that it gives.
func verified(r *driver.Reader) driver.Body {
	if r.Object.Digest == (driver.Digest{}) || r.Length != r.Object.Size {
		return r.Body
	}
	return &verifying{r.Body, r.Length, r.Object.Digest, newHash(r.Object.Digest.Algorithm)}
}

func (v *verifying) Read(ctx context.Context, p []byte) (int, error) {
	n, err := v.Body.Read(ctx, p)
	v.sum.Write(p[:n])
	if v.left -= int64(n); v.left > 0 || err != nil && err != io.EOF {
		return n, err
	}
	if hex.EncodeToString(v.sum.Sum(nil)) != v.want.Hex {
		err = errs.New(errs.Corrupt, "the bytes do not have the %s checksum that the endpoint sent", v.want.Algorithm)
	}
	return n, err
}
