package s3

import (
	"bytes"
	"net/http"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/libremotestore/libremotestore/core/s3/fastlane"
)

// listed is memory for the pages of one listing.
type listed struct {
	body bytes.Buffer
	page fastlane.Page
}

// listObjects lists one page.
func (l *lane) listObjects(c *call, in *s3.ListObjectsV2Input, into *listed) error {
	c.request(http.MethodGet, "").Query = listQuery(in)
	return l.readWhole(c, listObjects, &into.body, func(answer []byte) bool { return into.page.Parse(answer) == nil })
}

// take makes a page of what the SDK has read.
func (l *listed) take(out *s3.ListObjectsV2Output) error {
	page := fastlane.Page{Named: out.Name != nil, Truncated: aws.ToBool(out.IsTruncated), Next: aws.ToString(out.NextContinuationToken)}
	for _, o := range out.Contents {
		key, err := decode(out.EncodingType, o.Key)
		if err != nil {
			return err
		}
		page.Entries = append(page.Entries, fastlane.Entry{
			Key:          key,
			Size:         aws.ToInt64(o.Size),
			ETag:         aws.ToString(o.ETag),
			Modified:     aws.ToTime(o.LastModified),
			StorageClass: string(o.StorageClass),
		})
	}
	for _, p := range out.CommonPrefixes {
		prefix, err := decode(out.EncodingType, p.Prefix)
		if err != nil {
			return err
		}
		page.Prefixes = append(page.Prefixes, prefix)
	}
	l.page = page
	return nil
}

// listQuery has its parameters sorted by name, as they are signed.
func listQuery(in *s3.ListObjectsV2Input) string {
	var q []byte
	add := func(name, value string) {
		if q != nil {
			q = append(q, '&')
		}
		q = append(append(q, name...), '=')
		q = fastlane.AppendQuery(q, value)
	}
	if in.ContinuationToken != nil {
		add("continuation-token", *in.ContinuationToken)
	}
	if in.Delimiter != nil {
		add("delimiter", *in.Delimiter)
	}
	if in.EncodingType != "" {
		add("encoding-type", string(in.EncodingType))
	}
	add("list-type", "2")
	if in.MaxKeys != nil {
		add("max-keys", strconv.Itoa(int(*in.MaxKeys)))
	}
	add("prefix", aws.ToString(in.Prefix))
	if in.StartAfter != nil {
		add("start-after", *in.StartAfter)
	}
	return string(q)
}
