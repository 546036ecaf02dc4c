#!/bin/sh
# Runs queue.c with the library in the folder $1, on memory, a folder and the
# S3 server beside it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
library=$(cd "$1" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

"${CC:-cc}" -std=c11 -O2 -Wall -Wextra -pedantic -Werror -I"$here/../../include" -o "$scratch/queue" "$here/queue.c" \
    -L"$library" -lremotestore -Wl,-rpath,"$library" -pthread
"$scratch/queue" memory:// "file://$scratch/store" "$REMOTESTORE_TEST_S3_URL"
