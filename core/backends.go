package core

import (
	"maps"
	"path/filepath"
	"slices"

	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/core/local"
	"github.com/libremotestore/libremotestore/core/memory"
)

// OpenBackend opens a store on a backend of its own. It requests nothing from
// a server. getenv looks up the environment; nil is os.Getenv.
func OpenBackend(config BackendConfig, getenv func(string) string) (*Store, error) {
	if err := config.Validate(); err != nil {
		return nil, ofConfig(err)
	}
	open, err := backendTypes[config.Type](config)
	if err != nil {
		return nil, ofConfig(err)
	}
	store, err := open(getenv)
	return store, ofConfig(err)
}

// opener opens a backend whose configuration was checked.
type opener func(getenv func(string) string) (*Store, error)

// backendTypes checks a [BackendConfig] of each type, without asking anybody.
var backendTypes = map[string]func(BackendConfig) (opener, error){
	"memory": func(b BackendConfig) (opener, error) {
		return func(func(string) string) (*Store, error) { return newStore(memory.Open(""), ""), nil }, b.refuseOthers(b.Options)
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
	cleanup := false
	if given := options["automatic_cleanup"]; given != nil {
		text, err := optionText("automatic_cleanup", given)
		if err == nil {
			err = parseBool("automatic_cleanup", text, &cleanup)
		}
		if err != nil {
			return nil, err
		}
		delete(options, "automatic_cleanup")
	}
	if err := b.refuseOthers(options); err != nil {
		return nil, err
	}
	folder, err := filepath.Abs(root)
	if err != nil {
		return nil, errs.Wrap(err, errs.IO, "the working directory cannot be found: %s", err)
	}
	return func(func(string) string) (*Store, error) {
		backend, err := local.Open(folder, local.Options{AutomaticCleanup: cleanup})
		if err != nil {
			return nil, err
		}
		return newStore(backend, ""), nil
	}, nil
}

func (b BackendConfig) refuseOthers(options map[string]any) error {
	for _, name := range slices.Sorted(maps.Keys(options)) {
		if options[name] != nil {
			return errs.New(errs.InvalidOption, "a backend of the type %s has no option %q", b.Type, name)
		}
	}
	return nil
}
