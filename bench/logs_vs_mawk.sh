#!/usr/bin/env bash
# Access-log lines per CPU-second for one SLI job (all requests, those with 5xx, those under 300 ms): Tollgate's follower, with a
# latency histogram besides, against mawk and, if it is installed, mtail, on the same form of line.
# Usage: bench/logs_vs_mawk.sh [BUILD_DIR] [LINES]
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
build=${1:-$root/build/release}
lines=${2:-600000}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# 170 bytes a line, a hundred lines a second, one failure in a thousand: the lines of signals_benchmark.
mawk -v n="$lines" 'BEGIN {
  for (i = 0; i < n; i++) {
    s = int(i / 100)
    printf "203.0.113.%d - - [02/Mar/2026:%02d:%02d:%02d +0000] \"GET /api/v1/items/%d HTTP/1.1\" %d %d \"https://shop.example/cart\" \"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36\" 0.%03d\n",
      i % 250, 10 + int(s / 3600) % 12, int(s / 60) % 60, s % 60, i, i % 1000 == 0 ? 503 : 200, i % 9000, i % 400
  }
}' >"$work/access.log"
ls -l "$work/access.log" | awk '{ printf "%d bytes\n", $5 }'

# Prints M lines per CPU-second of a command, best of three.
measure() {
  local name=$1 best=0
  shift
  for _ in 1 2 3; do
    local used
    used=$( { TIMEFORMAT='%U %S'; time "$@" >/dev/null 2>&1; } 2>&1 | awk '{ print $1 + $2 }')
    best=$(awk -v b="$best" -v n="$lines" -v t="$used" 'BEGIN { r = n / t / 1e6; print (r > b ? r : b) }')
  done
  printf '%-28s %6.2f M lines per CPU-second\n' "$name" "$best"
}

measure 'wc -l' wc -l "$work/access.log"
measure 'mawk, the SLI job' mawk '{ total++; if ($9 >= 500) bad++; if ($NF < 0.3) fast++ } END { print total, bad, fast }' "$work/access.log"
if command -v mtail >/dev/null; then
  mkdir "$work/programs"
  cat >"$work/programs/sli.mtail" <<'PROGRAM'
counter total
counter bad
histogram seconds buckets 0.05, 0.1, 0.3, 1, 3
/" (?P<status>\d{3}) \d+ .* (?P<took>\d+\.\d+)$/ {
  total++
  seconds = $took
  $status >= 500 {
    bad++
  }
}
PROGRAM
  measure 'mtail, counters, histogram' mtail --one_shot --progs "$work/programs" --logs "$work/access.log"
fi
"$build/bench/signals_benchmark" --benchmark_filter='follow_lines|count_lines|decode_spans' --benchmark_min_time=1 2>/dev/null |
  awk '/items_per_second/ { for (i = 1; i <= NF; i++) if ($i ~ /items_per_second/) print $1, $i }'
