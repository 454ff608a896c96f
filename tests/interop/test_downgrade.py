"""What a directory may hold for prometheus 2.42, as Debian 12 has it, to open it after us."""

import time

import pytest

from harness import free_port, peer, poll, query, query_one
from remote_write import push, sample_field
from targets import Target, clocked_body

HISTOGRAM = """# TYPE h histogram
h_bucket{le="1"} 3
h_bucket{le="+Inf"} 5
h_sum 7
h_count 5
"""


@pytest.fixture
def old_prometheus(launch):
    def start(config, data, *arguments):
        port = free_port()
        return launch.run(peer("bookworm/usr/bin/prometheus"), f"--config.file={config}", f"--storage.tsdb.path={data}",
                          f"--web.listen-address=127.0.0.1:{port}", "--storage.tsdb.retention.time=100y", *arguments, port=port)
    return start


def config_of(folder, address=None, storage=""):
    path = folder / ("scrape.yml" if address else "idle.yml")
    jobs = f"scrape_configs: [{{job_name: t, static_configs: [{{targets: ['{address}']}}]}}]\n" if address else ""
    path.write_text("global: {scrape_interval: 200ms, scrape_timeout: 200ms}\n" + storage + jobs)
    return path


def samples_of(server):
    return {tuple(sorted(labels.items())): values for labels, values in query(server.url, '{__name__=~".+"}[1h]')}


def left_by_ours(launch, folder, end, *arguments, storage="", ready=lambda server: True):
    """The samples of a server that was ended so, when its target was gone."""
    target = Target(lambda: clocked_body() + HISTOGRAM)
    try:
        server = launch.server(config_of(folder, target.address, storage), folder / "data", "--storage.tsdb.retention.time=0s",
                               *arguments)
        poll(lambda: query_one(server.url, "count_over_time(up[1h])") >= 15 and ready(server), "some scrapes", timeout=60)
    finally:
        target.stop()
    before = samples_of(server)
    end(server)
    return before


def assert_kept(before, after, notice):
    for series, samples in before.items():
        assert after.get(series, [])[: len(samples)] == samples, series
    notice(f"{sum(map(len, before.values()))} samples of {len(before)} series compared by value")
    assert sum(map(len, before.values())) > 100


@pytest.mark.parametrize("end", ["kill", "stop"])
@pytest.mark.parametrize("blocks", [False, True])
def test_it_opens_what_we_wrote_with_defaults(launch, tmp_path, notice, old_prometheus, end, blocks):
    short = ["--storage.tsdb.min-block-duration=1s", "--storage.tsdb.max-block-duration=3s"] if blocks else []
    has_blocks = lambda server: not blocks or server.log.count("block written") > 3
    before = left_by_ours(launch, tmp_path, lambda server: getattr(server, end)(), *short, ready=has_blocks)
    old = old_prometheus(config_of(tmp_path), tmp_path / "data")
    assert_kept(before, samples_of(old), notice)
    assert "corrupt" not in old.log.lower() and "err=" not in old.log


def test_it_opens_late_samples_that_we_wrote(launch, tmp_path, notice, old_prometheus):
    storage = "storage: {tsdb: {out_of_order_time_window: 1h}}\n"
    config = config_of(tmp_path, storage=storage)
    peer_server = old_prometheus(config, tmp_path / "data", "--web.enable-remote-write-receiver")
    now = int(time.time()) * 1000
    for minute in (0, -30, -20, -25, -10):
        push(peer_server.url, [({"__name__": "m", "n": str(n)}, [sample_field(n + minute, now + minute * 60_000 + n)])
                               for n in range(40)])
    before = samples_of(peer_server)
    assert sum(map(len, before.values())) == 200
    peer_server.kill()
    ours = launch.server(config, tmp_path / "data")
    assert samples_of(ours) == before
    ours.kill()
    assert_kept(before, samples_of(old_prometheus(config, tmp_path / "data")), notice)


def test_it_does_not_read_what_has_to_be_asked_for(launch, tmp_path, notice, old_prometheus):
    """A log of zstd, and blocks of xor2: docs/features.md warns of both."""
    zstd = tmp_path / "zstd"
    zstd.mkdir()
    before = left_by_ours(launch, zstd, lambda server: server.kill(), "--storage.tsdb.wal-compression-type=zstd")
    old = old_prometheus(config_of(zstd), zstd / "data")
    assert sum(map(len, samples_of(old).values())) < sum(map(len, before.values()))
    xor2 = tmp_path / "xor2"
    xor2.mkdir()
    left_by_ours(launch, xor2, lambda server: server.stop(), "--storage.tsdb.min-block-duration=1s",
                 storage="storage: {tsdb: {chunk_encoding: {floats: xor2}}}\n",
                 ready=lambda server: server.log.count("block written") > 3)
    old = old_prometheus(config_of(xor2), xor2 / "data")
    with pytest.raises(AssertionError):
        samples_of(old)
    notice("neither is read by 2.42")


@pytest.mark.parametrize("version", ["2.42", "3.5"])
def test_of_series_that_left_memory_early_it_reads_the_block_and_hides_what_came_after(launch, tmp_path, notice, old_prometheus,
                                                                                     version):
    there = True

    def body():
        names = ["stays"] + (["goes"] if there else [])
        return "".join(f'{name}{{n="{n}"}} {time.time()}\n' for name in names for n in range(10))

    storage = "storage: {tsdb: {stale_series_compaction_threshold: 0.1}}\n"
    target = Target(body)
    try:
        server = launch.server(config_of(tmp_path, target.address, storage), tmp_path / "data", "--storage.tsdb.retention.time=0s",
                               "--storage.tsdb.min-block-duration=80s", "--storage.tsdb.max-block-duration=80s")
        poll(lambda: query_one(server.url, 'count_over_time(goes{n="0"}[1h])') >= 10, "some scrapes", timeout=60)
        there = False
        poll(lambda: "dropped ended series from memory" in server.log, "ended series in a block", timeout=60)
        ended = {key: values for key, values in samples_of(server).items() if ("__name__", "goes") in key}
        there = True
        poll(lambda: len(query(server.url, "goes")) == 10, "the series again", timeout=30)
    finally:
        target.stop()
    before = samples_of(server)
    server.kill()
    start = old_prometheus if version == "2.42" else launch.peer_prometheus
    after = samples_of(start(config_of(tmp_path), tmp_path / "data"))
    assert_kept({key: values for key, values in before.items() if key not in ended}, after, notice)
    assert len(ended) == 10
    for key, values in ended.items():
        assert after[key] == values and len(before[key]) > len(values), key
