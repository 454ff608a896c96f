"""Since when series count: from a scrape through log and blocks to queries."""

from harness import executable, poll, query, query_one, run_to_end
from targets import Target

BODY = """# TYPE jobs counter
jobs_total{kind="a"} 5
jobs_created{kind="a"} 1500000000.5
# TYPE heat gauge
heat 3
# EOF
"""
FEATURES = "--enable-feature=st-storage,xor2-encoding,promql-experimental-functions,use-start-timestamps"
RANGE = "--storage.tsdb.min-block-duration=2s"


def config_of(folder, address, extra=""):
    path = folder / "scrape.yml"
    path.write_text("global: {scrape_interval: 200ms, scrape_timeout: 200ms}\n" + extra +
                    f"scrape_configs: [{{job_name: t, static_configs: [{{targets: ['{address}']}}]}}]\n")
    return path


def test_they_are_kept_over_crash_and_compaction(launch, tmp_path, notice):
    target = Target(BODY, "application/openmetrics-text; version=1.0.0")
    data = tmp_path / "data"
    start = 'start_timestamp(jobs_total{kind="a"})'
    try:
        first = launch.server(config_of(tmp_path, target.address), data, FEATURES, RANGE)
        assert poll(lambda: query_one(first.url, start), "a start time") == 1500000000.5
        assert not query(first.url, "jobs_created") and query_one(first.url, "heat") == 3
        first.kill()
        second = launch.server(config_of(tmp_path, target.address), data, FEATURES, RANGE)
        assert poll(lambda: query_one(second.url, start), "a start time after a crash") == 1500000000.5
        poll(lambda: "block written" in second.log and (second.log.count("block written")) >= 2, "two blocks", timeout=60)
    finally:
        target.stop()
    second.stop()
    checked = run_to_end([executable("narthex-tool"), "tsdb", "verify", str(data)], timeout=60)
    assert checked.returncode == 0, checked.stdout
    third = launch.server(config_of(tmp_path, target.address), data, FEATURES, RANGE)
    [[_, samples]] = query(third.url, "jobs_total[1h]")
    oldest = float(samples[0][0])
    [[_, value]] = query(third.url, start, time=oldest + 0.01)
    assert value == 1500000000.5
    notice(f"{len(samples)} samples kept, the oldest with its start time")


def test_a_server_without_xor2_does_not_store_them(tmp_path):
    config = config_of(tmp_path, "127.0.0.1:1", "storage: {tsdb: {chunk_encoding: {floats: xor}}}\n")
    for feature in ("st-storage", "st-storage,xor2-encoding"):
        told = run_to_end([executable("narthex-server"), f"--config.file={config}", f"--storage.tsdb.path={tmp_path}/d",
                           "--web.listen-address=127.0.0.1:0", f"--enable-feature={feature}"])
        assert told.returncode != 0 and "chunk_encoding.floats: want xor2" in told.stderr
