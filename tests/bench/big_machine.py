"""The kernel's files of a machine with many CPUs, disks and network interfaces, for the node exporter's bench.

Every number is other than its neighbours', so that no reader is lucky; nothing changes between two scrapes.
"""

import itertools
import shutil

CPUS = 512
DISKS = 200
INTERFACES = 500


ABSENT = {"arp", "btrfs", "filesystem", "netstat", "timex", "uname"}  # would ask the real machine


def flags(tree):
    """What makes an exporter read the tree."""
    return [f"--path.procfs={tree}/proc", f"--path.sysfs={tree}/sys", f"--path.udev.data={tree}/udev",
            "--no-collector.netdev.netlink"]


def write(tree):
    shutil.rmtree(tree, ignore_errors=True)
    counter = itertools.count(1_000_003, 7919)  # big numbers that differ

    def numbers(count):
        return " ".join(str(next(counter)) for _ in range(count))

    def file(path, text):
        target = tree / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    _write_cpus(file, numbers)
    _write_disks(file, numbers)
    _write_interfaces(file, numbers)
    file("proc/loadavg", "211.07 198.3 170.55 301/91234 12345\n")
    file("proc/meminfo", "".join(f"{name}: {next(counter)} kB\n" for name in (
        "MemTotal MemFree MemAvailable Buffers Cached SwapCached Active Inactive Active(anon) Inactive(anon) "
        "Active(file) Inactive(file) Unevictable Mlocked SwapTotal SwapFree Dirty Writeback AnonPages Mapped "
        "Shmem KReclaimable Slab SReclaimable SUnreclaim KernelStack PageTables CommitLimit Committed_AS").split()))
    file("proc/sys/fs/file-nr", "40960\t0\t9223372\n")
    file("proc/sys/kernel/random/entropy_avail", "256\n")
    file("proc/sys/kernel/random/poolsize", "256\n")
    file("proc/vmstat", "".join(f"{name} {next(counter)}\n" for name in
                                "pgpgin pgpgout pswpin pswpout pgfault pgmajfault oom_kill nr_dirty".split()))
    file("proc/net/sockstat", "sockets: used 9000\nTCP: inuse 4000 orphan 1 tw 40 alloc 4100 mem 900\n"
                              "UDP: inuse 30 mem 10\nRAW: inuse 0\nFRAG: inuse 0 memory 0\n")
    for resource in ("cpu", "io", "memory"):
        file(f"proc/pressure/{resource}", f"some avg10=0.00 avg60=0.00 avg300=0.00 total={next(counter)}\n"
                                          f"full avg10=0.00 avg60=0.00 avg300=0.00 total={next(counter)}\n")


def _write_cpus(file, numbers):
    # user nice system idle iowait irq softirq steal guest guest_nice
    lines = [f"cpu  {numbers(10)}"] + [f"cpu{cpu} {numbers(10)}" for cpu in range(CPUS)]
    lines += [f"intr {numbers(2000)}", f"ctxt {numbers(1)}", "btime 1718183276", f"processes {numbers(1)}",
              "procs_running 301", "procs_blocked 2", f"softirq {numbers(11)}"]
    file("proc/stat", "\n".join(lines) + "\n")
    file("proc/schedstat", "version 15\ntimestamp 4294967295\n" + "".join(
        f"cpu{cpu} {numbers(9)}\n" for cpu in range(CPUS)))
    file("proc/net/softnet_stat", "".join(
        f"{cpu + 73:08x} {cpu:08x} 00000001 00000000 00000000 00000000 00000000 00000000 00000000 00000000 "
        f"00000000 00000000 {cpu:08x}\n" for cpu in range(CPUS)))
    file("sys/devices/system/cpu/online", f"0-{CPUS - 1}\n")
    for cpu in range(CPUS):
        folder = f"sys/devices/system/cpu/cpu{cpu}"
        file(f"{folder}/topology/core_id", f"{cpu % 128 // 2}\n")
        file(f"{folder}/topology/physical_package_id", f"{cpu // 128}\n")
        file(f"{folder}/thermal_throttle/core_throttle_count", f"{cpu % 7}\n")
        file(f"{folder}/thermal_throttle/package_throttle_count", f"{cpu // 128}\n")
        for name, value in (("scaling_cur_freq", 1_800_000 + cpu), ("scaling_max_freq", 3_600_000),
                            ("scaling_min_freq", 800_000), ("cpuinfo_max_freq", 3_600_000),
                            ("cpuinfo_min_freq", 800_000)):
            file(f"{folder}/cpufreq/{name}", f"{value}\n")
        file(f"{folder}/cpufreq/scaling_governor", "performance\n")
        file(f"{folder}/cpufreq/scaling_available_governors", "performance powersave\n")


def _write_disks(file, numbers):
    lines = []
    for disk in range(DISKS):
        name = f"sd{chr(97 + disk // 26)}{chr(97 + disk % 26)}"
        lines.append(f"   8 {disk} {name} {numbers(17)}\n")
        file(f"sys/block/{name}/queue/rotational", f"{disk % 2}\n")
        file(f"sys/block/{name}/size", "7814037168\n")
        file(f"udev/b8:{disk}", f"E:ID_ATA=1\nE:ID_MODEL=DISK_{disk}\nE:ID_REVISION=0102\nE:ID_SERIAL=S{disk}\n"
                                f"E:ID_SERIAL_SHORT=S{disk}\nE:ID_WWN=0x{disk:x}\nE:ID_PATH=pci-{disk}\n")
    file("proc/diskstats", "".join(lines))


def _write_interfaces(file, numbers):
    lines = ["Inter-|   Receive                                                |  Transmit\n",
             " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo "
             "colls carrier compressed\n"]
    for number in range(INTERFACES):
        name = f"veth{number:04d}"
        lines.append(f"{name}: {numbers(16)}\n")
        values = {
            "addr_assign_type": 3, "addr_len": 6, "address": f"02:00:00:00:{number >> 8:02x}:{number & 255:02x}",
            "broadcast": "ff:ff:ff:ff:ff:ff", "carrier": 1, "carrier_changes": number, "carrier_down_count": 1,
            "carrier_up_count": 2, "dev_id": "0x20", "dormant": 0, "duplex": "full", "flags": "0x1303", "ifalias": "",
            "ifindex": number + 2, "iflink": number + 2, "link_mode": 0, "mtu": 1500, "name_assign_type": 3,
            "netdev_group": 0, "operstate": "up", "proto_down": 0, "speed": 10000, "tx_queue_len": 1000, "type": 1}
        for attribute, value in values.items():
            file(f"sys/class/net/{name}/{attribute}", f"{value}\n")
    file("proc/net/dev", "".join(lines))
