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
	config RegistryConfig
	getenv func(string) string

	mu       sync.Mutex
	backends map[string]*Store // nil when the registry is closed
}

// NewRegistry makes a registry, and opens nothing yet. getenv looks up the
// environment for the backends; nil is os.Getenv.
func NewRegistry(config RegistryConfig, getenv func(string) string) (*Registry, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	return &Registry{config: config, getenv: getenv, backends: map[string]*Store{}}, nil
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
	root := ""
	if profile.RootPath != "" && profile.RootPath != "." {
		if root, err = CleanPath(profile.RootPath); err != nil {
			return nil, errs.New(errs.InvalidArgument, "the root_path of the store %q: %s", name, err.(*errs.Error).Message)
		}
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
	backend, err := r.config.Backends[name].open(r.getenv)
	if err != nil {
		e, ok := errors.AsType[*errs.Error](err)
		if !ok {
			return nil, err
		}
		return nil, errs.Wrap(err, e.Code, "the backend %q: %s", name, e.Message)
	}
	r.backends[name] = backend
	return backend, nil
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

// backendTypes opens each type of a [BackendConfig].
var backendTypes = map[string]func(b BackendConfig, getenv func(string) string) (driver.Driver, error){
	"memory": func(b BackendConfig, _ func(string) string) (driver.Driver, error) {
		return memory.Open(""), b.refuseOthers(b.Options)
	},
	"local": openLocalConfig,
	"s3":    openS3Config,
}

// open opens the backend, on its own.
func (b BackendConfig) open(getenv func(string) string) (*Store, error) {
	opened, err := backendTypes[b.Type](b, getenv)
	if err != nil {
		return nil, err
	}
	return newStore(opened, ""), nil
}

func openLocalConfig(b BackendConfig, _ func(string) string) (driver.Driver, error) {
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
	return local.Open(folder)
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

func openS3Config(b BackendConfig, getenv func(string) string) (driver.Driver, error) {
	options := Options{Getenv: getenv}
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
			name = known
		}
		if err := options.Set(name, text); err != nil {
			return nil, err
		}
	}
	if b.Retry != nil {
		options.s3.Retry = *b.Retry
	}
	return openBucket(bucket, options)
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
