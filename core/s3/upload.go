package s3

import (
	"cmp"
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/core/internal/safego"
	"github.com/libremotestore/libremotestore/core/s3/dynamolock"
)

const maxParts = 10_000 // of an upload ("Amazon S3 multipart upload limits", User Guide)

// upload is one multipart upload. It serves any number of calls at once.
type upload struct {
	backend *backend
	key     string
	id      *string
	target  target
	lock    *dynamolock.Table // of its completion; nil is none
	flying  *flight           // of a writer, or a large put

	ending  sync.Mutex // held by an abort
	aborted bool

	mu    sync.Mutex
	parts map[int]part
	late  bool // the endpoint may still be storing a part whose answer nobody waits for
}

type part struct {
	completed types.CompletedPart
	size      int64
}

func (b *backend) NewUpload(ctx context.Context, key string, o driver.PutOptions) (driver.Upload, error) {
	if err := b.checkAncestors(ctx, key); err != nil {
		return nil, err
	}
	u, err := b.newUpload(ctx, key, target{o.Mode, o.IfMatch}, b.attributesFor(o), b.checksum())
	if err != nil {
		return nil, err // not u: a nil in an interface is not nil
	}
	return u, nil
}

func (b *backend) newUpload(ctx context.Context, key string, t target, a attributes,
	checksum types.ChecksumAlgorithm) (*upload, error) {
	input := &s3.CreateMultipartUploadInput{
		Bucket:             &b.bucket,
		Key:                &key,
		ChecksumAlgorithm:  checksum,
		CacheControl:       a.CacheControl,
		ContentDisposition: a.ContentDisposition,
		ContentEncoding:    a.ContentEncoding,
		ContentLanguage:    a.ContentLanguage,
		ContentType:        a.ContentType,
		Expires:            a.Expires,
		Metadata:           a.Metadata,
		StorageClass:       a.StorageClass,
		Tagging:            a.Tagging,
		ACL:                a.ACL,
	}
	if !inXML(key) {
		// The answer would hold the key, and nobody could read it, nor the ID
		// of the upload, nor abort it.
		return nil, driver.NotSupported(driver.CanMultipart,
			"a key with control characters cannot be written in parts: XML cannot say it")
	}
	u := &upload{backend: b, key: key, target: t, lock: b.putLock, flying: newFlight(ctx), parts: map[int]part{}}
	// If nobody waits for the upload any more, it must not stay.
	finished, err := b.finish(ctx, func(own context.Context) error {
		call := b.begin(own)
		out, err := b.client.CreateMultipartUpload(call.ctx, input)
		if err != nil {
			return call.fail(err)
		}
		if out.UploadId == nil {
			return notS3()
		}
		u.id = out.UploadId
		if err := driver.Done(ctx); err != nil {
			return u.abortAfter(own, err)
		}
		return nil
	})
	if !finished || err != nil {
		return nil, err
	}
	return u, nil
}

func (u *upload) ID() string { return *u.id }

func (u *upload) Part(ctx context.Context, number int, data []byte) error {
	return u.part(ctx, number, lend(data, func() {})) // the SDK lets nobody read it after the call
}

func (u *upload) part(ctx context.Context, number int, data *lent) error {
	if number < 1 || number > maxParts {
		return errs.New(errs.InvalidArgument, "the number of the part is %d, but must be 1 to %d: "+
			"parts must be larger, see the option part_size", number, maxParts)
	}
	input := &s3.UploadPartInput{
		Bucket: &u.backend.bucket, Key: &u.key, UploadId: u.id, PartNumber: aws.Int32(int32(number)),
		Body:              data,
		ChecksumAlgorithm: u.backend.checksum(),
	}
	call := u.backend.begin(ctx)
	made, err := u.backend.lane.uploadPart(call, input, data)
	if err == errSDK {
		err = call.apart(func() (err error) {
			if _, err = data.Seek(0, io.SeekStart); err != nil { // the lane may have sent them
				return err
			}
			out, err := u.backend.client.UploadPart(call.ctx, input, withContentType(nil))
			if err == nil {
				made = describedByPart(out)
			}
			return err
		})
	}
	if err != nil {
		whole := call.whole || call.sent > 1 || call.sent == 1 && data.isSent()
		return u.failPart(call.failUpload(err), whole)
	}
	if made.etag == "" {
		return notS3()
	}
	call.sentUpTo(len(data.data))
	u.add(number, int64(len(data.data)), made.etag, made.checksums)
	return nil
}

// failPart notes whether the endpoint may have the part all the same: only one
// that was sent whole.
func (u *upload) failPart(err error, whole bool) error {
	if !whole {
		return err
	}
	switch errs.CodeOf(err) {
	case errs.Cancelled, errs.Deadline, errs.Unavailable:
		u.mu.Lock()
		defer u.mu.Unlock()
		u.late = true
	}
	return err
}

func (u *upload) isLate() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.late
}

func (u *upload) add(number int, size int64, etag string, sums checksums) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.parts[number] = part{types.CompletedPart{
		PartNumber:        aws.Int32(int32(number)),
		ETag:              &etag,
		ChecksumSHA256:    given(sums[0]),
		ChecksumCRC64NVME: given(sums[1]),
		ChecksumCRC32C:    given(sums[2]),
		ChecksumCRC32:     given(sums[3]),
		ChecksumSHA1:      given(sums[4]),
	}, size}
}

// Commit completes the upload.
func (u *upload) Commit(ctx context.Context) (o driver.Object, err error) {
	err = u.backend.locked(ctx, u.lock, u.key, u.target, func(ctx context.Context, t target) error {
		o, err = u.complete(ctx, t)
		return err
	})
	return o, err
}

func (u *upload) complete(ctx context.Context, t target) (driver.Object, error) {
	condition, err := u.backend.condition(ctx, u.key, t)
	if err != nil {
		return driver.Object{}, err
	}
	parts, size := u.inOrder()
	if len(parts) == 0 {
		return driver.Object{}, errs.New(errs.InvalidArgument, "the upload has no part: an empty object is written by put")
	}
	call := u.backend.begin(ctx)
	out, err := u.backend.client.CompleteMultipartUpload(call.ctx, &s3.CompleteMultipartUploadInput{
		Bucket: &u.backend.bucket, Key: &u.key, UploadId: u.id,
		IfMatch:         condition.IfMatch,
		IfNoneMatch:     condition.IfNoneMatch,
		MultipartUpload: &types.CompletedMultipartUpload{Parts: parts},
	})
	if err != nil {
		return driver.Object{}, call.failUpload(call.failWrite(err, t))
	}
	if out.ETag == nil {
		return driver.Object{}, notS3()
	}
	return driver.Object{
		Key:       u.key,
		Size:      size,
		ETag:      *out.ETag,
		VersionID: aws.ToString(out.VersionId),
		Digest: digest(out.ChecksumType, checksumsOf(
			out.ChecksumSHA256, out.ChecksumCRC64NVME, out.ChecksumCRC32C, out.ChecksumCRC32, out.ChecksumSHA1)),
	}, nil
}

func (u *upload) inOrder() (parts []types.CompletedPart, size int64) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, p := range u.parts {
		parts = append(parts, p.completed)
		size += p.size
	}
	slices.SortFunc(parts, func(a, b types.CompletedPart) int { return cmp.Compare(*a.PartNumber, *b.PartNumber) })
	return parts, size
}

// Abort aborts the upload, also when ctx is over (aws/aws-sdk-go-v2#3341). One
// that may stay is named in the error.
func (u *upload) Abort(ctx context.Context) error {
	_, err := u.backend.finish(ctx, func(own context.Context) error {
		u.ending.Lock() // an earlier one may go on behind its caller
		defer u.ending.Unlock()
		if u.aborted {
			return nil
		}
		u.flying.land() // a part that came later would stay
		within, cancel := context.WithTimeout(own, cleanupTimeout)
		defer cancel()
		err := u.backend.AbortUpload(within, u.key, *u.id)
		if own.Err() == nil && errs.CodeOf(err) == errs.Deadline { // ours, not the call's
			err = errs.Wrap(err, errs.Unavailable, "the endpoint did not answer the abort within %s", cleanupTimeout)
		}
		if u.isLate() {
			safego.Leave(u.backend.alone(func() error { return u.sweep(context.WithoutCancel(own)) }))
		}
		if errs.CodeOf(err) == errs.NotFound {
			err = nil
		}
		u.aborted = err == nil
		return err
	})
	if err != nil {
		return u.named(err)
	}
	return nil
}

// sweep aborts once more, and again: the endpoint may be storing a part whose
// answer nobody waits for, and begin the upload anew by it ("Aborting a multipart
// upload", Amazon S3 User Guide; versitygw does).
func (u *upload) sweep(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, cleanupTimeout)
	defer cancel()
	for wait := 100 * time.Millisecond; wait < 3*time.Second; wait *= 2 {
		if err := pause(ctx, wait); err != nil {
			return err
		}
		_ = u.backend.AbortUpload(ctx, u.key, *u.id) // most say that there is none
	}
	return nil
}

// abortAfter aborts an upload that failed with err, which it returns.
func (u *upload) abortAfter(ctx context.Context, err error) error {
	if u.Abort(ctx) != nil {
		return u.named(err)
	}
	return err
}

// named puts the upload into an error.
func (u *upload) named(err error) error {
	if e, ok := errors.AsType[*errs.Error](err); ok {
		e.UploadID = *u.id
	}
	return err
}

func (b *backend) AbortUpload(ctx context.Context, key, uploadID string) error {
	call := b.begin(ctx)
	_, err := b.client.AbortMultipartUpload(call.ctx, &s3.AbortMultipartUploadInput{
		Bucket: &b.bucket, Key: &key, UploadId: &uploadID,
	})
	return call.failUpload(err)
}

// failUpload is fail where what is not found is the upload.
func (c *call) failUpload(err error) error {
	err = c.fail(err)
	if e, ok := errors.AsType[*errs.Error](err); ok && e.S3Code == "NoSuchUpload" {
		e.Message = "the upload does not exist: it was completed or aborted"
		if c.unanswered {
			e.Code = errs.Unavailable
			e.Message = "an attempt got no answer, and the upload is over now: it is not known whether it was completed"
		}
	}
	return err
}
