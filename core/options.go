package core

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/agnivade/levenshtein"

	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/core/s3"
)

// Options are the text options of [Open]. They are checked when they are set,
// and once more by Open: an option must belong to the scheme of the URL.
type Options struct {
	// Getenv looks up the environment, "" for a variable that is not set; nil
	// is os.Getenv. The C ABI passes the live C environment, of which Go has
	// only the copy from when the library was loaded (golang/go#27693).
	Getenv func(string) string

	s3     s3.Config
	s3Keys []string // the options that were set, for other schemes to refuse
}

// option is one text option. All of them are S3's so far.
type option struct {
	name  string
	apply func(*s3.Config, string) error
}

// optionTable is in the order in which an error lists the names.
var optionTable = []option{
	{"endpoint", func(c *s3.Config, v string) (err error) { c.Endpoint, err = parseEndpoint(v); return }},
	{"region", func(c *s3.Config, v string) error {
		if !regionName.MatchString(v) {
			return errs.New(errs.InvalidOption, "region must be letters, digits and '-', such as eu-central-1")
		}
		c.Region = v
		return nil
	}},
	{"access_key_id", func(c *s3.Config, v string) error { c.AccessKeyID = v; return nil }},
	{"secret_access_key", func(c *s3.Config, v string) error { c.SecretAccessKey = v; return nil }},
	{"session_token", func(c *s3.Config, v string) error { c.SessionToken = v; return nil }},
	{"addressing_style", func(c *s3.Config, v string) error {
		style := s3.AddressingStyle(v)
		if style != s3.AddressingPath && style != s3.AddressingVirtual {
			return errs.New(errs.InvalidOption, `addressing_style must be "path" or "virtual"`)
		}
		c.AddressingStyle = style
		return nil
	}},
}

// Set sets one option. An unknown key is InvalidOption and names the nearest
// one; a value is never repeated in an error, since it may be a secret.
func (o *Options) Set(key, value string) error {
	err := o.set(key, value)
	if e, ok := err.(*errs.Error); ok {
		e.Op = "options"
	}
	return err
}

func (o *Options) set(key, value string) error {
	if !optionName.MatchString(key) { // perhaps a value in the wrong place, so it is not repeated
		return errs.New(errs.InvalidOption, "the name of an option has letters and _ only, 40 at most")
	}
	i := slices.IndexFunc(optionTable, func(known option) bool { return known.name == key })
	if i < 0 {
		return errs.New(errs.InvalidOption, "unknown option %q: did you mean %q?", key, nearestOption(key))
	}
	if !utf8.ValidString(value) || strings.ContainsAny(value, "\x00\r\n") {
		return errs.New(errs.InvalidOption, "the value of %s must be valid UTF-8 without NUL and line breaks", key)
	}
	if value == "" {
		return errs.New(errs.InvalidOption, "the value of %s is empty: leave the option out instead", key)
	}
	if err := optionTable[i].apply(&o.s3, value); err != nil {
		return err
	}
	o.s3Keys = append(o.s3Keys, key)
	return nil
}

var (
	optionName = regexp.MustCompile(`^[A-Za-z_-]{1,40}$`)
	regionName = regexp.MustCompile(`^[A-Za-z0-9-]+$`)
)

func nearestOption(key string) string {
	return slices.MinFunc(optionTable, func(a, b option) int {
		return levenshtein.ComputeDistance(key, a.name) - levenshtein.ComputeDistance(key, b.name)
	}).name
}

// parseEndpoint returns an endpoint as a URL; a bare host:port is https.
func parseEndpoint(value string) (string, error) {
	if !strings.Contains(value, "://") {
		value = "https://" + value
	}
	u, err := url.Parse(value)
	switch {
	case err != nil, u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "":
		return "", errs.New(errs.InvalidOption, "endpoint must be http://host[:port] or https://host[:port]")
	case u.User != nil:
		return "", errs.New(errs.InvalidOption,
			"endpoint may not hold credentials: use access_key_id and secret_access_key")
	case u.RawQuery != "" || u.Fragment != "":
		return "", errs.New(errs.InvalidOption, "endpoint may not hold a query or a fragment")
	}
	return strings.TrimSuffix(value, "/"), nil
}
