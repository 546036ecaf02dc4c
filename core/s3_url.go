package core

import (
	"maps"
	"net/url"
	"strings"

	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/core/s3"
)

// s3Place is where a URL says that a bucket is. What is empty, it does not say.
type s3Place struct {
	bucket, prefix  string // the prefix is a clean path
	region          string
	endpoint        string
	addressingStyle s3.AddressingStyle
	aws, dualStack  bool // on AWS, whatever the environment says of an endpoint
}

// s3Forms are the URLs of a bucket, for errors.
const s3Forms = "s3://bucket/prefix, s3a://bucket/prefix, https://s3.region.amazonaws.com/bucket, " +
	"https://bucket.s3.region.amazonaws.com, https://account.r2.cloudflarestorage.com/bucket or http://host:port/bucket"

// awsHost is a host of S3 in front of amazonaws.com: with the bucket, which may
// have dots, or without; with a region, or without.
var awsHost = lazyRegexp(`^(?:(.+)\.)?s3(?:\.(dualstack))?(?:\.([a-z]+(?:-[a-z]+)+-[0-9]+))?$`)

// r2Host is an account in front of r2.cloudflarestorage.com, perhaps with its
// jurisdiction.
var r2Host = lazyRegexp(`^[a-z0-9-]+(?:\.[a-z0-9-]+)?$`)

// parseS3URL reads the URL of a bucket. Any other host than those of AWS and R2
// is an endpoint, if the bucket is in the path.
func parseS3URL(u *url.URL) (*s3Place, error) {
	p := &s3Place{}
	path := strings.TrimLeft(u.Path, "/")
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	aws, onAWS := cutDomain(host, "amazonaws.com", "amazonaws.com.cn")
	r2, onR2 := cutDomain(host, "r2.cloudflarestorage.com")
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		p.bucket = u.Host // of which a port would be a part, and is refused
	case onAWS || onR2:
		if u.Scheme != "https" || u.Port() != "" && u.Port() != "443" || strings.HasSuffix(u.Host, ":") {
			return nil, errs.New(errs.InvalidArgument, "AWS and R2 have https only, on its own port: the URL must be %s", s3Forms)
		}
		if known := onAWS && p.onAWS(aws, strings.HasSuffix(host, ".cn")) || onR2 && p.onR2(r2, host); !known {
			return nil, errs.New(errs.InvalidArgument, "this host is none of S3: the URL must be %s", s3Forms)
		}
	case !isHost(u):
		return nil, errs.New(errs.InvalidArgument, "the URL has no host, or a port that there is not: it must be %s", s3Forms)
	default:
		p.endpoint, p.addressingStyle = u.Scheme+"://"+u.Host, s3.AddressingPath
	}
	if p.bucket == "" && p.addressingStyle == s3.AddressingPath {
		p.bucket, path, _ = strings.Cut(path, "/")
	}
	if p.bucket == "" {
		return nil, errs.New(errs.InvalidArgument, "the bucket is missing: the URL must be %s", s3Forms)
	}
	prefix, err := parsePrefix("the prefix of the URL", path)
	if err != nil {
		return nil, errs.New(errs.InvalidArgument, "%s", err.(*errs.Error).Message)
	}
	p.prefix = prefix
	return p, nil
}

func (p *s3Place) onAWS(host string, inChina bool) bool {
	found := awsHost().FindStringSubmatch(host)
	if found == nil || found[2] != "" && found[3] == "" || inChina != strings.HasPrefix(found[3], "cn-") {
		return false
	}
	p.aws, p.bucket, p.dualStack, p.region = true, found[1], found[2] != "", found[3]
	if p.addressingStyle = s3.AddressingVirtual; p.bucket == "" {
		p.addressingStyle = s3.AddressingPath
	}
	return true
}

func (p *s3Place) onR2(account, host string) bool {
	p.endpoint, p.region, p.addressingStyle = "https://"+host, "auto", s3.AddressingPath
	return r2Host().MatchString(account)
}

// cutDomain is what a host has in front of one of the domains.
func cutDomain(host string, domains ...string) (string, bool) {
	for _, domain := range domains {
		if host == domain {
			return "", true
		}
		if front, ok := strings.CutSuffix(host, "."+domain); ok {
			return front, true
		}
	}
	return "", false
}

// S3URLOptions is what the URL of a bucket says, as options of [Options]: bucket,
// prefix, region, endpoint and addressing_style, as far as it says them. Beside the
// URL they are the same again.
func S3URLOptions(rawURL string) (map[string]string, error) {
	u, err := parseURL(rawURL)
	if err != nil {
		return nil, err
	}
	if !onS3(u) {
		return nil, errs.New(errs.InvalidArgument, "the URL must be %s", s3Forms)
	}
	p, err := parseS3URL(u)
	if err != nil {
		return nil, err
	}
	options := map[string]string{
		"bucket": p.bucket, "prefix": p.prefix, "region": p.region, "endpoint": p.endpoint,
		"addressing_style": map[s3.AddressingStyle]string{
			s3.AddressingPath: "path", s3.AddressingVirtual: "virtual"}[p.addressingStyle],
	}
	maps.DeleteFunc(options, func(_, value string) bool { return value == "" })
	return options, nil
}

// apply says in c what the URL says. The bucket and the prefix may not be
// given twice; the rest is what given does not have.
func (p *s3Place) apply(c, given *s3Setup) error {
	if given.Bucket != "" && given.Bucket != p.bucket {
		return errs.New(errs.InvalidOption, "%s is another bucket than that of the URL: give one of them", given.Name("bucket"))
	}
	c.Bucket = p.bucket
	if p.prefix != "" && !c.ignorePath {
		if given.prefix != "" && given.prefix != p.prefix {
			return errs.New(errs.InvalidOption, `%s is another prefix than that of the URL: give one of them, or set url_path to "ignore"`,
				given.Name("prefix"))
		}
		c.prefix = p.prefix
	}
	if p.region != "" {
		c.Region = p.region
	}
	if given.Endpoint == "" && (p.aws || p.endpoint != "") {
		c.AWS, c.DualStack, c.Endpoint, c.AddressingStyle = p.aws, p.dualStack, p.endpoint, p.addressingStyle
	}
	return nil
}
