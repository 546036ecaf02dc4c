// Package core is the object-storage engine: stores over the backends memory,
// local and S3, with one behaviour and one error type.
//
//	store, err := core.Open("s3://bucket/prefix", nil)
//	info, err := store.Put(ctx, "a/b.txt", data, core.PutOptions{})
//	reader, err := store.Get(ctx, "a/b.txt", core.GetOptions{})
package core

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/core/internal/safego"
)

// Version is the release, as in the header's RSTORE_VERSION.
const Version = "0.6.0"

// Store is a view on a backend below a root folder. Paths are relative to
// that root and normalised by [CleanPath]; every error is an *errs.Error with
// the path that the caller gave. A Store is safe for concurrent use.
type Store struct {
	*backend
	root    string // "" or a clean path
	raw     bool   // paths are taken as they are
	derived bool   // made from another Store, which closes the backend
}

// backend is shared by a Store and those that were made from it.
type backend struct {
	driver driver.Driver
	waits  bool // for a server
	closed atomic.Bool
}

func newStore(d driver.Driver, root string) *Store {
	_, waits := d.(driver.Waiter)
	return &Store{backend: &backend{driver: d, waits: waits}, root: root}
}

// Info describes an object, or a folder in a listing.
type Info struct {
	Path       string // relative to the store
	Folder     bool
	Odd        bool   // Path is not in normal form: see [Store.Raw]
	Size       int64  // bytes
	ETag       string // as the backend sends it, quotes included
	Modified   time.Time
	Attributes                   // unknown in a listing, but for the storage class
	Metadata   map[string]string // the user's; nil if there is none, and in a listing
	VersionID  string            // "" if the bucket keeps no versions
	Latest     bool              // in a listing of versions: it is the present one
	Deleted    bool              // in a listing of versions: it says that the object was deleted
	Digest     Digest            // zero if unknown; always unknown in a listing
	UploadID   string            // in [Store.Uploads]
}

// Digest is a checksum of all the bytes of an object.
type Digest = driver.Digest

// Kind tells objects from folders.
type Kind int

const (
	AnyKind Kind = iota
	Object
	Folder
)

// Child is the store of a folder in this one: its paths are relative to it.
// It lives on the same backend, and its Close does nothing.
func (s *Store) Child(path string) (*Store, error) {
	var child *Store
	err := s.run(context.Background(), "child", path, func(context.Context) error {
		key, err := s.key(path)
		child = &Store{backend: s.backend, root: key, derived: true}
		return err
	})
	if err != nil {
		return nil, err
	}
	return child, nil
}

// Raw is this store for paths in the form in which a listing gave them: they
// are taken as they are, not normalised. Only so can an object be named whose
// key no path can say, such as "a//b" (its Info is Odd). Of a copy or a move,
// this is about the source. Close of the result does nothing.
func (s *Store) Raw() *Store {
	return &Store{backend: s.backend, root: s.root, raw: true, derived: true}
}

// Close is [Store.Shutdown] for a store that was opened, and nothing for one
// that was made from it.
func (s *Store) Close() error {
	if s.derived {
		return nil
	}
	return s.Shutdown()
}

// Shutdown releases the backend, for all stores on it: every later call is
// Closed, but [Store.Capabilities], [Store.NativePath], [Store.ToKey] and
// [Store.Resolve].
func (s *Store) Shutdown() error {
	if s.closed.Swap(true) {
		return nil
	}
	return s.runClosed(context.Background(), "close", "", func(context.Context) error { return s.driver.Close() })
}

// Capabilities says what the backend can do.
func (s *Store) Capabilities() Capabilities { return s.driver.Capabilities() }

// Capabilities is a set of what a backend can do.
type Capabilities = driver.Capabilities

// Ping finds out whether the place of the store exists and may be used.
func (s *Store) Ping(ctx context.Context) error {
	return s.run(ctx, "ping", "", s.driver.Ping)
}

// key is the driver's key of an object.
func (s *Store) key(path string) (string, error) {
	if !s.raw {
		clean, err := CleanPath(path)
		return driver.Join(s.root, clean), err
	}
	switch {
	case path == "":
		return "", errRoot()
	case strings.IndexByte(path, 0) >= 0:
		return "", errNUL()
	}
	return driver.Join(s.root, path), nil
}

// checkText refuses what no path of the store can begin with.
func (s *Store) checkText(text string) error {
	switch {
	case strings.IndexByte(text, 0) >= 0:
		return errNUL()
	case !s.raw && !utf8.ValidString(text):
		return errNotUTF8()
	}
	return nil
}

// folder is the driver's key of a folder.
func (s *Store) folder(path string) (string, error) {
	if s.isRoot(path) {
		return s.root, nil
	}
	return s.key(path)
}

func (s *Store) info(o driver.Object) (info Info) {
	s.describe(&info, &o)
	return info
}

// describe is info without a copy of the records, for listings.
func (s *Store) describe(info *Info, o *driver.Object) {
	path := s.path(o.Key)
	*info = Info{
		Path:       path,
		Folder:     o.Folder,
		Odd:        !isClean(path),
		Size:       o.Size,
		ETag:       o.ETag,
		Modified:   o.Modified,
		Attributes: o.Attributes,
		Metadata:   o.Metadata,
		VersionID:  o.VersionID,
		Latest:     o.Latest,
		Deleted:    o.Deleted,
		Digest:     o.Digest,
		UploadID:   o.UploadID,
	}
}

// path is a driver's key as a path of the store.
func (s *Store) path(key string) string {
	path, _ := driver.Below(s.root, key)
	return path
}

// run runs an operation. If that waits for others, it is carried out apart from its
// caller, who waits once, and interruptibly.
func (s *Store) run(ctx context.Context, name, path string, do func(context.Context) error) error {
	return s.runClosed(ctx, name, path, s.whenOpen(do))
}

// runHere is run for what does no more than ask the driver once, or twice: for Head,
// Get, Put, IsFolder, a part of an upload, a page of a listing, and what is read of a body, each driver
// waits as it can, perhaps on the thread of the caller.
func (s *Store) runHere(ctx context.Context, name, path string, do func(context.Context) error) error {
	return s.noted(ctx, name, path, s.whenOpen(do))
}

// whenOpen is do, if it may begin.
func (s *Store) whenOpen(do func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		if err := s.ready(ctx); err != nil {
			return err
		}
		return do(ctx)
	}
}

// ready tells whether an operation may begin.
func (s *Store) ready(ctx context.Context) error {
	if s.closed.Load() {
		return errs.New(errs.Closed, "the store is closed")
	}
	return driver.Done(ctx)
}

// runClosed is run for what works on a closed store too.
func (s *Store) runClosed(ctx context.Context, name, path string, do func(context.Context) error) error {
	return s.noted(ctx, name, path, func(ctx context.Context) error {
		if s.waits {
			return safego.Apart(ctx, do)
		}
		return do(ctx)
	})
}

// noted runs an operation while the driver may ask who calls for credentials. Its
// requests are counted, and an error is completed with what only the Store knows:
// once, at the top.
func (s *Store) noted(ctx context.Context, name, path string, do func(context.Context) error) error {
	ctx, requests := driver.CountRequests(ctx)
	err := s.attended(ctx, do)
	if err == nil {
		return nil
	}
	e := s.complete(name, path, err)
	e.Attempts = int(requests.Load())
	return e
}

// complete is err with what only the Store knows.
func (s *Store) complete(name, path string, err error) *errs.Error {
	if p, ok := errors.AsType[*pathError](err); ok {
		path = p.path
	}
	var e errs.Error // a copy: the original may belong to several calls
	if known, ok := errors.AsType[*errs.Error](err); ok {
		e = *known
	} else {
		e = *errs.Wrap(err, errs.Unknown, "%s", err)
	}
	if key := driver.Blocker(err); key != "" {
		e.Message = fmt.Sprintf("%q is an object, so nothing can be written below it", s.path(key))
	}
	if e.Code == errs.NotSupported && e.Capability == "" {
		e.Capability = name
	}
	e.Op, e.Path, e.Backend = name, strings.ToValidUTF8(path, "\uFFFD"), s.driver.Name()
	return &e
}

// pathError is an error that is about another path than that of the operation.
type pathError struct {
	path string
	err  error
}

func (e *pathError) Error() string { return e.err.Error() }
func (e *pathError) Unwrap() error { return e.err }

// about makes err one about path; nil stays nil.
func about(path string, err error) error {
	if err == nil {
		return nil
	}
	return &pathError{path, err}
}
