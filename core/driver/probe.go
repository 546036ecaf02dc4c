package driver

import "context"

// Prober is a Driver that can find out what its endpoint honours.
type Prober interface {
	Driver

	// Probe tries it on keys below a prefix that nobody else uses, and removes
	// all that it wrote, also when ctx ends.
	Probe(ctx context.Context, prefix string) (ProbeReport, error)
}

// ProbeReport is what a probe found. Its form in JSON is that of the C ABI.
type ProbeReport struct {
	Endpoint string         `json:"endpoint"` // URL; "" is AWS
	Bucket   string         `json:"bucket"`
	Server   string         `json:"server"`   // the header of that name; "" if there is none
	Requests int64          `json:"requests"` // that were sent, those to clean up included
	Findings []ProbeFinding `json:"findings"`
	Options  []ProbeOption  `json:"options"` // that should be other than their default
	Left     []string       `json:"left"`    // keys in the bucket that could not be removed
}

// ProbeFinding is what the endpoint does with one thing.
type ProbeFinding struct {
	Name       string       `json:"name"`
	Outcome    ProbeOutcome `json:"outcome"`
	HTTPStatus int          `json:"http_status"` // of the answer that decided; 0 if there was none
	S3Code     string       `json:"s3_code"`     // of that answer; "" if it has none
	Message    string       `json:"message"`     // one sentence
}

// ProbeOutcome says what an endpoint does with something.
type ProbeOutcome string

const (
	Honoured    ProbeOutcome = "honoured"    // what S3 does
	Ignored     ProbeOutcome = "ignored"     // nothing, and it does not say so
	Refused     ProbeOutcome = "refused"     // an error, where it should not be one
	Unsupported ProbeOutcome = "unsupported" // an error that says that there is no such operation
	Corrupted   ProbeOutcome = "corrupt"     // it stores other bytes than those that were sent
	Undecided   ProbeOutcome = "unknown"     // it was not asked, or its answer does not tell
)

// ProbeOption is an option that suits the endpoint.
type ProbeOption struct {
	Name   string `json:"name"` // as in section 4 of the header
	Value  string `json:"value"`
	Reason string `json:"reason"` // one sentence
}
