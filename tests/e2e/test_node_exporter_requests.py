"""What an operator does with the node exporter beyond scraping all of it."""

import ctypes
import os
import signal
import subprocess
import threading

import pytest

from harness import Exposition, get, poll, scrape


def collectors(exposition):
    return {labels["collector"] for labels, _ in exposition.find("node_scrape_collector_success")}


def test_a_scrape_may_choose_collectors(launch):
    exporter = launch.node_exporter()
    metrics = exporter.url + "/metrics"
    chosen = get(metrics, **{"collect[]": ["loadavg", "vmstat"]})
    assert chosen.status == 200
    assert collectors(Exposition(chosen.text)) == {"loadavg", "vmstat"}
    everything = collectors(scrape(exporter.url))
    rest = get(metrics, **{"exclude[]": ["loadavg", "unheard-of"]})
    assert collectors(Exposition(rest.text)) == everything - {"loadavg"}


def test_a_choice_that_cannot_be_met_is_refused_with_its_reason(launch):
    exporter = launch.node_exporter("--no-collector.time")
    metrics = exporter.url + "/metrics"
    for name in ("time", "unheard-of"):
        answer = get(metrics, **{"collect[]": ["loadavg", name]})
        assert answer.status == 400 and name in answer.text
    both = get(metrics, **{"collect[]": "loadavg", "exclude[]": "vmstat"})
    assert both.status == 400 and "exclude[]" in both.text


def test_defaults_may_be_disabled(launch):
    exporter = launch.node_exporter("--collector.loadavg", "--collector.disable-defaults")
    assert collectors(scrape(exporter.url)) == {"loadavg"}


def test_a_collector_that_hangs_is_left_out_until_it_is_back(launch, tmp_path):
    """The source is a named pipe: to open it waits until somebody writes."""
    pipe = tmp_path / "loadavg"
    os.mkfifo(pipe)
    (tmp_path / "vmstat").write_text("pgpgin 7\n")
    exporter = launch.node_exporter(
        f"--path.procfs={tmp_path}", "--collector.disable-defaults", "--collector.loadavg",
        "--collector.vmstat")

    def ask():
        answer = get(exporter.url + "/metrics", headers={"X-Prometheus-Scrape-Timeout-Seconds": "1"})
        assert answer.status == 200
        return Exposition(answer.text)

    for _ in range(3):
        exposition = ask()
        assert exposition.value("node_vmstat_pgpgin") == 7
        assert exposition.value("node_scrape_collector_success", collector="loadavg") == 0
        assert exposition.value("node_scrape_collector_success", collector="vmstat") == 1
    exposition = ask()
    assert exposition.value("narthex_collector_over_budget_total", collector="loadavg") == 1
    assert exposition.value("narthex_collector_runs_stuck") == 1

    pipe.rename(tmp_path / "old")
    (tmp_path / "loadavg").write_text("1.5 2 3 1/2 3\n")
    writer = threading.Thread(target=lambda: (tmp_path / "old").write_text("1 2 3 1/2 3\n"))
    writer.start()
    poll(lambda: ask().value("node_load1") == 1.5, "the collector is back")
    writer.join()


def test_it_stops_while_a_collector_hangs(launch, tmp_path):
    os.mkfifo(tmp_path / "loadavg")
    exporter = launch.node_exporter(
        f"--path.procfs={tmp_path}", "--collector.disable-defaults", "--collector.loadavg",
        "--collector.timeout=100ms")
    assert scrape(exporter.url).value("node_scrape_collector_success", collector="loadavg") == 0
    code, _ = exporter.terminate()
    assert code == 0


def mounts(folder, points):
    """A procfs in which only these are mounted."""
    lines = [f"{20 + i} 1 8:{i} / {point} rw - ext4 /dev/{i} rw\n" for i, point in enumerate(points)]
    (folder / "self").mkdir(parents=True)
    (folder / "self/mountinfo").write_text("".join(lines))
    (folder / "vmstat").write_text("pgpgin 7\n")
    return [f"--path.procfs={folder}", "--collector.disable-defaults", "--collector.filesystem",
            "--collector.vmstat", "--collector.filesystem.mount-points-exclude=^$",
            "--collector.filesystem.mount-timeout=200ms"]


def helpers_of(exporter):
    answer = subprocess.run(["pgrep", "-P", str(exporter.popen.pid)], capture_output=True, text=True, check=True)
    return [int(pid) for pid in answer.stdout.split()]


def stuck(exposition):
    return [labels["mountpoint"] for labels, value in exposition.find("node_filesystem_mount_stuck") if value == 1]


def sized(exposition):
    return [labels["mountpoint"] for labels, _ in exposition.find("node_filesystem_size_bytes")]


def test_a_helper_that_is_stopped_costs_its_mount_alone(launch, tmp_path):
    exporter = launch.node_exporter(*mounts(tmp_path / "proc", ["/", "/proc", "/sys"]))
    assert sized(scrape(exporter.url)) == ["/", "/proc", "/sys"]
    [helper] = helpers_of(exporter)
    os.kill(helper, signal.SIGSTOP)
    poll(lambda: stuck(scrape(exporter.url)) == ["/"], "the first mount is told to hang")
    exposition = scrape(exporter.url)
    assert sized(exposition) == ["/proc", "/sys"]
    assert exposition.value("node_filesystem_device_error", mountpoint="/") == 1
    assert exposition.value("node_vmstat_pgpgin") == 7
    os.kill(helper, signal.SIGCONT)
    poll(lambda: not stuck(scrape(exporter.url)), "the mount is back")
    assert sized(scrape(exporter.url)) == ["/", "/proc", "/sys"]
    [helper] = helpers_of(exporter)  # one of the two is enough again
    os.kill(helper, signal.SIGSTOP)
    poll(lambda: stuck(scrape(exporter.url)), "a mount hangs")
    code, seconds = exporter.terminate()
    assert code == 0 and seconds < 2


def test_a_file_system_that_never_answers_costs_itself_alone(launch, tmp_path):
    """A real one, of FUSE, whose server reads no question. It ends when the server closes its file."""
    if os.geteuid() != 0 or not os.path.exists("/dev/fuse"):
        pytest.skip("to mount a file system of FUSE needs root and /dev/fuse")
    (tmp_path / "hangs").mkdir()
    server = os.open("/dev/fuse", os.O_RDWR)
    libc = ctypes.CDLL(None, use_errno=True)
    options = f"fd={server},rootmode=40000,user_id=0,group_id=0".encode()
    target = str(tmp_path / "hangs").encode()
    if libc.mount(b"hangs", target, b"fuse", 0, options) != 0:
        pytest.skip(f"FUSE cannot be mounted: {os.strerror(ctypes.get_errno())}")
    try:
        exporter = launch.node_exporter(*mounts(tmp_path / "proc", ["/", tmp_path / "hangs", "/sys"]))
        for _ in range(3):
            exposition = scrape(exporter.url)
            assert sized(exposition) == ["/", "/sys"] and stuck(exposition) == [str(tmp_path / "hangs")]
        assert len(helpers_of(exporter)) == 2  # one that hangs, one for the rest
        os.close(server)
        server = -1
        poll(lambda: not stuck(scrape(exporter.url)), "the call came back")
        assert "not connected" in scrape(exporter.url).find(
            "node_filesystem_device_error", mountpoint=str(tmp_path / "hangs"))[0][0]["device_error"]
        code, seconds = exporter.terminate()
        assert code == 0 and seconds < 2
    finally:
        if server >= 0:
            os.close(server)
        libc.umount2(target, 2)  # MNT_DETACH
