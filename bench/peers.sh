# What bench/run measures Shoal against; sourced by it. Each peer runs as a process of its own, on loopback.
# shellcheck shell=bash disable=SC2154

# --- Miniflare, as tests/Compat pins it ---
start_miniflare() {
  command -v npm >/dev/null 2>&1 || install_packages 'Miniflare needs npm' npm
  local compat=$root/tests/Compat
  if ! cmp -s "$compat/package-lock.json" "$compat/node_modules/.compat-installed" 2>/dev/null; then
    say 'Installing Miniflare (npm ci in tests/Compat) …'
    (cd "$compat" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) >"$work/npm.log" 2>&1 ||
      { tail -n 20 "$work/npm.log" >&2; fail 'npm ci failed in tests/Compat'; }
    cp "$compat/package-lock.json" "$compat/node_modules/.compat-installed"
  fi

  local node candidate
  node=$(command -v node || true)
  for candidate in "$compat"/node_modules/node-linux-*/bin/node; do
    if [ -x "$candidate" ] && "$candidate" --version >/dev/null 2>&1; then node=$candidate; fi
  done
  [ -n "$node" ] || fail 'Miniflare needs Node 22 or newer' 'install nodejs, or leave it out: --peers bare,postgresql'
  miniflare_port=$(free_port)
  miniflare_url=http://127.0.0.1:$miniflare_port
  "$node" bench/miniflare/server.mjs "$miniflare_port" "$work/miniflare" 100 >"$work/miniflare.log" 2>&1 &
  miniflare=$!
  started+=("$miniflare")
  await 60 "$work/miniflare.log" grep -q ready "$work/miniflare.log"
}
miniflare_query() {
  curl -sf -d "{\"sql\":\"$2\"}" "$miniflare_url/$1/query" >/dev/null || fail "Miniflare refused: $2"
}

# --- PostgreSQL 15: a cluster of its own, loopback only, its defaults but for the shared memory ---
# start_postgresql FOLDER [OPTION...]: the folder is made, and gone with what it is in.
start_postgresql() {
  local home=$1
  shift
  local bin=/usr/lib/postgresql/15/bin
  [ -x "$bin/postgres" ] || install_packages 'PostgreSQL 15 is missing' postgresql-15
  as_postgres=()
  if [ "$(id -u)" -eq 0 ]; then
    as_postgres=(setpriv --reuid=postgres --regid=postgres --init-groups)
    chmod 755 "$work"
    install -d -o postgres -g postgres "$home"
  else
    mkdir -p "$home"
  fi
  (cd "$home" && "${as_postgres[@]}" "$bin/initdb" -D "$home/data" -U bench -A trust -E UTF8 --locale=C) \
    >"$work/postgresql.log" 2>&1 || { tail -n 20 "$work/postgresql.log" >&2; fail 'initdb failed'; }
  postgresql_port=$(free_port)
  (cd "$home" && exec "${as_postgres[@]}" "$bin/postgres" -D "$home/data" -p "$postgresql_port" \
    -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c shared_buffers=256MB -c max_connections=300 -c fsync=on -c synchronous_commit=on "$@") \
    >>"$work/postgresql.log" 2>&1 &
  postgresql=$!
  started+=("$postgresql")
  await 30 "$work/postgresql.log" "$bin/pg_isready" -h 127.0.0.1 -p "$postgresql_port" -q
  pgbench=$bin/pgbench
  local sql="$users_schema;"
  sql=${sql//REAL/double precision}
  sql+="INSERT INTO users SELECT i, 'User number ' || i, 'user' || i || '@example.com', i * 0.5 FROM generate_series(1, 10000) i; VACUUM ANALYZE users;"
  "$bin/psql" -q -h 127.0.0.1 -p "$postgresql_port" -U bench -d postgres -v ON_ERROR_STOP=1 <<<"${sql//; /;
}" >/dev/null
  local table
  for table in events $(seq -f 'events_%g' 0 99); do
    echo "CREATE TABLE $table(id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, kind text, value double precision, at bigint);"
  done | "$bin/psql" -q -h 127.0.0.1 -p "$postgresql_port" -U bench -d postgres -v ON_ERROR_STOP=1
  printf '\\set id random(1, 10000)\nSELECT id, name, email, score FROM users WHERE id = :id;\n' >"$work/read.sql"
  printf '\\set value random(1, 1000000)\nINSERT INTO events(kind, value, at) VALUES (%s, :value, 1763690000);\n' "'click'" >"$work/insert-1.sql"
  for table in $(seq 0 99); do
    sed "s/INTO events/INTO events_$table/" "$work/insert-1.sql" >"$work/insert-100-$table.sql"
  done
}

# run_pgbench LABEL CONNECTIONS FILE...: one measurement; pgbench has no warm-up, so it runs once before.
run_pgbench() {
  local name=$1 count=$2 scripts=() file log threads=1
  shift 2
  for file in "$@"; do scripts+=(-f "$file"); done
  if [ "$count" -gt 1 ]; then threads=2; fi
  local whole=${seconds%.*}
  if [ "${whole:-0}" -lt 1 ]; then whole=1; fi
  log=$work/pgbench
  for duration in 1 "$whole"; do
    rm -f "$log".*
    (cd "$work" && "$pgbench" -n -M prepared -h 127.0.0.1 -p "$postgresql_port" -U bench -c "$count" -j "$threads" -T "$duration" \
      --log --log-prefix="$log" "${scripts[@]}" postgres) >"$work/pgbench.out" 2>&1 ||
      { cat "$work/pgbench.out" >&2; fail 'pgbench failed'; }
  done
  local tps failed
  tps=$(awk '/^tps = / { print $3 }' "$work/pgbench.out")
  failed=$(awk -F'[ :]+' '/^number of failed transactions/ { print $5 + 0 }' "$work/pgbench.out")
  # The third column of the log is the latency of one transaction in microseconds.
  cat "$log".* | awk '{ print $3 }' | sort -n | awk -v label="$name" -v count="$count" -v tps="$tps" -v failed="${failed:-0}" '
    { value[NR] = $1 }
    function at(share) { rank = int(share * NR); if (rank < share * NR) rank++; return value[rank < 1 ? 1 : rank] }
    END {
      printf "{\"label\":\"%s\",\"connections\":%d,\"requests\":%d,\"requestsPerSecond\":%.1f,\"errors\":%d,", label, count, NR, tps, failed
      printf "\"p50Microseconds\":%d,\"p90Microseconds\":%d,\"p99Microseconds\":%d,\"p999Microseconds\":%d,\"maxMicroseconds\":%d}\n", at(0.5), at(0.9), at(0.99), at(0.999), value[NR]
    }' >"$work/pgbench.json"
  cat "$work/pgbench.json" >>"$measurements"
  printf '%-34s %4d connections  %10.0f tps\n' "$name" "$count" "$tps"
}

# The same items as jsonb by a text key: one by one, and 25 in a statement, which is one transaction.
run_items_postgresql() {
  start_postgresql "$work/disk/items-postgresql"
  local body way count items round
  body="jsonb_build_object('n', 12345, 'data', '$(printf 'x%.0s' $(seq 160))')"
  echo "CREATE TABLE items(pk text PRIMARY KEY, body jsonb NOT NULL);
    INSERT INTO items SELECT 'item-' || i, $body FROM generate_series(0, 99999) i" |
    "${pgbench%pgbench}psql" -q -h 127.0.0.1 -p "$postgresql_port" -U bench -d postgres -v ON_ERROR_STOP=1
  cat >"$work/items-put.sql" <<END
\\set k random(0, 99999)
INSERT INTO items VALUES ('item-' || :k, $body) ON CONFLICT (pk) DO UPDATE SET body = excluded.body;
END
  cat >"$work/items-batch-write.sql" <<END
\\set k random(0, 3999)
INSERT INTO items SELECT 'item-' || (:k * 25 + i), $body FROM generate_series(1, 25) i ON CONFLICT (pk) DO UPDATE SET body = excluded.body;
END
  cat >"$work/items-get.sql" <<'END'
\set k random(0, 99999)
SELECT body FROM items WHERE pk = 'item-' || :k;
END
  cat >"$work/items-batch-get.sql" <<'END'
\set k random(0, 3999)
SELECT pk, body FROM items WHERE pk = ANY (SELECT 'item-' || (:k * 25 + i) FROM generate_series(1, 25) i);
END
  for ((round = 0; round < repeat; round++)); do
    for way in put batch-write get batch-get; do
      case $way in batch-*) items=25 ;; *) items=1 ;; esac
      for count in 1 16; do
        run_pgbench "items-postgresql/$way $count" "$count" "$work/items-$way.sql"
        # pgbench counts transactions.
        awk -v items="$items" '{ if (match($0, /"requestsPerSecond":[0-9.]+/)) {
          rate = substr($0, RSTART + 20, RLENGTH - 20) * items; sub(/"requestsPerSecond"/, "\"itemsPerSecond\":" rate ",&") } print }' \
          "$work/pgbench.json" >"$work/items.json"
        sed -i '$d' "$measurements"
        cat "$work/items.json" >>"$measurements"
      done
    done
  done
  stop "$postgresql"
}

# --- dynalite: DynamoDB's protocol on LevelDB, which it does not flush ---
# start_dynalite FOLDER
start_dynalite() {
  command -v npm >/dev/null 2>&1 || install_packages 'dynalite needs npm' npm
  local home=$root/bench/dynalite
  if ! cmp -s "$home/package-lock.json" "$home/node_modules/.bench-installed" 2>/dev/null; then
    say 'Installing dynalite (npm ci in bench/dynalite) …'
    (cd "$home" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) >"$work/npm.log" 2>&1 ||
      { tail -n 20 "$work/npm.log" >&2; fail 'npm ci failed in bench/dynalite'; }
    cp "$home/package-lock.json" "$home/node_modules/.bench-installed"
  fi

  mkdir -p "$1"
  dynalite_port=$(free_port)
  node "$home/node_modules/dynalite/cli.js" --host 127.0.0.1 --port "$dynalite_port" --path "$1" --createTableMs 0 \
    >"$work/dynalite.log" 2>&1 &
  dynalite=$!
  started+=("$dynalite")
  await 20 "$work/dynalite.log" curl -sf "http://127.0.0.1:$dynalite_port/"
}

# --- Redis: appendfsync always, nothing else saved ---
# start_redis FOLDER
start_redis() {
  command -v redis-server >/dev/null 2>&1 || install_packages 'Redis is missing' redis-server
  mkdir -p "$1"
  redis_port=$(free_port)
  redis-server --bind 127.0.0.1 --port "$redis_port" --dir "$1" --save '' --appendonly yes --appendfsync always \
    >"$work/redis.log" 2>&1 &
  redis=$!
  started+=("$redis")
  await 20 "$work/redis.log" redis-cli -h 127.0.0.1 -p "$redis_port" ping
}

# run_redis LABEL CONNECTIONS: redis-benchmark counts requests, not seconds, so a short run says how many.
run_redis() {
  local name=$1 count=$2 requests=$((2000 + 20 * $2)) line
  for round in 1 2; do
    line=$(redis-benchmark -h 127.0.0.1 -p "$redis_port" -c "$count" -n "$requests" -r 1000000 -d 40 -t set --csv |
      tr -d '"' | awk -F, '$1 == "SET"')
    [ -n "$line" ] || fail 'redis-benchmark failed'
    requests=$(awk -F, -v seconds="$seconds" '{ printf "%d", $2 * seconds + 1000 }' <<<"$line")
  done
  # test, rps, avg, min, p50, p95, p99, max; latencies in milliseconds
  awk -F, -v label="$name" -v count="$count" '{
    printf "{\"label\":\"%s\",\"connections\":%d,\"requestsPerSecond\":%.1f,\"errors\":0,", label, count, $2
    printf "\"p50Microseconds\":%d,\"p99Microseconds\":%d,\"maxMicroseconds\":%d}\n", $5 * 1000, $7 * 1000, $8 * 1000
  }' <<<"$line" >>"$measurements"
  awk -F, -v label="$name" -v count="$count" '{ printf "%-34s %4d connections  %10.0f SET/s\n", label, count, $2 }' <<<"$line"
}

# --- A disk whose flush takes a millisecond: ext4 on a loop device over the power-cut test's disk program ---
# start_slow_disk: mounts it at $slow_disk, or says why it can not and returns 1.
start_slow_disk() {
  if [ "$(id -u)" -ne 0 ] || [ ! -e /dev/fuse ] || ! pkg-config --exists fuse3 2>/dev/null; then
    say 'No slow disk: it needs root, /dev/fuse and apt-get install libfuse3-dev fuse3 pkg-config'
    return 1
  fi
  # shellcheck disable=SC2046 # words on purpose
  "${CC:-gcc}" -O2 tests/PowerCut/disk.c -o "$work/slow-disk" $(pkg-config --cflags --libs fuse3)
  truncate -s 6G "$work/slow.img"
  mkfs.ext4 -q -F -E lazy_itable_init=1,lazy_journal_init=1 "$work/slow.img"
  mkdir -p "$work/slow-fuse" "$work/slow"
  "$work/slow-disk" record "$work/slow.img" - "$work/slow-fuse" >"$work/slow-disk.log" 2>&1 &
  await 20 "$work/slow-disk.log" test -e "$work/slow-fuse/disk"
  mount -o loop,noatime "$work/slow-fuse/disk" "$work/slow"
  echo 'delay 1000' >"$work/slow-fuse/control"
  chmod 755 "$work" "$work/slow"
  slow_disk=$work/slow
}

# The disk's program ends by itself when it is unmounted.
stop_slow_disk() {
  if [ -n "${slow_disk:-}" ]; then
    umount "$slow_disk" && umount "$work/slow-fuse"
    slow_disk=
  fi
}
