package core

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/core/s3"
)

func TestS3URLs(t *testing.T) {
	const (
		path    = s3.AddressingPath
		virtual = s3.AddressingVirtual
	)
	for url, want := range map[string]s3Place{
		"s3://b":                 {bucket: "b"},
		"s3://My.Bucket_1/p//q/": {bucket: "My.Bucket_1", prefix: "p/q"},
		"s3a://b/a%23b":          {bucket: "b", prefix: "a#b"},

		"https://s3.eu-west-1.amazonaws.com/b":            {bucket: "b", region: "eu-west-1", aws: true, addressingStyle: path},
		"https://s3.eu-west-1.amazonaws.com/b/p/q":        {bucket: "b", prefix: "p/q", region: "eu-west-1", aws: true, addressingStyle: path},
		"https://S3.EU-West-1.AmazonAWS.com:443/B":        {bucket: "B", region: "eu-west-1", aws: true, addressingStyle: path},
		"https://s3.us-gov-west-1.amazonaws.com/b":        {bucket: "b", region: "us-gov-west-1", aws: true, addressingStyle: path},
		"https://s3.amazonaws.com/b/p":                    {bucket: "b", prefix: "p", aws: true, addressingStyle: path},
		"https://b.s3.amazonaws.com/p":                    {bucket: "b", prefix: "p", aws: true, addressingStyle: virtual},
		"https://b.s3.eu-west-1.amazonaws.com":            {bucket: "b", region: "eu-west-1", aws: true, addressingStyle: virtual},
		"https://b.s3.eu-west-1.amazonaws.com/p/q/":       {bucket: "b", prefix: "p/q", region: "eu-west-1", aws: true, addressingStyle: virtual},
		"https://a.b.c.s3.eu-west-1.amazonaws.com":        {bucket: "a.b.c", region: "eu-west-1", aws: true, addressingStyle: virtual},
		"https://my.s3.data.s3.eu-west-1.amazonaws.com":   {bucket: "my.s3.data", region: "eu-west-1", aws: true, addressingStyle: virtual},
		"https://s3.eu-west-1.s3.eu-west-2.amazonaws.com": {bucket: "s3.eu-west-1", region: "eu-west-2", aws: true, addressingStyle: virtual},
		"https://b.s3.dualstack.eu-west-1.amazonaws.com":  {bucket: "b", region: "eu-west-1", aws: true, dualStack: true, addressingStyle: virtual},
		"https://s3.dualstack.eu-west-1.amazonaws.com/b":  {bucket: "b", region: "eu-west-1", aws: true, dualStack: true, addressingStyle: path},
		"https://b.s3.cn-north-1.amazonaws.com.cn":        {bucket: "b", region: "cn-north-1", aws: true, addressingStyle: virtual},
		"https://s3.cn-northwest-1.amazonaws.com.cn/b":    {bucket: "b", region: "cn-northwest-1", aws: true, addressingStyle: path},
		"https://s3.dualstack.cn-north-1.amazonaws.com.cn/b": {
			bucket: "b", region: "cn-north-1", aws: true, dualStack: true, addressingStyle: path},

		"https://acct.r2.cloudflarestorage.com/b/p": {
			bucket: "b", prefix: "p", region: "auto", endpoint: "https://acct.r2.cloudflarestorage.com", addressingStyle: path},
		"https://acct.eu.r2.cloudflarestorage.com/b": {
			bucket: "b", region: "auto", endpoint: "https://acct.eu.r2.cloudflarestorage.com", addressingStyle: path},

		"http://localhost:9000/b":         {bucket: "b", endpoint: "http://localhost:9000", addressingStyle: path},
		"https://minio.example.com/b/p/q": {bucket: "b", prefix: "p/q", endpoint: "https://minio.example.com", addressingStyle: path},
		"http://127.0.0.1:9000/b/":        {bucket: "b", endpoint: "http://127.0.0.1:9000", addressingStyle: path},
		"http://[::1]:9000/b":             {bucket: "b", endpoint: "http://[::1]:9000", addressingStyle: path},
		"https://notamazonaws.com/b":      {bucket: "b", endpoint: "https://notamazonaws.com", addressingStyle: path},
		"https://s3.eu-west-1.amazonaws.com.example.com/b": {
			bucket: "b", endpoint: "https://s3.eu-west-1.amazonaws.com.example.com", addressingStyle: path},
	} {
		u, err := parseURL(url)
		require.NoError(t, err, url)
		got, err := parseS3URL(u)
		require.NoError(t, err, url)
		assert.Equal(t, want, *got, url)
	}
}

func TestS3URLsRefused(t *testing.T) {
	for url, says := range map[string]string{
		"s3a://":                                "the bucket is missing",
		"s3a://b/../c":                          "the prefix of the URL",
		"s3a:b":                                 `"//" is missing`,
		"gs://b":                                "the URL must be memory://, file:///folder, s3://bucket/prefix, s3a://",
		"https:///b":                            "the URL has no host",
		"https://":                              "the URL has no host",
		"http://h:0/b":                          "a port that there is not",
		"http://h:/b":                           "a port that there is not",
		"http://9000/b":                         "the URL has no host",
		"http://h:99999/b":                      "a port that there is not",
		"https://host":                          "the bucket is missing",
		"https://host/":                         "the bucket is missing",
		"https://s3.eu-west-1.amazonaws.com":    "the bucket is missing",
		"https://s3.amazonaws.com/":             "the bucket is missing",
		"https://acct.r2.cloudflarestorage.com": "the bucket is missing",
		"https://amazonaws.com/b":               "none of S3",
		"https://eu-west-1.amazonaws.com/b":     "none of S3",
		"https://ec2.eu-west-1.amazonaws.com/b": "none of S3",
		"https://b.s3-website.eu-west-1.amazonaws.com":      "none of S3",
		"https://b.s3-website-eu-west-1.amazonaws.com":      "none of S3",
		"https://b.s3.nowhere.amazonaws.com":                "none of S3",
		"https://s3.dualstack.amazonaws.com/b":              "none of S3",
		"https://s3.cn-north-1.amazonaws.com/b":             "none of S3",
		"https://s3.eu-west-1.amazonaws.com.cn/b":           "none of S3",
		"https://r2.cloudflarestorage.com/b":                "none of S3",
		"https://a.b.c.r2.cloudflarestorage.com/b":          "none of S3",
		"http://s3.eu-west-1.amazonaws.com/b":               "https only",
		"https://s3.eu-west-1.amazonaws.com:8443/b":         "https only",
		"http://acct.r2.cloudflarestorage.com/b":            "https only",
		"https://u:" + secret + "@b.s3.amazonaws.com":       "credentials",
		"https://b.s3.amazonaws.com/p?X-Amz-Sign=" + secret: "a query or a fragment",
		"https://b.s3.amazonaws.com/p#" + secret:            "a query or a fragment",
	} {
		for _, open := range []func() (*Store, error){
			func() (*Store, error) { return Open(url, &Options{Getenv: environment(t, nil)}) },
			func() (*Store, error) {
				return OpenBackend(BackendConfig{Type: "s3", Options: map[string]any{"url": url}}, environment(t, nil))
			},
		} {
			_, err := open()
			assert.Contains(t, requireError(t, err, errs.InvalidArgument).Message, says, url)
		}
	}
	for _, url := range []string{"memory://", "file:///folder"} {
		_, err := OpenBackend(BackendConfig{Type: "s3", Options: map[string]any{"url": url}}, environment(t, nil))
		assert.Contains(t, requireError(t, err, errs.InvalidArgument).Message, "the URL must be s3://")
	}
}

// A URL is refused with a typed error, or means a bucket that can be opened.
func FuzzParseURL(f *testing.F) {
	for _, url := range []string{
		"s3://bucket/prefix", "https://b.s3.dualstack.eu-west-1.amazonaws.com/p", "https://s3.cn-north-1.amazonaws.com.cn/b",
		"https://a.eu.r2.cloudflarestorage.com/b", "http://[::1]:9000/b", "s3://u:p@b", "https://b.s3..amazonaws.com", "file:///%00",
	} {
		f.Add(url)
	}
	f.Fuzz(func(t *testing.T, url string) {
		u, err := parseURL(url)
		var place *s3Place
		if err == nil && u.Scheme != "memory" && u.Scheme != "file" {
			place, err = parseS3URL(u)
		}
		if err != nil {
			require.Equal(t, errs.InvalidArgument, errs.CodeOf(err), "%v", err)
			return
		}
		if place == nil {
			return
		}
		require.NotEmpty(t, place.bucket)
		require.False(t, strings.Contains(place.bucket, "/"))
		require.True(t, place.endpoint == "" || !place.aws)
		if place.endpoint != "" {
			_, err := parseEndpoint(&s3.Config{}, "x", place.endpoint)
			require.NoError(t, err, "%s", place.endpoint)
		}
		clean, err := parsePrefix("x", place.prefix)
		require.NoError(t, err)
		require.Equal(t, place.prefix, clean)
		store, err := s3Request{url: place}.open(environment(t, nil))
		if err != nil {
			require.Equal(t, errs.InvalidArgument, errs.CodeOf(err), "%v", err)
			return
		}
		require.NoError(t, store.Close())
	})
}

func TestS3URLOptions(t *testing.T) {
	type options = map[string]string
	for url, want := range map[string]options{
		"s3://b/p/q": {"bucket": "b", "prefix": "p/q"},
		"https://b.s3.eu-west-1.amazonaws.com/p": {
			"bucket": "b", "prefix": "p", "region": "eu-west-1", "addressing_style": "virtual"},
		"https://s3.amazonaws.com/b": {"bucket": "b", "addressing_style": "path"},
		"https://acct.r2.cloudflarestorage.com/b": {
			"bucket": "b", "region": "auto", "endpoint": "https://acct.r2.cloudflarestorage.com", "addressing_style": "path"},
	} {
		got, err := S3URLOptions(url)
		require.NoError(t, err, url)
		assert.Equal(t, want, got, url)

		o := Options{Getenv: environment(t, nil)}
		for name, value := range got {
			require.NoError(t, o.Set(name, value))
		}
		_, err = Open(url, &o)
		assert.NoError(t, err, "%s: the options say what the URL does", url)
	}
	for url, says := range map[string]string{
		"memory://":          "the URL must be s3://",
		"s3://":              "the bucket is missing",
		"https://u:p@h/b":    "the URL may not hold credentials",
		"no url at all \x7f": "this is not a URL",
	} {
		_, err := S3URLOptions(url)
		assert.ErrorContains(t, err, says, url)
		assert.Equal(t, errs.InvalidArgument, errs.CodeOf(err), url)
	}
}
