package s3

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"io"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

// verifies tells whether reads ask for a checksum: those of AWS, and of an
// endpoint that the user told to keep one.
func (b *backend) verifies() bool {
	return b.client.Options().BaseEndpoint == nil || b.config.ChecksumAlgorithm != "" && b.config.ChecksumAlgorithm != "none"
}

// askForChecksum is not the field ChecksumMode: with it the SDK compares the
// bytes itself, but only up to where a body breaks off.
func askForChecksum(o *s3.Options) {
	o.APIOptions = append(o.APIOptions, smithyhttp.SetHeaderValue("X-Amz-Checksum-Mode", "ENABLED"))
}

// newHash are the hashes behind [digestNames].
var newHash = map[string]func() hash.Hash{
	"sha256":    sha256.New,
	"crc64nvme": func() hash.Hash { return crc64.New(crc64NVME) },
	"crc32c":    func() hash.Hash { return crc32.New(crc32.MakeTable(crc32.Castagnoli)) },
	"crc32":     func() hash.Hash { return crc32.NewIEEE() },
	"sha1":      sha1.New,
}

var crc64NVME = crc64.MakeTable(0x9a6c9329ac4bc9b5)

// verifying is a body whose bytes are compared with a checksum, as soon as the
// last one came.
type verifying struct {
	io.ReadCloser
	left int64
	want driver.Digest
	sum  hash.Hash
}

// verified returns the body of r as one that is compared, if there is a checksum
// of all that it gives.
func verified(r *driver.Reader) io.ReadCloser {
	if r.Object.Digest == (driver.Digest{}) || r.Length != r.Object.Size {
		return r.Body
	}
	return &verifying{r.Body, r.Length, r.Object.Digest, newHash[r.Object.Digest.Algorithm]()}
}

func (v *verifying) Read(p []byte) (int, error) {
	n, err := v.ReadCloser.Read(p)
	v.sum.Write(p[:n])
	if v.left -= int64(n); v.left > 0 || err != nil && err != io.EOF {
		return n, err
	}
	if hex.EncodeToString(v.sum.Sum(nil)) != v.want.Hex {
		err = errs.New(errs.Corrupt, "the bytes do not have the %s checksum that the endpoint sent", v.want.Algorithm)
	}
	return n, err
}
