package s3

import (
	"context"
	"io"
	"net/url"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

func (b *backend) List(o driver.ListOptions) driver.Lister {
	input := &s3.ListObjectsV2Input{
		Bucket:  &b.bucket,
		Prefix:  aws.String(o.Prefix),
		MaxKeys: aws.Int32(int32(o.PageLimit())),
		// XML has no way to write most control characters.
		EncodingType: types.EncodingTypeUrl,
	}
	if !o.Recursive {
		input.Delimiter = aws.String("/")
	}
	return &lister{backend: b, input: input}
}

// lister holds the continuation token in its input; nil is the end.
type lister struct {
	backend *backend
	input   *s3.ListObjectsV2Input
}

func (l *lister) Next(ctx context.Context) ([]driver.Object, error) {
	for l.input != nil {
		call := l.backend.begin(ctx)
		out, err := l.backend.client.ListObjectsV2(call.ctx, l.input)
		if err != nil {
			return nil, call.fail(err)
		}
		if out.Name == nil {
			return nil, notS3()
		}
		page, err := entries(out)
		if err != nil {
			return nil, err
		}
		switch {
		case !aws.ToBool(out.IsTruncated):
			l.input = nil
		case out.NextContinuationToken == nil:
			return nil, errs.New(errs.Corrupt, "the listing goes on, but the endpoint does not say where")
		default:
			l.input.ContinuationToken = out.NextContinuationToken
		}
		if len(page) > 0 {
			return page, nil
		}
	}
	return nil, io.EOF
}

// entries merges the objects and the folders of an answer. A key with a
// trailing '/' is a folder marker: it makes the folder exist and is no object.
func entries(out *s3.ListObjectsV2Output) ([]driver.Object, error) {
	page := make([]driver.Object, 0, len(out.Contents)+len(out.CommonPrefixes))
	for _, o := range out.Contents {
		key, err := decode(out, o.Key)
		if err != nil {
			return nil, err
		}
		if strings.HasSuffix(key, "/") {
			continue
		}
		page = append(page, driver.Object{
			Key:      key,
			Size:     aws.ToInt64(o.Size),
			ETag:     aws.ToString(o.ETag),
			Modified: aws.ToTime(o.LastModified),
		})
	}
	for _, p := range out.CommonPrefixes {
		key, err := decode(out, p.Prefix)
		if err != nil {
			return nil, err
		}
		page = append(page, driver.Object{Key: strings.TrimSuffix(key, "/"), Folder: true})
	}
	slices.SortFunc(page, driver.CompareKeys)
	return page, nil
}

// decode undoes the encoding of a key, which an endpoint may not know.
func decode(out *s3.ListObjectsV2Output, key *string) (string, error) {
	if out.EncodingType != types.EncodingTypeUrl {
		return aws.ToString(key), nil
	}
	decoded, err := url.QueryUnescape(aws.ToString(key))
	if err != nil {
		return "", errs.Wrap(err, errs.Corrupt, "the endpoint lists a key that is not URL-encoded as it says")
	}
	return decoded, nil
}
