package core

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/core/local"
	"github.com/libremotestore/libremotestore/core/memory"
	"github.com/libremotestore/libremotestore/core/s3"
)

// schemes maps the scheme of a URL to what opens it.
var schemes = map[string]func(u *url.URL, o *Options) (*Store, error){
	"memory": openMemory,
	"file":   openFile,
	"s3":     openS3,
}

// Open opens a store by URL:
//
//	memory://             private to this store
//	memory://NAME         shared in this process until the last store on it is closed
//	file:///FOLDER        a local folder, made by the first write
//	s3://BUCKET[/PREFIX]  a bucket, or the part of it below a prefix
//
// It requests nothing from a server. options may be nil.
func Open(rawURL string, options *Options) (*Store, error) {
	store, err := open(rawURL, options)
	if e, ok := err.(*errs.Error); ok {
		e.Op = "open"
	}
	return store, err
}

func open(rawURL string, options *Options) (*Store, error) {
	if options == nil {
		options = &Options{}
	}
	if !utf8.ValidString(rawURL) {
		return nil, errs.New(errs.InvalidArgument, "the URL is not valid UTF-8")
	}
	// Errors never repeat the URL: somebody may have put credentials into it.
	u, err := url.Parse(rawURL)
	if err != nil {
		return nil, errs.New(errs.InvalidArgument,
			"this is not a URL: expected memory://, file:///folder or s3://bucket/prefix, with %% written as %%25; "+
				"the name of a bucket has letters, digits and . _ - only")
	}
	openScheme := schemes[u.Scheme]
	switch {
	case openScheme == nil:
		return nil, errs.New(errs.InvalidArgument, "the URL must begin with memory://, file:/// or s3://")
	case u.User != nil:
		return nil, errs.New(errs.InvalidArgument,
			"the URL may not hold credentials: use the options access_key_id and secret_access_key")
	case !strings.HasPrefix(rawURL[len(u.Scheme):], "://"):
		return nil, errs.New(errs.InvalidArgument, `"//" is missing behind %s:`, u.Scheme)
	case strings.ContainsAny(rawURL, "?#"):
		return nil, errs.New(errs.InvalidArgument,
			"the URL may not hold a query or a fragment: write ? as %%3F and # as %%23")
	case u.Scheme != "s3" && len(options.s3Keys) > 0:
		return nil, errs.New(errs.InvalidOption, "option %s does not apply to %s://", options.s3Keys[0], u.Scheme)
	}
	return openScheme(u, options)
}

func openMemory(u *url.URL, _ *Options) (*Store, error) {
	if u.Path != "" && u.Path != "/" {
		return nil, errs.New(errs.InvalidArgument, "a memory URL is memory:// or memory://NAME, without a path")
	}
	if strings.ContainsAny(u.Host, ":[]") {
		return nil, errs.New(errs.InvalidArgument, "%q cannot be the name of a memory store", u.Host)
	}
	return newStore(memory.Open(u.Host), ""), nil
}

func openFile(u *url.URL, _ *Options) (*Store, error) {
	if u.Host != "" && u.Host != "localhost" {
		return nil, errs.New(errs.InvalidArgument,
			"a file URL has no host: write file:///folder with three slashes")
	}
	if !filepath.IsAbs(u.Path) || strings.IndexByte(u.Path, 0) >= 0 {
		return nil, errs.New(errs.InvalidArgument, "a file URL needs an absolute folder: file:///folder")
	}
	backend, err := local.Open(filepath.Clean(u.Path))
	if err != nil {
		return nil, err
	}
	return newStore(backend, ""), nil
}

func openS3(u *url.URL, o *Options) (*Store, error) {
	root := ""
	if prefix := strings.Trim(u.Path, "/"); prefix != "" {
		var err error
		if root, err = CleanPath(prefix); err != nil {
			return nil, errs.New(errs.InvalidArgument, "the prefix of the URL: %s", err.(*errs.Error).Message)
		}
	}
	backend, err := openBucket(u.Host, *o)
	if err != nil {
		return nil, err
	}
	return newStore(backend, root), nil
}

func openBucket(bucket string, o Options) (driver.Driver, error) {
	config := o.s3
	config.Bucket = bucket
	config.Getenv = o.Getenv
	if config.Getenv == nil {
		config.Getenv = os.Getenv
	}
	if config.Endpoint == "" {
		for _, name := range []string{"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"} {
			if v := config.Getenv(name); v != "" {
				endpoint, err := parseEndpoint(&config, "the environment variable "+name, v)
				if err != nil {
					return nil, err
				}
				config.Endpoint = endpoint
				break
			}
		}
	}
	return s3.Open(config)
}
