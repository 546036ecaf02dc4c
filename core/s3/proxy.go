package s3

import (
	"cmp"
	"net"
	"net/url"
	"strings"

	"golang.org/x/net/http/httpproxy"
)

// NoProxy as a proxy is none, whatever the environment says.
const NoProxy = "none"

// proxies are the URLs of the proxies for http and https endpoints, "" if there
// is none: those of the options, else those of the variables, in both spellings.
func (c Config) proxies() (http, https string) {
	getenv := lookup(c.Getenv)
	return cmp.Or(c.HTTPProxy, getenv("http_proxy", "HTTP_PROXY")), cmp.Or(c.HTTPSProxy, getenv("https_proxy", "HTTPS_PROXY"))
}

// proxy finds the proxy for a URL: that of the options, which is for every
// host that is not excluded, else that of the variables.
func (c Config) proxy() func(*url.URL) (*url.URL, error) {
	excluded := c.excluded()
	http, https := c.proxies()
	fromEnvironment := (&httpproxy.Config{
		HTTPProxy:  http,
		HTTPSProxy: https,
		NoProxy:    lookup(c.Getenv)("no_proxy", "NO_PROXY"),
	}).ProxyFunc()
	return func(u *url.URL) (*url.URL, error) {
		proxy := c.HTTPProxy
		if u.Scheme == "https" {
			proxy = c.HTTPSProxy
		}
		switch {
		case proxy == NoProxy, excluded(u):
			return nil, nil
		case proxy == "":
			return fromEnvironment(u)
		}
		return url.Parse(proxy)
	}
}

// excluded tells which hosts have no proxy by option.
func (c Config) excluded() func(*url.URL) bool {
	if c.ProxyExcludes == "" {
		return func(*url.URL) bool { return false }
	}
	const some = "http://proxy.invalid"
	find := (&httpproxy.Config{HTTPProxy: some, HTTPSProxy: some, NoProxy: c.ProxyExcludes}).ProxyFunc()
	return func(u *url.URL) bool {
		proxy, err := find(u)
		return err == nil && proxy == nil
	}
}

// proxyAddresses are host:port of the https proxies.
func (c Config) proxyAddresses() map[string]bool {
	addresses := map[string]bool{}
	http, https := c.proxies()
	for _, proxy := range []string{http, https} {
		if u, err := url.Parse(proxy); err == nil && strings.EqualFold(u.Scheme, "https") {
			addresses[net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), "443"))] = true
		}
	}
	return addresses
}
