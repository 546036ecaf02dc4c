package core

import (
	"context"
	"slices"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
	"github.com/libremotestore/libremotestore/core/internal/safego"
)

// Deletion is an object to be deleted, or one version of it.
type Deletion struct {
	Path      string
	VersionID string // "" is the present one
}

// deleteAtOnce is how many objects one request deletes ("DeleteObjects", Amazon
// S3 API Reference).
const deleteAtOnce = 1000

// deletesInFlight is how many such requests of one call are.
const deletesInFlight = 4

// DeleteMany deletes objects, any number of them; one that is missing is no
// failure, and a folder is missing too. failed are the others that were not
// deleted, by their index. After an err, which is one of a whole request, some
// of the objects may be deleted.
func (s *Store) DeleteMany(ctx context.Context, objects []Deletion) (failed map[int]error, err error) {
	failed = map[int]error{}
	err = s.run(ctx, "delete", "", func(ctx context.Context) error {
		versions := make([]driver.Version, 0, len(objects))
		where := make(map[driver.Version]int, len(objects))
		again := map[driver.Version][]int{} // where one is that was there before
		for i, o := range objects {
			err := s.checkVersion(o.VersionID)
			var key string
			if err == nil {
				key, err = s.key(o.Path)
			}
			if err != nil {
				return about(o.Path, err)
			}
			v := driver.Version{Key: key, VersionID: o.VersionID}
			if _, twice := where[v]; twice {
				again[v] = append(again[v], i)
				continue
			}
			where[v] = i
			versions = append(versions, v)
		}
		fail := func(v driver.Version, err error) {
			for _, i := range append(again[v], where[v]) {
				failed[i] = s.complete("delete", objects[i].Path, err)
			}
		}
		if flat, ok := s.driver.(driver.Flat); ok {
			return s.deleteAtOnce(ctx, flat, versions, fail)
		}
		return s.deleteEach(ctx, versions, fail)
	})
	return failed, err
}

func (s *Store) deleteAtOnce(ctx context.Context, d driver.Flat, versions []driver.Version, fail func(driver.Version, error)) error {
	requests := slices.Collect(slices.Chunk(versions, deleteAtOnce))
	refused := make([][]*driver.KeyError, len(requests))
	err := safego.Many(ctx, len(requests), deletesInFlight, func(ctx context.Context, i int) (err error) {
		refused[i], err = d.DeleteMany(ctx, requests[i])
		return err
	})
	for _, one := range slices.Concat(refused...) {
		fail(one.Version, one.Err)
	}
	return err
}

func (s *Store) deleteEach(ctx context.Context, versions []driver.Version, fail func(driver.Version, error)) error {
	for _, v := range versions {
		err := s.driver.Delete(ctx, v.Key, driver.DeleteOptions{})
		if driver.Done(ctx) != nil {
			return driver.Done(ctx)
		}
		if err != nil && errs.CodeOf(err) != errs.NotFound && !driver.IsFolder(err) {
			fail(v, err)
		}
	}
	return nil
}
