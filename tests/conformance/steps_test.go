package conformance

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/libremotestore/libremotestore/core"
	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

type step struct {
	Do        string
	Child     []text
	Path      text
	To        text
	Raw       bool
	RawTo     bool `json:"raw_to"`
	Overwrite bool
	Recursive bool
	MissingOK bool `json:"missing_ok"`
	Random    bool
	Only      string
	MaxDepth  *int `json:"max_depth"`
	Pattern   text
	PageSize  int `json:"page_size"`
	Offset    int64
	Length    int64
	Buffer    *int
	Number    int
	Metadata  map[string]text
	Upload    string

	Suffix      int64
	IfMatch     string `json:"if_match"`      // @ is the ETag that the last write told
	IfNoneMatch string `json:"if_none_match"` // the same
	Since       int64  // hours from when it was modified to if_modified_since; 0 is none
	Until       int64  // the same to if_unmodified_since
	Attributes  map[string]text
	Tags        map[string]text
	ACL         string
	Replace     bool
	Prefix      text
	StartAfter  text `json:"start_after"`
	Limit       int64
	Ranges      [][2]int64
	Coalesce    int64
	Verify      bool
	Targets     []text // of delete_many
	Failed      []int

	Data      *text
	Size      int64
	From      int64
	Is        bool
	Count     int64
	Paths     []text
	Odd       []text
	Names     []string
	AsWritten bool `json:"as_written"`
	About     *text
	Want      string
}

// text is a string in JSON, or {"hex": "61ff"}, or {"repeat": 3} for "kkk".
type text string

func (t *text) UnmarshalJSON(b []byte) error {
	var form struct {
		Hex    string
		Repeat int
	}
	if b[0] == '"' {
		return json.Unmarshal(b, (*string)(t))
	}
	if err := json.Unmarshal(b, &form); err != nil {
		return err
	}
	decoded, err := hex.DecodeString(form.Hex)
	*t = text(decoded) + text(strings.Repeat("k", form.Repeat))
	return err
}

// data is the bytes to write, or those expected.
func (s step) data() []byte {
	if s.Data != nil {
		return []byte(*s.Data)
	}
	b := make([]byte, s.Size)
	for i := range b {
		b[i] = byte((31*(s.From+int64(i)) + 7) % 251)
	}
	return b
}

func (r *run) put(s step) (core.PutOptions, error) {
	o := core.PutOptions{
		Overwrite: s.Overwrite, IfMatch: r.etag(s.IfMatch), Metadata: texts(s.Metadata), Tags: texts(s.Tags), ACL: s.ACL,
	}
	var err error
	o.Attributes, err = core.ParseAttributes(texts(s.Attributes))
	return o, err
}

func texts(named map[string]text) map[string]string {
	if named == nil {
		return nil
	}
	found := map[string]string{}
	for key, value := range named {
		found[key] = string(value)
	}
	return found
}

// etag is a list of ETags in which @ is that of what was written last, and ~ the
// same without its quotes.
func (r *run) etag(list string) string {
	return strings.NewReplacer("@", r.written.ETag, "~", strings.Trim(r.written.ETag, `"`)).Replace(list)
}

func (r *run) conditions(store *core.Store, s step) core.Conditions {
	c := core.Conditions{IfMatch: r.etag(s.IfMatch), IfNoneMatch: r.etag(s.IfNoneMatch)}
	if s.Since == 0 && s.Until == 0 {
		return c
	}
	info, err := store.Head(ctx, string(s.Path), core.HeadOptions{})
	r.equal(errs.OK, errs.CodeOf(err))
	if s.Since != 0 {
		c.IfModifiedSince = info.Modified.Add(time.Duration(s.Since) * time.Hour)
	}
	if s.Until != 0 {
		c.IfUnmodifiedSince = info.Modified.Add(time.Duration(s.Until) * time.Hour)
	}
	return c
}

func (s step) kind() core.Kind {
	return map[string]core.Kind{"": core.AnyKind, "objects": core.Object, "folders": core.Folder}[s.Only]
}

// run is what the steps of one case have in common.
type run struct {
	*testing.T
	store   *core.Store
	reader  *core.Reader
	writer  *core.Writer
	upload  *core.Upload
	written core.Info // what the last write told
	native  string    // what the last resolve told
	where   string    // for failures
}

var ctx = context.Background()

// verbs run a step in a store. What they return checks the result, if the call
// succeeded and should.
var verbs = map[string]func(r *run, store *core.Store, s step) (check func(), err error){
	"put": func(r *run, store *core.Store, s step) (func(), error) {
		o, err := r.put(s)
		if err != nil {
			return nil, err
		}
		info, err := store.Put(ctx, string(s.Path), s.data(), o)
		return func() { r.wrote(s, info, int64(len(s.data()))) }, err
	},
	"get": func(r *run, store *core.Store, s step) (func(), error) {
		data, err := r.get(store, s, io.ReadAll)
		return func() { r.equal(string(s.data()), string(data)) }, err
	},
	"get_into": func(r *run, store *core.Store, s step) (func(), error) {
		data, err := r.get(store, s, func(reader io.Reader) ([]byte, error) {
			buffer := make([]byte, s.buffer())
			n, err := reader.(*core.Reader).ReadInto(buffer)
			return buffer[:n], err
		})
		return func() { r.equal(string(s.data()), string(data)) }, err
	},
	"head": func(r *run, store *core.Store, s step) (func(), error) {
		info, err := store.Head(ctx, string(s.Path), core.HeadOptions{Conditions: r.conditions(store, s)})
		return func() { r.headed(s, info) }, err
	},
	"exists":    exists(core.AnyKind),
	"is_file":   exists(core.Object),
	"is_folder": exists(core.Folder),
	"delete": func(r *run, store *core.Store, s step) (func(), error) {
		return nil, store.Delete(ctx, string(s.Path), core.DeleteOptions{MissingOK: s.MissingOK, IfMatch: r.etag(s.IfMatch)})
	},
	"delete_many": func(r *run, store *core.Store, s step) (func(), error) {
		var objects []core.Deletion
		for _, path := range s.targets() {
			objects = append(objects, core.Deletion{Path: path})
		}
		failed, err := store.DeleteMany(ctx, objects)
		return func() { r.equal(append([]int{}, s.Failed...), append([]int{}, slices.Sorted(maps.Keys(failed))...)) }, err
	},
	"get_many": func(r *run, store *core.Store, s step) (func(), error) {
		found, err := store.GetMany(ctx, s.targets(), core.GetOptions{Offset: s.Offset, Length: s.Length}, nil)
		return func() {
			r.many(s, len(found), func(i int) (string, error) { return string(found[i].Data), found[i].Err })
		}, err
	},
	"head_many": func(r *run, store *core.Store, s step) (func(), error) {
		found, err := store.HeadMany(ctx, s.targets())
		return func() {
			r.many(s, len(found), func(i int) (string, error) { return fmt.Sprint(found[i].Info.Size), found[i].Err })
		}, err
	},
	"append": func(r *run, store *core.Store, s step) (func(), error) {
		o, err := r.put(s)
		if err != nil {
			return nil, err
		}
		info, err := store.Append(ctx, string(s.Path), s.data(), o)
		return func() {
			r.written = info
			r.equal(s.Count, info.Size)
			r.described(s, info)
		}, err
	},
	"get_ranges": func(r *run, store *core.Store, s step) (func(), error) {
		spans := make([]core.Span, len(s.Ranges))
		for i, one := range s.Ranges {
			spans[i] = core.Span{Offset: one[0], Buffer: make([]byte, one[1])}
		}
		_, verified, err := store.GetSpans(ctx, string(s.Path), spans, core.SpanOptions{
			Conditions: r.conditions(store, s), Coalesce: s.Coalesce, Verify: s.Verify,
		})
		return func() {
			data := ""
			for _, one := range spans {
				data += string(one.Buffer[:one.Filled]) + "|"
			}
			r.equal(string(s.data()), data)
			r.equal(false, verified && !s.Verify)
		}, err
	},
	"set_acl": func(_ *run, store *core.Store, s step) (func(), error) {
		return nil, store.SetACL(ctx, string(s.Path), s.ACL)
	},
	"copy": func(r *run, store *core.Store, s step) (func(), error) {
		o := core.CopyOptions{Overwrite: s.Overwrite, RawTarget: s.RawTo, SourceIfMatch: r.etag(s.IfMatch)}
		if s.Replace {
			replace, err := r.put(step{Metadata: s.Metadata, Attributes: s.Attributes, Tags: s.Tags})
			if err != nil {
				return nil, err
			}
			o.Replace = &replace
		}
		return nil, store.Copy(ctx, string(s.Path), string(s.To), o)
	},
	"move": func(_ *run, store *core.Store, s step) (func(), error) {
		return nil, store.Move(ctx, string(s.Path), string(s.To), core.CopyOptions{Overwrite: s.Overwrite, RawTarget: s.RawTo})
	},

	"list": func(r *run, store *core.Store, s step) (func(), error) {
		lister, err := store.List(string(s.Path), core.ListOptions{
			Recursive: s.Recursive, MaxDepth: s.MaxDepth, Only: s.kind(), Pattern: string(s.Pattern), PageSize: s.PageSize,
			Prefix: string(s.Prefix), After: string(s.StartAfter), Limit: s.Limit,
		})
		return r.listed(s, lister, err)
	},
	"glob": func(r *run, store *core.Store, s step) (func(), error) {
		lister, err := store.Glob(string(s.Pattern), s.PageSize)
		return r.listed(s, lister, err)
	},
	"folder_info": func(r *run, store *core.Store, s step) (func(), error) {
		info, err := store.FolderInfo(ctx, string(s.Path), core.FolderInfoOptions{MaxDepth: s.MaxDepth})
		return func() {
			r.equal([]int64{s.Count, s.Size}, []int64{info.Files, info.Size})
			r.equal(s.Count == 0, info.Modified.IsZero())
		}, err
	},
	"delete_folder": func(_ *run, store *core.Store, s step) (func(), error) {
		return nil, store.DeleteFolder(ctx, string(s.Path), core.DeleteFolderOptions{Recursive: s.Recursive, MissingOK: s.MissingOK})
	},

	"reader": func(r *run, store *core.Store, s step) (func(), error) {
		reader, err := store.Get(ctx, string(s.Path), core.GetOptions{
			Offset: s.Offset, Length: s.Length, Suffix: s.Suffix, Conditions: r.conditions(store, s), Random: s.Random,
		})
		if err == nil {
			r.closeReader()
			r.reader = reader
		}
		return func() { r.equal(s.Size, reader.Length) }, err
	},
	"read": func(r *run, _ *core.Store, s step) (func(), error) {
		buffer := make([]byte, s.Length)
		n, err := r.reader.Fill(ctx, buffer)
		return func() { r.equal(string(s.data()), string(buffer[:n])) }, err
	},
	"read_at": func(r *run, _ *core.Store, s step) (func(), error) {
		buffer := make([]byte, s.Length)
		n, err := r.reader.ReadAt(buffer, s.Offset)
		if err == io.EOF {
			err = nil
		}
		return func() { r.equal(string(s.data()), string(buffer[:n])) }, err
	},
	"seek": func(r *run, _ *core.Store, s step) (func(), error) {
		_, err := r.reader.Seek(s.Offset, io.SeekStart)
		return nil, err
	},
	"close_reader": func(r *run, _ *core.Store, _ step) (func(), error) { return nil, r.reader.Close() },

	"writer": func(r *run, store *core.Store, s step) (func(), error) {
		o, err := r.put(s)
		if err != nil {
			return nil, err
		}
		writer, err := store.NewWriter(ctx, string(s.Path), o)
		if err == nil {
			r.closeWriter()
			r.writer = writer
		}
		return nil, err
	},
	"write": func(r *run, _ *core.Store, s step) (func(), error) {
		_, err := r.writer.Write(s.data())
		return nil, err
	},
	"commit": func(r *run, _ *core.Store, s step) (func(), error) {
		info, err := r.writer.Commit(ctx)
		return func() { r.wrote(s, info, s.Size) }, err
	},
	"abort":        func(r *run, _ *core.Store, _ step) (func(), error) { return nil, r.writer.Abort(ctx) },
	"close_writer": func(r *run, _ *core.Store, _ step) (func(), error) { r.writer.Drop(); return nil, core.Settle(ctx) },

	"upload": func(r *run, store *core.Store, s step) (func(), error) {
		o, err := r.put(s)
		if err != nil {
			return nil, err
		}
		upload, err := store.NewUpload(ctx, string(s.Path), o)
		if err == nil {
			r.closeUpload()
			r.upload = upload
		}
		return nil, err
	},
	"part": func(r *run, _ *core.Store, s step) (func(), error) {
		return nil, r.upload.Part(ctx, s.Number, s.data())
	},
	"commit_upload": func(r *run, _ *core.Store, s step) (func(), error) {
		info, err := r.upload.Commit(ctx)
		return func() { r.wrote(s, info, s.Size) }, err
	},
	"abort_upload": func(r *run, _ *core.Store, _ step) (func(), error) { return nil, r.upload.Abort(ctx) },
	"close_upload": func(r *run, _ *core.Store, _ step) (func(), error) { r.upload.Drop(); return nil, core.Settle(ctx) },
	"uploads": func(r *run, store *core.Store, s step) (func(), error) {
		lister, err := store.Uploads(string(s.Path), s.PageSize)
		return r.listed(s, lister, err)
	},
	"uploads_abort": func(_ *run, store *core.Store, s step) (func(), error) {
		if s.Upload != "" {
			return nil, store.AbortUpload(ctx, string(s.Path), s.Upload)
		}
		lister, err := store.Uploads("", 0)
		if err != nil {
			return nil, err
		}
		uploads, err := all(lister)
		for _, info := range uploads {
			if err == nil && info.Path == string(s.Path) {
				err = store.AbortUpload(ctx, info.Path, info.UploadID)
			}
		}
		return nil, err
	},

	"child": func(_ *run, store *core.Store, s step) (func(), error) {
		_, err := store.Child(string(s.Path))
		return nil, err
	},
	"resolve": func(r *run, store *core.Store, s step) (func(), error) {
		location, err := store.Resolve(string(s.Path))
		r.native = location.Path
		return func() {
			if location.Bucket != "" {
				r.equal(strings.TrimSuffix(location.Bucket+"/"+location.Key, "/"), location.Path)
			}
		}, err
	},
	"to_key": func(r *run, store *core.Store, s step) (func(), error) {
		path, err := store.ToKey(r.native)
		return func() { r.equal(string(s.To), path) }, err
	},
	"capabilities": func(r *run, store *core.Store, s step) (func(), error) {
		can := store.Capabilities()
		var names []string
		for i, name := range driver.CapabilityNames {
			if can.Has(1 << i) {
				names = append(names, name)
			}
		}
		return func() { r.equal(s.Names, names) }, nil
	},
	"ping":     func(_ *run, store *core.Store, _ step) (func(), error) { return nil, store.Ping(ctx) },
	"shutdown": func(_ *run, store *core.Store, _ step) (func(), error) { return nil, store.Shutdown() },
}

func (r *run) get(store *core.Store, s step, read func(io.Reader) ([]byte, error)) ([]byte, error) {
	reader, err := store.Get(ctx, string(s.Path), core.GetOptions{
		Offset: s.Offset, Length: s.Length, Suffix: s.Suffix, Conditions: r.conditions(store, s),
	})
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	return read(reader)
}

func (s step) buffer() int {
	if s.Buffer != nil {
		return *s.Buffer
	}
	return len(s.data()) + 64
}

func exists(kind core.Kind) func(r *run, store *core.Store, s step) (func(), error) {
	return func(r *run, store *core.Store, s step) (func(), error) {
		found, err := store.Exists(ctx, string(s.Path), kind)
		return func() { r.equal(s.Is, found) }, err
	}
}

// all returns what is left of a listing.
func all(lister *core.Lister) (infos []core.Info, err error) {
	for {
		page, err := lister.Next(ctx)
		if err == io.EOF {
			return infos, nil
		}
		if err != nil {
			return nil, err
		}
		infos = append(infos, page...)
	}
}

// step runs a step in the store that it names. It tells whether the next one
// makes sense.
func (r *run) step(number int, s step) bool {
	r.where = fmt.Sprintf("step %d, %s", number, s.Do)
	want := s.Want
	if want == "" {
		want = errs.OK.String()
	}
	store := r.store
	for _, folder := range s.Child {
		child, err := store.Child(string(folder))
		r.equal(errs.OK, errs.CodeOf(err))
		defer func() { r.equal(nil, child.Close()) }() // which does nothing
		store = child
	}
	if s.Raw {
		store = store.Raw()
	}
	check, err := verbs[s.Do](r, store, s)
	if !assert.Equal(r, want, errs.CodeOf(err).String(), "%s: %v", r.where, err) {
		return false
	}
	if err == nil && check != nil {
		check()
	}
	if e, ok := err.(*errs.Error); ok {
		r.equal(e.Code == errs.NotSupported, e.Capability != "")
		if s.About != nil {
			r.equal(string(*s.About), e.Path)
		}
	}
	return true
}

func (r *run) equal(want, got any) {
	r.Helper()
	assert.Equal(r, want, got, r.where)
}

// wrote checks what a write told.
func (r *run) wrote(s step, info core.Info, size int64) {
	r.written = info
	r.equal(size, info.Size)
	r.equal(texts(s.Metadata), info.Metadata)
	r.described(s, info)
}

func (r *run) described(s step, info core.Info) {
	assert.NotEmpty(r, info.ETag, r.where)
	if s.To != "" {
		r.equal(string(s.To), info.Path)
	}
}

func (r *run) headed(s step, info core.Info) {
	r.equal(s.Size, info.Size)
	r.described(s, info)
	assert.False(r, info.Modified.IsZero(), r.where)
	if s.Metadata != nil {
		r.equal(len(s.Metadata), len(info.Metadata))
		for key, value := range texts(s.Metadata) {
			r.equal(value, info.Metadata[key])
		}
	}
	for name, value := range texts(s.Attributes) {
		r.equal(value, core.NameAttributes(info.Attributes)[name])
	}
	if s.AsWritten {
		r.equal(r.written.Path, info.Path)
		r.equal(r.written.Size, info.Size)
		r.equal(r.written.ETag, info.ETag)
		r.equal(r.written.VersionID, info.VersionID)
		if r.written.Digest != (core.Digest{}) && info.Digest != (core.Digest{}) {
			r.equal(r.written.Digest, info.Digest)
		}
	}
}

// listed returns what is expected of a listing, to be checked as a whole.
func (r *run) listed(s step, lister *core.Lister, err error) (func(), error) {
	if err != nil {
		return nil, err
	}
	infos, err := all(lister)
	var paths, odd []text
	size := int64(0)
	for _, info := range infos {
		path := text(info.Path)
		if info.Folder {
			path += "/"
		}
		size += info.Size
		r.equal(info.Folder, info.Modified.IsZero())
		r.equal(info.Folder, info.ETag == "" && info.UploadID == "")
		paths = append(paths, path)
		if info.Odd {
			odd = append(odd, path)
		}
	}
	return func() {
		assert.Equal(r, nonNil(s.Paths), nonNil(paths), r.where)
		assert.Equal(r, nonNil(s.Odd), nonNil(odd), r.where)
		if s.Size != 0 {
			r.equal(s.Size, size)
		}
	}, err
}

func nonNil(paths []text) []text { return append([]text{}, paths...) }

// close ends what the steps left open.
func (r *run) close() {
	r.closeReader()
	r.closeWriter()
	r.closeUpload()
}

func (r *run) closeReader() {
	if r.reader != nil {
		r.equal(nil, r.reader.Close())
	}
}

func (r *run) closeWriter() {
	if r.writer != nil {
		r.equal(nil, r.writer.Abort(ctx))
	}
}

func (r *run) closeUpload() {
	if r.upload != nil {
		r.equal(nil, r.upload.Abort(ctx))
	}
}

func (s step) targets() (paths []string) {
	for _, path := range s.Targets {
		paths = append(paths, string(path))
	}
	return paths
}

// many compares the results of a batch: each has a '|' behind it, and one that failed is its
// code behind a '!'.
func (r *run) many(s step, n int, result func(i int) (string, error)) {
	all := ""
	for i := range n {
		text, err := result(i)
		if err != nil {
			text = "!" + errs.CodeOf(err).String()
		}
		all += text + "|"
	}
	r.equal(string(s.data()), all)
}
