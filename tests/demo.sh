#!/bin/sh
# Runs the C and the Python example on memory, a folder and S3. The library is
# in the folder $1; the URL of the bucket is $2, else $REMOTESTORE_TEST_S3_URL.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
library=$1
s3=${2:-${REMOTESTORE_TEST_S3_URL:?}}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

${CC:-cc} -std=c99 -Wall -Wextra -I"$here/include" -o "$scratch/demo" \
    "$here/bindings/c/examples/demo.c" -L"$library" -lremotestore
for url in memory:// "file://$scratch/store" "$s3"; do
    LD_LIBRARY_PATH="$library" "$scratch/demo" "$url"
    REMOTESTORE_LIBRARY="$library/libremotestore.so" PYTHONPATH="$here/bindings/python/src" \
        python3 "$here/bindings/python/examples/demo.py" "$url"
done
