# init: systemd
# Runs in the guest, as root, below systemd on control groups of version 2: a unit held to a quota and a
# memory limit, one with a child group, and a machine of systemd-nspawn. Shows what the exporter says and
# what the kernel does.
# shellcheck shell=bash
# Arguments: our container exporter; tests/record_containers.py, for a recording.
set -u
exporter=$1
mkdir -p /tmp/tree/{bin,tmp,proc,sys,dev,etc,usr,run,var}
cp "$(command -v busybox)" /tmp/tree/bin/busybox
for applet in sh sleep; do ln -s busybox /tmp/tree/bin/$applet; done
echo "ID=tiny" >/tmp/tree/etc/os-release
systemd-run -q --unit=burner -p CPUQuota=20% -p MemoryMax=64M -p TasksMax=50 sh -c 'while :; do :; done'
systemd-run -q --unit=quiet --slice=shop-front.slice sleep 100000
systemd-run -q --unit=nspawn systemd-nspawn -q -D /tmp/tree -M box --private-network --register=yes \
  /bin/sh -c 'while :; do :; done'
for _ in $(seq 100); do [ -d /sys/fs/cgroup/machine.slice/machine-box.scope ] && break; sleep 0.3; done

"$exporter" --web.listen-address=127.0.0.1:9338 --disable_metrics= >/tmp/exporter.log 2>&1 &
for _ in $(seq 100); do curl -sf -o /dev/null http://127.0.0.1:9338/-/ready && break; sleep 0.2; done
for _ in $(seq 60); do
  throttled=$(sed -n 's/^nr_throttled //p' /sys/fs/cgroup/system.slice/burner.service/cpu.stat)
  [ "${throttled:-0}" -lt 5 ] || break
  sleep 0.5
done
show_kernel() {
  local name file
  while read -r name folder; do
    for file in cpu.stat memory.current memory.max cpu.max pids.current pids.max; do
      sed "s/^/$name $file /" "/sys/fs/cgroup/$folder/$file"
    done
  done <<FOLDERS
burner system.slice/burner.service
quiet shop.slice/shop-front.slice/quiet.service
box machine.slice/machine-box.scope
FOLDERS
}
echo "=== kernel before"; show_kernel
echo "=== scrape"; curl -s http://127.0.0.1:9338/metrics
echo "=== kernel after"; show_kernel
if [ $# -gt 1 ]; then
  unit='{id="/system.slice/burner.service",unit="burner.service"}'
  echo "=== recording"
  /usr/bin/python3 "$2" groups "$(systemctl --version | head -n 1) with systemd-nspawn, control groups of version 2" \
    /system.slice/burner.service /machine.slice/machine-box.scope /shop.slice \
    "container_spec_memory_limit_bytes$unit 67108864" "container_spec_cpu_quota$unit 20000" "container_threads_max$unit 50" \
    'container_processes{id="/machine.slice/machine-box.scope",name="box"} 1' \
    'container_last_seen{id="/shop.slice/shop-front.slice",unit="shop-front.slice"} any'
fi
systemctl stop quiet
echo "=== scrape without"; curl -s http://127.0.0.1:9338/metrics | grep -v '^#' | grep container_last_seen
echo "=== end"
