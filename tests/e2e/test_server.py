"""The server on this machine's own data: true answers, and none lost whatever ends."""

import os
import re
import socket
import time

import pytest

from harness import free_port, get, get_json, poll, query, query_one, run_to_end, executable
from targets import Target

INTERVAL_S = 0.5


def write_config(path, **jobs):
    """A config that scrapes each job's addresses every half second."""
    text = "global:\n  scrape_interval: 500ms\n  scrape_timeout: 500ms\nscrape_configs:\n"
    for job, addresses in jobs.items():
        listed = ", ".join(f'"{address}"' for address in addresses)
        text += f"  - job_name: {job}\n    static_configs:\n      - targets: [{listed}]\n"
    path.write_text(text)
    return path


def newest(server, selector="up{job='node'}"):
    """The time of the newest sample of a series, in seconds; what was stored up to it stays."""
    result = query(server.url, f"{selector}[1m]")
    assert len(result) == 1, f"{selector}: {result}"
    return result[0][1][-1][0]


def wait_for_scrapes(server, count, selector="up{job='node'}", timeout=30):
    poll(lambda: query_one(server.url, f"count_over_time({selector}[5m])") >= count,
         f"{count} scrapes of {selector}", timeout)


def raw(server, selector, at, window="5m"):
    """{labels: [(time, value)]} of what is stored in the window before `at`."""
    result = query(server.url, f"{selector}[{window}]", time=at)
    return {frozenset(labels.items()): [(t, float(v)) for t, v in values] for labels, values in result}


def defined_rate(points, at, range_s):
    """rate() as the documentation of the reference defines it: increase between the first and the last
    point, resets added, extrapolated to the range's ends where points come near them."""
    if len(points) < 2:
        return None
    increase = points[-1][1] - points[0][1]
    increase += sum(before for (_, before), (_, after) in zip(points, points[1:]) if after < before)
    sampled = points[-1][0] - points[0][0]
    spacing = sampled / (len(points) - 1)
    to_start, to_end = points[0][0] - (at - range_s), at - points[-1][0]
    to_start = to_start if to_start < 1.1 * spacing else spacing / 2
    to_end = to_end if to_end < 1.1 * spacing else spacing / 2
    if increase > 0 and points[0][1] >= 0:  # a counter does not begin below zero
        to_start = min(to_start, sampled * points[0][1] / increase)
    return increase * (sampled + to_start + to_end) / sampled / range_s


# ---- what /proc says ------------------------------------------------------------------------

def proc_cpu_seconds():
    modes = "user nice system idle iowait irq softirq steal".split()
    seconds = {}
    with open("/proc/stat") as lines:
        for line in lines:
            match = re.match(r"cpu(\d+) (.*)", line)
            if match:
                for mode, ticks in zip(modes, match[2].split()):
                    seconds[match[1], mode] = int(ticks) / 100
    return seconds


def proc_memory():
    with open("/proc/meminfo") as lines:
        return {key: int(value.split()[0]) * 1024 for key, value in (line.split(":") for line in lines)}


def proc_columns(path, skip, name_at, value_at):
    """{name: number} of two columns of a file of /proc."""
    with open(path) as lines:
        rows = [line.replace(":", " ").split() for line in list(lines)[skip:]]
    return {row[name_at]: int(row[value_at]) for row in rows}


def proc_disk_read_bytes():
    return {name: sectors * 512 for name, sectors in proc_columns("/proc/diskstats", 0, 2, 5).items()}


def proc_received_bytes():
    return proc_columns("/proc/net/dev", 2, 0, 1)


def read_all():
    return proc_cpu_seconds(), proc_memory(), proc_disk_read_bytes(), proc_received_bytes()


class Watched:
    """A server with a node exporter that it has scraped for a while, and /proc before and after one scrape."""


@pytest.fixture(scope="module")
def watched(module_launch, tmp_path_factory):
    folder = tmp_path_factory.mktemp("watched")
    exporter = module_launch.node_exporter()
    port = free_port()
    config = write_config(folder / "prometheus.yml", node=[exporter.address], narthex=[f"127.0.0.1:{port}"])
    result = Watched()
    result.server = module_launch.server(config, folder / "data", port=port)
    wait_for_scrapes(result.server, 3)
    # Something to count: bytes from the disk itself, and over lo.
    path = executable("narthex-node-exporter")
    with open(path, "rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        file.read()
    get(exporter.url + "/metrics")
    wait_for_scrapes(result.server, 8)
    result.before = read_all()
    begin = time.time()
    poll(lambda: newest(result.server) > begin, "a scrape after /proc was read")
    result.at = newest(result.server)
    result.after = read_all()
    return result


def assert_between(before, value, after, slack, what):
    assert min(before, after) - slack <= value <= max(before, after) + slack, what


def test_the_share_of_busy_cpu_is_true(watched):
    seconds = raw(watched.server, "node_cpu_seconds_total", watched.at)
    assert len(seconds) == len(watched.before[0])
    for labels, points in seconds.items():
        key = (dict(labels)["cpu"], dict(labels)["mode"])
        assert_between(watched.before[0][key], points[-1][1], watched.after[0][key], 0.05, key)
    rates = [defined_rate(points, watched.at, 300) for labels, points in seconds.items()
             if ("mode", "idle") in labels]
    busy = query_one(watched.server.url, '100 - (avg by (instance) '
                     '(rate(node_cpu_seconds_total{mode="idle"}[5m])) * 100)', time=watched.at)
    assert busy == pytest.approx(100 - sum(rates) / len(rates) * 100, rel=1e-9)


def test_the_share_of_used_memory_is_true(watched):
    share = query(watched.server.url, "(node_memory_MemTotal_bytes - node_memory_MemAvailable_bytes) / "
                  "node_memory_MemTotal_bytes * 100", time=watched.at)
    assert len(share) == 1 and share[0][0].keys() == {"instance", "job"}
    expected = [(1 - memory["MemAvailable"] / memory["MemTotal"]) * 100
                for memory in (watched.before[1], watched.after[1])]
    assert_between(*sorted(expected)[:1], share[0][1], max(expected), 3, expected)
    assert query_one(watched.server.url, "node_memory_MemTotal_bytes", time=watched.at) == watched.before[1]["MemTotal"]


def test_up_counts_the_targets_of_each_job(watched):
    result = {labels["job"]: value for labels, value in query(watched.server.url, "sum by (job) (up)")}
    assert result == {"node": 1, "narthex": 1}


def test_the_disks_read_most_are_true(watched):
    read = raw(watched.server, "node_disk_read_bytes_total", watched.at, "1m")
    for labels, points in read.items():
        device = dict(labels)["device"]
        assert_between(watched.before[2][device], points[-1][1], watched.after[2][device], 0, device)
    rates = {dict(labels)["device"]: defined_rate(points, watched.at, 60) for labels, points in read.items()}
    result = query(watched.server.url, "topk(3, rate(node_disk_read_bytes_total[1m]))", time=watched.at)
    assert [value for _, value in result] == pytest.approx(sorted(rates.values(), reverse=True)[:3], rel=1e-9)
    for labels, value in result:
        assert value == pytest.approx(rates[labels["device"]], rel=1e-9)


def test_received_bytes_of_each_interface_are_true(watched):
    received = raw(watched.server, "node_network_receive_bytes_total", watched.at, "1m")
    for labels, points in received.items():
        device = dict(labels)["device"]
        assert_between(watched.before[3][device], points[-1][1], watched.after[3][device], 0, device)
    result = query(watched.server.url, "sum(rate(node_network_receive_bytes_total[1m])) by (device)", time=watched.at)
    expected = {dict(labels)["device"]: defined_rate(points, watched.at, 60) for labels, points in received.items()}
    assert {labels["device"]: value for labels, value in result} == pytest.approx(expected, rel=1e-9)
    assert all(labels.keys() == {"device"} for labels, _ in result)
    assert expected["lo"] > 0


def test_every_target_is_listed_as_it_is(watched):
    targets = get_json(watched.server.url + "/api/v1/targets")["data"]["activeTargets"]
    assert {target["scrapePool"]: (target["health"], target["lastError"]) for target in targets} == {
        "node": ("up", ""), "narthex": ("up", "")}


def test_the_server_tells_of_itself(watched):
    metrics = get(watched.server.url + "/metrics")
    assert metrics.status == 200 and "process_cpu_seconds_total" in metrics.text
    assert get_json(watched.server.url + "/api/v1/status/buildinfo")["data"]["application"] == "narthex"
    assert get(watched.server.url + "/").headers["Content-Type"].startswith("text/html")


# ---- what ends ------------------------------------------------------------------------------

def test_a_killed_target_is_down_and_its_series_end(launch, tmp_path):
    exporter = launch.node_exporter()
    server = launch.server(write_config(tmp_path / "c.yml", node=[exporter.address]), tmp_path / "data")
    wait_for_scrapes(server, 3)
    alive_at = newest(server)
    exporter.kill()
    poll(lambda: query_one(server.url, "up") == 0, "up is 0")
    assert query(server.url, "node_load1") == []
    assert query(server.url, '{job="node",__name__=~"node_.*"}') == []
    assert len(query(server.url, "node_load1", time=alive_at)) == 1
    target = get_json(server.url + "/api/v1/targets")["data"]["activeTargets"][0]
    assert target["health"] == "down" and "refused" in target["lastError"]
    launch.node_exporter(port=exporter.port)
    poll(lambda: query_one(server.url, "up") == 1 and query(server.url, "node_load1"), "the target is back")


def test_every_committed_scrape_outlives_kill_9(launch, tmp_path, notice):
    exporter = launch.node_exporter()
    config = write_config(tmp_path / "c.yml", node=[exporter.address])
    server = launch.server(config, tmp_path / "data")
    wait_for_scrapes(server, 6)
    at = newest(server)
    everything = raw(server, '{job="node"}', at)
    span = {"start": at - 3, "end": at, "step": 0.5}
    before = get_json(server.url + "/api/v1/query_range", query="node_cpu_seconds_total", **span)
    for _ in range(3):
        server.kill()
        server = launch.server(config, tmp_path / "data")
        assert raw(server, '{job="node"}', at) == everything
        assert get_json(server.url + "/api/v1/query_range", query="node_cpu_seconds_total", **span) == before
        count = query_one(server.url, "count_over_time(up[5m])")
        poll(lambda: query_one(server.url, "count_over_time(up[5m])") > count, "scraping goes on")
    samples = sum(map(len, everything.values()))
    notice(f"kill -9 three times: {samples} samples of {len(everything)} series are all there")
    assert samples > 1000


def test_a_clean_stop_keeps_everything_and_is_quick(launch, tmp_path):
    exporter = launch.node_exporter()
    config = write_config(tmp_path / "c.yml", node=[exporter.address])
    server = launch.server(config, tmp_path / "data")
    wait_for_scrapes(server, 4)
    at = newest(server)
    everything = raw(server, '{job="node"}', at)
    code, seconds = server.terminate()
    assert code == 0 and seconds < 2, f"exit code {code} after {seconds:.2f} s"
    again = launch.server(config, tmp_path / "data")
    assert raw(again, '{job="node"}', at) == everything


def test_it_stops_within_two_seconds_while_a_target_hangs(launch, tmp_path):
    with socket.socket() as hanging:  # takes connections and never answers
        hanging.bind(("127.0.0.1", 0))
        hanging.listen(16)
        address = f"127.0.0.1:{hanging.getsockname()[1]}"
        config = tmp_path / "c.yml"
        config.write_text("global: {scrape_interval: 1m, scrape_timeout: 50s}\nscrape_configs:\n"
                          f'  - job_name: node\n    static_configs: [{{targets: ["{address}"]}}]\n')
        server = launch.server(config, tmp_path / "data")
        code, seconds = server.terminate()
        assert code == 0 and seconds < 2, f"exit code {code} after {seconds:.2f} s"


def test_it_listens_at_once(launch, tmp_path, notice):
    port = free_port()
    begin = time.monotonic()
    server = launch.server(write_config(tmp_path / "c.yml", node=["127.0.0.1:1"]), tmp_path / "data", port=port,
                           ready=None)

    def connects():
        with socket.create_connection(("127.0.0.1", port), 1):
            return True

    poll(connects, "a listening server", 5, 0.005)
    seconds = time.monotonic() - begin
    notice(f"the server listens {seconds * 1000:.0f} ms after its start")
    assert seconds < 2
    server.wait_ready()


# ---- bad input ------------------------------------------------------------------------------

BROKEN = {
    "unknown field": ("global:\n  scrape_interval: 1s\n  scrape_intervall: 2s\n", 3),
    "wrong type": ("global:\n  scrape_interval: soon\n", 2),
    "duplicate key": ("global:\n  scrape_interval: 1s\n  scrape_interval: 2s\n", 3),
    "not yaml": ("global:\n  scrape_interval: [1s\n", None),
    "list for map": ("global: [1]\n", 1),
    "job without name": ("scrape_configs:\n  - static_configs: [{targets: ['a:1']}]\n", 2),
    "job named twice": ("scrape_configs:\n  - job_name: a\n  - job_name: a\n", 3),
    "timeout beyond interval": ("scrape_configs:\n  - job_name: a\n    scrape_interval: 1s\n    scrape_timeout: 2s\n", None),
}


def run_server(config, data, *arguments):
    return run_to_end([executable("narthex-server"), f"--config.file={config}", f"--storage.tsdb.path={data}",
                       f"--web.listen-address=127.0.0.1:{free_port()}", *arguments])


@pytest.mark.parametrize("text, line", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_config_ends_it_with_the_place(tmp_path, text, line):
    config = tmp_path / "broken.yml"
    config.write_text(text)
    result = run_server(config, tmp_path / "data")
    assert result.returncode == 2, result.stderr
    said = result.stderr.splitlines()
    assert len(said) == 1, said
    match = re.search(re.escape(str(config)) + r":(\d+):(\d+): \S", said[0])
    assert match, said[0]
    assert line is None or int(match[1]) == line, said[0]


def test_an_absent_config_ends_it(tmp_path):
    result = run_server(tmp_path / "none.yml", tmp_path / "data")
    assert result.returncode == 2
    assert len(result.stderr.splitlines()) == 1 and "none.yml" in result.stderr


@pytest.mark.parametrize("flag", ["--no.such.flag", "--storage.tsdb.pat=x", "--web.listen-address"])
def test_an_unknown_flag_ends_it(tmp_path, flag):
    config = write_config(tmp_path / "c.yml", node=["127.0.0.1:1"])
    result = run_to_end([executable("narthex-server"), f"--config.file={config}", flag])
    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1 and flag.split("=")[0].lstrip("-") in result.stderr


def test_a_taken_port_ends_it_with_the_address(launch, tmp_path):
    config = write_config(tmp_path / "c.yml", node=["127.0.0.1:1"])
    server = launch.server(config, tmp_path / "data")
    result = run_to_end([executable("narthex-server"), f"--config.file={config}",
                         f"--storage.tsdb.path={tmp_path}/other", f"--web.listen-address={server.address}"])
    assert result.returncode == 1 and server.address in result.stderr


BROKEN_BODIES = {
    "no value": ("good 1\nbad\n", 2),
    "open label": ('good 1\nfine 2\nbad{a="x 3\n', 3),
    "not a number": ("good 1\nbad one\n", 2),
    "not utf-8": (None, 2),
}


@pytest.fixture
def target():
    served = Target("good 1\n")
    yield served
    served.stop()


@pytest.mark.parametrize("body, line", BROKEN_BODIES.values(), ids=BROKEN_BODIES.keys())
def test_a_broken_body_is_refused_whole_with_its_line(launch, tmp_path, target, body, line):
    class Bytes(str):
        def encode(self):
            return b'good 1\nbad{a="\xff"} 1\n'

    target.body = Bytes() if body is None else body
    server = launch.server(write_config(tmp_path / "c.yml", t=[target.address]), tmp_path / "data")
    wait_for_scrapes(server, 2, "up")
    shown = get_json(server.url + "/api/v1/targets")["data"]["activeTargets"][0]
    assert shown["health"] == "down"
    assert re.search(rf"(^|\s){line}:\d+: \S", shown["lastError"]), shown["lastError"]
    assert query(server.url, "up")[0][1] == 0
    assert query(server.url, "good[5m]") == []
    target.body = "good 2\n"
    poll(lambda: query_one(server.url, "good") == 2, "the mended body is taken")


def test_series_end_when_a_body_breaks_and_when_they_leave_it(launch, tmp_path, target):
    target.body = "stays 1\nleaves 1\n"
    server = launch.server(write_config(tmp_path / "c.yml", t=[target.address]), tmp_path / "data")
    poll(lambda: query(server.url, "leaves"), "the first scrape")
    target.body = "stays 1\n"
    poll(lambda: not query(server.url, "leaves"), "the series that left is stale")
    assert query_one(server.url, "stays") == 1
    target.body = "broken\nstays 1\n"
    poll(lambda: not query(server.url, "stays"), "all series of the broken target are stale")
    assert query_one(server.url, "up") == 0
