"""Samples out of order move both ways between our server and prometheus 3.5: in their log and in blocks."""

import random
import time

from harness import get_json, poll, scrape
from remote_write import push, sample_field
from targets import Target
from test_blocks_peer import blocks_of
from test_histograms_peer import Counting

SECONDS = 420
SHORT = ["--storage.tsdb.min-block-duration=1m", "--storage.tsdb.max-block-duration=3m"]
FEATURES = ["--enable-feature=native-histograms", "--web.enable-remote-write-receiver"]


def config_file(folder, address=None):
    path = folder / f"late-{'scrape' if address else 'idle'}.yml"
    text = "global: {scrape_interval: 500ms, scrape_timeout: 500ms}\nstorage: {tsdb: {out_of_order_time_window: 30m}}\n"
    if address:
        text += f"scrape_configs: [{{job_name: t, static_configs: [{{targets: ['{address}']}}]}}]\n"
    path.write_text(text)
    return path


def raw(url, at_ms):
    """Labels to the dict of time to what is there."""
    answer = get_json(url + "/api/v1/query", query='{__name__=~"late.*"}[20m]', time=at_ms / 1000)
    assert answer["status"] == "success", answer
    return {tuple(sorted(entry["metric"].items())): entry.get("values", []) + entry.get("histograms", [])
            for entry in answer["data"]["result"]}


def compare(before, after, notice, what):
    assert before.keys() == after.keys()
    for series, samples in before.items():
        assert samples == after[series], series
    notice(f"{what}: {sum(map(len, before.values()))} samples of {len(before)} series equal")


def write_late(url, start_ms):
    """Samples of SECONDS, a third of which come later than their time; returns the end."""
    dice = random.Random(3)
    arrivals = []
    for series in range(6):
        kind = "float" if series < 4 else "gauge"
        source = Counting(dice, kind, series == 5)
        for second in range(SECONDS):
            at_ms = start_ms + second * 1000 + series
            field = sample_field(dice.random() * 100, at_ms) if kind == "float" else source.field(at_ms)
            delay = dice.randrange(300) if dice.random() < 0.33 else 0
            arrivals.append((second + delay, {"__name__": "late", "kind": kind, "n": str(series)}, field))
    arrivals.sort(key=lambda one: one[0])
    for begin in range(0, len(arrivals), 50):
        push(url, [(labels, [field]) for _, labels, field in arrivals[begin:begin + 50]])
    return start_ms + SECONDS * 1000


def test_late_samples_survive_the_way_there_and_back(launch, tmp_path, notice):
    config, data = config_file(tmp_path), tmp_path / "data"
    prometheus = launch.peer_prometheus(config, data, *FEATURES)
    end_ms = write_late(prometheus.url, (int(time.time()) - SECONDS) * 1000)
    before = raw(prometheus.url, end_ms)
    assert sum(map(len, before.values())) > 6 * SECONDS * 0.97
    prometheus.kill()

    ours = launch.server(config, data)
    assert "log of late samples replayed" in ours.log
    compare(before, raw(ours.url, end_ms), notice, "prometheus' log, read by our server")
    ours.kill()

    ours = launch.server(config, data, *SHORT)
    poll(lambda: "block of late samples written" in ours.log and "blocks merged" in ours.log, "blocks", timeout=90)
    compare(before, raw(ours.url, end_ms), notice, "our blocks, read by our server")
    ours.kill()

    prometheus = launch.peer_prometheus(config, data, *FEATURES)
    compare(before, raw(prometheus.url, end_ms), notice, "our blocks, read by prometheus")
    assert "corrupt" not in prometheus.log.lower()


def test_prometheus_reads_the_log_of_late_samples_that_our_killed_server_wrote(launch, tmp_path, notice):
    start_ms = (int(time.time()) - 600) * 1000
    scrapes = []

    def body():
        scrapes.append(None)
        number = len(scrapes)
        # Forward by three seconds and back by two, in turns; every time comes once.
        lines = [f'late_counter{{n="{n}"}} {number * 10 + n} {start_ms + (number ^ 1) * 1000}' for n in range(20)]
        return "\n".join(lines) + "\n"

    target = Target(body)
    try:
        ours = launch.server(config_file(tmp_path, target.address), tmp_path / "data")
        poll(lambda: len(scrapes) >= 30, "thirty scrapes", timeout=60)
    finally:
        target.stop()
    late = scrape(ours.url).value("prometheus_tsdb_head_out_of_order_samples_appended_total", type="float")
    assert late >= 200
    end_ms = start_ms + 600_000
    before = raw(ours.url, end_ms)
    ours.kill()
    prometheus = launch.peer_prometheus(config_file(tmp_path), tmp_path / "data")
    compare(before, raw(prometheus.url, end_ms), notice, f"{late:.0f} late samples among those in our log")
    assert "corrupt" not in prometheus.log.lower()


def test_our_server_reads_blocks_of_late_samples_that_prometheus_makes(launch, tmp_path, notice):
    config, data = config_file(tmp_path), tmp_path / "data"
    prometheus = launch.peer_prometheus(config, data, *FEATURES)
    end_ms = write_late(prometheus.url, (int(time.time()) - SECONDS) * 1000)
    prometheus.kill()
    prometheus = launch.peer_prometheus(config, data, *FEATURES, *SHORT)
    poll(lambda: len(blocks_of(data)) >= 2 and "write block" in prometheus.log, "blocks", timeout=90)
    before = raw(prometheus.url, end_ms)
    prometheus.kill()
    ours = launch.server(config, data, *SHORT)
    compare(before, raw(ours.url, end_ms), notice, "prometheus' blocks, read by our server")
