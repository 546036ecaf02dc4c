#!/bin/sh
# Builds libremotestore.so into the folder given (default: build/).
# Needs Go and a C compiler. GOFLAGS and CGO_CFLAGS are heeded.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here/build}
mkdir -p "$out"
out=$(cd "$out" && pwd)
cd "$here"

# The version script leaves exactly the API visible: without it 45 symbols of
# cgo's and Go's would be exported too.
link="-Wl,--version-script=$here/capi/libremotestore.map -Wl,-soname,libremotestore.so.1 -Wl,-z,defs"
CGO_ENABLED=1 go build -trimpath -buildmode=c-shared \
    -ldflags "-s -w -extldflags '$link'" \
    -o "$out/libremotestore.so" ./capi
rm "$out/libremotestore.h" # cgo's: the real one is include/libremotestore.h
ln -sf libremotestore.so "$out/libremotestore.so.1" # the soname, which programs look for
echo "$out/libremotestore.so"
