# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# common.sh - for the tests of packages: words, the source tarball, and what no installed file may
# hold. Sourced with $work set to a folder of the test's own.
source=$LITEBENCH_SOURCE_DIR
jobs=${CMAKE_BUILD_PARALLEL_LEVEL:-2}
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
unset CC CXX # a package is built by the compiler of the distribution

fail() {
    echo "FAIL: $*" >&2
    exit 1
}

skip() {
    echo "skipped: $*"
    exit 77
}

need() { # PROGRAM PACKAGE
    command -v "$1" >/dev/null || skip "$1 is not installed (package $2)"
}

quietly() {
    "$@" >"$work/log" 2>&1 || {
        tail -n 40 "$work/log" | cut -c 1-300 >&2
        fail "$*"
    }
}

# Sets tarball: the sources as they stand, made the way a release is.
make_tarball() {
    tarball=$("$source/scripts/mkrelease" --work-tree "$work")
    name=$(basename "$tarball" .tar.gz)
    version=${name#litebench-}
}

# Nothing of the place where it was built, and no run path.
look_into() { # FOLDER FORBIDDEN-PATH
    local file
    if grep -rlaF -e "$2" -e "$source" "$1"; then
        fail "these files name the folder they were built in"
    fi
    while IFS= read -r file; do
        case $(head -c 4 "$file" | tr -d '\0') in
        *ELF*) ;;
        *) continue ;;
        esac
        readelf -dW "$file" >"$work/dynamic"
        if grep -E 'R(UN)?PATH' "$work/dynamic"; then
            fail "$file has a run path"
        fi
        grep -q 'BIND_NOW\|Flags:.*NOW' "$work/dynamic" || fail "$file binds its symbols late"
        readelf -lW "$file" | grep -q GNU_RELRO || fail "$file has no read-only relocations"
        if readelf -lW "$file" | grep 'GNU_STACK.*RWE'; then
            fail "$file has an executable stack"
        fi
    done < <(find "$1" -type f \( -path '*/bin/*' -o -name '*.so*' \))
}

# Every exported name is versioned and ours.
look_at_symbols() { # LIBRARY
    nm -D --defined-only --with-symbol-versions "$1" | awk '{print $3}' >"$work/names"
    if grep -vE '^(lb_[a-z_]+@@LITEBENCH_[0-9.]+|LITEBENCH_[0-9.]+(@@LITEBENCH_[0-9.]+)?)$' \
        "$work/names"; then
        fail "these names should not be exported"
    fi
}

# A root that packages are installed in: its files, before and after.
list_files() { # ROOT
    (cd "$1" && find . -xdev \( -path ./proc -o -path ./sys -o -path ./dev -o -path ./tmp \
        -o -path ./var \) -prune -o -print | LC_ALL=C sort)
}
