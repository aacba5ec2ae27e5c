#!/bin/bash
# CPU of the whole server per durable, recorded decision over HTTP with 16 connections, beside nginx answering the same
# POST with a constant, in alternating rounds; then p99 beside that of a bare write and fdatasync, and one connection
# alone beside the median fdatasync. The policy has ten checks. Needs wrk, nginx and python3.
# Usage: bench/decisions_vs_nginx.sh [TOLLGATE] [ROUNDS] [SECONDS]   (TMPDIR chooses the disk)
set -euo pipefail
tollgate=${1:-build/release/src/app/tollgate}
rounds=${2:-5}
seconds=${3:-5}
PATH=$PATH:/usr/sbin
for tool in wrk nginx python3; do
  command -v $tool >/dev/null || { echo "skipped: $tool is not installed"; exit 0; }
done
[ -x "$tollgate" ] || { echo "missing $tollgate: cmake --build --preset release --target tollgate"; exit 1; }

dir=$(mktemp -d)
pids=()
trap 'for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done; wait 2>/dev/null || true; rm -rf "$dir"' EXIT

mkdir "$dir/policy"
cat >"$dir/policy/policy.yaml" <<'YAML'
apiVersion: openslo/v1
kind: Service
metadata: {name: checkout}
spec: {description: Takes the money.}
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: availability}
spec:
  service: checkout
  indicator:
    metadata: {name: availability}
    spec:
      ratioMetric:
        counter: true
        good: {metricSource: {type: cells, spec: {count: good}}}
        total: {metricSource: {type: cells, spec: {count: total}}}
  timeWindow: [{duration: 30d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{displayName: Requests, target: 0.999}]
---
apiVersion: tollgate/v1
kind: Environment
metadata: {name: production}
spec: {production: true}
---
apiVersion: tollgate/v1
kind: ReleasePolicy
metadata: {name: production}
spec:
  rule:
    allOf:
      - {check: error-budget@1, with: {left: 10%}}
      - {check: burn-rate@1}
      - {check: freshness@1, with: {maxAge: 1h}}
      - {check: coverage@1, with: {minimum: 80%, maxDrop: 1%}}
      - {check: coverage@1, with: {minimum: 60%}}
      - {check: tests@1}
      - {check: tests@1, with: {minTotal: 2}}
      - {check: coverage@1, with: {minimum: 50%}}
      - anyOf:
          - {check: tests@1, with: {minTotal: 1000}}
          - {check: coverage@1, with: {minimum: 70%}}
YAML
printf 'SF:a.cpp\nDA:1,1\nLF:1000\nLH:841\nend_of_record\n' >"$dir/lcov.info"
printf '<testsuite tests="2"><testcase name="a"/><testcase name="b"/></testsuite>' >"$dir/junit.xml"
python3 - >"$dir/traffic.csv" <<'PY'
import time
now = int(time.time()) // 60 * 60
print("timestamp,good,bad")
for minute in range(24 * 60, 0, -1):
    print(f"{now - minute * 60},1000,0")
PY
local_flags=(--data-dir "$dir/data" --policy "$dir/policy")
"$tollgate" apply "${local_flags[@]}" >/dev/null 2>&1
"$tollgate" signal import "$dir/traffic.csv" --slo checkout/availability --env production --format csv \
  "${local_flags[@]}" >/dev/null
for report in lcov.info junit.xml; do
  "$tollgate" record "$dir/$report" --service checkout --version 4.18.0 "${local_flags[@]}" >/dev/null
done

nginx_port=$((20000 + RANDOM % 20000))
our_port=$((40000 + RANDOM % 10000))
answer=$(printf 'x%.0s' $(seq 414))
cat >"$dir/nginx.conf" <<CONF
daemon off; master_process off; worker_processes 1; pid $dir/nginx.pid; error_log $dir/error.log;
events { worker_connections 256; }
http {
  access_log off; keepalive_requests 1000000000; client_body_temp_path $dir/body; proxy_temp_path $dir/proxy;
  fastcgi_temp_path $dir/fastcgi; uwsgi_temp_path $dir/uwsgi; scgi_temp_path $dir/scgi;
  server { listen 127.0.0.1:$nginx_port; location / { default_type application/json; return 200 "$answer"; } }
}
CONF
nginx -p "$dir" -c "$dir/nginx.conf" 2>/dev/null & pids+=($!); nginx_pid=$!
"$tollgate" serve --data-dir "$dir/data" --listen "127.0.0.1:$our_port" >/dev/null 2>"$dir/serve.log" & pids+=($!); our_pid=$!
for _ in $(seq 100); do
  python3 -c "import socket; socket.create_connection(('127.0.0.1', $our_port))" 2>/dev/null && break
  sleep 0.05
done

cat >"$dir/post.lua" <<'LUA'
wrk.method = "POST"
wrk.body = '{"service":"checkout","environment":"production","version":"4.18.0","change_class":"normal"}'
wrk.headers["Content-Type"] = "application/json"
done = function(summary, latency, requests)
  io.write(string.format("figures %d %d %d %d\n", summary.requests, summary.errors.status,
    latency:percentile(50), latency:percentile(99)))
end
LUA
cpu_ticks() { awk '{print $14 + $15}' "/proc/$1/stat"; }
hertz=$(getconf CLK_TCK)

# measure PID PORT CONNECTIONS: CPU us per request, requests/s, p50 and p99 in us
measure() {
  local before after figures
  before=$(cpu_ticks "$1")
  figures=$(wrk -t1 -c"$3" -d"${seconds}s" -s "$dir/post.lua" "http://127.0.0.1:$2/v1/gates" | grep '^figures')
  after=$(cpu_ticks "$1")
  read -r _ requests errors p50 p99 <<<"$figures"
  [ "$errors" = 0 ] || { echo "$errors answers were errors" >&2; exit 1; }
  awk -v t=$((after - before)) -v hz="$hertz" -v n="$requests" -v s="$seconds" -v a="$p50" -v b="$p99" \
    'BEGIN { printf "%.2f %.0f %d %d\n", t / hz * 1e6 / n, n / s, a, b }'
}
# sync_us: median and p99 of a write of 4 KiB and fdatasync on the same disk, in us
sync_us() {
  python3 - "$dir/sync" <<'PY'
import os, sys, time
fd = os.open(sys.argv[1], os.O_CREAT | os.O_WRONLY)
times = []
for _ in range(600):
    begin = time.perf_counter()
    os.write(fd, b"x" * 4096)
    os.fdatasync(fd)
    times.append((time.perf_counter() - begin) * 1e6)
times.sort()
print(int(times[300]), int(times[594]))
PY
}

ratios=()
printf '%-6s %20s %26s %7s %16s %20s\n' round 'nginx us (req/s)' 'tollgate us (decisions/s)' ratio 'p99 us' 'fdatasync p50/p99'
for ((round = 1; round <= rounds; round++)); do
  read -r nginx_us nginx_rate _ _ <<<"$(measure $nginx_pid "$nginx_port" 16)"
  read -r our_us our_rate _ our_p99 <<<"$(measure $our_pid "$our_port" 16)"
  read -r sync_p50 sync_p99 <<<"$(sync_us)"
  ratio=$(awk -v a="$our_us" -v b="$nginx_us" 'BEGIN { printf "%.2f", a / b }')
  ratios+=("$ratio")
  printf '%-6s %11s (%6s) %16s (%7s) %7s %16s %20s\n' "$round" "$nginx_us" "$nginx_rate" "$our_us" "$our_rate" \
    "$ratio" "$our_p99" "$sync_p50/$sync_p99"
done
printf 'median ratio: %s\n' "$(printf '%s\n' "${ratios[@]}" | sort -n | awk '{ a[NR] = $1 } END { print a[int((NR + 1) / 2)] }')"
read -r _ rate p50 p99 <<<"$(measure $our_pid "$our_port" 1)"
read -r sync_p50 sync_p99 <<<"$(sync_us)"
echo "one connection: $rate decisions/s, p50 $p50 us, p99 $p99 us; a bare fdatasync: p50 $sync_p50 us, p99 $sync_p99 us"
echo "memory of the server: $(awk '/VmRSS/ { print int($2 / 1024) " MiB" }' "/proc/$our_pid/status")"
