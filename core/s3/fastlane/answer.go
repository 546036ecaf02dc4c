package fastlane

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http/httputil"
	"strconv"
	"strings"

	"github.com/libremotestore/libremotestore/core/driver"
)

// Answer is what came for a request. It is used again: once its body is closed, or read
// to the end, only the texts that were taken out of it stay.
type Answer struct {
	Status int
	Length int64 // of the body; -1 if that is not known before its end
	Fields []Header
	old    bool // HTTP/1.0
}

// Get is the first field with a name, which is in lower case, or "".
func (a *Answer) Get(name string) string {
	value, _ := a.Look(name)
	return value
}

// Look tells also whether there is one.
func (a *Answer) Look(name string) (string, bool) {
	for i := range a.Fields {
		if f := &a.Fields[i]; len(f.Name) == len(name) && strings.EqualFold(f.Name, name) {
			return f.Value, true
		}
	}
	return "", false
}

// Malformed is an answer that is none of HTTP/1.1, or one that this package does not
// read, such as one with two lengths. Its connection is closed.
type Malformed struct{ What string }

func (e *Malformed) Error() string { return "malformed answer: " + e.What }

const (
	maxFields  = 100
	maxInterim = 8 // answers of status 1xx before the one that counts
)

// readHead reads an answer up to its body. The texts of all fields are one allocation:
// they are given away.
func (c *conn) readHead(head bool) (body *Body, err error) {
	for range maxInterim {
		text, err := c.takeHead()
		if err != nil {
			return nil, err
		}
		if err = c.answer.parse(text); err != nil {
			return nil, err
		}
		if c.answer.Status/100 != 1 {
			return c.frame(head, !c.answer.old)
		}
	}
	return nil, &Malformed{"too many interim answers"}
}

// takeHead takes the text up to an empty line from the connection.
func (c *conn) takeHead() (string, error) {
	looked := 0
	for {
		text, _ := c.in.Peek(c.in.Buffered())
		if end := bytes.Index(text[max(looked-3, 0):], []byte("\r\n\r\n")); end >= 0 {
			end += max(looked-3, 0) + 2
			head := string(text[:end])
			_, err := c.in.Discard(end + 2)
			return head, err
		}
		if looked = len(text); looked == c.in.Size() {
			return "", &Malformed{"its head is too long"}
		}
		if _, err := c.in.Peek(looked + 1); err != nil {
			if err == io.EOF && looked > 0 {
				err = io.ErrUnexpectedEOF
			}
			return "", err
		}
	}
}

// parse reads the head of an answer, as RFC 9112, sections 4 and 5, has it, without what
// is obsolete.
func (a *Answer) parse(text string) error {
	line, rest, _ := strings.Cut(text, "\r\n")
	if err := a.parseStatus(line); err != nil {
		return err
	}
	a.Fields = a.Fields[:0]
	for rest != "" {
		line, rest, _ = strings.Cut(rest, "\r\n")
		name, value, found := strings.Cut(line, ":")
		value = strings.Trim(value, " \t")
		if !found || !isToken(name) || !isValue(value) {
			return &Malformed{"a line of its head"}
		}
		if len(a.Fields) == maxFields {
			return &Malformed{"too many fields"}
		}
		a.Fields = append(a.Fields, Header{name, value})
	}
	return nil
}

func (a *Answer) parseStatus(line string) error {
	version, status, _ := strings.Cut(line, " ")
	status, _, _ = strings.Cut(status, " ")
	if (version != "HTTP/1.1" && version != "HTTP/1.0") || len(status) != 3 || !isValue(line) {
		return &Malformed{"its first line"}
	}
	code, err := strconv.ParseUint(status, 10, 16) // digits, and no sign
	a.Status = int(code)
	switch {
	case err != nil || a.Status < 100:
		return &Malformed{"its status"}
	case a.Status == 101:
		return &Malformed{"another protocol, which was not asked for"}
	}
	a.old = version == "HTTP/1.0"
	return nil
}

// frame finds out where the body ends (RFC 9112, section 6.3), and whether the connection,
// if it may be kept at all, stays open behind it.
func (c *conn) frame(head, keep bool) (*Body, error) {
	a := &c.answer
	length, lengths, coding, codings := "", 0, "", 0
	for _, f := range a.Fields {
		switch len(f.Name) {
		case len("content-length"):
			if strings.EqualFold(f.Name, "content-length") {
				length, lengths = f.Value, lengths+1
			}
		case len("connection"):
			if strings.EqualFold(f.Name, "connection") && !strings.EqualFold(f.Value, "keep-alive") {
				keep = false
			}
		case len("transfer-encoding"):
			if strings.EqualFold(f.Name, "transfer-encoding") {
				coding, codings = f.Value, codings+1
			}
		}
	}
	b := &Body{conn: c, keep: keep}
	switch {
	case lengths > 1 || codings > 1 || lengths > 0 && codings > 0:
		return nil, &Malformed{"it says twice how long it is"}
	case codings > 0 && (a.old || !strings.EqualFold(coding, "chunked")):
		return nil, &Malformed{"a transfer coding that nobody asked for"}
	case lengths > 0:
		var err error
		if a.Length, err = parseLength(length); err != nil {
			return nil, err
		}
		b.left = a.Length
	default:
		a.Length, b.left = -1, -1
	}
	switch {
	case head || a.Status == 204 || a.Status == 304:
		b.left = 0
	case codings > 0:
		b.chunks = httputil.NewChunkedReader(c.in)
	case b.left < 0:
		b.keep = false // it ends with the connection
	}
	return b, nil
}

func parseLength(text string) (int64, error) {
	n, err := strconv.ParseUint(text, 10, 63) // digits, and no sign
	if err != nil || len(text) > 18 {
		return 0, &Malformed{"its length"}
	}
	return int64(n), nil
}

// isToken tells whether text can be the name of a field.
func isToken(text string) bool {
	for i := range len(text) {
		c := text[i]
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`"(),/:;<=>?@[\]{}`, c) >= 0 {
			return false
		}
	}
	return text != ""
}

// isValue tells whether text can be the value of a field.
func isValue(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// Body is the body of an answer. It is a driver.Body. It holds a connection until its
// last byte was read, or it is closed.
type Body struct {
	conn   *conn     // nil when it is over
	left   int64     // bytes; -1 is up to the end, of chunks or of the connection
	chunks io.Reader // nil if it is in one piece
	keep   bool      // the connection may be used for another request
	ended  error
}

var errClosed = errors.New("the body is closed")

// Read gives an error that is no io.EOF where the body breaks off.
func (b *Body) Read(ctx context.Context, p []byte) (n int, err error) {
	if b.conn == nil {
		return 0, b.ended
	}
	b.conn.begin(ctx, b.conn.lane.Stall)
	if b.left != 0 {
		n, err = b.read(p)
	}
	if b.left == 0 && err == nil {
		err = io.EOF
	}
	if !b.conn.end() && (err == nil || err == io.EOF) {
		err = driver.Done(ctx)
	}
	if err != nil {
		b.over(err)
	}
	if n > 0 && err == io.EOF {
		return n, nil // it comes again
	}
	return n, err
}

func (b *Body) read(p []byte) (n int, err error) {
	switch {
	case b.chunks != nil:
		n, err = b.chunks.Read(p)
		if err == io.EOF {
			b.left, b.keep = 0, b.keep && b.conn.endsHere()
		}
	case b.left < 0:
		n, err = b.conn.in.Read(p)
	default:
		most := min(int64(len(p)), b.left)
		if most == b.left && most >= bufferSize {
			most-- // the last byte comes by way of the buffer, where over sees what is behind it
		}
		n, err = b.conn.in.Read(p[:most])
		b.left -= int64(n)
		if err == io.EOF && b.left > 0 {
			err = io.ErrUnexpectedEOF
		}
	}
	return n, err
}

// endsHere tells whether chunks end without a trailer, which S3 does not send.
func (c *conn) endsHere() bool {
	line, err := c.in.Peek(2)
	if err != nil || string(line) != "\r\n" {
		return false
	}
	_, err = c.in.Discard(2)
	return err == nil
}

// over gives the connection back, or closes it if anything is in doubt.
func (b *Body) over(err error) {
	c := b.conn
	b.conn, b.ended = nil, err
	if err == io.EOF && b.keep && b.left == 0 && c.isDry() {
		c.pool.put(c)
	} else {
		c.drop()
	}
}

// Close may come before the end: then the connection is lost.
func (b *Body) Close() error {
	if b.conn == nil {
		return nil
	}
	if b.left == 0 && b.chunks == nil {
		b.over(io.EOF)
	} else {
		b.over(errClosed)
	}
	b.ended = errClosed
	return nil
}
