package s3

import (
	"bytes"
	"cmp"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/core/s3/fastlane"
)

// lane sends the most frequent requests by package fastlane. The SDK carries out what it
// cannot send, and goes on with any answer that is not the usual one, as if it had sent
// the first request itself: so errors, retries and all that is rare are written once.
type lane struct {
	backend *backend
	always  Reason // why it sends nothing; FastLane if it does
	keys    atomic.Pointer[laneKeys]
	routes  [operationCount]atomic.Pointer[learned]
	served  [reasonCount]atomic.Int64 // who has served its operations

	mu    sync.Mutex
	hosts map[string]*fastlane.Lane // by scheme and host
}

// operation is one that the lane sends.
type operation int

const (
	headObject operation = iota
	getObject
	putObject
	uploadPart
	listObjects
	deleteObjects
	operationCount
)

var (
	isOfBucket = [operationCount]bool{listObjects: true, deleteObjects: true}
	changes    = [operationCount]bool{putObject: true, uploadPart: true, deleteObjects: true}
)

// learned is how an operation reaches the bucket, or why only the SDK knows.
type learned struct {
	route  *fastlane.Route
	reason Reason
}

// laneKeys are credentials in the form of the lane, for as long as they are the same.
type laneKeys struct {
	from aws.Credentials
	fastlane.Keys
}

// Reason is why the SDK carries out, or goes on with, what could be the lane's.
type Reason int

const (
	FastLane          Reason = iota // none: the lane has served it
	ReasonOption                    // the option fast_lane is false
	ReasonProxy                     // requests go through a proxy
	ReasonTimeout                   // the option timeout bounds a request as a whole
	ReasonAdaptive                  // requests wait for their turn: retry_mode adaptive
	ReasonSession                   // a directory bucket has sessions
	ReasonRoute                     // the SDK signs, or writes, the request in a way of its own
	ReasonCredentials               // there are none at hand
	ReasonHeader                    // a value that needs an encoding
	ReasonAnswer                    // a status that is neither a success nor an everyday error, or a body without a length
	ReasonMalformed                 // an answer that is no plain HTTP
	ReasonEnded                     // the call was cancelled, its time is over, or there are no credentials
	ReasonConnection                // no connection, or one that broke off before the answer
	reasonCount
)

var reasonNames = [reasonCount]string{"fast lane", "option", "proxy", "timeout", "adaptive retries", "session", "route",
	"credentials", "header", "answer", "malformed answer", "ended", "connection"}

func (r Reason) String() string { return reasonNames[r] }

// served counts, for the process, who has served the operations of the lane.
var served [reasonCount]atomic.Int64

// Served tells it by reason.
func Served() map[string]int64 {
	counts := map[string]int64{}
	for reason := range reasonCount {
		counts[reason.String()] = served[reason].Load()
	}
	return counts
}

// linked is "sdk" where the linker sets it (go test -ldflags -X), for a test to be run by
// the SDK alone, whatever the option says.
var linked string

func (b *backend) newLane() *lane {
	l := &lane{backend: b, hosts: map[string]*fastlane.Lane{}}
	switch {
	case b.config.WithoutFastLane, linked == "sdk":
		l.always = ReasonOption
	case b.config.Timeout > 0:
		l.always = ReasonTimeout
	case b.config.RetryMode == RetryAdaptive:
		l.always = ReasonAdaptive
	case b.config.isDirectory():
		l.always = ReasonSession
	}
	return l
}

// errSDK says that the SDK carries out a call, or goes on with it.
var errSDK = errors.New("the SDK goes on")

// send sends the request of c, and returns a usual answer, which the caller takes what it wants
// of before it reads the body. The error is one for c.fail, or errSDK.
func (l *lane) send(c *call, op operation) (*fastlane.Answer, *fastlane.Body, error) {
	answer, body, reason := l.trySend(c, op)
	l.count(reason)
	if reason != FastLane {
		return nil, nil, errSDK
	}
	if isRefusal[answer.Status] {
		return nil, nil, c.refusal(op, answer, body)
	}
	return answer, body, nil
}

// readWhole sends the request of c, and lets parse take the answer to it, which is read into
// memory. The SDK goes on with an answer that parse says is not a usual one.
func (l *lane) readWhole(c *call, op operation, memory *bytes.Buffer, parse func(answer []byte) bool) error {
	answer, body, err := l.send(c, op)
	if err != nil {
		return err
	}
	defer body.Close()
	memory.Reset()
	known := &fastlane.Answer{Status: answer.Status, Length: answer.Length, Fields: slices.Clone(answer.Fields)} // the body gives the other away
	_, err = memory.ReadFrom(io.LimitReader(driver.Reading(c.ctx, body), maxUnknownLength))
	if err != nil {
		if _, ended := errors.AsType[*errs.Error](err); ended {
			return err
		}
		c.first = &firstAnswer{signedBy: c.keys, err: err}
		return errSDK
	}
	if !parse(memory.Bytes()) {
		c.first = &firstAnswer{c.keys, known, driver.AtHand(memory), nil}
		return errSDK
	}
	return nil
}

// known is why it is known before a request that the SDK carries it out; FastLane if it is not.
func (l *lane) known(op operation) Reason {
	if known := l.routes[op].Load(); known != nil && l.always == FastLane {
		return known.reason
	}
	return l.always
}

func (l *lane) count(reason Reason) {
	served[reason].Add(1)
	l.served[reason].Add(1)
}

// isRefusal has the statuses that are an everyday error of the caller, and final.
var isRefusal = map[int]bool{http.StatusNotModified: true, http.StatusNotFound: true, http.StatusPreconditionFailed: true,
	http.StatusRequestedRangeNotSatisfiable: true}

// refusal is the error of such an answer.
func (c *call) refusal(op operation, a *fastlane.Answer, body *fastlane.Body) error {
	defer body.Close()
	r := refusal{status: a.Status, requestID: a.Get("x-amz-request-id"), hostID: a.Get("x-amz-id-2"), region: a.Get("x-amz-bucket-region")}
	if op == headObject { // no body says more
		r.code = strings.ReplaceAll(http.StatusText(a.Status), " ", "")
	} else {
		text, err := io.ReadAll(io.LimitReader(driver.Reading(c.ctx, body), maxRefusal))
		if _, ended := errors.AsType[*errs.Error](err); ended {
			return err
		}
		var said struct{ Code, Message string }
		if xml.Unmarshal(text, &said) == nil { // else the status says enough
			r.code, r.message = said.Code, said.Message
		}
	}
	return c.errorOf(r, errors.New(cmp.Or(r.message, r.code, http.StatusText(r.status))))
}

const maxRefusal = 64 << 10 // bytes of XML

func (l *lane) trySend(c *call, op operation) (*fastlane.Answer, *fastlane.Body, Reason) {
	if l.always != FastLane {
		return nil, nil, l.always
	}
	request := &c.lane.Request
	if !request.IsPlain() {
		return nil, nil, ReasonHeader
	}
	if request.Key == "" && !isOfBucket[op] { // it would be about the bucket
		return nil, nil, ReasonRoute
	}
	route, reason := l.route(c, op)
	if reason != FastLane {
		return nil, nil, reason
	}
	keys, ok := l.credentials(c)
	if !ok {
		return nil, nil, ReasonCredentials
	}
	answered := driver.Sending(c.ctx)
	c.sent++
	signedBy := c.keys
	answer, body, err := route.Send(c.ctx, keys, request)
	if ended, ok := errors.AsType[*errs.Error](err); ok {
		c.ended = ended
		return nil, nil, ReasonEnded
	}
	if err != nil {
		if _, ok := errors.AsType[*fastlane.Malformed](err); ok {
			l.routes[op].Store(&learned{reason: ReasonMalformed}) // from now on: each would cost another request
			if changes[op] {                                      // it may have been carried out
				c.first = &firstAnswer{signedBy: signedBy, err: err}
			}
			return nil, nil, ReasonMalformed
		}
		c.first = &firstAnswer{signedBy: signedBy, err: err}
		return nil, nil, ReasonConnection
	}
	answered(answer.Get("x-amz-request-id"))
	if isRefusal[answer.Status] || (answer.Status == http.StatusOK || answer.Status == http.StatusPartialContent) &&
		(answer.Length >= 0 || op == headObject || isOfBucket[op]) { // of which all is read before any is used
		return answer, body, FastLane
	}
	switch answer.Status {
	case http.StatusMovedPermanently, http.StatusTemporaryRedirect, http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden:
		l.routes[op].Store(nil) // it may have changed, or the clock has
	}
	c.first = &firstAnswer{signedBy, answer, body, nil}
	return nil, nil, ReasonAnswer
}

// firstAnswer is what came for the lane's request. The SDK takes it for the answer to its own
// first one, which it may have signed with other credentials.
type firstAnswer struct {
	signedBy aws.Credentials
	answer   *fastlane.Answer
	body     driver.Body // nil if there is an error
	err      error
}

// take gives it to the SDK, which asked for it by r, and closes the body.
func (f *firstAnswer) take(c *call, r *http.Request) (*http.Response, error) {
	c.first, c.keys = nil, f.signedBy
	if f.err != nil {
		return nil, f.err
	}
	return responseOf(r, f.answer, f.body), nil
}

// leave closes the body if the SDK failed before it could ask.
func (f *firstAnswer) leave() {
	if f != nil && f.body != nil {
		f.body.Close()
	}
}

// credentials returns them if nobody has to be waited for.
func (l *lane) credentials(c *call) (*fastlane.Keys, bool) {
	source, signed := l.backend.options.Credentials.(noted)
	if !signed {
		return nil, true
	}
	found, err := source.CredentialsProvider.Retrieve(canceled)
	if err != nil {
		return nil, false
	}
	c.keys = found
	known := l.keys.Load()
	if known == nil || known.from != found {
		known = &laneKeys{found, fastlane.Keys{AccessKeyID: found.AccessKeyID, SecretAccessKey: found.SecretAccessKey,
			SessionToken: found.SessionToken}}
		l.keys.Store(known)
	}
	return &known.Keys, true
}

// route returns how an operation reaches the bucket, which it learns once.
func (l *lane) route(c *call, op operation) (*fastlane.Route, Reason) {
	if known := l.routes[op].Load(); known != nil {
		return known.route, known.reason
	}
	var found learned
	err := c.apart(func() (err error) { // the credentials may be waited for
		found.route, found.reason, err = l.learn(c.ctx, op)
		return err
	})
	if err != nil { // as it would be for the SDK
		c.ended = cmp.Or(c.ended, err)
		return nil, ReasonEnded
	}
	l.routes[op].Store(&found)
	return found.route, found.reason
}

// learnedKey is the key of the request that a route is learned from, which nobody sends.
const learnedKey = "key"

// learn lets the SDK make a request.
func (l *lane) learn(ctx context.Context, op operation) (*fastlane.Route, Reason, error) {
	b := l.backend
	call := b.begin(ctx)
	taken := &taker{}
	instead := func(o *s3.Options) { o.HTTPClient, o.RetryMaxAttempts = taken, 1 }
	bucket, key := &b.bucket, aws.String(learnedKey)
	var err error
	switch op {
	case headObject:
		_, err = b.client.HeadObject(call.ctx, &s3.HeadObjectInput{Bucket: bucket, Key: key}, instead)
	case getObject:
		_, err = b.client.GetObject(call.ctx, &s3.GetObjectInput{Bucket: bucket, Key: key}, instead)
	case putObject:
		_, err = b.client.PutObject(call.ctx, &s3.PutObjectInput{Bucket: bucket, Key: key}, instead, withContentType(nil), withoutChecksum)
	case uploadPart:
		_, err = b.client.UploadPart(call.ctx, &s3.UploadPartInput{Bucket: bucket, Key: key, UploadId: key, PartNumber: aws.Int32(1)},
			instead, withContentType(nil), withoutChecksum)
	case listObjects:
		key = new(string)
		_, err = b.client.ListObjectsV2(call.ctx, &s3.ListObjectsV2Input{Bucket: bucket}, instead)
	case deleteObjects:
		named := &types.Delete{Objects: []types.ObjectIdentifier{{Key: key}}}
		key = new(string)
		_, err = b.client.DeleteObjects(call.ctx, &s3.DeleteObjectsInput{Bucket: bucket, Delete: named}, instead)
	}
	request := taken.request
	if request == nil {
		return nil, ReasonRoute, call.fail(err)
	}
	b.http.introduce(request)
	if proxy, err := b.http.proxy(request.URL); err != nil || proxy != nil {
		return nil, ReasonProxy, nil
	}
	_, signed := b.options.Credentials.(noted)
	route := fastlane.Learn(l.host(request), request, *key, signed)
	if route == nil {
		return nil, ReasonRoute, nil
	}
	return route, FastLane, nil
}

// taker takes a request in the place of the endpoint.
type taker struct{ request *http.Request }

func (t *taker) Do(r *http.Request) (*http.Response, error) {
	t.request = r
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
}

// host returns the connections to the host of a request.
func (l *lane) host(r *http.Request) *fastlane.Lane {
	l.mu.Lock()
	defer l.mu.Unlock()
	name := r.URL.Scheme + "://" + r.URL.Host
	if known := l.hosts[name]; known != nil {
		return known
	}
	port := map[string]string{"http": "80", "https": "443"}[r.URL.Scheme]
	made := &fastlane.Lane{
		Address:        net.JoinHostPort(r.URL.Hostname(), cmp.Or(r.URL.Port(), port)),
		Dial:           l.backend.config.connect(),
		OnSocket:       OnSocket,
		ConnectTimeout: l.backend.config.connectTimeout(),
		Stall:          l.backend.config.stallTimeout(),
		MaxIdle:        l.backend.config.maxIdle(),
		IdleTimeout:    l.backend.config.idleTimeout(),
	}
	if r.URL.Scheme == "https" {
		made.TLS = l.backend.http.tls().Clone()
		made.TLS.ServerName = r.URL.Hostname()
	}
	l.hosts[name] = made.Start()
	return made
}

func (l *lane) each(do func(*fastlane.Lane)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, host := range l.hosts {
		do(host)
	}
}

// responseOf is an answer for the SDK, which closes it. It is read within the context of r:
// that of the call may have ended before, or not end with it.
func responseOf(r *http.Request, a *fastlane.Answer, body driver.Body) *http.Response {
	response := &http.Response{
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		StatusCode:    a.Status,
		Status:        http.StatusText(a.Status),
		Header:        make(http.Header, len(a.Fields)),
		ContentLength: a.Length,
		Body:          readCloser{driver.Reading(r.Context(), body), body},
		Request:       r,
	}
	for _, f := range a.Fields {
		response.Header.Add(f.Name, f.Value)
	}
	return response
}

type readCloser struct {
	io.Reader
	io.Closer
}
