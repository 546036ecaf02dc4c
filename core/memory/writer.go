package memory

import (
	"context"

	"github.com/libremotestore/libremotestore/core/driver"
)

// writer collects the bytes of one object.
type writer struct {
	tree *tree
	key  string
	o    driver.PutOptions
	data []byte
}

// NewWriter refuses at once what a Put would refuse now.
func (t *tree) NewWriter(ctx context.Context, key string, o driver.PutOptions) (driver.Writer, error) {
	if err := driver.Done(ctx); err != nil {
		return nil, err
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	if err := t.check(key, o.Mode, o.IfMatch); err != nil {
		return nil, err
	}
	return &writer{tree: t, key: key, o: o}, nil
}

func (w *writer) Write(ctx context.Context, p []byte) error {
	w.data = append(w.data, p...)
	driver.Transferred(ctx, int64(len(p)))
	return driver.Done(ctx)
}

func (w *writer) Commit(ctx context.Context) (driver.Object, error) {
	return w.tree.put(ctx, w.key, w.data, w.o)
}

func (w *writer) Abort(context.Context) error {
	w.data = nil
	return nil
}
