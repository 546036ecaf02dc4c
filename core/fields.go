package core

import (
	"maps"
	"slices"
	"strings"

	"github.com/libremotestore/libremotestore/core/errs"
)

// field reads a value of a configuration, which is not nil, at a place.
type field func(f *found, place string, value any) error

// fields are those that an object may have, by name.
type fields map[string]field

func (f fields) known() []string { return slices.Sorted(maps.Keys(f)) }

// is reads the value of an option.
func is(option string) field {
	return func(f *found, place string, value any) error { return f.set(option, place, value) }
}

// inside reads an object. Fields of it that are null are left out.
func inside(known fields) field {
	return func(f *found, place string, value any) error {
		object, err := optionObject(place, value)
		if err != nil {
			return err
		}
		for _, name := range slices.Sorted(maps.Keys(object)) {
			if object[name] == nil {
				continue
			}
			read := known[name]
			if read == nil {
				read = known[strings.ToLower(name)]
			}
			if read == nil {
				return unknownField(name, place, known)
			}
			if err := read(f, place+"."+name, object[name]); err != nil {
				return err
			}
		}
		return nil
	}
}

func optionObject(place string, value any) (map[string]any, error) {
	object, ok := value.(map[string]any)
	if !ok {
		return nil, errs.New(errs.InvalidOption, "%s must be an object", place)
	}
	return object, nil
}

// fieldName is what an error repeats; another name may be a value in the wrong
// place.
var fieldName = lazyRegexp(`^[a-z][a-z0-9_]{0,39}$`)

func unknownField(name, place string, known fields) error {
	unknown := "a field"
	if fieldName().MatchString(name) {
		unknown = place + "." + name
	}
	return errs.New(errs.InvalidOption, "%s is not known: %s has %s", unknown, place, strings.Join(known.known(), ", "))
}
