package s3

import (
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/libremotestore/libremotestore/core/s3/fastlane"
)

// Each operation of the lane has here what it puts into its request, and what it takes
// out of the answer: the fields that this package reads.

func (l *lane) headObject(c *call, in *s3.HeadObjectInput) (*s3.HeadObjectOutput, error) {
	headers := make(fields, 0, 8)
	headers.addText("x-amz-checksum-mode", string(in.ChecksumMode))
	headers.addConditions(in.IfMatch, in.IfNoneMatch, in.IfModifiedSince, in.IfUnmodifiedSince)
	answer, body, err := l.send(c, headObject, &fastlane.Request{
		Method: http.MethodHead, Key: *in.Key, Query: plainQuery("versionId", in.VersionId), Headers: headers,
	})
	if err != nil {
		return nil, err
	}
	out := &s3.HeadObjectOutput{}
	for i := range answer.Fields {
		name, value := strings.ToLower(answer.Fields[i].Name), answer.Fields[i].Value
		switch name {
		case "content-length":
			out.ContentLength = aws.Int64(answer.Length)
		case "etag":
			out.ETag = &value
		case "last-modified":
			out.LastModified = httpTime(value)
		case "cache-control":
			out.CacheControl = &value
		case "content-disposition":
			out.ContentDisposition = &value
		case "content-encoding":
			out.ContentEncoding = &value
		case "content-language":
			out.ContentLanguage = &value
		case "content-type":
			out.ContentType = &value
		case "expires":
			out.ExpiresString = &value
		case "x-amz-storage-class":
			out.StorageClass = types.StorageClass(value)
		case "x-amz-version-id":
			out.VersionId = &value
		case "x-amz-tagging-count":
			if n, err := strconv.ParseInt(value, 10, 32); err == nil {
				out.TagCount = aws.Int32(int32(n))
			}
		case "x-amz-checksum-type":
			out.ChecksumType = types.ChecksumType(value)
		case "x-amz-checksum-sha256":
			out.ChecksumSHA256 = &value
		case "x-amz-checksum-crc64nvme":
			out.ChecksumCRC64NVME = &value
		case "x-amz-checksum-crc32c":
			out.ChecksumCRC32C = &value
		case "x-amz-checksum-crc32":
			out.ChecksumCRC32 = &value
		case "x-amz-checksum-sha1":
			out.ChecksumSHA1 = &value
		default:
			addMetadata(&out.Metadata, name, value)
		}
	}
	body.Close()
	return out, nil
}

func (l *lane) getObject(c *call, in *s3.GetObjectInput, verify bool) (*s3.GetObjectOutput, *fastlane.Body, error) {
	headers := make(fields, 0, 8)
	headers.add("range", in.Range)
	if verify {
		headers.addText("x-amz-checksum-mode", "ENABLED")
	}
	headers.addConditions(in.IfMatch, in.IfNoneMatch, in.IfModifiedSince, in.IfUnmodifiedSince)
	answer, body, err := l.send(c, getObject, &fastlane.Request{
		Method: http.MethodGet, Key: *in.Key, Query: plainQuery("versionId", in.VersionId), Headers: headers,
	})
	if err != nil {
		return nil, nil, err
	}
	out := &s3.GetObjectOutput{ContentLength: aws.Int64(answer.Length)}
	for i := range answer.Fields {
		name, value := strings.ToLower(answer.Fields[i].Name), answer.Fields[i].Value
		switch name {
		case "content-range":
			out.ContentRange = &value
		case "etag":
			out.ETag = &value
		case "last-modified":
			out.LastModified = httpTime(value)
		case "cache-control":
			out.CacheControl = &value
		case "content-disposition":
			out.ContentDisposition = &value
		case "content-encoding":
			out.ContentEncoding = &value
		case "content-language":
			out.ContentLanguage = &value
		case "content-type":
			out.ContentType = &value
		case "x-amz-storage-class":
			out.StorageClass = types.StorageClass(value)
		case "x-amz-version-id":
			out.VersionId = &value
		case "x-amz-checksum-type":
			out.ChecksumType = types.ChecksumType(value)
		case "x-amz-checksum-sha256":
			out.ChecksumSHA256 = &value
		case "x-amz-checksum-crc64nvme":
			out.ChecksumCRC64NVME = &value
		case "x-amz-checksum-crc32c":
			out.ChecksumCRC32C = &value
		case "x-amz-checksum-crc32":
			out.ChecksumCRC32 = &value
		case "x-amz-checksum-sha1":
			out.ChecksumSHA1 = &value
		default:
			addMetadata(&out.Metadata, name, value)
		}
	}
	return out, body, nil
}

func (l *lane) putObject(c *call, in *s3.PutObjectInput, data []byte) (*s3.PutObjectOutput, error) {
	headers := make(fields, 0, 16)
	headers.add("if-match", in.IfMatch)
	headers.add("if-none-match", in.IfNoneMatch)
	headers.add("cache-control", in.CacheControl)
	headers.add("content-disposition", in.ContentDisposition)
	headers.add("content-encoding", in.ContentEncoding)
	headers.add("content-language", in.ContentLanguage)
	headers.add("content-type", in.ContentType)
	if in.Expires != nil {
		headers.addText("expires", in.Expires.UTC().Format(http.TimeFormat))
	}
	headers.addAll("x-amz-meta-", in.Metadata)
	headers.addText("x-amz-storage-class", string(in.StorageClass))
	headers.add("x-amz-tagging", in.Tagging)
	headers.addText("x-amz-acl", string(in.ACL))
	request := &fastlane.Request{Method: http.MethodPut, Key: *in.Key, Body: data}
	l.protect(request, &headers, in.ChecksumAlgorithm)
	request.Headers = headers
	answer, body, err := l.send(c, putObject, request)
	if err != nil {
		return nil, err
	}
	out := &s3.PutObjectOutput{}
	for i := range answer.Fields {
		name, value := strings.ToLower(answer.Fields[i].Name), answer.Fields[i].Value
		switch name {
		case "etag":
			out.ETag = &value
		case "x-amz-version-id":
			out.VersionId = &value
		case "x-amz-checksum-type":
			out.ChecksumType = types.ChecksumType(value)
		case "x-amz-checksum-sha256":
			out.ChecksumSHA256 = &value
		case "x-amz-checksum-crc64nvme":
			out.ChecksumCRC64NVME = &value
		case "x-amz-checksum-crc32c":
			out.ChecksumCRC32C = &value
		case "x-amz-checksum-crc32":
			out.ChecksumCRC32 = &value
		case "x-amz-checksum-sha1":
			out.ChecksumSHA1 = &value
		}
	}
	body.Close()
	return out, nil
}

// protect says what the body is to be compared with: its checksum, and its SHA-256, where
// the user wants it or neither TLS nor a checksum protects it, as boto3 does.
func (l *lane) protect(request *fastlane.Request, headers *fields, algorithm types.ChecksumAlgorithm) {
	if algorithm != "" {
		name := strings.ToLower(string(algorithm))
		sum := newHash(name)
		_, _ = sum.Write(request.Body) // never fails ("hash".Hash)
		headers.addText("x-amz-sdk-checksum-algorithm", string(algorithm))
		headers.addText("x-amz-checksum-"+name, base64.StdEncoding.EncodeToString(sum.Sum(nil)))
	}
	if l.backend.config.UnsignedPayload || algorithm != "" && l.backend.isSecure() {
		request.Payload = fastlane.UnsignedPayload
	}
}

func (f *fields) addConditions(ifMatch, ifNoneMatch *string, ifModifiedSince, ifUnmodifiedSince *time.Time) {
	f.add("if-match", ifMatch)
	f.add("if-none-match", ifNoneMatch)
	if ifModifiedSince != nil {
		f.addText("if-modified-since", ifModifiedSince.UTC().Format(http.TimeFormat))
	}
	if ifUnmodifiedSince != nil {
		f.addText("if-unmodified-since", ifUnmodifiedSince.UTC().Format(http.TimeFormat))
	}
}

// httpTime is nil for a time that cannot be read, as the SDK has it.
func httpTime(value string) *time.Time {
	t, err := http.ParseTime(value)
	if err != nil {
		return nil
	}
	return &t
}

func addMetadata(metadata *map[string]string, name, value string) {
	key, ok := strings.CutPrefix(name, "x-amz-meta-")
	if !ok {
		return
	}
	if *metadata == nil {
		*metadata = map[string]string{}
	}
	(*metadata)[key] = value
}
