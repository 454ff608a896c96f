#!/usr/bin/env bash
# root.sh DIR DEB...: makes DIR a clean Debian 12 with systemd that has what the packages depend on, but not
# the packages. Made once; later calls only add dependencies that are new. Needs root; packages come from
# the archive that apt on this machine is set up with.
set -euo pipefail

[ $# -ge 2 ] || {
  printf 'usage: %s DIR DEB...\n' "$0" >&2
  exit 2
}
dir=$1
shift

# shellcheck disable=SC2016 # the variables are apt's
site=$(apt-get indextargets --format '$(SITE) $(ORIGIN) $(LABEL)' 'Created-By: Packages' |
  awk '$2 == "Debian" && $3 == "Debian" {print $1; exit}')
[ -n "$site" ] || {
  printf 'root: no Debian archive among the sources of apt\n' >&2
  exit 1
}

if [ ! -e "$dir/.complete" ]; then
  rm -rf "$dir"
  mkdir -p "$dir"
  debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,procps,iproute2,curl,util-linux \
    bookworm "$dir" "$site"
  # What a package does at its installation is to be seen, and nothing is to start before the boot.
  rm -f "$dir/usr/sbin/policy-rc.d" "$dir/etc/machine-id"
  : >"$dir/etc/machine-id"
  touch "$dir/.complete"
fi

printf '127.0.0.1 localhost\n::1 localhost\n' >"$dir/etc/hosts"

# Packages that the .deb files name and that are not ours.
wanted=$(for deb in "$@"; do dpkg-deb -f "$deb" Depends; done | tr ',' '\n' |
  sed 's/|.*//; s/(.*//; s/ //g' | grep -v '^narthex-' | sort -u)
missing=$(comm -23 <(printf '%s\n' "$wanted") \
  <(dpkg-query --admindir="$dir/var/lib/dpkg" -W -f '${db:Status-Status} ${Package}\n' |
    sed -n 's/^installed //p' | sort -u))
[ -n "$missing" ] || exit 0
# shellcheck disable=SC2086 # a list of words on purpose
chroot "$dir" sh -c 'apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "$@" &&
  apt-get clean' sh $missing
