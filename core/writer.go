package core

import (
	"context"
	"errors"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

// NewWriter begins to write an object of unknown size. Nobody sees it before
// Commit, and all of it then.
func (s *Store) NewWriter(ctx context.Context, path string, o PutOptions) (*Writer, error) {
	w := &Writer{store: s, path: path, options: o, ctx: ctx}
	err := s.run(ctx, "put", path, func(ctx context.Context) error {
		w.requests = driver.RequestsOf(ctx)
		key, options, err := s.toWrite(path, o)
		if err != nil {
			return err
		}
		w.writer, err = s.driver.NewWriter(ctx, key, options)
		return err
	})
	if err != nil {
		return nil, err
	}
	return w, nil
}

// Writer writes one object. It serves one call at a time. An error ends it:
// there is no trace then of what it wrote, or the error has an UploadID.
type Writer struct {
	store   *Store
	path    string
	options PutOptions
	ctx     context.Context // of NewWriter, for Write
	writer  driver.Writer
	size    int64
	ended   error // why no call may follow

	committed bool

	requests *driver.Requests // all that were sent for this Writer
}

// Write is [Writer.WriteContext] with the context of NewWriter.
func (w *Writer) Write(p []byte) (int, error) { return w.WriteContext(w.ctx, p) }

// WriteContext takes the next bytes.
func (w *Writer) WriteContext(ctx context.Context, p []byte) (int, error) {
	if w.WaitsFor(len(p)) == ForNothing {
		ctx = driver.WithoutCaller(ctx) // who need not wait, not even for an abort
	}
	err := w.run(ctx, func(ctx context.Context) error { return w.writer.Write(ctx, p) })
	if err != nil {
		return 0, err
	}
	w.size += int64(len(p))
	return len(p), nil
}

// Waits is [Store.Waits].
func (w *Writer) Waits() Wait { return w.store.Waits() }

// WaitsFor is Waits for a write of n bytes, which the writer may just keep.
func (w *Writer) WaitsFor(n int) Wait {
	if b, ok := w.writer.(driver.Buffered); ok && n <= b.Room() && !w.store.closed.Load() {
		return ForNothing
	}
	return w.Waits()
}

// Size is how many bytes were written so far.
func (w *Writer) Size() int64 { return w.size }

// Commit publishes the object.
func (w *Writer) Commit(ctx context.Context) (info Info, err error) {
	err = w.run(ctx, func(ctx context.Context) error {
		driver.Expect(ctx, w.size)
		made, err := w.writer.Commit(ctx)
		info = w.store.written(made, w.options)
		return err
	})
	if err == nil {
		w.committed = true
		w.ended = errs.New(errs.Closed, "the writer has committed its object")
	}
	return info, err
}

// Abort drops what was written, also when ctx is over. After a commit it does
// nothing; after another abort it does what that could not.
func (w *Writer) Abort(ctx context.Context) error {
	if w.committed {
		return nil
	}
	w.ended = errs.New(errs.Closed, "the writer was aborted")
	return w.store.runClosed(ctx, "abort", w.path, w.writer.Abort)
}

// Drop is Abort for a caller who is gone, and does nothing for a writer that
// is over: an error has dropped what was written. It waits for no endpoint that
// does not answer at once; [Settle] does.
func (w *Writer) Drop() {
	if w.ended == nil {
		_ = w.Abort(over)
	}
}

// run runs a call. An error ends the writer, wherever it comes from.
func (w *Writer) run(ctx context.Context, do func(context.Context) error) error {
	ctx, _ = driver.CountOn(ctx, w.requests)
	return w.store.runClosed(ctx, "put", w.path, func(ctx context.Context) error {
		if w.ended != nil {
			return w.ended
		}
		err := w.store.ready(ctx)
		if err == nil {
			err = do(ctx)
		}
		if err != nil {
			w.ended = errs.New(errs.Closed, "the writer has failed: begin anew")
			err = withUploadID(err, w.writer.Abort(ctx))
		}
		return err
	})
}

// withUploadID puts the upload that an abort could not remove into err.
func withUploadID(err, abortErr error) error {
	e, _ := errors.AsType[*errs.Error](err)
	left, ok := errors.AsType[*errs.Error](abortErr)
	if ok && e != nil {
		e.UploadID = left.UploadID
	}
	return err
}
