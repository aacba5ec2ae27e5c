#!/usr/bin/env bash
# Remote write into Tollgate, and, where they are installed, into Prometheus and VictoriaMetrics, from the same sender
# in one run: CPU-seconds of the server per million samples, request times, memory.
# Usage: bench/remote_write.sh [SERIES] [ROUNDS]     Needs a release build: tools/build release
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
series=${1:-100000}
rounds=${2:-30}
load=$root/build/release/bench/remote_write_load
work=$(mktemp -d)
pid=
stop() { if [[ -n $pid ]]; then kill "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; fi; pid=; }
trap 'stop; rm -rf "$work"' EXIT

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
cpu() { awk -v hz="$(getconf CLK_TCK)" '{print ($14 + $15) / hz}' "/proc/$pid/stat"; }
rss() { awk '/^VmRSS/ {print int($2 / 1024)}' "/proc/$pid/status"; }
wait_up() { for _ in $(seq 600); do curl -fsS -o /dev/null "$1" 2>/dev/null && return; sleep 0.1; done; echo "$1 is not up"; exit 1; }

# NAME PORT PATH RATE...: series are known first; then two batch sizes as fast as answers come, then requests of 500 at
# each rate of samples a second.
measure() {
  "$load" "$2" "$3" "$series" 10000 2 2 3000 >/dev/null
  local ago=2700
  sleep 1
  for batch in 10000 500; do
    local before after
    before=$(cpu)
    result=$("$load" "$2" "$3" "$series" "$batch" 2 "$rounds" "$ago" | tail -1)
    ago=1500
    sleep 1
    after=$(cpu)
    awk -v name="$1" -v b="$before" -v a="$after" -v n="$((series * rounds))" -v batch="$batch" -v r="$(rss)" \
      -v text="$result" 'BEGIN {printf "%-16s batch %5d: %.3f CPU-s per million samples, RSS %d MB, %s\n", name, batch, (a - b) / n * 1e6, r, text}'
  done
  for rate in "${@:4}"; do
    ago=$((ago - 400))
    printf '%-16s batch   500 at %7d/s: %s\n' "$1" "$rate" "$("$load" "$2" "$3" "$series" 500 2 "$((rate * 5 / series))" "$ago" "$rate" | tail -1)"
  done
}

python3 - "$work/policy" "$((series / 10))" <<'PY'
import os, sys
folder, slos = sys.argv[1], int(sys.argv[2])
os.makedirs(folder)
with open(folder + "/policy.yaml", "w") as out:
    out.write("apiVersion: openslo/v1\nkind: Service\nmetadata: {name: shop}\nspec: {description: Many.}\n---\n"
              "apiVersion: tollgate/v1\nkind: Environment\nmetadata: {name: production}\nspec: {production: true}\n")
    for number in range(slos):
        name = "slo-%05d" % number
        out.write("""---
apiVersion: openslo/v1
kind: SLO
metadata: {name: %s}
spec:
  service: shop
  indicator:
    metadata: {name: %s-ratio}
    spec:
      ratioMetric:
        counter: true
        bad: {metricSource: {type: series, spec: {query: 'http_requests_total{slo="%s",code="500"}'}}}
        total: {metricSource: {type: series, spec: {query: 'http_requests_total{slo="%s"}'}}}
  timeWindow: [{duration: 30d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{displayName: Requests, target: 0.999}]
""" % (name, name, name, name))
PY
port=$(free_port)
"$root/build/release/src/app/tollgate" serve --listen "127.0.0.1:$port" --data-dir "$work/data" --policy "$work/policy" 2>"$work/log" &
pid=$!
wait_up "http://127.0.0.1:$port/-/ready"
measure tollgate "$port" /api/v1/write 200000 800000
curl -fsS "http://127.0.0.1:$port/metrics" | grep -E '^tollgate_intake_(counted|refused|journal)' || true
stop

if command -v prometheus >/dev/null; then
  port=$(free_port)
  echo 'global: {scrape_interval: 1m}' >"$work/prometheus.yml"
  prometheus --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/prometheus" --web.enable-remote-write-receiver \
    --web.listen-address="127.0.0.1:$port" >/dev/null 2>&1 &
  pid=$!
  wait_up "http://127.0.0.1:$port/-/ready"
  measure prometheus "$port" /api/v1/write 200000
  stop
fi
if command -v victoria-metrics >/dev/null; then
  port=$(free_port)
  victoria-metrics -storageDataPath="$work/vm" -httpListenAddr="127.0.0.1:$port" >/dev/null 2>&1 &
  pid=$!
  wait_up "http://127.0.0.1:$port/health"
  measure victoriametrics "$port" /api/v1/write 200000 800000
  stop
fi
