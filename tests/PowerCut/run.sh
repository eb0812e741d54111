#!/usr/bin/env bash
# Cuts the power under a running engine, many times, and checks what is left. README.md tells how.
# The last line is `N passed, N failed`, or begins with `skipped` where the test can not run.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
root=${here%/tests/PowerCut}

usage() {
  cat <<'END'
usage: tests/PowerCut/run.sh [options]
  --points N         power cuts; 1000 if not given
  --seconds N        after this time no further eighth of the points begins
  --seed N           of load and cuts; random if not given, and printed
  --durability MODE  log (the default) or sqlite
  --fault NAME       breaks a rule of the engine on purpose (SHOAL_FAULT): the run passes if that is noticed
  --fs ext4          the file system
  --commits N        length of the load
  --flush-us N       how long a flush of the disk takes, at least; 500 if not given
  --lies N           the disk confirms flushes N flushes too early: the run passes if that is noticed
  --errors N         instead: a script of which a write or flush fails, N times another one; or all of them: "all"
  --only WORDS       with --errors, what fails: "write database forever", for example
  --from ERROR       with --errors, N positions from this one on, as a failure was reported: "write 5464 EIO forever"
  --bad-disks N      instead: N short loads on disks that fail or get full, each with 10 power cuts
  --replay FOLDER    no new load: cuts the power of the recording that a failed run has kept
  --point N          only this point
  --build            only builds, with --fault what it needs
END
}

replay=
build_only=
binaries=$root/artifacts/bin
properties=()
arguments=()
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage; exit 0 ;;
    --build) build_only=1; shift ;;
    --points | --seconds | --seed | --durability | --fault | --fs | --commits | --flush-us | --lies | --errors | --only | --from | --bad-disks | --point | --replay)
      if [ $# -lt 2 ]; then echo "error: $1 needs a value" >&2; exit 2; fi
      if [ "$1" = --fault ]; then
        binaries=$root/artifacts/faults/bin
        properties=(-p:ShoalFaults=true -p:RunAnalyzers=false)
      fi
      if [ "$1" = --replay ]; then replay=$2; else arguments+=("$1" "$2"); fi
      shift 2
      ;;
    *) echo "error: unknown option $1" >&2; usage >&2; exit 2 ;;
  esac
done

# can_not_run REASON HINT: a skip, or a failure where the test is required.
can_not_run() {
  if [ "${POWERCUT_REQUIRED:-}" = 1 ]; then
    printf 'error: the power-cut test can not run: %s\nhint: %s\n0 passed, 1 failed\n' "$1" "$2"
    exit 1
  fi

  printf 'skipped: the power-cut test can not run: %s (%s)\n' "$1" "$2"
  exit 0
}

[ "$(uname -s)" = Linux ] || can_not_run 'it needs Linux' 'run it in a virtual machine'
[ "$(id -u)" -eq 0 ] || can_not_run 'it mounts file systems, so it must be root' "sudo $0"
[ -c /dev/fuse ] || can_not_run 'there is no /dev/fuse' 'modprobe fuse; in a container: --device /dev/fuse --privileged'
[ -c /dev/loop-control ] || can_not_run 'there are no loop devices' 'modprobe loop; in a container: --privileged'
command -v mkfs.ext4 >/dev/null || can_not_run 'mkfs.ext4 is missing' 'apt-get install e2fsprogs'
command -v unshare >/dev/null || can_not_run 'unshare is missing' 'apt-get install util-linux'
command -v "${CC:-gcc}" >/dev/null || can_not_run 'a C compiler is missing' 'apt-get install gcc libc6-dev'
command -v pkg-config >/dev/null && pkg-config --exists fuse3 ||
  can_not_run "libfuse's headers are missing" 'apt-get install libfuse3-dev fuse3 pkg-config'
unshare --mount true 2>/dev/null || can_not_run 'mount namespaces are not allowed' 'in a container: --privileged'

output=$root/artifacts/power-cut
mkdir -p "$output"
disk=$output/disk
# shellcheck disable=SC2046
"${CC:-gcc}" -O2 -Wall -Wextra -Werror "$here/disk.c" -o "$disk" $(pkg-config --cflags --libs fuse3)
refuse=$output/refuse.so
"${CC:-gcc}" -O2 -Wall -Wextra -Werror -shared -fPIC "$here/refuse.c" -o "$refuse"
project=Shoal.PowerCut
if [ -z "${POWERCUT_BUILT:-}" ]; then
  dotnet build "$here/$project/$project.csproj" -c Release ${properties[@]+"${properties[@]}"} -nodeReuse:false -v quiet -clp:NoSummary >&2
fi
if [ -n "$build_only" ]; then exit 0; fi

if [ -n "$replay" ]; then
  work=$(cd "$replay" && pwd -P)
  arguments+=(--replay yes)
else
  work=$(mktemp -d "$output/run-XXXXXX")
fi

finish() {
  kill -KILL "$child" 2>/dev/null || true
  wait "$child" 2>/dev/null || true
  if [ -n "$replay" ]; then return; fi
  case $code in
    1 | 2) echo "The recording is kept; to see a point again: $0 --replay $work --point N" >&2 ;;
    *) rm -rf "$work" ;;
  esac
}

# All of it lives in namespaces of its own: when the first process in there ends, in whatever way, every other one is
# killed, every mount goes, and every loop device frees itself.
code=130
unshare --mount --propagation private --pid --fork --kill-child --mount-proc \
  dotnet "$binaries/$project/release/$project.dll" run --work "$work" --disk "$disk" --refuse "$refuse" \
  ${arguments[@]+"${arguments[@]}"} &
child=$!
trap finish EXIT
trap 'exit 130' INT TERM
if wait "$child"; then code=0; else code=$?; fi
exit "$code"
