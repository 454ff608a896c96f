"""Prometheus 3.5 takes our node exporter for what it replaces; promtool finds nothing to complain of."""

import re

from harness import get, get_json, peer, poll, query, query_one, run_to_end, scrape

PROMETHEUS_ACCEPT = ("application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
                     "application/openmetrics-text;version=0.0.1;q=0.4,"
                     "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1")


def config_for(tmp_path, exporter, extra=""):
    path = tmp_path / "prometheus.yml"
    path.write_text(f"""
global: {{scrape_interval: 500ms, scrape_timeout: 500ms}}
scrape_configs:
  - job_name: node
    {extra}
    static_configs: [{{targets: ["{exporter.address}"]}}]
""")
    return path


def scraped_by_prometheus(launch, tmp_path, extra=""):
    exporter = launch.node_exporter()
    prometheus = launch.peer_prometheus(config_for(tmp_path, exporter, extra), tmp_path / "data")
    poll(lambda: query(prometheus.url, "up == 1"), "the target is up")
    target = get_json(prometheus.url + "/api/v1/targets")["data"]["activeTargets"][0]
    assert target["lastError"] == ""
    return exporter, prometheus


def test_every_series_arrives(launch, tmp_path, notice):
    exporter, prometheus = scraped_by_prometheus(launch, tmp_path)
    ours = scrape(exporter.url)
    assert query_one(prometheus.url, 'count(node_cpu_seconds_total{mode="idle"})') == len(
        ours.find("node_cpu_seconds_total", mode="idle"))
    arrived = {frozenset((k, v) for k, v in labels.items() if k not in ("job", "instance"))
               for labels, _ in query(prometheus.url, '{job="node"}')}
    # Stored series have no empty labels; metrics of the exporter itself come with its first requests.
    ours = [key for key in ours.samples if key[0].startswith("node_")]
    missing = [key for key in ours
               if {pair for pair in key[1] if pair[1]} | {("__name__", key[0])} not in arrived]
    notice(f"prometheus 3.5 stored {len(ours) - len(missing)} of {len(ours)} series of ours")
    assert not missing


def test_types_arrive_by_openmetrics_too(launch, tmp_path):
    exporter, prometheus = scraped_by_prometheus(launch, tmp_path)
    metadata = get_json(prometheus.url + "/api/v1/metadata")["data"]
    types = {name: "unknown" if kind == "untyped" else kind  # as OpenMetrics calls it
             for name, kind in scrape(exporter.url).types.items()}
    # OpenMetrics names a counter's family without _total.
    arrived = {name: metadata.get(name, metadata.get(re.sub("_total$", "", name), [{}]))[0].get("type")
               for name in types}
    assert arrived == types


def test_the_text_format_is_taken_as_well(launch, tmp_path):
    _, prometheus = scraped_by_prometheus(launch, tmp_path, "scrape_protocols: [PrometheusText0.0.4]")
    assert query(prometheus.url, "node_load1")


def test_protobuf_is_taken_as_well(launch, tmp_path):
    exporter, prometheus = scraped_by_prometheus(launch, tmp_path, "scrape_protocols: [PrometheusProto]")
    assert query_one(prometheus.url, 'count(node_cpu_seconds_total{mode="idle"})') == len(
        scrape(exporter.url).find("node_cpu_seconds_total", mode="idle"))
    metadata = get_json(prometheus.url + "/api/v1/metadata")["data"]
    assert metadata["node_load1"][0]["type"] == "gauge"
    assert metadata["node_cpu_seconds_total"][0]["type"] == "counter"


def test_the_negotiated_exposition_is_openmetrics_and_whole(launch):
    exporter = launch.node_exporter()
    answer = get(exporter.url + "/metrics", headers={"Accept": PROMETHEUS_ACCEPT})
    assert answer.headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0")
    assert answer.text.endswith("\n# EOF\n") and answer.text.count("# EOF") == 1
    counters = re.findall(r"^# TYPE (\S+) counter$", answer.text, re.M)
    assert counters and not [name for name in counters if name.endswith("_total")]


def complaints(promtool, exporter):
    """Lines "metric-name what is wrong" of promtool on an exporter."""
    text = get(exporter.url + "/metrics").text
    result = run_to_end([promtool, "check", "metrics"], text_in=text)
    lines = {line for line in (result.stdout + result.stderr).splitlines() if line}
    assert result.returncode in (0, 3) and bool(lines) == (result.returncode == 3), result.stderr
    return lines


def test_promtool_complains_of_nothing_but_the_names_that_the_original_has(launch, notice):
    promtool = peer("promtool")
    flags = ["--collector.cpu.info", "--collector.stat.softirq", "--collector.netdev.address-info"]
    ours = complaints(promtool, launch.node_exporter(*flags))
    theirs = complaints(promtool, launch.peer_node_exporter(*flags))
    notice(f"promtool: {len(ours)} complaints of our exporter, {len(theirs)} of the original")
    assert not ours - theirs
    # "node_memory_MemTotal_bytes metric names should be written in 'snake_case'" and "…_bits": the field's names.
    names = ("snake_case", 'use base unit "bytes" instead of "bits"')
    assert not [line for line in ours if not any(name in line for name in names)]
