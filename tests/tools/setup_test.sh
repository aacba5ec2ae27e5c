#!/usr/bin/env bash
# tools/setup asks for exactly what is missing, is silent when nothing is, and says clearly what it cannot do.
# dpkg-query and apt-get are stand-ins here: no package is touched.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/tools" "$work/bin"
cp "$root/tools/setup" "$work/tools/"
printf '[build]\ng++\nlibfoo-dev\n\n# comment\n[run]\ntzdata\n' >"$work/tools/packages.txt"
for tool in bash env awk tr fold sed dirname sort comm xargs mktemp wc cat rm; do
  ln -s "$(command -v "$tool")" "$work/bin/$tool"
done
export STAND_IN="$work"

fail() {
  echo "setup_test: $*" >&2
  exit 1
}
# Runs setup with only the stand-ins in reach; output and status land in $output and $status.
run_setup() {
  status=0
  output=$(PATH="$work/bin" "$work/tools/setup" "$@" 2>&1) || status=$?
}
expect() {
  [[ $status == "$1" ]] || fail "$2: exit $status, not $1: $output"
  [[ $output == $3 ]] || fail "$2: $output"
}

run_setup build
expect 1 "another distribution" "*not Debian*g++ libfoo-dev*"

cat >"$work/bin/dpkg-query" <<'STUB'
#!/usr/bin/env bash
# Knows the packages in $STAND_IN/installed.
status=0
for name in "${@:4}"; do
  if [[ " $(tr '\n' ' ' <"$STAND_IN/installed")" == *" $name "* ]]; then echo "installed $name"; else status=1; fi
done
exit $status
STUB
cat >"$work/bin/apt-get" <<'STUB'
#!/usr/bin/env bash
# Writes down how it was called; installs only after an update.
echo "$*" >>"$STAND_IN/calls"
case "$*" in
  *update*) : >"$STAND_IN/updated" ;;
  *install*) [[ -e $STAND_IN/updated ]] || { echo "E: Unable to locate package"; exit 100; } ;;
esac
STUB
printf '#!/usr/bin/env bash\nexec "$@"\n' >"$work/bin/sudo"
chmod +x "$work/bin/dpkg-query" "$work/bin/apt-get" "$work/bin/sudo"

printf 'g++\ntzdata\nlibfoo-dev\n' >"$work/installed"
run_setup build run
expect 0 "nothing missing" ""
[[ ! -e $work/calls ]] || fail "apt-get was called although nothing was missing"

printf 'g++\ntzdata\n' >"$work/installed"
run_setup --dry-run build run
expect 0 "dry run" "libfoo-dev"
run_setup build run
expect 0 "one package missing" "Installing missing packages: libfoo-dev*"
[[ $(wc -l <"$work/calls") == 3 ]] || fail "expected install, update, install: $(cat "$work/calls")"
grep -q 'install -y --no-install-recommends libfoo-dev$' "$work/calls" || fail "$(cat "$work/calls")"

run_setup nonsense
expect 2 "an unknown section" "*no section \[nonsense\]*"
echo "setup: all good"
