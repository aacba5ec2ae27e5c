#!/usr/bin/env bash
# Lead times of all releases of a repository, asked the usual way (one `git log prev..tag` for each tag) and by Tollgate.
# Usage: bench/delivery_vs_git.sh [DELIVERY_BENCHMARK [REPOSITORY]]
# Without a repository, one of 22,000 commits and 550 tags on release branches is made.
set -euo pipefail

benchmark=$(realpath "${1:-build/release/bench/delivery_benchmark}")
[ -x "$benchmark" ] || { echo "missing $benchmark: cmake --build --preset release --target delivery_benchmark"; exit 1; }
repository=${2:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [[ -z $repository ]]; then
  repository=$work/made.git
  git init -q --bare -b main "$repository"
  python3 - <<'PYTHON' | git -C "$repository" fast-import --quiet
import sys
out = sys.stdout.write
mark, clock = 0, 1_300_000_000
def commit(branch, parents, text):
    global mark, clock
    mark += 1
    clock += 3600
    out(f"commit refs/heads/{branch}\nmark :{mark}\nauthor A <a@x> {clock - 1800} +0000\n"
        f"committer C <c@x> {clock} +0000\ndata {len(text)}\n{text}\n")
    for i, parent in enumerate(parents):
        out(f"{'from' if i == 0 else 'merge'} :{parent}\n")
    out(f"M 100644 inline src/{mark % 40}/file{mark % 400}.txt\ndata {len(str(mark))}\n{mark}\n\n")
    return mark
def tag(name, target):
    global clock
    clock += 60
    out(f"tag {name}\nfrom :{target}\ntagger T <t@x> {clock} +0000\ndata 1\nx\n")
tip = commit("main", [], "Begin")
for minor in range(110):
    n = 0
    while n < 180:
        if n % 10 == 0:  # a branch of two commits, merged
            side = commit(f"topic", [tip], f"Work on {minor}.{n}")
            side = commit(f"topic", [side], f"More of {minor}.{n}")
            tip = commit("main", [tip, side], f"Merge work {minor}.{n} (#{n})")
            n += 3
        else:
            tip = commit("main", [tip], f"Change {minor}.{n}")
            n += 1
    release = tip
    for patch in range(5):
        for i in range(4):
            release = commit(f"release-1.{minor}", [release], f"Fix {patch}.{i} for 1.{minor}")
        tag(f"v1.{minor}.{patch}", release)
PYTHON
  git -C "$repository" gc -q
fi

echo "$(git -C "$repository" rev-list --all --count) commits, $(git -C "$repository" tag | wc -l) tags; $(git version)"
mapfile -t tags < <(git -C "$repository" for-each-ref --sort=creatordate --format='%(refname:short)' 'refs/tags/*')
by_git() {
  local before=""
  for tag in "${tags[@]}"; do
    if [[ -n $before ]]; then git -C "$repository" log --no-merges --format='%H %ct' "$before..$tag"; fi
    before=$tag
  done | wc -l
}
TIMEFORMAT='git log prev..tag for each tag: %R s wall, %U s user, %S s system'
time by_git
TOLLGATE_BENCH_REPOSITORY=$repository "$benchmark" --benchmark_repetitions=5 --benchmark_report_aggregates_only=true
