#!/bin/sh
# The race detector must see a race that is planted for it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
if out=$(cd "$here" && go test -race -count=1 -tags planted -run TestPlantedRace ./planted_race 2>&1); then
    echo "the race detector did not see the planted race"
    exit 1
fi
echo "$out" | grep -q "WARNING: DATA RACE" || { echo "$out"; exit 1; }
echo "planted race: seen"
