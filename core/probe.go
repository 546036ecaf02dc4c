package core

import (
	"context"
	"crypto/rand"
	"encoding/json"

	"github.com/libremotestore/libremotestore/core/driver"
	"github.com/libremotestore/libremotestore/core/errs"
)

// ProbeReport is what [Store.Probe] found.
type ProbeReport = driver.ProbeReport

// probePrefix begins the name of the folder that a probe works in. What a
// process leaves there that was killed may be removed.
const probePrefix = ".remotestore-probe-"

// Probe finds out what the endpoint honours, ignores and refuses, by about 75
// small requests on keys in a folder of its own, and which options suit it. It
// changes nothing in the store, and removes all that it wrote, also when it
// fails or ctx ends: then behind its back, see [Settle]. For S3 only.
func (s *Store) Probe(ctx context.Context) (report ProbeReport, err error) {
	err = s.run(ctx, "probe", "", func(ctx context.Context) error {
		d, ok := s.driver.(driver.Prober)
		if !ok {
			return errs.New(errs.NotSupported, "there is no endpoint to probe: this is for S3")
		}
		report, err = d.Probe(ctx, driver.AsPrefix(driver.Join(s.root, probePrefix+rand.Text())))
		return err
	})
	return report, err
}

// ProbeJSON is the report as the C ABI gives it.
func ProbeJSON(r ProbeReport) (string, error) {
	text, err := json.Marshal(r)
	return string(text), err
}
