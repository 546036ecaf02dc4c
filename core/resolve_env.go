package core

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/libremotestore/libremotestore/core/errs"
)

// variable is "${NAME}" or "${NAME:-default}", of any text but "}", or "$${",
// which is none.
var variable = lazyRegexp(`\$\$\{|\$\{([^}]+)\}`)

// resolveEnv replaces the variables in every text of a value that came out of
// JSON. place is where it is, from "$", for the error about one that is not
// set.
func resolveEnv(value any, place string, getenv func(string) (string, bool)) (any, error) {
	var err error
	switch v := value.(type) {
	case string:
		return resolveText(v, place, getenv)
	case []any:
		for i := range v {
			if v[i], err = resolveEnv(v[i], place+"["+strconv.Itoa(i)+"]", getenv); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if v[name], err = resolveEnv(v[name], place+"."+name, getenv); err != nil {
				return nil, err
			}
		}
	}
	return value, nil
}

func resolveText(text, place string, getenv func(string) (string, bool)) (string, error) {
	var err error
	resolved := variable().ReplaceAllStringFunc(text, func(found string) string {
		if found == "$${" {
			return "${"
		}
		name, fallback, has := strings.Cut(found[len("${"):len(found)-len("}")], ":-")
		if value, set := getenv(name); set {
			return value
		}
		if !has && err == nil {
			err = errs.New(errs.InvalidArgument,
				"the environment variable %q is not set, which %s needs: set it, or write ${NAME:-default}", name, place)
		}
		return fallback
	})
	return resolved, err
}
