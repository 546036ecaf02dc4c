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
    -o "$scratch/conformance" "$here/conformance.c" -L"$library" -lremotestore
LD_LIBRARY_PATH=$library
export LD_LIBRARY_PATH
"$scratch/conformance" memory
"$scratch/conformance" local
for server in versitygw moto; do
    python3 "$here/../../servers/serve.py" $server -- "$scratch/conformance" s3
done
