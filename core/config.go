package core

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

// RegistryConfig names backends, and stores on them.
type RegistryConfig struct {
	Backends map[string]BackendConfig
	Stores   map[string]StoreProfile
}

// BackendConfig is what a backend is made of.
type BackendConfig struct {
	// Type is "memory", "local" or "s3".
	Type string
	// Options are, for local, "root", the folder, and "automatic_cleanup"; for s3 every option of
	// [Options] in every spelling, "config" and "defaults", which hold options
	// too, "client_options", "retry_config" and "url". Objects among them are
	// of type map[string]any, secrets of type [Secret]; others are strings,
	// numbers and booleans. A nil is left out.
	Options map[string]any
	// Retry replaces the retry options; nil leaves them.
	Retry *RetryPolicy
}

// StoreProfile is a store on a backend.
type StoreProfile struct {
	Backend  string // its name
	RootPath string // folder of the backend that the store is; "" is its root
}

// RetryPolicy says how often a request is sent again that failed for a
// passing reason, and when.
type RetryPolicy = driver.RetryPolicy

// ParseConfig reads a RegistryConfig in JSON:
//
//	{"backends": {"main": {"type": "s3", "options": {"bucket": "b"}, "retry": {"max_attempts": 5}}},
//	 "stores":   {"data": {"backend": "main", "root_path": "data"}}}
//
// Fields that are null are left out. Of the policy, all fields are optional,
// and times are seconds: max_attempts (3), backoff_base (1), backoff_max (60),
// jitter (1), timeout (none). A top-level field that nobody knows comes back as a
// warning, and so do [BackendConfig.Warnings]. With getenv, "${NAME}" in
// text is replaced by the variable, "${NAME:-default}" by the default where
// there is none, and "$${" by "${".
func ParseConfig(data []byte, getenv func(string) (string, bool)) (config RegistryConfig, warnings []string, err error) {
	fields, err := decode(data, getenv)
	if err != nil {
		return config, nil, err
	}
	for name := range fields {
		if name != "backends" && name != "stores" {
			warnings = append(warnings, fmt.Sprintf("unknown field %q in the configuration: it has backends and stores", name))
		}
	}
	slices.Sort(warnings)
	if config.Backends, err = eachObject(fields["backends"], "backends", parseBackend); err != nil {
		return config, nil, ofConfig(err)
	}
	if config.Stores, err = eachObject(fields["stores"], "stores", parseProfile); err != nil {
		return config, nil, ofConfig(err)
	}
	for _, name := range slices.Sorted(maps.Keys(config.Backends)) {
		for _, line := range config.Backends[name].Warnings() {
			warnings = append(warnings, fmt.Sprintf("the backend %q: %s", name, line))
		}
	}
	return config, warnings, config.Validate()
}

// ParseBackend reads a BackendConfig in JSON, as it stands under "backends" of
// what [ParseConfig] reads. Those of its options that are text may be given beside
// it, where nothing is replaced.
func ParseBackend(data []byte, texts map[string]string, getenv func(string) (string, bool)) (config BackendConfig, warnings []string, err error) {
	fields, err := decode(data, getenv)
	if fields != nil && len(texts) > 0 {
		fields["options"], err = withTexts(fields["options"], texts)
	}
	if err != nil {
		return config, nil, ofConfig(err)
	}
	if config, err = parseBackend(fields, ""); err != nil {
		return config, nil, ofConfig(err)
	}
	return config, config.Warnings(), ofConfig(config.Validate())
}

func withTexts(value any, texts map[string]string) (map[string]any, error) {
	given, err := object(value, "options")
	if err != nil {
		return nil, err
	}
	options := maps.Clone(given)
	if options == nil {
		options = map[string]any{}
	}
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		if given[name] != nil {
			return nil, errs.New(errs.InvalidOption, "the option %s is given twice: in the configuration and beside it", name)
		}
		options[name] = texts[name]
	}
	return options, nil
}

// decode reads a configuration, which is an object.
func decode(data []byte, getenv func(string) (string, bool)) (map[string]any, error) {
	var top any
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	err := decoder.Decode(&top)
	switch {
	case err != nil:
		err = errs.New(errs.InvalidArgument, "the configuration is not JSON: %s", err)
	case decoder.More():
		err = errs.New(errs.InvalidArgument, "the configuration is more than one JSON value")
	case getenv != nil:
		top, err = resolveEnv(top, "$", getenv)
	}
	if err != nil {
		return nil, ofConfig(err)
	}
	fields, err := object(top, "")
	return fields, ofConfig(err)
}

// ofConfig says what an error is about: no operation on a store.
func ofConfig(err error) error {
	if e, ok := err.(*errs.Error); ok {
		e.Op = "config"
	}
	return err
}

// Validate refuses a configuration that could not work: without asking anybody.
func (c RegistryConfig) Validate() error {
	for _, name := range slices.Sorted(maps.Keys(c.Stores)) {
		if backend := c.Stores[name].Backend; !has(c.Backends, backend) {
			return ofConfig(errs.New(errs.InvalidArgument, "the store %q is on the unknown backend %q: there is %s",
				name, backend, list(c.Backends)))
		}
		if _, err := c.Stores[name].root(name); err != nil {
			return ofConfig(err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Backends)) {
		if err := c.Backends[name].Validate(); err != nil {
			return ofBackend(name, err)
		}
	}
	return nil
}

// Validate refuses a type that there is not, and retries that cannot be meant.
func (b BackendConfig) Validate() error {
	if !has(backendTypes, b.Type) {
		return errs.New(errs.InvalidArgument, "unknown type %q: there is %s", b.Type, list(backendTypes))
	}
	if b.Retry != nil {
		return b.Retry.Check()
	}
	return nil
}

// root is the root path of a store in normal form.
func (p StoreProfile) root(name string) (string, error) {
	if p.RootPath == "" || p.RootPath == "." {
		return "", nil
	}
	root, err := CleanPath(p.RootPath)
	if err != nil {
		return "", errs.New(errs.InvalidPath, "the root_path of the store %q: %s", name, err.(*errs.Error).Message)
	}
	return root, nil
}

func parseBackend(fields map[string]any, where string) (b BackendConfig, err error) {
	if err := only(fields, where, "type", "options", "retry"); err != nil {
		return b, err
	}
	if b.Type, err = str(fields["type"], place(where, "type")); err != nil {
		return b, err
	}
	options, err := object(fields["options"], place(where, "options"))
	if err != nil {
		return b, err
	}
	hideSecrets(options)
	b.Options = options
	if fields["retry"] != nil {
		b.Retry, err = parseRetry(fields["retry"], place(where, "retry"))
	}
	return b, err
}

func parseRetry(value any, where string) (*RetryPolicy, error) {
	fields, err := object(value, where)
	if err != nil {
		return nil, err
	}
	if err := only(fields, where, "max_attempts", "backoff_base", "backoff_max", "jitter", "timeout"); err != nil {
		return nil, err
	}
	p := &RetryPolicy{MaxAttempts: 3, BackoffBase: time.Second, BackoffMax: time.Minute, Jitter: time.Second}
	for name, out := range map[string]*time.Duration{
		"backoff_base": &p.BackoffBase, "backoff_max": &p.BackoffMax, "jitter": &p.Jitter, "timeout": &p.Timeout,
	} {
		if fields[name] == nil {
			continue
		}
		n, ok := fields[name].(json.Number)
		seconds, err := n.Float64()
		if !ok || err != nil || seconds > maxSeconds || seconds < -maxSeconds || name == "timeout" && seconds == 0 {
			return nil, errs.New(errs.InvalidArgument, "%s.%s must be seconds, a number", where, name)
		}
		*out = time.Duration(seconds * float64(time.Second))
	}
	if n := fields["max_attempts"]; n != nil {
		number, ok := n.(json.Number)
		attempts, err := number.Int64()
		if !ok || err != nil {
			return nil, errs.New(errs.InvalidArgument, "%s.max_attempts must be a whole number", where)
		}
		p.MaxAttempts = int(attempts)
	}
	return p, nil
}

func parseProfile(fields map[string]any, where string) (p StoreProfile, err error) {
	if err := only(fields, where, "backend", "root_path", "options"); err != nil {
		return p, err
	}
	if p.Backend, err = str(fields["backend"], where+".backend"); err != nil {
		return p, err
	}
	if fields["root_path"] != nil {
		if p.RootPath, err = str(fields["root_path"], where+".root_path"); err != nil {
			return p, err
		}
	}
	options, err := object(fields["options"], where+".options")
	if err == nil && len(options) > 0 {
		err = errs.New(errs.InvalidOption, "%s.options: a store has no options of its own, its backend has", where)
	}
	return p, err
}

// eachObject parses an object whose fields are objects; null is an empty one.
func eachObject[T any](value any, where string, parse func(map[string]any, string) (T, error)) (map[string]T, error) {
	fields, err := object(value, where)
	if err != nil {
		return nil, err
	}
	parsed := make(map[string]T, len(fields))
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		at := where + "." + name
		inner, ok := fields[name].(map[string]any)
		if !ok {
			return nil, errs.New(errs.InvalidArgument, "%s must be an object", at)
		}
		if parsed[name], err = parse(inner, at); err != nil {
			return nil, err
		}
	}
	return parsed, nil
}

// place is where a field is; "" is the configuration itself.
func place(where, field string) string { return strings.TrimPrefix(where+"."+field, ".") }

func object(value any, where string) (map[string]any, error) {
	switch v := value.(type) {
	case nil:
		return nil, nil
	case map[string]any:
		return v, nil
	}
	return nil, errs.New(errs.InvalidArgument, "%s must be an object", cmp.Or(where, whole))
}

const whole = "the configuration"

func str(value any, where string) (string, error) {
	text, ok := value.(string)
	if !ok {
		return "", errs.New(errs.InvalidArgument, "%s must be text", where)
	}
	return text, nil
}

func only(fields map[string]any, where string, known ...string) error {
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if !slices.Contains(known, name) {
			return errs.New(errs.InvalidArgument, "unknown field %q in %s: there is %s",
				name, cmp.Or(where, whole), strings.Join(known, ", "))
		}
	}
	return nil
}

func has[T any](m map[string]T, name string) bool {
	_, ok := m[name]
	return ok
}

func list[T any](m map[string]T) string {
	if len(m) == 0 {
		return "none"
	}
	return strings.Join(slices.Sorted(maps.Keys(m)), ", ")
}
