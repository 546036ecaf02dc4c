package core

import (
	"maps"
	"strconv"

	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/core/s3"
)

// clientOptions are what remote-store passes on to s3fs, and that to botocore,
// as far as it is an option here. What has no effect is refused.
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
		"user_agent_extra":     is("user_agent_extra"),
		"region_name":          is("region"),
		"proxies":              proxies,
		"retries":              retries,
		"s3":                   inside(fields{"addressing_style": is("addressing_style")}),
		"signature_version":    signatureVersion,
	}),
}

// listingsCache has no effect: listings are never cached here, so never stale.
func listingsCache(_ *settings, place string, value any) error {
	if _, ok := value.(bool); !ok {
		return errs.New(errs.InvalidOption, "%s must be true or false", place)
	}
	return nil
}

func clientArguments(s *settings, place string, value any) error {
	object, err := optionObject(place, value)
	if err != nil {
		return err
	}
	if object["config"] != nil { // s3fs makes its own, and would fail
		return errs.New(errs.InvalidOption,
			"%s.config is not taken: its settings belong in client_options.config_kwargs, as a dict", place)
	}
	return inside(fields{"region_name": is("region"), "endpoint_url": is("endpoint"), "verify": verify})(s, place, value)
}

// verify is the file of the certificates to trust, or whether any are needed.
func verify(s *settings, place string, value any) error {
	if _, ok := value.(string); ok {
		return s.set("tls_ca_bundle", place, value)
	}
	needed, ok := value.(bool)
	if !ok {
		return errs.New(errs.InvalidOption, "%s must be a file of certificates, or true or false", place)
	}
	return s.set("allow_invalid_certificates", place, !needed)
}

// proxies replace those of the environment: a scheme that has none has none.
func proxies(s *settings, place string, value any) error {
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
	return inside(fields{"http": proxy("http_proxy"), "https": proxy("https_proxy")})(s, place, all)
}

func proxy(option string) field {
	return func(s *settings, place string, value any) error {
		if _, ok := value.(string); !ok { // false would be the name of a host
			return errs.New(errs.InvalidOption, "%s must be a URL, or null for no proxy", place)
		}
		return s.set(option, place, value)
	}
}

// retries count as botocore does: max_attempts without the first, and
// total_max_attempts with it, which outranks the other.
func retries(s *settings, place string, value any) error {
	if s.retry {
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
		"max_attempts": retriesNumber, "total_max_attempts": is("max_attempts"), "mode": retryMode,
	})(s, place, object)
}

func retriesNumber(s *settings, place string, value any) error {
	text, err := optionText(place, value)
	if err != nil || text == "" {
		return err
	}
	attempts := 0
	if err := parseRetries(place, text, &attempts); err != nil {
		return err
	}
	return s.set("max_attempts", place, strconv.Itoa(attempts))
}

func retryMode(s *settings, place string, value any) error {
	text, err := optionText(place, value)
	if err != nil || text == "" {
		return err
	}
	mode := ""
	if err := oneOf(place, text, &mode, map[string]string{
		"legacy": "standard", "standard": "standard", "adaptive": "adaptive"}); err != nil {
		return err
	}
	return s.set("retry_mode", place, mode)
}

func signatureVersion(_ *settings, place string, value any) error {
	if value != "s3v4" {
		return errs.New(errs.InvalidOption, `%s must be "s3v4", or left out`, place)
	}
	return nil
}

// Warnings are lines about what is no error, but has no effect.
func (b BackendConfig) Warnings() []string {
	client, _ := b.Options["client_options"].(map[string]any)
	config, _ := client["config_kwargs"].(map[string]any)
	if b.Type != "s3" || b.Retry == nil || config["retries"] == nil {
		return nil
	}
	return []string{"client_options.config_kwargs.retries has no effect beside retry: give one of them"}
}
