package s3

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

// probe asks an endpoint for one thing after the other, on keys below a prefix.
// It is about the endpoint: no option of the store that says how to write
// changes what it sends.
type probe struct {
	*backend
	ctx    context.Context // of the requests: it outlives the caller's
	caller context.Context
	prefix string
	report driver.ProbeReport
	err    error // ends the probe: nothing is sent or noted after it
	silent int   // how many questions after each other got no answer

	etag      *string                        // of the object "plain"
	written   []string                       // keys that may exist
	uploads   map[string]string              // keys by the ID of uploads that may exist
	lost      []string                       // keys of those whose ID is not known
	versioned bool                           // what is deleted stays as a version
	outcomes  map[string]driver.ProbeOutcome // by the name of the finding
}

// plain is the object that most questions are about.
const plain = "plain"

var (
	content = bytes.Repeat([]byte("0123456789abcdef"), 16)
	others  = bytes.Repeat([]byte("fedcba9876543210"), 16) // bytes that must not be found

	// notTheETag is in the form of an MD5, which some endpoints check.
	notTheETag = aws.String(`"00000000000000000000000000000000"`)
)

// maxSilence is how many questions may get no answer, one after the other: the
// endpoint resets or drops some that it does not like, but not all.
const maxSilence = 2

func (b *backend) Probe(ctx context.Context, prefix string) (driver.ProbeReport, error) {
	p := &probe{
		backend:  b,
		caller:   ctx,
		prefix:   prefix,
		report:   driver.ProbeReport{Endpoint: b.endpointURL(), Bucket: b.bucket, Left: []string{}},
		uploads:  map[string]string{},
		outcomes: map[string]driver.ProbeOutcome{},
	}
	// A request that is broken off may be carried out after the clean-up: so
	// each goes on to its answer, and the end of ctx is heeded in between.
	finished, err := b.finish(ctx, func(own context.Context) error {
		p.ctx = own
		defer p.clean()
		p.ask()
		return p.err
	})
	if !finished || err != nil {
		return driver.ProbeReport{}, err
	}
	p.report.Requests = driver.RequestsOf(ctx).Load()
	return p.report, nil
}

// ask asks for all of it. The first write decides whether there is anything to ask.
func (p *probe) ask() {
	made, a := p.put(plain, content, nil)
	if a.err == nil && made.ETag == nil {
		a.err = notS3()
	}
	if a.err != nil {
		if p.err == nil {
			p.err = a.err
		}
		return
	}
	p.etag = made.ETag
	p.report.Server = a.server
	p.askVersions()
	p.askBulkDelete() // early, for a clean-up that has little time
	p.askConditions()
	p.askCopies()
	p.askUploads()
	p.askPartCopy()
	p.askChecksums()
	p.askReads()
	p.askAttributes()
	p.askKeys()
	p.report.Options = p.options()
}

// answer is what an endpoint says to one request.
type answer struct {
	status int // 0 if it says nothing
	server string
	err    *errs.Error // nil is success
}

// is tells whether the answer is such an error.
func (a answer) is(code errs.Code) bool { return a.err != nil && a.err.Code == code }

// send sends one request, as the SDK's operation has it. Of one that failed, the
// output is empty.
func send[I, O any](p *probe, operation func(context.Context, *I, ...func(*s3.Options)) (*O, error), input *I,
	options ...func(*s3.Options)) (*O, answer) {
	if p.err == nil {
		p.err = driver.Done(p.caller)
	}
	if p.err != nil {
		return new(O), answer{err: errs.New(errs.Unknown, "%s", p.err)}
	}
	call := p.begin(p.ctx)
	out, err := operation(call.ctx, input, append([]func(*s3.Options){withoutChecksum}, options...)...)
	var a answer
	if call.last != nil {
		a.status, a.server = call.last.StatusCode, call.last.Header.Get("Server")
	}
	if err == nil {
		p.silent = 0
		return out, a
	}
	a.err, _ = errors.AsType[*errs.Error](call.fail(err))
	if a.status == 0 {
		if p.silent++; p.silent == maxSilence {
			p.err = a.err
		}
	} else {
		p.silent = 0
	}
	return new(O), a
}

// withoutChecksum sends none but where S3 requires one.
func withoutChecksum(o *s3.Options) {
	o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
	o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
}

// key is that of a scratch object, which may exist from now on.
func (p *probe) key(name string) *string {
	key := p.prefix + name
	p.written = append(p.written, key)
	return &key
}

// put writes a scratch object; change may be nil.
func (p *probe) put(name string, data []byte, change func(*s3.PutObjectInput), options ...func(*s3.Options)) (*s3.PutObjectOutput, answer) {
	input := &s3.PutObjectInput{Bucket: &p.bucket, Key: p.key(name), Body: bytes.NewReader(data)}
	if change != nil {
		change(input)
	}
	out, a := send(p, p.client.PutObject, input, options...)
	if a.status >= 400 && a.status < 500 { // a key that is refused would be refused in a DeleteObjects, too
		p.written = p.written[:len(p.written)-1]
	}
	p.sawVersion(out.VersionId)
	return out, a
}

// sawVersion notes that the bucket keeps versions; "null" is none.
func (p *probe) sawVersion(id *string) {
	if s := aws.ToString(id); s != "" && s != "null" {
		p.versioned = true
	}
}

// get reads a scratch object; change may be nil.
func (p *probe) get(name string, change func(*s3.GetObjectInput)) ([]byte, answer) {
	input := &s3.GetObjectInput{Bucket: &p.bucket, Key: aws.String(p.prefix + name)}
	if change != nil {
		change(input)
	}
	out, a := send(p, p.client.GetObject, input)
	if a.err != nil {
		return nil, a
	}
	defer out.Body.Close()
	data, err := io.ReadAll(io.LimitReader(out.Body, int64(2*len(content))))
	if err != nil {
		a.err = errs.Wrap(err, errs.Unavailable, "the body cannot be read: %s", oneLine(err))
	}
	return data, a
}

// has tells whether a scratch object has these bytes.
func (p *probe) has(name string, data []byte) bool {
	found, a := p.get(name, nil)
	return a.err == nil && bytes.Equal(found, data)
}

// head describes a scratch object.
func (p *probe) head(name string, change func(*s3.HeadObjectInput)) (*s3.HeadObjectOutput, answer) {
	input := &s3.HeadObjectInput{Bucket: &p.bucket, Key: aws.String(p.prefix + name)}
	if change != nil {
		change(input)
	}
	return send(p, p.client.HeadObject, input)
}

// note notes what the endpoint does with something, by the answer that decided.
func (p *probe) note(name string, outcome driver.ProbeOutcome, a answer, format string, args ...any) {
	if p.err != nil {
		return
	}
	p.outcomes[name] = outcome
	finding := driver.ProbeFinding{Name: name, Outcome: outcome, HTTPStatus: a.status, Message: fmt.Sprintf(format, args...)}
	if a.err != nil {
		finding.S3Code = a.err.S3Code
	}
	p.report.Findings = append(p.report.Findings, finding)
}

// notAsked notes what could not be found out.
func (p *probe) notAsked(why string, names ...string) {
	for _, name := range names {
		p.note(name, driver.Undecided, answer{}, "not asked: %s", why)
	}
}

// noteFailure notes what failed that should not, and makes what the user has of
// that the end of the sentence.
func (p *probe) noteFailure(name string, a answer, so string) {
	outcome := driver.Refused
	switch {
	case a.status == 0, a.status == http.StatusTooManyRequests,
		a.status >= http.StatusInternalServerError && a.err.Code != errs.NotSupported, a.status < http.StatusMultipleChoices && a.err.S3Code == "":
		outcome = driver.Undecided
	case a.err.Code == errs.NotSupported, a.err.S3Code == "MethodNotAllowed", a.status == http.StatusMethodNotAllowed:
		outcome = driver.Unsupported
	}
	p.note(name, outcome, a, "%s: %s", so, strings.TrimSuffix(a.err.Message, "."))
}

// noteCondition notes what became of a request whose condition does not hold,
// and which fails with that code then.
func (p *probe) noteCondition(name string, a answer, code errs.Code, honoured, ignored string) {
	switch {
	case a.err == nil:
		p.note(name, driver.Ignored, a, "%s", ignored)
	case a.is(code):
		p.note(name, driver.Honoured, a, "%s", honoured)
	default:
		p.noteRefusedCondition(name, a)
	}
}

// noteRefusedCondition notes that a condition is an error by itself.
func (p *probe) noteRefusedCondition(name string, a answer) {
	p.noteFailure(name, a, "a request with this condition fails")
	if p.outcomes[name] == driver.Unsupported { // the operation is not, only the condition
		p.outcomes[name] = driver.Refused
		p.report.Findings[len(p.report.Findings)-1].Outcome = driver.Refused
	}
}

// noteBytes notes whether a scratch object has the bytes that were sent, after a
// write that went well.
func (p *probe) noteBytes(name string, a answer, object string, data []byte, honoured string) {
	found, read := p.get(object, nil)
	switch {
	case read.err != nil:
		p.noteFailure(name, read, "what was written cannot be read")
	case !bytes.Equal(found, data):
		p.note(name, driver.Corrupted, a, "it was taken, but other bytes were stored: %d instead of %d, beginning with %q",
			len(found), len(data), found[:min(len(found), 16)])
	default:
		p.note(name, driver.Honoured, a, "%s", honoured)
	}
}
