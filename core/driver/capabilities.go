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
)

// CapabilityNames lists the names in the order of the bits.
var CapabilityNames = [...]string{
	"read", "write", "delete", "list", "move", "copy", "atomic_write", "atomic_move", "metadata", "glob",
	"seekable_read", "lazy_read", "write_result_native", "user_metadata", "multipart",
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
