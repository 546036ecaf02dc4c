package core

import (
	"cmp"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/core/s3"
)

// s3Setup is an S3 store that is to be opened.
type s3Setup struct {
	s3.Config
	prefix     string // of the bucket, that the store is: "" or a clean path
	ignorePath bool   // of the URL
	readEnv    bool

	names map[string]string // what errors call options that nobody gave
}

// s3Request is all that somebody says about an S3 store.
type s3Request struct {
	names    map[string]string
	url      *s3Place // nil if there is none
	given    settings
	defaults settings
	retry    *RetryPolicy // replaces what is said about retries
}

// setup puts together the options, what the URL says, the environment, and the
// defaults. The earlier ones outrank the later ones. Without getenv, the
// environment is left out, and what it could add is not missed.
func (r s3Request) setup(getenv func(string) string) (*s3Setup, error) {
	given := r.begin()
	if err := r.given.apply(given, ""); err != nil {
		return nil, err
	}
	c := r.begin()
	if err := r.defaults.apply(c, ""); err != nil {
		return nil, err
	}
	c.Names = r.names // they are nobody's to change, and have no place to name
	c.readEnv = cmp.Or(given.readEnv, c.readEnv && !r.given.has("read_env"))
	c.ignorePath = cmp.Or(given.ignorePath, c.ignorePath && !r.given.has("url_path"))
	complete := getenv != nil || !c.readEnv
	if c.readEnv && getenv != nil {
		env := fromEnvironment(getenv)
		maps.DeleteFunc(env, func(_ string, s setting) bool { return r.given.has(s.option.name()) })
		if err := env.apply(c, "the environment variable "); err != nil {
			return nil, err
		}
	}
	if r.url != nil {
		if err := r.url.apply(c, given); err != nil {
			return nil, err
		}
	}
	if err := r.given.apply(c, ""); err != nil {
		return nil, err
	}
	if r.retry != nil {
		c.Retry = *r.retry
	}
	if complete {
		return c, c.Check()
	}
	return c, nil
}

func (r s3Request) begin() *s3Setup {
	return &s3Setup{Config: s3.Config{Names: r.names}, names: r.names}
}

func (s settings) has(name string) bool {
	for _, given := range s {
		if given.option.name() == name {
			return true
		}
	}
	return false
}

// open opens the store. getenv looks up the environment; nil is os.Getenv.
func (r s3Request) open(getenv func(string) string) (*Store, error) {
	if getenv == nil {
		getenv = os.Getenv
	}
	c, err := r.setup(getenv)
	if err != nil {
		return nil, err
	}
	c.Getenv = getenv
	if c.Endpoint == "" && !c.AWS {
		for _, name := range []string{"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"} {
			if v := getenv(name); v != "" {
				if c.Endpoint, err = parseEndpoint(&c.Config, "the environment variable "+name, v); err != nil {
					return nil, err
				}
				break
			}
		}
	}
	backend, err := s3.Open(c.Config)
	if err != nil {
		return nil, err
	}
	return newStore(backend, c.prefix), nil
}

// fromEnvironment is the options that variables give, by their names: AWS_ and
// the option in capitals. Of several names of an option the longest one
// decides, AWS_ENDPOINT_URL_S3 before AWS_ENDPOINT_URL before AWS_ENDPOINT, as
// it is the most special. Which source of credentials counts, of those that
// variables name, is left to the chain, which reads them by itself; it does not know
// AWS_TOKEN, nor that requests may be unsigned.
func fromEnvironment(getenv func(string) string) settings {
	found := settings{}
	for i := range optionTable {
		if name := optionTable[i].name(); slices.Contains(chainOptions, name) && !slices.Contains(keyOptions, name) {
			continue
		}
		names := optionTable[i].spellings()
		slices.SortStableFunc(names, func(a, b string) int { return len(b) - len(a) })
		for _, name := range names {
			variable := "AWS_" + strings.ToUpper(name)
			if text := getenv(variable); strings.TrimSpace(text) != "" {
				found[variable] = setting{&optionTable[i], text}
				break
			}
		}
	}
	if skip, ok := found["AWS_SKIP_SIGNATURE"]; ok {
		unsigned := s3Setup{}
		if skip.option.set(&unsigned, "", skip.text) == nil && unsigned.SkipSignature {
			maps.DeleteFunc(found, func(_ string, s setting) bool {
				return s.option != skip.option && slices.Contains(keyOptions, s.option.name())
			})
		}
	}
	return found
}

// keyOptions are the sources of credentials that the environment is asked for.
var keyOptions = []string{"access_key_id", "secret_access_key", "session_token", "skip_signature"}

// parsePrefix returns a prefix as a clean path; "" and "/" are none.
func parsePrefix(name, value string) (string, error) {
	if strings.Trim(value, "/") == "" {
		return "", nil
	}
	prefix, err := CleanPath(value)
	if err != nil {
		return "", errs.New(errs.InvalidOption, "%s: %s", name, err.(*errs.Error).Message)
	}
	return prefix, nil
}
