// Package memory is the backend that keeps objects in this process. It is
// hierarchical, like a file system: see design decision "local and memory".
package memory

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

// Open returns a driver. Drivers opened under one non-empty name share their
// objects, which live until the last of those drivers is closed; "" is private.
func Open(name string) driver.Driver {
	if name == "" {
		return &memory{tree: newTree()}
	}
	shared.mu.Lock()
	defer shared.mu.Unlock()
	s := shared.byName[name]
	if s == nil {
		s = &sharedTree{tree: newTree()}
		shared.byName[name] = s
	}
	s.users++
	return &memory{tree: s.tree, name: name}
}

var shared = struct {
	mu     sync.Mutex
	byName map[string]*sharedTree
}{byName: map[string]*sharedTree{}}

type sharedTree struct {
	tree  *tree
	users int
}

type memory struct {
	*tree
	name string
}

func (m *memory) Name() string { return "memory" }

// Prompt implements [driver.Prompt].
func (m *memory) Prompt() {}

func (m *memory) Capabilities() driver.Capabilities {
	return driver.Everything | driver.CanAtomicMove | driver.CanUserMetadata | driver.CanUpdate | driver.CanAttributes |
		driver.CanTags | driver.CanAppend
}

func (m *memory) Location(key string) driver.Location { return driver.Location{Path: key} }

func (m *memory) KeyOf(native string) (string, bool) { return native, true }

func (m *memory) Ping(ctx context.Context) error { return driver.Done(ctx) }

func (m *memory) Close() error {
	if m.name == "" {
		return nil
	}
	shared.mu.Lock()
	defer shared.mu.Unlock()
	s := shared.byName[m.name]
	if s.users--; s.users == 0 {
		delete(shared.byName, m.name)
	}
	return nil
}

// tree is the content: a root folder and, for ETags, a count of the writes.
type tree struct {
	mu     sync.RWMutex
	root   *node
	writes int64
}

// node is a folder if it has children (possibly none yet), else an object.
// The bytes of an object are never changed, only replaced, so that readers
// need no lock and no copy.
type node struct {
	children map[string]*node
	object   driver.Object
	tags     map[string]string
	data     []byte
}

func newTree() *tree { return &tree{root: newFolder()} }

func newFolder() *node { return &node{children: map[string]*node{}} }

func (n *node) folder() bool { return n.children != nil }

// find returns the node under key, or nil.
func (t *tree) find(key string) *node {
	n := t.root
	for _, name := range driver.Segments(key) {
		if n = n.children[name]; n == nil {
			return nil
		}
	}
	return n
}

// object returns the object under key.
func (t *tree) object(key string) (*node, error) {
	n := t.find(key)
	if n == nil {
		return nil, driver.Missing()
	}
	if n.folder() {
		return nil, driver.Folder()
	}
	return n, nil
}

func (t *tree) Head(ctx context.Context, key string, o driver.HeadOptions) (driver.Object, error) {
	n, err := t.look(ctx, key, o)
	if err != nil {
		return driver.Object{}, err
	}
	return n.object, nil
}

// look returns the object under key, if the conditions hold.
func (t *tree) look(ctx context.Context, key string, o driver.HeadOptions) (*node, error) {
	if err := driver.Done(ctx); err != nil {
		return nil, err
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	n, err := t.object(key)
	if err != nil {
		return nil, err
	}
	return n, o.Check(n.object)
}

func (t *tree) IsFolder(ctx context.Context, key string) (bool, error) {
	if err := driver.Done(ctx); err != nil {
		return false, err
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	n := t.find(key)
	return n != nil && n.folder(), nil
}

func (t *tree) Get(ctx context.Context, key string, o driver.GetOptions) (*driver.Reader, error) {
	n, err := t.look(ctx, key, driver.HeadOptions{Conditions: o.Conditions})
	if err != nil {
		return nil, err
	}
	offset, length, err := o.Range.Resolve(n.object.Size)
	if err != nil {
		return nil, err
	}
	body := bytes.NewReader(n.data[offset : offset+length])
	return &driver.Reader{Object: n.object, Offset: offset, Length: length, Body: driver.AtHand(body)}, nil
}

func (t *tree) Put(ctx context.Context, key string, data []byte, o driver.PutOptions) (driver.Object, error) {
	driver.Transferred(ctx, int64(len(data)))
	return t.put(ctx, key, bytes.Clone(data), o)
}

// put publishes data without a copy.
func (t *tree) put(ctx context.Context, key string, data []byte, o driver.PutOptions) (driver.Object, error) {
	if err := driver.Done(ctx); err != nil {
		return driver.Object{}, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.publish(key, newNode(data, o), o.Mode, o.IfMatch)
}

// newNode is an object that is about to be published.
func newNode(data []byte, o driver.PutOptions) *node {
	return &node{data: data, tags: o.Tags, object: driver.Object{Metadata: o.Metadata, Attributes: o.Attributes}}
}

func (t *tree) Append(ctx context.Context, key string, data []byte, o driver.PutOptions) (driver.Object, error) {
	if err := driver.Done(ctx); err != nil {
		return driver.Object{}, err
	}
	driver.Transferred(ctx, int64(len(data)))
	t.mu.Lock()
	defer t.mu.Unlock()
	n, err := t.object(key)
	switch {
	case errs.CodeOf(err) == errs.NotFound:
		return t.publish(key, newNode(bytes.Clone(data), o), driver.Create, "")
	case err != nil:
		return driver.Object{}, err
	}
	longer := *n
	longer.data = append(n.data[:len(n.data):len(n.data)], data...)
	return t.publish(key, &longer, driver.Overwrite, "")
}

func (t *tree) Copy(ctx context.Context, src, dst string, o driver.CopyOptions) error {
	if err := driver.Done(ctx); err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.copy(src, dst, o)
}

func (t *tree) copy(src, dst string, o driver.CopyOptions) error {
	n, err := t.object(src)
	if err == nil {
		err = driver.Conditions{IfMatch: o.SourceIfMatch}.Check(n.object)
	}
	if err != nil {
		return &driver.SourceError{Err: err}
	}
	made := &node{data: n.data, tags: n.tags, object: n.object}
	if o.Replace != nil {
		made = newNode(n.data, *o.Replace)
	}
	_, err = t.publish(dst, made, o.Mode, "")
	return err
}

func (t *tree) Move(ctx context.Context, src, dst string, mode driver.Mode) error {
	if err := driver.Done(ctx); err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	err := t.copy(src, dst, driver.CopyOptions{Mode: mode})
	if err == nil {
		t.remove(src)
	}
	return err
}

// check refuses a write that publish could not do.
func (t *tree) check(key string, mode driver.Mode, ifMatch string) error {
	if !driver.Fits(key) {
		return driver.Unfit()
	}
	names := driver.Segments(key)
	at := t.root
	for i, name := range names[:len(names)-1] {
		if at = at.children[name]; at == nil && mode == driver.Update {
			return driver.Replaced()
		} else if at == nil {
			return nil
		}
		if !at.folder() {
			return driver.FileInTheWay(strings.Join(names[:i+1], "/"))
		}
	}
	switch old := at.children[names[len(names)-1]]; {
	case old == nil && mode == driver.Update:
		return driver.Replaced()
	case old == nil:
		return nil
	case old.folder():
		return driver.Folder()
	case mode == driver.Create:
		return driver.Exists()
	case mode == driver.Update && driver.Conditions{IfMatch: ifMatch}.Check(old.object) != nil:
		return driver.Replaced()
	}
	return nil
}

// publish puts n under key and makes the folders above it. What n.object
// says of attributes and the user's metadata stays.
func (t *tree) publish(key string, n *node, mode driver.Mode, ifMatch string) (driver.Object, error) {
	// First: a refused write must leave no folders.
	if err := t.check(key, mode, ifMatch); err != nil {
		return driver.Object{}, err
	}
	names := driver.Segments(key)
	above, name := names[:len(names)-1], names[len(names)-1]
	parent := t.root
	for _, name := range above {
		child := parent.children[name]
		if child == nil {
			child = newFolder()
			parent.children[name] = child
		}
		parent = child
	}
	n.object = driver.Object{
		Key:        key,
		Size:       int64(len(n.data)),
		ETag:       fmt.Sprintf(`"%d"`, t.writes),
		Modified:   time.Now().UTC(),
		Metadata:   n.object.Metadata,
		Attributes: n.object.Attributes,
	}
	t.writes++
	parent.children[name] = n
	return n.object, nil
}

func (t *tree) Delete(ctx context.Context, key string, o driver.DeleteOptions) error {
	if err := driver.Done(ctx); err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	n, err := t.object(key)
	if err == nil {
		err = driver.Conditions{IfMatch: o.IfMatch}.Check(n.object)
	}
	if err != nil {
		return err
	}
	t.remove(key)
	return nil
}

func (t *tree) DeleteFolder(ctx context.Context, key string, recursive bool) error {
	if err := driver.Done(ctx); err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	n := t.find(key)
	switch {
	case n == nil:
		return driver.MissingFolder()
	case !n.folder():
		return driver.NoFolder()
	case len(n.children) > 0 && !recursive:
		return driver.NotEmpty()
	}
	t.remove(key)
	return nil
}

func (t *tree) remove(key string) {
	names := driver.Segments(key)
	delete(t.find(driver.Parent(key)).children, names[len(names)-1])
}

func (t *tree) List(o driver.ListOptions) driver.Lister {
	return driver.NewTreeLister(t.readDir, o)
}

func (t *tree) readDir(ctx context.Context, folder string) ([]driver.Object, error) {
	if err := driver.Done(ctx); err != nil {
		return nil, err
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	n := t.find(folder)
	if n == nil {
		return nil, nil
	}
	entries := make([]driver.Object, 0, len(n.children))
	for name, child := range n.children {
		if child.folder() {
			entries = append(entries, driver.Object{Key: driver.Join(folder, name), Folder: true})
			continue
		}
		listed := child.object
		listed.Metadata, listed.Attributes = nil, driver.Attributes{} // S3 lists none, and all listings are alike
		entries = append(entries, listed)
	}
	return entries, nil
}
