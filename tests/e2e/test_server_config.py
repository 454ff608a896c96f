"""Configuration of a running server: reload, discovery by files, relabelling."""

import json
import os
import signal

import pytest

from harness import executable, free_port, get, get_json, poll, query, query_one, run_to_end, scrape
from targets import Target

GLOBAL = "global: {scrape_interval: 200ms, scrape_timeout: 200ms}\nscrape_configs:\n"


@pytest.fixture
def target():
    served = Target('kept{path="/a"} 1\ndropped_one 1\ndropped_two 1\n')
    yield served
    served.stop()


def job(name, more):
    return f"- job_name: {name}\n  {more}\n"


def static(address, labels="{}"):
    return f"static_configs: [{{targets: ['{address}'], labels: {labels}}}]"


def reload(server, config, text):
    config.write_text(text)
    server.popen.send_signal(signal.SIGHUP)


def runtime(server):
    return get_json(server.url + "/api/v1/status/runtimeinfo")["data"]


def active(server):
    return get_json(server.url + "/api/v1/targets?state=active")["data"]["activeTargets"]


def replace(path, text):
    """As careful programs write: whole, under another name, then renamed."""
    new = path.with_name(".new")
    new.write_text(text)
    os.replace(new, path)


def test_a_reload_changes_targets_and_keeps_the_series_of_those_that_stay(launch, tmp_path, target):
    config = tmp_path / "prometheus.yml"
    config.write_text(GLOBAL + job("stays", static(target.address)) + job("goes", static(target.address)))
    server = launch.server(config, tmp_path / "data")
    poll(lambda: len(query(server.url, "kept")) == 2, "both jobs are scraped")
    reload(server, config, GLOBAL + job("stays", static(target.address)) + job("comes", static(target.address)))
    poll(lambda: query(server.url, "kept{job='comes'}"), "the new job is scraped")
    assert [shown["scrapePool"] for shown in active(server)] == ["comes", "stays"]
    poll(lambda: not query(server.url, "{job='goes'}"), "the series of the removed job have ended")
    # Without a gap: no marker was stored, and no interval was left out.
    times = [t for t, _ in query(server.url, "kept{job='stays'}[1m]")[0][1]]
    gaps = [after - before for before, after in zip(times, times[1:])]
    assert max(gaps) < 0.45, gaps


def test_a_bad_reload_keeps_the_old_configuration_and_says_why(launch, tmp_path, target):
    config = tmp_path / "prometheus.yml"
    good = GLOBAL + job("j", static(target.address))
    config.write_text(good)
    server = launch.server(config, tmp_path / "data")
    metric = "prometheus_config_last_reload_successful"
    assert scrape(server.url).value(metric) == 1
    before = runtime(server)
    assert before["reloadConfigSuccess"] is True

    reload(server, config, good + "  scrape_interval: soon\n")
    poll(lambda: runtime(server)["reloadConfigSuccess"] is False, "the reload failed")
    assert scrape(server.url).value(metric) == 0
    reason = runtime(server)["lastReloadError"]
    assert reason.startswith(f"{config}:5:20: ") and "soon" in reason, reason
    assert "soon" in server.log
    assert runtime(server)["lastConfigTime"] == before["lastConfigTime"]
    assert [shown["scrapePool"] for shown in active(server)] == ["j"]
    count = "sum(count_over_time(kept[1m]))"
    stored = sum(value for _, value in query(server.url, count))
    poll(lambda: query(server.url, count) and query_one(server.url, count) > stored + 1,
         "the old job is still scraped")

    reload(server, config, good)
    poll(lambda: runtime(server)["reloadConfigSuccess"] is True, "the mended file is loaded")
    assert scrape(server.url).value(metric) == 1


def test_files_of_targets_are_followed(launch, tmp_path, target):
    folder = tmp_path / "targets"
    folder.mkdir()
    config = tmp_path / "prometheus.yml"
    config.write_text(GLOBAL + job("j", "file_sd_configs: [{files: ['targets/*.json', 'targets/one.yml']}]"))
    server = launch.server(config, tmp_path / "data")
    assert active(server) == []
    replace(folder / "a.json", json.dumps([{"targets": [target.address], "labels": {"rack": "4"}}]))
    poll(lambda: query(server.url, "kept{rack='4'}"), "the target of the file is scraped")
    [shown] = active(server)
    assert shown["discoveredLabels"]["__meta_filepath"] == str(folder / "a.json")
    replace(folder / "one.yml", f"- targets: ['{target.address}']\n  labels: {{rack: '5'}}\n")
    poll(lambda: len(query(server.url, "kept")) == 2, "the second file's target is scraped")
    replace(folder / "a.json", "[{")  # broken: its last targets stay
    poll(lambda: "a.json:1:" in server.log, "the broken file is reported")
    assert len(active(server)) == 2
    (folder / "a.json").unlink()
    poll(lambda: not query(server.url, "{rack='4'}"), "the series of the file that is gone have ended")
    assert [shown["labels"]["rack"] for shown in active(server)] == ["5"]


def test_rules_shape_targets_and_samples(launch, tmp_path, target):
    config = tmp_path / "prometheus.yml"
    config.write_text(GLOBAL + job("j", static(target.address, "{__meta_zone: z1, drop: 'no'}") + """
  relabel_configs:
  - {source_labels: [__meta_zone], target_label: zone}
  - {source_labels: [drop], regex: 'yes', action: drop}
  metric_relabel_configs:
  - {source_labels: [__name__], regex: 'dropped_.*', action: drop}
  - {regex: path, action: labeldrop}""") + job("k", static("h:1", "{drop: 'yes'}") + """
  relabel_configs:
  - {source_labels: [drop], regex: 'yes', action: drop}"""))
    server = launch.server(config, tmp_path / "data")
    poll(lambda: query(server.url, "kept"), "a scrape")
    labels = query(server.url, "kept")[0][0]
    assert labels == {"__name__": "kept", "drop": "no", "instance": target.address, "job": "j", "zone": "z1"}
    assert query(server.url, '{__name__=~"dropped_.*"}') == []
    assert query_one(server.url, "scrape_samples_scraped") == 3
    assert query_one(server.url, "scrape_samples_post_metric_relabeling") == 1
    shown = get_json(server.url + "/api/v1/targets")["data"]
    assert [t["discoveredLabels"]["__address__"] for t in shown["droppedTargets"]] == ["h:1"]
    assert shown["droppedTargetCounts"] == {"j": 0, "k": 1}


INACTIVE = "rule_files: [rules.yml]\nremote_write:\n- url: http://127.0.0.1:1/write\n"


def test_sections_that_would_do_nothing_are_refused(tmp_path):
    config = tmp_path / "prometheus.yml"
    config.write_text(INACTIVE)
    result = run_to_end([executable("narthex-server"), f"--config.file={config}",
                         f"--storage.tsdb.path={tmp_path}/data", f"--web.listen-address=127.0.0.1:{free_port()}"])
    assert result.returncode == 2
    [said] = result.stderr.splitlines()
    assert f"{config}:1:13: rule_files" in said and "--config.allow-inactive" in said


def test_sections_that_would_do_nothing_can_be_accepted(launch, tmp_path):
    config = tmp_path / "prometheus.yml"
    config.write_text(INACTIVE)
    server = launch.server(config, tmp_path / "data", "--config.allow-inactive")
    assert get(server.url + "/-/ready").status == 200
    warnings = [line for line in server.log.splitlines() if "level=WARN" in line and "does not do" in line]
    assert len(warnings) == 2 and "rule_files" in warnings[0] and "remote_write" in warnings[1], warnings


def test_a_reload_says_what_it_changed(launch, tmp_path, target):
    config = tmp_path / "prometheus.yml"
    config.write_text(GLOBAL + job("j", static(target.address)) + job("goes", static("h:1")))
    server = launch.server(config, tmp_path / "data")
    reload(server, config, GLOBAL + job("j", static(target.address)) + "  sample_limit: 7\n")
    want = ["scrape_configs[j].sample_limit: added 7"]

    def changes():
        return get_json(server.url + "/api/v1/status/config")["data"]["lastChanges"]
    poll(lambda: len(changes()) == 2, "the reload is told")
    assert changes()[:1] == want and changes()[1].startswith("scrape_configs[goes]: removed {job_name: goes")
    assert want[0] in server.log


def test_changed_files_are_loaded_by_themselves(launch, tmp_path, target):
    (tmp_path / "jobs").mkdir()
    config = tmp_path / "prometheus.yml"
    config.write_text("scrape_config_files: ['jobs/*.yml']\n" + GLOBAL + job("j", static(target.address)))
    server = launch.server(config, tmp_path / "data", "--config.auto-reload", "--config.auto-reload-interval=100ms")

    def pools():
        return get_json(server.url + "/api/v1/scrape_pools")["data"]["scrapePools"]
    assert pools() == ["j"]
    replace(tmp_path / "jobs" / "one.yml", "scrape_configs: [{job_name: k}]\n")
    poll(lambda: pools() == ["j", "k"], "a new file of jobs is seen")
    replace(config, GLOBAL + job("j", static("broken")) + "  scrape_interval: soon\n")
    poll(lambda: runtime(server)["reloadConfigSuccess"] is False, "a broken file is tried")
    assert pools() == ["j", "k"]
    replace(config, GLOBAL + job("l", static(target.address)))
    poll(lambda: pools() == ["l"], "the mended file is loaded")


def test_a_reload_changes_the_retention(launch, tmp_path, target):
    config = tmp_path / "prometheus.yml"
    jobs = GLOBAL + job("t", static(target.address))
    config.write_text(jobs)
    server = launch.server(config, tmp_path / "data", "--storage.tsdb.retention.size=1GB", "--storage.tsdb.min-block-duration=1s",
                           "--storage.tsdb.max-block-duration=1s")
    assert runtime(server)["storageRetention"] == "1GiB"
    poll(lambda: scrape(server.url).value("prometheus_tsdb_blocks_loaded") > 4, "some blocks", timeout=30)
    for section, text in (("{time: 2d, percentage: 80}", "2d or 80%"), ("{size: 1MB, time: 1h}", "1h or 1MiB")):
        reload(server, config, jobs + f"storage: {{tsdb: {{retention: {section}}}}}\n")
        poll(lambda wanted=text: runtime(server)["storageRetention"] == wanted, text)
    assert scrape(server.url).value("prometheus_tsdb_retention_limit_bytes") == 1 << 20
    assert scrape(server.url).value("prometheus_tsdb_retention_limit_seconds") == 3600
    reload(server, config, jobs + "storage: {tsdb: {retention: {time: 3s}}}\n")
    poll(lambda: scrape(server.url).value("narthex_tsdb_blocks_removed_total") > 3, "blocks are removed", timeout=30)
    reload(server, config, jobs + "storage: {tsdb: {retention: {time: 0s}}}\n")  # no limit at all
    poll(lambda: scrape(server.url).value("prometheus_tsdb_retention_limit_seconds") == 0, "the limit is gone")
    assert scrape(server.url).value("prometheus_tsdb_retention_limit_bytes") == 0
