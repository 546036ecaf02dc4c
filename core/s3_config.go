package core

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

// s3Names maps the names of remote-store to those of [Options].
var s3Names = map[string]string{
	"key": "access_key_id", "secret": "secret_access_key", "region_name": "region", "endpoint_url": "endpoint",
}

func s3Config(b BackendConfig) (opener, error) {
	var options Options
	bucket := ""
	for _, name := range slices.Sorted(maps.Keys(b.Options)) {
		text, err := optionText(name, b.Options[name])
		if err != nil {
			return nil, err
		}
		if text == "" { // a blank one is none
			continue
		}
		if name == "bucket" {
			bucket = text
			continue
		}
		if known, ok := s3Names[name]; ok {
			if b.Options[known] != nil {
				return nil, errs.New(errs.InvalidOption, "the options %s and %s are the same one: give one of them", name, known)
			}
			name = known
		}
		if err := options.Set(name, text); err != nil {
			return nil, err
		}
	}
	if b.Retry != nil {
		options.s3.Retry = *b.Retry
	}
	config := options.s3
	config.Bucket = bucket
	if err := config.Check(); err != nil {
		return nil, err
	}
	return func(getenv func(string) string) (driver.Driver, error) {
		o := options
		o.Getenv = getenv
		return openBucket(bucket, o)
	}, nil
}

// optionText is the value of an option as [Options.Set] takes it.
func optionText(name string, value any) (string, error) {
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
	return "", errs.New(errs.InvalidOption, "the option %s must be text, a number or true or false", name)
}
