"""What an operator does with the node exporter beyond scraping all of it."""

import ctypes
import os
import shutil
import signal
import subprocess
import threading

import pytest

from harness import Exposition, executable, free_port, get, poll, scrape


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


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


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
    helpers = helpers_of(exporter)
    code, seconds = exporter.terminate()
    assert code == 0 and seconds < 2
    poll(lambda: not any(is_alive(pid) for pid in helpers), "the helpers end, the stopped one too")


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


@pytest.mark.parametrize("collector, capability, sign", [
    ("slabinfo", "dac_read_search", "node_slabinfo_active_objects"),
    ("perf", "perfmon", "node_perf_page_faults_total"),
    ("process_groups", "sys_ptrace", None),
])
def test_a_capability_adds_what_the_docs_say(launch, tmp_path, collector, capability, sign):
    if os.geteuid() != 0:
        pytest.skip("only root can take capabilities away")
    if sign == "node_slabinfo_active_objects" and not os.path.exists("/proc/slabinfo"):
        pytest.skip("this kernel has no /proc/slabinfo")
    program = tmp_path / "exporter"
    shutil.copy(executable("narthex-node-exporter"), program)
    tmp_path.chmod(0o755)
    for parent in list(tmp_path.parents)[:2]:
        parent.chmod(0o755)
    flags = ["--collector.disable-defaults", f"--collector.{collector}"]
    if collector == "process_groups":
        flags.append("--collector.process_groups.rule=first:cmdline=.")

    def start(*capabilities):
        port = free_port()
        process = launch.run(
            "/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
            *(f"--{kind}-caps=+{name}" for name in capabilities for kind in ("inh", "ambient")),
            str(program), *flags, f"--web.listen-address=127.0.0.1:{port}", port=port)
        return scrape(process.url)

    without, having = start(), start(capability)
    if sign:
        assert without.value("node_scrape_collector_success", collector=collector) == 0 and not without.find(sign)
        assert having.value("node_scrape_collector_success", collector=collector) == 1 and having.find(sign)
    else:
        files = "node_process_group_open_fds"
        assert having.value(files, group="first") > without.value(files, group="first")
