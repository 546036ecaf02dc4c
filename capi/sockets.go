package main

/*
#include "process.h"
*/
import "C"

import (
	"github.com/libremotestore/libremotestore/core/s3"
)

func init() {
	s3.OnSocket = func(fd uintptr) { C.rstore_socket_opened(C.int(fd)) }
}
