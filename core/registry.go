package core

import (
	"errors"
	"maps"
	"slices"
	"sync"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
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
	return ofConfig(errs.Wrap(err, e.Code, "the backend %q: %s", name, e.Message))
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
	return &Store{backend: backend.backend, root: driver.Join(backend.root, root), derived: true}, nil
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
	r.backends[name] = opened
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
