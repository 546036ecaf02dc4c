package local

import (
	"context"
	"io"
	"os"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

// chunk is how much is read or written between two looks at the context.
const chunk = 8 << 20

// body reads the next left bytes of a file.
type body struct {
	file *os.File
	left int64
}

func (b *body) Read(ctx context.Context, p []byte) (int, error) {
	if b.left == 0 {
		return 0, io.EOF
	}
	if err := driver.Done(ctx); err != nil {
		return 0, err
	}
	n, err := b.file.Read(p[:min(int64(len(p)), b.left, chunk)])
	b.left -= int64(n)
	if err == io.EOF {
		return n, shrank()
	}
	return n, translate(err)
}

func (b *body) Close() error { return b.file.Close() }

// shrank says that a file became shorter after it was opened.
func shrank() *errs.Error {
	return errs.New(errs.Changed, "the object changed while it was read: it is shorter now")
}
