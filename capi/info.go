package main

/*
#include "libremotestore.h"
*/
import "C"

import (
	"maps"
	"slices"
	"unsafe"

	"github.com/libremotestore/libremotestore/core"
)

// checkObject is checkOut where the caller may want no record.
func checkObject(out *C.rstore_object, size C.size_t) error {
	if out == nil {
		return nil
	}
	return checkOut(out, size, "object")
}

// publishObject hands out what is known of an object, if out is not NULL.
func publishObject(out *C.rstore_object, size C.size_t, info core.Info) error {
	if out == nil {
		return nil
	}
	b := &block{}
	reserveObject(b, info)
	if err := b.allocate(); err != nil {
		return err
	}
	return handOut(b, out, size, makeObject(b, info))
}

// publishContent hands out an object with its bytes, in one block of memory.
func publishContent(out *C.rstore_object, size C.size_t, r *core.Reader) error {
	b := &block{}
	length := uintptr(r.Length)
	b.reserve(length)
	reserveObject(b, r.Info)
	if err := b.allocate(); err != nil {
		return err
	}
	data := b.add(length)
	if _, err := r.ReadInto(unsafe.Slice((*byte)(data), length)); err != nil {
		b.free()
		return err
	}
	object := makeObject(b, r.Info)
	object.data, object.data_len, object.offset = data, C.size_t(length), C.uint64_t(r.Offset)
	if r.Verified {
		object.verified = 1
	}
	return handOut(b, out, size, object)
}

// noteVerified adds to a published object that its bytes were compared with a checksum.
func noteVerified(out *C.rstore_object, size C.size_t, verified bool) {
	if out != nil && verified && uintptr(size) >= unsafe.Offsetof(out.verified)+unsafe.Sizeof(out.verified) {
		out.verified = 1
	}
}

// handOut stores an object that b holds, and b's handle in it.
func handOut(b *block, out *C.rstore_object, size C.size_t, object C.rstore_object) error {
	owner, err := b.own()
	if err != nil {
		return err
	}
	object.owner = C.rstore_handle(owner)
	return fill(out, size, "object", object)
}

func reserveObject(b *block, info core.Info) {
	reserveNames(b, &info)
	reserveRest(b, &info)
	b.reservePairs(core.NameAttributes(info.Attributes))
}

// makeObject puts the texts of info into b.
func makeObject(b *block, info core.Info) (object C.rstore_object) {
	setNames(b, &object, &info)
	setRest(b, &object, &info)
	attributes := core.NameAttributes(info.Attributes)
	object.attributes, object.attributes_count = addPairs(b, attributes), C.size_t(len(attributes))
	return object
}

// reserveNames is for what each object of a listing has.
func reserveNames(b *block, info *core.Info) {
	b.reserveBytes(info.Path)
	b.reserveBytes(cText(info.ETag))
}

// setNames sets what reserveNames is for, and what needs no text, of a record that is zero.
func setNames(b *block, object *C.rstore_object, info *core.Info) {
	object.size = C.uint64_t(info.Size)
	object.path, object.path_len = b.addBytes(info.Path) // exactly, for RSTORE_RAW
	object.etag, object.etag_len = b.addBytes(cText(info.ETag))
	switch {
	case info.Folder:
		object.kind = C.RSTORE_KIND_FOLDER
	case info.UploadID != "":
		object.kind = C.RSTORE_KIND_UPLOAD
	case info.Deleted:
		object.kind = C.RSTORE_KIND_DELETED
	default:
		object.kind = C.RSTORE_KIND_OBJECT
	}
	if info.Odd {
		object.odd = 1
	}
	if info.Latest {
		object.latest = 1
	}
	if !info.Modified.IsZero() {
		object.modified_ns = C.int64_t(info.Modified.UnixNano())
	}
}

// reserveRest is for the other texts, but those of attributes.
func reserveRest(b *block, info *core.Info) {
	b.reserveText(info.ContentType)
	b.reservePairs(info.Metadata)
	b.reserveText(info.VersionID)
	b.reserveText(info.Digest.Algorithm)
	b.reserveText(info.Digest.Hex)
	b.reserveText(info.UploadID)
}

// setRest sets what reserveRest is for.
func setRest(b *block, object *C.rstore_object, info *core.Info) {
	object.content_type, object.content_type_len = b.addText(info.ContentType)
	object.metadata, object.metadata_count = addPairs(b, info.Metadata), C.size_t(len(info.Metadata))
	object.version_id, object.version_id_len = b.addText(info.VersionID)
	object.digest_algorithm, object.digest_algorithm_len = b.addText(info.Digest.Algorithm)
	object.digest, object.digest_len = b.addText(info.Digest.Hex)
	object.upload_id, object.upload_id_len = b.addText(info.UploadID)
}

func (b *block) reservePairs(pairs map[string]string) {
	if len(pairs) == 0 {
		return
	}
	b.reserve(uintptr(len(pairs)) * unsafe.Sizeof(C.rstore_pair{}))
	for key, value := range pairs {
		b.reserveText(key)
		b.reserveText(value)
	}
}

func addPairs(b *block, metadata map[string]string) *C.rstore_pair {
	if len(metadata) == 0 {
		return nil
	}
	first := (*C.rstore_pair)(b.add(uintptr(len(metadata)) * unsafe.Sizeof(C.rstore_pair{})))
	out := unsafe.Slice(first, len(metadata))
	for i, key := range slices.Sorted(maps.Keys(metadata)) {
		var p C.rstore_pair
		p.key, p.key_len = b.addText(key)
		p.value, p.value_len = b.addText(metadata[key])
		copyOut(&out[i], p)
	}
	return first
}
