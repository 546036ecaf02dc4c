package conformance

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

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

func (s step) put() core.PutOptions {
	o := core.PutOptions{Overwrite: s.Overwrite}
	if s.Metadata != nil {
		o.Metadata = map[string]string{}
	}
	for key, value := range s.Metadata {
		o.Metadata[key] = string(value)
	}
	return o
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
		info, err := store.Put(ctx, string(s.Path), s.data(), s.put())
		return func() { r.wrote(s, info, int64(len(s.data()))) }, err
	},
	"get": func(r *run, store *core.Store, s step) (func(), error) {
		data, err := get(store, s, io.ReadAll)
		return func() { r.equal(string(s.data()), string(data)) }, err
	},
	"get_into": func(r *run, store *core.Store, s step) (func(), error) {
		data, err := get(store, s, func(reader io.Reader) ([]byte, error) {
			buffer := make([]byte, s.buffer())
			n, err := reader.(*core.Reader).ReadInto(buffer)
			return buffer[:n], err
		})
		return func() { r.equal(string(s.data()), string(data)) }, err
	},
	"head": func(r *run, store *core.Store, s step) (func(), error) {
		info, err := store.Head(ctx, string(s.Path), core.HeadOptions{})
		return func() { r.headed(s, info) }, err
	},
	"exists":    exists(core.AnyKind),
	"is_file":   exists(core.Object),
	"is_folder": exists(core.Folder),
	"delete": func(_ *run, store *core.Store, s step) (func(), error) {
		return nil, store.Delete(ctx, string(s.Path), core.DeleteOptions{MissingOK: s.MissingOK})
	},
	"copy": func(_ *run, store *core.Store, s step) (func(), error) {
		return nil, store.Copy(ctx, string(s.Path), string(s.To), core.CopyOptions{Overwrite: s.Overwrite, RawTarget: s.RawTo})
	},
	"move": func(_ *run, store *core.Store, s step) (func(), error) {
		return nil, store.Move(ctx, string(s.Path), string(s.To), core.CopyOptions{Overwrite: s.Overwrite, RawTarget: s.RawTo})
	},

	"list": func(r *run, store *core.Store, s step) (func(), error) {
		lister, err := store.List(string(s.Path), core.ListOptions{
			Recursive: s.Recursive, MaxDepth: s.MaxDepth, Only: s.kind(), Pattern: string(s.Pattern), PageSize: s.PageSize,
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
		reader, err := store.Get(ctx, string(s.Path), core.GetOptions{Offset: s.Offset, Length: s.Length, Random: s.Random})
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
		writer, err := store.NewWriter(ctx, string(s.Path), s.put())
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
		upload, err := store.NewUpload(ctx, string(s.Path), s.put())
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

func get(store *core.Store, s step, read func(io.Reader) ([]byte, error)) ([]byte, error) {
	reader, err := store.Get(ctx, string(s.Path), core.GetOptions{Offset: s.Offset, Length: s.Length})
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
	r.equal(s.put().Metadata, info.Metadata)
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
		for key, value := range s.put().Metadata {
			r.equal(value, info.Metadata[key])
		}
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
