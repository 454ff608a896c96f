"""Expressions are parsed to the same tree, and laid out in the same way, as by prometheus 3.5."""

import pytest

from harness import get
from test_data_directory import idle_config

LONG = 'rate(a_rather_long_metric_name_total{job="some-job",instance=~"host-[0-9]+:9100"}[5m])'
QUERIES = [
    "up",
    "up{}",
    'up{job="a",x!="",y=~"b|c",z!~"d"}',
    '{"a.b", "c d"="e"}',
    '{__name__=~"a.*"}',
    '{__name__="up"}',
    "up offset 5m",
    "up offset -1h30m",
    "up @ 10.5",
    "up @ start()",
    "rate(up[5m] @ end() offset 1m)",
    "up[1h]",
    "1", "-1", "+1", "1e3", "0x1F", "Inf", "-Inf", "NaN", "5m", "1_000.25", "1e-9", "123456789012345678901234567890",
    '"text with \\"quotes\\" and <html> & \\n \u00e4"', "'single'", "`raw\\n`",
    "(up)", "-(up)", "+up", "-up ^ 2", "((1))",
    "1 + 2 * 3", "1 + up", "up > bool 1", "1 < bool 2", "up == up",
    "a and b", "a or on (x) b", "a unless ignoring (x, y) b",
    "a / on (x) b", "a / ignoring () b", "a * on (x, y) group_left (z) b", "a * on () group_right b",
    "a atan2 b", "a % b ^ c", "a >= bool on (x) b",
    "sum(up)", "sum by (a) (up)", "sum without () (up)", "sum by () (up)", "avg(up) without (a, b)",
    'sum by ("a b", c) (up)',
    "topk(3, up)", "quantile by (a) (0.9, up)", 'count_values("v", up)', "bottomk(1, up)",
    "rate(up[5m])", "time()", "vector(1)", "absent(up)", "round(up)", "round(up, 5)", "hour()", "hour(up)",
    'label_replace(up, "a", "$1", "b", "(.*)")', 'label_join(up, "a", "-", "b", "c", "d")',
    "histogram_quantile(0.9, sum by (le) (rate(b_bucket[5m])))",
    "max_over_time(rate(up[5m])[1h:1m])", "max_over_time(up[1h:])", "up[1h:5m] @ 10 offset 1m",
    "min_over_time(rate(up[5m])[1h:] @ start())",
    "predict_linear(up[1h], 3600)", "days_in_month(vector(0))",
    # Longer than a line
    LONG, f"sum({LONG})", f"sum by (job, instance) ({LONG})", f"topk(5, {LONG})", f"-{LONG}",
    f"{LONG} / {LONG}", f"{LONG} / on (job) group_left (x) {LONG}", f"({LONG} / {LONG}) * 100",
    f"sum by (job) ({LONG}) / ignoring (a) group_left sum({LONG}) > bool 5",
    f"max_over_time(sum({LONG})[1h:5m])", f"max_over_time(({LONG} + up)[1h:5m] @ 5 offset 3m)",
    f'label_replace({LONG}, "destination", "$1", "source", "(.*)")',
    f"histogram_quantile(0.99, sum by (le, handler) ({LONG})) or vector(0)",
    f"quantile without (instance) (0.9, max_over_time(up[5m:1m]) + {LONG})",
    f"-(-{LONG} + -sum(-{LONG}))", f"absent_over_time({LONG}[1h:1m])",
    f"count_values(\"version\", {LONG} unless on (job) {LONG})",
    f"clamp({LONG}, 1, 2)",
]
BAD = ["", "sum(", "up{", "1 +", "rate(up)", "foo(1)", "up[5m", "sum by (a", '{a="b"', "up offset", "up @", "a b"]


@pytest.fixture(scope="module")
def pair(module_launch, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pair")
    return (module_launch.server(idle_config(folder), folder / "ours"),
            module_launch.peer_prometheus(idle_config(folder), folder / "peer"))


def both(pair, path, query):
    return tuple(get(server.url + path, query=query) for server in pair)


def without_news(tree):
    """A tree without the fields that 3.5 does not know: they are those of unused newer syntax."""
    if isinstance(tree, list):
        return [without_news(item) for item in tree]
    if not isinstance(tree, dict):
        return tree
    for name, unused in (("anchored", False), ("smoothed", False), ("fillValues", {"lhs": None, "rhs": None})):
        assert tree.pop(name, unused) == unused
    return {name: without_news(value) for name, value in tree.items()}


def test_trees_are_the_same(pair, notice):
    for query in QUERIES:
        ours, peer = (answer.json() for answer in both(pair, "/api/v1/parse_query", query))
        assert peer["status"] == "success", f"{query}: {peer}"
        assert without_news(ours) == peer, query
    notice(f"{len(QUERIES)} trees equal")


def test_layouts_are_the_same(pair, notice):
    for query in QUERIES:
        ours, peer = both(pair, "/api/v1/format_query", query)
        assert peer.status == 200, f"{query}: {peer.text}"
        assert ours.text == peer.text.strip(), query
    notice(f"{len(QUERIES)} layouts equal")


@pytest.mark.parametrize("path", ["/api/v1/parse_query", "/api/v1/format_query"])
def test_what_is_no_query_is_refused_alike(pair, path):
    for query in BAD:
        ours, peer = both(pair, path, query)
        assert (ours.status, ours.json()["errorType"]) == (peer.status, peer.json()["errorType"]), query
