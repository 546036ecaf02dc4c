#!/bin/sh
# Runs cases.json through the library in the folder $1, in C++, with the sanitizers: on every
# target by exceptions, and by results, compiled without exceptions, where no server is needed.
# Then what only C++ has.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
include=$(cd "$here/../../../include" && pwd)
library=$(cd "$1" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
sanitize='-g -fsanitize=address,undefined -fno-sanitize-recover=undefined'

# build PROGRAM SOURCE... [FLAG...]
build() {
    program=$1
    shift
    ${CXX:-c++} -Wall -Wextra -Wpedantic -Wconversion -Werror $sanitize -I"$include" \
        -o "$scratch/$program" "$@" -L"$library" -lremotestore -pthread
}

python3 "$here/../c/cases_to_c.py" "$scratch/cases.h"
${CC:-cc} -std=c11 $sanitize -I"$include" -I"$scratch" -c -o "$scratch/cases.o" "$here/../c/cases.c"
build results "$here"/*.cpp "$scratch/cases.o" -std=c++20 -DERRORS=returning -fno-exceptions -fno-rtti &
results=$!
build exceptions "$here"/*.cpp "$scratch/cases.o" -std=c++17 -DERRORS=throwing
build classes "$here"/classes/*.cpp -std=c++17
wait $results
LD_LIBRARY_PATH=$library
export LD_LIBRARY_PATH

# start NAME COMMAND...: the servers wait more than they work, so all run at the same time.
start() {
    log=$scratch/$1.log
    shift
    "$@" >"$log" 2>&1 &
}

start memory "$scratch/exceptions" memory
memory=$!
start local "$scratch/exceptions" local
local=$!
start versitygw python3 "$here/../../servers/serve.py" versitygw -- "$scratch/exceptions" s3
versitygw=$!
start moto python3 "$here/../../servers/serve.py" moto -- "$scratch/exceptions" s3
moto=$!
start results_memory "$scratch/results" memory
results_memory=$!
start results_local "$scratch/results" local
results_local=$!
start classes "$scratch/classes"
classes=$!
status=0
for each in memory local versitygw moto results_memory results_local classes; do
    eval "wait \$$each" || status=1
    cat "$scratch/$each.log"
done
exit $status
