package s3

import (
	"bytes"
	"io"
	"strings"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

// body names the one error that the Store cannot: a checksum that does not
// hold, for which the SDK has no exported error.
type body struct{ io.ReadCloser }

func (b body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && strings.Contains(err.Error(), "checksum did not match") {
		err = errs.Wrap(err, errs.Corrupt, "the bytes do not have the checksum that the endpoint sent: %s", oneLine(err))
	}
	return n, err
}

// maxUnknownLength bounds what is read into memory of a body without a length.
const maxUnknownLength = 1 << 30

// readAll finds out the length of a body by reading it.
func readAll(r *driver.Reader) error {
	defer r.Body.Close()
	data, err := io.ReadAll(io.LimitReader(r.Body, maxUnknownLength+1))
	if err != nil {
		return driver.BrokenOff(err, int64(len(data)), -1)
	}
	if len(data) > maxUnknownLength {
		return errs.New(errs.NotSupported, "the endpoint sent no Content-Length and more than %d bytes", maxUnknownLength)
	}
	r.Object.Size, r.Length = int64(len(data)), int64(len(data))
	r.Body = io.NopCloser(bytes.NewReader(data))
	return nil
}
