package s3

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/core/internal/safego"
)

// versionLister lists all versions below a prefix. It holds the markers in its
// input; nil is the end.
type versionLister struct {
	backend *backend
	o       driver.ListOptions
	input   *s3.ListObjectVersionsInput
}

// ofVersion is err of a read of a version. That it says that the object was deleted,
// is status 405 ("HeadObject" and "GetObject", API Reference); and what cannot be
// a version is 400, of which a HEAD does not say why.
func ofVersion(version string, err error) error {
	e, ok := errors.AsType[*errs.Error](err)
	switch {
	case version == "" || !ok:
	case e.HTTPStatus == http.StatusMethodNotAllowed:
		e.Code, e.Message = errs.NotFound, "the object was deleted: that is all that this version says"
	case e.HTTPStatus == http.StatusBadRequest && e.Code == errs.Unknown:
		e.Code, e.Message = errs.InvalidArgument, "the endpoint refuses the version: it may be none of its own"
	}
	return err
}

func (b *backend) versions(o driver.ListOptions) driver.Lister {
	input := &s3.ListObjectVersionsInput{
		Bucket:          &b.bucket,
		Prefix:          aws.String(o.Prefix),
		MaxKeys:         aws.Int32(int32(o.PageLimit())),
		KeyMarker:       given(startAfter(o)),
		VersionIdMarker: given(o.AfterVersion),
		EncodingType:    types.EncodingTypeUrl,
	}
	if o.Levels == 1 {
		input.Delimiter = aws.String("/")
	}
	return &versionLister{backend: b, o: o, input: input}
}

func (l *versionLister) Next(ctx context.Context) (page []driver.Object, err error) {
	err = safego.Apart(ctx, func(ctx context.Context) error {
		page, err = l.next(ctx)
		return err
	})
	return page, err
}

func (l *versionLister) next(ctx context.Context) ([]driver.Object, error) {
	for l.input != nil {
		var order versionOrder
		call := l.backend.begin(ctx)
		out, err := l.backend.client.ListObjectVersions(call.ctx, l.input, order.keep)
		if err != nil {
			return nil, call.fail(err)
		}
		if out.Name == nil {
			return nil, notS3()
		}
		page, err := l.entries(out, &order)
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
// which is the order of an answer of S3; others have the marks of deletion apart.
func (l *versionLister) entries(out *s3.ListObjectVersionsOutput, order *versionOrder) ([]driver.Object, error) {
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
	order.sort(page)
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
		if a.Latest != b.Latest {
			return map[bool]int{true: -1, false: 1}[a.Latest]
		}
		return b.Modified.Compare(a.Modified)
	})
	return slices.DeleteFunc(l.behind(page), func(o driver.Object) bool {
		return strings.HasSuffix(o.Key, "/") && !l.o.Markers
	}), nil
}

// behind is what of a page is behind the version, the key or the folder that the
// listing begins behind: versitygw begins with it, and that may be in a folder.
func (l *versionLister) behind(page []driver.Object) []driver.Object {
	after := driver.Object{Key: l.o.After}
	last := slices.IndexFunc(page, func(o driver.Object) bool {
		return l.o.AfterVersion != "" && o.Key == l.o.After && o.VersionID == l.o.AfterVersion
	})
	return slices.DeleteFunc(page[last+1:], func(o driver.Object) bool {
		order := driver.CompareKeys(o, after)
		return order < 0 || order == 0 && l.o.AfterVersion == ""
	})
}
