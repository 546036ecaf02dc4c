package core

import (
	"maps"
	"math"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/core/s3"
)

// option is one text option. All of them are S3's so far.
type option struct {
	name  string
	apply func(c *s3.Config, name, value string) error // name is for errors
}

// optionTable is in the order of section 4 of the header, and of an error
// that lists the names.
var optionTable = []option{
	{"endpoint", func(c *s3.Config, name, v string) (err error) { c.Endpoint, err = parseEndpoint(c, name, v); return }},
	{"region", func(c *s3.Config, name, v string) error {
		if !regionName.MatchString(v) {
			return errs.New(errs.InvalidOption, "%s must be letters, digits and '-', such as eu-central-1", name)
		}
		c.Region = v
		return nil
	}},
	{"addressing_style", func(c *s3.Config, name, v string) error {
		return oneOf(name, v, &c.AddressingStyle, map[string]s3.AddressingStyle{
			"auto": s3.AddressingAuto, "path": s3.AddressingPath, "virtual": s3.AddressingVirtual})
	}},
	{"access_key_id", func(c *s3.Config, name, v string) error { c.AccessKeyID = v; return nil }},
	{"secret_access_key", func(c *s3.Config, name, v string) error { c.SecretAccessKey = v; return nil }},
	{"session_token", func(c *s3.Config, name, v string) error { c.SessionToken = v; return nil }},
	{"tls_ca_bundle", func(c *s3.Config, name, v string) error { c.CABundle = v; return nil }},
	{"allow_invalid_certificates", func(c *s3.Config, name, v string) error {
		return oneOf(name, v, &c.AnyCertificate, map[string]bool{"true": true, "false": false})
	}},
	{"http_proxy", func(c *s3.Config, name, v string) error { return parseProxy(name, v, &c.HTTPProxy) }},
	{"https_proxy", func(c *s3.Config, name, v string) error { return parseProxy(name, v, &c.HTTPSProxy) }},
	{"connect_timeout", func(c *s3.Config, name, v string) error { return positive(name, v, &c.ConnectTimeout) }},
	{"read_timeout", func(c *s3.Config, name, v string) error { return positive(name, v, &c.ReadTimeout) }},
	{"max_attempts", func(c *s3.Config, name, v string) error {
		return parseNumber(name, v, 1, &c.RetryPolicy().MaxAttempts)
	}},
	{"max_retries", func(c *s3.Config, name, v string) error {
		return parseRetries(name, v, &c.RetryPolicy().MaxAttempts)
	}},
	{"retry_mode", func(c *s3.Config, name, v string) error {
		return oneOf(name, v, &c.RetryMode, map[string]s3.RetryMode{
			"standard": s3.RetryStandard, "adaptive": s3.RetryAdaptive})
	}},
	{"retry_backoff_base", func(c *s3.Config, name, v string) error {
		return parseDuration(name, v, &c.RetryPolicy().BackoffBase)
	}},
	{"retry_backoff_max", func(c *s3.Config, name, v string) error {
		return parseDuration(name, v, &c.RetryPolicy().BackoffMax)
	}},
	{"retry_jitter", func(c *s3.Config, name, v string) error { return parseDuration(name, v, &c.RetryPolicy().Jitter) }},
	{"retry_timeout", func(c *s3.Config, name, v string) error { return positive(name, v, &c.RetryPolicy().Timeout) }},
	{"max_pool_connections", func(c *s3.Config, name, v string) error {
		return parseNumber(name, v, 1, &c.MaxPoolConnections)
	}},
	{"user_agent_extra", func(c *s3.Config, name, v string) error {
		if strings.IndexFunc(v, func(r rune) bool { return r < ' ' || r > '~' }) >= 0 {
			return errs.New(errs.InvalidOption, "%s must be printable ASCII", name)
		}
		c.UserAgentExtra = v
		return nil
	}},
	{"reject_write_under_file_ancestor", func(c *s3.Config, name, v string) error {
		return oneOf(name, v, &c.RejectWriteUnderFile, map[string]bool{"true": true, "false": false})
	}},
	{"conditional_put", func(c *s3.Config, name, v string) error {
		return oneOf(name, v, &c.ConditionalPut, map[string]s3.ConditionalPut{
			"etag": s3.ConditionalPutETag, "check": s3.ConditionalPutCheck})
	}},
	{"copy_if_not_exists", func(c *s3.Config, name, v string) error {
		return oneOf(name, v, &c.CopyIfNotExists, map[string]s3.CopyIfNotExists{
			"multipart": s3.CopyIfNotExistsMultipart, "native": s3.CopyIfNotExistsNative})
	}},
	{"checksum_algorithm", func(c *s3.Config, name, v string) error {
		return oneOf(name, v, &c.ChecksumAlgorithm, map[string]string{
			"CRC32": "CRC32", "CRC32C": "CRC32C", "CRC64NVME": "CRC64NVME", "SHA1": "SHA1", "SHA256": "SHA256", "none": "none"})
	}},
	{"part_size", func(c *s3.Config, name, v string) error { return parsePart(name, v, &c.PartSize) }},
	{"part_growth", func(c *s3.Config, name, v string) error {
		return oneOf(name, v, &c.EvenParts, map[string]bool{"linear": false, "none": true})
	}},
	{"copy_part_size", func(c *s3.Config, name, v string) error { return parsePart(name, v, &c.CopyPartSize) }},
	{"memory_budget", func(c *s3.Config, name, v string) error { return parseNumber(name, v, minPart, &c.MemoryBudget) }},
}

// What S3 takes as a part that is not the last one ("Amazon S3 multipart upload
// limits", User Guide).
const (
	minPart = 5 << 20
	maxPart = 5 << 30
)

func parsePart(key, value string, out *int64) error {
	size := int64(0)
	if err := parseNumber(key, value, minPart, &size); err != nil || size > maxPart {
		return errs.New(errs.InvalidOption, "%s must be a whole number, %d to %d", key, minPart, int64(maxPart))
	}
	*out = size
	return nil
}

var regionName = regexp.MustCompile(`^[A-Za-z0-9-]+$`)

// oneOf sets what the value means.
func oneOf[T any](key, value string, out *T, known map[string]T) error {
	meant, ok := known[value]
	if !ok {
		names := slices.Sorted(maps.Keys(known))
		last := len(names) - 1
		return errs.New(errs.InvalidOption, "%s must be %s or %s", key, strings.Join(names[:last], ", "), names[last])
	}
	*out = meant
	return nil
}

func parseNumber[T int | int64](key, value string, least T, out *T) error {
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || T(n) < least {
		return errs.New(errs.InvalidOption, "%s must be a whole number, %d or more", key, least)
	}
	*out = T(n)
	return nil
}

// parseRetries returns the attempts, of which the first is no retry.
func parseRetries(key, value string, attempts *int) error {
	retries := 0
	err := parseNumber(key, value, 0, &retries)
	if err == nil {
		*attempts = min(retries, math.MaxInt-1) + 1
	}
	return err
}

// parseDuration takes seconds ("2.5"), and text such as "2m 30s" or "500ms".
func parseDuration(key, value string, out *time.Duration) error {
	d, err := time.ParseDuration(strings.ReplaceAll(value, " ", ""))
	if seconds, numberErr := strconv.ParseFloat(value, 64); numberErr == nil {
		d, err = time.Duration(seconds*float64(time.Second)), nil
		if seconds > maxSeconds || seconds != seconds {
			d = -1
		}
	}
	if err != nil || d < 0 {
		return errs.New(errs.InvalidOption, `%s must be a time of 0 or more: seconds, or text such as "500ms" or "2m 30s"`, key)
	}
	*out = d
	return nil
}

// maxSeconds is a century: more is a mistake, and would overflow.
const maxSeconds = 100 * 366 * 24 * 3600

// positive is parseDuration for what 0 would switch off or make impossible.
func positive(key, value string, out *time.Duration) error {
	err := parseDuration(key, value, out)
	if err == nil && *out == 0 {
		return errs.New(errs.InvalidOption, "%s must be more than 0", key)
	}
	return err
}

// parseProxy checks the URL of a proxy; a bare host:port is http.
func parseProxy(key, value string, out *string) error {
	if value == s3.NoProxy {
		*out = value
		return nil
	}
	if !strings.Contains(value, "://") {
		value = "http://" + value
	}
	u, err := url.Parse(value)
	if err != nil || u.Hostname() == "" || (u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "socks5") {
		return errs.New(errs.InvalidOption, `%s must be "none", or http://, https:// or socks5:// with host:port`, key)
	}
	*out = value
	return nil
}

// parseEndpoint returns an endpoint as a URL; a bare host:port is https.
func parseEndpoint(c *s3.Config, key, value string) (string, error) {
	if !strings.Contains(value, "://") {
		value = "https://" + value
	}
	u, err := url.Parse(value)
	switch {
	case err != nil, u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "":
		return "", errs.New(errs.InvalidOption, "%s must be http://host[:port] or https://host[:port]", key)
	case u.User != nil:
		return "", errs.New(errs.InvalidOption, "%s may not hold credentials: use %s and %s",
			key, c.Name("access_key_id"), c.Name("secret_access_key"))
	case u.RawQuery != "" || u.Fragment != "":
		return "", errs.New(errs.InvalidOption, "%s may not hold a query or a fragment", key)
	}
	return strings.TrimSuffix(value, "/"), nil
}
