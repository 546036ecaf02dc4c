package core

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/libremotestore/libremotestore/core/errs"
)

// setting is the value of an option.
type setting struct {
	option *option
	text   string
}

// settings are values of options, by where they were given: the option as
// somebody spelt it, or the place of a field in a configuration.
type settings map[string]setting

// add notes a value. A different one for the same thing, in another place, is
// refused: whichever was taken, somebody would be wrong.
func (s settings) add(o *option, place, text string) error {
	for _, other := range s.places() {
		if other != place && differ(s[other], setting{o, text}) {
			return errs.New(errs.InvalidOption, "%s and %s are the same option, with different values: give one of them",
				other, place)
		}
	}
	s[place] = setting{o, text}
	return nil
}

func (s settings) places() []string { return slices.Sorted(maps.Keys(s)) }

// differ tells whether the order in which two values are set matters. It does
// not where one cannot be set: that is an error of its own.
func differ(a, b setting) bool {
	var ab, ba s3Setup
	for _, err := range []error{
		a.option.set(&ab, "", a.text), b.option.set(&ab, "", b.text),
		b.option.set(&ba, "", b.text), a.option.set(&ba, "", a.text),
	} {
		if err != nil {
			return false
		}
	}
	return !reflect.DeepEqual(ab, ba)
}

// apply sets all values in c, in the order of the table of options. Errors
// about them, here and later, name their places; here with text in front.
func (s settings) apply(c *s3Setup, inFront string) error {
	c.Names = maps.Clone(c.Names)
	if c.Names == nil {
		c.Names = map[string]string{}
	}
	s.replaceSources(c)
	for _, place := range s.places() {
		c.Names[s[place].option.name()] = place
	}
	for i := range optionTable {
		for _, place := range s.places() {
			if s[place].option != &optionTable[i] {
				continue
			}
			if err := optionTable[i].set(c, inFront+place, s[place].text); err != nil {
				return err
			}
		}
	}
	return nil
}

// sourceOptions are those that choose where credentials come from; the others of
// chainOptions are about what they choose.
var (
	sourceOptions = []string{
		"access_key_id", "secret_access_key", "session_token", "skip_signature", "credentials", "profile",
		"web_identity_token_file", "container_credentials_relative_uri", "container_credentials_full_uri",
	}
	chainOptions = append([]string{"role_arn", "role_session_name", "external_id", "container_authorization_token_file"}, sourceOptions...)
)

// replaceSources forgets where c has credentials from if it is said here: a key
// does not fit to the token of another, nor to the role of a profile.
func (s settings) replaceSources(c *s3Setup) {
	if !slices.ContainsFunc(sourceOptions, s.has) {
		return
	}
	c.AccessKeyID, c.SecretAccessKey, c.SessionToken = "", "", ""
	c.SkipSignature, c.Pushed, c.Profile = false, false, ""
	c.RoleARN, c.RoleSessionName, c.ExternalID = "", "", ""
	c.WebIdentityTokenFile, c.ContainerRelativeURI, c.ContainerFullURI, c.ContainerTokenFile = "", "", "", ""
	for _, name := range chainOptions {
		delete(c.Names, name)
		if called, ok := c.names[name]; ok {
			c.Names[name] = called
		}
	}
}

// set sets the option in c. Errors call it name.
func (o *option) set(c *s3Setup, name, text string) error {
	switch {
	case !utf8.ValidString(text), strings.ContainsRune(text, 0):
		return errs.New(errs.InvalidOption, "the value of %s must be valid UTF-8 without NUL", name)
	case strings.ContainsAny(text, "\r\n") && !severalLines[o.name()]:
		return errs.New(errs.InvalidOption, "the value of %s must have no line breaks", name)
	case text == "":
		return errs.New(errs.InvalidOption, "the value of %s is empty: leave the option out instead", name)
	}
	return o.apply(c, name, text)
}
