package s3

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

// Express says what the bucket is taken for: a directory bucket of S3 Express
// One Zone ("Directory buckets", User Guide) has a name of its own.
type Express string

const (
	ExpressByName         Express = ""     // a directory bucket, if it has such a name
	ExpressOnly           Express = "only" // it must have one
	ExpressWithoutSession Express = "off"  // each request is authorized by itself
)

// isDirectory tells whether the name is NAME--ZONE--x-s3, in small letters, digits and "-".
func (c Config) isDirectory() bool {
	name, found := strings.CutSuffix(c.Bucket, "--x-s3")
	return found && len(name) >= len("N--Z") && strings.Contains(name[1:len(name)-1], "--") &&
		strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

func (c Config) checkExpress() error {
	if c.Express == ExpressOnly && !c.isDirectory() {
		return errs.New(errs.InvalidOption, "%s is for a directory bucket, whose name is NAME--ZONE--x-s3", c.Name("s3_express"))
	}
	return nil
}

// onlyOthers is what a directory bucket cannot do, and other buckets can.
const onlyOthers = driver.CanTags | driver.CanVersions | driver.CanACL

// sessions gives the requests to a directory bucket their credentials: those of
// a session, which lives five minutes ("CreateSession", API Reference). The SDK has
// such a thing too, but asks behind the back of the call that needs it, and ends
// with the context of the first one that did.
type sessions struct {
	client  *s3.Client
	turn    chan struct{} // holds one while somebody asks
	current atomic.Pointer[session]
}

type session struct {
	of          string // the access key that it was made for
	credentials aws.Credentials
}

// sessionMargin is how long before its end a session is not used any more.
const sessionMargin = time.Minute

func newSessions() *sessions { return &sessions{turn: make(chan struct{}, 1)} }

func (s *sessions) Retrieve(ctx context.Context, bucket string) (aws.Credentials, error) {
	caller := callOf(ctx)
	keys, err := s.keys(ctx)
	if err != nil {
		if _, ok := errors.AsType[*errs.Error](err); ok {
			caller.refused = err
		}
		return aws.Credentials{}, err
	}
	if now := s.current.Load(); now.serves(keys) {
		return now.credentials, nil
	}
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return aws.Credentials{}, ctx.Err()
	}
	if now := s.current.Load(); now.serves(keys) { // somebody else asked
		return now.credentials, nil
	}
	call := caller.backend.begin(ctx)
	call.outer = nil // an answer that is lost here says nothing about its requests
	out, err := s.client.CreateSession(call.ctx, &s3.CreateSessionInput{Bucket: &bucket})
	if err == nil && (out.Credentials == nil || out.Credentials.Expiration == nil) {
		err = notS3()
	}
	if err != nil {
		caller.refused = call.fail(err)
		return aws.Credentials{}, caller.refused
	}
	made := &session{keys.AccessKeyID, aws.Credentials{
		AccessKeyID:     aws.ToString(out.Credentials.AccessKeyId),
		SecretAccessKey: aws.ToString(out.Credentials.SecretAccessKey),
		SessionToken:    aws.ToString(out.Credentials.SessionToken),
		CanExpire:       true,
		Expires:         *out.Credentials.Expiration,
	}}
	s.current.Store(made)
	return made.credentials, nil
}

// keys are the credentials that a session is asked for with.
func (s *sessions) keys(ctx context.Context) (aws.Credentials, error) {
	if source := s.client.Options().Credentials; source != nil {
		return source.Retrieve(ctx)
	}
	return aws.Credentials{}, nil // the bucket may be everybody's
}

func (s *session) serves(keys aws.Credentials) bool {
	return s != nil && s.of == keys.AccessKeyID && time.Until(s.credentials.Expires) > sessionMargin
}

func hasNoOrder() error {
	e := errs.New(errs.NotSupported, "a directory bucket is listed in no order: a listing of it cannot begin behind a path")
	e.Capability = "list_order"
	return e
}

// noListing is one that cannot be.
type noListing struct{ err error }

func (l noListing) Next(context.Context) ([]driver.Object, error) { return nil, l.err }
