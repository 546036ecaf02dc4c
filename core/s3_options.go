package core

import (
	"strconv"
	"strings"
	"time"

	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/core/s3"
)

// option is one text option. All of them are S3's so far.
type option struct {
	names string                                     // the first is its own; others follow, by which it is known too
	apply func(c *s3Setup, name, value string) error // name is for errors
}

func (o *option) spellings() []string { return strings.Fields(o.names) }

func (o *option) name() string { return o.spellings()[0] }

// optionTable is in the order of section 4 of the header. Its names are in
// small letters and without "aws_": see [fold].
var optionTable = []option{
	{"bucket bucket_name", func(c *s3Setup, _, v string) error { c.Bucket = v; return nil }},
	{"prefix", func(c *s3Setup, name, v string) (err error) { c.prefix, err = parsePrefix(name, v); return }},
	{"endpoint endpoint_url endpoint_url_s3", func(c *s3Setup, name, v string) (err error) {
		c.Endpoint, err = parseEndpoint(&c.Config, name, v)
		return
	}},
	{"allow_http", func(c *s3Setup, name, v string) error {
		err := parseBool(name, v, &c.RefuseHTTP)
		c.RefuseHTTP = !c.RefuseHTTP
		return err
	}},
	{"region region_name", func(c *s3Setup, name, v string) error { return parseRegion(name, v, &c.Region) }},
	{"default_region", func(c *s3Setup, name, v string) error { return parseRegion(name, v, &c.DefaultRegion) }},
	{"addressing_style", func(c *s3Setup, name, v string) error {
		return oneOf(name, v, &c.AddressingStyle, map[string]s3.AddressingStyle{
			"auto": s3.AddressingAuto, "path": s3.AddressingPath, "virtual": s3.AddressingVirtual})
	}},
	{"virtual_hosted_style_request", func(c *s3Setup, name, v string) error {
		virtual := false
		err := parseBool(name, v, &virtual)
		if c.AddressingStyle = s3.AddressingPath; virtual {
			c.AddressingStyle = s3.AddressingVirtual
		}
		return err
	}},
	{"url_path", func(c *s3Setup, name, v string) error {
		return oneOf(name, v, &c.ignorePath, map[string]bool{"prefix": false, "ignore": true})
	}},
	{"read_env", func(c *s3Setup, name, v string) error { return parseBool(name, v, &c.readEnv) }},
	{"access_key_id key", func(c *s3Setup, _, v string) error { c.AccessKeyID = v; return nil }},
	{"secret_access_key secret", func(c *s3Setup, _, v string) error { c.SecretAccessKey = v; return nil }},
	{"session_token token", func(c *s3Setup, _, v string) error { c.SessionToken = v; return nil }},
	{"skip_signature", func(c *s3Setup, name, v string) error {
		return parseBool(name, v, &c.SkipSignature)
	}},
	{"credentials credential_provider", func(c *s3Setup, name, v string) error { return parsePushed(name, v, &c.Pushed) }},
	{"profile", func(c *s3Setup, name, v string) error { c.Profile = v; return nil }},
	{"role_arn", func(c *s3Setup, name, v string) error { c.RoleARN = v; return nil }},
	{"role_session_name", func(c *s3Setup, name, v string) error { c.RoleSessionName = v; return nil }},
	{"external_id", func(c *s3Setup, name, v string) error { c.ExternalID = v; return nil }},
	{"sts_endpoint", func(c *s3Setup, name, v string) (err error) {
		c.STSEndpoint, err = parseEndpoint(&c.Config, name, v)
		return
	}},
	{"web_identity_token_file", func(c *s3Setup, name, v string) error { c.WebIdentityTokenFile = v; return nil }},
	{"container_credentials_relative_uri", func(c *s3Setup, name, v string) error { c.ContainerRelativeURI = v; return nil }},
	{"container_credentials_full_uri", func(c *s3Setup, name, v string) error { c.ContainerFullURI = v; return nil }},
	{"container_authorization_token_file", func(c *s3Setup, name, v string) error { c.ContainerTokenFile = v; return nil }},
	{"imdsv1_fallback", func(c *s3Setup, name, v string) error {
		return parseBool(name, v, &c.IMDSv1Fallback)
	}},
	{"metadata_endpoint", func(c *s3Setup, name, v string) (err error) {
		c.MetadataEndpoint, err = parseEndpoint(&c.Config, name, v)
		return
	}},

	{"tls_ca_bundle", func(c *s3Setup, _, v string) error { c.CABundle = v; return nil }},
	{"root_certificate", func(c *s3Setup, name, v string) error { return parseCertificates(name, v, &c.RootCertificate) }},
	{"client_certificate", func(c *s3Setup, _, v string) error { c.ClientCertificate = v; return nil }},
	{"client_key", func(c *s3Setup, _, v string) error { c.ClientKey = v; return nil }},
	{"allow_invalid_certificates", func(c *s3Setup, name, v string) error { return parseBool(name, v, &c.AnyCertificate) }},
	{"http_proxy", func(c *s3Setup, name, v string) error { return parseProxy(name, v, &c.HTTPProxy) }},
	{"https_proxy", func(c *s3Setup, name, v string) error { return parseProxy(name, v, &c.HTTPSProxy) }},
	{"proxy_url", func(c *s3Setup, name, v string) error {
		err := parseProxy(name, v, &c.HTTPProxy)
		c.HTTPSProxy = c.HTTPProxy
		return err
	}},
	{"proxy_excludes", func(c *s3Setup, _, v string) error { c.ProxyExcludes = v; return nil }},
	{"proxy_ca_certificate", func(c *s3Setup, name, v string) error { return parseCertificates(name, v, &c.ProxyCertificate) }},
	{"connect_timeout", func(c *s3Setup, name, v string) error { return positive(name, v, &c.ConnectTimeout) }},
	{"read_timeout", func(c *s3Setup, name, v string) error { return positive(name, v, &c.ReadTimeout) }},
	{"timeout", func(c *s3Setup, name, v string) error { return positive(name, v, &c.Timeout) }},
	{"max_pool_connections pool_max_idle_per_host", func(c *s3Setup, name, v string) error {
		return parseNumber(name, v, 1, &c.MaxPoolConnections)
	}},
	{"pool_idle_timeout", func(c *s3Setup, name, v string) error { return positive(name, v, &c.PoolIdleTimeout) }},
	{"randomize_addresses", func(c *s3Setup, name, v string) error { return parseBool(name, v, &c.RandomizeAddresses) }},
	{"user_agent", func(c *s3Setup, name, v string) error { return parseHeader(name, v, &c.UserAgent) }},
	{"user_agent_extra", func(c *s3Setup, name, v string) error { return parseHeader(name, v, &c.UserAgentExtra) }},
	{"default_headers", func(c *s3Setup, name, v string) error { return parseHeaders(name, v, &c.DefaultHeaders) }},
	{"default_content_type", func(c *s3Setup, name, v string) error { return parseHeader(name, v, &c.DefaultContentType) }},
	{"http1_only", func(_ *s3Setup, name, v string) error { return parseBool(name, v, new(bool)) }},
	{"http2_only", func(_ *s3Setup, name, v string) error {
		only := false
		err := parseBool(name, v, &only)
		if only {
			err = errs.New(errs.InvalidOption, "%s cannot be: S3 is spoken over HTTP/1.1 only", name)
		}
		return err
	}},
	{"http2_keep_alive_interval", func(_ *s3Setup, name, v string) error { return parseDuration(name, v, new(time.Duration)) }},
	{"http2_keep_alive_timeout", func(_ *s3Setup, name, v string) error { return parseDuration(name, v, new(time.Duration)) }},
	{"http2_keep_alive_while_idle", func(_ *s3Setup, name, v string) error { return parseBool(name, v, new(bool)) }},

	{"max_attempts", func(c *s3Setup, name, v string) error {
		return parseNumber(name, v, 1, &c.RetryPolicy().MaxAttempts)
	}},
	{"max_retries", func(c *s3Setup, name, v string) error {
		return parseRetries(name, v, &c.RetryPolicy().MaxAttempts)
	}},
	{"retry_backoff_base", func(c *s3Setup, name, v string) error {
		return parseDuration(name, v, &c.RetryPolicy().BackoffBase)
	}},
	{"retry_backoff_factor", func(c *s3Setup, name, v string) error {
		return parseFactor(name, v, &c.RetryPolicy().BackoffFactor)
	}},
	{"retry_backoff_max", func(c *s3Setup, name, v string) error {
		return parseDuration(name, v, &c.RetryPolicy().BackoffMax)
	}},
	{"retry_jitter", func(c *s3Setup, name, v string) error { return parseDuration(name, v, &c.RetryPolicy().Jitter) }},
	{"retry_timeout", func(c *s3Setup, name, v string) error { return positive(name, v, &c.RetryPolicy().Timeout) }},
	{"retry_mode", func(c *s3Setup, name, v string) error {
		return oneOf(name, v, &c.RetryMode, map[string]s3.RetryMode{
			"standard": s3.RetryStandard, "legacy": s3.RetryStandard, "adaptive": s3.RetryAdaptive})
	}},

	{"conditional_put", func(c *s3Setup, name, v string) error {
		return oneOfOrLock(name, v, &c.ConditionalPut, &c.PutLock, map[string]s3.ConditionalPut{
			"etag": s3.ConditionalPutETag, "check": s3.ConditionalPutCheck})
	}},
	{"copy_if_not_exists", func(c *s3Setup, name, v string) error { return parseCopyMode(name, v, &c.Config) }},
	{"reject_write_under_file_ancestor", func(c *s3Setup, name, v string) error {
		return parseBool(name, v, &c.RejectWriteUnderFile)
	}},
	{"checksum_algorithm", func(c *s3Setup, name, v string) error { return parseChecksum(name, v, &c.ChecksumAlgorithm) }},
	{"fast_lane", func(c *s3Setup, name, v string) error {
		fast := false
		err := parseBool(name, v, &fast)
		c.WithoutFastLane = !fast
		return err
	}},
	{"unsigned_payload", func(c *s3Setup, name, v string) error { return parseBool(name, v, &c.UnsignedPayload) }},
	{"server_side_encryption", func(c *s3Setup, name, v string) error {
		return oneOf(name, v, &c.Encryption, map[string]s3.Encryption{
			"AES256": s3.EncryptionS3, "aws:kms": s3.EncryptionKMS, "aws:kms:dsse": s3.EncryptionKMSTwice,
			"sse-c": s3.EncryptionCustomer})
	}},
	{"sse_kms_key_id", func(c *s3Setup, name, v string) error { return parseHeader(name, v, &c.KMSKeyID) }},
	{"sse_bucket_key_enabled", func(c *s3Setup, name, v string) error {
		enabled := false
		err := parseBool(name, v, &enabled)
		c.BucketKey = strconv.FormatBool(enabled)
		return err
	}},
	{"sse_customer_key_base64", func(c *s3Setup, name, v string) error { return c.SetCustomerKey(name, v) }},
	{"request_payer requester_pays", func(c *s3Setup, name, v string) error { return parsePayer(name, v, &c.RequesterPays) }},
	{"disable_tagging", func(c *s3Setup, name, v string) error { return parseBool(name, v, &c.WithoutTags) }},
	{"disable_bulk_delete", func(c *s3Setup, name, v string) error { return parseBool(name, v, &c.DeleteOneByOne) }},
	{"s3_express", func(c *s3Setup, name, v string) error { return parseExpress(name, v, &c.Express) }},
	{"part_size", func(c *s3Setup, name, v string) error { return parsePart(name, v, &c.PartSize) }},
	{"copy_part_size", func(c *s3Setup, name, v string) error { return parsePart(name, v, &c.CopyPartSize) }},
	{"part_growth", func(c *s3Setup, name, v string) error {
		return oneOf(name, v, &c.EvenParts, map[string]bool{"linear": false, "none": true})
	}},
	{"memory_budget", func(c *s3Setup, name, v string) error { return parseNumber(name, v, minPart, &c.MemoryBudget) }},
}

// severalLines are the options whose values may have more than one.
var severalLines = map[string]bool{
	"root_certificate": true, "client_certificate": true, "client_key": true, "proxy_ca_certificate": true,
	"default_headers": true,
}

// withoutEffect are accepted, since programs for obstore give them: they are
// about HTTP/2, which S3 is not spoken over.
var withoutEffect = map[string]bool{
	"http2_keep_alive_interval": true, "http2_keep_alive_timeout": true, "http2_keep_alive_while_idle": true,
}

// parsePushed knows one source that has no option of its own.
func parsePushed(key, value string, out *bool) error {
	if *out = value == "provider"; !*out {
		return errs.New(errs.InvalidOption, `%s must be "provider": that the program pushes them`, key)
	}
	return nil
}
