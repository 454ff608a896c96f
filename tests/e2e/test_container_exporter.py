"""The container exporter on control groups of this machine, with real loads in them."""

import os
import secrets
import signal
import socket
import subprocess
import threading
import time

import pytest

from cgroups import Cgroups, needs_groups
from harness import Exposition, executable, free_port, get, poll, run_to_end, scrape

MIB = 1 << 20


@pytest.fixture
def groups():
    made = Cgroups()
    yield made
    made.close()


def start(launch, *arguments, port=None):
    port = port or free_port()
    return launch.run(executable("narthex-container-exporter"), f"--web.listen-address=127.0.0.1:{port}",
                      *arguments, port=port)


def container(groups):
    """A group with the name of a container's."""
    return groups.add(f"{groups.top}/{secrets.token_hex(32)}")


def total_cpu(exposition, path):
    return sum(value for _, value in exposition.find("container_cpu_usage_seconds_total", id=path))


@needs_groups
def test_a_cpu_burner_is_held_to_its_quota(launch, groups):
    path = container(groups)
    groups.limit_cpu(path, 20_000)
    groups.run(path, "while :; do :; done")
    exporter = start(launch)

    def usage():
        return Exposition(get(exporter.url + "/metrics").text)

    poll(lambda: usage().value("container_cpu_cfs_throttled_periods_total", id=path) > 5, "throttled", 20)
    before, begin = usage(), time.monotonic()
    time.sleep(2)
    after, seconds = usage(), time.monotonic() - begin
    rate = (total_cpu(after, path) - total_cpu(before, path)) / seconds
    assert rate < 0.35  # of 0.2, with room for a period at either end
    assert after.value("container_cpu_cfs_throttled_seconds_total", id=path) > 0
    assert after.value("container_spec_cpu_quota", id=path) == 20_000
    assert after.value("container_spec_cpu_period", id=path) == 100_000
    stat = groups.numbers(path, "cpu", "cpu.stat")
    shown = after.value("container_cpu_cfs_periods_total", id=path)
    assert shown <= stat["nr_periods"] <= shown + 50


@needs_groups
def test_memory_is_what_the_kernel_says(launch, groups):
    path = container(groups)
    groups.limit_memory(path, 64 * MIB)
    groups.run(path, "exec python3 -c 'import time; x = bytearray(24 << 20); time.sleep(600)'")
    exporter = start(launch, "--enable_metrics=memory,process")
    rss, cache = ("anon", "file") if groups.is_unified else ("total_rss", "total_cache")

    def settled():
        """What is shown, once the kernel's file says the same before and after."""
        before = groups.numbers(path, "memory", "memory.stat")
        exposition = scrape(exporter.url)
        after = groups.numbers(path, "memory", "memory.stat")
        return before == after and after[rss] > 24 * MIB and (exposition, after)

    exposition, stat = poll(settled, "memory is there and settled")
    assert exposition.value("container_memory_rss", id=path) == stat[rss]
    assert exposition.value("container_memory_cache", id=path) == stat[cache]
    assert exposition.value("container_spec_memory_limit_bytes", id=path) == 64 * MIB
    assert 24 * MIB < exposition.value("container_memory_working_set_bytes", id=path) < 64 * MIB
    assert exposition.value("container_processes", id=path) == 1
    assert exposition.value("container_file_descriptors", id=path) >= 3
    with open("/proc/%d/limits" % groups.pids(path)[0]) as limits:
        line = next(line for line in limits if line.startswith("Max open files"))
    assert exposition.value("container_ulimits_soft", id=path, ulimit="max_open_files") == int(line.split()[3])


@needs_groups
def test_a_kill_for_want_of_memory_is_counted(launch, groups):
    path = container(groups)
    groups.limit_memory(path, 20 * MIB)
    keeper = groups.run(path, "while :; do sleep 1; done")
    exporter = start(launch)
    assert scrape(exporter.url).value("container_oom_events_total", id=path) == 0
    groups.run(path, "python3 -c 'x = bytearray(200 << 20)'; sleep 600")
    poll(lambda: scrape(exporter.url).value("container_oom_events_total", id=path) >= 1, "a kill is counted", 20)
    assert keeper.poll() is None
    assert scrape(exporter.url).value("container_memory_failcnt", id=path) > 0


@needs_groups
def test_a_container_is_gone_with_its_last_process(launch, groups):
    path = container(groups)
    process = groups.run(path, "while :; do sleep 1; done")
    exporter = start(launch)
    assert scrape(exporter.url).find("container_last_seen", id=path)
    groups.end(process)
    poll(lambda: not groups.pids(path), "the group is empty")
    assert not scrape(exporter.url).find("container_last_seen", id=path)


@needs_groups
def test_traffic_between_two_containers_is_counted_in_each(launch, groups):
    """Two network namespaces with a wire between them."""
    paths = [container(groups), container(groups)]
    for path in paths:
        groups.run(path, "while :; do sleep 1; done", prefix=("unshare", "-n"))
    pids = [groups.pids(path)[0] for path in paths]

    def inside(index, command):
        subprocess.run(["nsenter", "-t", str(pids[index]), "-n", "sh", "-ec", command], check=True)

    inside(0, f"ip link add eth0 type veth peer name eth0 netns {pids[1]}")
    for index in (0, 1):
        inside(index, f"ip addr add 10.77.0.{index + 1}/24 dev eth0; ip link set eth0 up; ip link set lo up")
    exporter = start(launch)
    inside(0, "/usr/bin/python3 -c 'import socket; s = socket.socket(type=socket.SOCK_DGRAM)\n"
              "for i in range(20): s.sendto(bytes(1000), (\"10.77.0.2\", 9))'")
    exposition = scrape(exporter.url)
    for pid, path in zip(pids, paths):
        with open(f"/proc/{pid}/net/dev") as file:
            numbers = next(line for line in file if line.strip().startswith("eth0:")).split(":")[1].split()
        for name, column in (("receive_bytes", 0), ("receive_packets", 1), ("transmit_bytes", 8), ("transmit_packets", 9)):
            shown = exposition.value(f"container_network_{name}_total", id=path, interface="eth0")
            assert 0 < shown <= int(numbers[column])
        assert not exposition.find("container_network_receive_bytes_total", id=path, interface="lo")
    sent, received = (exposition.value(f"container_network_{name}_total", id=path, interface="eth0")
                      for name, path in (("transmit_bytes", paths[0]), ("receive_bytes", paths[1])))
    assert 20 * 1028 <= received <= sent


@needs_groups
def test_it_survives_groups_that_come_and_go_while_it_reads(launch, groups):
    exporter = start(launch)
    stop = threading.Event()

    def churn():
        while not stop.is_set():
            path = container(groups)
            process = groups.run(path, "sleep 0.02; exit 0")
            process.wait()
            groups.remove(path)

    thread = threading.Thread(target=churn)
    thread.start()
    try:
        for _ in range(30):
            exposition = scrape(exporter.url)
            assert exposition.value("container_scrape_error") == 0
    finally:
        stop.set()
        thread.join()
    assert exporter.running()


@needs_groups
def test_names_of_groups_may_be_anything(launch, groups):
    names = ['odd "name" \\x', os.fsdecode(b"bad-\xff\xfe"), "x" * 200, "{}=,#", "\u00fcml\u00e4ut"]
    for name in names:
        groups.add(f"{groups.top}/{name}")
    shown = {labels["id"] for labels, _ in scrape(start(launch).url).find("container_last_seen")}
    for name in names:
        readable = name.encode(errors="replace").decode() if name.isprintable() else "bad-\ufffd\ufffd"
        assert f"{groups.top}/{readable}" in shown


def test_it_reads_without_privileges(launch, tmp_path):
    if os.geteuid() != 0:
        pytest.skip("the other tests run without privileges already")
    port = free_port()
    exporter = launch.run("/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                          executable("narthex-container-exporter"), f"--web.listen-address=127.0.0.1:{port}",
                          "--disable_metrics=", port=port)
    exposition = scrape(exporter.url)
    assert exposition.value("container_scrape_error") == 0
    assert exposition.value("machine_scrape_error") == 0
    assert exposition.value("container_memory_usage_bytes", id="/") > 0
    assert exposition.value("machine_cpu_cores") == os.cpu_count()


def test_it_takes_the_flags_of_the_original(launch):
    port = free_port()
    exporter = launch.run(executable("narthex-container-exporter"), f"-port={port}", "--listen_ip=127.0.0.1",
                          "--prometheus_endpoint=/m", "-housekeeping_interval=10s", "--docker_only=true",
                          "--allow_dynamic_housekeeping=false", "-logtostderr", "--v=2",
                          "--disable_metrics=percpu,process,sched,tcp,udp,perf_event", port=port)
    exposition = Exposition(get(exporter.url + "/m").text)
    assert exposition.value("container_last_seen", id="/") > 0
    assert get(exporter.url + "/metrics").status == 404


@pytest.mark.parametrize("arguments, word", [
    (["--disable_metrics=cpu,warp"], "warp"),
    (["--enable_metrics=resctrl"], "resctrl"),
    (["--compat=other"], "cadvisor"),
    (["--port=1", "--web.listen-address=:2"], "--web.listen-address"),
    (["--storage_driver=influxdb"], "storage_driver"),
])
def test_it_refuses_flags_that_it_cannot_follow(arguments, word):
    ended = run_to_end([executable("narthex-container-exporter"), *arguments])
    assert ended.returncode == 1
    assert word in ended.stderr
