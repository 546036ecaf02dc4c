package s3

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/libremotestore/libremotestore/core/errs"
)

const (
	defaultConnectTimeout = 5 * time.Second
	defaultStallTimeout   = 30 * time.Second // without a byte in either direction
	defaultPool           = 64               // with the SDK's 10, 64 threads redial: 1.3 times the CPU, measured
	defaultIdle           = 90 * time.Second
	defaultRegion         = "us-east-1"
)

func newClient(c Config) (*s3.Client, *httpClient, *renewal, error) {
	if err := c.Check(); err != nil {
		return nil, nil, nil, err
	}
	caBundle, err := readCABundle(c)
	if err != nil {
		return nil, nil, nil, err
	}
	transport, err := newHTTPClient(c, caBundle)
	if err != nil {
		return nil, nil, nil, err
	}
	// The SDK accepts no client but its own together with AWS_CA_BUNDLE, so that
	// this one comes after it has loaded its configuration.
	cfg, err := loadConfig(c, caBundle, transport)
	if e, ok := errors.AsType[*errs.Error](err); ok {
		return nil, nil, nil, e
	} else if err != nil {
		return nil, nil, nil, errs.Wrap(err, errs.InvalidOption, "the AWS configuration cannot be read: %s", oneLine(err))
	}
	renewal := newRenewal(cfg.Credentials)
	sessions := newSessions()
	client := s3.NewFromConfig(cfg, func(o *s3.Options) {
		o.HTTPClient = transport
		if !c.SkipSignature {
			o.Credentials = noted{cfg.Credentials}
			o.APIOptions = append(o.APIOptions, renewal.addTo)
		}
		o.RetryMaxAttempts = 0 // it would come from Go's old copy of the environment: see readRetries
		switch {
		case c.Endpoint != "":
			endpoint := c.withoutBucket()
			o.BaseEndpoint = &endpoint
		case c.AWS, stale(lookup(c.Getenv), "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"):
			o.BaseEndpoint = nil
		} // else it is that of the profile, if there is one
		o.UsePathStyle = c.AddressingStyle == AddressingPath
		if o.BaseEndpoint != nil {
			o.UsePathStyle = c.AddressingStyle != AddressingVirtual
			o.HTTPSignerV4 = signer{o.HTTPSignerV4}
			// A checksum that is not asked for breaks endpoints that do not
			// know it (boto/boto3#4392).
			o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
		}
		o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired // see askForChecksum
		o.APIOptions = append(o.APIOptions, c.addHeaders)
		o.ExpressCredentials = sessions
		o.DisableS3ExpressSessionAuth = aws.Bool(c.Express == ExpressWithoutSession)
		if c.ChecksumAlgorithm == "none" {
			o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
		}
		if c.DualStack {
			o.EndpointOptions.UseDualStackEndpoint = aws.DualStackEndpointStateEnabled
		}
		if len(c.DefaultHeaders) > 0 {
			o.APIOptions = append(o.APIOptions, c.addDefaultHeaders)
		}
	})
	sessions.client = client
	endpoint := aws.ToString(client.Options().BaseEndpoint)
	return client, transport, renewal, cmp.Or(c.checkScheme(endpoint), c.checkKeyIsHidden(endpoint))
}

// withoutBucket is the endpoint as the SDK wants it, which puts the name of the
// bucket in front in virtual style. It may be there already: object_store wants
// it so.
func (c Config) withoutBucket() string {
	scheme, host, _ := strings.Cut(c.Endpoint, "://")
	if c.AddressingStyle == AddressingVirtual {
		host = strings.TrimPrefix(host, c.Bucket+".")
	}
	return scheme + "://" + host
}

func (c Config) checkScheme(endpoint string) error {
	if c.RefuseHTTP && strings.HasPrefix(endpoint, "http:") {
		return errs.New(errs.InvalidOption, "the endpoint is http, without encryption, which %s forbids: set it to true, or use https",
			c.Name("allow_http"))
	}
	return nil
}

// addDefaultHeaders adds them where they become a part of the signature, as
// those must that begin with x-amz-.
func (c Config) addDefaultHeaders(stack *middleware.Stack) error {
	return stack.Build.Add(middleware.BuildMiddlewareFunc("DefaultHeaders", func(
		ctx context.Context, in middleware.BuildInput, next middleware.BuildHandler,
	) (middleware.BuildOutput, middleware.Metadata, error) {
		if request, ok := in.Request.(*smithyhttp.Request); ok {
			for name, value := range c.DefaultHeaders {
				if request.Header.Get(name) == "" {
					request.Header.Set(name, value)
				}
			}
		}
		return next.HandleBuild(ctx, in)
	}), middleware.After)
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

// isBucketName is wider than S3's rule for new buckets, which older ones and
// other services do not keep; no such name can mean another place in a URL.
func isBucketName(name string) bool {
	const alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	return strings.IndexAny(name, alphanumeric) == 0 && strings.Trim(name, alphanumeric+"._-") == ""
}

// Check refuses what cannot be meant, before anything is opened.
func (c Config) Check() error {
	switch {
	case c.Bucket == "":
		return errs.New(errs.InvalidOption, "%s must not be empty", c.Name("bucket"))
	case !isBucketName(c.Bucket): // perhaps a URL with credentials, so it is not repeated
		return errs.New(errs.InvalidArgument,
			"the name of a bucket has letters, digits and . _ - only, and begins with a letter or a digit")
	case c.AccessKeyID != "" && c.SecretAccessKey == "":
		return c.incomplete("secret_access_key", "access_key_id")
	case c.SecretAccessKey != "" && c.AccessKeyID == "":
		return c.incomplete("access_key_id", "secret_access_key")
	case c.SessionToken != "" && c.AccessKeyID == "":
		return c.incomplete("access_key_id", "session_token")
	case c.AnyCertificate && c.CABundle != "":
		return c.exclusive("allow_invalid_certificates", "tls_ca_bundle")
	case c.AnyCertificate && c.RootCertificate != "":
		return c.exclusive("allow_invalid_certificates", "root_certificate")
	case c.ClientKey != "" && c.ClientCertificate == "":
		return c.incomplete("client_certificate", "client_key")
	case c.SkipSignature && c.PutLock.Table != "": // DynamoDB takes no request that is not signed
		return c.exclusive("skip_signature", "conditional_put")
	case c.SkipSignature && c.CopyLock.Table != "":
		return c.exclusive("skip_signature", "copy_if_not_exists")
	}
	return cmp.Or(c.checkScheme(c.Endpoint), c.checkSources(), c.checkEncryption(), c.checkExpress())
}

func (c Config) exclusive(one, other string) error {
	return errs.New(errs.InvalidOption, "%s and %s exclude each other: give one of them", c.Name(one), c.Name(other))
}

func (c Config) incomplete(missing, option string) error {
	return errs.New(errs.InvalidOption, "%s is missing: %s needs it", c.Name(missing), c.Name(option))
}

// loadConfig reads what the SDK would, and finds the credentials, which web
// gets from where they are.
func loadConfig(c Config, caBundle []byte, web *httpClient) (aws.Config, error) {
	e, err := readEnvironment(c)
	if err != nil {
		return aws.Config{}, err
	}
	options := append(e.options(),
		config.WithRetryer(c.newRetryer),
		config.WithAppID("libremotestore"),
		config.WithLogger(logging.Nop{}), // standard error is the host's
	)
	if caBundle != nil { // for a client that is not used, so that a part of it will do
		options = append(options, config.WithCustomCABundle(bytes.NewReader(firstCertificate(caBundle))))
	}
	// The loaders read files and the environment only: nothing to cancel.
	cfg, err := config.LoadDefaultConfig(context.Background(), options...)
	if _, ok := errors.AsType[config.SharedConfigProfileNotExistError](err); ok && e.profile == "" {
		// A profile that only Go's old copy of the environment names.
		cfg, err = aws.Config{Region: e.region, Retryer: c.newRetryer}, nil
	}
	if err != nil {
		return aws.Config{}, err
	}
	cfg.Credentials, err = c.credentials(e, cfg, web)
	return cfg, err
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
	if firstCertificate(pem) == nil {
		return nil, errs.New(errs.InvalidOption, "%s names a file without a certificate in PEM form", from)
	}
	return pem, nil
}
