package driver

import "time"

// Object is what a backend knows of one object, or of one folder in a listing.
type Object struct {
	Key        string
	Folder     bool // Key is a folder, without its trailing '/'; the rest is zero
	Size       int64
	ETag       string // as the backend sends it, quotes included; "" if it has none
	Modified   time.Time
	Attributes                   // unknown in a listing, but for the storage class
	Metadata   map[string]string // the user's; nil if there is none, and in a listing
	VersionID  string
	Latest     bool // of a listing of versions: it is the present one
	Deleted    bool // of a listing of versions: it says that the object was deleted
	Digest     Digest
	UploadID   string // of an upload that is listed; Modified is when it was begun
}

// Attributes are what HTTP and S3 know of the content of an object; "" is not
// known, or not given.
type Attributes struct {
	CacheControl       string
	ContentDisposition string
	ContentEncoding    string
	ContentLanguage    string
	ContentType        string
	StorageClass       string // of S3's: "STANDARD_IA", ...
}

// Digest is a checksum of all the bytes of an object; zero if not known.
type Digest struct {
	Algorithm string // "crc64nvme", "sha256", ...
	Hex       string
}

// Version is an object, or one version of it.
type Version struct {
	Key       string
	VersionID string // "" is the present one
}
