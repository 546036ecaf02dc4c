// Package driver is what a backend implements: a small, object-shaped
// interface. What a [Store] promises on top of it (paths, folders, error
// evidence) is written once, in package core.
//
// [Store]: https://pkg.go.dev/github.com/libremotestore/libremotestore/core#Store
package driver

import (
	"context"
	"io"
	"time"
)

// Driver stores objects under keys. A key is a normalised path: segments
// joined by '/', none of them empty, "." or "..". All methods are safe for
// concurrent use, and every error is an *errs.Error.
type Driver interface {
	// Name names the backend in errors: "memory", "local", "s3".
	Name() string

	// Head describes the object. A hierarchical backend answers InvalidPath
	// for a folder; for a flat one, a folder is NotFound here.
	Head(ctx context.Context, key string) (Object, error)

	// Get opens the object for reading. A range that starts at or behind the
	// end is RangeNotSatisfiable; one that ends behind it is cut there.
	Get(ctx context.Context, key string, r Range) (*Reader, error)

	// Put publishes data under key, all of it or nothing. In mode [Create]
	// an existing object is AlreadyExists and stays as it was, whoever else
	// writes at the same time.
	Put(ctx context.Context, key string, data []byte, mode Mode) (Object, error)

	// Delete removes the object. Whether a missing one is an error is the
	// backend's choice: the Store asks Head first.
	Delete(ctx context.Context, key string) error

	// List lists what is below a prefix, in the byte order of the keys.
	List(o ListOptions) Lister

	// Copy copies inside the backend, with what belongs to the object
	// (content headers, metadata, tags). The mode is about dst, as for Put.
	// An error about src is a [SourceError], and outranks one about dst.
	Copy(ctx context.Context, src, dst string, mode Mode) error

	// Close releases what the driver holds. No call is in flight or follows.
	Close() error
}

// Object is what a backend knows of one object, or of one folder in a listing.
type Object struct {
	Key         string
	Folder      bool // Key is a folder, without its trailing '/'; the rest is zero
	Size        int64
	ETag        string // as the backend sends it, quotes included; "" if it has none
	Modified    time.Time
	ContentType string // "" if unknown, as always in a listing
}

// Range is a part of an object. The zero value is the whole of it.
type Range struct {
	Offset int64 // first byte
	Length int64 // number of bytes; 0 is all up to the end
}

// Whole tells whether r asks for the whole object.
func (r Range) Whole() bool { return r == Range{} }

// Reader is an object opened for reading.
type Reader struct {
	Object Object // Size is that of the whole object
	Length int64  // bytes that Body yields
	Body   io.ReadCloser
}

// Mode says what a write does to an object that is there already.
type Mode int

const (
	Create    Mode = iota // refuse: AlreadyExists
	Overwrite             // replace it
)

// ListOptions says what to list.
type ListOptions struct {
	Prefix    string // "" or a folder's key with a trailing '/'
	Recursive bool   // every object below the prefix; else one level, with folders
	PageSize  int    // entries in a page at most; 0 is 1000, which is also S3's most
}

// Lister walks through a listing. It serves one call at a time.
type Lister interface {
	// Next returns the next page, which is never empty, or io.EOF. A folder
	// that does not exist is an empty listing; a place that does not exist
	// at all (a bucket) is NotFound.
	Next(ctx context.Context) ([]Object, error)
}
