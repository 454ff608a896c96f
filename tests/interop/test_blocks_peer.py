"""Blocks move both ways between our server and prometheus 3.5 with its promtool."""

import random
import struct

from harness import get_json, peer, poll, query, query_one, run_to_end
from targets import Target, clocked_body
from test_data_directory import compare, idle_config, raw_samples, scrape_config

RANGE = "--storage.tsdb.min-block-duration=4s"


def blocks_of(data):
    return sorted(path for path in data.iterdir() if (path / "meta.json").exists())


def random_openmetrics(path, start):
    """Random series as OpenMetrics; returns the labels to the list of (time in ms, value text)."""
    dice = random.Random(1)
    lines, expected = [], {}
    for index in range(60):
        labels = {"n": str(index), "zone": dice.choice(["a", "b", "\u00e4"])}
        pairs = ",".join(f'{name}="{value}"' for name, value in labels.items())
        at, samples = start, []
        for _ in range(dice.randrange(1, 400)):
            at += dice.randrange(1, 60_000)
            value = dice.choice([lambda: float(dice.randrange(1000)), lambda: dice.random() * 1e9,
                                 lambda: float("inf"), lambda: -float("inf"), lambda: -0.0,
                                 lambda: struct.unpack("d", struct.pack("Q", dice.randrange(1 << 62)))[0]])()
            samples.append((at, value))
            lines.append(f"m{{{pairs}}} {value!r} {at / 1000:.3f}")
        expected[tuple(sorted({"__name__": "m", **labels}.items()))] = samples
    path.write_text("# TYPE m gauge\n" + "\n".join(lines) + "\n# EOF\n")
    return expected


def raw(url, selector, at_ms, window):
    """Raw samples before a moment: labels to the list of (time in ms, value)."""
    return {tuple(sorted(labels.items())): [(round(at * 1000), float(value)) for at, value in values]
            for labels, values in query(url, f"{selector}[{window}]", time=at_ms / 1000)}


def test_our_server_reads_blocks_that_promtool_makes(launch, tmp_path, notice):
    start = 1_700_000_000_000
    expected = random_openmetrics(tmp_path / "m.txt", start)
    data = tmp_path / "data"
    made = run_to_end([peer("promtool"), "tsdb", "create-blocks-from", "openmetrics",
                       str(tmp_path / "m.txt"), str(data)], timeout=60)
    assert made.returncode == 0, made.stderr
    server = launch.server(idle_config(tmp_path), data, "--storage.tsdb.retention.time=0s")
    found = raw(server.url, "m", start + 400 * 60_000, "10h")
    assert found == expected
    values = get_json(server.url + "/api/v1/label/zone/values", start=0)["data"]
    assert values == sorted({dict(labels)["zone"] for labels in expected})
    count = sum(len(samples) for samples in expected.values())
    notice(f"{len(blocks_of(data))} blocks of promtool: {count} samples of {len(expected)} series equal")


def test_prometheus_and_promtool_read_blocks_that_our_server_makes(launch, tmp_path, notice):
    target = Target(clocked_body)
    data = tmp_path / "data"
    try:
        first = launch.server(scrape_config(tmp_path, target.address), data, RANGE)
        poll(lambda: "blocks merged" in first.log and len(blocks_of(data)) >= 2,
             "a merged block and another", timeout=90)
    finally:
        target.stop()
    before = raw_samples(first)
    first.kill()
    prometheus = launch.peer_prometheus(idle_config(tmp_path), data)
    compare(before, raw_samples(prometheus), notice)
    assert "corrupt" not in prometheus.log.lower()
    prometheus.stop()
    for command in ("list", "analyze", "dump"):
        told = run_to_end([peer("promtool"), "tsdb", command, str(data)], timeout=60)
        assert told.returncode == 0, f"{command}: {told.stderr}"
        assert told.stdout, command


def test_our_server_reads_blocks_that_prometheus_makes(launch, tmp_path, notice):
    target = Target(clocked_body)
    data = tmp_path / "data"
    short = ["--storage.tsdb.min-block-duration=4s", "--storage.tsdb.max-block-duration=4s"]
    try:
        first = launch.peer_prometheus(scrape_config(tmp_path, target.address), data, *short)
        poll(lambda: query_one(first.url, "count_over_time(up[1h])") >= 30, "30 scrapes", timeout=60)
    finally:
        target.stop()
    first.kill()
    # Started anew it compacts what it finds in its log.
    second = launch.peer_prometheus(idle_config(tmp_path), data, *short)
    poll(lambda: len(blocks_of(data)) >= 2, "two blocks", timeout=90)
    before = raw_samples(second)
    second.kill()
    server = launch.server(idle_config(tmp_path), data)
    compare(before, raw_samples(server), notice)
