package core

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

// SignOptions says which request Sign makes a URL for.
type SignOptions = driver.SignOptions

// maxExpires is how long a signature by SigV4 may hold ("Authenticating
// Requests: Using Query Parameters", Amazon S3 API Reference).
const maxExpires = 7 * 24 * time.Hour

var signMethods = []string{
	http.MethodGet, http.MethodHead, http.MethodPut, http.MethodPost, http.MethodDelete, http.MethodPatch,
	http.MethodOptions, http.MethodTrace, http.MethodConnect,
}

// checkSigned refuses attributes that the request could not have.
func checkSigned(o SignOptions) error {
	switch o.Method {
	case http.MethodPut:
	case http.MethodGet, http.MethodHead:
		if o.StorageClass != "" {
			return errs.New(errs.InvalidArgument, "an answer with another storage-class cannot be asked for")
		}
	default:
		if o.Attributes != (Attributes{}) {
			return errs.New(errs.InvalidArgument, "attributes are for GET, HEAD and PUT, not for %s", o.Method)
		}
	}
	return checkAttributes(o.Attributes)
}

// Sign returns a URL with which everybody may send one kind of request to the
// object at path, as long as it has not expired: which it does at the latest
// when the credentials do. Attributes of a GET or HEAD are those that the answer
// shall have; of a PUT, headers that the request has to have. The endpoint is not
// asked, nor whether there is an object.
func (s *Store) Sign(ctx context.Context, path string, o SignOptions) (url string, err error) {
	err = s.run(ctx, "sign", path, func(ctx context.Context) error {
		d, ok := s.driver.(driver.Signer)
		switch {
		case !ok:
			return driver.NotSupported(driver.CanSign, "this backend has no URLs that could be signed")
		case !slices.Contains(signMethods, o.Method):
			return errs.New(errs.InvalidArgument, "the method is unknown: there are %s", strings.Join(signMethods, ", "))
		case o.Expires < time.Second || o.Expires > maxExpires:
			return errs.New(errs.InvalidArgument, "the URL would expire in %g seconds, but that must be 1 to %d",
				o.Expires.Seconds(), int(maxExpires.Seconds()))
		}
		if err := checkSigned(o); err != nil {
			return err
		}
		if err := s.checkVersion(o.VersionID); err != nil {
			return err
		}
		key, err := s.key(path)
		if err != nil {
			return err
		}
		url, err = d.Sign(ctx, key, o)
		return err
	})
	return url, err
}
