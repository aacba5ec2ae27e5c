#!/bin/bash
# CPU of the HTTP layer per request, beside nginx answering the same POST with as many bytes, in alternating rounds on
# the same machine; prints each round and the median ratio. Needs wrk and nginx (packages wrk, nginx-light).
# Usage: bench/http_vs_nginx.sh [BENCH_HTTP_SERVER] [ROUNDS] [SECONDS]
set -euo pipefail
server=${1:-build/release/bench/bench_http_server}
rounds=${2:-5}
seconds=${3:-4}
PATH=$PATH:/usr/sbin
for tool in wrk nginx; do
  command -v $tool >/dev/null || { echo "skipped: $tool is not installed"; exit 0; }
done
[ -x "$server" ] || { echo "missing $server: cmake --build --preset release --target bench_http_server"; exit 1; }

dir=$(mktemp -d)
pids=()
trap 'for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done; wait 2>/dev/null || true; rm -rf "$dir"' EXIT

nginx_port=$((20000 + RANDOM % 20000))
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
"$server" >"$dir/port" & pids+=($!); server_pid=$!
sleep 0.5
server_port=$(cat "$dir/port")

body=$(printf '{"service":"checkout","environment":"production","version":"4.18.0","pad":"%s"}' \
  "$(printf 'p%.0s' $(seq 366))")
cat >"$dir/post.lua" <<LUA
wrk.method = "POST"
wrk.body = '$body'
wrk.headers["Content-Type"] = "application/json"
LUA

cpu_ticks() { awk '{print $14 + $15}' "/proc/$1/stat"; }
hertz=$(getconf CLK_TCK)

# measure PID PORT: CPU microseconds per request, and requests per second
measure() {
  local before after out requests
  before=$(cpu_ticks "$1")
  out=$(wrk -t1 -c16 -d"${seconds}s" -s "$dir/post.lua" "http://127.0.0.1:$2/v1/gates")
  after=$(cpu_ticks "$1")
  requests=$(awk '/requests in/ {print $1}' <<<"$out")
  if grep -q 'Non-2xx' <<<"$out"; then echo "errors: $out" >&2; exit 1; fi
  awk -v t=$((after - before)) -v hz="$hertz" -v n="$requests" -v s="$seconds" \
    'BEGIN { printf "%.2f %.0f", t / hz * 1e6 / n, n / s }'
}

ratios=()
printf '%-6s %22s %22s %7s\n' round 'nginx us/req (req/s)' 'tollgate us/req (req/s)' ratio
for ((round = 1; round <= rounds; round++)); do
  read -r nginx_us nginx_rate <<<"$(measure $nginx_pid "$nginx_port")"
  read -r our_us our_rate <<<"$(measure $server_pid "$server_port")"
  ratio=$(awk -v a="$our_us" -v b="$nginx_us" 'BEGIN { printf "%.2f", a / b }')
  ratios+=("$ratio")
  printf '%-6s %13s (%6s) %14s (%6s) %7s\n' "$round" "$nginx_us" "$nginx_rate" "$our_us" "$our_rate" "$ratio"
done
median=$(printf '%s\n' "${ratios[@]}" | sort -n | awk '{ a[NR] = $1 } END { print a[int((NR + 1) / 2)] }')
echo "median ratio: $median"
