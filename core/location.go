package core

import (
	"context"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

// Location says where a path of a store is.
type Location = driver.Location

// NativePath is where a path is, as people write it: "bucket/prefix/key", or
// the path of a file. "" and "." are the root of the store. It works on a
// closed store too.
func (s *Store) NativePath(path string) (string, error) {
	l, err := s.Resolve(path)
	return l.Path, err
}

// ToKey is the path in this store whose NativePath is native; "" is the root.
// One outside the store is InvalidPath.
func (s *Store) ToKey(native string) (path string, err error) {
	err = s.runClosed(context.Background(), "to_key", native, func(context.Context) error {
		key, ok := s.driver.KeyOf(native)
		if ok && key != s.root {
			path, ok = driver.Below(s.root, key)
		}
		if !ok {
			return errs.New(errs.InvalidPath, "this is not in the store, which is %q", s.driver.Location(s.root).Path)
		}
		if path == "" || s.raw {
			return nil
		}
		path, err = CleanPath(path)
		return err
	})
	return path, err
}

// Resolve says where a path is. It works on a closed store too.
func (s *Store) Resolve(path string) (l Location, err error) {
	err = s.runClosed(context.Background(), "resolve", path, func(context.Context) error {
		key, err := s.folder(path)
		if err == nil {
			l = s.driver.Location(key)
		}
		return err
	})
	return l, err
}

// BackendName is "memory", "local" or "s3".
func (s *Store) BackendName() string { return s.driver.Name() }
