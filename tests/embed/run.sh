#!/bin/sh
# Runs the C test programs with the library in the folder given: plainly, with
# the sanitizers, and then with planted bugs, which the sanitizers must see. An
# S3 server runs beside them.
#
#     run.sh LIBDIR
#
# CC is the compiler, cc by default. It needs AddressSanitizer and ThreadSanitizer.
set -eu
if [ $# -ne 1 ]; then
    echo "usage: $0 LIBDIR" >&2
    exit 1
fi
here=$(cd "$(dirname "$0")" && pwd)
if [ -z "${REMOTESTORE_TEST_S3_TARGET:-}" ]; then
    exec python3 "$here/../servers/serve.py" versitygw -- "$here/run.sh" "$1"
fi
lib=$(cd "$1" && pwd)
include=$(cd "$here/../../include" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# build SOURCE PROGRAM [FLAGS]: from SOURCE.c, or from all of the folder SOURCE,
# with what is common.
build() {
    source=$here/$1
    out=$work/$2
    shift 2
    if [ -d "$source" ]; then
        set -- "$@" "$source"/*.c
    else
        set -- "$@" "$source.c"
    fi
    "${CC:-cc}" -std=c11 -O1 -g -Wall -Wextra -pedantic -Werror "$@" "$here"/common/*.c \
        -I"$here/common" -I"$include" -o "$out" -rdynamic \
        -L"$lib" -lremotestore -Wl,-rpath,"$lib" -pthread -ldl
}

build_sanitized() {
    build "$1" "$1-sanitized" -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
}

sanitized() {
    name=$1
    shift
    ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1 "$work/$name-sanitized" "$@"
}

# must_report PROGRAM TEXT: the program fails, and the report says TEXT.
must_report() {
    build_sanitized "$1"
    if sanitized "$1" >"$work/report" 2>&1; then
        echo "FAIL $1: the sanitizer did not see the planted bug" >&2
        failed=1
    elif ! grep -q "$2" "$work/report"; then
        echo "FAIL $1: the report does not say \"$2\":" >&2
        cat "$work/report" >&2
        failed=1
    else
        echo "$1: reported, as it must be: $2"
    fi
}

# meanwhile PROGRAM COMMAND...: runs the program, which mostly waits, beside
# what follows; finish PROGRAM waits for it.
meanwhile() {
    out=$1
    shift
    "$@" >"$work/$out.out" 2>&1 &
}

finish() {
    wait $! || failed=1
    echo "== $1"
    cat "$work/$1.out"
}

# forks LOAD NESTED MANY: each part is a process; those that read have an endpoint
# behind TLS.
forks() {
    for part in lazy clone signals no-memfd replaced hook; do
        "$work/$forks" $part || failed=1
    done
    # shellcheck disable=SC2016
    env -u REMOTESTORE_TEST_S3_URL python3 "$here/../servers/serve.py" versitygw-tls -- sh -euc '
        "$0" load "$1"; "$0" nested "$2"; "$0" together 8; "$0" many "$3"' "$work/$forks" "$@" || failed=1
}
forks=forks

failed=0
build interrupt interrupt
build_sanitized interrupt
meanwhile interrupt "$work/interrupt"
for program in misuse arrow queue stress uninitialised; do
    echo "== $program"
    build $program $program
    "$work/$program" || failed=1
done
finish interrupt
meanwhile interrupt-sanitized sanitized interrupt
echo "== misuse, with sanitizers"
build_sanitized misuse
sanitized misuse || failed=1
echo "== arrow, with sanitizers"
build_sanitized arrow
sanitized arrow || failed=1
echo "== queue, with sanitizers"
build_sanitized queue
sanitized queue || failed=1
echo "== stress, with sanitizers"
build_sanitized stress
sanitized stress 100000 || failed=1
finish interrupt-sanitized
for sanitizer in thread address,undefined; do
    echo "== blocks, with $sanitizer"
    "${CC:-cc}" -std=c11 -O1 -g -Wall -Wextra -pedantic -Werror "-fsanitize=$sanitizer" "$here/blocks.c" \
        "$here/../../capi/blocks.c" -I"$include" -o "$work/blocks" -pthread
    "$work/blocks" || failed=1
done
echo "== guest"
build guest guest
"$work/guest" eintr || failed=1
"$work/guest" stacks || failed=1
cp "$lib/libremotestore.so" "$work/copy.so" # the program is linked with the other
"$work/guest" unload "$work/copy.so" || failed=1
"$work/guest" copies "$lib/libremotestore.so" "$work/copy.so" || failed=1
(cd "$here" && go build -buildmode=c-shared -o "$work/other.so" ./other)
"$work/guest" other "$lib/libremotestore.so" "$work/other.so" || failed=1
echo "== forks"
build forks forks
forks 300 50 1000
REMOTESTORE_BUILD=plain "$here/../../build.sh" "$work/plain"
LD_LIBRARY_PATH="$work/plain" "$work/forks" plain || failed=1
echo "== forks, with sanitizers"
build_sanitized forks
forks=forks-sanitized
ASAN_OPTIONS=handle_segv=0:handle_sigbus=0:handle_sigfpe=0 forks 30 10 100
echo "== planted bugs"
must_report planted_asan heap-buffer-overflow
must_report planted_ubsan "signed integer overflow"
must_report planted_leak "detected memory leaks"
exit $failed
