package s3

import (
	"context"
	"io"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

// versionLister lists all versions below a prefix. It holds the markers in its
// input; nil is the end.
type versionLister struct {
	backend *backend
	o       driver.ListOptions
	input   *s3.ListObjectVersionsInput
}

func (b *backend) versions(o driver.ListOptions) driver.Lister {
	input := &s3.ListObjectVersionsInput{
		Bucket:          &b.bucket,
		Prefix:          aws.String(o.Prefix),
		MaxKeys:         aws.Int32(int32(o.PageLimit())),
		KeyMarker:       given(o.After),
		VersionIdMarker: given(o.AfterVersion),
		EncodingType:    types.EncodingTypeUrl,
	}
	if o.Levels == 1 {
		input.Delimiter = aws.String("/")
	}
	return &versionLister{backend: b, o: o, input: input}
}

func (l *versionLister) Next(ctx context.Context) ([]driver.Object, error) {
	for l.input != nil {
		call := l.backend.begin(ctx)
		out, err := l.backend.client.ListObjectVersions(call.ctx, l.input)
		if err != nil {
			return nil, call.fail(err)
		}
		if out.Name == nil {
			return nil, notS3()
		}
		page, err := l.entries(out)
		if err != nil {
			return nil, err
		}
		if err := l.goOn(out); err != nil {
			return nil, err
		}
		if len(page) > 0 {
			return page, nil
		}
	}
	return nil, io.EOF
}

// goOn makes the input that of the next page.
func (l *versionLister) goOn(out *s3.ListObjectVersionsOutput) error {
	if !aws.ToBool(out.IsTruncated) {
		l.input = nil
		return nil
	}
	key, err := decode(out.EncodingType, out.NextKeyMarker)
	if err != nil {
		return err
	}
	if out.NextKeyMarker == nil ||
		key == aws.ToString(l.input.KeyMarker) && aws.ToString(out.NextVersionIdMarker) == aws.ToString(l.input.VersionIdMarker) {
		return errs.New(errs.Corrupt, "the listing goes on, but the endpoint does not say where")
	}
	l.input.KeyMarker, l.input.VersionIdMarker = &key, out.NextVersionIdMarker
	return nil
}

// entries returns what an answer lists: by key, and the latest version first,
// which is the order of the answer but for the marks of deletion and the folders.
func (l *versionLister) entries(out *s3.ListObjectVersionsOutput) ([]driver.Object, error) {
	page := make([]driver.Object, 0, len(out.Versions)+len(out.DeleteMarkers)+len(out.CommonPrefixes))
	for _, v := range out.Versions {
		page = append(page, driver.Object{
			Key:        aws.ToString(v.Key),
			Size:       aws.ToInt64(v.Size),
			ETag:       aws.ToString(v.ETag),
			Modified:   aws.ToTime(v.LastModified),
			Attributes: driver.Attributes{StorageClass: string(v.StorageClass)},
			VersionID:  aws.ToString(v.VersionId),
			Latest:     aws.ToBool(v.IsLatest),
		})
	}
	for _, d := range out.DeleteMarkers {
		page = append(page, driver.Object{
			Key:       aws.ToString(d.Key),
			Modified:  aws.ToTime(d.LastModified),
			VersionID: aws.ToString(d.VersionId),
			Latest:    aws.ToBool(d.IsLatest),
			Deleted:   true,
		})
	}
	for i := range page {
		key, err := decode(out.EncodingType, &page[i].Key)
		if err != nil {
			return nil, err
		}
		page[i].Key = key
	}
	if l.o.Folders {
		for _, p := range out.CommonPrefixes {
			key, err := decode(out.EncodingType, p.Prefix)
			if err != nil {
				return nil, err
			}
			page = append(page, driver.Object{Key: strings.TrimSuffix(key, "/"), Folder: true})
		}
	}
	slices.SortStableFunc(page, func(a, b driver.Object) int {
		if order := driver.CompareKeys(a, b); order != 0 {
			return order
		}
		return b.Modified.Compare(a.Modified)
	})
	return slices.DeleteFunc(page, func(o driver.Object) bool {
		return strings.HasSuffix(o.Key, "/") && !l.o.Markers
	}), nil
}
