package s3

import (
	"context"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/libremotestore/libremotestore/core/driver"
)

// Sign signs by SigV4, with a custom endpoint too.
func (b *backend) Sign(ctx context.Context, key string, o driver.SignOptions) (string, error) {
	input := &s3.GetObjectInput{Bucket: &b.bucket, Key: &key, VersionId: given(o.VersionID)}
	if o.Method != http.MethodPut {
		input.ResponseCacheControl = given(o.CacheControl)
		input.ResponseContentDisposition = given(o.ContentDisposition)
		input.ResponseContentEncoding = given(o.ContentEncoding)
		input.ResponseContentLanguage = given(o.ContentLanguage)
		input.ResponseContentType = given(o.ContentType)
	}
	call := b.begin(ctx)
	signed, err := s3.NewPresignClient(b.client).PresignGetObject(call.ctx, input, func(p *s3.PresignOptions) {
		p.Expires = o.Expires
		p.Presigner = presigner{p.Presigner, o}
	})
	if err != nil {
		return "", call.fail(err)
	}
	return signed.URL, nil
}

// presigner makes a request for an object one with another method: the SDK has
// no function for most of them.
type presigner struct {
	s3.HTTPPresignerV4
	o driver.SignOptions
}

func (p presigner) PresignHTTP(ctx context.Context, keys aws.Credentials, r *http.Request, payloadHash, service, region string,
	at time.Time, options ...func(*v4.SignerOptions)) (string, http.Header, error) {
	r.Method = p.o.Method
	query := r.URL.Query()
	query.Del("x-id") // which names the method that it was
	r.URL.RawQuery = query.Encode()
	if p.o.Method == http.MethodPut {
		for name, value := range map[string]string{
			"Cache-Control":       p.o.CacheControl,
			"Content-Disposition": p.o.ContentDisposition,
			"Content-Encoding":    p.o.ContentEncoding,
			"Content-Language":    p.o.ContentLanguage,
			"Content-Type":        p.o.ContentType,
			"X-Amz-Storage-Class": p.o.StorageClass,
		} {
			if value != "" {
				r.Header.Set(name, value)
			}
		}
	}
	return p.HTTPPresignerV4.PresignHTTP(ctx, keys, r, payloadHash, service, region, at, options...)
}
