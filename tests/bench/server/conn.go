package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"strconv"
	"strings"
	"time"
)

// oneWrite is what an answer may have to be sent by one call.
const oneWrite = 64 << 10

// conn serves one connection: HTTP/1.1 as S3's clients speak it.
type conn struct {
	net.Conn
	store *store
	in    *bufio.Reader
	out   []byte
	trash []byte
	request
}

// request is what is needed of the head of one.
type request struct {
	method      string
	target      []byte
	key, query  string
	length      int64 // of the body, encoded
	chunked     bool  // by HTTP
	awsChunked  bool
	expects     bool // 100-continue
	signed      bool
	last        bool // on this connection
	copies      bool
	ifMatch     string
	ifNoneMatch string
	first, end  int64 // the range, and -1 for what is not said
	ranged      bool
	body        io.Reader
}

func newConn(s *store, c net.Conn) *conn {
	return &conn{Conn: c, store: s, in: bufio.NewReaderSize(c, 64<<10)}
}

func (c *conn) serve() {
	defer c.Close()
	for !c.last {
		if err := c.read(); err != nil {
			if !errors.Is(err, io.EOF) && !errors.Is(err, net.ErrClosed) && !isReset(err) {
				log.Print("a request: ", err)
			}
			return
		}
		c.out = c.out[:0]
		content, err := c.answer()
		if err == nil {
			_, err = c.drain()
		}
		if err == nil {
			err = c.send(content)
		}
		if err != nil {
			if !isReset(err) {
				log.Print(c.method, " ", string(c.target), ": ", err)
			}
			return
		}
	}
}

func isReset(err error) bool {
	var op *net.OpError
	return errors.As(err, &op)
}

// read takes the head of a request.
func (c *conn) read() error {
	line, err := c.line()
	if err != nil {
		return err
	}
	method, rest, _ := bytes.Cut(line, []byte(" "))
	target, version, _ := bytes.Cut(rest, []byte(" "))
	if string(version) != "HTTP/1.1" {
		return fmt.Errorf("%q is no request of HTTP/1.1", line)
	}
	c.request = request{target: append(c.target[:0], target...), method: methods[string(method)], end: -1}
	for {
		line, err := c.line()
		if err != nil {
			return err
		}
		if len(line) == 0 {
			break
		}
		name, value, found := bytes.Cut(line, []byte(":"))
		if !found {
			return fmt.Errorf("%q is no header", line)
		}
		if err := c.header(lower(name), bytes.TrimSpace(value)); err != nil {
			return err
		}
	}
	c.body = c.reader()
	return nil
}

var methods = map[string]string{"GET": "GET", "HEAD": "HEAD", "PUT": "PUT", "POST": "POST", "DELETE": "DELETE"}

func (c *conn) line() ([]byte, error) {
	line, err := c.in.ReadSlice('\n')
	return bytes.TrimRight(line, "\r\n"), err
}

// lower makes the letters of a header's name small ones, in place.
func lower(name []byte) []byte {
	for i, letter := range name {
		if 'A' <= letter && letter <= 'Z' {
			name[i] = letter | 0x20
		}
	}
	return name
}

func (c *conn) header(name, value []byte) (err error) {
	switch string(name) {
	case "content-length":
		c.length, err = strconv.ParseInt(string(value), 10, 64)
	case "transfer-encoding":
		c.chunked = string(value) == "chunked"
	case "content-encoding":
		c.awsChunked = c.awsChunked || bytes.Contains(value, []byte("aws-chunked"))
	case "x-amz-content-sha256":
		c.awsChunked = c.awsChunked || bytes.HasPrefix(value, []byte("STREAMING-"))
	case "expect":
		c.expects = string(value) == "100-continue"
	case "authorization":
		c.signed = bytes.HasPrefix(value, []byte("AWS4-HMAC-SHA256 "))
	case "connection":
		c.last = bytes.EqualFold(value, []byte("close"))
	case "x-amz-copy-source":
		c.copies = true
	case "if-match":
		c.ifMatch = string(value)
	case "if-none-match":
		c.ifNoneMatch = string(value)
	case "range":
		first, end, found := strings.Cut(strings.TrimPrefix(string(value), "bytes="), "-")
		c.ranged, c.first, c.end = found, number(first), number(end)
	}
	return err
}

func number(s string) int64 {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n
	}
	return -1
}

// reader gives the decoded body.
func (c *conn) reader() io.Reader {
	var body io.Reader = &sized{in: c.in, left: c.length}
	switch {
	case c.chunked:
		body = &chunks{in: c.in}
	case c.length == 0:
		return noBody{}
	}
	if c.expects {
		body = &asked{conn: c, body: body}
	}
	if c.awsChunked {
		body = &chunks{in: bufio.NewReader(body)}
	}
	return body
}

// drain takes what is left of the body, and counts it.
func (c *conn) drain() (size int64, err error) {
	if c.trash == nil {
		c.trash = make([]byte, 256<<10)
	}
	for err == nil {
		var n int
		n, err = c.body.Read(c.trash)
		size += int64(n)
	}
	if err == io.EOF {
		err = nil
	}
	return size, err
}

// head begins an answer: what S3 says in all of them, but for the length.
func (c *conn) head(status string) {
	c.out = append(c.out, "HTTP/1.1 "...)
	c.out = append(c.out, status...)
	c.out = append(c.out, "\r\nx-amz-id-2: J1m9hSTbY8xCPeSq0QsVXIJXPWGBEIU3kAhr8SJyqEKZ0wd9kNJbPNVO2+H0C0zOT5tg1QyGgUo=\r\n"+
		"x-amz-request-id: 4BENCH0000000001\r\nServer: AmazonS3\r\nDate: "...)
	c.out = time.Now().UTC().AppendFormat(c.out, "Mon, 02 Jan 2006 15:04:05 GMT")
	c.out = append(c.out, "\r\n"...)
}

func (c *conn) field(name, value string) {
	c.out = append(append(append(append(c.out, name...), ": "...), value...), "\r\n"...)
}

func (c *conn) size(n int64) {
	c.out = append(strconv.AppendInt(append(c.out, "Content-Length: "...), n, 10), "\r\n"...)
}

// send ends the head and sends the answer.
func (c *conn) send(content []byte) error {
	c.out = append(c.out, "\r\n"...)
	if len(c.out)+len(content) <= oneWrite {
		c.out = append(c.out, content...)
		_, err := c.Write(c.out)
		return err
	}
	_, err := (&net.Buffers{c.out, content}).WriteTo(c.Conn)
	return err
}
