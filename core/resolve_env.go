package core

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/libremotestore/libremotestore/core/errs"
)

// variable is "${NAME}", "${NAME:-default}", or "$${", which is none.
var variable = regexp.MustCompile(`\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(:-([^}]*))?\}`)

// resolveEnv replaces the variables in every text of a value that came out of
// JSON. where is its place, for the error about one that is not set.
func resolveEnv(value any, where string, getenv func(string) (string, bool)) (any, error) {
	var err error
	switch v := value.(type) {
	case string:
		return resolveText(v, where, getenv)
	case []any:
		for i := range v {
			if v[i], err = resolveEnv(v[i], where+"["+strconv.Itoa(i)+"]", getenv); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		for name := range v {
			if v[name], err = resolveEnv(v[name], strings.TrimPrefix(where+"."+name, "."), getenv); err != nil {
				return nil, err
			}
		}
	}
	return value, nil
}

func resolveText(text, where string, getenv func(string) (string, bool)) (string, error) {
	var err error
	resolved := variable.ReplaceAllStringFunc(text, func(found string) string {
		if found == "$${" {
			return "${"
		}
		parts := variable.FindStringSubmatch(found)
		value, set := getenv(parts[1])
		if set && (value != "" || parts[2] == "") {
			return value
		}
		if parts[2] == "" && err == nil {
			err = errs.New(errs.InvalidArgument, "%s needs the environment variable %s, which is not set: "+
				"set it, or write ${%s:-default}", where, parts[1], parts[1])
		}
		return parts[3]
	})
	return resolved, err
}
