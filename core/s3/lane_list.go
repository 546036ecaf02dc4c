package s3

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/core/s3/fastlane"
)

// listed is memory for the pages of one listing.
type listed struct {
	body    bytes.Buffer
	page    fastlane.Page
	objects []types.Object
	folders []types.CommonPrefix
}

// listObjects lists one page. What it returns is in memory of into, up to the next page.
func (l *lane) listObjects(c *call, in *s3.ListObjectsV2Input, into *listed) (*s3.ListObjectsV2Output, error) {
	answer, body, err := l.send(c, listObjects, &fastlane.Request{Method: http.MethodGet, Query: listQuery(in)})
	if err != nil {
		return nil, err
	}
	defer body.Close()
	into.body.Reset()
	known := &fastlane.Answer{Status: answer.Status, Length: answer.Length, Fields: slices.Clone(answer.Fields)} // the body gives the other away
	_, err = into.body.ReadFrom(io.LimitReader(driver.Reading(c.ctx, body), maxUnknownLength))
	if err != nil {
		if _, ended := errors.AsType[*errs.Error](err); ended {
			return nil, err
		}
		c.first = &firstAnswer{signedBy: c.keys, err: err}
		return nil, errSDK
	}
	if into.page.Parse(into.body.Bytes()) != nil { // the SDK may be able to
		c.first = &firstAnswer{c.keys, known, driver.AtHand(&into.body), nil}
		return nil, errSDK
	}
	return into.output(), nil
}

// output is the page in the form of the SDK, whose fields point into it.
func (l *listed) output() *s3.ListObjectsV2Output {
	out := &s3.ListObjectsV2Output{IsTruncated: &l.page.Truncated}
	if l.page.Named {
		out.Name = new(string)
	}
	if l.page.Next != "" {
		out.NextContinuationToken = aws.String(l.page.Next)
	}
	l.objects, l.folders = l.objects[:0], l.folders[:0]
	for i := range l.page.Entries {
		e := &l.page.Entries[i]
		l.objects = append(l.objects, types.Object{
			Key: &e.Key, Size: &e.Size, ETag: &e.ETag, LastModified: &e.Modified, StorageClass: types.ObjectStorageClass(e.StorageClass),
		})
	}
	for i := range l.page.Prefixes {
		l.folders = append(l.folders, types.CommonPrefix{Prefix: &l.page.Prefixes[i]})
	}
	out.Contents, out.CommonPrefixes = l.objects, l.folders
	return out
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
