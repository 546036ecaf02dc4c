package core

import (
	"context"
	"io"
	"sync"
	"time"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

// NewUpload begins a multipart upload, where the backend has such.
func (s *Store) NewUpload(ctx context.Context, path string, o PutOptions) (*Upload, error) {
	u := &Upload{store: s, path: path, options: o}
	err := s.run(ctx, "upload", path, func(ctx context.Context) error {
		options, err := s.putOptions(o)
		if err != nil {
			return err
		}
		d, err := s.multiparter()
		if err != nil {
			return err
		}
		key, err := s.key(path)
		if err != nil {
			return err
		}
		u.upload, err = d.NewUpload(ctx, key, options)
		return err
	})
	if err != nil {
		return nil, err
	}
	return u, nil
}

// Upload is an object that is taken in parts. Part serves any number of calls
// at once; Commit and Abort are Busy while one is in flight.
type Upload struct {
	store   *Store
	path    string
	options PutOptions
	upload  driver.Upload

	mu        sync.RWMutex
	ended     error // why no call may follow
	committed bool
}

// Waits is [Store.Waits].
func (u *Upload) Waits() Wait { return u.store.Waits() }

// ID names the upload, for [Store.AbortUpload].
func (u *Upload) ID() string { return u.upload.ID() }

// Part takes the bytes of the part with this number, from 1 to 10,000. All
// but the last must have 5 MiB at least. A part that comes again replaces the
// earlier one.
func (u *Upload) Part(ctx context.Context, number int, data []byte) error {
	return u.store.runHere(ctx, "upload", u.path, func(ctx context.Context) error {
		if !u.mu.TryRLock() {
			return errBusy("upload")
		}
		defer u.mu.RUnlock()
		if u.ended != nil {
			return u.ended
		}
		driver.Expect(ctx, int64(len(data)))
		return u.upload.Part(ctx, number, data)
	})
}

// Commit publishes the object: the parts in the order of their numbers. If it
// fails, the upload is aborted.
func (u *Upload) Commit(ctx context.Context) (info Info, err error) {
	err = u.store.runClosed(ctx, "upload", u.path, func(ctx context.Context) error {
		if !u.mu.TryLock() {
			return errBusy("upload")
		}
		defer u.mu.Unlock()
		if u.ended != nil {
			return u.ended
		}
		u.ended = errs.New(errs.Closed, "the upload is over")
		err := u.store.ready(ctx)
		if err == nil {
			var made driver.Object
			made, err = u.upload.Commit(ctx)
			info, u.committed = u.store.written(made, u.options), err == nil
		}
		if err != nil {
			err = withUploadID(err, u.upload.Abort(ctx))
		}
		return err
	})
	return info, err
}

// Abort drops the parts, also when ctx is over. After a commit it does
// nothing; after another abort it does what that could not.
func (u *Upload) Abort(ctx context.Context) error {
	return u.store.runClosed(ctx, "abort", u.path, func(ctx context.Context) error {
		if !u.mu.TryLock() {
			return errBusy("upload")
		}
		defer u.mu.Unlock()
		if u.committed {
			return nil
		}
		u.ended = errs.New(errs.Closed, "the upload was aborted")
		return u.upload.Abort(ctx)
	})
}

// Drop is Abort for a caller who is gone, as [Writer.Drop].
func (u *Upload) Drop() {
	u.mu.RLock()
	ended := u.ended
	u.mu.RUnlock()
	if ended == nil {
		_ = u.Abort(over)
	}
}

func errBusy(what string) error {
	return errs.New(errs.Busy, "the %s serves another call", what)
}

// AbortUpload drops the parts of an upload that [Store.Uploads] lists. A
// missing one is NotFound.
func (s *Store) AbortUpload(ctx context.Context, path, uploadID string) error {
	return s.run(ctx, "abort", path, func(ctx context.Context) error {
		d, err := s.multiparter()
		if err != nil {
			return err
		}
		key, err := s.key(path)
		if err != nil {
			return err
		}
		if uploadID == "" { // without one, the request would delete the object
			return errs.New(errs.InvalidArgument, "the ID of the upload is empty")
		}
		return d.AbortUpload(ctx, key, uploadID)
	})
}

// AbortUploads drops the parts of the uploads to the folder at path, and below it,
// that are of a certain age at least, and returns their number.
func (s *Store) AbortUploads(ctx context.Context, path string, age time.Duration) (aborted int64, err error) {
	err = s.run(ctx, "abort", path, func(ctx context.Context) error {
		if age < 0 {
			return errs.New(errs.InvalidArgument, "the age is %s, but must be 0 or more", age)
		}
		uploads, err := s.Uploads(path, 0)
		if err != nil {
			return err
		}
		before := time.Now().Add(-age)
		for {
			page, err := uploads.Next(ctx)
			if err == io.EOF {
				return nil
			}
			if err != nil {
				return err
			}
			for _, u := range page {
				if age > 0 && u.Modified.After(before) { // with 0, no clock counts
					continue
				}
				err := about(u.Path, s.Raw().AbortUpload(ctx, u.Path, u.UploadID))
				switch errs.CodeOf(err) {
				case errs.OK:
					aborted++
				case errs.NotFound: // it ended meanwhile
				default:
					return err
				}
			}
		}
	})
	return aborted, err
}

func (s *Store) multiparter() (driver.Multiparter, error) {
	if d, ok := s.driver.(driver.Multiparter); ok {
		return d, nil
	}
	return nil, driver.NotSupported(driver.CanMultipart, "this backend takes no objects in parts: use a writer")
}
