package s3

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/core/internal/safego"
)

func (b *backend) Delete(ctx context.Context, key string, o driver.DeleteOptions) error {
	call := b.begin(ctx)
	_, err := b.client.DeleteObject(call.ctx, &s3.DeleteObjectInput{
		Bucket: &b.bucket, Key: &key, IfMatch: given(o.IfMatch), VersionId: given(o.VersionID),
	})
	err = call.fail(err)
	if o.IfMatch != "" && call.unanswered && (errs.CodeOf(err) == errs.PreconditionFailed || isNoKey(err)) {
		e := err.(*errs.Error)
		e.Code = errs.Unavailable
		e.Message = "an attempt got no answer, and the object is not there any more: it is not known who deleted it"
	}
	return err
}

// DeleteMany sends one request, and one more for each key that has no place in
// XML: an endpoint that lost a character would delete another object, or none.
func (b *backend) DeleteMany(ctx context.Context, objects []driver.Version) ([]*driver.KeyError, error) {
	var together, alone []driver.Version
	for _, o := range objects {
		if inXML(o.Key) && !strings.ContainsAny(o.Key, "\t\n\r") { // which XML may change
			together = append(together, o)
		} else {
			alone = append(alone, o)
		}
	}
	if b.config.DeleteOneByOne {
		together, alone = nil, objects
	}
	var failed []*driver.KeyError
	if len(together) > 0 {
		var err error
		if failed, err = b.deleteObjects(ctx, together); err != nil {
			return nil, err
		}
	}
	others, err := b.deleteEach(ctx, alone)
	return append(failed, others...), err
}

// inXML tells whether XML 1.0 can say key (section 2.2).
func inXML(key string) bool {
	return utf8.ValidString(key) && strings.IndexFunc(key, func(r rune) bool {
		return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF
	}) < 0
}

func (b *backend) deleteObjects(ctx context.Context, objects []driver.Version) (failed []*driver.KeyError, err error) {
	call := b.begin(ctx)
	out := &s3.DeleteObjectsOutput{}
	err = b.lane.deleteObjects(call, objects)
	if err == errSDK {
		err = call.apart(func() (err error) {
			out, err = b.deleteObjectsBySDK(call.ctx, objects)
			return err
		})
	}
	if err != nil {
		e := call.fail(err).(*errs.Error)
		if e.Code == errs.NotSupported || e.S3Code == "MethodNotAllowed" {
			return b.deleteEach(ctx, objects)
		}
		return nil, e
	}
	var again []driver.Version
	for _, refused := range out.Errors {
		object, asked := askedFor(objects, refused)
		if !asked {
			return nil, errs.New(errs.Corrupt, "the endpoint says that it did not delete an object which it was not asked to delete")
		}
		switch code := codeOf(aws.ToString(refused.Code), 0); code {
		case errs.NotFound:
		case errs.Unavailable, errs.RateLimited:
			again = append(again, object)
		default:
			e := errs.New(code, "the object was not deleted: %s", call.withoutSecrets(aws.ToString(refused.Message)))
			e.S3Code = aws.ToString(refused.Code)
			failed = append(failed, &driver.KeyError{Version: object, Err: e})
		}
	}
	others, err := b.deleteEach(ctx, again) // each of which is retried, as this answer is not
	return append(failed, others...), err
}

func (b *backend) deleteObjectsBySDK(ctx context.Context, objects []driver.Version) (*s3.DeleteObjectsOutput, error) {
	named := make([]types.ObjectIdentifier, len(objects))
	for i := range objects {
		named[i] = types.ObjectIdentifier{Key: &objects[i].Key, VersionId: given(objects[i].VersionID)}
	}
	return b.client.DeleteObjects(ctx, &s3.DeleteObjectsInput{
		Bucket: &b.bucket,
		Delete: &types.Delete{Objects: named, Quiet: aws.Bool(true)},
	}, b.withContentMD5)
}

// askedFor is the object that an answer is about, which need not tell its version.
func askedFor(objects []driver.Version, refused types.Error) (driver.Version, bool) {
	named := driver.Version{Key: aws.ToString(refused.Key), VersionID: aws.ToString(refused.VersionId)}
	if slices.Contains(objects, named) {
		return named, true
	}
	i := slices.IndexFunc(objects, func(o driver.Version) bool { return o.Key == named.Key })
	if i < 0 {
		return named, false
	}
	return objects[i], true
}

// withContentMD5 is for the many services that refuse a DeleteObjects without
// it, which the SDK no longer sends (CERT-Polska/karton#269, boto/boto3#4392).
func (b *backend) withContentMD5(o *s3.Options) {
	if o.BaseEndpoint != nil {
		o.APIOptions = append(o.APIOptions, smithyhttp.AddContentChecksumMiddleware)
	}
}

// deletesAtOnce is how many requests delete single objects at once.
const deletesAtOnce = 10

// deleteEach is deleteObjects for an endpoint that has no such request.
func (b *backend) deleteEach(ctx context.Context, objects []driver.Version) (failed []*driver.KeyError, err error) {
	refused := make([]*driver.KeyError, len(objects))
	group := safego.NewGroup(deletesAtOnce)
	own := driver.WithoutCaller(ctx)
	for i, o := range objects {
		err = group.Go(own, func() error {
			err := b.Delete(own, o.Key, driver.DeleteOptions{VersionID: o.VersionID})
			if err != nil && errs.CodeOf(err) != errs.NotFound {
				refused[i] = &driver.KeyError{Version: o, Err: err}
			}
			return driver.Done(own)
		})
		if err != nil {
			break
		}
	}
	// Not for ctx: what is on its way looks at it itself, and must not outlive the call.
	err = cmp.Or(err, group.Wait(context.WithoutCancel(own)))
	return slices.DeleteFunc(refused, func(e *driver.KeyError) bool { return e == nil }), err
}
