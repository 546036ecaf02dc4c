package s3

import (
	"context"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

// target says what a write may do to what is there already.
type target struct {
	mode    driver.Mode
	ifMatch string // of driver.Update
}

// condition is what a request says of its target: nil is nothing.
type condition struct{ IfMatch, IfNoneMatch *string }

// condition makes a write atomic that must not overwrite, or just one object:
// the endpoint itself refuses it. For one that ignores conditions, the user may
// ask to look first, which is not atomic.
func (b *backend) condition(ctx context.Context, key string, t target) (condition, error) {
	switch {
	case t.mode == driver.Overwrite:
		return condition{}, nil
	case b.config.ConditionalPut == ConditionalPutCheck:
		return condition{}, b.look(ctx, key, t)
	case t.mode == driver.Update:
		return condition{IfMatch: aws.String(t.ifMatch)}, nil
	}
	return condition{IfNoneMatch: aws.String("*")}, nil
}

// look tells whether t allows to write key as it is.
func (b *backend) look(ctx context.Context, key string, t target) error {
	head, err := b.head(ctx, key)
	found := errs.CodeOf(err) == errs.OK
	if !found && errs.CodeOf(err) != errs.NotFound {
		return err
	}
	switch {
	case t.mode == driver.Create && found:
		return driver.Exists()
	case t.mode == driver.Update && !found,
		t.mode == driver.Update && driver.Conditions{IfMatch: t.ifMatch}.Check(driver.Object{ETag: head.etag}) != nil:
		return driver.Replaced()
	}
	return nil
}

// failWrite is fail for a write with the condition of t.
func (c *call) failWrite(err error, t target) error {
	err = c.fail(err)
	code := errs.CodeOf(err)
	if code != errs.PreconditionFailed && !(t.mode == driver.Update && isNoKey(err)) {
		return err
	}
	e := err.(*errs.Error)
	if c.unanswered {
		// The object may be the one that this call wrote, in an attempt
		// whose answer was lost.
		e.Code = errs.Unavailable
		e.Message = "an attempt got no answer, and the object is another one now: it is not known who wrote it"
		return e
	}
	refusal := driver.Exists()
	if t.mode == driver.Update {
		refusal = driver.Replaced()
	}
	e.Code, e.Message = refusal.Code, refusal.Message
	return e
}

// isNoKey tells whether there is no object, of a bucket that there is.
func isNoKey(err error) bool {
	e, ok := err.(*errs.Error)
	return ok && e.Code == errs.NotFound && e.S3Code != "NoSuchBucket" && e.S3Code != "NoSuchUpload"
}

// inRequest is what a request says of c. S3 knows one ETag, no list of them, moto no
// "*", and MinIO not that an ETag outranks a time: so it is told what nobody takes
// otherwise, and c is compared with the answer.
func inRequest(c driver.Conditions) driver.Conditions {
	if c.IfMatch != "" {
		c.IfUnmodifiedSince = time.Time{}
	}
	if c.IfNoneMatch != "" {
		c.IfModifiedSince = time.Time{}
	}
	for _, etags := range []*string{&c.IfMatch, &c.IfNoneMatch} {
		if *etags == "*" || strings.ContainsRune(*etags, ',') {
			*etags = ""
		}
	}
	return c
}

// given is a field of a request; "" is none.
func given(value string) *string {
	if value == "" {
		return nil
	}
	return aws.String(value) // not the argument, which would be allocated also where it is empty
}

func givenTime(value time.Time) *time.Time {
	if value.IsZero() {
		return nil
	}
	return aws.Time(value)
}
