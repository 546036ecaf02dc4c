package s3

import (
	"cmp"
	"context"
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go/encoding/httpbinding"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

// defaultCopyPart is what one request copies of a large object. S3 takes up
// to 5 GiB, but an endpoint may say nothing while it copies: see patience.
const defaultCopyPart = 1 << 30

func (b *backend) Copy(ctx context.Context, src, dst string, mode driver.Mode) error {
	if err := b.checkAncestors(ctx, dst); err != nil {
		return b.outranked(ctx, src, err)
	}
	if mode == driver.Create && b.config.ConditionalPut != ConditionalPutCheck && b.config.CopyIfNotExists != CopyIfNotExistsNative {
		return b.copyParts(ctx, src, dst, mode)
	}
	err := b.copyObject(ctx, src, dst, mode)
	e, ok := err.(*errs.Error)
	if ok && e.HTTPStatus == http.StatusBadRequest && (e.S3Code == "InvalidRequest" || e.S3Code == "EntityTooLarge") {
		// That is how S3 and others refuse a source above 5 GiB ("CopyObject",
		// API Reference), and little else that the parts would not refuse too.
		return b.copyParts(ctx, src, dst, mode)
	}
	return err
}

// outranked is err about the target, unless the source is missing.
func (b *backend) outranked(ctx context.Context, src string, err error) error {
	if _, headErr := b.head(ctx, src); errs.CodeOf(headErr) == errs.NotFound {
		return &driver.SourceError{Err: headErr}
	}
	return err
}

func (b *backend) copyObject(ctx context.Context, src, dst string, mode driver.Mode) error {
	condition, err := b.condition(ctx, dst, mode)
	if err != nil {
		return b.outranked(ctx, src, err)
	}
	call := b.begin(ctx)
	out, err := b.client.CopyObject(call.ctx, &s3.CopyObjectInput{
		Bucket: &b.bucket, Key: &dst, CopySource: b.copySource(src), IfNoneMatch: condition,
	})
	err = call.failWrite(err)
	if errs.CodeOf(err) == errs.NotFound {
		return &driver.SourceError{Err: err}
	}
	if err == nil && (out.CopyObjectResult == nil || out.CopyObjectResult.ETag == nil) {
		err = notS3()
	}
	return err
}

// copyParts copies as a multipart upload: for a source that is too large for
// one request, and to copy without overwriting, atomically. No server that was
// measured honours If-None-Match on CopyObject, several do on the completion
// of an upload (decision X7). Four requests, up to 1 GiB.
func (b *backend) copyParts(ctx context.Context, src, dst string, mode driver.Mode) error {
	head, err := b.head(ctx, src)
	if err != nil {
		return &driver.SourceError{Err: err}
	}
	attributes, err := b.attributesOf(ctx, src, head)
	if err != nil {
		return &driver.SourceError{Err: err}
	}
	if *head.ContentLength == 0 { // there is no part to copy
		_, err := b.put(ctx, dst, nil, mode, attributes)
		return err
	}
	u, err := b.newUpload(ctx, dst, mode, attributes)
	if err != nil {
		return err
	}
	err = b.copyEach(ctx, src, head, u)
	if err == nil {
		_, err = u.Commit(ctx)
	}
	if err != nil {
		return u.abortAfter(ctx, err)
	}
	return nil
}

func (b *backend) copyEach(ctx context.Context, src string, head *s3.HeadObjectOutput, u *upload) error {
	size := *head.ContentLength
	step := max(cmp.Or(b.config.CopyPartSize, defaultCopyPart), (size+maxParts-1)/maxParts)
	for offset, number := int64(0), 1; offset < size; offset, number = offset+step, number+1 {
		end := min(offset+step, size)
		call := b.begin(ctx)
		out, err := b.client.UploadPartCopy(call.ctx, &s3.UploadPartCopyInput{
			Bucket: &b.bucket, Key: &u.key, UploadId: u.id, PartNumber: aws.Int32(int32(number)),
			CopySource:        b.copySource(src),
			CopySourceIfMatch: head.ETag, // the object that the Head described
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
		u.add(number, end-offset, types.CompletedPart{
			ETag:              out.CopyPartResult.ETag,
			ChecksumCRC32:     out.CopyPartResult.ChecksumCRC32,
			ChecksumCRC32C:    out.CopyPartResult.ChecksumCRC32C,
			ChecksumCRC64NVME: out.CopyPartResult.ChecksumCRC64NVME,
			ChecksumSHA1:      out.CopyPartResult.ChecksumSHA1,
			ChecksumSHA256:    out.CopyPartResult.ChecksumSHA256,
		})
	}
	return nil
}

// copySource is "bucket/key", escaped; '+' too, which S3 would read as a space.
func (b *backend) copySource(key string) *string {
	return aws.String(httpbinding.EscapePath(b.bucket+"/"+key, false))
}
