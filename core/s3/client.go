package s3

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/logging"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

const (
	maxAttempts    = 3 // requests, the first included
	connectTimeout = 5 * time.Second
	stallTimeout   = 30 * time.Second // without a byte in either direction
	maxIdle        = 64               // with the SDK's 10, 64 threads redial: 1.3 times the CPU, measured
	defaultRegion  = "us-east-1"
)

func newClient(c Config) (*s3.Client, *httpClient, error) {
	if err := c.check(); err != nil {
		return nil, nil, err
	}
	caBundle, err := readCABundle(c.Getenv("AWS_CA_BUNDLE"))
	if err != nil {
		return nil, nil, err
	}
	cfg, err := loadConfig(c, caBundle)
	if err != nil {
		return nil, nil, errs.Wrap(err, errs.InvalidOption, "the AWS configuration cannot be read: %s", oneLine(err))
	}
	// The SDK accepts no client but its own together with AWS_CA_BUNDLE: that
	// one serves the credential sources, this one serves S3.
	transport := newHTTPClient(c.Getenv, caBundle)
	return s3.NewFromConfig(cfg, func(o *s3.Options) {
		o.HTTPClient = transport
		switch {
		case c.Endpoint != "":
			o.BaseEndpoint = &c.Endpoint
		case stale(lookup(c.Getenv), "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"):
			o.BaseEndpoint = nil
		} // else it is that of the profile, if there is one
		o.UsePathStyle = c.AddressingStyle == AddressingPath
		if o.BaseEndpoint != nil {
			o.UsePathStyle = c.AddressingStyle != AddressingVirtual
			// A checksum that is not asked for breaks endpoints that do not
			// know it (boto/boto3#4392).
			o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
			o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
		}
	}), transport, nil
}

// bucketName is wider than S3's rule for new buckets, which older ones and
// other services do not keep; no such name can mean another place in a URL.
var bucketName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

func (c Config) check() error {
	switch {
	case c.Bucket == "":
		return errs.New(errs.InvalidArgument, "the bucket is missing: the URL must be s3://bucket or s3://bucket/prefix")
	case !bucketName.MatchString(c.Bucket):
		return errs.New(errs.InvalidArgument, "%q cannot be the name of a bucket", c.Bucket)
	case c.AccessKeyID != "" && c.SecretAccessKey == "":
		return errs.New(errs.InvalidOption, "secret_access_key is missing: access_key_id needs it")
	case c.SecretAccessKey != "" && c.AccessKeyID == "":
		return errs.New(errs.InvalidOption, "access_key_id is missing: secret_access_key needs it")
	case c.SessionToken != "" && c.AccessKeyID == "":
		return errs.New(errs.InvalidOption, "access_key_id is missing: session_token needs it")
	}
	return nil
}

func loadConfig(c Config, caBundle []byte) (aws.Config, error) {
	e, err := readEnvironment(c)
	if err != nil {
		return aws.Config{}, err
	}
	options := append(e.options(),
		config.WithRetryer(newRetryer),
		config.WithAppID("libremotestore"),
		config.WithLogger(logging.Nop{}), // standard error is the host's
	)
	if caBundle != nil {
		options = append(options, config.WithCustomCABundle(bytes.NewReader(caBundle)))
	}
	// The loaders read files and the environment only: nothing to cancel.
	cfg, err := config.LoadDefaultConfig(context.Background(), options...)
	if _, ok := errors.AsType[config.SharedConfigProfileNotExistError](err); ok && e.credentials != nil {
		// A profile that only Go's old copy of the environment names.
		return aws.Config{Region: e.region, Credentials: e.credentials, Retryer: newRetryer}, nil
	}
	return cfg, err
}

func newRetryer() aws.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts = maxAttempts
		// The client-side quota makes retries vanish under load
		// (aws/aws-sdk-go-v2#1665): an attempt configured is one sent.
		o.RateLimiter = ratelimit.None
		o.Retryables = append(o.Retryables,
			retry.RetryableHTTPStatusCode{Codes: map[int]struct{}{http.StatusTooManyRequests: {}}},
			// Two conditional writes met, and neither may have been refused.
			retry.RetryableErrorCode{Codes: map[string]struct{}{"ConditionalRequestConflict": {}}},
		)
	})
}

// httpClient counts the requests of an operation, for its error.
type httpClient struct{ http.Client }

func (c *httpClient) Do(r *http.Request) (*http.Response, error) {
	// The SDK leaves the version out, and net/http then does not wait for the
	// answer to "Expect: 100-continue", which spares a refused put its body.
	r.ProtoMajor, r.ProtoMinor = 1, 1
	requests := driver.RequestsOf(r.Context())
	requests.Sent++
	response, err := c.Client.Do(r)
	if err != nil || response.StatusCode >= http.StatusInternalServerError {
		requests.Unanswered = true
	}
	return response, err
}

func newHTTPClient(getenv func(string) string, caBundle []byte) *httpClient {
	proxy := proxyFromEnvironment(getenv)
	dialer := &net.Dialer{Timeout: connectTimeout}
	transport := &http.Transport{
		Proxy: func(r *http.Request) (*url.URL, error) { return proxy(r.URL) },
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := dialer.DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return stallGuard{conn}, nil
		},
		TLSHandshakeTimeout:   connectTimeout,
		ExpectContinueTimeout: time.Second,
		MaxIdleConnsPerHost:   maxIdle,
		IdleConnTimeout:       90 * time.Second,
		ForceAttemptHTTP2:     false, // S3 speaks HTTP/1.1
	}
	if caBundle != nil {
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM(caBundle)
		transport.TLSClientConfig = &tls.Config{RootCAs: roots}
	}
	return &httpClient{http.Client{
		Transport: transport,
		// A redirect of S3 names another region or bucket, and the signature
		// would not hold there.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// readCABundle returns the certificates in file, in PEM form; nil for "".
func readCABundle(file string) ([]byte, error) {
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, errs.Wrap(err, errs.InvalidOption, "AWS_CA_BUNDLE cannot be read: %s", oneLine(err))
	}
	if !x509.NewCertPool().AppendCertsFromPEM(pem) {
		return nil, errs.New(errs.InvalidOption, "AWS_CA_BUNDLE holds no certificate in PEM form")
	}
	return pem, nil
}

// stallGuard ends a read or a write during which no byte moves for
// stallTimeout. There is no limit on the whole of a transfer, because that
// one ends healthy large downloads (apache/arrow-rs-object-store#15).
type stallGuard struct{ net.Conn }

func (c stallGuard) Read(p []byte) (int, error) {
	if err := c.SetReadDeadline(time.Now().Add(stallTimeout)); err != nil {
		return 0, err
	}
	return c.Conn.Read(p)
}

// Write sets both deadlines: a read has been waiting since the connection
// became idle, and has to wait for the answer from now on.
func (c stallGuard) Write(p []byte) (int, error) {
	if err := c.SetDeadline(time.Now().Add(stallTimeout)); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}
