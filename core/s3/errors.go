package s3

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/core/internal/safego"
)

// codes maps what an endpoint says. The S3 code decides before the HTTP
// status does: versitygw answers an unknown access key with status 404.
var codes = map[string]errs.Code{
	"NoSuchKey":     errs.NotFound,
	"NoSuchBucket":  errs.NotFound,
	"NoSuchUpload":  errs.NotFound,
	"NoSuchVersion": errs.NotFound,
	"NotFound":      errs.NotFound,

	"AccessDenied":         errs.PermissionDenied,
	"AccountProblem":       errs.PermissionDenied,
	"AllAccessDisabled":    errs.PermissionDenied,
	"InvalidObjectState":   errs.PermissionDenied,
	"MethodNotAllowed":     errs.PermissionDenied,
	"RequestTimeTooSkewed": errs.Unauthenticated,

	"InvalidAccessKeyId":    errs.Unauthenticated,
	"SignatureDoesNotMatch": errs.Unauthenticated,
	"ExpiredToken":          errs.Unauthenticated,
	"InvalidToken":          errs.Unauthenticated,
	"TokenRefreshRequired":  errs.Unauthenticated,
	"XAdminUserNotFound":    errs.Unauthenticated, // versitygw, for an unknown key
	"NotSignedUp":           errs.Unauthenticated,

	"PreconditionFailed":          errs.PreconditionFailed,
	"ConditionalRequestConflict":  errs.PreconditionFailed,
	"NotModified":                 errs.NotModified,
	"InvalidRange":                errs.RangeNotSatisfiable,
	"BadDigest":                   errs.Corrupt,
	"InvalidDigest":               errs.Corrupt,
	"XAmzContentChecksumMismatch": errs.Corrupt,
	"KeyTooLongError":             errs.InvalidPath,
	"KeyTooLong":                  errs.InvalidPath,
	"ObjectParentIsFile":          errs.InvalidPath, // versitygw: a file is in the way
	"ExistingObjectIsDirectory":   errs.InvalidPath, // versitygw: a folder is in the way, also for a key too long
	"XMinioInvalidObjectName":     errs.InvalidPath, // MinIO: an empty segment
	"XMinioInvalidResourceName":   errs.InvalidPath, // MinIO: a segment . or ..
	"EntityTooLarge":              errs.InvalidArgument,
	"EntityTooSmall":              errs.InvalidArgument,
	"InvalidPart":                 errs.InvalidArgument,
	"InvalidPartOrder":            errs.InvalidArgument,
	"MetadataTooLarge":            errs.InvalidArgument,
	"InvalidBucketName":           errs.InvalidArgument,
	"InvalidArgument":             errs.InvalidArgument, // such as a version that cannot be one
	"InvalidStorageClass":         errs.InvalidArgument,
	"InvalidTag":                  errs.InvalidArgument,
	"NotImplemented":              errs.NotSupported,

	noACL: errs.NotSupported,

	"SlowDown":             errs.RateLimited,
	"RequestLimitExceeded": errs.RateLimited,
	"Throttling":           errs.RateLimited,
	"InternalError":        errs.Unavailable,
	"ServiceUnavailable":   errs.Unavailable,
	"RequestTimeout":       errs.Unavailable,

	// The bucket is in another region.
	"PermanentRedirect":                  errs.InvalidOption,
	"TemporaryRedirect":                  errs.InvalidOption,
	"MovedPermanently":                   errs.InvalidOption,
	"AuthorizationHeaderMalformed":       errs.InvalidOption,
	"IllegalLocationConstraintException": errs.InvalidOption,
}

// noACL is the code of a bucket in which all objects are its owner's.
const noACL = "AccessControlListNotSupported"

func codeOf(s3Code string, status int) errs.Code {
	if code, known := codes[s3Code]; known {
		return code
	}
	switch status {
	case http.StatusMovedPermanently, http.StatusTemporaryRedirect:
		return errs.InvalidOption
	case http.StatusNotModified:
		return errs.NotModified
	case http.StatusUnauthorized:
		return errs.Unauthenticated
	case http.StatusForbidden:
		return errs.PermissionDenied
	case http.StatusNotFound:
		return errs.NotFound
	case http.StatusPreconditionFailed:
		return errs.PreconditionFailed
	case http.StatusRequestedRangeNotSatisfiable:
		return errs.RangeNotSatisfiable
	case http.StatusTooManyRequests:
		return errs.RateLimited
	case http.StatusRequestURITooLong, http.StatusRequestHeaderFieldsTooLarge:
		return errs.InvalidPath
	case http.StatusLocked:
		return errs.ResourceLocked
	case http.StatusNotImplemented:
		return errs.NotSupported
	}
	if status >= 500 {
		return errs.Unavailable
	}
	return errs.Unknown
}

// call is one call of the SDK, which may send several requests. It is a context of its
// own: that of who makes it, with itself in it.
type call struct {
	context.Context
	ctx     context.Context // it, or one made of it
	backend *backend
	begun   time.Time
	sent    int
	first   *firstAnswer    // what came for the first request, if the lane sent it
	keys    aws.Credentials // that signed the last one
	last    *http.Response  // to what was sent last; nil if there was none
	// unanswered is set when one of them got no answer, or one that does not
	// tell whether it was carried out.
	unanswered bool
	whole      bool  // the lane has sent the body whole
	outer      *call // that this one is a part of; nil if there is none
	refused    error // why there is no session to send any with
	ended      error // why it went no further where it was apart; nil if it did
	body       int   // bytes of the object that were sent, as far as that is noted
	lane       laneRequest
}

type callKey struct{}

func (b *backend) begin(ctx context.Context) *call {
	c := &call{Context: ctx, backend: b, begun: time.Now()}
	c.outer, _ = ctx.Value(callKey{}).(*call)
	c.ctx = c
	return c
}

// sentUpTo notes that so many bytes of the object were sent, in all.
func (c *call) sentUpTo(n int) {
	driver.Transferred(c.ctx, int64(n-c.body))
	c.body = n
}

func (c *call) Value(key any) any {
	if key == (callKey{}) {
		return c
	}
	return c.Context.Value(key)
}

// apart runs do, in which the SDK waits, where no thread of a host does, unless the call
// is over already: who ended it does not say so again.
func (c *call) apart(do func() error) error {
	if c.ended != nil {
		return c.ended
	}
	own := c.ctx
	defer func() { c.ctx = own }()
	return safego.Apart(own, func(ctx context.Context) error {
		c.ctx = ctx
		err := do()
		c.first.leave()
		c.ended = driver.Done(ctx)
		return err
	})
}

// callOf returns the call that sends a request with ctx.
func callOf(ctx context.Context) *call {
	if c, ok := ctx.Value(callKey{}).(*call); ok {
		return c
	}
	return &call{} // a request for credentials
}

// fail translates an error of the SDK; nil stays nil.
func (c *call) fail(err error) error {
	if err == nil {
		return nil
	}
	if c.refused != nil {
		err = c.refused // the SDK keeps its text only
	}
	if e, ok := errors.AsType[*errs.Error](err); ok { // of the credentials; several calls may have it
		own := *e
		return &own
	}
	e := c.translate(err)
	e.Retryable = e.Code == errs.Unavailable || e.Code == errs.RateLimited
	return e
}

func (c *call) translate(err error) *errs.Error {
	if err := cmp.Or(c.ended, driver.Done(c.ctx)); err != nil {
		return err.(*errs.Error)
	}
	// The SDK wraps a request that got no answer as a response of status 0.
	if response, ok := errors.AsType[*awshttp.ResponseError](err); ok && response.HTTPStatusCode() != 0 {
		return c.translateResponse(err, response)
	}
	if stall, ok := errors.AsType[*net.OpError](err); ok && stall.Timeout() && stall.Op != "dial" {
		return errs.Wrap(err, errs.Unavailable, "the endpoint %s does not answer: no byte came for %s", c.backend.endpoint(),
			cmp.Or(c.backend.config.ReadTimeout, defaultStallTimeout))
	}
	if _, ok := errors.AsType[*smithyhttp.RequestSendError](err); ok {
		return errs.Wrap(err, errs.Unavailable, "the endpoint %s cannot be reached: %s", c.backend.endpoint(), innermost(err))
	}
	return errs.Wrap(err, errs.Unknown, "%s", oneLine(err))
}

func (c *call) translateResponse(err error, response *awshttp.ResponseError) *errs.Error {
	status := response.HTTPStatusCode()
	s3Code, message := "", ""
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		s3Code, message = api.ErrorCode(), api.ErrorMessage()
	}
	r := refusal{status: status, code: s3Code, message: message, requestID: response.ServiceRequestID()}
	if response.Response != nil {
		r.region = response.Response.Header.Get("X-Amz-Bucket-Region")
	}
	if host, ok := errors.AsType[s3.ResponseError](err); ok {
		r.hostID = host.ServiceHostID()
	}
	return c.errorOf(r, err)
}

// refusal is what an answer says that is no success.
type refusal struct {
	status            int
	code, message     string // of S3
	requestID, hostID string
	region            string // in which the bucket is, where S3 tells it
}

// errorOf is the error of a refusal, whose text is that of err.
func (c *call) errorOf(r refusal, err error) *errs.Error {
	code, message := codeOf(r.code, r.status), r.message
	switch {
	case r.code == "" && r.status < http.StatusMultipleChoices:
		code, message = errs.Unavailable, "the answer cannot be read: "+innermost(err)
	case r.code == "NoSuchBucket":
		message = c.backend.noBucket()
	case code == errs.NotFound:
		message = driver.Missing().Message
	case code == errs.RangeNotSatisfiable:
		message = "the range is not inside the object"
	case code == errs.InvalidOption:
		message = c.wrongRegion(r.region, message)
	case message == "":
		message = fmt.Sprintf("the endpoint answered with status %d", r.status)
	}
	e := errs.Wrap(err, code, "%s", c.withoutSecrets(message))
	e.S3Code, e.HTTPStatus, e.RequestID, e.HostID = r.code, r.status, r.requestID, r.hostID
	if r.code == noACL {
		e.Capability = driver.CanACL.String()
	}
	return e
}

// withoutSecrets is for text of the endpoint, which may echo the request.
func (c *call) withoutSecrets(text string) string {
	secrets := []string{c.keys.SecretAccessKey, c.keys.SessionToken, c.backend.config.CustomerKey}
	if sessions, ok := c.backend.options.ExpressCredentials.(*sessions); ok {
		if now := sessions.current.Load(); now != nil {
			secrets = append(secrets, now.credentials.SecretAccessKey, now.credentials.SessionToken)
		}
	}
	for _, secret := range secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "***")
		}
	}
	return text
}

// wrongRegion names the region that would be right, where S3 tells it.
func (c *call) wrongRegion(right, said string) string {
	message := fmt.Sprintf("region %q is wrong for the bucket %q", c.backend.options.Region, c.backend.bucket)
	if right != "" {
		return message + fmt.Sprintf(": set the option %s to %q", c.backend.config.Name("region"), right)
	}
	if said != "" {
		message += ": " + said
	}
	return message
}

func (b *backend) endpoint() string {
	if url := b.endpointURL(); url != "" {
		return url
	}
	return "of AWS in " + b.options.Region
}

// isSecure tells whether requests go over TLS.
func (b *backend) isSecure() bool { return !strings.HasPrefix(b.endpointURL(), "http:") }

// endpointURL is "" for AWS.
func (b *backend) endpointURL() string { return aws.ToString(b.options.BaseEndpoint) }

// checkContentRange takes the first byte and the size of the object out of
// "bytes 0-9/100", and checks that these are the bytes that were asked for.
func checkContentRange(header string, asked driver.Range, length int64) (first, size int64, err error) {
	first, last, size, ok := parseContentRange(header)
	if ok {
		offset, all, err := asked.Resolve(size)
		if err != nil || first == offset && length == all && last-first+1 == length {
			return first, size, err
		}
	}
	return 0, 0, errs.New(errs.Corrupt, "the endpoint sent %d bytes as the range %q, which is not what was asked for", length, header)
}

// parseContentRange reads a header as RFC 9110, section 14.4, has it, of a known size; the
// last byte of an empty object is -1 for MinIO.
func parseContentRange(header string) (first, last, size int64, ok bool) {
	numbers, ok := strings.CutPrefix(header, "bytes ")
	span, all, _ := strings.Cut(numbers, "/")
	from, to, _ := strings.Cut(span, "-")
	for _, field := range []struct {
		text string
		out  *int64
	}{{from, &first}, {to, &last}, {all, &size}} {
		n, err := strconv.ParseInt(field.text, 10, 64)
		ok = ok && err == nil
		*field.out = n
	}
	return first, last, size, ok
}

// notS3 is for an answer with status 200 that no S3 endpoint gives.
func notS3() *errs.Error {
	return errs.New(errs.Unknown, "the answer is not one of S3: is the endpoint the right one?")
}

func answerIgnoredRange() error {
	e := errs.New(errs.NotSupported, "the endpoint ignores ranges: it sent the whole object")
	e.Capability = "range"
	return e
}

func oneLine(err error) string {
	return strings.Join(strings.Fields(err.Error()), " ")
}

// innermost is the innermost cause, without the SDK's chain of prefixes.
func innermost(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return oneLine(err)
		}
		if _, ok := err.(*net.OpError); ok {
			return oneLine(err)
		}
		err = inner
	}
}
