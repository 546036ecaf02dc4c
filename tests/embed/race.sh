#!/bin/sh
# Runs the C program about queues with the library under Go's race detector, which
# must also see a race that is planted in it. An S3 server runs beside it.
#
# As an archive: a shared library under the detector does not load where addresses
# are random (runtime/race, "failed to allocate").
set -eu
here=$(cd "$(dirname "$0")" && pwd)
if [ -z "${REMOTESTORE_TEST_S3_TARGET:-}" ]; then
    exec python3 "$here/../servers/serve.py" versitygw -- "$here/race.sh"
fi
root=$(cd "$here/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# build PROGRAM [FLAGS]: with the library under the detector.
build() {
    program=$work/$1
    shift
    (cd "$root" && go build -race -buildmode=c-archive "$@" -o "$program.a" ./capi)
    "${CC:-cc}" -std=c11 -O1 -g -Wall -Wextra -pedantic -Werror -no-pie "$here"/queue/*.c "$here"/common/*.c \
        -I"$here/common" -I"$root/include" -o "$program" "$program.a" -pthread -ldl -lm
}

build queue
GORACE=halt_on_error=1 "$work/queue"

echo "{\"Replace\": {\"$root/capi/planted.go\": \"$here/planted_race/library/planted.go\"}}" >"$work/overlay.json"
build planted -tags planted -overlay "$work/overlay.json"
if GORACE=halt_on_error=1 "$work/planted" >"$work/report" 2>&1; then
    echo "the race detector did not see the race that was planted in the library" >&2
    exit 1
fi
grep -q "WARNING: DATA RACE" "$work/report" || { cat "$work/report"; exit 1; }
echo "planted race in the library: seen"
