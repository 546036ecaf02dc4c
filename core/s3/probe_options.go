package s3

import (
	"fmt"
	"slices"

	"github.com/libremotestore/libremotestore/core/driver"
)

// options are those that suit the endpoint and are not what they are without
// being set. What makes a promise weaker says so, for the user to decide.
func (p *probe) options() []driver.ProbeOption {
	options := []driver.ProbeOption{}
	set := func(name, value, format string, args ...any) {
		options = append(options, driver.ProbeOption{Name: name, Value: value, Reason: fmt.Sprintf(format, args...)})
	}
	fails := func(name string, outcomes ...driver.ProbeOutcome) bool {
		return slices.Contains(outcomes, p.outcomes[name])
	}

	unconditional := ""
	for _, name := range []string{"put_if_none_match", "complete_if_none_match"} {
		if unconditional == "" && fails(name, driver.Ignored, driver.Refused) {
			unconditional = name
		}
	}
	switch {
	case unconditional != "":
		set("conditional_put", "check", "%s is %s, so a write that may not overwrite has to look first: not atomic, two "+
			"writers may both win", unconditional, p.outcomes[unconditional])
	case p.outcomes["copy_if_none_match"] == driver.Honoured && p.outcomes["copy"] == driver.Honoured:
		set("copy_if_not_exists", "native", "copy_if_none_match is honoured: a copy that may not overwrite is one request instead of four")
	}

	best := "none"
	for _, c := range slices.Backward(probedChecksums) {
		if p.verifies(c) {
			best = string(c.algorithm)
		}
	}
	switch usual := p.usualChecksum(); {
	case best == usual:
	case best == "none":
		set("checksum_algorithm", best, "no checksum that was tried is honoured in all uploads, and the default is %s", usual)
	default:
		set("checksum_algorithm", best, "uploads are checked by it, in one request and in parts; the default is %s", usual)
	}

	if fails("delete_objects", driver.Ignored, driver.Refused, driver.Unsupported) {
		set("disable_bulk_delete", "true", "delete_objects is %s, so objects have to be deleted one by one", p.outcomes["delete_objects"])
	}
	if fails("tagging", driver.Refused, driver.Unsupported) {
		set("disable_tagging", "true", "tagging is %s, so a write with tags fails unless they are left out", p.outcomes["tagging"])
	}
	return options
}

// usualChecksum is what is used if nobody sets checksum_algorithm: see checksum.
func (p *probe) usualChecksum() string {
	if p.endpointURL() == "" {
		return string(probedChecksums[0].algorithm)
	}
	return "none"
}
