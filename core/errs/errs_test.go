package errs_test

import (
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/libremotestore/libremotestore/core/errs"
)

func TestCodesHaveNames(t *testing.T) {
	assert.Len(t, errs.Names, int(errs.End)+1)
	assert.Equal(t, "NOT_FOUND", errs.NotFound.String())
	assert.Equal(t, "END", errs.End.String())
	assert.Equal(t, "CODE_99", errs.Code(99).String())
}

func TestErrorTextAndCause(t *testing.T) {
	err := errs.Wrap(io.EOF, errs.NotFound, "no such object")
	err.Op, err.Path = "get", "a/b"
	assert.Equal(t, "NOT_FOUND: get a/b: no such object", err.Error())
	assert.ErrorIs(t, err, io.EOF)
}

func TestCodeOf(t *testing.T) {
	assert.Equal(t, errs.OK, errs.CodeOf(nil))
	assert.Equal(t, errs.Unknown, errs.CodeOf(io.EOF))
	wrapped := fmt.Errorf("outer: %w", errs.New(errs.Busy, "in use"))
	assert.Equal(t, errs.Busy, errs.CodeOf(wrapped))
}
