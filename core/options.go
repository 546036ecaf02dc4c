package core

import (
	"maps"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"

	"github.com/libremotestore/libremotestore/core/errs"
)

// Options are the text options of [Open]. They are checked when they are set,
// and once more by Open: an option must belong to the scheme of the URL.
type Options struct {
	// Getenv looks up the environment, "" for a variable that is not set; nil
	// is os.Getenv. The C ABI passes the live C environment, of which Go has
	// only the copy from when the library was loaded (golang/go#27693).
	Getenv func(string) string

	given settings // never changed, but replaced: copies of Options share it
}

// Set sets one option, in any of its spellings: in capitals or not, with aws_
// in front or not, or by another of its names. A later value replaces that of
// the same spelling; beside another spelling, a different value is refused. An
// unknown key is InvalidOption and names the nearest one; a value is never
// repeated in an error, since it may be a secret.
func (o *Options) Set(key, value string) error {
	err := o.set(key, value)
	if e, ok := err.(*errs.Error); ok {
		e.Op = "options"
	}
	return err
}

func (o *Options) set(key, value string) error {
	known, err := findOption(key)
	if err != nil {
		return err
	}
	if err := known.set(&s3Setup{}, key, value); err != nil {
		return err
	}
	given := settings{}
	maps.Copy(given, o.given)
	if err := given.add(known, key, value); err != nil {
		return err
	}
	o.given = given
	return nil
}

const maxOptionName = 40 // bytes

// findOption finds an option in any of its spellings. An unknown one is
// refused, with the nearest name: perhaps one of those that there are besides.
func findOption(spelling string, besides ...string) (*option, error) {
	if spelling == "" || len(spelling) > maxOptionName || !madeOf(spelling, "_-") { // perhaps a value in the wrong place, so it is not repeated
		return nil, errs.New(errs.InvalidOption, "the name of an option has letters, digits and _ only, 40 at most")
	}
	key := fold(spelling)
	for i := range optionTable {
		names := optionTable[i].spellings()
		if slices.Contains(names, key) {
			return &optionTable[i], nil
		}
		besides = append(besides, names...)
	}
	nearest := slices.MinFunc(besides, func(a, b string) int {
		return levenshtein.ComputeDistance(key, a) - levenshtein.ComputeDistance(key, b)
	})
	if strings.ContainsAny(spelling, "0123456789") { // as in keys and tokens
		return nil, errs.New(errs.InvalidOption, "an unknown option: did you mean %q?", nearest)
	}
	return nil, errs.New(errs.InvalidOption, "unknown option %q: did you mean %q?", spelling, nearest)
}

// fold is a spelling in small letters and without "aws_".
func fold(spelling string) string { return strings.TrimPrefix(strings.ToLower(spelling), "aws_") }
