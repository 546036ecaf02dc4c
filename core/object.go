package core

import (
	"context"
	"errors"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

// Conditions of a read, under which it is PreconditionFailed or NotModified.
type Conditions = driver.Conditions

// Attributes are what HTTP and S3 know of the content of an object.
type Attributes = driver.Attributes

// HeadOptions says what Head describes.
type HeadOptions = driver.HeadOptions

// PutOptions says how an object is written.
type PutOptions struct {
	Overwrite  bool              // replace an object that exists; else AlreadyExists
	IfMatch    string            // replace just the object with this ETag; else PreconditionFailed
	Metadata   map[string]string // the user's, kept with the object: see [checkMetadata]
	Attributes Attributes        // see [checkAttributes]
	Tags       map[string]string // see [checkTags]
	ACL        string            // see [Store.SetACL]; "" is the default of the bucket
}

// CopyOptions says how Copy and Move write.
type CopyOptions struct {
	Overwrite bool // replace an object that exists; else AlreadyExists
	RawTarget bool // the target is taken as it is, as [Store.Raw] takes the source

	// These are for Copy.
	SourceVersion string      // "" is the present one
	SourceIfMatch string      // the ETag that the source must have; else PreconditionFailed
	Replace       *PutOptions // what the target has instead of what the source has, but for IfMatch
}

// DeleteOptions says how Delete deletes.
type DeleteOptions struct {
	MissingOK bool   // a missing object is no error
	IfMatch   string // the ETag that the object must have; else PreconditionFailed
	VersionID string // of a version to delete for good, whether it is there or not
}

// Head describes the object at path.
func (s *Store) Head(ctx context.Context, path string, o HeadOptions) (info Info, err error) {
	err = s.runHere(ctx, "head", path, func(ctx context.Context) error {
		if err := s.checkRead(&o.Conditions, o.VersionID); err != nil {
			return err
		}
		key, err := s.key(path)
		if err != nil {
			return err
		}
		found, err := s.head(ctx, key, o)
		info = s.info(found)
		return err
	})
	return info, err
}

func (s *Store) head(ctx context.Context, key string, o HeadOptions) (driver.Object, error) {
	found, err := s.driver.Head(ctx, key, o)
	if o.VersionID != "" { // that a folder has none needs no request
		return found, err
	}
	return found, s.explain(ctx, key, err)
}

// explain finds out why there is no object under key: a flat backend says
// NotFound for a folder too, and S3's answer to a HEAD has no body that names
// a missing bucket or a rejected key. It costs one request, only in that case.
func (s *Store) explain(ctx context.Context, key string, err error) error {
	if errs.CodeOf(err) != errs.NotFound {
		return err
	}
	folder, why := s.driver.IsFolder(ctx, key)
	switch errs.CodeOf(why) {
	case errs.OK:
		if folder {
			return driver.Folder()
		}
	case errs.NotFound, errs.Unauthenticated, errs.InvalidOption, errs.Deadline, errs.Cancelled:
		return why
	}
	return err // the probe was refused or failed: what is known stays
}

// Exists tells whether there is something at path: an object, a folder, or
// either. Of the root it asks nobody: that is a folder.
func (s *Store) Exists(ctx context.Context, path string, kind Kind) (found bool, err error) {
	err = s.runHere(ctx, "exists", path, func(ctx context.Context) error {
		if s.isRoot(path) {
			found = kind != Object
			return nil
		}
		key, err := s.key(path)
		if err != nil {
			return err
		}
		if kind == Folder {
			found, err = s.driver.IsFolder(ctx, key)
		} else {
			_, err = s.head(ctx, key, HeadOptions{})
			found = err == nil
			if driver.IsFolder(err) {
				found, err = kind == AnyKind, nil
			}
		}
		if errs.CodeOf(err) == errs.NotFound { // the object, or the whole bucket
			return nil
		}
		return err
	})
	return found, err
}

// Put publishes data at path, all of it or nothing.
func (s *Store) Put(ctx context.Context, path string, data []byte, o PutOptions) (info Info, err error) {
	err = s.runHere(ctx, "put", path, func(ctx context.Context) error {
		key, options, err := s.toWrite(path, o)
		if err != nil {
			return err
		}
		driver.Expect(ctx, int64(len(data)))
		made, err := s.driver.Put(ctx, key, data, options)
		info = s.written(made, o)
		return err
	})
	return info, err
}

// toWrite is a key, and how to write it.
func (s *Store) toWrite(path string, o PutOptions) (string, driver.PutOptions, error) {
	options, err := s.putOptions(o)
	if err != nil {
		return "", options, err
	}
	key, err := s.key(path)
	return key, options, err
}

// written is the Info of a write, with the metadata as the caller wrote it.
func (s *Store) written(made driver.Object, o PutOptions) Info {
	info := s.info(made)
	info.Metadata = o.Metadata
	return info
}

// Delete removes the object at path. A missing object is NotFound, unless
// MissingOK, and a folder InvalidPath, always. S3 alone does not tell either:
// it costs a Head, but for a raw path that may be missing, which names an
// object and nothing else, and where no ETag is asked for: MinIO deletes any.
func (s *Store) Delete(ctx context.Context, path string, o DeleteOptions) error {
	return s.run(ctx, "delete", path, func(ctx context.Context) error {
		if err := s.checkDelete(&o); err != nil {
			return err
		}
		key, err := s.key(path)
		if err != nil {
			return err
		}
		if _, flat := s.driver.(driver.Flat); flat && (!s.raw || !o.MissingOK || o.IfMatch != "") && o.VersionID == "" {
			_, err = s.head(ctx, key, HeadOptions{Conditions: Conditions{IfMatch: o.IfMatch}})
		}
		if err == nil {
			err = s.driver.Delete(ctx, key, driver.DeleteOptions{IfMatch: o.IfMatch, VersionID: o.VersionID})
		}
		if o.MissingOK && errs.CodeOf(err) == errs.NotFound {
			return nil
		}
		return err
	})
}

// Copy copies an object inside the store, with its metadata or with what
// replaces it. A copy onto itself that replaces nothing changes nothing.
func (s *Store) Copy(ctx context.Context, src, dst string, o CopyOptions) error {
	return s.transfer(ctx, "copy", src, dst, o, s.driver.Copy)
}

// Move moves an object inside the store, with its metadata. Where the backend
// cannot do it in one step, the source is deleted after it was copied.
func (s *Store) Move(ctx context.Context, src, dst string, o CopyOptions) error {
	return s.transfer(ctx, "move", src, dst, o, func(ctx context.Context, from, to string, o driver.CopyOptions) error {
		if o != (driver.CopyOptions{Mode: o.Mode}) {
			return errs.New(errs.InvalidArgument, "a move takes the present version, with what belongs to it: copy, and delete")
		}
		if tree, ok := s.driver.(driver.Tree); ok {
			return tree.Move(ctx, from, to, o.Mode)
		}
		if err := s.driver.Copy(ctx, from, to, o); err != nil {
			return err
		}
		return about(src, s.driver.Delete(ctx, from, driver.DeleteOptions{}))
	})
}

// transfer is what Copy and Move have in common.
func (s *Store) transfer(ctx context.Context, name, src, dst string, o CopyOptions,
	do func(ctx context.Context, from, to string, o driver.CopyOptions) error) error {
	return s.run(ctx, name, dst, func(ctx context.Context) error {
		options, err := s.copyOptions(o)
		if err != nil {
			return err
		}
		target := Store{backend: s.backend, root: s.root, raw: o.RawTarget}
		to, err := target.key(dst) // first: a root target outranks a missing source
		if err != nil {
			return err
		}
		from, err := s.key(src)
		if err == nil && from == to && o.Replace == nil && o.SourceVersion == "" {
			_, err = s.head(ctx, from, HeadOptions{Conditions: Conditions{IfMatch: o.SourceIfMatch}})
			return about(src, err)
		}
		if err != nil {
			return about(src, err)
		}
		err = do(ctx, from, to, options)
		if source, ok := errors.AsType[*driver.SourceError](err); ok {
			if o.SourceVersion != "" {
				return about(src, source.Err)
			}
			return about(src, s.explain(ctx, from, source.Err))
		}
		return err
	})
}

func mode(overwrite bool) driver.Mode {
	if overwrite {
		return driver.Overwrite
	}
	return driver.Create
}
