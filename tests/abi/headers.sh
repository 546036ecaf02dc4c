#!/bin/sh
# The header compiles alone, and twice, in every standard that it promises.
# CC and CXX are the compilers, cc and c++ by default.
set -eu
include=$(cd "$(dirname "$0")/../../include" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# A translation unit of its own: a header given to the compiler directly gets
# other warnings. The header is the user's, not a system's, so -I and not
# -isystem, which would hide its warnings.
cat >"$work/unit.c" <<'END'
#include "libremotestore.h"
#include "libremotestore.h"
END
cp "$work/unit.c" "$work/unit.cpp"

# A program that has the structures of the Arrow C data interface from elsewhere.
cat >"$work/arrow.c" <<'END'
#define ARROW_C_DATA_INTERFACE
struct ArrowSchema;
struct ArrowArray;
#include "libremotestore.h"
END

# compile STANDARD COMPILER SOURCE
compile() {
    "$2" -std="$1" -Wall -Wextra -pedantic -Werror -fsyntax-only -I"$include" "$3"
    echo "header: $1: ok"
}

for standard in c89 c99 c11; do
    compile $standard "${CC:-cc}" "$work/unit.c"
done
compile c11 "${CC:-cc}" "$work/arrow.c"
for standard in c++98 c++11 c++17 c++20; do
    compile $standard "${CXX:-c++}" "$work/unit.cpp"
done
