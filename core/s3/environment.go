package s3

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
)

// environment is what the SDK would read from the environment. It is read
// here and passed on as explicit options, because the SDK sees Go's copy of
// the environment, which in a loaded library is as old as the process
// (golang/go#27693).
type environment struct {
	get             func(names ...string) string // the first variable that is set
	region          string
	configFile      string
	credentialsFile string
	profile         string              // "" if there is none
	shared          config.SharedConfig // what the profile says
}

func readEnvironment(c Config) (environment, error) {
	getenv := lookup(c.Getenv)
	e := environment{
		get:             getenv,
		configFile:      first(getenv("AWS_CONFIG_FILE"), inHome(getenv, ".aws/config")),
		credentialsFile: first(getenv("AWS_SHARED_CREDENTIALS_FILE"), inHome(getenv, ".aws/credentials")),
	}
	asked := first(c.Profile, getenv("AWS_PROFILE", "AWS_DEFAULT_PROFILE"))
	profile := first(asked, defaultProfile)
	shared, err := config.LoadSharedConfigProfile(context.Background(), profile, func(o *config.LoadSharedConfigOptions) {
		o.ConfigFiles, o.CredentialsFiles = []string{e.configFile}, []string{e.credentialsFile}
	})
	_, missing := errors.AsType[config.SharedConfigProfileNotExistError](err)
	switch {
	case err == nil:
		e.profile, e.shared = profile, shared
	case !missing || asked != "":
		return e, err
	}
	e.region = first(c.Region, getenv("AWS_REGION"), c.DefaultRegion, getenv("AWS_DEFAULT_REGION"), shared.Region, defaultRegion)
	return e, nil
}

func (e environment) options() []func(*config.LoadOptions) error {
	options := []func(*config.LoadOptions) error{
		config.WithRegion(e.region),
		config.WithSharedConfigFiles([]string{e.configFile}),
		config.WithSharedCredentialsFiles([]string{e.credentialsFile}),
		config.WithCredentialsProvider(aws.AnonymousCredentials{}), // until loadConfig finds them
	}
	if e.profile != "" {
		options = append(options, config.WithSharedConfigProfile(e.profile))
	}
	return options
}

// endpoint is the URL of a service that the environment asks for; isStale
// tells whether the SDK would find another one, which is gone.
func (e environment) endpoint(service string) (url string, isStale bool) {
	names := []string{"AWS_ENDPOINT_URL_" + service, "AWS_ENDPOINT_URL"}
	return e.get(names...), stale(e.get, names...)
}

// stale tells whether the SDK finds one of the variables in Go's copy of the
// environment though all of them are gone from the real one.
func stale(getenv func(...string) string, names ...string) bool {
	return lookup(os.Getenv)(names...) != "" && getenv(names...) == ""
}

// lookup returns a function that finds the first variable that is set.
func lookup(getenv func(string) string) func(names ...string) string {
	return func(names ...string) string {
		for _, name := range names {
			if v := getenv(name); v != "" {
				return v
			}
		}
		return ""
	}
}

func inHome(getenv func(...string) string, file string) string {
	home := getenv("HOME")
	if home == "" {
		home, _ = os.UserHomeDir() // without one there is no such file either
	}
	return filepath.Join(home, file)
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
