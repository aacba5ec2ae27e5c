#!/usr/bin/env bash
# The Debian package unpacks into the right places, its binary runs, and its service unit is well locked up.
# Usage: packaging_test.sh BINARY   Exit 77: a tool that this needs is not installed.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
binary=$1
for tool in dpkg-deb dpkg-shlibdeps strip; do
  command -v "$tool" >/dev/null || { echo "skipped: no $tool"; exit 77; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
  echo "packaging_test: $*" >&2
  exit 1
}

package=$(DEB_COMPRESSION=none "$root/tools/build_deb" "$binary" "$work")
dpkg-deb --extract "$package" "$work/installed"
for path in usr/bin/tollgate lib/systemd/system/tollgate.service etc/default/tollgate usr/share/doc/tollgate/README.md \
  usr/share/doc/tollgate/copyright usr/share/tollgate/ci/github-actions.yaml; do
  [[ -f $work/installed/$path ]] || fail "no $path in the package"
done
"$work/installed/usr/bin/tollgate" --version || fail "the packaged binary does not run"

depends=$(dpkg-deb --field "$package" Depends)
[[ $depends == *libc6* && $depends == *adduser* ]] || fail "the dependencies are incomplete: $depends"
[[ $(dpkg-deb --contents "$package" | awk '$2 != "root/root"' | wc -l) == 0 ]] || fail "not everything belongs to root"
for script in postinst prerm postrm; do
  dpkg-deb --ctrl-tarfile "$package" | tar -xO "./$script" | sh -n || fail "$script is not a shell script"
done

unit="$work/installed/lib/systemd/system/tollgate.service"
if command -v systemd-analyze >/dev/null; then
  cp "$unit" "$work/tollgate.service"
  systemd-analyze security --offline=true --threshold=20 --no-pager "$work/tollgate.service" >"$work/security.txt" 2>&1 ||
    { tail -n 20 "$work/security.txt" >&2; fail "the service unit may do too much"; }
  tail -n 1 "$work/security.txt"
fi

prefix_root="$work/prefix"
"$root/tools/install_files" "$binary" "$prefix_root" /opt/tollgate
grep -q '^ExecStart=/opt/tollgate/bin/tollgate serve' "$prefix_root/opt/tollgate/lib/systemd/system/tollgate.service" ||
  fail "the unit does not follow the prefix"
echo "packaging: all good"
