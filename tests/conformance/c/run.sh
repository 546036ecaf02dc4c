#!/bin/sh
# Runs cases.json through the library in the folder $1, in C, on every target.
# CFLAGS are added, for sanitizers.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
library=$(cd "$1" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

python3 "$here/cases_to_c.py" "$scratch/cases.h"
${CC:-cc} -std=c11 -Wall -Wextra -pedantic -Werror ${CFLAGS:-} -I"$here/../../../include" -I"$scratch" \
    -o "$scratch/conformance" "$here"/*.c -L"$library" -lremotestore
LD_LIBRARY_PATH=$library
export LD_LIBRARY_PATH

# The servers wait more than they work: all targets run at the same time.
"$scratch/conformance" memory >"$scratch/memory.log" 2>&1 &
memory=$!
"$scratch/conformance" local >"$scratch/local.log" 2>&1 &
local=$!
python3 "$here/../../servers/serve.py" versitygw -- "$scratch/conformance" s3 >"$scratch/versitygw.log" 2>&1 &
versitygw=$!
python3 "$here/../../servers/serve.py" moto -- "$scratch/conformance" s3 >"$scratch/moto.log" 2>&1 &
moto=$!
status=0
for target in memory local versitygw moto; do
    eval "wait \$$target" || status=1
    cat "$scratch/$target.log"
done
exit $status
