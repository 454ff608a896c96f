"""narthex-tool query and promql print what promtool prints of the same server; formats of ours beside it."""

import json
import re

import pytest

from harness import executable, peer, run_to_end
from test_promql_peer import START, pair  # noqa: F401: a fixture

AT = f"--time={START + 3000}"
WINDOW = [f"--start={START + 3000}", f"--end={START + 3200}"]
CASES = [
    ["instant", AT, "SERVER", "g"],
    ["instant", AT, "SERVER", "sum(g)"],
    ["instant", AT, "-o", "json", "SERVER", "g > 0"],
    ["instant", AT, "SERVER", "1 + 1"],
    ["instant", AT, "SERVER", "g[2m]"],
    ["instant", "--time=2023-11-14T23:13:20Z", "SERVER", "odd"],
    ["range", *WINDOW, "--step=50s", "SERVER", "rate(c_total[5m])"],
    ["range", *WINDOW, "--step=1m", "-o", "json", "SERVER", "g"],
    ["range", *WINDOW, "SERVER", 'g{host="h1",zone="a"}'],
    ["series", *WINDOW, "--match=g", "--match=info", "SERVER"],
    ["series", *WINDOW, "--match=g", "-o", "json", "SERVER"],
    ["labels", *WINDOW, "SERVER", "zone"],
    ["labels", *WINDOW, "--match=g", "-o", "json", "SERVER", "host"],
]
TEXTS = [
    ["format", "sum(rate(x[5m]))by(a)"],
    ["format", 'histogram_quantile(0.99, sum by (le, handler) (rate(a_rather_long_metric_name_bucket{job="some-job"}[5m])))'],
    ["label-matchers", "set", "-t", "=~", 'x + on(a) sum(y{a="1"})', "a", "b.*"],
    ["label-matchers", "set", 'rate(x{b="c"}[5m])', "a", "b"],
    ["label-matchers", "delete", 'x{a="1",b="2"} + sum(y{a!="1"})', "a"],
]


def both(ours, theirs):
    return (run_to_end([executable("narthex-tool"), *ours], timeout=30), run_to_end([peer("promtool"), *theirs], timeout=30))


@pytest.mark.parametrize("arguments", CASES, ids=lambda arguments: " ".join(arguments))
def test_answers_are_printed_alike(pair, arguments):  # noqa: F811
    words = [pair.servers[1].url if word == "SERVER" else word for word in arguments]
    ours, theirs = both(["query", *words], ["query", *words])
    assert theirs.returncode == 0, theirs.stderr
    assert ours.returncode == 0, ours.stderr
    assert sorted(ours.stdout.splitlines()) == sorted(theirs.stdout.splitlines())


@pytest.mark.parametrize("arguments", TEXTS, ids=lambda arguments: " ".join(arguments))
def test_expressions_are_changed_and_laid_out_alike(arguments):
    ours, theirs = both(["promql", *arguments], ["--experimental", "promql", *arguments])
    assert (ours.returncode, ours.stdout) == (theirs.returncode, theirs.stdout), ours.stderr


def test_buckets_in_use_are_counted_alike(pair):  # noqa: F811
    words = ["query", "analyze", f"--server={pair.servers[1].url}", "--type=histogram", "--match=b_bucket", AT, "--duration=10m"]
    ours, theirs = both(words, words)
    numbers = [re.findall(r"\(classic\): (\S+)", told.stdout) for told in (ours, theirs)]
    assert numbers[0] and sorted(numbers[0]) == sorted(numbers[1]), (ours.stdout, theirs.stdout)


def test_refusals_end_with_one(pair):  # noqa: F811
    url = pair.servers[0].url
    for words in (["instant", url, "g{"], ["instant", "127.0.0.1:1", "g"], ["instant", "--time=soon", url, "g"],
                  ["range", "--start=10", "--end=5", url, "g"], ["series", url], ["labels", url], ["instant", "-o", "xml", url, "g"]):
        told = run_to_end([executable("narthex-tool"), "query", *words], timeout=30)
        assert told.returncode == 1 and told.stderr, words
    for words in (["format", "a("], ["label-matchers", "set", "a(", "b", "c"], ["label-matchers", "drop", "a", "b"]):
        assert run_to_end([executable("narthex-tool"), "promql", *words]).returncode == 1, words


def test_tables_and_sparklines(pair):  # noqa: F811
    url = pair.servers[0].url
    table = run_to_end([executable("narthex-tool"), "query", "instant", AT, "--format=table", url, "g"], timeout=30).stdout
    assert table.splitlines()[0].split() == ["TIME", "VALUE", "SERIES"] and len(table.splitlines()) == 5
    line = run_to_end([executable("narthex-tool"), "query", "range", *WINDOW, "--step=5s", "--format=sparkline", url, "time()"],
                      timeout=30).stdout.splitlines()[1]
    assert line.split()[:3] == [str(START + 3000), str(START + 3200), str(START + 3200)]
    bars = line.split()[3]
    assert (len(bars), bars[0], bars[-1], list(bars)) == (41, "▁", "█", sorted(bars))
    raw = run_to_end([executable("narthex-tool"), "query", "instant", AT, "--format=json", url, "vector(1)"], timeout=30).stdout
    assert json.loads(raw)[0]["value"][1] == "1"
