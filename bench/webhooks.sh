#!/usr/bin/env bash
# Durable webhooks per second: signed deliveries of GitHub, each a step of a deployment that is news, kept as a blob and
# recorded before they are answered. Beside it, what the disk does alone: write and fdatasync of the same bytes.
# Usage: bench/webhooks.sh [COUNT] [ROUNDS] [PRESET]     Needs: tools/build release tollgate bench/all
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
count=${1:-6000}
rounds=${2:-3}
preset=${3:-release}
load=$root/build/$preset/bench/webhook_load
tollgate=$root/build/$preset/src/app/tollgate
work=$(mktemp -d)
pid=
stop() { if [[ -n $pid ]]; then kill "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; fi; pid=; }
trap 'stop; rm -rf "$work"' EXIT

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
cpu() { awk -v hz="$(getconf CLK_TCK)" '{print ($14 + $15) / hz}' "/proc/$pid/stat"; }

mkdir "$work/policy"
python3 - "$work/policy/policy.yaml" <<'PY'
import sys
with open(sys.argv[1], "w") as out:
    out.write("apiVersion: tollgate/v1\nkind: Environment\nmetadata: {name: production}\nspec: {production: true}\n")
    out.write("---\napiVersion: tollgate/v1\nkind: Integration\nmetadata: {name: github}\n"
              "spec: {sender: github, secrets: ['env:BENCH_HOOK_SECRET']}\n")
    for number in range(100):
        out.write("---\napiVersion: openslo/v1\nkind: Service\nmetadata: {name: service-%d}\n"
                  "spec: {description: One of many.}\n" % number)
PY

disk() {
  python3 - "$work/disk" <<'PY'
import os, sys, time
body = b"x" * 8400
file = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT)
begin = time.monotonic()
for _ in range(500):
    os.write(file, body)
    os.fdatasync(file)
print("%.0f" % (500 / (time.monotonic() - begin)))
PY
}

echo "| connections | webhooks per second | p50 ms | p99 ms | server CPU us each | disk alone, per second |"
echo "|---|---|---|---|---|---|"
for ((round = 1; round <= rounds; ++round)); do
  for connections in 1 16 64; do
    port=$(free_port)
    rm -rf "$work/data"
    BENCH_HOOK_SECRET=bench "$tollgate" serve --listen "127.0.0.1:$port" --data-dir "$work/data" --policy "$work/policy" \
      >"$work/log" 2>&1 &
    pid=$!
    for _ in $(seq 300); do curl -fsS -o /dev/null "http://127.0.0.1:$port/-/ready" 2>/dev/null && break; sleep 0.1; done
    "$load" "$port" github bench 300 "$connections" >/dev/null   # known to be warm
    number=$count
    if [[ $connections == 1 ]]; then number=$((count / 4)); fi
    before=$(cpu)
    result=$("$load" "$port" github bench "$number" "$connections" 300)
    after=$(cpu)
    stop
    read -r rate p50 p99 refused <<<"$result"
    [[ $refused == 0 ]] || { echo "refused: $refused"; tail -5 "$work/log"; exit 1; }
    awk -v c="$connections" -v r="$rate" -v p50="$p50" -v p99="$p99" -v b="$before" -v a="$after" -v n="$number" \
      -v d="$(disk)" 'BEGIN {printf "| %d | %d | %s | %s | %.0f | %d |\n", c, r, p50, p99, (a - b) / n * 1e6, d}'
  done
done
