"""A write-ahead log moves both ways between our server and prometheus 3.5."""

import shutil
import time

from harness import get_json, poll, query, query_one, scrape
from remote_write import exemplar_field, push, sample_field
from targets import Target, clocked_body



def scrape_config(folder, address):
    path = folder / "scrape.yml"
    path.write_text("global: {scrape_interval: 500ms, scrape_timeout: 500ms}\n"
                    f"scrape_configs: [{{job_name: t, static_configs: [{{targets: ['{address}']}}]}}]\n")
    return path


def idle_config(folder):
    path = folder / "idle.yml"
    path.write_text("global: {scrape_interval: 1m}\n")
    return path


def raw_samples(server):
    """Every stored sample: labels to the list of [time, value]."""
    return {tuple(sorted(labels.items())): values for labels, values in query(server.url, '{__name__=~".+"}[1h]')}


def samples_after_crash(start_first, start_second, tmp_path):
    """What the first server has stored when it is killed, and what the second finds."""
    target = Target(clocked_body)
    try:
        first = start_first(scrape_config(tmp_path, target.address), tmp_path / "data")
        poll(lambda: query_one(first.url, "count_over_time(up[1h])") >= 8, "eight scrapes")
    finally:
        target.stop()
    # The target is gone: samples of failed scrapes may be added between the question and the kill.
    before = raw_samples(first)
    first.kill()
    shutil.rmtree(tmp_path / "data" / "chunks_head", ignore_errors=True)  # empty: no chunk is full yet
    second = start_second(idle_config(tmp_path), tmp_path / "data")
    return before, raw_samples(second), second


def compare(before, after, notice):
    compared = 0
    for series, samples in before.items():
        assert after[series][: len(samples)] == samples, series
        compared += len(samples)
    notice(f"{compared} samples of {len(before)} series compared by value")
    assert compared > 50


def test_prometheus_opens_what_our_killed_server_wrote(launch, tmp_path, notice):
    before, after, prometheus = samples_after_crash(launch.server, launch.peer_prometheus, tmp_path)
    compare(before, after, notice)
    assert "corrupt" not in prometheus.log.lower()


def test_our_server_opens_what_killed_prometheus_wrote(launch, tmp_path, notice):
    before, after, server = samples_after_crash(launch.peer_prometheus, launch.server, tmp_path)
    compare(before, after, notice)
    assert "unknown_refs=0" in server.log


def test_exemplars_pass_through_our_checkpoint(launch, tmp_path, notice):
    config, data = idle_config(tmp_path), tmp_path / "data"
    features = ["--enable-feature=exemplar-storage", "--web.enable-remote-write-receiver"]
    prometheus = launch.peer_prometheus(config, data, *features)
    start_ms = (int(time.time()) - 300) * 1000
    for second in range(300):
        at_ms = start_ms + second * 1000
        push(prometheus.url, [({"__name__": "m", "n": str(n)},
                               [sample_field(second, at_ms), exemplar_field({"trace_id": f"{n}-{second}"}, second, at_ms)])
                              for n in range(5)])
    ask = lambda server: {(entry["seriesLabels"]["n"], one["labels"]["trace_id"], one["value"], one["timestamp"])
                          for entry in get_json(server.url + "/api/v1/query_exemplars", query="m", start=0, end=2e10)["data"]
                          for one in entry["exemplars"]}
    before = ask(prometheus)
    assert len(before) == 1500
    prometheus.kill()
    ours = launch.server(config, data, "--enable-feature=exemplar-storage", "--storage.tsdb.min-block-duration=30s")
    assert scrape(ours.url).value("prometheus_tsdb_exemplar_exemplars_in_storage") == 1500
    for _ in range(3):  # a checkpoint wants segments to replace; each start begins one
        ours.kill()
        ours = launch.server(config, data, "--enable-feature=exemplar-storage", "--storage.tsdb.min-block-duration=30s")
    poll(lambda: list((data / "wal").glob("checkpoint.*")), "a checkpoint", timeout=60)
    ours.stop()
    prometheus = launch.peer_prometheus(config, data, *features)
    after = ask(prometheus)
    notice(f"{len(after)} of {len(before)} exemplars are newer than the blocks, and kept")
    newest = max(at for *_, at in before)
    # Half a block range is never compacted: fifteen seconds.
    assert {one for one in before if one[3] > newest - 15} <= after <= before
    assert "corrupt" not in prometheus.log.lower()


def test_prometheus_maps_the_finished_chunks_of_our_killed_server(launch, tmp_path, notice):
    config, data = idle_config(tmp_path), tmp_path / "data"
    prometheus = launch.peer_prometheus(config, data, "--web.enable-remote-write-receiver")
    start_ms = (int(time.time()) - 1500) * 1000
    for second in range(0, 1500, 2):
        push(prometheus.url, [({"__name__": "m", "n": str(n)}, [sample_field(second * n, start_ms + second * 1000)])
                              for n in range(20)])
    ask = lambda server: {tuple(sorted(labels.items())): values for labels, values in query(server.url, "m[1h]")}
    before = ask(prometheus)
    assert sum(map(len, before.values())) == 20 * 750
    prometheus.kill()
    ours = launch.server(config, data)
    assert ask(ours) == before
    ours.kill()
    ours = launch.server(config, data)  # takes what the one before mapped
    assert ask(ours) == before
    mapped = scrape(ours.url).value("prometheus_tsdb_head_chunks") - 20  # the others are open
    assert mapped >= 100
    assert scrape(ours.url).value("prometheus_tsdb_mmap_chunks_total") == 0
    ours.kill()
    prometheus = launch.peer_prometheus(config, data)
    assert ask(prometheus) == before
    assert "corrupt" not in prometheus.log.lower() and "unknown series" not in prometheus.log.lower()
    assert scrape(prometheus.url).value("prometheus_tsdb_head_chunks") >= mapped
    notice(f"{mapped:.0f} chunks mapped by both, {sum(map(len, before.values()))} samples equal")


ZSTD = "--storage.tsdb.wal-compression-type=zstd"


def test_a_log_of_zstd_passes_both_ways(launch, tmp_path, notice):
    for first, second in ((launch.peer_prometheus, launch.server), (launch.server, launch.peer_prometheus)):
        folder = tmp_path / first.__name__
        folder.mkdir()
        before, after, server = samples_after_crash(lambda config, data, start=first: start(config, data, ZSTD),
                                                    lambda config, data, start=second: start(config, data, ZSTD), folder)
        compare(before, after, notice)
        assert "corrupt" not in server.log.lower() and "damaged" not in server.log.lower()
