package core

import (
	"crypto/x509"
	"encoding/json"
	"maps"
	"math"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/http/httpguts"

	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/core/s3"
	"github.com/libremotestore/libremotestore/core/s3/dynamolock"
)

// What the values of options are made of. key is the option, for errors.

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

// truths are the ways to say yes and no that object_store has.
var truths = map[string]bool{
	"true": true, "1": true, "yes": true, "y": true, "on": true,
	"false": false, "0": false, "no": false, "n": false, "off": false,
}

func parseBool(key, value string, out *bool) error {
	truth, ok := truths[strings.ToLower(value)]
	if !ok {
		return errs.New(errs.InvalidOption, "%s must be true or false", key)
	}
	*out = truth
	return nil
}

// oneOfOrLock is oneOf with one value more, "dynamo:TABLE[:TIMEOUT_MS]".
func oneOfOrLock[T any](key, value string, out *T, lock *dynamolock.Lock, known map[string]T) error {
	mode, rest, _ := strings.Cut(value, ":")
	if mode != "dynamo" {
		if err := oneOf(key, value, out, known); err != nil {
			return errs.New(errs.InvalidOption, "%s, or dynamo:TABLE[:TIMEOUT_MS]", err.(*errs.Error).Message)
		}
		*lock = dynamolock.Lock{}
		return nil
	}
	table, millis, timed := strings.Cut(rest, ":")
	timeout := dynamolock.DefaultTimeout
	if timed {
		n, err := strconv.ParseUint(millis, 10, 32)
		if timeout = time.Duration(n) * time.Millisecond; err != nil {
			timeout = 0
		}
	}
	if !isTableName(table) || timeout < dynamolock.MinTimeout || timeout > dynamolock.MaxTimeout {
		return errs.New(errs.InvalidOption, "%s must be dynamo:TABLE or dynamo:TABLE:TIMEOUT_MS, with the name of a DynamoDB table, "+
			"3 to 255 letters, digits and _ . -, and a whole number of milliseconds, %d to %d",
			key, dynamolock.MinTimeout.Milliseconds(), dynamolock.MaxTimeout.Milliseconds())
	}
	var endpointDecides T
	*out, *lock = endpointDecides, dynamolock.Lock{Table: table, Timeout: timeout}
	return nil
}

// isTableName is the rule of DynamoDB ("Naming rules", Developer Guide).
func isTableName(table string) bool {
	return len(table) >= 3 && len(table) <= 255 && madeOf(table, "_.-")
}

// madeOf tells whether text has only the letters and digits of ASCII, and others.
func madeOf(text, others string) bool {
	return strings.IndexFunc(text, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune(others, r)
	}) < 0
}

// lazyRegexp is compiled for the first text that it is compared with: to compile all of
// this package took 2 ms of each start.
func lazyRegexp(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
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

func parseFactor(key, value string, out *float64) error {
	factor, err := strconv.ParseFloat(value, 64)
	if err != nil || !(factor >= 1) || math.IsInf(factor, 0) {
		return errs.New(errs.InvalidOption, "%s must be a number, 1 or more", key)
	}
	*out = factor
	return nil
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

// maxSeconds is a century: more is a mistake, and would overflow.
const maxSeconds = 100 * 366 * 24 * 3600

// parseDuration takes seconds ("2.5"), and text such as "2m 30s" or "500 ms".
func parseDuration(key, value string, out *time.Duration) error {
	seconds, err := strconv.ParseFloat(value, 64)
	if err != nil {
		seconds = addSpans(value)
	}
	if !(seconds >= 0 && seconds <= maxSeconds) {
		return errs.New(errs.InvalidOption, `%s must be a time of 0 or more: seconds, or text such as "500ms" or "2m 30s"`, key)
	}
	*out = time.Duration(math.Round(seconds * float64(time.Second)))
	return nil
}

// unitSeconds are the units of a time, those of obstore's ClientConfig.
var unitSeconds = map[string]float64{
	"ns": 1e-9, "nsec": 1e-9, "us": 1e-6, "usec": 1e-6, "µs": 1e-6, "ms": 1e-3, "msec": 1e-3,
	"s": 1, "sec": 1, "second": 1, "seconds": 1,
	"m": 60, "min": 60, "minute": 60, "minutes": 60,
	"h": 3600, "hr": 3600, "hour": 3600, "hours": 3600,
	"d": 86400, "day": 86400, "days": 86400,
	"w": 7 * 86400, "week": 7 * 86400, "weeks": 7 * 86400,
	"M": 30.44 * 86400, "month": 30.44 * 86400, "months": 30.44 * 86400,
	"y": 365.25 * 86400, "year": 365.25 * 86400, "years": 365.25 * 86400,
}

var span = lazyRegexp(`^ *([0-9]+(?:\.[0-9]+)?) *(\pL+) *`)

// addSpans is the sum of spans such as "2h 37min" in seconds, -1 if it is none.
func addSpans(text string) float64 {
	sum := 0.0
	for more := true; more; more = text != "" {
		found := span().FindStringSubmatch(text)
		if found == nil || unitSeconds[found[2]] == 0 {
			return -1
		}
		n, err := strconv.ParseFloat(found[1], 64)
		if err != nil {
			return -1
		}
		sum += n * unitSeconds[found[2]]
		text = text[len(found[0]):]
	}
	return sum
}

// positive is parseDuration for what 0 would switch off or make impossible.
func positive(key, value string, out *time.Duration) error {
	err := parseDuration(key, value, out)
	if err == nil && *out == 0 {
		return errs.New(errs.InvalidOption, "%s must be more than 0", key)
	}
	return err
}

// parseHeader takes what may stand in a header.
func parseHeader(key, value string, out *string) error {
	if strings.IndexFunc(value, func(r rune) bool { return r < ' ' || r > '~' }) >= 0 {
		return errs.New(errs.InvalidOption, "%s must be printable ASCII", key)
	}
	*out = value
	return nil
}

// parseHeaders takes a JSON object of headers and their values.
func parseHeaders(key, value string, out *map[string]string) error {
	var headers map[string]string
	if err := json.Unmarshal([]byte(value), &headers); err != nil { // which would repeat the value
		return errs.New(errs.InvalidOption, "%s must be an object of headers and their values, which are text", key)
	}
	for name, value := range headers {
		small := strings.ToLower(name)
		switch {
		case !httpguts.ValidHeaderFieldName(name):
			return errs.New(errs.InvalidOption, "%s: a name is not one of a header", key)
		case headerOptions[small] != "":
			return errs.New(errs.InvalidOption, "%s may not hold %s: that is the option %s", key, small, headerOptions[small])
		case ownHeaders().MatchString(small):
			return errs.New(errs.InvalidOption, "%s may not hold %s, which each request has of its own", key, small)
		}
		if err := parseHeader(key+": the value of "+small, value, &value); err != nil {
			return err
		}
	}
	*out = headers
	return nil
}

// headerOptions are headers that options are about.
var headerOptions = map[string]string{"user-agent": "user_agent", "content-type": "default_content_type"}

// ownHeaders are those that the connection, the signature or an operation owns.
var ownHeaders = lazyRegexp(`^(` + strings.Join([]string{
	"host", "connection", "content-length", "transfer-encoding", "te", "trailer", "upgrade", "expect", "accept-encoding",
	"proxy-.*", "keep-alive", "authorization", "x-amz-date", "x-amz-content-sha256", "x-amz-security-token",
	"x-amz-trailer", "x-amz-decoded-content-length", "x-amz-copy-source.*", "x-amz-checksum-.*", "content-md5",
	"amz-sdk-.*", "date", "range", "if-.*",
}, "|") + `)$`)

// parseCertificates takes certificates in PEM form.
func parseCertificates(key, value string, out *string) error {
	if !x509.NewCertPool().AppendCertsFromPEM([]byte(value)) {
		return errs.New(errs.InvalidOption, "%s must be certificates in PEM form, -----BEGIN CERTIFICATE----- and so on", key)
	}
	*out = value
	return nil
}

func parseRegion(key, value string, out *string) error {
	if value == "" || !madeOf(value, "-") {
		return errs.New(errs.InvalidOption, "%s must be letters, digits and '-', such as eu-central-1", key)
	}
	*out = value
	return nil
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
	if err != nil || !isHost(u) || (u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "socks5") {
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
	case err != nil, u.Scheme != "http" && u.Scheme != "https", !isHost(u):
		return "", errs.New(errs.InvalidOption, "%s must be http://host[:port] or https://host[:port]", key)
	case u.User != nil:
		return "", errs.New(errs.InvalidOption, "%s may not hold credentials: use %s and %s",
			key, c.Name("access_key_id"), c.Name("secret_access_key"))
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return "", errs.New(errs.InvalidOption, "%s may not hold a query or a fragment", key)
	case u.Path != "" && u.Path != "/":
		return "", errs.New(errs.InvalidOption, "%s may not hold a path: it must be http://host[:port] or https://host[:port]", key)
	}
	return u.Scheme + "://" + u.Host, nil
}

// isHost tells whether a URL has a host, and a port that there can be: url.Parse
// takes any number. Digits alone are a port that lost its host.
func isHost(u *url.URL) bool {
	if strings.Trim(u.Hostname(), "0123456789") == "" || strings.HasSuffix(u.Host, ":") {
		return false
	}
	port, err := strconv.Atoi(u.Port())
	return u.Port() == "" || err == nil && port >= 1 && port <= 65535
}
