package s3

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"os"
	"regexp"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/logging"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

const (
	defaultConnectTimeout = 5 * time.Second
	defaultStallTimeout   = 30 * time.Second // without a byte in either direction
	defaultIdle           = 64               // with the SDK's 10, 64 threads redial: 1.3 times the CPU, measured
	defaultRegion         = "us-east-1"
)

func newClient(c Config) (*s3.Client, *httpClient, error) {
	if err := c.Check(); err != nil {
		return nil, nil, err
	}
	caBundle, err := readCABundle(c)
	if err != nil {
		return nil, nil, err
	}
	cfg, err := loadConfig(c, caBundle)
	if err != nil {
		return nil, nil, errs.Wrap(err, errs.InvalidOption, "the AWS configuration cannot be read: %s", oneLine(err))
	}
	// The SDK accepts no client but its own together with AWS_CA_BUNDLE: that
	// one serves the credential sources, this one serves S3.
	transport := newHTTPClient(c, caBundle)
	return s3.NewFromConfig(cfg, func(o *s3.Options) {
		o.HTTPClient = transport
		o.RetryMaxAttempts = 0 // it would come from Go's old copy of the environment: see readRetries
		switch {
		case c.Endpoint != "":
			o.BaseEndpoint = &c.Endpoint
		case stale(lookup(c.Getenv), "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"):
			o.BaseEndpoint = nil
		} // else it is that of the profile, if there is one
		o.UsePathStyle = c.AddressingStyle == AddressingPath
		if o.BaseEndpoint != nil {
			o.UsePathStyle = c.AddressingStyle != AddressingVirtual
			o.HTTPSignerV4 = signer{o.HTTPSignerV4}
			// A checksum that is not asked for breaks endpoints that do not
			// know it (boto/boto3#4392).
			o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
			o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
		}
		if c.ChecksumAlgorithm == "none" {
			o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
		}
	}), transport, nil
}

// signer leaves a header out of the signature that the front end of Google
// Cloud Storage changes (aws/aws-sdk-go-v2#1816).
type signer struct{ s3.HTTPSignerV4 }

func (s signer) SignHTTP(ctx context.Context, keys aws.Credentials, r *http.Request, payloadHash, service, region string,
	at time.Time, options ...func(*v4.SignerOptions)) error {
	encoding := r.Header.Get("Accept-Encoding")
	r.Header.Del("Accept-Encoding")
	err := s.HTTPSignerV4.SignHTTP(ctx, keys, r, payloadHash, service, region, at, options...)
	if encoding != "" {
		r.Header.Set("Accept-Encoding", encoding)
	}
	return err
}

// bucketName is wider than S3's rule for new buckets, which older ones and
// other services do not keep; no such name can mean another place in a URL.
var bucketName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// Check refuses what cannot be meant, before anything is opened.
func (c Config) Check() error {
	switch {
	case c.Bucket == "":
		return errs.New(errs.InvalidArgument, "the bucket is missing: the URL must be s3://bucket or s3://bucket/prefix")
	case !bucketName.MatchString(c.Bucket): // perhaps a URL with credentials, so it is not repeated
		return errs.New(errs.InvalidArgument,
			"the name of a bucket has letters, digits and . _ - only, and begins with a letter or a digit")
	case c.AccessKeyID != "" && c.SecretAccessKey == "":
		return c.incomplete("secret_access_key", "access_key_id")
	case c.SecretAccessKey != "" && c.AccessKeyID == "":
		return c.incomplete("access_key_id", "secret_access_key")
	case c.SessionToken != "" && c.AccessKeyID == "":
		return c.incomplete("access_key_id", "session_token")
	case c.AnyCertificate && c.CABundle != "":
		return errs.New(errs.InvalidOption, "%s and %s exclude each other: give one of them",
			c.Name("allow_invalid_certificates"), c.Name("tls_ca_bundle"))
	}
	return nil
}

func (c Config) incomplete(missing, option string) error {
	return errs.New(errs.InvalidOption, "%s is missing: %s needs it", c.Name(missing), c.Name(option))
}

func loadConfig(c Config, caBundle []byte) (aws.Config, error) {
	e, err := readEnvironment(c)
	if err != nil {
		return aws.Config{}, err
	}
	options := append(e.options(),
		config.WithRetryer(c.newRetryer),
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
		return aws.Config{Region: e.region, Credentials: e.credentials, Retryer: c.newRetryer}, nil
	}
	return cfg, err
}

// httpClient counts the requests of an operation, for its error.
type httpClient struct {
	http.Client
	userAgentExtra string
}

func (c *httpClient) Do(r *http.Request) (*http.Response, error) {
	// The SDK leaves the version out, and net/http then does not wait for the
	// answer to "Expect: 100-continue", which spares a refused put its body.
	r.ProtoMajor, r.ProtoMinor = 1, 1
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		// net/http sends these again by itself where a connection out of the
		// pool breaks off or stalls: an attempt that nobody counts. It does not
		// for a body that it cannot rewind; "identity" spares it to look for one.
		r.Body, r.GetBody, r.TransferEncoding = noBody{}, nil, []string{"identity"}
	}
	if c.userAgentExtra != "" { // no part of the signature
		r.Header.Set("User-Agent", r.Header.Get("User-Agent")+" "+c.userAgentExtra)
	}
	if isSlow(r) {
		r = r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{GotConn: bePatient}))
	}
	answered := driver.Sending(r.Context())
	callOf(r.Context()).sent++
	response, err := c.Client.Do(r)
	if err == nil {
		answered(response.Header.Get("X-Amz-Request-Id"))
	}
	return response, err
}

// noBody is an empty body that net/http does not know as one.
type noBody struct{}

func (noBody) Read([]byte) (int, error) { return 0, io.EOF }
func (noBody) Close() error             { return nil }

func newHTTPClient(c Config, caBundle []byte) *httpClient {
	proxy := c.proxy()
	stall := cmp.Or(c.ReadTimeout, defaultStallTimeout)
	dialer := &net.Dialer{Timeout: c.connectTimeout()}
	transport := &http.Transport{
		Proxy: func(r *http.Request) (*url.URL, error) { return proxy(r.URL) },
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := dialer.DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return newStallGuard(conn, stall), nil
		},
		TLSHandshakeTimeout:   c.connectTimeout(),
		ExpectContinueTimeout: time.Second,
		MaxIdleConnsPerHost:   cmp.Or(c.MaxPoolConnections, defaultIdle),
		IdleConnTimeout:       min(90*time.Second, stall/2), // before a stall is seen where nobody waits
		ForceAttemptHTTP2:     false,                        // S3 speaks HTTP/1.1
	}
	transport.TLSClientConfig = &tls.Config{InsecureSkipVerify: c.AnyCertificate}
	if caBundle != nil {
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM(caBundle)
		transport.TLSClientConfig.RootCAs = roots
	}
	return &httpClient{http.Client{
		Transport: transport,
		// A redirect of S3 names another region or bucket, and the signature
		// would not hold there.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, c.UserAgentExtra}
}

func (c Config) connectTimeout() time.Duration {
	return cmp.Or(c.ConnectTimeout, defaultConnectTimeout)
}

// readCABundle returns the certificates that the user wants to trust, in PEM
// form; nil is those of the system.
func readCABundle(c Config) ([]byte, error) {
	file, from := c.CABundle, "the option "+c.Name("tls_ca_bundle")
	for _, name := range []string{"AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"} {
		if file == "" {
			file, from = c.Getenv(name), "the environment variable "+name
		}
	}
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, errs.Wrap(err, errs.InvalidOption, "%s must name a file of certificates, which cannot be read: %s",
			from, oneLine(err))
	}
	if !x509.NewCertPool().AppendCertsFromPEM(pem) {
		return nil, errs.New(errs.InvalidOption, "%s names a file without a certificate in PEM form", from)
	}
	return pem, nil
}
