"""Statistics of queries, and the query log, beside prometheus 3.5 on the same blocks."""

import json

import pytest

from harness import get_json
from test_promql_peer import START, pair  # noqa: F401: a fixture

QUERIES = [
    "g", "c_total", "g + e", "sum(rate(c_total[5m]))", "max_over_time(g[10m:1m])", "rate(c_total[5m] @ start())",
    "g @ end()", "sum by (zone) (g)", "topk(1, g)", "timestamp(g)", "absent(g)", "absent_over_time(g[3m])", "g or e", "1 + 1",
    "time()", "vector(1)", "sum_over_time(rate(c_total[3m])[9m:2m])", "histogram_quantile(0.9, sum by (le) (rate(b_bucket[5m])))",
    "quantile_over_time(0.5, g[7m])", "g * on (zone) group_left (region) info", "g offset 3m", "count_values('v', sgn(g))",
    "max_over_time(sum(g @ start())[10m:1m])", "label_replace(g, 'a', 'b', 'c', '')", "g[5m]", "g[5m:1m]", "rate(c_total[3m])[9m:2m]",
    "sum_over_time(max_over_time(g[3m] @ start())[9m:2m] @ end())[9m:3m]",
]


@pytest.mark.parametrize("path, parameters", [
    ("/api/v1/query", {"time": START + 3000}),
    ("/api/v1/query_range", {"start": START + 3000, "end": START + 3600, "step": 47}),
])
def test_samples_are_counted_alike(pair, notice, path, parameters):  # noqa: F811
    counted = 0
    for query in QUERIES:
        if path.endswith("range") and query.endswith("]"):
            continue
        ours, theirs = (answer["data"]["stats"]["samples"] for answer in pair.ask(path, query=query, stats="all", **parameters))
        for key in ("totalQueryableSamples", "totalQueryableSamplesPerStep"):
            assert ours[key] == theirs[key], f"{query}: {key}"
        counted += theirs["totalQueryableSamples"]
    notice(f"{path}: {counted} samples counted alike")
    assert counted > 500


def test_stats_have_the_fields_that_clients_read(pair):  # noqa: F811
    ours, theirs = (answer["data"]["stats"] for answer in pair.ask("/api/v1/query", query="g", time=START, stats="true"))
    assert ours["samples"].pop("samplesRead") == ours["samples"]["totalQueryableSamples"]  # since 3.13
    assert {key: set(value) for key, value in theirs.items()} == {key: set(value) for key, value in ours.items()}


def test_lines_of_the_log_have_the_same_fields(module_launch, tmp_path):
    lines = []
    for start in (module_launch.server, module_launch.peer_prometheus):
        name = start.__name__
        config = tmp_path / f"{name}.yml"
        config.write_text(f"global: {{query_log_file: {tmp_path / name}.log}}\n")
        server = start(config, tmp_path / f"{name}-data")
        get_json(server.url + "/api/v1/query", query="up", time=5)
        get_json(server.url + "/api/v1/query_range", query="up + 1", start=5, end=65, step=15)
        lines.append([json.loads(line) for line in (tmp_path / f"{name}.log").read_text().splitlines()])
    for ours, theirs in zip(*lines, strict=True):
        assert ours.keys() == theirs.keys()
        for key in ("level", "msg", "params", "httpRequest", "spanID"):
            assert ours[key] == theirs[key]
        assert ours["stats"].keys() == theirs["stats"].keys()
        assert ours["stats"]["samples"].keys() - {"samplesRead"} == theirs["stats"]["samples"].keys()
