package s3

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/core/internal/safego"
)

// opened is what get makes, as one piece of memory.
type opened struct {
	driver.Reader
	body body
}

// get opens an object by so many requests at most.
func (b *backend) get(ctx context.Context, key string, o driver.GetOptions, attempts int) (*driver.Reader, error) {
	call := b.begin(ctx)
	verify := o.Verify || b.verifies()
	found, stream, err := b.getObject(call, key, o, attempts, verify)
	if err != nil {
		return nil, ofVersion(o.VersionID, call.fail(err))
	}
	opened := &opened{Reader: driver.Reader{Object: found.object(key), Length: found.length, Body: stream}}
	reader := &opened.Reader
	if err := o.Check(reader.Object); err != nil {
		reader.Body.Close()
		return nil, err
	}
	if found.length < 0 { // a chunked answer, which S3 itself never gives
		if err := readAll(ctx, reader); err != nil {
			return nil, err
		}
	}
	if found.contentRange != "" {
		reader.Offset, reader.Object.Size, err = checkContentRange(found.contentRange, o.Range, reader.Length)
	} else if !o.Range.Whole() && reader.Length == 0 { // RFC 9110, section 14.1.2: a suffix of it may be ignored
		_, _, err = o.Range.Resolve(0)
	} else if !o.Range.Whole() {
		err = answerIgnoredRange()
	}
	if err != nil {
		reader.Body.Close()
		return nil, err
	}
	if verify && reader.Length == reader.Object.Size { // else it may be that of a part
		reader.Object.Digest = found.digest()
	}
	if found.length < 0 {
		return reader, nil
	}
	opened.body = body{
		backend:  b,
		key:      key,
		etag:     found.etag,
		stream:   stream,
		version:  o.VersionID,
		next:     reader.Offset,
		end:      reader.Offset + reader.Length,
		attempts: attempts - call.sent + 1,
		begun:    call.begun,
	}
	reader.Body = &opened.body
	return reader, nil
}

func (b *backend) getObject(call *call, key string, o driver.GetOptions, attempts int, verify bool) (described, driver.Body, error) {
	if found, body, err := b.lane.getObject(call, key, o, verify); err != errSDK {
		return found, body, err
	}
	return b.getBySDK(call, key, o, attempts, verify)
}

func (b *backend) getBySDK(call *call, key string, o driver.GetOptions, attempts int, verify bool) (
	found described, body driver.Body, err error) {
	conditions := inRequest(o.Conditions)
	input := &s3.GetObjectInput{
		Bucket:            &b.bucket,
		Key:               &key,
		Range:             given(rangeHeader(o.Range)),
		IfMatch:           given(conditions.IfMatch),
		IfNoneMatch:       given(conditions.IfNoneMatch),
		IfModifiedSince:   givenTime(conditions.IfModifiedSince),
		IfUnmodifiedSince: givenTime(conditions.IfUnmodifiedSince),
		VersionId:         given(o.VersionID),
	}
	options := func(o *s3.Options) {
		o.RetryMaxAttempts = attempts
		if verify {
			askForChecksum(o)
		}
	}
	err = call.apart(func() error {
		stream := newStream(call.ctx)
		stop := stream.during(call.ctx)
		defer stop()
		out, err := b.client.GetObject(stream.ctx, input, options)
		if err != nil {
			stream.cancel(nil)
			return err
		}
		stream.ReadCloser = out.Body
		found, body = describedByGet(out), stream
		return nil
	})
	return found, body, err
}

// stream is an answer that the SDK has opened. Its context lives as long as it does,
// and so longer than that of the call that asked.
type stream struct {
	io.ReadCloser
	ctx    context.Context
	cancel context.CancelCauseFunc
}

func newStream(ctx context.Context) *stream {
	s := &stream{}
	s.ctx, s.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	return s
}

// during lets the stream end with ctx until the function that it returns is
// called, which tells whether it did not.
func (s *stream) during(ctx context.Context) (stop func() bool) {
	if ctx.Done() == nil { // it never ends
		return func() bool { return true }
	}
	return context.AfterFunc(ctx, func() { s.cancel(context.Cause(ctx)) })
}

// Read fills p for the thread of a host, which waits once.
func (s *stream) Read(ctx context.Context, p []byte) (n int, err error) {
	if driver.CallerOf(ctx) == nil {
		return s.read(ctx, p)
	}
	err = safego.Apart(ctx, func(ctx context.Context) error {
		for n < len(p) && err == nil {
			m := 0
			m, err = s.read(ctx, p[n:])
			n += m
		}
		return err
	})
	return n, err
}

func (s *stream) read(ctx context.Context, p []byte) (int, error) {
	stop := s.during(ctx)
	n, err := s.ReadCloser.Read(p)
	if !stop() {
		err = driver.Done(ctx)
	}
	return n, err
}

func (s *stream) Close() error {
	defer s.cancel(nil)
	return s.ReadCloser.Close()
}

// rangeHeader writes r as RFC 9110, section 14.1.2, has it; "" is all.
func rangeHeader(r driver.Range) string {
	if r.Whole() {
		return ""
	}
	h := append(make([]byte, 0, len("bytes=-")+2*len("9223372036854775807")), "bytes="...)
	if r.Suffix > 0 {
		return string(strconv.AppendInt(append(h, '-'), r.Suffix, 10))
	}
	h = append(strconv.AppendInt(h, r.Offset, 10), '-')
	if r.Length > 0 && r.Length <= math.MaxInt64-r.Offset { // else the end would overflow
		h = strconv.AppendInt(h, r.Offset+r.Length-1, 10)
	}
	return string(h)
}

// body goes on where a connection broke off, as long as the object is the
// same and there are attempts left.
type body struct {
	backend   *backend
	key, etag string
	version   string // that was asked for
	stream    driver.Body
	next, end int64     // in the object: the byte that comes next, and that behind the last
	attempts  int       // requests that may bring it on, the present one included
	since     int64     // bytes that came since the last failure
	begun     time.Time // the first of those requests
}

// progress is how many bytes win back the attempts that were lost before
// them: a long download may meet more faults than one request.
const progress = 8 << 20

func (b *body) Read(ctx context.Context, p []byte) (int, error) {
	n, err := b.stream.Read(ctx, p)
	b.next += int64(n)
	if b.since += int64(n); b.since >= progress {
		b.attempts, b.since, b.begun = b.backend.config.Retry.MaxAttempts, 0, time.Now()
	}
	switch code := errs.CodeOf(err); {
	case err == nil, err == io.EOF && b.next == b.end, driver.Done(ctx) != nil:
		return n, err
	case code == errs.Cancelled, code == errs.Deadline: // by who is asked once
		return n, err
	case b.next >= b.end:
		return n, err
	}
	b.attempts--
	policy := b.backend.config.Retry
	wait := policy.Delay(policy.MaxAttempts-b.attempts, 0)
	if b.attempts <= 0 || b.etag == "" || policy.TooLate(b.begun, wait) {
		return n, err
	}
	return n, b.resume(ctx, err, wait)
}

// resume asks for the rest, after the body broke off with cause.
func (b *body) resume(ctx context.Context, cause error, wait time.Duration) error {
	if err := safego.Apart(ctx, func(ctx context.Context) error { return pause(ctx, wait) }); err != nil {
		return err
	}
	b.stream.Close()
	rest, err := b.backend.get(ctx, b.key, driver.GetOptions{
		Range:      driver.Range{Offset: b.next, Length: b.end - b.next},
		Conditions: driver.Conditions{IfMatch: b.etag},
		VersionID:  b.version,
	}, b.attempts)
	if err != nil {
		err = driver.Changed(err)
		b.stream = driver.AtHand(failed{err})
		return err
	}
	again, ok := rest.Body.(*body)
	if !ok || rest.Length != b.end-b.next {
		rest.Body.Close()
		return errors.Join(cause, notS3())
	}
	b.stream, b.attempts, b.since = again.stream, again.attempts, 0
	return nil
}

func (b *body) Close() error { return b.stream.Close() }

// failed is a stream that has nothing but its error.
type failed struct{ err error }

func (f failed) Read([]byte) (int, error) { return 0, f.err }

// maxUnknownLength bounds what is read into memory of a body without a length.
const maxUnknownLength = 1 << 30

// readAll finds out the length of a body by reading it.
func readAll(ctx context.Context, r *driver.Reader) error {
	defer r.Body.Close()
	data, err := io.ReadAll(io.LimitReader(driver.Reading(ctx, r.Body), maxUnknownLength+1))
	if err != nil {
		return driver.BrokenOff(err, int64(len(data)), -1)
	}
	if len(data) > maxUnknownLength {
		return errs.New(errs.NotSupported, "the endpoint sent no Content-Length and more than %d bytes", maxUnknownLength)
	}
	r.Object.Size, r.Length = int64(len(data)), int64(len(data))
	r.Body = driver.AtHand(bytes.NewReader(data))
	return nil
}
