// Package driver is what a backend implements: a small, object-shaped
// interface. What a [Store] promises on top of it (paths, folders, error
// evidence) is written once, in package core.
//
// [Store]: https://pkg.go.dev/github.com/libremotestore/libremotestore/core#Store
package driver

import (
	"context"
	"io"

	"github.com/libremotestore/libremotestore/core/errs"
)

// Driver stores objects under keys. A key is a normalised path (segments
// joined by '/', none of them empty, "." or ".."), or what a listing of this
// driver gave; one that it cannot hold is InvalidPath for a write and NotFound
// for anything else. All methods are safe for concurrent use, and every error
// is an *errs.Error. A Driver is also a [Tree] or a [Flat].
type Driver interface {
	// Name names the backend in errors: "memory", "local", "s3".
	Name() string

	// Capabilities says what the backend can do.
	Capabilities() Capabilities

	// Location says where a key is; "" is the root of the driver.
	Location(key string) Location

	// KeyOf is the key whose Location has this native path. ok is false for a
	// path outside the driver.
	KeyOf(native string) (key string, ok bool)

	// Ping finds out whether the place exists and may be used.
	Ping(ctx context.Context) error

	// Head describes the object. A hierarchical backend answers [IsFolder]
	// for a folder; for a flat one, a folder is NotFound here.
	Head(ctx context.Context, key string, o HeadOptions) (Object, error)

	// Get opens the object for reading. ctx bounds the opening only.
	Get(ctx context.Context, key string, o GetOptions) (*Reader, error)

	// Put publishes data under key, all of it or nothing.
	Put(ctx context.Context, key string, data []byte, o PutOptions) (Object, error)

	// NewWriter begins to write an object of unknown size.
	NewWriter(ctx context.Context, key string, o PutOptions) (Writer, error)

	// Delete removes the object. Whether a missing one is an error is the
	// backend's choice: the Store asks Head first.
	Delete(ctx context.Context, key string, o DeleteOptions) error

	// IsFolder tells whether key is a folder. A place that does not exist at
	// all (a bucket) is NotFound.
	IsFolder(ctx context.Context, key string) (bool, error)

	// List lists what is below a prefix, in the byte order of the keys.
	List(o ListOptions) Lister

	// Copy copies inside the backend, with what belongs to the object
	// (attributes, metadata, tags). An error about src is a [SourceError], and
	// outranks one about dst.
	Copy(ctx context.Context, src, dst string, o CopyOptions) error

	// Close releases what the driver holds. Calls in flight may fail.
	Close() error
}

// Tree is a Driver whose folders exist by themselves.
type Tree interface {
	Driver

	// DeleteFolder removes a folder: an empty one (another is
	// DirectoryNotEmpty), or with recursive all that is below it too.
	DeleteFolder(ctx context.Context, key string, recursive bool) error

	// Move renames an object, so that no reader sees it twice or not at all.
	// Its errors are those of Copy.
	Move(ctx context.Context, src, dst string, mode Mode) error
}

// Waiter is a Driver whose calls wait for others, such as a server. Of any other,
// they work on the thread of the caller and ask [Done] meanwhile.
type Waiter interface{ Waits() }

// Prompt is a Driver whose calls wait for nothing, not even for a disk.
type Prompt interface{ Prompt() }

// Budgeted is a Driver that bounds the memory that calls hold.
type Budgeted interface {
	// MemoryBudget is how many bytes, which is above 0.
	MemoryBudget() int64
}

// Flat is a Driver in which a folder is a prefix that holds keys.
type Flat interface {
	Driver

	// DeleteMany removes objects, 1000 at most, whether they exist or not. The
	// errors are those of single objects, each a [KeyError]; err is one of the
	// whole request.
	DeleteMany(ctx context.Context, objects []Version) (failed []*KeyError, err error)
}

// FromSource is a Driver that reads what it writes by itself.
type FromSource interface {
	Driver

	// PutFrom publishes the bytes of source under key, all of them or nothing.
	PutFrom(ctx context.Context, key string, source Source, o PutOptions) (Object, error)
}

// Source is bytes that can be read at any place, by any number of threads at once, such
// as those of a file. Its errors are *errs.Error.
type Source interface {
	Size() int64

	// ReadAt fills p, or it is an error: there is no io.EOF.
	ReadAt(p []byte, offset int64) (int, error)

	// Unchanged is an error if there may be others now than were read: nothing is
	// published then.
	Unchanged() error
}

// Appender is a Driver that can add to the end of an object.
type Appender interface {
	Driver

	// Append adds data to the end of the object, which it makes if there is none.
	// o is about an object that is made; its Mode is not read.
	Append(ctx context.Context, key string, data []byte, o PutOptions) (Object, error)
}

// Signer is a Driver whose objects can be reached by a URL that holds the right to it.
type Signer interface {
	Driver

	// Sign returns a URL with which everybody may send one request to the object.
	Sign(ctx context.Context, key string, o SignOptions) (string, error)
}

// Controller is a Driver that knows who may use an object.
type Controller interface {
	Driver

	// SetACL sets one of the lists of permissions that S3 has names for:
	// "private", "public-read", ...
	SetACL(ctx context.Context, key, acl string) error
}

// Multiparter is a Driver that can take an object in parts, by any number of
// threads at once.
type Multiparter interface {
	Driver

	// NewUpload begins an upload.
	NewUpload(ctx context.Context, key string, o PutOptions) (Upload, error)

	// Uploads lists the uploads below a prefix that were begun and neither
	// completed nor aborted, as Objects with an UploadID.
	Uploads(o ListOptions) Lister

	// AbortUpload aborts such an upload; a missing one is NotFound.
	AbortUpload(ctx context.Context, key, uploadID string) error
}

// Reader is an object opened for reading.
type Reader struct {
	Object Object // Size is that of the whole object
	Offset int64  // of the first byte in the object
	Length int64  // bytes that Body yields
	Body   Body
}

// Body is bytes of an object. It serves one call at a time.
type Body interface {
	// Read is that of [io.Reader], within ctx. After an error, io.EOF or another,
	// nothing but Close may follow.
	Read(ctx context.Context, p []byte) (int, error)
	Close() error
}

// AtHand is a Body of bytes that nobody has to wait for.
func AtHand(bytes io.Reader) Body { return atHand{bytes} }

type atHand struct{ bytes io.Reader }

func (b atHand) Read(_ context.Context, p []byte) (int, error) { return b.bytes.Read(p) }
func (b atHand) Close() error                                  { return nil }

// Reading is a body as an [io.Reader], within ctx.
func Reading(ctx context.Context, body Body) io.Reader { return reading{ctx, body} }

type reading struct {
	ctx  context.Context
	body Body
}

func (r reading) Read(p []byte) (int, error) { return r.body.Read(r.ctx, p) }

// ReadFull is [io.ReadFull], but it keeps the error that comes with the last bytes
// where a checksum does not hold. The bytes are noted as [Transferred].
func ReadFull(ctx context.Context, body Body, p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		m := 0
		m, err = body.Read(ctx, p[n:])
		n += m
		Transferred(ctx, int64(m))
	}
	if n == len(p) && errs.CodeOf(err) != errs.Corrupt {
		err = nil
	}
	return n, err
}

// Writer writes one object. It serves one call at a time, and after an error
// nothing but Abort, which comes then.
type Writer interface {
	// Write takes the next bytes, and does not keep p.
	Write(ctx context.Context, p []byte) error

	// Commit publishes the object.
	Commit(ctx context.Context) (Object, error)

	// Abort leaves no trace, also when ctx is over. It may come again.
	Abort(ctx context.Context) error
}

// Buffered is a Writer of a [Waiter] that keeps bytes.
type Buffered interface {
	// Room is how many bytes the next Write may take without a wait.
	Room() int
}

// Upload is an object that is being taken in parts. It serves any number of
// calls to Part at once.
type Upload interface {
	ID() string

	// Part takes the bytes of the part with this number, from 1. A part that
	// comes again replaces the earlier one.
	Part(ctx context.Context, number int, data []byte) error

	// Commit publishes the object: the parts in the order of their numbers.
	Commit(ctx context.Context) (Object, error)

	// Abort leaves no trace, also when ctx is over. It may come again.
	Abort(ctx context.Context) error
}

// Lister walks through a listing. It serves one call at a time.
type Lister interface {
	// Next returns the next page, which is never empty, or io.EOF. The page is
	// there up to the next call, which may use its memory. A folder that does not exist is an empty listing; a place that does not exist
	// at all (a bucket) is NotFound.
	Next(ctx context.Context) ([]Object, error)
}

// Location says where a key is.
type Location struct {
	Path     string // as people write it: "bucket/prefix/key", "/folder/file"
	Bucket   string // "" if the backend has none
	Key      string // in the bucket
	Endpoint string // URL; "" if the backend has none
	Root     string // the folder of a local backend; else ""
}
