package s3

import (
	"context"
	"crypto/sha1"
	"crypto/tls"
	"encoding/hex"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/ec2rolecreds"
	"github.com/aws/aws-sdk-go-v2/credentials/endpointcreds"
	"github.com/aws/aws-sdk-go-v2/credentials/logincreds"
	"github.com/aws/aws-sdk-go-v2/credentials/processcreds"
	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/aws-sdk-go-v2/service/signin"
	"github.com/aws/aws-sdk-go-v2/service/sso"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/logging"

	"github.com/libremotestore/libremotestore/core/errs"
)

// sources makes the providers of the SDK, each with all that it would read from
// Go's old copy of the environment.
type sources struct {
	Config
	environment
	cfg aws.Config         // of the services that give credentials
	tls func() *tls.Config // for hosts that are asked directly

	asksContainer bool
}

const (
	// A machine that is no instance of EC2 must not take seconds to find that
	// out (boto/botocore#1791): its requests may vanish.
	metadataConnectTimeout = 250 * time.Millisecond
	metadataAnswerTimeout  = 500 * time.Millisecond
	// The agent of a container is there, if it is named, but may have to ask others.
	containerConnectTimeout = time.Second
	containerAnswerTimeout  = 5 * time.Second

	lookupAttempts = 2
	lookupBackoff  = 50 * time.Millisecond

	roleSession = "libremotestore" // the name that the service logs
)

// attemptsOfLookup are those of a request for credentials: other attempts of
// the request that needs them follow only where its own retries allow it.
func attemptsOfLookup() aws.RetryerV2 {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts = lookupAttempts
		o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return lookupBackoff, nil })
	})
}

// direct asks a host on this machine or this link, so through no proxy.
func (s *sources) direct(connect, answer time.Duration) *http.Client {
	return &http.Client{
		Transport: &transport{make: func() *http.Transport {
			return &http.Transport{
				DialContext:           dialer(connect).DialContext,
				ResponseHeaderTimeout: answer,
				TLSHandshakeTimeout:   answer,
				TLSClientConfig:       s.tls(),
				DisableKeepAlives:     true, // nothing to close with the store
			}
		}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// ofProfile is what a profile of the configuration files says; if it says
// nothing, the container and the instance follow.
func (s *sources) ofProfile(p config.SharedConfig) (aws.CredentialsProvider, error) {
	provider, err := s.inProfile(p)
	switch {
	case err != nil || p.RoleARN == "" || p.WebIdentityTokenFile != "" && p.Source == nil:
		return provider, err
	case p.MFASerial != "":
		return nil, errs.New(errs.InvalidOption, "the profile %q needs the code of an MFA device, for which nobody can be "+
			"asked: use a credential_process, or the session token of a login", p.Profile)
	}
	return s.ofRole(provider, role{p.RoleARN, p.RoleSessionName, p.ExternalID, aws.ToDuration(p.RoleDurationSeconds)}), nil
}

func (s *sources) inProfile(p config.SharedConfig) (aws.CredentialsProvider, error) {
	container, full := s.containerOfEnvironment()
	switch {
	case p.Source != nil:
		return s.ofProfile(*p.Source)
	case p.Credentials.HasKeys():
		return credentials.StaticCredentialsProvider{Value: p.Credentials}, nil
	case p.CredentialSource != "":
		return s.ofNamedSource(p)
	case p.WebIdentityTokenFile != "":
		return s.ofToken(p.WebIdentityTokenFile, p.RoleARN, p.RoleSessionName), nil
	case p.SSOSessionName != "", p.SSOAccountID != "", p.SSORoleName != "", p.SSOStartURL != "", p.SSORegion != "":
		return s.ofSSO(p)
	case p.LoginSession != "":
		return s.ofLogin(p)
	case p.CredentialProcess != "":
		return s.ofProcess(p), nil
	case container != "" || full != "":
		return s.ofContainer(container, full)
	}
	return s.ofInstance(s.nothingElse), nil
}

func (s *sources) ofNamedSource(p config.SharedConfig) (aws.CredentialsProvider, error) {
	switch p.CredentialSource {
	case "Environment":
		if keys := s.keysOfEnvironment(); keys != nil {
			return keys, nil
		}
		return nil, errs.New(errs.InvalidOption, "the profile %q takes credentials from the environment, but "+
			"AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set", p.Profile)
	case "EcsContainer":
		if container, full := s.containerOfEnvironment(); container != "" || full != "" {
			return s.ofContainer(container, full)
		}
		return nil, errs.New(errs.InvalidOption, "the profile %q takes credentials from the container, but neither "+
			"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor AWS_CONTAINER_CREDENTIALS_FULL_URI is set", p.Profile)
	case "Ec2InstanceMetadata":
		return s.ofInstance(func(err error) string {
			return "the instance metadata gave none to the profile \"" + p.Profile + "\": " + innermost(err)
		}), nil
	}
	return nil, errs.New(errs.InvalidOption, "credential_source of the profile %q must be Environment, EcsContainer or "+
		"Ec2InstanceMetadata", p.Profile)
}

// role is one to be assumed.
type role struct {
	arn, session, externalID string
	duration                 time.Duration // 0 is the default
}

// ofRole assumes a role by the credentials in base.
func (s *sources) ofRole(base aws.CredentialsProvider, r role) aws.CredentialsProvider {
	cfg := s.cfg
	cfg.Credentials = base
	return lookUp("the role "+r.arn+" cannot be assumed", stscreds.NewAssumeRoleProvider(s.sts(cfg), r.arn,
		func(o *stscreds.AssumeRoleOptions) {
			o.RoleSessionName = first(r.session, roleSession)
			o.Duration = max(r.duration, stscreds.DefaultDuration)
			if r.externalID != "" {
				o.ExternalID = &r.externalID
			}
		}))
}

// ofWebIdentity is a role of the options or the environment, by the token in a
// file.
func (s *sources) ofWebIdentity(file, arn string) (aws.CredentialsProvider, error) {
	option := "web_identity_token_file"
	switch {
	case arn == "" && s.WebIdentityTokenFile == "":
		return nil, errs.New(errs.InvalidOption, "AWS_ROLE_ARN is not set, but AWS_WEB_IDENTITY_TOKEN_FILE needs it")
	case arn == "":
		return nil, s.incomplete("role_arn", option)
	case s.ExternalID != "":
		return nil, errs.New(errs.InvalidOption, "%s is for roles that are assumed without a web identity, but "+
			"AWS_WEB_IDENTITY_TOKEN_FILE gives one", s.Name("external_id"))
	case s.ContainerTokenFile != "":
		return nil, s.exclusive(option, "container_authorization_token_file")
	}
	return s.ofToken(file, arn, first(s.RoleSessionName, s.get("AWS_ROLE_SESSION_NAME"))), nil
}

func (s *sources) ofToken(file, arn, session string) aws.CredentialsProvider {
	return lookUp("the role "+arn+" cannot be assumed with the web identity in "+file,
		stscreds.NewWebIdentityRoleProvider(s.sts(s.cfg), arn, stscreds.IdentityTokenFile(file),
			func(o *stscreds.WebIdentityRoleOptions) { o.RoleSessionName = first(session, roleSession) }))
}

func (s *sources) sts(cfg aws.Config) *sts.Client {
	url, isStale := s.environment.endpoint("STS")
	return sts.NewFromConfig(cfg, func(o *sts.Options) { setEndpoint(&o.BaseEndpoint, first(s.STSEndpoint, url), isStale) })
}

// setEndpoint sets that of a client. Without one it is that of the profile,
// but not one that only Go's old copy of the environment has.
func setEndpoint(out **string, url string, isStale bool) {
	if url != "" {
		*out = &url
	} else if isStale {
		*out = nil
	}
}

// ofSSO is a role of IAM Identity Center, by the token that "aws sso login" has
// left ("IAM Identity Center credential provider", AWS SDKs and Tools Reference
// Guide).
func (s *sources) ofSSO(p config.SharedConfig) (aws.CredentialsProvider, error) {
	region, start, key := p.SSORegion, p.SSOStartURL, p.SSOStartURL
	if p.SSOSession != nil {
		region, start, key = p.SSOSession.SSORegion, p.SSOSession.SSOStartURL, p.SSOSession.Name
	}
	for name, value := range map[string]string{"sso_region": region, "sso_start_url": start,
		"sso_account_id": p.SSOAccountID, "sso_role_name": p.SSORoleName} {
		if value == "" {
			return nil, errs.New(errs.InvalidOption, "%s is missing: the profile %q needs it for SSO", name, p.Profile)
		}
	}
	cfg := s.cfg
	cfg.Region = region
	hash := sha1.Sum([]byte(key))
	file := inHome(s.get, ".aws/sso/cache/"+hex.EncodeToString(hash[:])+".json")
	url, isStale := s.environment.endpoint("SSO")
	client := sso.NewFromConfig(cfg, func(o *sso.Options) { setEndpoint(&o.BaseEndpoint, url, isStale) })
	what := "the profile \"" + p.Profile + "\" has no credentials of SSO: run aws sso login --profile " + p.Profile
	return lookUp(what, ssocreds.New(client, p.SSOAccountID, p.SSORoleName, start, func(o *ssocreds.Options) {
		o.CachedTokenFilepath = file
		if p.SSOSession != nil {
			url, isStale := s.environment.endpoint("SSO_OIDC")
			oidc := ssooidc.NewFromConfig(cfg, func(o *ssooidc.Options) { setEndpoint(&o.BaseEndpoint, url, isStale) })
			o.SSOTokenProvider = ssocreds.NewSSOTokenProvider(oidc, file)
		}
	})), nil
}

// ofLogin is the session that "aws login" has left.
func (s *sources) ofLogin(p config.SharedConfig) (aws.CredentialsProvider, error) {
	folder := first(s.get("AWS_LOGIN_CACHE_DIRECTORY"), inHome(s.get, ".aws/login/cache"))
	file, err := logincreds.StandardCachedTokenFilepath(p.LoginSession, folder)
	if err != nil {
		return nil, err
	}
	url, isStale := s.environment.endpoint("SIGNIN")
	client := signin.NewFromConfig(s.cfg, func(o *signin.Options) { setEndpoint(&o.BaseEndpoint, url, isStale) })
	return lookUp("the profile \""+p.Profile+"\" has no login: run aws login --profile "+p.Profile,
		logincreds.New(client, file, func(o *logincreds.Options) { o.RestrictPermissions = true })), nil
}

// ofProcess is what a command of the profile prints. Unlike the SDK's, it gets
// nothing of the host's standard input and standard error.
func (s *sources) ofProcess(p config.SharedConfig) aws.CredentialsProvider {
	build := processcreds.NewCommandBuilderFunc(func(ctx context.Context) (*exec.Cmd, error) {
		command := exec.CommandContext(ctx, "sh", "-c", p.CredentialProcess)
		command.Env = s.liveEnvironment()
		command.WaitDelay = time.Second // for what it has started, and left
		return command, nil
	})
	return lookUp("the credential_process of the profile \""+p.Profile+"\" gave no credentials: run it by hand",
		processcreds.NewProviderCommand(build))
}

// liveEnvironment is Go's copy of the environment, with the values that the
// variables have.
func (s *sources) liveEnvironment() (live []string) {
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if value := s.get(name); value != "" {
			live = append(live, name+"="+value)
		}
	}
	return live
}

func (s *sources) containerOfEnvironment() (relative, full string) {
	if relative := s.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"); relative != "" {
		return relative, ""
	}
	return "", s.get("AWS_CONTAINER_CREDENTIALS_FULL_URI")
}

// containerHost is where the agent of ECS answers; tests have another.
var containerHost = "http://169.254.170.2"

// ofContainer is the role of an ECS task or an EKS pod.
func (s *sources) ofContainer(relative, full string) (aws.CredentialsProvider, error) {
	s.asksContainer = true
	uri := full
	if relative != "" {
		uri = containerHost + "/" + strings.TrimPrefix(relative, "/")
	} else if err := checkContainerURI("AWS_CONTAINER_CREDENTIALS_FULL_URI", full); err != nil {
		return nil, err
	}
	return lookUp("the container credentials at "+withoutQuery(uri)+" cannot be got",
		endpointcreds.New(uri, func(o *endpointcreds.Options) {
			o.HTTPClient = s.direct(containerConnectTimeout, containerAnswerTimeout)
			o.Retryer = attemptsOfLookup()
			o.AuthorizationToken = s.get("AWS_CONTAINER_AUTHORIZATION_TOKEN")
			file := first(s.ContainerTokenFile, s.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"))
			if file != "" {
				o.AuthorizationTokenProvider = endpointcreds.TokenProviderFunc(func() (string, error) {
					token, err := os.ReadFile(file)
					return string(token), err
				})
			}
		})), nil
}

// withoutQuery is a URL without what may be a secret in it.
func withoutQuery(uri string) string {
	uri, _, _ = strings.Cut(uri, "?")
	return uri
}

// ofInstance is the role of an EC2 instance. failed says what an error means.
func (s *sources) ofInstance(failed func(error) string) aws.CredentialsProvider {
	state := imds.ClientEnabled
	if strings.EqualFold(s.get("AWS_EC2_METADATA_DISABLED"), "true") {
		state = imds.ClientDisabled
	}
	client := imds.New(imds.Options{
		Endpoint:          s.metadataEndpoint(),
		ClientEnableState: state,
		// The SDK falls back by default, though version 1 lets any program that
		// can be made to send a GET read the keys of the instance.
		EnableFallback:           aws.BoolTernary(s.IMDSv1Fallback),
		HTTPClient:               s.direct(metadataConnectTimeout, metadataAnswerTimeout),
		Retryer:                  attemptsOfLookup(),
		DisableDefaultMaxBackoff: true, // it would replace that of the Retryer
		Logger:                   logging.Nop{},
	})
	return lookUpAs(failed, ec2rolecreds.New(func(o *ec2rolecreds.Options) { o.Client = client }))
}

const (
	metadataIPv4 = "http://169.254.169.254"
	metadataIPv6 = "http://[fd00:ec2::254]"
)

func (s *sources) metadataEndpoint() string {
	if url := first(s.MetadataEndpoint, s.get("AWS_EC2_METADATA_SERVICE_ENDPOINT"), s.shared.EC2IMDSEndpoint); url != "" {
		return url
	}
	mode := s.shared.EC2IMDSEndpointMode
	if asked := s.get("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"); asked != "" {
		_ = mode.SetFromString(asked) // what is neither of the two is none
	}
	if mode == imds.EndpointModeStateIPv6 {
		return metadataIPv6
	}
	return metadataIPv4
}

// nothingElse says where credentials were looked for, when the last place has
// none either.
func (s *sources) nothingElse(err error) string {
	profile := first(s.profile, first(s.Profile, s.get("AWS_PROFILE", "AWS_DEFAULT_PROFILE"), defaultProfile))
	instance := "and the instance metadata at " + s.metadataEndpoint() + " gives none (" + innermost(err) + ")"
	if disabled := strings.EqualFold(s.get("AWS_EC2_METADATA_DISABLED"), "true"); disabled {
		instance = "and AWS_EC2_METADATA_DISABLED is set"
	}
	return "there are no credentials: the options " + s.Name("access_key_id") + ", web_identity_token_file and " +
		"container_credentials_full_uri and the variables AWS_ACCESS_KEY_ID, AWS_WEB_IDENTITY_TOKEN_FILE, " +
		"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and AWS_CONTAINER_CREDENTIALS_FULL_URI are not set, the profile \"" +
		profile + "\" in " + s.configFile + " and " + s.credentialsFile + " has none, " + instance + ". Set " +
		s.Name("access_key_id") + " and " + s.Name("secret_access_key") + ", or one of these, or skip_signature for " +
		"a public bucket"
}
