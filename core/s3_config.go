package core

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/core/s3"
)

// s3Names are the names of remote-store for some of [Options].
var s3Names = map[string]string{
	"access_key_id": "key", "secret_access_key": "secret", "region": "region_name", "endpoint": "endpoint_url",
}

// s3Fields are the options that only a [BackendConfig] has.
var s3Fields = fields{
	"key":            is("access_key_id"),
	"secret":         is("secret_access_key"),
	"region_name":    is("region"),
	"endpoint_url":   is("endpoint"),
	"max_retries":    retriesNumber,
	"client_options": inside(clientOptions),
}

func s3Config(b BackendConfig) (opener, error) {
	options, err := s3Options(b)
	if err != nil {
		return nil, err
	}
	return func(getenv func(string) string) (driver.Driver, error) {
		o := *options
		o.Getenv = getenv
		return openBucket(o.s3.Bucket, o)
	}, nil
}

func s3Options(b BackendConfig) (*Options, error) {
	bucket, ok := b.Options["bucket"].(string)
	if b.Options["bucket"] != nil && !ok {
		return nil, errs.New(errs.InvalidOption, "bucket must be text")
	}
	if strings.TrimSpace(bucket) == "" {
		return nil, errs.New(errs.InvalidOption, "bucket must not be empty")
	}
	found := settings{texts: map[string]string{}, places: maps.Clone(s3Names), retry: b.Retry != nil}
	for _, name := range slices.Sorted(maps.Keys(b.Options)) {
		value := b.Options[name]
		if name == "bucket" || value == nil {
			continue
		}
		read := s3Fields[name]
		if read == nil {
			if err := checkOption(name, append(s3Fields.known(), "bucket")...); err != nil {
				return nil, err
			}
			read = is(name)
		}
		if err := read(&found, name, value); err != nil {
			return nil, err
		}
	}
	options := &Options{s3: s3.Config{Bucket: bucket, Names: found.places}}
	for _, name := range slices.Sorted(maps.Keys(found.texts)) {
		if err := options.Set(name, found.texts[name]); err != nil {
			return nil, err
		}
	}
	if b.Retry != nil {
		options.s3.Retry = *b.Retry
	}
	return options, options.s3.Check()
}

// settings are [Options] that were found in a configuration.
type settings struct {
	texts  map[string]string // by the name of the option
	places map[string]string // where they were found
	retry  bool              // there is a policy, which replaces all that is said about retries
}

// set notes an option. It may be given in several places, if they agree.
func (s *settings) set(option, place string, value any) error {
	text, err := optionText(place, value)
	if err != nil || text == "" { // a blank one is none
		return err
	}
	if before, ok := s.texts[option]; ok {
		if before != text {
			return errs.New(errs.InvalidOption, "%s and %s are the same option, with different values: give one of them",
				s.places[option], place)
		}
		return nil
	}
	s.texts[option], s.places[option] = text, place
	return nil
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
