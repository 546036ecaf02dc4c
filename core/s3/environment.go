package s3

import (
	"net/url"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"golang.org/x/net/http/httpproxy"
)

type loadOption = func(*config.LoadOptions) error

// fromEnvironment passes to the SDK as explicit options what it would read
// from the environment: it reads Go's copy of it, which in a loaded library
// is as old as the process (golang/go#27693).
func fromEnvironment(c Config) []loadOption {
	getenv := lookup(c.Getenv)
	var options []loadOption

	if region := first(c.Region, getenv("AWS_REGION", "AWS_DEFAULT_REGION")); region != "" {
		options = append(options, config.WithRegion(region))
	}
	if file := getenv("AWS_CONFIG_FILE"); file != "" {
		options = append(options, config.WithSharedConfigFiles([]string{file}))
	}
	if file := getenv("AWS_SHARED_CREDENTIALS_FILE"); file != "" {
		options = append(options, config.WithSharedCredentialsFiles([]string{file}))
	}
	imdsState := imds.ClientEnabled
	if getenv("AWS_EC2_METADATA_DISABLED") == "true" {
		imdsState = imds.ClientDisabled
	}
	options = append(options, config.WithEC2IMDSClientEnableState(imdsState))

	id, secret, token := c.AccessKeyID, c.SecretAccessKey, c.SessionToken
	if id == "" {
		id = getenv("AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY")
		secret = getenv("AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY")
		token = getenv("AWS_SESSION_TOKEN")
	}
	switch {
	case id != "" && secret != "":
		options = append(options, config.WithCredentialsProvider(
			credentials.NewStaticCredentialsProvider(id, secret, token)))
	case getenv("AWS_WEB_IDENTITY_TOKEN_FILE") == "":
		// Naming the profile keeps the SDK from the keys in Go's copy of the
		// environment, which may be gone from the real one.
		options = append(options, config.WithSharedConfigProfile(
			first(getenv("AWS_PROFILE", "AWS_DEFAULT_PROFILE"), "default")))
	}
	return options
}

// proxyFromEnvironment reads the proxy variables, both spellings.
func proxyFromEnvironment(env func(string) string) func(*url.URL) (*url.URL, error) {
	getenv := lookup(env)
	c := httpproxy.Config{
		HTTPProxy:  getenv("http_proxy", "HTTP_PROXY"),
		HTTPSProxy: getenv("https_proxy", "HTTPS_PROXY"),
		NoProxy:    getenv("no_proxy", "NO_PROXY"),
	}
	return c.ProxyFunc()
}

// lookup returns a function that finds the first variable that is set.
func lookup(getenv func(string) string) func(names ...string) string {
	return func(names ...string) string {
		for _, name := range names {
			if v := getenv(name); v != "" {
				return v
			}
		}
		return ""
	}
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
