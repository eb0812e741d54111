#!/usr/bin/env bash
# Breaks the commit log's rules one by one and sees that the power-cut test notices each. The last line is
# `N passed, N failed`, or begins with `skipped` where the test can not run.
# usage: tests/PowerCut/mutants.sh [--seconds N] [FAULT...]    N: no further fault begins after this time
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)

end=
if [ "${1:-}" = --seconds ]; then
  end=$((SECONDS + $2))
  shift 2
fi

# The names are those of src/Shoal.Engine/Log/Faults.cs and src/Shoal.Sqlite/Vfs/DirectorySync.cs.
faults=("$@")
if [ $# -eq 0 ]; then
  faults=(no-log-flush checkpoint-before-durable recycle-before-sync keep-wal no-gate no-read-gate no-directory-sync)
fi

# A run stops at the first point that fails; one in which none does is a mutant that survives.
points=900
commits=1500

# A slow disk: most faults show only in what is written while a flush still runs.
flush_us=4000
seconds_max=600

# They need a build of their own, and only one; how long it takes does not count.
unset POWERCUT_BUILT
if ! output=$("$here/run.sh" --build --fault "${faults[0]}" 2>&1); then
  printf '%s\nerror: the build with faults fails\n0 passed, 1 failed\n' "$output"
  exit 1
fi
export POWERCUT_BUILT=1
passed=0
failed=0
for fault in "${faults[@]}"; do
  if [ -n "$end" ] && [ "$SECONDS" -ge "$end" ]; then
    echo "skipped: $fault: no time is left"
    continue
  fi

  start=$SECONDS
  output=$(timeout "$seconds_max" "$here/run.sh" --durability log --fault "$fault" --points "$points" --commits "$commits" \
    --flush-us "$flush_us" 2>&1)
  if grep '^skipped: ' <<<"$output"; then exit 0; fi
  if caught=$(grep "^caught: " <<<"$output"); then
    passed=$((passed + 1))
    echo "$caught, $((SECONDS - start)) s; $(grep '^seed ' <<<"$output")"
  else
    failed=$((failed + 1))
    echo "SURVIVED: $fault, $((SECONDS - start)) s"
    tail -n 15 <<<"$output"
  fi
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
