package fastlane

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strconv"
	"time"
	"unicode/utf8"
)

// Page is one answer to ListObjectsV2. It is used again from answer to answer.
type Page struct {
	Named     bool     // it has the name of a bucket: an answer of S3
	Truncated bool     // the listing goes on
	Next      string   // the token by which it goes on; "" is none
	Entries   []Entry  // the objects, in the order of the answer
	Prefixes  []string // the common prefixes, in the order of the answer

	scan    scanner
	objects []object // of Entries, where their texts are
	folders []span   // of Prefixes
}

// Entry is an object of a page; what the answer does not say is zero. Its strings
// are parts of one that is made for the page: they live on when the page is used
// again, and keep all of the page's texts as long as one of them is kept.
type Entry struct {
	Key          string
	Size         int64
	ETag         string
	Modified     time.Time
	StorageClass string
}

// ErrListing is an answer that is not well-formed, or written as no server that
// is known writes it. The SDK may be able to read it.
var ErrListing = errors.New("the answer is no listing, or none that the fast lane reads")

// What is read of an answer, by its place in these names.
var (
	pageFields   = []string{"Contents", "CommonPrefixes", "Name", "EncodingType", "IsTruncated", "NextContinuationToken"}
	objectFields = []string{"Key", "LastModified", "ETag", "Size", "StorageClass"}
	folderFields = []string{"Prefix"}
)

const (
	fieldContents = iota
	fieldCommonPrefixes
	fieldName
	fieldEncodingType
	fieldIsTruncated
	fieldNextContinuationToken
)

const (
	fieldKey = iota
	fieldLastModified
	fieldETag
	fieldSize
	fieldStorageClass
)

type object struct{ key, etag, class span }

// Parse reads an answer, of which it keeps nothing. Keys and prefixes are decoded.
// After an error, which is ErrListing, the page is empty: the answer is never
// read in part, or otherwise than the SDK reads it.
func (p *Page) Parse(answer []byte) error {
	p.reset()
	p.scan.in = answer
	if utf8.Valid(answer) {
		p.read()
	} else {
		p.scan.fail()
	}
	p.scan.in = nil
	if p.scan.bad {
		p.reset()
		return ErrListing
	}
	return nil
}

// reset lets go of the strings of the last answer, and keeps the memory.
func (p *Page) reset() {
	clear(p.Entries)
	clear(p.Prefixes)
	*p = Page{
		Entries:  p.Entries[:0],
		Prefixes: p.Prefixes[:0],
		scan:     scanner{texts: p.scan.texts[:0]},
		objects:  p.objects[:0],
		folders:  p.folders[:0],
	}
}

func (p *Page) read() {
	s := &p.scan
	s.declaration()
	s.misc()
	root := s.tag()
	if string(root.name) != "ListBucketResult" {
		s.fail()
	}
	var seen uint
	var next span
	encoded := false
	for {
		field, t := s.field(root, pageFields, &seen)
		if field < 0 {
			break
		}
		switch field {
		case fieldContents:
			seen &^= 1 << field
			p.object(t)
		case fieldCommonPrefixes:
			seen &^= 1 << field
			p.folder(t)
		case fieldName:
			s.fleeting(t)
			p.Named = true
		case fieldEncodingType:
			encoded = s.either(t, "", "url")
		case fieldIsTruncated:
			p.Truncated = s.either(t, "false", "true")
		case fieldNextContinuationToken:
			next = s.value(t)
		}
	}
	s.misc()
	if len(s.in) > 0 {
		s.fail()
	}
	if encoded { // known only here: a server may say so at the end
		for i := range p.objects {
			s.unescape(&p.objects[i].key)
		}
		for i := range p.folders {
			s.unescape(&p.folders[i])
		}
	}
	if s.bad {
		return
	}
	texts := string(s.texts) // the one allocation
	p.Next = texts[next.from:next.to]
	for i, o := range p.objects {
		e := &p.Entries[i]
		e.Key = texts[o.key.from:o.key.to]
		e.ETag = texts[o.etag.from:o.etag.to]
		e.StorageClass = texts[o.class.from:o.class.to]
	}
	for _, f := range p.folders {
		p.Prefixes = append(p.Prefixes, texts[f.from:f.to])
	}
}

func (p *Page) object(t tag) {
	s := &p.scan
	var e Entry
	var o object
	var seen uint
	for {
		field, t := s.field(t, objectFields, &seen)
		if field < 0 {
			break
		}
		switch field {
		case fieldKey:
			o.key = s.value(t)
		case fieldETag:
			o.etag = s.value(t)
		case fieldStorageClass:
			o.class = s.value(t)
			if n := len(p.objects); n > 0 { // most are the same: once is enough
				if last := p.objects[n-1].class; string(s.of(last)) == string(s.of(o.class)) {
					s.drop(o.class)
					o.class = last
				}
			}
		case fieldSize:
			n, err := strconv.ParseUint(string(s.fleeting(t)), 10, 63)
			if err != nil {
				s.fail()
			}
			e.Size = int64(n)
		case fieldLastModified:
			at, err := time.Parse(time.RFC3339Nano, string(s.fleeting(t)))
			if err != nil {
				s.fail()
			}
			e.Modified = at.UTC()
		}
	}
	if o.key.from == o.key.to {
		s.fail()
	}
	p.Entries = append(p.Entries, e)
	p.objects = append(p.objects, o)
}

func (p *Page) folder(t tag) {
	s := &p.scan
	var seen uint
	var prefix span
	for {
		field, t := s.field(t, folderFields, &seen)
		if field < 0 {
			break
		}
		prefix = s.value(t)
	}
	if prefix.from == prefix.to {
		s.fail()
	}
	p.folders = append(p.folders, prefix)
}

// unescape decodes a text in its place, as url.QueryUnescape does.
func (s *scanner) unescape(v *span) {
	text := s.of(*v)
	if bytes.IndexByte(text, '%') < 0 && bytes.IndexByte(text, '+') < 0 {
		return
	}
	n := 0
	for i := 0; i < len(text); i, n = i+1, n+1 {
		switch c := text[i]; c {
		case '+':
			text[n] = ' '
		case '%':
			if i+2 >= len(text) {
				s.fail()
				return
			}
			if _, err := hex.Decode(text[n:], text[i+1:i+3]); err != nil {
				s.fail()
				return
			}
			i += 2
		default:
			text[n] = c
		}
	}
	v.to = v.from + n
}
