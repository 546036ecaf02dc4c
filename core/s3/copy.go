package s3

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go/encoding/httpbinding"
	smithytime "github.com/aws/smithy-go/time"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

const (
	copyPart     = 1 << 30 // S3 takes up to 5 GiB, but says nothing while it copies: see stallTimeout
	abortTimeout = 10 * time.Second
)

func (b *backend) Copy(ctx context.Context, src, dst string, mode driver.Mode) error {
	if mode == driver.Create {
		return b.copyCreate(ctx, src, dst)
	}
	call := b.begin(ctx)
	out, err := b.client.CopyObject(call.ctx, &s3.CopyObjectInput{
		Bucket: &b.bucket, Key: &dst, CopySource: b.copySource(src),
	})
	err = call.fail(err)
	if errs.CodeOf(err) == errs.NotFound {
		return &driver.SourceError{Err: err}
	}
	if err == nil && (out.CopyObjectResult == nil || out.CopyObjectResult.ETag == nil) {
		err = notS3()
	}
	return err
}

// copyCreate copies without overwriting, atomically: no server that was
// measured honours If-None-Match on CopyObject, several do on the completion
// of a multipart upload (decision X7). Four requests.
func (b *backend) copyCreate(ctx context.Context, src, dst string) error {
	head, err := b.head(ctx, src)
	if err != nil {
		return &driver.SourceError{Err: err}
	}
	tagging, err := b.tagging(ctx, src, head)
	if err != nil {
		return &driver.SourceError{Err: err}
	}
	if *head.ContentLength == 0 {
		return b.createEmpty(ctx, dst, head, tagging)
	}
	call := b.begin(ctx)
	upload, err := b.client.CreateMultipartUpload(call.ctx, &s3.CreateMultipartUploadInput{
		Bucket: &b.bucket, Key: &dst,
		CacheControl:       head.CacheControl,
		ContentDisposition: head.ContentDisposition,
		ContentEncoding:    head.ContentEncoding,
		ContentLanguage:    head.ContentLanguage,
		ContentType:        head.ContentType,
		Expires:            expires(head),
		Metadata:           head.Metadata,
		StorageClass:       head.StorageClass,
		Tagging:            tagging,
	})
	if err != nil {
		return call.fail(err)
	}
	if upload.UploadId == nil {
		return notS3()
	}
	err = b.copyParts(ctx, src, dst, upload.UploadId, head)
	if err == nil {
		return nil
	}
	return b.abort(ctx, dst, upload.UploadId, err)
}

func (b *backend) copyParts(ctx context.Context, src, dst string, uploadID *string, head *s3.HeadObjectOutput) error {
	size := *head.ContentLength
	var parts []types.CompletedPart
	for offset := int64(0); offset < size; offset += copyPart {
		number := aws.Int32(int32(len(parts) + 1))
		end := min(offset+copyPart, size) - 1
		call := b.begin(ctx)
		part, err := b.client.UploadPartCopy(call.ctx, &s3.UploadPartCopyInput{
			Bucket: &b.bucket, Key: &dst, UploadId: uploadID, PartNumber: number,
			CopySource:        b.copySource(src),
			CopySourceIfMatch: head.ETag, // the object that the Head described
			CopySourceRange:   aws.String(fmt.Sprintf("bytes=%d-%d", offset, end)),
		})
		if err != nil {
			e := call.fail(err).(*errs.Error)
			if e.Code == errs.NotFound || e.Code == errs.PreconditionFailed {
				e.Code, e.Message = errs.Changed, "the source changed while it was copied"
				return &driver.SourceError{Err: e}
			}
			return e
		}
		parts = append(parts, types.CompletedPart{ETag: part.CopyPartResult.ETag, PartNumber: number})
	}
	call := b.begin(ctx)
	_, err := b.client.CompleteMultipartUpload(call.ctx, &s3.CompleteMultipartUploadInput{
		Bucket: &b.bucket, Key: &dst, UploadId: uploadID,
		IfNoneMatch:     ifNoneMatch(driver.Create),
		MultipartUpload: &types.CompletedMultipartUpload{Parts: parts},
	})
	return call.failWrite(err)
}

// createEmpty copies an empty object, which has no part to copy.
func (b *backend) createEmpty(ctx context.Context, dst string, head *s3.HeadObjectOutput, tagging *string) error {
	call := b.begin(ctx)
	_, err := b.client.PutObject(call.ctx, &s3.PutObjectInput{
		Bucket: &b.bucket, Key: &dst, Body: bytes.NewReader(nil),
		IfNoneMatch:        ifNoneMatch(driver.Create),
		CacheControl:       head.CacheControl,
		ContentDisposition: head.ContentDisposition,
		ContentEncoding:    head.ContentEncoding,
		ContentLanguage:    head.ContentLanguage,
		ContentType:        head.ContentType,
		Expires:            expires(head),
		Metadata:           head.Metadata,
		StorageClass:       head.StorageClass,
		Tagging:            tagging,
	})
	return call.failWrite(err)
}

// tagging returns the tags of src in the form of a header, or nil.
func (b *backend) tagging(ctx context.Context, src string, head *s3.HeadObjectOutput) (*string, error) {
	if aws.ToInt32(head.TagCount) == 0 {
		return nil, nil
	}
	call := b.begin(ctx)
	out, err := b.client.GetObjectTagging(call.ctx, &s3.GetObjectTaggingInput{Bucket: &b.bucket, Key: &src})
	if err != nil {
		return nil, call.fail(err)
	}
	tags := url.Values{}
	for _, tag := range out.TagSet {
		tags.Add(aws.ToString(tag.Key), aws.ToString(tag.Value))
	}
	return aws.String(tags.Encode()), nil
}

// abort removes an upload that failed with err, also when ctx is over
// (aws/aws-sdk-go-v2#3341); an upload that stays is named in the error.
func (b *backend) abort(ctx context.Context, key string, uploadID *string, err error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), abortTimeout)
	defer cancel()
	call := b.begin(ctx)
	_, abortErr := b.client.AbortMultipartUpload(call.ctx, &s3.AbortMultipartUploadInput{
		Bucket: &b.bucket, Key: &key, UploadId: uploadID,
	})
	left := abortErr != nil && errs.CodeOf(call.fail(abortErr)) != errs.NotFound
	if e, ok := errors.AsType[*errs.Error](err); ok && left {
		e.UploadID = aws.ToString(uploadID)
	}
	return err
}

// expires is the Expires header, if it holds a date, which it need not.
func expires(head *s3.HeadObjectOutput) *time.Time {
	t, err := smithytime.ParseHTTPDate(aws.ToString(head.ExpiresString))
	if err != nil {
		return nil
	}
	return &t
}

// copySource is "bucket/key", escaped; '+' too, which S3 would read as a space.
func (b *backend) copySource(key string) *string {
	return aws.String(httpbinding.EscapePath(b.bucket+"/"+key, false))
}
