# Sourced by ./shoal and ./test: finds what a build needs and installs it where that is possible.

say() { printf '%s\n' "$*" >&2; }

fail() {
  say "error: $1"
  if [ $# -gt 1 ]; then say "hint: $2"; fi
  exit 1
}

# install_packages WHY PACKAGE...: by apt-get when we are root and it is there; else says how.
install_packages() {
  local why=$1
  shift
  local command="apt-get install -y --no-install-recommends $*"
  if ! command -v apt-get >/dev/null 2>&1; then
    fail "$why" "install it with your system's package manager; on Debian and Ubuntu the packages are: $*"
  elif [ "$(id -u)" -ne 0 ]; then
    fail "$why" "sudo $command"
  fi

  say "$why; installing: $command"
  local log attempt
  log=$(mktemp)
  for attempt in 1 2 3; do
    if DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 update >"$log" 2>&1 \
      && DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@" \
        >>"$log" 2>&1; then
      rm -f "$log"
      return
    fi

    say "attempt $attempt of 3 failed"
    sleep $((attempt * 5))
  done

  tail -n 20 "$log" >&2
  rm -f "$log"
  fail "apt-get could not install: $*" "run it by hand: $command"
}

# The SDK that global.json asks for. No distribution's own archive is sure to have it.
require_dotnet() {
  if ! command -v dotnet >/dev/null 2>&1 && [ -x "$HOME/.dotnet/dotnet" ]; then
    PATH=$HOME/.dotnet:$PATH
  fi

  if (cd "$1" && dotnet --version >/dev/null 2>&1); then
    return
  fi

  if command -v apt-cache >/dev/null 2>&1 && apt-cache show dotnet-sdk-10.0 >/dev/null 2>&1; then
    install_packages 'the .NET SDK 10 is missing' dotnet-sdk-10.0
    return
  fi

  fail 'the .NET SDK 10 is missing' \
    'curl -fsSL https://dot.net/v1/dotnet-install.sh | bash -s -- --channel 10.0   (into ~/.dotnet, where it is found)'
}

# What the SQLite library is built with.
require_build_tools() {
  if ! command -v "${CC:-gcc}" >/dev/null 2>&1 && ! command -v clang >/dev/null 2>&1; then
    install_packages 'a C compiler is missing' gcc libc6-dev
  elif ! printf '#include <stdio.h>\n' | "$(command -v "${CC:-gcc}" || command -v clang)" -E - >/dev/null 2>&1; then
    install_packages "the C library's headers are missing" libc6-dev
  fi

  if ! command -v npm >/dev/null 2>&1; then
    install_packages 'npm is missing' npm
  fi
}

# The real data of `shoal demo` and its tests.
require_demo_data() {
  if [ ! -f /usr/share/iso-codes/json/iso_3166-1.json ] || [ ! -f /usr/share/unicode/UnicodeData.txt ]; then
    install_packages 'the data of the demonstration is missing' iso-codes unicode-data
  fi
}

# What the tests of stores for history store things in.
require_ceph() {
  if [ ! -x /usr/bin/radosgw ] || [ ! -x /usr/bin/ceph-mon ] || [ ! -x /usr/bin/ceph-osd ]; then
    install_packages 'Ceph is missing' radosgw ceph-mon ceph-osd
  fi
}

# What the tests of the sync replicate from.
require_postgresql() {
  if [ ! -x /usr/lib/postgresql/15/bin/postgres ]; then
    install_packages 'PostgreSQL 15 is missing' postgresql-15
  fi
}
