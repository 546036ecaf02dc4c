package main

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	keptSize   = 1 << 20 // of objects whose bytes are kept wherever they are
	keptPrefix = "keep/"
	timeFormat = "2006-01-02T15:04:05.000Z"
)

// object is one with its bytes, or one whose bytes were dropped.
type object struct {
	size     int64
	data     []byte
	dropped  bool
	etag     string
	modified time.Time
	http     string // the same time, as HTTP says it
}

type upload struct {
	key   string
	parts map[int]*object
}

type store struct {
	lock    sync.RWMutex
	objects map[string]*object
	uploads map[string]*upload
	made    int      // objects and uploads, ever
	pages   [][]byte // of "list/"
}

func newStore() *store {
	return &store{objects: map[string]*object{}, uploads: map[string]*upload{}, pages: pagesOfList()}
}

// take reads the bytes of an object that will have this key.
func (c *conn) take() (*object, error) {
	o := &object{modified: time.Now().UTC()}
	o.http = o.modified.Format("Mon, 02 Jan 2006 15:04:05 GMT")
	if strings.HasPrefix(c.key, keptPrefix) || !c.chunked && c.length <= keptSize {
		buffer := bytes.NewBuffer(make([]byte, 0, c.length+bytes.MinRead))
		n, err := buffer.ReadFrom(c.body)
		o.size, o.data = n, buffer.Bytes()
		return o, err
	}
	n, err := c.drain()
	o.size, o.dropped = n, true
	return o, err
}

// put publishes an object, and tells whether it may be there.
func (s *store) put(key string, o *object, onlyNew bool) bool {
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.objects[key] != nil && onlyNew {
		return false
	}
	s.tag(o)
	s.objects[key] = o
	return true
}

// tag gives an object its ETag, which is no MD5: that would cost more than all else.
func (s *store) tag(o *object) {
	s.made++
	o.etag = fmt.Sprintf(`"%032x"`, s.made)
}

func (s *store) get(key string) *object {
	s.lock.RLock()
	defer s.lock.RUnlock()
	return s.objects[key]
}

func (s *store) delete(keys ...string) {
	s.lock.Lock()
	defer s.lock.Unlock()
	for _, key := range keys {
		delete(s.objects, key)
	}
}

func (s *store) begin(key string) string {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.made++
	id := fmt.Sprintf("upload-%d", s.made)
	s.uploads[id] = &upload{key: key, parts: map[int]*object{}}
	return id
}

// part keeps one, and tells whether there is such an upload.
func (s *store) part(id string, number int, o *object) bool {
	s.lock.Lock()
	defer s.lock.Unlock()
	u := s.uploads[id]
	if u != nil {
		s.tag(o)
		u.parts[number] = o
	}
	return u != nil
}

// end makes the object of an upload, or nil if there is no such upload.
func (s *store) end(id string) *object {
	s.lock.Lock()
	defer s.lock.Unlock()
	u := s.uploads[id]
	if u == nil {
		return nil
	}
	delete(s.uploads, id)
	o := &object{}
	for _, number := range slices.Sorted(maps.Keys(u.parts)) {
		part := u.parts[number]
		o.size, o.dropped = o.size+part.size, o.dropped || part.dropped
		o.data, o.modified, o.http = append(o.data, part.data...), part.modified, part.http
	}
	s.tag(o)
	s.objects[u.key] = o
	return o
}

func (s *store) abort(id string) {
	s.lock.Lock()
	defer s.lock.Unlock()
	delete(s.uploads, id)
}
