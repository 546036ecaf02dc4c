package driver

import "math/bits"

// Capabilities is a set of what a backend can do. The bits are those of the C
// ABI (RSTORE_CAN_*) and never change their meaning.
type Capabilities uint64

const (
	CanRead Capabilities = 1 << iota
	CanWrite
	CanDelete
	CanList
	CanMove
	CanCopy
	CanAtomicWrite       // a write is seen whole or not at all
	CanAtomicMove        // a move too
	CanMetadata          // size, time, ETag of an object
	CanGlob              // search by pattern
	CanSeekableRead      // reads at any position
	CanLazyRead          // an object is read while it comes, not before
	CanWriteResultNative // what a write tells is of that write, not looked up later
	CanUserMetadata      // keeps the user's metadata
	CanMultipart         // takes an object in parts, by several threads at once
	CanUpdate            // replaces or deletes just the object that has an ETag, atomically
	CanAttributes        // keeps content headers with an object
	CanTags              // keeps tags with an object
	CanVersions          // reads, lists and deletes versions of an object
	CanSign              // makes URLs that hold the right to a request
	CanACL               // lets others use an object
	CanAppend            // adds to the end of an object
)

// CapabilityNames lists the names in the order of the bits.
var CapabilityNames = [...]string{
	"read", "write", "delete", "list", "move", "copy", "atomic_write", "atomic_move", "metadata", "glob",
	"seekable_read", "lazy_read", "write_result_native", "user_metadata", "multipart",
	"update", "attributes", "tags", "versions", "sign", "acl", "append",
}

// Everything is what every backend here can do.
const Everything = CanRead | CanWrite | CanDelete | CanList | CanMove | CanCopy | CanAtomicWrite | CanMetadata |
	CanGlob | CanSeekableRead | CanLazyRead | CanWriteResultNative

// Has tells whether all of what is in c.
func (c Capabilities) Has(what Capabilities) bool { return c&what == what }

// String is the name of a single capability.
func (c Capabilities) String() string {
	if i := bits.TrailingZeros64(uint64(c)); bits.OnesCount64(uint64(c)) == 1 && i < len(CapabilityNames) {
		return CapabilityNames[i]
	}
	return "?"
}
