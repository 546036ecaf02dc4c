package core

import (
	"context"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

// Append adds data to the end of the object at path. If there is none, it makes
// one, with what o says of it; Overwrite and IfMatch must not be set.
func (s *Store) Append(ctx context.Context, path string, data []byte, o PutOptions) (info Info, err error) {
	err = s.run(ctx, "append", path, func(ctx context.Context) error {
		if o.Overwrite || o.IfMatch != "" {
			return errs.New(errs.InvalidArgument, "to append, and to replace an object, exclude each other")
		}
		options, err := s.putOptions(o)
		if err != nil {
			return err
		}
		d, ok := s.driver.(driver.Appender)
		if !ok || !s.Capabilities().Has(driver.CanAppend) {
			return driver.NotSupported(driver.CanAppend, "this backend cannot add to an object: write it anew")
		}
		key, err := s.key(path)
		if err != nil {
			return err
		}
		driver.Expect(ctx, int64(len(data)))
		made, err := d.Append(ctx, key, data, options)
		info = s.info(made)
		return err
	})
	return info, err
}
