package s3

import (
	"encoding/base64"
	"encoding/hex"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/libremotestore/libremotestore/core/driver"
)

// described is what an answer says of an object, whether the lane or the SDK has read it.
// "" is what it does not say.
type described struct {
	driver.Attributes
	length       int64 // Content-Length; -1 if there is none
	contentRange string
	etag         string
	modified     time.Time
	expires      string            // a date, which it need not be
	metadata     map[string]string // as it is sent: see [decodeMetadata]
	versionID    string
	tags         int // how many
	checksumType types.ChecksumType
	checksums    checksums
}

// object is of a Head, or a Get of all bytes.
func (d *described) object(key string) driver.Object {
	return driver.Object{
		Key:        key,
		Size:       d.length,
		ETag:       d.etag,
		Modified:   d.modified,
		Attributes: d.Attributes,
		Metadata:   decodeMetadata(d.metadata),
		VersionID:  d.versionID,
	}
}

func (d *described) digest() driver.Digest { return digest(d.checksumType, d.checksums) }

func describedByHead(o *s3.HeadObjectOutput) described {
	return described{
		Attributes: attributesOf(
			o.CacheControl, o.ContentDisposition, o.ContentEncoding, o.ContentLanguage, o.ContentType, o.StorageClass),
		length:       lengthOf(o.ContentLength),
		etag:         aws.ToString(o.ETag),
		modified:     aws.ToTime(o.LastModified),
		expires:      aws.ToString(o.ExpiresString),
		metadata:     o.Metadata,
		versionID:    aws.ToString(o.VersionId),
		tags:         int(aws.ToInt32(o.TagCount)),
		checksumType: o.ChecksumType,
		checksums:    checksumsOf(o.ChecksumSHA256, o.ChecksumCRC64NVME, o.ChecksumCRC32C, o.ChecksumCRC32, o.ChecksumSHA1),
	}
}

func describedByGet(o *s3.GetObjectOutput) described {
	return described{
		Attributes: attributesOf(
			o.CacheControl, o.ContentDisposition, o.ContentEncoding, o.ContentLanguage, o.ContentType, o.StorageClass),
		length:       lengthOf(o.ContentLength),
		contentRange: aws.ToString(o.ContentRange),
		etag:         aws.ToString(o.ETag),
		modified:     aws.ToTime(o.LastModified),
		metadata:     o.Metadata,
		versionID:    aws.ToString(o.VersionId),
		checksumType: o.ChecksumType,
		checksums:    checksumsOf(o.ChecksumSHA256, o.ChecksumCRC64NVME, o.ChecksumCRC32C, o.ChecksumCRC32, o.ChecksumSHA1),
	}
}

func describedByPut(o *s3.PutObjectOutput) described {
	return described{
		etag:         aws.ToString(o.ETag),
		versionID:    aws.ToString(o.VersionId),
		checksumType: o.ChecksumType,
		checksums:    checksumsOf(o.ChecksumSHA256, o.ChecksumCRC64NVME, o.ChecksumCRC32C, o.ChecksumCRC32, o.ChecksumSHA1),
	}
}

func describedByPart(o *s3.UploadPartOutput) described {
	return described{
		etag:      aws.ToString(o.ETag),
		checksums: checksumsOf(o.ChecksumSHA256, o.ChecksumCRC64NVME, o.ChecksumCRC32C, o.ChecksumCRC32, o.ChecksumSHA1),
	}
}

func attributesOf(cacheControl, disposition, encoding, language, contentType *string, class types.StorageClass) driver.Attributes {
	return driver.Attributes{
		CacheControl:       aws.ToString(cacheControl),
		ContentDisposition: aws.ToString(disposition),
		ContentEncoding:    aws.ToString(encoding),
		ContentLanguage:    aws.ToString(language),
		ContentType:        aws.ToString(contentType),
		StorageClass:       string(class),
	}
}

func lengthOf(length *int64) int64 {
	if length == nil {
		return -1
	}
	return *length
}

// checksums is what an answer says of the bytes, in base64, the best first.
type checksums [len(digestNames)]string

var digestNames = [...]string{"sha256", "crc64nvme", "crc32c", "crc32", "sha1"}

func checksumsOf(sha256, crc64nvme, crc32c, crc32, sha1 *string) (c checksums) {
	for i, sum := range [...]*string{sha256, crc64nvme, crc32c, crc32, sha1} {
		c[i] = aws.ToString(sum)
	}
	return c
}

// digest is the checksum of the whole object: one that was made of those of
// its parts is none.
func digest(kind types.ChecksumType, sums checksums) driver.Digest {
	if kind == types.ChecksumTypeComposite {
		return driver.Digest{}
	}
	for i, sum := range sums {
		if sum == "" {
			continue
		}
		if raw, err := base64.StdEncoding.DecodeString(sum); err == nil {
			return driver.Digest{Algorithm: digestNames[i], Hex: hex.EncodeToString(raw)}
		}
	}
	return driver.Digest{}
}
