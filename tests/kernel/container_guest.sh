# Runs in the guest, as root: containers of Podman on control groups of version 2, one held to a quota, one
# that is killed for want of memory, one whose processes are below its group. Shows what the exporter says
# and what the kernel does.
# shellcheck shell=bash
# Arguments: our container exporter; tests/record_containers.py, for a recording.
set -u
exporter=$1
for module in overlay veth loop; do modprobe "$module"; done
mkdir -p /dev/shm /dev/pts /dev/mqueue
mount -t tmpfs tmpfs /dev/shm
mount -t devpts devpts /dev/pts
mount -t mqueue mqueue /dev/mqueue
mkdir -p /var/lib/containers
mount -t tmpfs tmpfs /var/lib/containers
mkdir /sys/fs/cgroup/init
echo $$ >/sys/fs/cgroup/init/cgroup.procs
for controller in cpu memory io pids; do echo "+$controller" >/sys/fs/cgroup/cgroup.subtree_control || echo "no $controller"; done

mkdir -p /tmp/tree/bin /tmp/tree/tmp /tmp/tree/proc /tmp/tree/sys /tmp/tree/dev /tmp/tree/etc
cp "$(command -v busybox)" /tmp/tree/bin/busybox
for applet in sh sleep head tail; do ln -s busybox /tmp/tree/bin/$applet; done
cat >/tmp/containers.conf <<'CONF'
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "crun"
CONF
export CONTAINERS_CONF=/tmp/containers.conf
podman() { command podman --storage-driver vfs "$@" 2>/tmp/podman.err || cat /tmp/podman.err; }
tar -C /tmp/tree -c . | podman import --change 'LABEL kind=test' - localhost/tiny:1 >/dev/null
podman run -d --name burner --network=none --memory=64m --cpus=0.2 --pids-limit=50 localhost/tiny:1 \
  sh -c 'while :; do :; done' >/dev/null
podman run -d --name hungry --network=none --memory=16m --memory-swap=16m localhost/tiny:1 \
  sh -c 'while :; do head -c 60m /dev/zero | tail >/dev/null; sleep 1; done' >/dev/null
podman run -d --name quiet --network=none localhost/tiny:1 sleep 100000 >/dev/null

"$exporter" --web.listen-address=127.0.0.1:9338 --disable_metrics= --runtime-timeout=30s >/tmp/exporter.log 2>&1 &
for _ in $(seq 100); do curl -sf -o /dev/null http://127.0.0.1:9338/-/ready && break; sleep 0.2; done
for _ in $(seq 60); do
  killed=$(curl -s http://127.0.0.1:9338/metrics | sed -n 's/^container_oom_events_total{.*name="hungry".*} //p')
  [ "${killed:-0}" = 0 ] || break
  sleep 1
done
show_kernel() {
  local name folder
  for name in burner hungry quiet; do
    folder=$(find /sys/fs/cgroup -type d -name "libpod-$(command podman --storage-driver vfs inspect --format '{{.Id}}' $name)")
    for file in cpu.stat memory.stat memory.current memory.max memory.events cpu.max pids.current pids.max; do
      sed "s/^/$name $file /" "$folder/$file"
    done
  done
}
echo "=== kernel before"; show_kernel
echo "=== scrape"; curl -s http://127.0.0.1:9338/metrics
echo "=== kernel after"; show_kernel
if [ $# -gt 1 ]; then
  burner=$(command podman --storage-driver vfs inspect --format '{{.Id}}' burner)
  labels="{id=\"/libpod_parent/libpod-$burner\",image=\"localhost/tiny:1\",name=\"burner\"}"
  echo "=== recording"
  /usr/bin/python3 "$2" groups "$(command podman --version) with crun, control groups of version 2" \
    $(find /sys/fs/cgroup/libpod_parent -maxdepth 1 -name 'libpod-*' -printf '/libpod_parent/%f ') \
    root/var/lib/containers/storage/vfs-containers/containers.json \
    "container_spec_memory_limit_bytes$labels 67108864" "container_spec_cpu_quota$labels 20000" \
    "container_threads_max$labels 50" "container_processes$labels 1"
fi
podman rm -f -t 0 quiet >/dev/null
echo "=== scrape without"; curl -s http://127.0.0.1:9338/metrics | grep -v '^#' | grep container_last_seen
echo "=== end"
podman rm -a -f -t 0 >/dev/null
