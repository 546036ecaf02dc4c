package core

import (
	"context"

	"github.com/libremotestore/libremotestore/core/driver"
)

// Progress is what the calls with one context have done so far.
type Progress = driver.Progress

// WithProgress returns a context whose calls are noted in p.
func WithProgress(ctx context.Context, p *Progress) context.Context {
	return driver.WithProgress(ctx, p)
}
