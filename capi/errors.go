package main

/*
#include "libremotestore.h"
*/
import "C"

import (
	"sync"

	"github.com/libremotestore/libremotestore/capi/internal/handle"
	"github.com/libremotestore/libremotestore/core/errs"
)

// errorHandle is an error that C may look at. Its C text is made when it is
// asked for, which for most errors never happens.
type errorHandle struct {
	*errs.Error
	once     sync.Once
	texts    block
	evidence C.rstore_evidence
}

func (e *errorHandle) Finalize() { e.texts.free() }

func (e *errorHandle) render() {
	b := &e.texts
	fields := []struct {
		out  **C.char
		text string
	}{
		{&e.evidence.message, e.Message},
		{&e.evidence.operation, e.Op},
		{&e.evidence.path, e.Path},
		{&e.evidence.backend, e.Backend},
		{&e.evidence.s3_code, e.S3Code},
		{&e.evidence.request_id, e.RequestID},
		{&e.evidence.host_id, e.HostID},
		{&e.evidence.capability, e.Capability},
		{&e.evidence.upload_id, e.UploadID},
		{&e.evidence.detail, e.Detail},
	}
	for _, f := range fields {
		b.reserveText(f.text)
	}
	if b.allocate() != nil {
		for _, f := range fields {
			*f.out = (*C.char)(noText)
		}
	} else {
		for _, f := range fields {
			*f.out, _ = b.addText(f.text)
		}
	}
	e.evidence.status = C.int32_t(e.Code)
	e.evidence.http_status = C.int32_t(e.HTTPStatus)
	e.evidence.attempts = C.int32_t(e.Attempts)
	if e.Retryable {
		e.evidence.retryable = 1
	}
}

//export go_rstore_error_evidence
func go_rstore_error_evidence(h C.rstore_error, out *C.rstore_evidence, size C.size_t) C.int32_t {
	return call(nil, func() error {
		return use(h, handle.Error, func(e *errorHandle) error {
			e.once.Do(e.render)
			return fill(out, size, "evidence", e.evidence)
		})
	})
}
