package s3

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go/encoding/httpbinding"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

// defaultCopyPart is what one request copies of a large object. S3 takes up
// to 5 GiB, but an endpoint may say nothing while it copies: see patience.
const defaultCopyPart = 1 << 30

func (b *backend) Copy(ctx context.Context, src, dst string, o driver.CopyOptions) error {
	c := copying{backend: b, src: src, dst: dst, o: o}
	if err := b.checkAncestors(ctx, dst); err != nil {
		return c.outranked(ctx, err)
	}
	if o.Mode == driver.Create && b.copyLock == nil &&
		b.config.ConditionalPut != ConditionalPutCheck && b.config.CopyIfNotExists == CopyIfNotExistsMultipart {
		return c.inParts(ctx)
	}
	err := b.locked(ctx, b.copyLock, dst, target{mode: o.Mode}, func(ctx context.Context, t target) error {
		return c.inOne(ctx, t)
	})
	if b.copyLock != nil && errs.CodeOf(err) == errs.AlreadyExists {
		return c.outranked(ctx, err)
	}
	e, ok := err.(*errs.Error)
	if ok && !c.byHeader(target{mode: o.Mode}) && e.HTTPStatus == http.StatusBadRequest && (e.S3Code == "InvalidRequest" || e.S3Code == "EntityTooLarge") {
		// That is how S3 and others refuse a source above 5 GiB ("CopyObject",
		// API Reference), and little else that the parts would not refuse too.
		return c.inParts(ctx)
	}
	return err
}

// copying is one copy.
type copying struct {
	*backend
	src, dst string
	o        driver.CopyOptions
}

// outranked is err about the target, unless the source is missing.
func (c copying) outranked(ctx context.Context, err error) error {
	_, headErr := c.headWith(ctx, c.src, driver.HeadOptions{VersionID: c.o.SourceVersion})
	if errs.CodeOf(headErr) == errs.NotFound {
		return &driver.SourceError{Err: headErr}
	}
	return err
}

// byHeader tells whether a header of its own refuses to overwrite. Then there is
// no other way: nobody knows whether the endpoint would refuse a completion.
func (c copying) byHeader(t target) bool {
	return t.mode == driver.Create && c.config.CopyIfNotExists == CopyIfNotExistsHeader
}

func (c copying) inOne(ctx context.Context, t target) error {
	var condition condition
	var header []func(*s3.Options)
	if c.byHeader(t) {
		header = append(header, func(o *s3.Options) {
			o.APIOptions = append(o.APIOptions, smithyhttp.SetHeaderValue(c.config.CopyHeader.Name, c.config.CopyHeader.Value))
		})
	} else {
		var err error
		if condition, err = c.condition(ctx, c.dst, t); err != nil {
			return c.outranked(ctx, err)
		}
	}
	input := &s3.CopyObjectInput{
		Bucket:            &c.bucket,
		Key:               &c.dst,
		CopySource:        c.copySource(driver.Version{Key: c.src, VersionID: c.o.SourceVersion}),
		CopySourceIfMatch: given(c.o.SourceIfMatch),
		IfNoneMatch:       condition.IfNoneMatch,
	}
	if c.o.Replace != nil {
		c.replace(input)
	}
	call := c.begin(ctx)
	out, err := c.client.CopyObject(call.ctx, input, header...)
	err = call.fail(err)
	if e, ok := err.(*errs.Error); ok && c.byHeader(t) && e.HTTPStatus == c.config.CopyHeader.Status {
		e.Code = errs.PreconditionFailed
	}
	if errs.CodeOf(err) == errs.PreconditionFailed && c.o.SourceIfMatch != "" &&
		(condition.IfNoneMatch == nil && !c.byHeader(t) || c.isAnother(ctx)) {
		return &driver.SourceError{Err: err}
	}
	err = call.failWrite(err, t)
	if errs.CodeOf(err) == errs.NotFound {
		return &driver.SourceError{Err: err}
	}
	if err == nil && (out.CopyObjectResult == nil || out.CopyObjectResult.ETag == nil) {
		err = notS3()
	}
	return err
}

// isAnother asks whether the source has not the ETag that it must have.
func (c copying) isAnother(ctx context.Context) bool {
	_, err := c.Head(ctx, c.src, driver.HeadOptions{
		Conditions: driver.Conditions{IfMatch: c.o.SourceIfMatch}, VersionID: c.o.SourceVersion,
	})
	return errs.CodeOf(err) == errs.PreconditionFailed
}

// replace makes the target have what the user gives, and nothing of the source.
func (c copying) replace(input *s3.CopyObjectInput) {
	a := c.attributesFor(*c.o.Replace)
	input.MetadataDirective = types.MetadataDirectiveReplace
	if !c.config.WithoutTags {
		input.TaggingDirective = types.TaggingDirectiveReplace
	}
	input.CacheControl = a.CacheControl
	input.ContentDisposition = a.ContentDisposition
	input.ContentEncoding = a.ContentEncoding
	input.ContentLanguage = a.ContentLanguage
	input.ContentType = a.ContentType
	input.Metadata = a.Metadata
	input.StorageClass = a.StorageClass
	input.Tagging = a.Tagging
	input.ACL = a.ACL
}

// inParts copies as a multipart upload: for a source that is too large for
// one request, and to copy without overwriting, atomically. No server that was
// measured honours If-None-Match on CopyObject, several do on the completion
// of an upload (decision X7). Four requests, up to 1 GiB.
func (c copying) inParts(ctx context.Context) error {
	source, err := c.headWith(ctx, c.src, driver.HeadOptions{
		Conditions: driver.Conditions{IfMatch: c.o.SourceIfMatch}, VersionID: c.o.SourceVersion,
	})
	if err != nil {
		return &driver.SourceError{Err: err}
	}
	var a attributes
	if c.o.Replace != nil {
		a = c.attributesFor(*c.o.Replace)
	} else if a, err = c.attributesOf(ctx, c.src, &source); err != nil {
		return &driver.SourceError{Err: err}
	}
	t := target{mode: c.o.Mode}
	if source.length == 0 { // there is no part to copy
		return c.locked(ctx, c.copyLock, c.dst, t, func(ctx context.Context, t target) error {
			_, err := c.putObject(ctx, c.dst, nil, t, a)
			return err
		})
	}
	u, err := c.newUpload(ctx, c.dst, t, a, c.checksumOfCopy())
	if err != nil {
		return err
	}
	u.lock = c.copyLock
	err = c.each(ctx, &source, u)
	if err == nil {
		_, err = u.Commit(ctx)
	}
	if err != nil {
		return u.abortAfter(ctx, err)
	}
	return nil
}

// checksumOfCopy is the algorithm of an upload whose parts are copied. Another
// endpoint than AWS gets none: MinIO computes none of a part that it copies, and
// refuses it in an upload that has one (minio/minio#20649).
func (b *backend) checksumOfCopy() types.ChecksumAlgorithm {
	if b.options.BaseEndpoint != nil {
		return ""
	}
	return b.checksum()
}

// each copies the parts of the source.
func (c copying) each(ctx context.Context, source *described, u *upload) error {
	size := source.length
	driver.Expect(ctx, size)
	step := max(cmp.Or(c.config.CopyPartSize, defaultCopyPart), (size+maxParts-1)/maxParts)
	for offset, number := int64(0), 1; offset < size; offset, number = offset+step, number+1 {
		end := min(offset+step, size)
		call := c.begin(ctx)
		out, err := c.client.UploadPartCopy(call.ctx, &s3.UploadPartCopyInput{
			Bucket: &c.bucket, Key: &u.key, UploadId: u.id, PartNumber: aws.Int32(int32(number)),
			CopySource:        c.copySource(driver.Version{Key: c.src, VersionID: c.o.SourceVersion}),
			CopySourceIfMatch: given(source.etag), // the object that the Head described
			CopySourceRange:   aws.String(fmt.Sprintf("bytes=%d-%d", offset, end-1)),
		})
		if err != nil {
			e := call.fail(err).(*errs.Error)
			if e.S3Code != "NoSuchUpload" && e.Code == errs.NotFound || e.Code == errs.PreconditionFailed {
				e.Code, e.Message = errs.Changed, "the source changed while it was copied"
				return &driver.SourceError{Err: e}
			}
			return u.failPart(e, true)
		}
		if out.CopyPartResult == nil || out.CopyPartResult.ETag == nil {
			return notS3()
		}
		made := out.CopyPartResult
		driver.Transferred(ctx, end-offset)
		u.add(number, end-offset, *made.ETag, checksumsOf(
			made.ChecksumSHA256, made.ChecksumCRC64NVME, made.ChecksumCRC32C, made.ChecksumCRC32, made.ChecksumSHA1))
	}
	return nil
}

// copySource is "bucket/key", escaped; '+' too, which S3 would read as a space.
func (b *backend) copySource(source driver.Version) *string {
	escaped := httpbinding.EscapePath(b.bucket+"/"+source.Key, false)
	if source.VersionID != "" {
		escaped += "?versionId=" + url.QueryEscape(source.VersionID)
	}
	return &escaped
}
