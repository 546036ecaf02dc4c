#!/bin/sh
# Compares the Go benchmarks of core as they are here with those of the commit $1.
set -eu
cd "$(dirname "$0")/../.."
here=$PWD
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# measure FOLDER NAME: adds to NAME what the benchmarks in a folder take.
measure() {
    (cd "$1" && go test -run '^$' -bench . -benchmem -count 2 ./core/...) >> "$scratch/$2"
}

mkdir "$scratch/source"
git archive "$1" | tar -x -C "$scratch/source"
for _ in 1 2 3; do
    measure "$scratch/source" old
    measure "$here" new
done
cd "$scratch"
go run golang.org/x/perf/cmd/benchstat@v0.0.0-20260908200009-22c9c6c9d4da old new
