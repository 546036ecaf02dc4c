package core

import (
	"net/url"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/core/local"
	"github.com/libremotestore/libremotestore/core/memory"
)

// schemes maps the scheme of a URL to what opens it.
var schemes = map[string]func(u *url.URL, o *Options) (*Store, error){
	"memory": openMemory,
	"file":   openFile,
	"s3":     openS3,
	"s3a":    openS3,
	"https":  openS3,
	"http":   openS3,
}

// Open opens a store by URL:
//
//	memory://             private to this store
//	memory://NAME         shared in this process until the last store on it is closed
//	file:///FOLDER        a local folder, made by the first write
//	s3://BUCKET[/PREFIX]  a bucket, or the part of it below a prefix; s3a:// is the same
//	https://s3.REGION.amazonaws.com/BUCKET[/PREFIX]
//	https://BUCKET.s3.REGION.amazonaws.com[/PREFIX]
//	https://ACCOUNT.r2.cloudflarestorage.com/BUCKET[/PREFIX]
//	http[s]://HOST[:PORT]/BUCKET[/PREFIX]  on any other host, which is the endpoint
//
// A host of AWS may have no region, s3.dualstack for s3, and amazonaws.com.cn;
// one of R2 a jurisdiction behind the account. Region, endpoint and addressing
// style that a URL implies are those that the options do not give.
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
	u, err := parseURL(rawURL)
	if err != nil {
		return nil, err
	}
	if !onS3(u) {
		for _, place := range options.given.places() {
			return nil, errs.New(errs.InvalidOption, "option %s does not apply to %s://", place, u.Scheme)
		}
	}
	return schemes[u.Scheme](u, options)
}

func onS3(u *url.URL) bool { return u.Scheme != "memory" && u.Scheme != "file" }

// parseURL parses the URL of a store. Errors never repeat it: somebody may
// have put credentials into it.
func parseURL(rawURL string) (*url.URL, error) {
	if !utf8.ValidString(rawURL) {
		return nil, errs.New(errs.InvalidArgument, "the URL is not valid UTF-8")
	}
	u, err := url.Parse(rawURL)
	if err != nil {
		return nil, errs.New(errs.InvalidArgument, "this is not a URL: expected memory://, file:///folder, %s, "+
			"with %% written as %%25; the name of a bucket has letters, digits and . _ - only", s3Forms)
	}
	switch {
	case schemes[u.Scheme] == nil:
		return nil, errs.New(errs.InvalidArgument, "the URL must be memory://, file:///folder, %s", s3Forms)
	case u.User != nil:
		return nil, errs.New(errs.InvalidArgument,
			"the URL may not hold credentials: use the options access_key_id and secret_access_key")
	case !strings.HasPrefix(rawURL[len(u.Scheme):], "://"):
		return nil, errs.New(errs.InvalidArgument, `"//" is missing behind %s:`, u.Scheme)
	case strings.ContainsAny(rawURL, "?#"):
		return nil, errs.New(errs.InvalidArgument,
			"the URL may not hold a query or a fragment: write ? as %%3F and # as %%23")
	}
	return u, nil
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
	backend, err := local.Open(filepath.Clean(u.Path), local.Options{})
	if err != nil {
		return nil, err
	}
	return newStore(backend, ""), nil
}

func openS3(u *url.URL, o *Options) (*Store, error) {
	place, err := parseS3URL(u)
	if err != nil {
		return nil, err
	}
	return s3Request{url: place, given: o.given}.open(o.Getenv)
}
