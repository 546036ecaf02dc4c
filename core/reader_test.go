package core

import (
	"context"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

// canned has one object.
type canned struct {
	driver.Tree
	length int64
	body   io.Reader
}

func (canned) Name() string { return "canned" }

func (c canned) Get(context.Context, string, driver.GetOptions) (*driver.Reader, error) {
	return &driver.Reader{Object: driver.Object{Size: c.length}, Length: c.length, Body: driver.AtHand(c.body)}, nil
}

func reader(t *testing.T, length int64, body io.Reader) *Reader {
	r, err := newStore(canned{length: length, body: body}, "").Get(t.Context(), "a", GetOptions{})
	require.NoError(t, err)
	return r
}

// withLast returns err together with the last bytes, as a validating body does.
type withLast struct {
	text string
	err  error
}

func (r *withLast) Read(p []byte) (int, error) {
	n := copy(p, r.text)
	r.text = r.text[n:]
	if r.text == "" {
		return n, r.err
	}
	return n, nil
}

func TestReadIntoKeepsAnErrorThatComesWithTheLastBytes(t *testing.T) {
	corrupt := errs.New(errs.Corrupt, "the checksum does not hold")
	_, err := reader(t, 5, &withLast{"hello", corrupt}).ReadInto(make([]byte, 5))
	assert.Equal(t, errs.Corrupt, errs.CodeOf(err))
}

func TestReadIntoKeepsAnErrorBehindTheLastBytes(t *testing.T) {
	corrupt := errs.New(errs.Corrupt, "the checksum does not hold")
	body := io.MultiReader(strings.NewReader("hello"), iotest.ErrReader(corrupt))
	_, err := reader(t, 5, body).ReadInto(make([]byte, 5))
	assert.Equal(t, errs.Corrupt, errs.CodeOf(err))
}

func TestReadIntoTakesBodiesInAnyPieces(t *testing.T) {
	for name, body := range map[string]io.Reader{
		"at once":        strings.NewReader("hello"),
		"byte by byte":   iotest.OneByteReader(strings.NewReader("hello")),
		"EOF with bytes": &withLast{"hello", io.EOF},
	} {
		buf := make([]byte, 8)
		n, err := reader(t, 5, body).ReadInto(buf)
		require.NoError(t, err, name)
		assert.Equal(t, "hello", string(buf[:n]), name)
	}
}

func TestReadIntoRefusesWrongLengths(t *testing.T) {
	_, err := reader(t, 5, strings.NewReader("hell")).ReadInto(make([]byte, 5))
	assert.Equal(t, errs.Unavailable, errs.CodeOf(err), "too short: %v", err)
	_, err = reader(t, 5, strings.NewReader("hello!")).ReadInto(make([]byte, 5))
	assert.Equal(t, errs.Corrupt, errs.CodeOf(err), "too long: %v", err)
	_, err = reader(t, 5, strings.NewReader("hello")).ReadInto(make([]byte, 4))
	assert.Equal(t, errs.InvalidArgument, errs.CodeOf(err), "no room: %v", err)
}
