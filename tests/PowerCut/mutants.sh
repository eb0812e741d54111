#!/usr/bin/env bash
# Breaks the commit log's rules one by one and sees that the power-cut test notices each. The last line is
# `N passed, N failed`, or begins with `skipped` where the test can not run.
# usage: tests/PowerCut/mutants.sh [FAULT...]
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)

# The names are those of src/Shoal.Engine/Log/Faults.cs.
faults=("$@")
if [ $# -eq 0 ]; then
  faults=(no-log-flush checkpoint-before-durable recycle-before-sync keep-wal no-gate no-read-gate)
fi

# They need a build of their own, and only one.
unset POWERCUT_BUILT
passed=0
failed=0
for fault in "${faults[@]}"; do
  output=$("$here/run.sh" --durability log --fault "$fault" --points 500 2>&1)
  if grep '^skipped: ' <<<"$output"; then exit 0; fi
  export POWERCUT_BUILT=1
  if grep "^caught: " <<<"$output"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    tail -n 15 <<<"$output"
  fi
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
