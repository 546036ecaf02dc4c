// Package s3 is the backend for Amazon S3 and what speaks its protocol,
// through the AWS SDK. It is flat: a folder is a prefix that holds keys.
package s3

import (
	"bytes"
	"context"
	"fmt"
	"math"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

// Config says which bucket, where it is, and who asks. What is empty comes
// from the environment and the AWS configuration files.
type Config struct {
	Bucket          string // required
	Endpoint        string // a URL; "" is AWS
	Region          string
	AddressingStyle AddressingStyle
	AccessKeyID     string // with SecretAccessKey, or neither
	SecretAccessKey string
	SessionToken    string
	Getenv          func(string) string // looks up the environment; required
}

// AddressingStyle says where the name of the bucket goes.
type AddressingStyle string

const (
	AddressingAuto    AddressingStyle = ""        // virtual for AWS, path for an endpoint
	AddressingPath    AddressingStyle = "path"    // https://endpoint/bucket/key
	AddressingVirtual AddressingStyle = "virtual" // https://bucket.endpoint/key
)

type backend struct {
	client *s3.Client
	http   *httpClient // that client's
	bucket string
}

// Open returns a driver. It reads configuration files, but asks no server.
func Open(c Config) (driver.Driver, error) {
	client, transport, err := newClient(c)
	if err != nil {
		return nil, err
	}
	return &backend{client: client, http: transport, bucket: c.Bucket}, nil
}

func (b *backend) Name() string { return "s3" }

func (b *backend) Close() error {
	b.http.CloseIdleConnections()
	return nil
}

func (b *backend) Head(ctx context.Context, key string) (driver.Object, error) {
	o, err := b.head(ctx, key)
	if err != nil {
		return driver.Object{}, err
	}
	return driver.Object{
		Key:         key,
		Size:        *o.ContentLength,
		ETag:        aws.ToString(o.ETag),
		Modified:    aws.ToTime(o.LastModified),
		ContentType: aws.ToString(o.ContentType),
	}, nil
}

func (b *backend) head(ctx context.Context, key string) (*s3.HeadObjectOutput, error) {
	call := b.begin(ctx)
	o, err := b.client.HeadObject(call.ctx, &s3.HeadObjectInput{Bucket: &b.bucket, Key: &key})
	err = call.fail(err)
	switch errs.CodeOf(err) {
	case errs.PermissionDenied, errs.InvalidOption, errs.Unknown:
		err = b.why(ctx, err)
	}
	if err == nil && o.ContentLength == nil {
		err = errs.New(errs.Corrupt, "the endpoint answered without a Content-Length: the size is not known")
	}
	return o, err
}

// why finds out why a HEAD was refused: its answer has no body to say whether
// it was the credentials, the region or a permission. A listing's has one.
func (b *backend) why(ctx context.Context, err error) error {
	call := b.begin(ctx)
	_, listErr := b.client.ListObjectsV2(call.ctx, &s3.ListObjectsV2Input{Bucket: &b.bucket, MaxKeys: aws.Int32(1)})
	if listErr == nil {
		return err
	}
	return call.fail(listErr)
}

func (b *backend) Get(ctx context.Context, key string, r driver.Range) (*driver.Reader, error) {
	call := b.begin(ctx)
	o, err := b.client.GetObject(call.ctx, &s3.GetObjectInput{Bucket: &b.bucket, Key: &key, Range: rangeHeader(r)})
	if err != nil {
		return nil, call.fail(err)
	}
	reader := &driver.Reader{
		Object: driver.Object{
			Key:         key,
			Size:        aws.ToInt64(o.ContentLength),
			ETag:        aws.ToString(o.ETag),
			Modified:    aws.ToTime(o.LastModified),
			ContentType: aws.ToString(o.ContentType),
		},
		Length: aws.ToInt64(o.ContentLength),
		Body:   body{o.Body},
	}
	if o.ContentLength == nil { // a chunked answer, which S3 itself never gives
		if err := readAll(reader); err != nil {
			return nil, err
		}
	}
	if o.ContentRange != nil {
		reader.Object.Size, err = checkContentRange(*o.ContentRange, r, reader.Length)
	} else if !r.Whole() {
		err = answerIgnoredRange()
	}
	if err != nil {
		reader.Body.Close()
		return nil, err
	}
	return reader, nil
}

func (b *backend) Put(ctx context.Context, key string, data []byte, mode driver.Mode) (driver.Object, error) {
	call := b.begin(ctx)
	o, err := b.client.PutObject(call.ctx, &s3.PutObjectInput{
		Bucket:      &b.bucket,
		Key:         &key,
		Body:        bytes.NewReader(data), // the SDK lets nobody read it after the call
		IfNoneMatch: ifNoneMatch(mode),
	})
	if err != nil {
		return driver.Object{}, call.failWrite(err)
	}
	if o.ETag == nil {
		return driver.Object{}, notS3()
	}
	return driver.Object{Key: key, Size: int64(len(data)), ETag: *o.ETag}, nil
}

func (b *backend) Delete(ctx context.Context, key string) error {
	call := b.begin(ctx)
	_, err := b.client.DeleteObject(call.ctx, &s3.DeleteObjectInput{Bucket: &b.bucket, Key: &key})
	return call.fail(err)
}

// rangeHeader writes r as RFC 9110, section 14.1.2, has it.
func rangeHeader(r driver.Range) *string {
	switch {
	case r.Whole():
		return nil
	case r.Length == 0, r.Length > math.MaxInt64-r.Offset: // the end would overflow
		return aws.String(fmt.Sprintf("bytes=%d-", r.Offset))
	default:
		return aws.String(fmt.Sprintf("bytes=%d-%d", r.Offset, r.Offset+r.Length-1))
	}
}

// ifNoneMatch makes a write atomic that must not overwrite: with "*" the
// endpoint itself refuses it where the key exists.
func ifNoneMatch(mode driver.Mode) *string {
	if mode == driver.Create {
		return aws.String("*")
	}
	return nil
}
