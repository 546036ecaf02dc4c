package s3

import (
	"context"
	"errors"
	"io"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

// clean removes all that the probe wrote, and says what could not be: in the
// report, or in the error.
func (p *probe) clean() {
	if len(p.written) == 0 {
		return
	}
	ctx := p.ctx
	if p.err != nil { // perhaps because nobody answers, or the time of ctx is used up
		within, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTimeout)
		defer cancel()
		ctx = within
	}
	p.abortUploads(ctx)
	left := p.deleteAny(ctx)
	if len(p.uploads) > 0 {
		p.abortUploads(ctx)
	}
	for id, key := range p.uploads {
		left = append(left, key+"?uploadId="+id)
	}
	p.report.Left = append(p.report.Left, left...)
	if e, ok := errors.AsType[*errs.Error](p.err); ok && len(left) > 0 {
		e.Detail = "what the probe wrote below " + p.prefix + " may stay: it could not be removed"
	}
}

// abortUploads aborts those that are known, and those that a listing shows.
func (p *probe) abortUploads(ctx context.Context) {
	for id, key := range p.uploads {
		if err := p.AbortUpload(ctx, key, id); err == nil || errs.CodeOf(err) == errs.NotFound {
			delete(p.uploads, id)
		}
	}
	for _, prefix := range append(p.lost, p.prefix) { // some list by the whole key only
		uploads := p.Uploads(driver.ListOptions{Prefix: prefix})
		for {
			page, err := uploads.Next(ctx)
			if err != nil { // or the end
				break
			}
			for _, u := range page {
				if err := p.AbortUpload(ctx, u.Key, u.UploadID); err != nil && errs.CodeOf(err) != errs.NotFound {
					p.uploads[u.UploadID] = u.Key
				}
			}
		}
	}
}

func (p *probe) deleteAny(ctx context.Context) (left []string) {
	if !p.versioned {
		return p.deleteKeys(ctx)
	}
	left, err := p.deleteVersions(ctx)
	if err != nil { // then they stay, behind a mark that says that they are deleted
		return append(p.deleteKeys(ctx), left...)
	}
	return left
}

// deleteKeys deletes what was written, and then what is listed all the same:
// under another key than the one that was sent. It returns what stays.
func (p *probe) deleteKeys(ctx context.Context) (left []string) {
	slices.Sort(p.written)
	left = p.deleteAll(ctx, slices.Compact(p.written))
	for range 2 {
		keys, err := p.keysBelow(ctx)
		if err != nil {
			return left
		}
		left = keys
		if len(left) == 0 {
			return nil
		}
		p.deleteAll(ctx, left)
	}
	return left
}

// deleteAll deletes keys, and returns those that it could not.
func (p *probe) deleteAll(ctx context.Context, keys []string) (left []string) {
	if p.outcomes["delete_objects"] == driver.Honoured {
		objects := make([]driver.Version, len(keys))
		for i, key := range keys {
			objects[i].Key = key
		}
		if failed, err := p.DeleteMany(ctx, objects); err == nil && len(failed) == 0 {
			return nil
		}
	}
	for _, key := range keys {
		if err := p.Delete(ctx, key, driver.DeleteOptions{}); err != nil && errs.CodeOf(err) != errs.NotFound {
			left = append(left, key)
		}
	}
	return left
}

func (p *probe) keysBelow(ctx context.Context) (keys []string, err error) {
	pages := p.List(driver.ListOptions{Prefix: p.prefix, Markers: true})
	for {
		page, err := pages.Next(ctx)
		if err == io.EOF {
			return keys, nil
		}
		if err != nil {
			return nil, err
		}
		for _, o := range page {
			keys = append(keys, o.Key)
		}
	}
}

// deleteVersions deletes the objects, and what stays of those that were deleted,
// with the marks that say that they were. It returns the keys of what stays.
func (p *probe) deleteVersions(ctx context.Context) (left []string, err error) {
	input := &s3.ListObjectVersionsInput{Bucket: &p.bucket, Prefix: &p.prefix, EncodingType: types.EncodingTypeUrl}
	for {
		call := p.begin(ctx)
		out, err := p.client.ListObjectVersions(call.ctx, input)
		if err != nil {
			return []string{p.prefix}, call.fail(err)
		}
		versions := out.Versions
		for _, mark := range out.DeleteMarkers {
			versions = append(versions, types.ObjectVersion{Key: mark.Key, VersionId: mark.VersionId})
		}
		for _, v := range versions {
			key, err := decode(out.EncodingType, v.Key)
			if err == nil {
				call := p.begin(ctx)
				_, err = p.client.DeleteObject(call.ctx, &s3.DeleteObjectInput{Bucket: &p.bucket, Key: &key, VersionId: v.VersionId})
			}
			if err != nil {
				left = append(left, key)
			}
		}
		if !aws.ToBool(out.IsTruncated) || out.NextKeyMarker == nil {
			return left, nil
		}
		marker, err := decode(out.EncodingType, out.NextKeyMarker)
		if err != nil {
			return append(left, p.prefix), err
		}
		input.KeyMarker, input.VersionIdMarker = &marker, out.NextVersionIdMarker
	}
}
