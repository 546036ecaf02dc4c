package core

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/agnivade/levenshtein"

	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/core/s3"
)

// Options are the text options of [Open]. They are checked when they are set,
// and once more by Open: an option must belong to the scheme of the URL.
type Options struct {
	// Getenv looks up the environment, "" for a variable that is not set; nil
	// is os.Getenv. The C ABI passes the live C environment, of which Go has
	// only the copy from when the library was loaded (golang/go#27693).
	Getenv func(string) string

	s3     s3.Config
	s3Keys []string // the options that were set, for other schemes to refuse
}

// Set sets one option. An unknown key is InvalidOption and names the nearest
// one; a value is never repeated in an error, since it may be a secret.
func (o *Options) Set(key, value string) error {
	err := o.set(key, value)
	if e, ok := err.(*errs.Error); ok {
		e.Op = "options"
	}
	return err
}

func (o *Options) set(key, value string) error {
	if err := checkOption(key); err != nil {
		return err
	}
	name := o.s3.Name(key)
	if !utf8.ValidString(value) || strings.ContainsAny(value, "\x00\r\n") {
		return errs.New(errs.InvalidOption, "the value of %s must be valid UTF-8 without NUL and line breaks", name)
	}
	if value == "" {
		return errs.New(errs.InvalidOption, "the value of %s is empty: leave the option out instead", name)
	}
	if err := optionTable[indexOption(key)].apply(&o.s3, name, value); err != nil {
		return err
	}
	o.s3Keys = append(o.s3Keys, key)
	return nil
}

var optionName = regexp.MustCompile(`^[A-Za-z_-]{1,40}$`)

// checkOption refuses an unknown option, and names the nearest one: perhaps
// one of those that there are besides.
func checkOption(key string, besides ...string) error {
	if !optionName.MatchString(key) { // perhaps a value in the wrong place, so it is not repeated
		return errs.New(errs.InvalidOption, "the name of an option has letters and _ only, 40 at most")
	}
	if indexOption(key) >= 0 {
		return nil
	}
	for _, known := range optionTable {
		besides = append(besides, known.name)
	}
	nearest := slices.MinFunc(besides, func(a, b string) int {
		return levenshtein.ComputeDistance(key, a) - levenshtein.ComputeDistance(key, b)
	})
	return errs.New(errs.InvalidOption, "unknown option %q: did you mean %q?", key, nearest)
}

func indexOption(key string) int {
	return slices.IndexFunc(optionTable, func(known option) bool { return known.name == key })
}
