package core

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/core/internal/safego"
)

// FolderInfo sums up the objects in a folder.
type FolderInfo struct {
	Files    int64
	Size     int64     // bytes
	Modified time.Time // the latest; zero if there are none
}

// FolderInfoOptions says how deep FolderInfo goes.
type FolderInfoOptions struct {
	MaxDepth *int // as in [ListOptions]; nil is all levels
}

// FolderInfo sums up the objects below the folder at path. That of the root is
// never missing.
func (s *Store) FolderInfo(ctx context.Context, path string, o FolderInfoOptions) (info FolderInfo, err error) {
	err = s.run(ctx, "folder_info", path, func(ctx context.Context) error {
		levels, err := levels(true, o.MaxDepth)
		if err != nil {
			return err
		}
		key, err := s.folder(path)
		if err != nil {
			return err
		}
		err = eachPage(ctx, s.driver.List(driver.ListOptions{Prefix: driver.AsPrefix(key), Levels: levels}),
			func(page []driver.Object) error {
				for _, object := range page {
					info.Files++
					info.Size += object.Size
					if object.Modified.After(info.Modified) {
						info.Modified = object.Modified
					}
				}
				return nil
			})
		switch {
		case s.isRoot(path) && isMissing(err):
			return nil
		case err != nil || info.Files > 0 || s.isRoot(path):
			return err
		}
		folder, err := s.driver.IsFolder(ctx, key)
		if err != nil || folder {
			return err
		}
		return s.noFolder(ctx, key)
	})
	return info, err
}

// noFolder finds out whether there is an object where no folder is.
func (s *Store) noFolder(ctx context.Context, key string) error {
	_, err := s.driver.Head(ctx, key, HeadOptions{})
	switch errs.CodeOf(err) {
	case errs.OK:
		return driver.NoFolder()
	case errs.NotFound:
		return driver.MissingFolder()
	}
	return err
}

// DeleteFolderOptions says how DeleteFolder deletes.
type DeleteFolderOptions struct {
	Recursive bool // with all that is below; else only an empty folder
	MissingOK bool // a missing folder is no error
}

// DeleteFolder removes the folder at path. One that is not empty is
// DirectoryNotEmpty, unless Recursive; a missing one NotFound, unless
// MissingOK; an object and the root are InvalidPath, always.
func (s *Store) DeleteFolder(ctx context.Context, path string, o DeleteFolderOptions) error {
	return s.run(ctx, "delete_folder", path, func(ctx context.Context) error {
		key, err := s.key(path)
		if err != nil {
			return err
		}
		switch d := s.driver.(type) {
		case driver.Tree:
			err = d.DeleteFolder(ctx, key, o.Recursive)
		case driver.Flat:
			err = s.deletePrefix(ctx, d, key, o.Recursive)
		}
		if o.MissingOK && isMissing(err) {
			return nil
		}
		if one, ok := errors.AsType[*driver.KeyError](err); ok {
			return about(s.path(one.Key), err)
		}
		return err
	})
}

// deletePrefix deletes a folder that is a prefix. The objects that mark the
// folder are what it is made of, not what is in it.
func (s *Store) deletePrefix(ctx context.Context, d driver.Flat, key string, recursive bool) error {
	prefix := driver.AsPrefix(key)
	list := driver.ListOptions{Prefix: prefix, Markers: true}
	if !recursive {
		list.PageSize = 2 // the marker, and one object to refuse for
	}
	found, deletes := false, safego.NewGroup(deletesInFlight)
	err := eachPage(ctx, d.List(list), func(page []driver.Object) error {
		found = true
		objects := make([]driver.Version, len(page))
		for i, o := range page {
			objects[i].Key = o.Key
			if !recursive && o.Key != prefix {
				return driver.NotEmpty()
			}
		}
		return deletes.Go(ctx, func() error { return deletePage(ctx, d, objects) }) // while the next page comes
	})
	// Not for ctx: what is on its way looks at it itself, and must not outlive the call.
	err = cmp.Or(deletes.Wait(context.WithoutCancel(ctx)), err)
	if err != nil || found {
		return err
	}
	return s.noFolder(ctx, key)
}

func deletePage(ctx context.Context, d driver.Flat, objects []driver.Version) error {
	failed, err := d.DeleteMany(ctx, objects)
	if err == nil && len(failed) > 0 {
		first := failed[0]
		if e, ok := errors.AsType[*errs.Error](first.Err); ok && len(failed) > 1 {
			e.Message = fmt.Sprintf("%d of %d objects were not deleted, this one because: %s", len(failed), len(objects), e.Message)
		}
		return first
	}
	return err
}

// eachPage runs do with every page of a listing, up to an error.
func eachPage(ctx context.Context, pages driver.Lister, do func([]driver.Object) error) error {
	for started := false; ; started = true {
		page, err := pages.Next(ctx)
		switch {
		case err == io.EOF:
			return nil
		case err != nil && started:
			return &cutShort{err}
		case err == nil:
			err = do(page)
		}
		if err != nil {
			return err
		}
	}
}

// cutShort is an error that ended a listing which had begun: whatever it is,
// there was something.
type cutShort struct{ err error }

func (e *cutShort) Error() string { return e.err.Error() }
func (e *cutShort) Unwrap() error { return e.err }

// isMissing tells whether there is nothing, and that is all.
func isMissing(err error) bool {
	_, begun := errors.AsType[*cutShort](err)
	return errs.CodeOf(err) == errs.NotFound && !begun
}

// isRoot tells whether a path is one of the two names of the root, of which a
// raw path has only one.
func (s *Store) isRoot(path string) bool { return path == "" || path == "." && !s.raw }

// levels is how many levels of a folder a listing shows; 0 is all.
func levels(recursive bool, maxDepth *int) (int, error) {
	switch {
	case maxDepth == nil && recursive:
		return 0, nil
	case maxDepth == nil:
		return 1, nil
	case *maxDepth == math.MaxInt:
		return 0, nil
	case *maxDepth < 0:
		return 0, errs.New(errs.InvalidArgument, "max_depth is %d, but must be 0 (what is in the folder itself) or more", *maxDepth)
	}
	return *maxDepth + 1, nil
}
