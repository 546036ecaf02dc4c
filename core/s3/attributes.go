package s3

import (
	"cmp"
	"context"
	"encoding/base64"
	"mime"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go/middleware"
	smithytime "github.com/aws/smithy-go/time"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/libremotestore/libremotestore/core/driver"
)

// attributes is what belongs to an object beside its bytes.
type attributes struct {
	CacheControl       *string
	ContentDisposition *string
	ContentEncoding    *string
	ContentLanguage    *string
	ContentType        *string
	Expires            *time.Time
	Metadata           map[string]string
	StorageClass       types.StorageClass
	Tagging            *string
	ACL                types.ObjectCannedACL
}

// attributesFor are those that the user gives. PutObject and
// CreateMultipartUpload both have fields for them: see put and newUpload.
func (b *backend) attributesFor(o driver.PutOptions) attributes {
	if b.config.WithoutTags {
		o.Tags = nil
	}
	return attributes{
		CacheControl:       given(o.CacheControl),
		ContentDisposition: given(o.ContentDisposition),
		ContentEncoding:    given(o.ContentEncoding),
		ContentLanguage:    given(o.ContentLanguage),
		ContentType:        given(cmp.Or(o.ContentType, b.config.DefaultContentType)),
		Metadata:           encodeMetadata(o.Metadata),
		StorageClass:       types.StorageClass(o.StorageClass),
		Tagging:            tagging(o.Tags),
		ACL:                types.ObjectCannedACL(o.ACL),
	}
}

// withContentType keeps the SDK from naming a type where none is given: it does for
// an object in one request, but neither for one in parts nor for a copy. S3 takes
// binary/octet-stream then, and boto3 names none either.
func withContentType(given *string) func(*s3.Options) {
	return func(o *s3.Options) {
		if given == nil {
			o.APIOptions = append(o.APIOptions, withoutContentType)
		}
	}
}

func withoutContentType(stack *middleware.Stack) error {
	return stack.Build.Add(middleware.BuildMiddlewareFunc("WithoutContentType", func(
		ctx context.Context, in middleware.BuildInput, next middleware.BuildHandler,
	) (middleware.BuildOutput, middleware.Metadata, error) {
		if request, ok := in.Request.(*smithyhttp.Request); ok {
			request.Header.Del("Content-Type")
		}
		return next.HandleBuild(ctx, in)
	}), middleware.After)
}

// tagging is tags in the form of a header, or nil.
func tagging(tags map[string]string) *string {
	if len(tags) == 0 {
		return nil
	}
	values := url.Values{}
	for key, value := range tags {
		values.Set(key, value)
	}
	return aws.String(values.Encode())
}

// attributesOf returns those of src, for its copy.
func (b *backend) attributesOf(ctx context.Context, src string, d *described) (attributes, error) {
	tagging, err := b.taggingOf(ctx, src, d)
	return attributes{
		CacheControl:       given(d.CacheControl),
		ContentDisposition: given(d.ContentDisposition),
		ContentEncoding:    given(d.ContentEncoding),
		ContentLanguage:    given(d.ContentLanguage),
		ContentType:        given(d.ContentType),
		Expires:            expires(d),
		Metadata:           d.metadata,
		StorageClass:       types.StorageClass(d.StorageClass),
		Tagging:            tagging,
	}, err
}

// taggingOf returns the tags of src in the form of a header, or nil.
func (b *backend) taggingOf(ctx context.Context, src string, d *described) (*string, error) {
	if d.tags == 0 || b.config.WithoutTags {
		return nil, nil
	}
	call := b.begin(ctx)
	out, err := b.client.GetObjectTagging(call.ctx, &s3.GetObjectTaggingInput{
		Bucket: &b.bucket, Key: &src, VersionId: given(d.versionID),
	})
	if err != nil {
		return nil, call.fail(err)
	}
	tags := map[string]string{}
	for _, tag := range out.TagSet {
		tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	return tagging(tags), nil
}

// expires is the Expires header, if it holds a date, which it need not.
func expires(d *described) *time.Time {
	t, err := smithytime.ParseHTTPDate(d.expires)
	if err != nil {
		return nil
	}
	return &t
}

// encodeMetadata writes what is not ASCII as RFC 2047 has it: that is how S3
// gives it back ("Working with object metadata", Amazon S3 User Guide). So is
// what would else be taken for such text.
func encodeMetadata(metadata map[string]string) map[string]string {
	if len(metadata) == 0 {
		return nil
	}
	encoded := make(map[string]string, len(metadata))
	for key, value := range metadata {
		if strings.Contains(value, "=?") || strings.IndexFunc(value, func(r rune) bool { return r > '~' }) >= 0 {
			value = "=?utf-8?b?" + base64.StdEncoding.EncodeToString([]byte(value)) + "?="
		}
		encoded[key] = value
	}
	return encoded
}

func decodeMetadata(metadata map[string]string) map[string]string {
	if len(metadata) == 0 {
		return nil
	}
	decoded := make(map[string]string, len(metadata))
	for key, value := range metadata {
		text, err := new(mime.WordDecoder).DecodeHeader(value)
		if err != nil {
			text = value
		}
		decoded[strings.ToLower(key)] = text
	}
	return decoded
}

// checksum is the algorithm of uploads: for AWS it is CRC-64/NVME, which S3
// keeps of whole objects however they came; another endpoint gets none unless
// the user asks, because several break on one (boto/boto3#4392).
func (b *backend) checksum() types.ChecksumAlgorithm {
	switch {
	case b.config.ChecksumAlgorithm == "none":
		return ""
	case b.config.ChecksumAlgorithm != "":
		return types.ChecksumAlgorithm(b.config.ChecksumAlgorithm)
	case b.options.BaseEndpoint == nil:
		return types.ChecksumAlgorithmCrc64nvme
	}
	return ""
}
