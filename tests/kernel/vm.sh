#!/bin/bash
# vm.sh KERNEL SCRIPT [ARGUMENT...]: runs a script as root in a virtual machine on a copy of this
# machine's root that is thrown away, and prints what it prints. KERNEL is where Debian's package of
# a kernel is unpacked. The machine is emulated (slow, but any host will do), and has no network but
# its own. A script that has the line "# init: systemd" runs as a service of systemd, which is PID 1.
set -euo pipefail

kernel=$(realpath "$1")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
version=$(basename "$kernel"/lib/modules/*)
[ -f "$kernel/lib/modules/$version/modules.dep" ] || depmod -b "$kernel" "$version"

# The first root: as much as it takes to mount this machine's.
mkdir -p "$folder"/first/{bin,lib,lower,dev,proc,sys,guest}
cp "$(command -v busybox)" "$folder/first/bin/busybox"
cp "$2" "$folder/first/guest/script"
printf '%s\n' "${@:3}" >"$folder/first/guest/arguments"
modules=()
for module in virtio_pci 9pnet_virtio 9p overlay; do
  while read -r _ file _; do
    [[ $file == *.ko ]] || continue
    cp -n "$file" "$folder/first/lib/"
    [[ " ${modules[*]} " == *" ${file##*/} "* ]] || modules+=("${file##*/}")
  done < <(modprobe --dirname "$kernel" --set-version "$version" --show-depends "$module")
done
cat >"$folder/first/init" <<INIT
#!/bin/busybox sh
/bin/busybox --install -s /bin
for module in ${modules[*]}; do insmod /lib/\$module || echo "insmod \$module: \$?"; done
mkdir /rw /root
mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144,cache=loose,ro root /lower
mount -t tmpfs tmpfs /rw
mkdir /rw/upper /rw/work
mount -t overlay overlay -o lowerdir=/lower,upperdir=/rw/upper,workdir=/rw/work /root
mkdir -p /root/lib/modules
cp -r /guest /root/guest
mount --bind "/root$kernel/lib/modules" /root/lib/modules
exec switch_root /root /bin/bash /guest/start
INIT
cat >"$folder/first/guest/start" <<'START'
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
for place in /run /tmp; do mount -t tmpfs tmpfs "$place"; done
mount -t cgroup2 cgroup2 /sys/fs/cgroup
ip link set lo up
if grep -q '^# init: systemd' /guest/script; then
  cat >/etc/systemd/system/guest.service <<'UNIT'
[Unit]
Wants=dbus.service systemd-machined.service
After=dbus.service systemd-machined.service
[Service]
ExecStart=/bin/bash /guest/run
StandardOutput=tty
StandardError=tty
TTYPath=/dev/console
UNIT
  for unit in systemd-udevd systemd-udev-trigger systemd-journald systemd-journald.socket systemd-journald-dev-log.socket \
    systemd-tmpfiles-setup systemd-logind; do systemctl -q mask "$unit" 2>/dev/null; done
  exec /lib/systemd/systemd --unit=guest.service --show-status=false --log-target=null
fi
exec bash /guest/run
START
cat >"$folder/first/guest/run" <<'RUN'
mapfile -t arguments </guest/arguments
echo "=== begin"
bash /guest/script "${arguments[@]}" 2>&1
echo "=== ended with $?"
echo o >/proc/sysrq-trigger
sleep 10
RUN
chmod +x "$folder/first/init"
(cd "$folder/first" && find . | cpio --quiet -o -H newc | gzip -1) >"$folder/first.gz"

timeout 400 qemu-system-x86_64 -machine q35 -cpu max -accel tcg,thread=multi -smp 2 -m 1500 -nodefaults -no-reboot \
  -display none -serial "file:$folder/log" -kernel "$kernel/boot/vmlinuz-$version" -initrd "$folder/first.gz" \
  -append "console=ttyS0 quiet loglevel=3 panic=-1 mitigations=off" \
  -virtfs local,path=/,mount_tag=root,security_model=none,readonly=on,multidevs=remap </dev/null >&2 || true
grep -q '^=== ended with' "$folder/log" || { tail -n 40 "$folder/log" >&2; exit 1; }
sed -n '/^=== begin/,/^=== ended with/p' "$folder/log" | tr -d '\r'
