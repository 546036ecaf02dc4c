package s3

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/core/s3/dynamolock"
)

// openLocks makes the tables of locks that the user wants. That of writes
// serves copies too, unless he says how they are refused: an endpoint that
// ignores conditions would overwrite.
func (b *backend) openLocks() error {
	c := b.config
	if c.PutLock.Table == "" && c.CopyLock.Table == "" {
		return nil
	}
	endpoint, err := b.dynamoEndpoint()
	if err != nil {
		return err
	}
	open := func(l dynamolock.Lock, option string) *dynamolock.Table {
		if l.Table == "" {
			return nil
		}
		o := b.options
		return dynamolock.New(l, dynamolock.Config{
			Option:      c.Name(option),
			Endpoint:    endpoint,
			Region:      o.Region,
			Credentials: o.Credentials,
			HTTPClient:  b.http,
			Retryer:     o.Retryer,
			Begin: func(ctx context.Context) (context.Context, func(error) error) {
				call := b.begin(ctx)
				return call.ctx, call.fail
			},
		})
	}
	b.putLock, b.copyLock = open(c.PutLock, "conditional_put"), open(c.CopyLock, "copy_if_not_exists")
	if b.copyLock == nil && c.CopyIfNotExists == CopyIfNotExistsMultipart {
		b.copyLock = b.putLock
	}
	return nil
}

// dynamoEndpoint is where S3 is, or at AWS beside it: the host differs in its
// first label only ("DynamoDB endpoints and quotas", AWS General Reference).
func (b *backend) dynamoEndpoint() (string, error) {
	if url := b.endpointURL(); url != "" {
		return url, nil
	}
	o := b.options
	where, err := s3.NewDefaultEndpointResolverV2().ResolveEndpoint(context.Background(), s3.EndpointParameters{
		Region:  &o.Region,
		UseFIPS: aws.Bool(o.EndpointOptions.UseFIPSEndpoint == aws.FIPSEndpointStateEnabled),
	}.WithDefaults())
	if err != nil {
		return "", errs.Wrap(err, errs.InvalidOption, "region %q is not one that AWS has: %s", o.Region, oneLine(err))
	}
	where.URI.Host = "dynamodb" + strings.TrimPrefix(where.URI.Host, "s3")
	return where.URI.String(), nil
}

// locked runs write, for a target with a condition while nobody else writes the
// key: then it needs none, and gets one to overwrite.
func (b *backend) locked(ctx context.Context, lock *dynamolock.Table, key string, t target,
	write func(context.Context, target) error) error {
	if lock == nil || t.mode == driver.Overwrite {
		return write(ctx, t)
	}
	etag := dynamolock.Absent
	if t.mode == driver.Update {
		etag = t.ifMatch
	}
	holds := func(ctx context.Context) error { return b.look(ctx, key, t) }
	return lock.Conditionally(ctx, key, etag, holds, func(ctx context.Context) (over bool, err error) {
		call := b.begin(ctx)
		err = write(call.ctx, target{mode: driver.Overwrite})
		return err == nil || !call.unanswered && refused(err), err
	})
}

// refused tells whether the endpoint refused a write: nothing of it will come.
func refused(err error) bool {
	e, ok := errors.AsType[*errs.Error](err)
	return ok && e.HTTPStatus >= http.StatusBadRequest && e.HTTPStatus < http.StatusInternalServerError
}
