#!/usr/bin/env bash
# peers.sh [--suite NAME] DIR [PACKAGE...]: unpacks the newest peers, as Debian unstable has them, or
# those of another suite, below DIR (DIR/usr/bin/prometheus ...), without installing anything: they are
# linked statically. Packages that DIR has are left as they are; remove it to renew them. They come from
# the archive that apt on this machine is set up with.
set -euo pipefail

suite=sid
[ "${1:-}" != --suite ] || {
  suite=${2:?}
  shift 2
}

known=(prometheus promtool prometheus-pushgateway prometheus-node-exporter prometheus-alertmanager
  prometheus-blackbox-exporter prometheus-postgres-exporter prometheus-mysqld-exporter victoria-metrics)

[ $# -ge 1 ] || {
  printf 'usage: %s [--suite NAME] DIR [PACKAGE...]\npackages: %s\n' "$0" "${known[*]}" >&2
  exit 2
}
mkdir -p "$1"
dir=$(cd "$1" && pwd)
shift
[ $# -gt 0 ] || set -- "${known[@]}"

missing=()
for package in "$@"; do
  [[ " ${known[*]} " == *" $package "* ]] || {
    printf 'peers: unknown package %s; known: %s\n' "$package" "${known[*]}" >&2
    exit 2
  }
  [ -e "$dir/.have/$package" ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$scratch/lists/partial" "$scratch/deb"
chmod -R a+rX "$scratch"
[ "$EUID" != 0 ] || chown _apt "$scratch/deb" # apt downloads as this user

# apt-get on package lists of our own, beside those of the system.
apt_own() {
  apt-get -q -o Dir::State::lists="$scratch/lists" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= "$@"
}

# The site of the first Debian archive among apt's sources, in whatever style they are written. Not
# the security archive: it has no unstable.
archive() {
  # shellcheck disable=SC2016 # the variables are apt's
  "$@" indextargets --format '$(SITE) $(ORIGIN) $(LABEL)' 'Created-By: Packages' |
    awk '$2 == "Debian" && $3 == "Debian" {print $1; exit}'
}

site=$(archive apt-get)
if [ -z "$site" ]; then # the system's lists may be cleared away
  apt_own update >/dev/null
  site=$(archive apt_own)
fi
[ -n "$site" ] || {
  printf 'peers: no Debian archive among the sources of apt\n' >&2
  exit 1
}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[ ! -e "$keyring" ] || signed="[signed-by=$keyring]"
printf 'deb %s %s %s main\n' "${signed:-}" "$site" "$suite" >"$scratch/suite.list"

apt_suite() {
  apt_own -o Dir::Etc::sourcelist="$scratch/suite.list" -o Dir::Etc::sourceparts=/dev/null "$@"
}

printf 'unpacking from Debian %s: %s\n' "$suite" "${missing[*]}"
apt_suite update >/dev/null
(cd "$scratch/deb" && apt_suite download "${missing[@]}")
mkdir -p "$dir/.have"
for package in "${missing[@]}"; do
  dpkg -x "$scratch/deb/$package"_*.deb "$dir"
  dpkg-deb -f "$scratch/deb/$package"_*.deb Version >"$dir/.have/$package"
  printf '%s %s\n' "$package" "$(cat "$dir/.have/$package")"
done
