package core

import (
	"maps"

	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/core/s3"
)

// clientOptions are what remote-store passes on to s3fs, and that to botocore,
// as far as it is an option here, and those of obstore. Else what has no effect
// is refused.
var clientOptions = fields{
	"key":                is("access_key_id"),
	"secret":             is("secret_access_key"),
	"token":              is("session_token"),
	"endpoint_url":       is("endpoint"),
	"use_listings_cache": listingsCache,
	"client_kwargs":      clientArguments,
	"config_kwargs": inside(fields{
		"connect_timeout":      is("connect_timeout"),
		"read_timeout":         is("read_timeout"),
		"max_pool_connections": is("max_pool_connections"),
		"user_agent":           is("user_agent"),
		"user_agent_extra":     is("user_agent_extra"),
		"region_name":          is("region"),
		"client_cert":          clientCertificate,
		"proxies":              proxies,
		"retries":              retries,
		"s3":                   inside(fields{"addressing_style": is("addressing_style")}),
		"signature_version":    signatureVersion,
	}),

	"allow_http":                  is("allow_http"),
	"allow_invalid_certificates":  is("allow_invalid_certificates"),
	"connect_timeout":             is("connect_timeout"),
	"default_content_type":        is("default_content_type"),
	"default_headers":             is("default_headers"),
	"http1_only":                  is("http1_only"),
	"http2_keep_alive_interval":   is("http2_keep_alive_interval"),
	"http2_keep_alive_timeout":    is("http2_keep_alive_timeout"),
	"http2_keep_alive_while_idle": is("http2_keep_alive_while_idle"),
	"http2_only":                  is("http2_only"),
	"pool_idle_timeout":           is("pool_idle_timeout"),
	"pool_max_idle_per_host":      is("pool_max_idle_per_host"),
	"proxy_ca_certificate":        is("proxy_ca_certificate"),
	"proxy_excludes":              is("proxy_excludes"),
	"proxy_url":                   is("proxy_url"),
	"randomize_addresses":         is("randomize_addresses"),
	"read_timeout":                is("read_timeout"),
	"root_certificate":            is("root_certificate"),
	"timeout":                     is("timeout"),
	"user_agent":                  is("user_agent"),
	"client_certificate":          is("client_certificate"),
	"client_key":                  is("client_key"),
}

// listingsCache has no effect: listings are never cached here, so never stale.
func listingsCache(_ *found, place string, value any) error {
	if _, ok := value.(bool); !ok {
		return errs.New(errs.InvalidOption, "%s must be true or false", place)
	}
	return nil
}

func clientArguments(f *found, place string, value any) error {
	object, err := optionObject(place, value)
	if err != nil {
		return err
	}
	if object["config"] != nil { // s3fs makes its own, and would fail
		return errs.New(errs.InvalidOption,
			"%s.config is not taken: its settings belong in client_options.config_kwargs, as a dict", place)
	}
	return inside(fields{"region_name": is("region"), "endpoint_url": is("endpoint"), "verify": verify})(f, place, value)
}

// verify is the file of the certificates to trust, or whether any are needed.
func verify(f *found, place string, value any) error {
	if _, ok := value.(string); ok {
		return f.set("tls_ca_bundle", place, value)
	}
	needed, ok := value.(bool)
	if !ok {
		return errs.New(errs.InvalidOption, "%s must be a file of certificates, or true or false", place)
	}
	return f.set("allow_invalid_certificates", place, !needed)
}

// proxies replace those of the environment: a scheme that has none has none.
func proxies(f *found, place string, value any) error {
	object, err := optionObject(place, value)
	if err != nil {
		return err
	}
	all := map[string]any{"http": s3.NoProxy, "https": s3.NoProxy}
	for scheme, url := range object {
		if url != nil && url != "" {
			all[scheme] = url
		}
	}
	return inside(fields{"http": proxy("http_proxy"), "https": proxy("https_proxy")})(f, place, all)
}

func proxy(option string) field {
	return func(f *found, place string, value any) error {
		switch value.(type) {
		case string, Secret:
			return f.set(option, place, value)
		}
		return errs.New(errs.InvalidOption, "%s must be a URL, or null for no proxy", place) // false would be the name of a host
	}
}

// clientCertificate is a file of it and its key, or two of them.
func clientCertificate(f *found, place string, value any) error {
	pair, ok := value.([]any)
	if !ok {
		return f.set("client_certificate", place, value)
	}
	if len(pair) != 2 {
		return errs.New(errs.InvalidOption, "%s must be a file, or two: the certificate and its key", place)
	}
	if err := f.set("client_certificate", place+"[0]", pair[0]); err != nil {
		return err
	}
	return f.set("client_key", place+"[1]", pair[1])
}

// retries count as botocore does: max_attempts without the first, and
// total_max_attempts with it, which outranks the other.
func retries(f *found, place string, value any) error {
	if f.retry != nil {
		return nil // [BackendConfig.Warnings] says so
	}
	object, err := optionObject(place, value)
	if err != nil {
		return err
	}
	if object["total_max_attempts"] != nil {
		object = maps.Clone(object)
		delete(object, "max_attempts")
	}
	return inside(fields{
		"max_attempts": is("max_retries"), "total_max_attempts": is("max_attempts"), "mode": is("retry_mode"),
	})(f, place, object)
}

func signatureVersion(_ *found, place string, value any) error {
	if value != "s3v4" {
		return errs.New(errs.InvalidOption, `%s must be "s3v4", or left out`, place)
	}
	return nil
}

// Warnings are lines about what is no error, but has no effect.
func (b BackendConfig) Warnings() (lines []string) {
	if b.Type != "s3" {
		return nil
	}
	client, _ := b.Options["client_options"].(map[string]any)
	config, _ := client["config_kwargs"].(map[string]any)
	if b.Retry != nil && config["retries"] != nil {
		lines = append(lines, "client_options.config_kwargs.retries has no effect beside retry: give one of them")
	}
	request, err := s3Options(b)
	if err != nil {
		return lines // who opens it is told
	}
	for _, place := range request.given.places() {
		if withoutEffect[request.given[place].option.name()] {
			lines = append(lines, place+" has no effect: S3 is spoken over HTTP/1.1 only")
		}
	}
	return lines
}
