package fastlane

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

// Request is one request about an object, or with the key "" about the bucket.
type Request struct {
	Method  string
	Key     string
	Query   string   // in canonical form: escaped, and sorted by name
	Headers []Header // beside those of the route, in any order
	Body    []byte   // read until Send returns
	Payload string   // what is signed for Body; "" is its SHA-256
	// Sent is told how many bytes of Body have gone off, up to all of them, which are read no
	// more then; or nil.
	Sent func(n int)
}

// The values of X-Amz-Content-Sha256 that need no hash.
const (
	UnsignedPayload = "UNSIGNED-PAYLOAD"
	emptyPayload    = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
)

var errHeader = errors.New("a header has characters that are not sent as they are")

const (
	together   = 16 << 10    // bytes of a body that go off with the head
	askedFirst = 2 << 20     // bytes from which on the endpoint may refuse a body before it comes, as in the SDK
	answerWait = time.Second // for it to say so
)

// SentAtOnce is how many bytes of a body at most go off before Sent is told for the first time.
const SentAtOnce = 1 << 20

// Send sends a request, and reads the answer up to its body. The Answer is that of the
// connection: it holds until the Body is closed, or read to its end. An error closed the
// connection; whether the request was carried out is not known then.
func (r *Route) Send(ctx context.Context, keys *Keys, request *Request) (*Answer, *Body, error) {
	c, err := r.lane.connect(ctx)
	if err != nil {
		return nil, nil, err
	}
	c.begin(ctx, c.lane.Stall)
	body, err := c.exchange(ctx, r, keys, request)
	if !c.end() && err == nil {
		err = driver.Done(ctx)
	}
	if err != nil {
		c.drop()
		return nil, nil, err
	}
	return &c.answer, body, nil
}

func (c *conn) exchange(ctx context.Context, r *Route, keys *Keys, request *Request) (*Body, error) {
	err := c.format(r, keys, request)
	if err != nil {
		return nil, err
	}
	rest := request.Body
	if len(rest) <= together {
		c.out, rest = append(c.out, rest...), nil
	}
	if err = c.write(c.out); err == nil && len(rest) >= askedFirst {
		refusal, err := c.ask()
		if refusal != nil || err != nil {
			return refusal, err
		}
	}
	if err == nil {
		err = c.writeRest(request, rest)
	}
	if err == nil {
		driver.Pass(ctx, nil)
		return c.readHead(request.Method == "HEAD")
	}
	if _, ended := errors.AsType[*errs.Error](err); !ended && driver.Done(ctx) == nil {
		// It may have said why before it closed, or ceased to read.
		c.setStall(driver.InterruptEvery)
		if body, answerErr := c.readHead(false); answerErr == nil && c.answer.isRefusal() {
			body.keep = false
			return body, nil
		}
	}
	return nil, err
}

// writeRest writes what is left of the body of a request: in pieces, which grow where nobody
// could have looked between two of them: all of 256 KiB they cost a quarter more of CPU time.
func (c *conn) writeRest(request *Request, rest []byte) error {
	for atOnce := SentAtOnce; len(rest) > 0; {
		piece, begun := rest[:min(len(rest), atOnce)], time.Now()
		if err := c.write(piece); err != nil {
			return err
		}
		if time.Since(begun) < driver.InterruptEvery {
			atOnce *= 2
		}
		if rest = rest[len(piece):]; len(rest) > 0 && request.Sent != nil {
			request.Sent(len(request.Body) - len(rest))
		}
	}
	if request.Sent != nil {
		request.Sent(len(request.Body))
	}
	return nil
}

// ask waits for the endpoint to refuse a body. It need not answer, nor take it before
// the whole answer is there, which is a refusal.
func (c *conn) ask() (refusal *Body, err error) {
	c.setStall(answerWait)
	defer c.setStall(c.lane.Stall)
	_, err = c.in.Peek(1)
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return nil, nil
	}
	text, err := c.takeHead()
	if err == nil {
		err = c.answer.parse(text)
	}
	switch {
	case err != nil || c.answer.Status/100 == 1: // 100, or it works at the request
		return nil, err
	case !c.answer.isRefusal():
		return nil, &Malformed{"a success, before it had the body"}
	}
	return c.frame(false, false)
}

// isRefusal tells whether a may come before the body of its request has gone off.
func (a *Answer) isRefusal() bool { return a.Status >= 300 }

// format writes the head of a request into c.out.
func (c *conn) format(r *Route, keys *Keys, request *Request) error {
	if !request.IsPlain() {
		return errHeader
	}
	b := append(c.out[:0], request.Method...)
	b = append(b, ' ')
	path := len(b)
	b = append(b, cmp.Or(r.prefix, "/")...)
	b = appendEscaped(b, request.Key, &plainInPath)
	query := len(b)
	if request.Query != "" {
		b = append(b, '?')
		b = append(b, request.Query...)
	}
	end := len(b)
	b = append(b, " HTTP/1.1\r\n"...)
	b = appendHeader(b, "host", r.host)
	if len(request.Body) > 0 || request.Method == "PUT" {
		b = append(b, "Content-Length: "...)
		b = strconv.AppendInt(b, int64(len(request.Body)), 10)
		b = append(b, "\r\n"...)
	}
	if len(request.Body) >= askedFirst {
		b = appendHeader(b, "expect", "100-continue")
	}
	for _, h := range r.unsigned {
		b = appendHeader(b, h.Name, h.Value)
	}
	c.signed = append(c.signed[:0], Header{"host", r.host})
	c.signed = append(c.signed, r.signed...)
	c.signed = append(c.signed, request.Headers...)
	payload, date := request.Payload, ""
	if r.signer != nil {
		if payload == "" {
			payload = hashOf(request.Body)
		}
		date = r.signer.Date(time.Now().Add(r.skew))
		c.signed = append(c.signed, Header{"x-amz-content-sha256", payload}, Header{"x-amz-date", date})
		if keys.SessionToken != "" {
			c.signed = append(c.signed, Header{"x-amz-security-token", keys.SessionToken})
		}
		slices.SortFunc(c.signed, func(a, b Header) int { return strings.Compare(a.Name, b.Name) })
	}
	for _, h := range c.signed {
		if h.Name != "host" {
			b = appendHeader(b, h.Name, h.Value)
		}
	}
	if r.signer == nil {
		c.out = append(b, "\r\n"...)
		return nil
	}
	b = append(b, "Authorization: "...)
	line := b[path:end] // which b may leave behind, but nobody changes
	canonicalQuery := line[min(query-path+1, len(line)):]
	b, c.scratch = r.signer.AppendAuthorization(b, c.scratch, *keys, date, request.Method, line[:query-path], canonicalQuery, c.signed, payload)
	c.out = append(b, "\r\n\r\n"...)
	return nil
}

// appendHeader writes a name as most clients do, Content-Length: not all that speak HTTP
// compare it without regard to case.
func appendHeader(b []byte, name, value string) []byte {
	first := true
	for i := range len(name) {
		c := name[i]
		if first && 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		b = append(b, c)
		first = c == '-'
	}
	b = append(b, ": "...)
	b = append(b, value...)
	return append(b, "\r\n"...)
}

func hashOf(body []byte) string {
	if len(body) == 0 {
		return emptyPayload
	}
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// IsPlain tells whether a request can be sent: what HTTP would need an encoding for, or what
// is more than one line, is not.
func (r *Request) IsPlain() bool {
	for _, h := range r.Headers {
		if !isPlain(h.Value) {
			return false
		}
	}
	return true
}

// isPlain tells whether a value is sent and signed as it is: ASCII, in one line.
func isPlain(value string) bool {
	for i := range len(value) {
		if c := value[i]; c < ' ' || c > '~' {
			return false
		}
	}
	return true
}

// AppendQuery escapes a value of a query.
func AppendQuery(b []byte, value string) []byte { return appendEscaped(b, value, &plainInQuery) }

// appendEscaped escapes all that is not plain, as the SDK does.
func appendEscaped(b []byte, text string, plain *[256]bool) []byte {
	const upperHex = "0123456789ABCDEF"
	for i := range len(text) {
		if c := text[i]; plain[c] {
			b = append(b, c)
		} else {
			b = append(b, '%', upperHex[c>>4], upperHex[c&15])
		}
	}
	return b
}

const unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~" // RFC 3986, section 2.3

var plainInQuery, plainInPath = tableOf(unreserved), tableOf(unreserved + "/")

func tableOf(characters string) (table [256]bool) {
	for i := range len(characters) {
		table[characters[i]] = true
	}
	return table
}
