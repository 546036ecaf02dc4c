package s3

import (
	"bytes"
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

// Append is for directory buckets. If somebody else writes to the object
// meanwhile, it looks again where the end is, and gives up after as many
// attempts as any request has.
func (b *backend) Append(ctx context.Context, key string, data []byte, o driver.PutOptions) (driver.Object, error) {
	policy := b.config.Retry
	for attempt := 1; ; attempt++ {
		object, err := b.appendOnce(ctx, key, data, o)
		if errs.CodeOf(err) != errs.Changed || attempt >= policy.MaxAttempts {
			return object, err
		}
		if err := pause(ctx, policy.Delay(attempt, 0)); err != nil {
			return driver.Object{}, err
		}
	}
}

func (b *backend) appendOnce(ctx context.Context, key string, data []byte, o driver.PutOptions) (driver.Object, error) {
	found, err := b.head(ctx, key)
	if errs.CodeOf(err) == errs.NotFound {
		o.Mode = driver.Create
		made, err := b.Put(ctx, key, data, o)
		if errs.CodeOf(err) == errs.AlreadyExists {
			err = written(err)
		}
		return made, err
	}
	if err != nil {
		return driver.Object{}, err
	}
	object := driver.Object{Key: key, Size: found.length, ETag: found.etag}
	if len(data) == 0 { // which S3 refuses
		return object, nil
	}
	call := b.begin(ctx)
	out, err := b.client.PutObject(call.ctx, &s3.PutObjectInput{
		Bucket: &b.bucket, Key: &key, WriteOffsetBytes: &found.length,
		Body:              bytes.NewReader(data),
		ChecksumAlgorithm: b.checksumOf(&found),
	}, withContentType(nil))
	if err != nil {
		err = call.fail(err)
		e, ok := err.(*errs.Error)
		switch {
		case !ok || e.S3Code != "InvalidWriteOffset":
		case call.unanswered:
			e.Code = errs.Unavailable
			e.Message = "an attempt got no answer, and the object has another length now: it is not known who wrote it"
		default:
			err = written(err)
		}
		return driver.Object{}, err
	}
	if out.ETag == nil {
		return driver.Object{}, notS3()
	}
	call.sentUpTo(len(data))
	object.Size += int64(len(data))
	object.ETag = *out.ETag
	return object, nil
}

// written makes err one about an object that somebody else has written to.
func written(err error) error {
	e := err.(*errs.Error)
	e.Code, e.Message, e.Retryable = errs.Changed, "somebody else wrote to the object while it was appended to", true
	return e
}

// checksumOf is the algorithm of what is added to an object: S3 takes no other
// than that of the object.
func (b *backend) checksumOf(d *described) types.ChecksumAlgorithm {
	for i, sum := range d.checksums {
		if sum != "" {
			return types.ChecksumAlgorithm(strings.ToUpper(digestNames[i]))
		}
	}
	return b.checksum()
}
