package core

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/libremotestore/libremotestore/core/errs"
)

// s3Names are the names of remote-store for some of [Options].
var s3Names = map[string]string{
	"access_key_id": "key", "secret_access_key": "secret", "region": "region_name", "endpoint": "endpoint_url",
}

// s3Fields are the fields of a [BackendConfig] that are no [Options].
var s3Fields = fields{
	"client_options": inside(clientOptions),
	"config":         options(func(f *found) settings { return f.given }),
	"defaults":       options(func(f *found) settings { return f.defaults }),
	"retry_config":   retryConfig,
	"url":            urlField,
}

func s3Config(b BackendConfig) (opener, error) {
	request, err := s3Options(b)
	if err != nil {
		return nil, err
	}
	if _, err := request.setup(nil); err != nil {
		return nil, err
	}
	return request.open, nil
}

func s3Options(b BackendConfig) (*s3Request, error) {
	found := found{s3Request: s3Request{names: s3Names, given: settings{}, defaults: settings{}, retry: b.Retry}}
	for _, name := range slices.Sorted(maps.Keys(b.Options)) {
		value := b.Options[name]
		if value == nil {
			continue
		}
		read := s3Fields[name]
		if read == nil {
			option, err := findOption(name, s3Fields.known()...)
			if err != nil {
				return nil, err
			}
			read = is(option.name())
		}
		if err := read(&found, name, value); err != nil {
			return nil, err
		}
	}
	return &found.s3Request, nil
}

// options reads an object of options, in any of their spellings.
func options(of func(*found) settings) field {
	return func(f *found, place string, value any) error {
		object, err := optionObject(place, value)
		if err != nil {
			return err
		}
		for _, name := range slices.Sorted(maps.Keys(object)) {
			option, err := findOption(name)
			if err != nil {
				return err
			}
			if err := of(f).read(option, place+"."+name, object[name]); err != nil {
				return err
			}
		}
		return nil
	}
}

// retryConfig is that of obstore.
func retryConfig(f *found, place string, value any) error {
	if f.retry != nil {
		return errs.New(errs.InvalidOption, "%s and retry exclude each other: give one of them", place)
	}
	return inside(fields{
		"max_retries":   is("max_retries"),
		"retry_timeout": is("retry_timeout"),
		"backoff": inside(fields{
			"init_backoff": is("retry_backoff_base"), "max_backoff": is("retry_backoff_max"), "base": is("retry_backoff_factor"),
		}),
	})(f, place, value)
}

func urlField(f *found, place string, value any) error {
	text, ok := value.(string)
	if !ok {
		return errs.New(errs.InvalidOption, "%s must be text", place)
	}
	u, err := parseURL(text)
	if err != nil {
		return err
	}
	if !onS3(u) {
		return errs.New(errs.InvalidArgument, "the URL must be %s", s3Forms)
	}
	f.url, err = parseS3URL(u)
	return err
}

// found is what was found in a configuration.
type found struct{ s3Request }

// set notes an option. It may be given in several places, if they agree.
func (f *found) set(name, place string, value any) error {
	option, err := findOption(name)
	if err != nil {
		return err
	}
	return f.given.read(option, place, value)
}

// read adds a value of a configuration.
func (s settings) read(o *option, place string, value any) error {
	text, err := "", error(nil)
	if headers, ok := value.(map[string]any); ok && o.name() == "default_headers" {
		text, err = headersText(place, headers)
	} else {
		text, err = optionText(place, value)
	}
	if err != nil || strings.TrimSpace(text) == "" { // a blank one is none
		return err
	}
	switch value.(type) {
	case string, Secret:
	default: // what takes any text takes no number
		if o.set(&s3Setup{}, place, "x") == nil {
			return errs.New(errs.InvalidOption, "%s must be text", place)
		}
	}
	return s.add(o, place, text)
}

// optionText is the value of an option as [Options.Set] takes it.
func optionText(place string, value any) (string, error) {
	switch v := value.(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	case Secret:
		return v.Reveal(), nil
	case bool:
		return strconv.FormatBool(v), nil
	case int:
		return strconv.Itoa(v), nil
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), nil
	case json.Number:
		return v.String(), nil
	}
	return "", errs.New(errs.InvalidOption, "%s must be text, a number or true or false", place)
}

// headersText is an object of text as JSON, as default_headers take it.
func headersText(place string, object map[string]any) (string, error) {
	headers := map[string]string{}
	for name, value := range object {
		switch v := value.(type) {
		case nil:
		case string:
			headers[name] = v
		case Secret:
			headers[name] = v.Reveal()
		default:
			return "", errs.New(errs.InvalidOption, "%s must be an object of headers and their values, which are text", place)
		}
	}
	data, err := json.Marshal(headers)
	return string(data), err
}
