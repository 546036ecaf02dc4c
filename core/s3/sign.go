package s3

import (
	"context"
	"maps"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

// Sign signs by SigV4, with a custom endpoint too. The headers that the options
// add to such a request are signed with it, so whoever sends it must know the
// customer's key.
func (b *backend) Sign(ctx context.Context, key string, o driver.SignOptions) (string, error) {
	if b.config.SkipSignature {
		return "", errs.New(errs.Unauthenticated, "there are no credentials to sign with: %s is set", b.config.Name("skip_signature"))
	}
	input := &s3.GetObjectInput{Bucket: &b.bucket, Key: &key, VersionId: given(o.VersionID)}
	if o.Method == http.MethodGet || o.Method == http.MethodHead {
		input.ResponseCacheControl = given(o.CacheControl)
		input.ResponseContentDisposition = given(o.ContentDisposition)
		input.ResponseContentEncoding = given(o.ContentEncoding)
		input.ResponseContentLanguage = given(o.ContentLanguage)
		input.ResponseContentType = given(o.ContentType)
	}
	call := b.begin(ctx)
	signed, err := s3.NewPresignClient(b.client).PresignGetObject(call.ctx, input, func(p *s3.PresignOptions) {
		p.Expires = o.Expires
		p.Presigner = presigner{p.Presigner, b.config, o}
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
	config Config
	o      driver.SignOptions
}

var signedOperations = map[string]string{
	http.MethodGet: "GetObject", http.MethodHead: "HeadObject", http.MethodPut: "PutObject", http.MethodDelete: "DeleteObject",
}

func (p presigner) PresignHTTP(ctx context.Context, keys aws.Credentials, r *http.Request, payloadHash, service, region string,
	at time.Time, options ...func(*v4.SignerOptions)) (string, http.Header, error) {
	r.Method = p.o.Method
	query := r.URL.Query()
	query.Del("x-id") // which names the method that it was
	for name := range p.config.headersOf("GetObject") {
		r.Header.Del(name)
	}
	maps.Copy(r.Header, p.config.headersOf(signedOperations[p.o.Method]))
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
	// Of the headers, S3 takes only these from the query ("Authenticating Requests:
	// Using Query Parameters", API Reference). The SDK would put there what it does not
	// know, so that S3 would not see it.
	for _, name := range []string{payerHeader, "X-Amz-S3session-Token"} {
		if value := r.Header.Get(name); value != "" {
			query.Set(name, value)
			r.Header.Del(name)
		}
	}
	r.URL.RawQuery = query.Encode()
	return p.HTTPPresignerV4.PresignHTTP(ctx, keys, r, payloadHash, service, region, at,
		append(options, func(o *v4.SignerOptions) { o.DisableHeaderHoisting = true })...)
}
