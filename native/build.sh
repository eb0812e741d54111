#!/usr/bin/env bash
# Builds Shoal's SQLite: native/build.sh <output-dir> leaves <output-dir>/libshoal_sqlite.so.
# CC chooses the compiler (default: gcc, else clang). Prints one line; details only on failure.
set -euo pipefail

# The message also goes to a file, from which MSBuild makes its error.
error_file=/dev/null
fail() {
  printf 'native/build.sh: error: %s\n' "$*" >&2
  printf '%s\n' "$*" >"$error_file"
  exit 1
}

[ $# -eq 1 ] || fail "usage: native/build.sh <output-dir>"

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "$1" || fail "cannot create the output directory '$1'"
output=$(cd "$1" && pwd)
error_file=$output/.error
library=libshoal_sqlite.so
sqlite_version=3.53.2
package=$here/node_modules/better-sqlite3

# One build at a time, for all output directories: npm writes into this folder.
exec 9>"$here/.build.lock"
if command -v flock >/dev/null 2>&1; then flock 9; fi

# Who waited for another build of the same inputs has nothing left to do.
stamp=$output/.$library.inputs
fingerprint() {
  { cat "$here"/{build.sh,package-lock.json,sqlite.hunks,apply-hunks.awk,run_limits.c,shoal_sqlite.c,shoal_sqlite.h}
    printf '%s\n' "${CC:-}" "${CFLAGS:-}" "$(uname -m)"; } | cksum
}
inputs=$(fingerprint)
rm -f "$error_file"
if [ -f "$output/$library" ] && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$inputs" ]; then
  touch "$output/$library"
  exit 0
fi

compiler=${CC:-}
if [ -z "$compiler" ]; then
  for candidate in gcc clang; do
    if command -v "$candidate" >/dev/null 2>&1; then compiler=$candidate; break; fi
  done
fi
[ -n "$compiler" ] || fail "no C compiler found. Install one: apt-get install -y gcc libc6-dev"
command -v "${compiler%% *}" >/dev/null 2>&1 || fail "the compiler CC='$compiler' was not found. Install one: apt-get install -y gcc libc6-dev"
command -v awk >/dev/null 2>&1 || fail "awk was not found. Install it: apt-get install -y mawk"

case $(uname -m) in
  x86_64 | aarch64 | arm64) ;;
  *) fail "unsupported processor '$(uname -m)': Shoal supports x86_64 and arm64" ;;
esac

rm -rf "$output"/.build.*  # what a killed build left
work=$(mktemp -d "$output/.build.XXXXXX")
trap 'rm -rf "$work"' EXIT

printf '#include <stdio.h>\n#include <math.h>\nint main(void){return (int)floor(0.0);}\n' >"$work/probe.c"
$compiler "$work/probe.c" -o "$work/probe" -lm 2>"$work/log" ||
  fail "$compiler cannot compile and link a program ($(head -n 1 "$work/log")). Install the C library headers: apt-get install -y gcc libc6-dev"

# npm leaves the lock of what it installed in node_modules; ours is newer whenever it changed.
if [ ! -f "$package/deps/sqlite3/sqlite3.c" ] || ! cmp -s "$here/package-lock.json" "$here/node_modules/.shoal-lock.json"; then
  command -v npm >/dev/null 2>&1 || fail "npm was not found; it fetches the pinned SQLite source. Install it: apt-get install -y npm"
  echo "Fetching the pinned SQLite source (npm ci)" >&2
  (cd "$here" && npm ci --ignore-scripts --no-audit --no-fund) >"$work/log" 2>&1 ||
    { cat "$work/log" >&2; fail "npm ci failed in $here (see above). It needs the package registry, or a filled npm cache"; }
  cp "$here/package-lock.json" "$here/node_modules/.shoal-lock.json"
fi

source=$package/deps/sqlite3
grep -q "^#define SQLITE_VERSION  *\"$sqlite_version\"" "$source/sqlite3.h" &&
  grep -q "^#define SQLITE_VERSION  *\"$sqlite_version\"" "$source/sqlite3.c" ||
  fail "the SQLite source in $source is not version $sqlite_version; see 'Another SQLite version' in native/README.md"

cp "$source/sqlite3.h" "$here/run_limits.c" "$here/shoal_sqlite.c" "$here/shoal_sqlite.h" "$work/"
awk -f "$here/apply-hunks.awk" "$here/sqlite.hunks" "$source/sqlite3.c" >"$work/sqlite3.c" ||
  fail "native/sqlite.hunks does not apply to this SQLite source; see 'Another SQLite version' in native/README.md"

# The README says why each one is set.
options=(
  SQLITE_THREADSAFE=2
  SQLITE_DQS=3
  SQLITE_DEFAULT_MEMSTATUS=0
  SQLITE_DEFAULT_PCACHE_INITSZ=0
  SQLITE_DEFAULT_FOREIGN_KEYS=1
  SQLITE_ENABLE_COLUMN_METADATA
  SQLITE_ENABLE_DBPAGE_VTAB
  SQLITE_ENABLE_FTS5
  SQLITE_ENABLE_MATH_FUNCTIONS
  SQLITE_ENABLE_PREUPDATE_HOOK
  SQLITE_ENABLE_RTREE
  SQLITE_ENABLE_SESSION
  SQLITE_ENABLE_SNAPSHOT
  SQLITE_ENABLE_UPDATE_DELETE_LIMIT
  SQLITE_LIKE_DOESNT_MATCH_BLOBS
  SQLITE_OMIT_DEPRECATED
  SQLITE_OMIT_SHARED_CACHE
  SQLITE_MAX_ALLOCATION_SIZE=16777216
  SQLITE_PRINTF_PRECISION_LIMIT=100000
  HAVE_FDATASYNC=1
  HAVE_GMTIME_R=1
  HAVE_LOCALTIME_R=1
  HAVE_USLEEP=1
  NDEBUG
)

echo "Compiling SQLite $sqlite_version for Shoal with $compiler (about a minute)" >&2
# shellcheck disable=SC2086 # CC and CFLAGS may hold several words.
$compiler -O2 -fPIC -shared -fvisibility=hidden -std=gnu11 -pthread "${options[@]/#/-D}" ${CFLAGS:-} \
  -ffile-prefix-map="$work"=. -I "$work" "$work/shoal_sqlite.c" -o "$work/$library" \
  -Wl,-soname,"$library" -Wl,--no-undefined -Wl,-z,relro,-z,now -lm -ldl 2>"$work/log" ||
  { cat "$work/log" >&2; fail "$compiler could not compile SQLite (see above)"; }

# A rename, so that a build that was killed never leaves half a library.
mv -f "$work/$library" "$output/$library"
printf '%s\n' "$inputs" >"$stamp"
