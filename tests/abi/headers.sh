#!/bin/sh
# The headers compile alone, and twice, in every standard that they promise.
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

# All of the C++ header, with and without exceptions, and both in one program.
cat >"$work/classes.hpp" <<'END'
#include "libremotestore.hpp"
#include "libremotestore.hpp"
#define INSTANTIATE(errors)                                  \
    template class remotestore::basic_context<errors>;       \
    template class remotestore::basic_listing<errors>;       \
    template class remotestore::basic_reader<errors>;        \
    template class remotestore::basic_writer<errors>;        \
    template class remotestore::basic_upload<errors>;        \
    template class remotestore::basic_store<errors>;         \
    template class remotestore::basic_registry<errors>;      \
    template struct remotestore::basic_library<errors>;      \
    template class remotestore::basic_reader_stream<errors>; \
    template class remotestore::basic_writer_stream<errors>;
INSTANTIATE(remotestore::returning)
#ifdef __cpp_exceptions
INSTANTIATE(remotestore::throwing)
#endif
END
echo '#include "classes.hpp"
int main() { return 0; }' >"$work/main.cpp"
echo '#include "classes.hpp"' >"$work/other.cpp"

# classes STANDARD OBJECT SOURCE [FLAG...]
classes() {
    standard=$1
    out=$2
    source=$3
    shift 3
    "${CXX:-c++}" -std="$standard" -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wold-style-cast \
        -Werror "$@" -I"$include" -I"$work" -c -o "$work/$out" "$work/$source"
    echo "header: $standard: classes $*: ok"
}

classes c++20 main.o main.cpp
classes c++17 main.o main.cpp
classes c++17 other.o other.cpp -fno-exceptions -fno-rtti
"${CXX:-c++}" -o "$work/program" "$work/main.o" "$work/other.o" -Wl,--unresolved-symbols=ignore-all
echo "header: both in one program: ok"
