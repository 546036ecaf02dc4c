package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strconv"
)

type noBody struct{}

func (noBody) Read([]byte) (int, error) { return 0, io.EOF }

// sized is a body of so many bytes.
type sized struct {
	in   *bufio.Reader
	left int64
}

func (s *sized) Read(p []byte) (int, error) {
	if s.left == 0 {
		return 0, io.EOF
	}
	n, err := s.in.Read(p[:min(int64(len(p)), s.left)])
	s.left -= int64(n)
	return n, eof(err, false)
}

// asked says 100-continue before the first byte of a body is taken.
type asked struct {
	conn *conn
	body io.Reader
	said bool
}

func (a *asked) Read(p []byte) (int, error) {
	if !a.said {
		a.said = true
		if _, err := a.conn.Write([]byte("HTTP/1.1 100 Continue\r\n\r\n")); err != nil {
			return 0, err
		}
	}
	return a.body.Read(p)
}

// chunks takes the chunks of HTTP and of aws-chunked, which differ in what is behind
// the size of one, and the trailer, of which nothing is checked.
type chunks struct {
	in   *bufio.Reader
	left int64
	over bool
}

func (c *chunks) Read(p []byte) (int, error) {
	if c.over {
		return 0, io.EOF
	}
	if c.left == 0 {
		if err := c.next(); err != nil || c.over {
			return 0, eof(err, c.over)
		}
	}
	n, err := c.in.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	if c.left == 0 && err == nil {
		_, err = c.in.Discard(len("\r\n"))
	}
	return n, eof(err, false)
}

// next takes the head of a chunk; that of 0 bytes is the last one.
func (c *chunks) next() error {
	line, err := c.in.ReadSlice('\n')
	if err != nil {
		return err
	}
	size, _, _ := bytes.Cut(bytes.TrimRight(line, "\r\n"), []byte(";"))
	if c.left, err = strconv.ParseInt(string(size), 16, 64); err != nil {
		return fmt.Errorf("%q begins no chunk", line)
	}
	for c.left == 0 && !c.over {
		if line, err = c.in.ReadSlice('\n'); err != nil {
			return err
		}
		c.over = len(bytes.TrimRight(line, "\r\n")) == 0
	}
	return nil
}

// eof is the end where the body is over, and an error where it breaks off.
func eof(err error, over bool) error {
	switch {
	case over:
		return io.EOF
	case err == io.EOF:
		return io.ErrUnexpectedEOF
	default:
		return err
	}
}
