"""Native histograms of every kind move both ways between our server and prometheus 3.5: in the log, in
checkpoints, in blocks and in blocks merged from others."""

import random
import struct
import time

from harness import get_json, peer, poll, run_to_end
from remote_write import histogram_field, push, sample_field
from test_blocks_peer import blocks_of
from test_data_directory import idle_config

FEATURES = ["--enable-feature=native-histograms", "--web.enable-remote-write-receiver"]
SHORT = ["--storage.tsdb.min-block-duration=1m", "--storage.tsdb.max-block-duration=3m"]
STALE = struct.unpack("<d", struct.pack("<Q", 0x7ff0000000000002))[0]
SAMPLES = 420


class Counting:
    """A histogram that counts on, now and then in new buckets, starts anew, changes its schema."""

    def __init__(self, dice, kind, floats):
        self.dice, self.kind, self.floats = dice, kind, floats
        self.restart()

    def restart(self):
        self.positive, self.negative, self.zero, self.sum = {}, {}, 0, 0.0
        self.schema = -53 if self.kind == "custom" else self.dice.randrange(-4, 9)
        self.threshold = 0.0 if self.kind == "custom" else self.dice.choice([0.0, 2.0 ** -128, 0.00123])
        self.bounds = self.dice.choice([[0.005, 0.1, 1.0, 2.5], [-1.0, 1 / 3, 1e7]])

    def amount(self):
        return self.dice.randrange(1, 500) / (7 if self.floats else 1) if self.floats else self.dice.randrange(1, 500)

    def observe(self):
        self.sum += self.dice.random() * 100
        if self.kind == "custom":
            index = self.dice.randrange(len(self.bounds) + 1)
            self.positive[index] = self.positive.get(index, 0) + self.amount()
        elif self.dice.random() < 0.1:
            self.zero += self.amount()
        else:
            side = self.dice.choice([self.positive, self.positive, self.negative])
            index = self.dice.randrange(-15, 15)
            side[index] = side.get(index, 0) + self.amount()

    def field(self, at_ms):
        chance = self.dice.random()
        if chance < 0.01:
            return sample_field(STALE, at_ms)
        if chance < 0.03:
            self.restart()
        if self.kind == "gauge":
            self.positive, self.negative = {}, {}
        for _ in range(self.dice.randrange(6)):
            self.observe()
        total = self.zero + sum(self.positive.values()) + sum(self.negative.values())
        return histogram_field(
            at_ms, schema=self.schema, total=total, sum=self.sum, zero=self.zero, threshold=self.threshold,
            positive=self.positive, negative=self.negative, bounds=self.bounds if self.kind == "custom" else (),
            floats=self.floats, gauge=self.kind == "gauge")


def write_histograms(url, start_ms):
    """A second apart; returns the time of the last."""
    dice = random.Random(7)
    sources = [({"__name__": "h", "kind": kind, "floats": str(floats), "n": str(n)}, Counting(dice, kind, floats))
               for kind in ("counter", "gauge", "custom") for floats in (False, True) for n in range(3)]
    mixed = Counting(dice, "counter", False)
    at_ms = start_ms
    for number in range(SAMPLES):
        series = [(labels, [source.field(at_ms)]) for labels, source in sources]
        series.append(({"__name__": "mixed"},
                       [sample_field(float(number), at_ms) if number % 40 < 20 else mixed.field(at_ms)]))
        push(url, series)
        at_ms += 1000
    return at_ms


def everything(url, at_ms):
    """All raw samples, and what queries make of the histograms."""
    found = {}
    for name, expression, step in [("raw", f'{{__name__=~"h|mixed"}}[{2 * SAMPLES}s]', None),
                                   # not rate: 3.14, as we do, extrapolates otherwise
                                   ("rate", 'irate(h{kind="counter"}[30s])', 7),
                                   ("resets", 'resets(h{kind="counter"}[60s])', 7),
                                   ("quantile", "histogram_quantile(0.9, h)", 7), ("sums", "histogram_sum(h)", 7)]:
        if step is None:
            answer = get_json(url + "/api/v1/query", query=expression, time=at_ms / 1000)
        else:
            answer = get_json(url + "/api/v1/query_range", query=expression, start=at_ms / 1000 - SAMPLES,
                              end=at_ms / 1000, step=step)
        assert answer["status"] == "success", answer
        for entry in answer["data"]["result"]:
            key = (name, *sorted(entry["metric"].items()))
            found[key] = (entry.get("values", []), entry.get("histograms", []))
    return found


def close(a, b):
    """Sums may be rounded otherwise; what is stored may not."""
    if isinstance(a, list):
        return len(a) == len(b) and all(map(close, a, b))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(close(a[key], b[key]) for key in a)
    if a == b:
        return True
    return abs(float(a) - float(b)) <= 1e-9 * max(abs(float(a)), abs(float(b)))


def compare(before, after, notice, what):
    assert before.keys() == after.keys()
    histograms = 0
    for key, (values, points) in before.items():
        same = (lambda a, b: a == b) if key[0] == "raw" else close
        other_values, other_points = after[key]
        assert same(values, other_values), key
        assert len(points) == len(other_points), key
        for one, other in zip(points, other_points):
            assert same(one, other), f"{key}: {one} and {other}"
        histograms += len(points)
    assert histograms > 10 * SAMPLES
    notice(f"{what}: {histograms} histograms in {len(before)} results equal")


def test_histograms_survive_the_way_there_and_back(launch, tmp_path, notice):
    config, data = idle_config(tmp_path), tmp_path / "data"
    start_ms = (int(time.time()) - SAMPLES) * 1000
    prometheus = launch.peer_prometheus(config, data, *FEATURES)
    end_ms = write_histograms(prometheus.url, start_ms)
    before = everything(prometheus.url, end_ms)
    prometheus.kill()

    ours = launch.server(config, data)
    assert "unknown_refs=0" in ours.log and "does not read" not in ours.log
    compare(before, everything(ours.url, end_ms), notice, "prometheus' log, read by our server")
    ours.kill()

    ours = launch.server(config, data, *SHORT)
    poll(lambda: "blocks merged" in ours.log and len(blocks_of(data)) >= 2, "blocks", timeout=90)
    compare(before, everything(ours.url, end_ms), notice, "our blocks, read by our server")
    ours.kill()

    prometheus = launch.peer_prometheus(config, data, *FEATURES)
    compare(before, everything(prometheus.url, end_ms), notice, "our blocks and log, read by prometheus")
    assert "corrupt" not in prometheus.log.lower()
    prometheus.stop()
    analyzed = run_to_end([peer("promtool"), "tsdb", "analyze", str(data)], timeout=60)
    assert analyzed.returncode == 0, analyzed.stderr


def test_our_server_reads_blocks_of_histograms_that_prometheus_makes(launch, tmp_path, notice):
    config, data = idle_config(tmp_path), tmp_path / "data"
    start_ms = (int(time.time()) - SAMPLES) * 1000
    prometheus = launch.peer_prometheus(config, data, *FEATURES)
    end_ms = write_histograms(prometheus.url, start_ms)
    prometheus.kill()
    # Started anew it makes blocks of what it finds in its log.
    prometheus = launch.peer_prometheus(config, data, *FEATURES, *SHORT)
    poll(lambda: len(blocks_of(data)) >= 2, "two blocks", timeout=90)
    before = everything(prometheus.url, end_ms)
    prometheus.kill()
    ours = launch.server(config, data, *SHORT)
    compare(before, everything(ours.url, end_ms), notice, "prometheus' blocks, read by our server")
    poll(lambda: "log replayed" in ours.log, "the log")
