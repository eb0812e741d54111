#!/usr/bin/env bash
# Builds the library and tests it: native/test.sh [output-dir]. CC and CFLAGS as for build.sh.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
output=${1:-$work/lib}

"$here/build.sh" "$output"
output=$(cd "$output" && pwd)
mkdir "$work/databases"
# shellcheck disable=SC2086 # CFLAGS may hold several words.
${CC:-cc} -std=gnu11 -O1 -g -Wall -Wextra ${CFLAGS:-} -I "$here" -I "$here/node_modules/better-sqlite3/deps/sqlite3" \
  "$here/tests/test_shoal.c" -o "$work/test_shoal" -L "$output" -lshoal_sqlite -Wl,-rpath,"$output"
"$work/test_shoal" "$work/databases" "$here/tests/d9.tsv" "$here/tests/measured.tsv"
