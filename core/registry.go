package core

import (
	"encoding/json"
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"sync"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/core/local"
	"github.com/libremotestore/libremotestore/core/memory"
)

// Registry opens the stores of a configuration. A backend is opened when the
// first store on it is, and serves all of them. A Registry is safe for
// concurrent use.
type Registry struct {
	config  RegistryConfig
	openers map[string]opener // by the name of the backend
	getenv  func(string) string

	mu       sync.Mutex
	backends map[string]*Store // nil when the registry is closed
}

// opener opens a backend whose configuration was checked.
type opener func(getenv func(string) string) (driver.Driver, error)

// NewRegistry makes a registry, and opens nothing yet. getenv looks up the
// environment for the backends; nil is os.Getenv.
func NewRegistry(config RegistryConfig, getenv func(string) string) (*Registry, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	r := &Registry{config: config, openers: map[string]opener{}, getenv: getenv, backends: map[string]*Store{}}
	for _, name := range slices.Sorted(maps.Keys(config.Backends)) {
		b := config.Backends[name]
		opener, err := backendTypes[b.Type](b)
		if err != nil {
			return nil, ofBackend(name, err)
		}
		r.openers[name] = opener
	}
	return r, nil
}

// ofBackend names the backend that an error is about.
func ofBackend(name string, err error) error {
	e, ok := errors.AsType[*errs.Error](err)
	if !ok {
		return err
	}
	named := errs.Wrap(err, e.Code, "the backend %q: %s", name, e.Message)
	named.Op = "config"
	return named
}

// Store returns the store of that name. It lives on a backend of the registry,
// and its Close does nothing. An unknown name is NotFound.
func (r *Registry) Store(name string) (*Store, error) {
	profile, ok := r.config.Stores[name]
	if !ok {
		return nil, errs.New(errs.NotFound, "the registry has no store %q: it has %s", name, list(r.config.Stores))
	}
	backend, err := r.backend(profile.Backend)
	if err != nil {
		return nil, err
	}
	root, err := profile.root(name)
	if err != nil {
		return nil, err
	}
	return &Store{backend: backend.backend, root: root, derived: true}, nil
}

func (r *Registry) backend(name string) (*Store, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.backends == nil {
		return nil, errs.New(errs.Closed, "the registry is closed")
	}
	if backend := r.backends[name]; backend != nil && !backend.closed.Load() {
		return backend, nil
	}
	opened, err := r.openers[name](r.getenv)
	if err != nil {
		return nil, ofBackend(name, err)
	}
	r.backends[name] = newStore(opened, "")
	return r.backends[name], nil
}

// Close closes all backends, and returns the first error.
func (r *Registry) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var first error
	for _, name := range slices.Sorted(maps.Keys(r.backends)) {
		if err := r.backends[name].Shutdown(); err != nil && first == nil {
			first = err
		}
	}
	r.backends = nil
	return first
}

// backendTypes checks a [BackendConfig] of each type, without asking anybody.
var backendTypes = map[string]func(BackendConfig) (opener, error){
	"memory": func(b BackendConfig) (opener, error) {
		return func(func(string) string) (driver.Driver, error) { return memory.Open(""), nil }, b.refuseOthers(b.Options)
	},
	"local": localConfig,
	"s3":    s3Config,
}

func localConfig(b BackendConfig) (opener, error) {
	options := maps.Clone(b.Options)
	root, ok := options["root"].(string)
	if !ok || root == "" {
		return nil, errs.New(errs.InvalidOption, "the option root of a local backend must be its folder")
	}
	delete(options, "root")
	if err := b.refuseOthers(options); err != nil {
		return nil, err
	}
	folder, err := filepath.Abs(root)
	if err != nil {
		return nil, errs.Wrap(err, errs.IO, "the working directory cannot be found: %s", err)
	}
	return func(func(string) string) (driver.Driver, error) { return local.Open(folder) }, nil
}

func (b BackendConfig) refuseOthers(options map[string]any) error {
	for _, name := range slices.Sorted(maps.Keys(options)) {
		if options[name] != nil {
			return errs.New(errs.InvalidOption, "a backend of the type %s has no option %q", b.Type, name)
		}
	}
	return nil
}

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
