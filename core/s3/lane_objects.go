package s3

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/s3/fastlane"
)

// Each operation of the lane has here what it puts into its request, and what it takes
// out of the answer: the fields that this package reads.

func (l *lane) headObject(c *call, key string, o driver.HeadOptions, checksum types.ChecksumMode) (described, error) {
	r := c.request(http.MethodHead, key)
	r.Query = versionQuery(o.VersionID)
	r.add("x-amz-checksum-mode", string(checksum))
	r.addConditions(o.Conditions)
	answer, body, err := l.send(c, headObject)
	if err != nil {
		return described{}, err
	}
	defer body.Close()
	return describedByAnswer(answer), nil
}

func (l *lane) getObject(c *call, key string, o driver.GetOptions, verify bool) (described, *fastlane.Body, error) {
	r := c.request(http.MethodGet, key)
	r.Query = versionQuery(o.VersionID)
	r.add("range", rangeHeader(o.Range))
	if verify {
		r.add("x-amz-checksum-mode", "ENABLED")
	}
	r.addConditions(o.Conditions)
	answer, body, err := l.send(c, getObject)
	if err != nil {
		return described{}, nil, err
	}
	return describedByAnswer(answer), body, nil
}

func (l *lane) putObject(c *call, key string, data []byte, condition condition, a attributes) (described, error) {
	r := c.request(http.MethodPut, key)
	r.Body = data
	if len(data) > fastlane.SentAtOnce { // else there is nothing to tell before the answer
		r.Sent = c.sentUpTo
	}
	r.addIf("if-match", condition.IfMatch)
	r.addIf("if-none-match", condition.IfNoneMatch)
	r.addIf("cache-control", a.CacheControl)
	r.addIf("content-disposition", a.ContentDisposition)
	r.addIf("content-encoding", a.ContentEncoding)
	r.addIf("content-language", a.ContentLanguage)
	r.addIf("content-type", a.ContentType)
	if a.Expires != nil {
		r.add("expires", a.Expires.UTC().Format(http.TimeFormat))
	}
	for name, value := range a.Metadata {
		r.addEven("x-amz-meta-"+strings.ToLower(name), value)
	}
	r.add("x-amz-storage-class", string(a.StorageClass))
	r.addIf("x-amz-tagging", a.Tagging)
	r.add("x-amz-acl", string(a.ACL))
	sums := l.newSums(putObject, len(data))
	if err := sums.addAll(c.ctx, data); err != nil {
		return described{}, err
	}
	sums.protect(r)
	answer, body, err := l.send(c, putObject)
	if err != nil {
		return described{}, err
	}
	defer body.Close()
	return describedByAnswer(answer), nil
}

func (l *lane) uploadPart(c *call, in *s3.UploadPartInput, data *lent) (described, error) {
	content, err := data.inPlace()
	if err != nil {
		return described{}, err
	}
	defer data.leave(false)
	r := c.request(http.MethodPut, *in.Key)
	r.Query = fmt.Sprintf("partNumber=%d&uploadId=%s", *in.PartNumber, fastlane.AppendQuery(nil, *in.UploadId))
	r.Body = content
	r.Sent = func(n int) {
		c.sentUpTo(n)
		if n == len(content) {
			c.whole = true
			data.leave(true)
		}
	}
	sums := data.sums
	if sums == nil {
		sums = l.newSums(uploadPart, len(content))
		if err := sums.addAll(c.ctx, content); err != nil {
			return described{}, err
		}
	}
	sums.protect(r)
	answer, body, err := l.send(c, uploadPart)
	if err != nil {
		return described{}, err
	}
	defer body.Close()
	return describedByAnswer(answer), nil
}

// describedByAnswer takes out what this package reads.
func describedByAnswer(answer *fastlane.Answer) described {
	d := described{length: answer.Length}
	var lower [32]byte // longer than all names but those of metadata
	for i := range answer.Fields {
		name, value := answer.Fields[i].Name, answer.Fields[i].Value
		if len(name) > len(lower) {
			d.addMetadata(name, value)
			continue
		}
		for j := range len(name) {
			c := name[j]
			if 'A' <= c && c <= 'Z' {
				c += 'a' - 'A'
			}
			lower[j] = c
		}
		switch string(lower[:len(name)]) {
		case "content-range":
			d.contentRange = value
		case "etag":
			d.etag = value
		case "last-modified":
			d.modified, _ = http.ParseTime(value) // what cannot be read is not known, as in the SDK
		case "cache-control":
			d.CacheControl = value
		case "content-disposition":
			d.ContentDisposition = value
		case "content-encoding":
			d.ContentEncoding = value
		case "content-language":
			d.ContentLanguage = value
		case "content-type":
			d.ContentType = value
		case "expires":
			d.expires = value
		case "x-amz-storage-class":
			d.StorageClass = value
		case "x-amz-version-id":
			d.versionID = value
		case "x-amz-tagging-count":
			d.tags, _ = strconv.Atoi(value)
		case "x-amz-checksum-type":
			d.checksumType = types.ChecksumType(value)
		case "x-amz-checksum-sha256":
			d.checksums[0] = value
		case "x-amz-checksum-crc64nvme":
			d.checksums[1] = value
		case "x-amz-checksum-crc32c":
			d.checksums[2] = value
		case "x-amz-checksum-crc32":
			d.checksums[3] = value
		case "x-amz-checksum-sha1":
			d.checksums[4] = value
		default:
			d.addMetadata(name, value)
		}
	}
	return d
}

func (d *described) addMetadata(name, value string) {
	const prefix = "x-amz-meta-"
	if len(name) < len(prefix) || !strings.EqualFold(name[:len(prefix)], prefix) {
		return
	}
	if d.metadata == nil {
		d.metadata = map[string]string{}
	}
	d.metadata[strings.ToLower(name[len(prefix):])] = value
}
