package s3

import (
	"context"
	"io"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/libremotestore/libremotestore/core/driver"
)

func (b *backend) List(o driver.ListOptions) driver.Lister {
	input := &s3.ListObjectsV2Input{
		Bucket:  &b.bucket,
		Prefix:  aws.String(o.Prefix),
		MaxKeys: aws.Int32(int32(o.PageLimit())),
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
		prefix := aws.ToString(l.input.Prefix)
		if aws.ToBool(out.IsTruncated) && out.NextContinuationToken != nil {
			l.input.ContinuationToken = out.NextContinuationToken
		} else {
			l.input = nil
		}
		if page := entries(prefix, out); len(page) > 0 {
			return page, nil
		}
	}
	return nil, io.EOF
}

// entries merges the objects and the folders of an answer. A key with a
// trailing '/' is a folder marker: it makes the folder exist and is no object.
func entries(prefix string, out *s3.ListObjectsV2Output) []driver.Object {
	page := make([]driver.Object, 0, len(out.Contents)+len(out.CommonPrefixes))
	for _, o := range out.Contents {
		key := aws.ToString(o.Key)
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
		key := strings.TrimSuffix(aws.ToString(p.Prefix), "/")
		page = append(page, driver.Object{Key: key, Folder: true})
	}
	slices.SortFunc(page, driver.CompareKeys)
	return page
}
