# Runs in the guest, as root: makes one of each thing, and shows what both exporters say of it.
# shellcheck shell=bash
# Arguments: our node exporter, the original's, and a folder of programs.
set -u
PATH=$PATH:$3
load() { for module in "$@"; do modprobe "$module" || echo "no module $module"; done; }

modprobe bonding max_bonds=0
load dummy ip_vs ip_vs_rr nf_conntrack loop raid1 xfs btrfs nfsd

ip link add bond0 type bond mode active-backup miimon 100
for slave in d0 d1; do
  ip link add "$slave" type dummy
  ip link set "$slave" master bond0
  ip link set "$slave" up
done
ip link set bond0 up

ip addr add 10.9.8.7/24 dev bond0
ipvsadm -A -t 10.9.8.7:80 -s rr
ipvsadm -a -t 10.9.8.7:80 -r 10.9.8.8:8080 -m -w 3
ipvsadm -a -t 10.9.8.7:80 -r 10.9.8.9:8080 -m -w 5

cd /tmp || exit 1
loop=0
for disk in raid-a raid-b xfs btrfs; do
  truncate -s 320M "$disk"
  losetup "/dev/loop$((loop++))" "$disk"
done
mdadm --create /dev/md0 --run --assume-clean --level=1 --raid-devices=2 --metadata=1.2 /dev/loop0 /dev/loop1
mkfs.xfs -q /dev/loop2 && mkdir -p /tmp/m-xfs && mount /dev/loop2 /tmp/m-xfs
mkfs.btrfs -q /dev/loop3 && mkdir -p /tmp/m-btrfs && mount /dev/loop3 /tmp/m-btrfs
for mount in m-xfs m-btrfs; do
  mkdir "/tmp/$mount/folder"
  echo text >"/tmp/$mount/folder/file"
  sync "/tmp/$mount/folder/file"
done
mount -t nfsd nfsd /proc/fs/nfsd
echo -2 -3 >/proc/fs/nfsd/versions # they would want rpcbind
echo 2 >/proc/fs/nfsd/threads

collectors="mdadm bonding ipvs conntrack xfs btrfs nfsd"
flags="--collector.disable-defaults --web.disable-exporter-metrics"
for collector in $collectors; do flags="$flags --collector.$collector"; done
# shellcheck disable=SC2086
"$1" $flags --web.listen-address=127.0.0.1:9501 &
# shellcheck disable=SC2086
"$2" $flags --web.listen-address=127.0.0.1:9502 &
for port in 9501 9502; do
  for _ in $(seq 100); do
    curl -s -o /dev/null "http://127.0.0.1:$port/" && break
    sleep 0.1
  done
done
for round in 1 2 3; do
  for port in 9501 9502; do
    echo "=== scrape $port $round"
    curl -s "http://127.0.0.1:$port/metrics"
    echo "=== end"
  done
done
