package s3

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

func (b *backend) Delete(ctx context.Context, key string) error {
	call := b.begin(ctx)
	_, err := b.client.DeleteObject(call.ctx, &s3.DeleteObjectInput{Bucket: &b.bucket, Key: &key})
	return call.fail(err)
}

// DeleteMany sends one request, and one more for each key that has no place in
// XML: an endpoint that lost a character would delete another object, or none.
func (b *backend) DeleteMany(ctx context.Context, keys []string) error {
	var together, alone []string
	for _, key := range keys {
		if inXML(key) && !strings.ContainsAny(key, "\t\n\r") { // which XML may change
			together = append(together, key)
		} else {
			alone = append(alone, key)
		}
	}
	if len(together) > 0 {
		if err := b.deleteObjects(ctx, together); err != nil {
			return err
		}
	}
	return b.deleteEach(ctx, alone)
}

// inXML tells whether XML 1.0 can say key (section 2.2).
func inXML(key string) bool {
	return utf8.ValidString(key) && strings.IndexFunc(key, func(r rune) bool {
		return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF
	}) < 0
}

func (b *backend) deleteObjects(ctx context.Context, keys []string) error {
	objects := make([]types.ObjectIdentifier, len(keys))
	for i := range keys {
		objects[i].Key = &keys[i]
	}
	call := b.begin(ctx)
	out, err := b.client.DeleteObjects(call.ctx, &s3.DeleteObjectsInput{
		Bucket: &b.bucket,
		Delete: &types.Delete{Objects: objects, Quiet: aws.Bool(true)},
	}, b.withContentMD5)
	if err != nil {
		e := call.fail(err).(*errs.Error)
		if e.Code == errs.NotSupported || e.S3Code == "MethodNotAllowed" {
			return b.deleteEach(ctx, keys)
		}
		return e
	}
	var again []string
	for _, refused := range out.Errors {
		key, code := aws.ToString(refused.Key), codeOf(aws.ToString(refused.Code), 0)
		switch code {
		case errs.NotFound:
		case errs.Unavailable, errs.RateLimited:
			again = append(again, key)
		default:
			e := errs.New(code, "%d of %d objects were not deleted, this one because: %s",
				len(out.Errors), len(keys), call.withoutSecrets(aws.ToString(refused.Message)))
			e.S3Code = aws.ToString(refused.Code)
			return &driver.KeyError{Key: key, Err: e}
		}
	}
	return b.deleteEach(ctx, again) // each of which is retried, as this answer is not
}

// withContentMD5 is for the many services that refuse a DeleteObjects without
// it, which the SDK no longer sends (CERT-Polska/karton#269, boto/boto3#4392).
func (b *backend) withContentMD5(o *s3.Options) {
	if o.BaseEndpoint != nil {
		o.APIOptions = append(o.APIOptions, smithyhttp.AddContentChecksumMiddleware)
	}
}

// deleteEach is deleteObjects for an endpoint that has no such request.
func (b *backend) deleteEach(ctx context.Context, keys []string) error {
	for _, key := range keys {
		if err := b.Delete(ctx, key); err != nil && errs.CodeOf(err) != errs.NotFound {
			return &driver.KeyError{Key: key, Err: err}
		}
	}
	return nil
}
