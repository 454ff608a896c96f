"""Our node exporter and the original, 1.11, side by side with the same flags, show the same."""

import collections
import re
import subprocess

import pytest

from harness import scrape, show

# All that both have.
COLLECTORS = (
    "arp bcache bonding btrfs buddyinfo cgroups conntrack cpu cpu_vulnerabilities cpufreq diskstats dmi drbd drm edac "
    "entropy ethtool fibrechannel filefd filesystem hwmon infiniband interrupts ipvs kernel_hung ksmd lnstat loadavg mdadm "
    "meminfo meminfo_numa mountstats netclass netdev netstat network_route nfs nfsd nvme os pcidevice "
    "powersupplyclass pressure processes qdisc rapl schedstat selinux slabinfo sockstat softirqs softnet stat swap "
    "sysctl tapestats tcpstat textfile thermal_zone time timex udp_queues uname vmstat watchdog wifi xfrm xfs zfs "
    "zoneinfo").split()
# Given to both: Debian builds the original with other defaults.
EQUAL_FLAGS = [
    "--web.disable-exporter-metrics",
    "--collector.filesystem.mount-points-exclude=^/(dev|proc|run/credentials/.+|sys)($|/)",
    "--collector.filesystem.fs-types-exclude=^(autofs|binfmt_misc|bpf|cgroup2?|devpts|overlay|proc|sysfs|tracefs)$",
    "--collector.diskstats.device-exclude=^(z?ram|loop|fd)\\d+$",
    "--collector.textfile.directory=",
]
FLAG_SETS = {
    "defaults": [],
    "all-on-request": [
        "--collector.cpu.info", "--collector.cpu.info.flags-include=^(aes|avx.?|sse.*)$",
        "--collector.cpu.info.bugs-include=.", "--collector.stat.softirq",
        "--collector.sysctl.include=fs.file-nr:a,b,c", "--collector.sysctl.include=net.ipv4.tcp_rmem",
        "--collector.sysctl.include-info=net.ipv4.tcp_available_congestion_control",
        "--collector.vmstat.fields=.", "--collector.netstat.fields=.",
        "--collector.netdev.address-info", "--collector.netdev.enable-detailed-metrics",
    ],
    "names-and-queues": ["--collector.pcidevice.names", "--collector.qdisc.device-exclude=^$"],
    "netclass-by-netlink": ["--collector.netclass.netlink"],
    "netdev-by-procfs": [
        "--no-collector.netdev.netlink", "--no-collector.cpu.guest", "--collector.netdev.device-exclude=^lo$",
    ],
}


def belongs(key):
    return key[0] != "node_textfile_file_error"  # beyond the original


# What may differ, each with the change upstream that made it. `test` gets a line of the comparison.
Tolerated = collections.namedtuple("Tolerated", "family versions change test")


class Comparison:
    """What two expositions of one moment, the peer's between two of ours, agree in."""

    def __init__(self, before, peer, after):
        self.by_value = set()
        self.near = set()
        self.problems = {}  # key -> text
        for name in before.types.keys() | peer.types.keys():
            if not belongs((name, ())):
                continue
            ours, theirs = before.types.get(name), peer.types.get(name)
            if ours != theirs:
                self.problems[name] = f"TYPE {name}: ours {ours}, theirs {theirs}"
        for key in filter(belongs, before.samples.keys() | after.samples.keys() | peer.samples.keys()):
            self._compare(key, before.samples.get(key), peer.samples.get(key), after.samples.get(key))

    def _compare(self, key, before, peer, after):
        if peer is None or (before is None and after is None):
            if key[0] in ("node_processes_state", "node_processes_threads_state", "node_tcp_connection_states"):
                self.near.add(key)  # a state that nothing was in at that moment
                return
            self.problems[key] = f"{show(key)} only {'theirs' if peer is not None else 'ours'}"
            return
        before = after if before is None else before
        after = before if after is None else after
        if key[0] == "node_scrape_collector_duration_seconds":
            return
        if min(before, after) <= peer <= max(before, after):
            self.by_value.add(key)
        elif is_moving(key[0]) and abs(peer - after) <= 0.2 * max(abs(peer), abs(after)) + slack(key[0]):
            self.near.add(key)
        else:
            self.problems[key] = f"{show(key)}: theirs {peer}, ours {before} then {after}"


def is_moving(name):
    """Gauges that wander; everything else stands still or only rises."""
    return bool(re.match(r"node_(load\d+|memory_.*|procs_.*|filesystem_(free|avail|files_free).*"
                         r"|cpu_frequency_hertz|disk_io_now|filefd_allocated|sockstat_.*|softnet_backlog_len"
                         r"|netstat_Tcp_CurrEstab|buddyinfo_blocks|slabinfo_active_objects|slabinfo_objects|zoneinfo_nr_.*|processes_.*|entropy_available_bits|udp_queues|timex_.*|arp_entries|tcp_connection_states|sysctl_fs_.*|nf_conntrack_entries"
                         r"|thermal_zone_temp|cpu_scaling_frequency_hertz|vmstat_nr_.*|vmstat_(work|direct_map|swap)_.*)$", name))


def slack(name):
    if name.startswith(("node_memory", "node_filesystem")):
        return 256 << 20
    if name.endswith("_mem_bytes") and name.startswith("node_sockstat"):
        return 4 << 20
    if name.startswith(("node_vmstat", "node_zoneinfo", "node_slabinfo", "node_filefd", "node_sockstat")):
        return 65536
    return 200 if name.startswith("node_buddyinfo") else 20 if name.startswith(("node_procs", "node_disk", "node_netstat", "node_softnet")) else 0.5


def compare_until_settled(ours, peer, tolerated, rounds=8):
    """Repeats the comparison: a value that moved at the wrong moment does not do so every time."""
    for _ in range(rounds):
        result = Comparison(scrape(ours.url), scrape(peer.url), scrape(ours.url))
        excused = {entry: [text for text in result.problems.values() if entry.test(text)]
                   for entry in tolerated}
        open_problems = [text for text in result.problems.values()
                         if not any(text in texts for texts in excused.values())]
        if not open_problems:
            break
    return result, excused, open_problems


def start_both(launch, flags):
    chosen = ["--collector.disable-defaults", *(f"--collector.{name}" for name in COLLECTORS), *EQUAL_FLAGS, *flags]
    return launch.node_exporter(*chosen), launch.peer_node_exporter(*chosen)


READONLY = Tolerated(
    "node_filesystem_readonly", "1.11 against 1.12",
    "prometheus/node_exporter#3659: the mount's own option ro counts again",
    lambda text: text.startswith("node_filesystem_readonly") and "theirs 0.0, ours 1.0" in text)
ROTATIONAL = Tolerated(
    "node_disk_info", "1.11 against 1.12",
    "prometheus/node_exporter#3686: rotational needs queue/rotational only, not every file beside it",
    lambda text: text.startswith("node_disk_info") and ('rotational="0"' in text) == ("only theirs" in text))
BUILD_INFO = Tolerated(
    "node_exporter_build_info", "all", "ours is not a build of that program",
    lambda text: "node_exporter_build_info" in text and "heirs" in text)
KSM_PROFIT = Tolerated(
    "node_ksmd_general_profit_bytes", "1.11 against 1.12", "prometheus/node_exporter#3778: a metric more",
    lambda text: "node_ksmd_general_profit_bytes" in text and "theirs" not in text.replace("theirs None", ""))
KSM_ABSENT = Tolerated(
    "node_scrape_collector_success", "1.11 against 1.12",
    "prometheus/node_exporter#3778: files of ksm that are absent are passed over",
    lambda text: 'collector="ksmd"' in text and "theirs 0.0, ours 1.0" in text)
ESCAPES = Tolerated(
    "node_filesystem_*", "all",
    "the original resolves \\040 and \\011 of mountinfo only and so cannot ask a mount point with "
    "a backslash or line feed in its name; ours resolves every escape",
    lambda text: text.startswith("node_filesystem") and "slash" in text)


UNKNOWN_SPEED = Tolerated(
    "node_network_speed_bytes", "all",
    "by netlink the original takes the mark of an unknown speed, 4294967295, for megabits a second; ours shows it "
    "as both do from sysfs",
    lambda text: text.startswith("node_network_speed_bytes") and "theirs 536870911875000.0, ours -125000.0" in text)


@pytest.mark.parametrize("flags", FLAG_SETS.values(), ids=FLAG_SETS.keys())
def test_this_machine_looks_the_same_to_both(launch, notice, flags):
    ours, peer = start_both(launch, flags)
    result, excused, problems = compare_until_settled(
        ours, peer, [READONLY, ROTATIONAL, BUILD_INFO, KSM_PROFIT, UNKNOWN_SPEED])  # the first two as this machine has it
    total = len(result.by_value) + len(result.near) + len(result.problems)
    notice(f"node exporter against 1.11: {len(result.by_value)} of {total} series compared by value, "
           f"{len(result.near)} near, {sum(map(len, excused.values()))} tolerated")
    assert not problems, "\n".join(sorted(problems))
    assert len(result.by_value) >= 0.6 * total


# A machine of our own making, on which every tolerated difference shows.
MOUNTINFO = r"""21 0 8:1 / {root}/rw rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro
22 21 0:50 / {root}/a\040blank ro,relatime - cifs //server/My\040Share rw
23 21 0:51 / {root}/a\011tab rw,relatime - tmpfs tab\011name ro
24 21 0:52 / {root}/a\134slash rw,relatime - tmpfs back\134slash rw
25 21 0:53 / {root}/gone rw,relatime - tmpfs gone rw
26 21 0:54 / /proc/version/x rw,relatime - tmpfs notdir rw
27 21 8:1 / {root}/rw rw,relatime - ext4 /dev/sda1 rw,errors=remount-ro
"""
TREE = {
    "proc/1/mountstats": "device proc mounted on /proc with fstype proc\n",
    "proc/loadavg": "0.21 0.37 12.39 1/719 19737\n",
    "proc/stat": "cpu  3 1 1 1\ncpu0 44490 19 21045 1087069 220 1 3410 0 2 1\n"
                 "cpu3 47869 23 16474 1110787 591 0 46 0 3 2\nintr 8885917 17 0\nctxt 38014093\n"
                 "btime 1418183276\nprocesses 26442\nprocs_running 2\nprocs_blocked 1\n"
                 "softirq 5057579 250191 1481983 1647 211099 186066 0 1783454 622196 12499 508444\n",
    "proc/meminfo": "MemTotal:  3742148 kB\nMemFree: 225472 kB\nMemAvailable: 1225472 kB\n"
                    "Active(anon):   1 kB\nHugePages_Total:   7\nHugepagesize:  2048 kB\n",
    "proc/diskstats": "   8   0 sda 25354637 34367663 1003346126 18492372 28444756 11134226 505697032 63877960 0 "
                      "9653880 82621804\n   8  1 sda1 250 0 2000 36 0 0 0 0 0 36 36\n"
                      " 254  0 vda 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15\n"
                      " 259  0 nvme0n1 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17\n",
    "proc/net/dev": "Inter-|   Receive  |  Transmit\n face |bytes packets errs drop fifo frame compressed multicast|"
                    "bytes packets errs drop fifo colls carrier compressed\n"
                    "    lo: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n eth0:18446744073709551615 0 0 0 0 0 0 0 0 0 "
                    "0 0 0 0 0 0\n",
    "proc/sys/fs/file-nr": "1024\t0\t1631329\n",
    "proc/vmstat": "nr_free_pages 3\npgpgin 7344136\npswpout 35045\npgmajfault 507162\noom_kill 0\n",
    "proc/net/netstat": "TcpExt: SyncookiesSent ListenDrops TCPTimeouts\nTcpExt: 0 18446744073709551615 115\n"
                        "IpExt: InOctets OutOctets\nIpExt: 6286396970 2786264347\n",
    "proc/net/snmp": "Tcp: RtoAlgorithm MaxConn InSegs\nTcp: 1 -1 57252008\nUdpLite: InErrors\nUdpLite: 3\n",
    "proc/net/snmp6": "Ip6InOctets \t460\nIcmp6OutMsgs 8\nUdpLite6InErrors 2\n",
    "proc/net/sockstat": "sockets: used 229\nTCP: inuse 4 orphan 1 tw 4 alloc 17 mem 1\nUDP: inuse 0 mem 0\n"
                         "FRAG: inuse 0 memory 7\n",
    "proc/net/softnet_stat": "00049279 00000001 00000001 0 0 0 0 0 00000005\n"
                             "000dfb82 00000029 0000000a 0 0 0 0 0 00000006 00000007 00000008 00000009 00000003\n",
    "proc/pressure/cpu": "some avg10=0.00 avg60=0.00 avg300=0.00 total=14036781\n",
    "proc/pressure/irq": "full avg10=0.00 avg60=0.00 avg300=0.00 total=8494\n",
    "sys/devices/system/cpu/isolated": "1,3-4\n",
    "sys/devices/system/cpu/cpu0/topology/physical_package_id": "0\n",
    "sys/devices/system/cpu/cpu0/topology/core_id": "0\n",
    "sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count": "5\n",
    "sys/devices/system/cpu/cpu0/thermal_throttle/package_throttle_count": "30\n",
    "sys/devices/system/clocksource/clocksource0/available_clocksource": "tsc hpet acpi_pm \n",
    "sys/devices/system/clocksource/clocksource0/current_clocksource": "tsc\n",
    "sys/block/sda/queue/rotational": "1\n",
    "sys/block/nvme0n1/queue/rotational": "0\n",
    "text1/a.prom": "# TYPE jobs_total counter\njobs_total{kind=\"a\"} 1\njobs_total 2\nplain 1e3\n",
    "text1/note.txt": "this is no metric\n",
    "text2/b.prom": "# TYPE jobs_total counter\njobs_total{kind=\"b\"} 4\n# HELP took Seconds.\n# TYPE took histogram\n"
                    "took_bucket{le=\"1\"} 1\ntook_bucket{le=\"+Inf\"} 3\ntook_sum 4.5\ntook_count 3\n",
    "udev/b8:0": "S:disk/by-id/x\nE:ID_ATA=1\nE:ID_MODEL=DISK_1\nE:ID_REVISION=0102\nE:ID_SERIAL=long\n"
                 "E:ID_SERIAL_SHORT=short\nE:ID_WWN=0x7\nE:ID_PATH=pci-0\nE:ID_ATA_WRITE_CACHE=1\n"
                 "E:ID_ATA_WRITE_CACHE_ENABLED=0\nE:ID_ATA_ROTATION_RATE_RPM=7200\n",
    "udev/b8:1": "E:ID_FS_TYPE=ext4\nE:ID_FS_USAGE=filesystem\nE:ID_FS_UUID=u-u\nE:ID_FS_VERSION=1.0\n",
    "udev/b259:0": "E:ID_MODEL=NVME\\x20X\nE:DM_NAME=vg-lv\nE:DM_UUID=LVM-1\nE:DM_VG_NAME=vg\nE:DM_LV_NAME=lv\n",
}
TOLERATED_TREE = [READONLY, ROTATIONAL, BUILD_INFO, KSM_ABSENT, ESCAPES]


@pytest.fixture
def tree(tmp_path):
    root = tmp_path / "tree"
    files = dict(TREE, **{"proc/1/mountinfo": MOUNTINFO.format(root=root)})
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    (root / "proc/self").symlink_to("1")
    for folder in ("rw", "a blank", "a\ttab", "a\\slash"):
        (root / folder).mkdir()
    return root


def test_a_machine_of_our_making_looks_the_same_to_both(launch, notice, tree):
    ours, peer = start_both(launch, [
        f"--path.procfs={tree}/proc", f"--path.sysfs={tree}/sys", f"--path.udev.data={tree}/udev",
        "--no-collector.netdev.netlink", "--collector.stat.softirq", f"--collector.textfile.directory={tree}/text*"])
    result, excused, problems = compare_until_settled(ours, peer, TOLERATED_TREE)
    total = len(result.by_value) + len(result.near) + len(result.problems)
    notice(f"node exporter against 1.11 on a written tree: {len(result.by_value)} of {total} series compared by "
           f"value, {sum(map(len, excused.values()))} tolerated")
    assert not problems, "\n".join(sorted(problems))
    assert len(result.by_value) >= 0.6 * total
    idle = [f"{entry.family} ({entry.versions}): {entry.change}" for entry, texts in excused.items() if not texts]
    assert not idle, "no longer differs, take it off the list: " + "; ".join(idle)


def test_performance_events_are_counted_as_the_original_does(launch, notice):
    """Ours are read before and after the original's: what it counts between is part of what we do."""
    flags = ["--collector.disable-defaults", "--collector.perf", "--collector.perf.disable-hardware-profilers",
             "--collector.perf.disable-cache-profilers", "--collector.perf.cpus=0-1:1"]
    ours, peer = launch.node_exporter(*flags), launch.peer_node_exporter(*flags)

    def events(exporter):
        return {key: value for key, value in scrape(exporter.url).samples.items() if key[0].startswith("node_perf_")}

    ours_before, peer_before = events(ours), events(peer)
    for _ in range(20):
        subprocess.run(["/bin/true"], check=True)
    peer_after, ours_after = events(peer), events(ours)
    assert ours_before.keys() == peer_before.keys() and len(ours_before) == 10
    risen = 0
    for key, before in peer_before.items():
        theirs, own = peer_after[key] - before, ours_after[key] - ours_before[key]
        assert 0 <= theirs <= own, f"{show(key)}: theirs {theirs}, ours {own}"
        risen += theirs > 0
    notice(f"perf: {len(ours_before)} series, {risen} of which rose meanwhile, within ours")
    assert risen >= 4
