package s3

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/ec2rolecreds"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
)

// environment is what the SDK would read from the environment. It is read
// here and passed on as explicit options, because the SDK sees Go's copy of
// the environment, which in a loaded library is as old as the process
// (golang/go#27693).
type environment struct {
	region          string
	configFile      string
	credentialsFile string
	profile         string                  // "" if there is none
	credentials     aws.CredentialsProvider // nil leaves the choice to the SDK's chain
	webIdentity     bool
	imdsState       imds.ClientEnableState
}

func readEnvironment(c Config) (environment, error) {
	getenv := lookup(c.Getenv)
	e := environment{
		configFile:      first(getenv("AWS_CONFIG_FILE"), inHome(getenv, ".aws/config")),
		credentialsFile: first(getenv("AWS_SHARED_CREDENTIALS_FILE"), inHome(getenv, ".aws/credentials")),
		webIdentity:     getenv("AWS_WEB_IDENTITY_TOKEN_FILE") != "",
		imdsState:       imds.ClientEnabled,
	}
	if getenv("AWS_EC2_METADATA_DISABLED") == "true" {
		e.imdsState = imds.ClientDisabled
	}
	id, secret, token := c.AccessKeyID, c.SecretAccessKey, c.SessionToken
	if id == "" {
		id = getenv("AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY")
		secret = getenv("AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY")
		token = getenv("AWS_SESSION_TOKEN")
	}
	if id != "" && secret != "" {
		e.credentials = credentials.NewStaticCredentialsProvider(id, secret, token)
	}

	asked := getenv("AWS_PROFILE", "AWS_DEFAULT_PROFILE")
	profile := first(asked, "default")
	shared, err := config.LoadSharedConfigProfile(context.Background(), profile, func(o *config.LoadSharedConfigOptions) {
		o.ConfigFiles, o.CredentialsFiles = []string{e.configFile}, []string{e.credentialsFile}
	})
	_, missing := errors.AsType[config.SharedConfigProfileNotExistError](err)
	switch {
	case err == nil:
		e.profile = profile
	case !missing || asked != "":
		return e, err
	}
	if e.profile == "" && e.credentials == nil && stale(getenv, "AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY") {
		// The chain would take the keys; what comes next in it is the instance.
		client := imds.New(imds.Options{ClientEnableState: e.imdsState})
		e.credentials = ec2rolecreds.New(func(o *ec2rolecreds.Options) { o.Client = client })
	}
	e.region = first(c.Region, getenv("AWS_REGION"), c.DefaultRegion, getenv("AWS_DEFAULT_REGION"), shared.Region, defaultRegion)
	return e, nil
}

func (e environment) options() []func(*config.LoadOptions) error {
	options := []func(*config.LoadOptions) error{
		config.WithRegion(e.region),
		config.WithSharedConfigFiles([]string{e.configFile}),
		config.WithSharedCredentialsFiles([]string{e.credentialsFile}),
		config.WithEC2IMDSClientEnableState(e.imdsState),
	}
	if e.credentials != nil {
		options = append(options, config.WithCredentialsProvider(e.credentials))
	}
	if e.profile != "" && !e.webIdentity { // to name a profile is to prefer it to a web identity
		options = append(options, config.WithSharedConfigProfile(e.profile))
	}
	return options
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
