package core

import (
	"context"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

// SetACL lets others use the object at path: "private", "public-read" and the
// other lists of permissions that S3 has names for.
func (s *Store) SetACL(ctx context.Context, path, acl string) error {
	return s.run(ctx, "set_acl", path, func(ctx context.Context) error {
		if acl == "" {
			return errs.New(errs.InvalidArgument, "the ACL is empty: %q makes an object public", "public-read")
		}
		if err := checkACL(acl); err != nil {
			return err
		}
		d, ok := s.driver.(driver.Controller)
		if !ok {
			return driver.NotSupported(driver.CanACL, "this backend has no lists of permissions")
		}
		key, err := s.key(path)
		if err != nil {
			return err
		}
		return s.explain(ctx, key, d.SetACL(ctx, key, acl))
	})
}
