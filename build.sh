#!/bin/sh
# Builds libremotestore.so into the folder given (default: build/), and says how.
#
# On Linux with glibc, Go is linked behind C functions that start it at the first
# call, and again in the child of a fork (capi/start.c). Elsewhere, or with
# REMOTESTORE_BUILD=plain, it is Go's own shared library, which starts when it
# is loaded and refuses the child of a fork.
#
# Needs Go, a C compiler and, for the first, objcopy. CC, AR, OBJCOPY, GOARCH,
# GOFLAGS, GO_LDFLAGS and CGO_CFLAGS are heeded.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here/build}
mkdir -p "$out"
out=$(cd "$out" && pwd)
cd "$here"
export CGO_ENABLED=1
: "${CC:=$(go env CC)}"
export CC

# The version script leaves exactly the API visible: without it 45 symbols of
# cgo's and Go's would be exported too.
link="-Wl,--version-script=$here/capi/libremotestore.map -Wl,-soname,libremotestore.so.1 -Wl,-z,defs"

# Go must not send itself SIGURG: a poll, a sleep or an epoll_wait of the host that it
# meets ends with EINTR, SA_RESTART or not, once in 200,000 calls.
go="-s -w -X=runtime.godebugDefault=asyncpreemptoff=1 ${GO_LDFLAGS:-}"

# Go's archive, whose start goes into a section that no loader runs.
lazy() {
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    trap 'exit 1' HUP INT TERM
    go build -trimpath -buildmode=c-archive -ldflags "$go" -o "$work/go.a" ./capi
    mkdir "$work/objects"
    (cd "$work/objects" && "${AR:-ar}" x ../go.a)
    "${OBJCOPY:-objcopy}" --rename-section .init_array=rstore_go_start "$work/objects/go.o"
    # shellcheck disable=SC2086
    $CC -shared -o "$out/libremotestore.so" "$work"/objects/*.o $link ${CGO_LDFLAGS:-} \
        -Wl,-Bsymbolic -Wl,--wrap=pthread_getattr_np -Wl,--build-id=sha1 \
        -Wl,-z,nodelete -Wl,-z,now -Wl,-z,relro -Wl,-s -pthread -ldl
}

plain() {
    go build -trimpath -buildmode=c-shared -ldflags "$go -extldflags '$link'" -o "$out/libremotestore.so" ./capi
    rm "$out/libremotestore.h" # cgo's: the real one is include/libremotestore.h
}

is_glibc() { printf '#include <features.h>\n#ifndef __GLIBC__\n#error\n#endif\n' | $CC -E - >/dev/null 2>&1; }

how=${REMOTESTORE_BUILD:-}
if [ -z "$how" ]; then
    how=plain
    if [ "$(go env GOOS)" = linux ] && is_glibc; then how=lazy; fi
fi
case $how in
lazy | plain) $how ;;
*)
    echo "REMOTESTORE_BUILD is '$how', but must be lazy or plain" >&2
    exit 1
    ;;
esac
ln -sf libremotestore.so "$out/libremotestore.so.1" # the soname, which programs look for
echo "$out/libremotestore.so ($how)"
