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
	"io"
	"strings"
	"time"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

// Version is the release, as in the header's RSTORE_VERSION.
const Version = "0.1.0"

// Store is a view on a backend below a root prefix. Paths are relative to
// that root and normalised by [CleanPath]; every error is an *errs.Error with
// the path that the caller gave. A Store is safe for concurrent use.
type Store struct {
	driver driver.Driver
	root   string // "" or a clean path
}

// Info describes an object, or a folder in a listing.
type Info struct {
	Path        string // relative to the store
	Folder      bool
	Odd         bool   // in a listing: Path is not in normal form, so no call can name it
	Size        int64  // bytes
	ETag        string // as the backend sends it, quotes included
	Modified    time.Time
	ContentType string // "" if unknown; always unknown in a listing
}

// GetOptions selects what Get reads; the zero value is the whole object.
type GetOptions struct {
	Offset int64 // first byte
	Length int64 // number of bytes; 0 is all up to the end
}

// PutOptions says how Put writes.
type PutOptions struct {
	Overwrite bool // replace an object that exists; else AlreadyExists
}

// CopyOptions says how Copy writes.
type CopyOptions struct {
	Overwrite bool // replace an object that exists; else AlreadyExists
}

// ListOptions says what List lists.
type ListOptions struct {
	Recursive bool // every object below the folder; else one level, with folders
	PageSize  int  // entries in a page at most, 1 to 1000; 0 is 1000
}

// Close releases the backend. No other call may be in flight or follow.
func (s *Store) Close() error {
	_, op := s.begin(context.Background(), "close", "")
	return op.fail(s.driver.Close())
}

// Head describes the object at path.
func (s *Store) Head(ctx context.Context, path string) (Info, error) {
	ctx, op := s.begin(ctx, "head", path)
	o, err := s.head(ctx, path)
	return s.info(o), op.fail(err)
}

func (s *Store) head(ctx context.Context, path string) (driver.Object, error) {
	key, err := s.key(path)
	if err != nil {
		return driver.Object{}, err
	}
	o, err := s.driver.Head(ctx, key)
	return o, s.explain(ctx, key, err)
}

// Get opens the object at path, or a range of it. A range that starts at or
// behind the end is RangeNotSatisfiable; one that ends behind it is cut there.
// The caller closes the Reader.
func (s *Store) Get(ctx context.Context, path string, o GetOptions) (*Reader, error) {
	ctx, op := s.begin(ctx, "get", path)
	r, err := s.get(ctx, path, o)
	if err != nil {
		return nil, op.fail(err)
	}
	return &Reader{Info: s.info(r.Object), Length: r.Length, body: r.Body, op: op}, nil
}

func (s *Store) get(ctx context.Context, path string, o GetOptions) (*driver.Reader, error) {
	if o.Offset < 0 {
		return nil, errs.New(errs.InvalidArgument, "offset is %d, but must be 0 or more", o.Offset)
	}
	if o.Length < 0 {
		return nil, errs.New(errs.InvalidArgument, "length is %d, but must be 0 (up to the end) or more", o.Length)
	}
	key, err := s.key(path)
	if err != nil {
		return nil, err
	}
	r, err := s.driver.Get(ctx, key, driver.Range(o))
	return r, s.explain(ctx, key, err)
}

// Put publishes data at path, all of it or nothing.
func (s *Store) Put(ctx context.Context, path string, data []byte, o PutOptions) (Info, error) {
	ctx, op := s.begin(ctx, "put", path)
	key, err := s.key(path)
	if err != nil {
		return Info{}, op.fail(err)
	}
	object, err := s.driver.Put(ctx, key, data, mode(o.Overwrite))
	return s.info(object), op.fail(err)
}

// Delete removes the object at path. A missing object is NotFound and a
// folder InvalidPath, which S3 alone does not tell: it costs a Head.
func (s *Store) Delete(ctx context.Context, path string) error {
	ctx, op := s.begin(ctx, "delete", path)
	o, err := s.head(ctx, path)
	if err == nil {
		err = s.driver.Delete(ctx, o.Key)
	}
	return op.fail(err)
}

// Copy copies an object inside the store, with its metadata. A copy onto
// itself changes nothing.
func (s *Store) Copy(ctx context.Context, src, dst string, o CopyOptions) error {
	ctx, op := s.begin(ctx, "copy", dst)
	to, err := s.key(dst) // first: a root destination outranks a missing source
	if err != nil {
		return op.fail(err)
	}
	from, err := s.key(src)
	if err == nil && from == to {
		_, err = s.head(ctx, src)
		return op.about(src).fail(err)
	}
	if err == nil {
		err = s.driver.Copy(ctx, from, to, mode(o.Overwrite))
		e, ok := errors.AsType[*driver.SourceError](err)
		if !ok {
			return op.fail(err)
		}
		err = s.explain(ctx, from, e.Err)
	}
	return op.about(src).fail(err)
}

// List lists the folder at path ("" or "." is the root). Nothing is requested
// before the first page.
func (s *Store) List(path string, o ListOptions) (*Lister, error) {
	_, op := s.begin(context.Background(), "list", path)
	if o.PageSize < 0 || o.PageSize > 1000 {
		return nil, op.fail(errs.New(errs.InvalidArgument,
			"page size is %d, but must be 1 to 1000, or 0 for 1000", o.PageSize))
	}
	folder, err := cleanFolder(path)
	if err != nil {
		return nil, op.fail(err)
	}
	prefix := driver.Join(s.root, folder)
	if folder == "" {
		prefix = s.root
	}
	pages := s.driver.List(driver.ListOptions{
		Prefix:    asPrefix(prefix),
		Recursive: o.Recursive,
		PageSize:  o.PageSize,
	})
	return &Lister{store: s, path: path, pages: pages}, nil
}

// Lister walks through a listing. It serves one call at a time.
type Lister struct {
	store   *Store
	path    string
	pages   driver.Lister
	started bool
}

// Next returns the next page, in the byte order of the paths and never empty,
// or io.EOF. A folder that does not exist, or a bucket, is an empty listing.
func (l *Lister) Next(ctx context.Context) ([]Info, error) {
	ctx, op := l.store.begin(ctx, "list", l.path)
	page, err := l.pages.Next(ctx)
	if err == io.EOF {
		return nil, io.EOF
	}
	if !l.started && errs.CodeOf(err) == errs.NotFound {
		return nil, io.EOF // a bucket that vanishes later is an error, not an end
	}
	if err != nil {
		return nil, op.fail(err)
	}
	l.started = true
	infos := make([]Info, len(page))
	for i, o := range page {
		infos[i] = l.store.info(o)
		clean, err := CleanPath(infos[i].Path)
		infos[i].Odd = err != nil || clean != infos[i].Path
	}
	return infos, nil
}

// key is the driver's key of an object.
func (s *Store) key(path string) (string, error) {
	clean, err := CleanPath(path)
	if err != nil {
		return "", err
	}
	return driver.Join(s.root, clean), nil
}

func (s *Store) info(o driver.Object) Info {
	path := o.Key
	if s.root != "" {
		path = strings.TrimPrefix(path, s.root+"/")
	}
	return Info{
		Path:        path,
		Folder:      o.Folder,
		Size:        o.Size,
		ETag:        o.ETag,
		Modified:    o.Modified,
		ContentType: o.ContentType,
	}
}

// explain finds out why there is no object under key: a flat backend says
// NotFound for a folder too, and S3's answer to a HEAD has no body that names
// a missing bucket or a rejected key. It costs one request, only in that case.
func (s *Store) explain(ctx context.Context, key string, err error) error {
	if errs.CodeOf(err) != errs.NotFound {
		return err
	}
	below := s.driver.List(driver.ListOptions{Prefix: asPrefix(key), Recursive: true, PageSize: 1})
	_, why := below.Next(ctx)
	switch errs.CodeOf(why) {
	case errs.OK:
		return driver.IsFolder()
	case errs.NotFound, errs.Unauthenticated, errs.InvalidOption, errs.Deadline, errs.Cancelled:
		return why
	}
	return err // the probe was refused or failed: what is known stays
}

// operation is what an error tells about the call that failed.
type operation struct {
	name     string
	path     string
	backend  string
	requests *driver.Requests
}

// begin starts an operation; the backend counts its requests in the context.
func (s *Store) begin(ctx context.Context, name, path string) (context.Context, operation) {
	ctx, requests := driver.CountRequests(ctx)
	return ctx, operation{name, path, s.driver.Name(), requests}
}

// about is the same operation where an error is about another path.
func (op operation) about(path string) operation {
	op.path = path
	return op
}

// fail completes an error with what only the Store knows: once, at the top.
func (op operation) fail(err error) error {
	if err == nil {
		return nil
	}
	e, ok := errors.AsType[*errs.Error](err)
	if !ok {
		e = errs.Wrap(err, errs.Unknown, "%s", err)
	}
	if e.Code == errs.NotSupported && e.Capability == "" {
		e.Capability = op.name
	}
	e.Op, e.Path, e.Backend = op.name, strings.ToValidUTF8(op.path, "\uFFFD"), op.backend
	e.Attempts = op.requests.Sent
	return e
}

func asPrefix(key string) string {
	if key == "" {
		return ""
	}
	return key + "/"
}

func mode(overwrite bool) driver.Mode {
	if overwrite {
		return driver.Overwrite
	}
	return driver.Create
}
