package s3

import (
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/libremotestore/libremotestore/core/errs"
)

// Sources says where the credentials come from, if they are no keys of the
// options. What is empty comes from the environment.
type Sources struct {
	SkipSignature        bool   // requests are not signed
	Pushed               bool   // the program pushes them: see [backend.SetCredentials]
	Profile              string // of the AWS configuration files
	RoleARN              string // to be assumed, with the web identity or with the credentials that there are
	RoleSessionName      string
	ExternalID           string
	STSEndpoint          string // a URL
	WebIdentityTokenFile string
	ContainerRelativeURI string // path on the host of ECS
	ContainerFullURI     string
	ContainerTokenFile   string // for the Authorization of the two
	IMDSv1Fallback       bool   // instance metadata without a session token, which others may ask for
	MetadataEndpoint     string // a URL
}

const defaultProfile = "default"

// checkSources refuses what contradicts itself, without asking anybody.
func (c Config) checkSources() error {
	sources := []struct {
		option string
		given  bool
	}{
		{"skip_signature", c.SkipSignature},
		{"credentials", c.Pushed},
		{"access_key_id", c.AccessKeyID != ""},
		{"web_identity_token_file", c.WebIdentityTokenFile != ""},
		{"container_credentials_relative_uri", c.ContainerRelativeURI != ""},
		{"container_credentials_full_uri", c.ContainerFullURI != ""},
	}
	chosen := ""
	for _, source := range sources {
		switch {
		case !source.given:
		case chosen != "":
			return c.exclusive(chosen, source.option)
		default:
			chosen = source.option
		}
	}
	switch {
	case (c.SkipSignature || c.Pushed) && c.RoleARN != "":
		return c.exclusive(chosen, "role_arn")
	case (c.SkipSignature || c.Pushed) && c.ContainerTokenFile != "":
		return c.exclusive(chosen, "container_authorization_token_file")
	case c.WebIdentityTokenFile != "" && c.ExternalID != "":
		return c.exclusive("web_identity_token_file", "external_id")
	case c.ExternalID != "" && c.RoleARN == "":
		return c.incomplete("role_arn", "external_id")
	case c.ContainerRelativeURI != "" && !strings.HasPrefix(c.ContainerRelativeURI, "/"):
		return errs.New(errs.InvalidOption, "%s must be a path that begins with /",
			c.Name("container_credentials_relative_uri"))
	case c.ContainerFullURI != "":
		return checkContainerURI(c.Name("container_credentials_full_uri"), c.ContainerFullURI)
	}
	return nil
}

// containerHosts are those that may be asked without TLS, beside this machine
// ("Container credential provider", AWS SDKs and Tools Reference Guide).
var containerHosts = map[string]bool{
	"localhost": true, "127.0.0.1": true, "::1": true,
	"169.254.170.2": true, "169.254.170.23": true, "fd00:ec2::23": true,
}

func checkContainerURI(name, uri string) error {
	u, err := url.Parse(uri)
	if err != nil || u.Hostname() == "" || u.Scheme != "https" && (u.Scheme != "http" || !containerHosts[u.Hostname()]) {
		return errs.New(errs.InvalidOption, "%s must be an https:// URL, or an http:// URL of this machine or "+
			"of ECS or EKS: 127.0.0.1, 169.254.170.2 or 169.254.170.23", name)
	}
	return nil
}

// credentials finds the source of the keys that sign. What the options name
// comes first, then the order of the AWS SDKs.
func (c Config) credentials(e environment, cfg aws.Config, web *httpClient) (aws.CredentialsProvider, error) {
	switch {
	case c.SkipSignature:
		return aws.AnonymousCredentials{}, nil
	case c.Pushed:
		return newFeed(), nil
	}
	s := sources{Config: c, environment: e, cfg: cfg, tls: web.tls}
	s.cfg.HTTPClient, s.cfg.Retryer = &web.Client, func() aws.Retryer { return attemptsOfLookup() }
	return s.find()
}

// find is credentials for what has a source.
func (s *sources) find() (aws.CredentialsProvider, error) {
	token := s.get("AWS_WEB_IDENTITY_TOKEN_FILE")
	keys := s.keysOfEnvironment()
	arn := first(s.RoleARN, s.get("AWS_ROLE_ARN")) // of a web identity
	var base aws.CredentialsProvider
	var err error
	switch {
	case s.AccessKeyID != "":
		base = credentials.NewStaticCredentialsProvider(s.AccessKeyID, s.SecretAccessKey, s.SessionToken)
	case s.WebIdentityTokenFile != "":
		return s.ofWebIdentity(s.WebIdentityTokenFile, arn)
	case s.ContainerRelativeURI != "", s.ContainerFullURI != "":
		base, err = s.ofContainer(s.ContainerRelativeURI, s.ContainerFullURI)
	case s.Profile != "":
		base, err = s.ofProfile(s.shared)
	case keys != nil:
		base = keys
	case token != "":
		return s.ofWebIdentity(token, arn)
	default:
		base, err = s.ofProfile(s.shared)
	}
	switch {
	case err != nil:
		return nil, err
	case s.ContainerTokenFile != "" && !s.asksContainer:
		return nil, s.incomplete("container_credentials_full_uri", "container_authorization_token_file")
	case s.RoleARN == "" && s.RoleSessionName != "":
		return nil, s.incomplete("role_arn", "role_session_name")
	case s.RoleARN == "":
		return base, nil
	}
	return s.ofRole(base, role{s.RoleARN, s.RoleSessionName, s.ExternalID, 0}), nil
}

// keysOfEnvironment is nil if there are none.
func (s *sources) keysOfEnvironment() aws.CredentialsProvider {
	id, secret := s.get("AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY"), s.get("AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY")
	if id == "" || secret == "" {
		return nil
	}
	return credentials.NewStaticCredentialsProvider(id, secret, s.get("AWS_SESSION_TOKEN"))
}
