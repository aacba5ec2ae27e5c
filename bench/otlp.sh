#!/usr/bin/env bash
# OTLP spans into a server, end to end: received, decoded, routed to a hundred SLOs (each span counts for one), put together
# to traces, written to the journal and synced before the answer. Spans per CPU-second of the server over HTTP and gRPC, and
# how many it counted. Usage: bench/otlp.sh [SPANS] [REQUESTS] [BUILD]     SPANS in a request (500); REQUESTS on each of two
# connections (1000); BUILD: release. Needs its targets tollgate and otlp_load: tools/build release tollgate otlp_load
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
spans=${1:-500}
requests=${2:-1000}
build=$root/build/${3:-release}
connections=2
total=$((spans * requests * connections))
work=$(mktemp -d)
pid=
stop() { if [[ -n $pid ]]; then kill "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; fi; pid=; }
trap 'stop; rm -rf "$work"' EXIT

cpu() { awk -v hz="$(getconf CLK_TCK)" '{print ($14 + $15) / hz}' "/proc/$pid/stat"; }
rss() { awk '/^VmRSS/ {print int($2 / 1024)}' "/proc/$pid/status"; }
wait_up() { for _ in $(seq 600); do curl -fsS -o /dev/null "$1" 2>/dev/null && return; sleep 0.1; done; echo "$1 is not up"; exit 1; }
counted() { curl -fsS "http://127.0.0.1:$port/metrics" | awk '/^tollgate_intake_counted_total/ {sum += $2} END {print sum + 0}'; }

python3 - "$work/policy" <<'PY'
import os, sys
folder = sys.argv[1]
os.makedirs(folder)
with open(folder + "/policy.yaml", "w") as out:
    out.write("apiVersion: tollgate/v1\nkind: Environment\nmetadata: {name: production}\nspec: {production: true}\n")
    for service in range(10):
        out.write("---\napiVersion: openslo/v1\nkind: Service\nmetadata: {name: service-%d}\nspec: {description: One.}\n" % service)
        for operation in range(10):
            select = "{service.name: service-%d, span.name: GET /operation/%d}" % (service, operation)
            out.write("""---
apiVersion: openslo/v1
kind: SLO
metadata: {name: operation-%d}
spec:
  service: service-%d
  indicator:
    metadata: {name: operation-%d-%d}
    spec:
      ratioMetric:
        counter: true
        good: {metricSource: {type: events, spec: {signal: traces, select: %s, bad: [error, 5xx], slowerThan: 300ms}}}
        total: {metricSource: {type: events, spec: {signal: traces, select: %s}}}
  timeWindow: [{duration: 30d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{displayName: Spans, target: 0.99}]
""" % (operation, service, service, operation, select, select))
PY

for transport in http grpc; do
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  "$build/src/app/tollgate" serve --listen "127.0.0.1:$port" --data-dir "$work/$transport" --policy "$work/policy" 2>"$work/log" &
  pid=$!
  wait_up "http://127.0.0.1:$port/-/ready"
  "$build/bench/otlp_load" "$port" "$transport" "$spans" "$connections" 10 >/dev/null  # everything is known now
  sleep 1
  known=$(counted)
  before=$(cpu)
  result=$("$build/bench/otlp_load" "$port" "$transport" "$spans" "$connections" "$requests")
  arrived=$(cpu)
  sleep 40  # traces are taken apart when they had no new span for 30 s
  after=$(cpu)
  sum=$(($(counted) - known))
  awk -v name="$transport" -v b="$before" -v m="$arrived" -v a="$after" -v n="$total" -v sum="$sum" -v r="$(rss)" -v text="$result" \
    'BEGIN {printf "%s: %.2f M spans per CPU-second until answered, %.2f M with their traces; %d of %d counted, RSS %d MB; %s\n",
            name, n / (m - b) / 1e6, n / (a - b) / 1e6, sum, n, r, text}'
  stop
done
