#!/usr/bin/env bash
# Kills a server under load, many times, and checks what it serves afterwards. The last line is `N passed, N failed`.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
root=${here%/tests/PowerCut}

usage() {
  cat <<'END'
usage: tests/PowerCut/kill-loop.sh [options]
  --kills N          100 if not given
  --seconds N        no further kill after this time
  --seed N           of load and kills; random if not given, and printed
  --durability MODE  log (the default) or sqlite
END
}

arguments=()
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage; exit 0 ;;
    --kills | --seconds | --seed | --durability)
      if [ $# -lt 2 ]; then echo "error: $1 needs a value" >&2; exit 2; fi
      arguments+=("$1" "$2")
      shift 2
      ;;
    *) echo "error: unknown option $1" >&2; usage >&2; exit 2 ;;
  esac
done

project=Shoal.PowerCut
"$root/shoal" version >/dev/null
if [ -z "${POWERCUT_BUILT:-}" ]; then
  dotnet build "$here/$project/$project.csproj" -c Release -nodeReuse:false -v quiet -clp:NoSummary >&2
fi

folder=$(mktemp -d)
code=0
setsid dotnet "$root/artifacts/bin/$project/release/$project.dll" kill --server "$root/shoal" --folder "$folder/data" \
  ${arguments[@]+"${arguments[@]}"} &
child=$!
stop() {
  kill -KILL -- "-$child" 2>/dev/null || true
  rm -rf "$folder"
}
trap stop EXIT
trap 'exit 130' INT TERM
wait "$child" || code=$?
trap - EXIT INT TERM
if [ "$code" -eq 1 ]; then echo "The data folder is kept: $folder/data" >&2; else rm -rf "$folder"; fi
exit "$code"
