package driver

import "time"

// Range is a part of an object. The zero value is the whole of it.
type Range struct {
	Offset int64 // first byte
	Length int64 // number of bytes; 0 is all up to the end
	Suffix int64 // the last so many bytes, if not 0: then the rest is
}

// Whole tells whether r asks for the whole object.
func (r Range) Whole() bool { return r == Range{} }

// Conditions are those of a read (RFC 9110, section 13.1). All that are given
// must hold; where an ETag and a time are about the same, the ETag counts.
type Conditions struct {
	// IfMatch is the ETag that the object must have, several with commas, or
	// "*" for any; else the read is PreconditionFailed.
	IfMatch string
	// IfNoneMatch is the same, of which the object must have none; else the read
	// is NotModified.
	IfNoneMatch       string
	IfModifiedSince   time.Time // else NotModified; whole seconds count
	IfUnmodifiedSince time.Time // else PreconditionFailed
}

// HeadOptions says what to describe.
type HeadOptions struct {
	Conditions
	VersionID string // "" is the present version
}

// GetOptions says what to read.
type GetOptions struct {
	// Range that starts at or behind the end is RangeNotSatisfiable; one that
	// ends behind it is cut there.
	Range Range
	Conditions
	VersionID string // "" is the present version
	// Verify wants the checksum of the object, if the backend keeps one, and
	// the bytes of a whole read compared with it.
	Verify bool
}

// PutOptions says how to write.
type PutOptions struct {
	Mode     Mode
	IfMatch  string // of Update: the ETag of what is replaced
	Metadata map[string]string
	Attributes
	Tags map[string]string
	ACL  string // see [Controller]; "" is the default of the bucket
}

// Mode says what a write does to an object that is there already.
type Mode int

const (
	// Create refuses: AlreadyExists. The object stays as it was, whoever else
	// writes at the same time.
	Create    Mode = iota
	Overwrite      // replaces it
	Update         // replaces just what IfMatch says; else, or if there is nothing, PreconditionFailed
)

// CopyOptions says how to copy.
type CopyOptions struct {
	Mode Mode // about the target: Create or Overwrite
	// SourceVersion and SourceIfMatch are about what is copied; "" is the
	// present version, of any ETag.
	SourceVersion string
	SourceIfMatch string
	// Replace, if not nil, is what belongs to the target, instead of what
	// belongs to the source. Its Mode and IfMatch are not read.
	Replace *PutOptions
}

// DeleteOptions says what to delete.
type DeleteOptions struct {
	IfMatch   string // the ETag that the object must have; else PreconditionFailed
	VersionID string // for good; "" hides the object, in a bucket that keeps versions
}

// ListOptions says what to list.
type ListOptions struct {
	Prefix   string // of the keys. Its folder is all of it up to the last '/'
	Levels   int    // how many levels below the folder of the prefix; 0 is all
	Folders  bool   // the folders too
	Markers  bool   // the objects with a trailing '/' too, that mark a folder
	Versions bool   // every version of an object, the latest first
	// After is where the listing goes on: behind the object with this key, behind
	// the folder whose key this is with a '/', or behind a key that there is not.
	After string
	// AfterVersion is the version of After that the listing goes on behind; ""
	// is behind all of them.
	AfterVersion string
	PageSize     int // entries in a page at most; 0 is 1000, which is also S3's most
}

// SignOptions says which request a URL is for.
type SignOptions struct {
	Method  string // "GET", "PUT", "HEAD", "DELETE", "POST", ...
	Expires time.Duration
	// Attributes of GET and HEAD are those that the answer shall have; of PUT,
	// those that the request has to have.
	Attributes
	VersionID string
}
