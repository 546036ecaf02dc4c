#!/bin/sh
# Compares the Go benchmarks of core as they are here with those of the commit $1.
set -eu
cd "$(dirname "$0")/../.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
here=$PWD

# measure FOLDER: prints what the benchmarks in it take.
measure() {
    (cd "$1" && go test -run '^$' -bench . -benchmem -count 6 ./core/...)
}

mkdir "$scratch/source"
git archive "$1" | tar -x -C "$scratch/source"
measure "$scratch/source" > "$scratch/old"
measure "$here" > "$scratch/new"
go run golang.org/x/perf/cmd/benchstat@v0.0.0-20260908200009-22c9c6c9d4da "$scratch/old" "$scratch/new"
