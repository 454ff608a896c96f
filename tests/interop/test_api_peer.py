"""The HTTP API beside prometheus 3.5: both serve the same blocks and configuration, are asked the same several
hundred requests, good and bad, by GET and by POST, and answer with the same status, the same error type and
the same data; and the requests that Grafana's data source makes."""

import gzip
import http.client
import itertools
import json
import shutil
import urllib.parse

import pytest

from harness import peer, poll, run_to_end
from targets import Target
from test_promql_peer import LENGTH, START, same, write_openmetrics

BODY = """# HELP kept_total Some \\"help\\".
# TYPE kept_total counter
kept_total{path="/a"} 4
# TYPE size_bytes gauge
size_bytes 7
# HELP only_help Words.
only_help 1
"""
CONFIG = """
global: {{scrape_interval: 1m, scrape_timeout: 1m, external_labels: {{zone: z1}}}}
scrape_configs:
- job_name: one
  static_configs: [{{targets: ['{address}'], labels: {{rack: '4'}}}}]
- job_name: two
  static_configs: [{{targets: ['127.0.0.1:1']}}]
  relabel_configs: [{{source_labels: [job], regex: two, action: drop}}]
"""
MIDDLE, END = START + LENGTH // 2, START + LENGTH

# Requests that are answered differently on purpose, with the reason.
TOLERATED = {
    f"GET /api/v1/query [('query', 'g'), ('time', '{time}')]": "no time: refused, where Go makes some number of it"
    for time in ("NaN", "Inf")
}


class Servers:
    def __init__(self, ours, peer_server):
        self.both = (ours, peer_server)

    def ask(self, method, path, parameters=(), headers=None):
        """(status, body) of both; parameters are pairs."""
        encoded = urllib.parse.urlencode(list(parameters))
        answers = []
        for server in self.both:
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
            if method == "POST":
                connection.request("POST", path, encoded,
                                   {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})})
            else:
                connection.request(method, path + ("?" + encoded if encoded else ""), headers=headers or {})
            response = connection.getresponse()
            answers.append((response.status, response.read(), response.headers))
            connection.close()
        return answers


@pytest.fixture(scope="module")
def servers(module_launch, tmp_path_factory):
    folder = tmp_path_factory.mktemp("api")
    target = Target(BODY)
    write_openmetrics(folder / "data.om")
    made = run_to_end([peer("promtool"), "tsdb", "create-blocks-from", "openmetrics", str(folder / "data.om"),
                       str(folder / "ours")], timeout=60)
    assert made.returncode == 0, made.stderr
    shutil.copytree(folder / "ours", folder / "peer")
    config = folder / "prometheus.yml"
    config.write_text(CONFIG.format(address=target.address))
    both = Servers(module_launch.server(config, folder / "ours", "--storage.tsdb.retention.time=0s"),
                   module_launch.peer_prometheus(config, folder / "peer", "--storage.tsdb.retention.time=100y"))
    poll(lambda: all(b'"health":"up"' in body for _, body, _ in both.ask("GET", "/api/v1/targets")),
         "both have scraped", timeout=70)
    yield both
    target.stop()


SELECTORS = ["g", "{zone='a'}", "{__name__=~'c_total|slow_total'}", "{host!='h1',zone=~'a|b'}", "nosuch"]
SCRAPED = "{job='one'}"  # in memory: the reference looks there for times before it, or not, as it happens
BAD_SELECTORS = ["{", "{}", "{x=~'['}", "g[5m]", "sum(g)", "{zone=''}"]
TIMES = [(), (("start", START), ("end", END)), (("start", MIDDLE),), (("end", MIDDLE),), (("start", END + 99_999_999),),
         (("start", "2023-11-14T22:13:20Z"), ("end", "2023-11-15T00:00:00.5+01:00"))]
BAD_TIMES = [(("start", "x"),), (("end", "1e"),), (("start", END), ("end", START)), (("limit", "-1"),), (("limit", "x"),)]


def metadata_requests():
    paths = ["/api/v1/labels", "/api/v1/label/zone/values", "/api/v1/label/__name__/values", "/api/v1/label/host/values",
             "/api/v1/label/nosuch/values", "/api/v1/series"]
    for path, selector, times in itertools.product(paths, SELECTORS, TIMES):
        yield "GET", path, [("match[]", selector), *times]
    for path, selector in itertools.product(paths, [SCRAPED, *BAD_SELECTORS]):
        yield "GET", path, [("match[]", selector)]
    for path, times in itertools.product(paths, BAD_TIMES):
        yield "GET", path, [("match[]", "g"), *times]
    for path in paths:
        yield "GET", path, []
        yield "GET", path, [("match[]", "g"), ("match[]", "e"), ("limit", "2")]
        yield "GET", path, [("match[]", "g"), ("limit", "0")]
        yield "GET", path, [("match[]", "g"), ("match[]", "{")]
    for path in ("/api/v1/labels", "/api/v1/series"):
        for selector in SELECTORS:
            yield "POST", path, [("match[]", selector), ("start", str(START))]
    for name in ("a-b", "U__a_b", "1a", "%C3%A4", "__name__x", "a%2Fb"):
        yield "GET", f"/api/v1/label/{name}/values", []


QUERIES = ["g", "sum(g)", "1", "'text'", "rate(c_total[5m])", "g[2m]", "g > bool 0", "topk(2, g)", "vector(1)", "time()",
           "histogram_quantile(0.9, sum by (le) (rate(b_bucket[5m])))", "absent(nosuch)", "-g", "g offset 1h", "g @ 1700000000",
           "sum by (zone) (g) / ignoring (zone) group_right e"]
BAD_QUERIES = ["", "g{", "sum(", "foo(g)", "g + 'a'", "1 +", "rate(g)", "g[5m]:", "{}", "g offset", "\x00", "sum(g) by", "\xff"]


def query_requests():
    for query, method in itertools.product(QUERIES, ("GET", "POST")):
        yield method, "/api/v1/query", [("query", query), ("time", MIDDLE)]
        yield method, "/api/v1/query_range", [("query", query), ("start", START), ("end", MIDDLE), ("step", "5m")]
    for query in BAD_QUERIES:
        yield "GET", "/api/v1/query", [("query", query), ("time", MIDDLE)]
        yield "GET", "/api/v1/query_range", [("query", query), ("start", START), ("end", MIDDLE), ("step", "5m")]
        yield "GET", "/api/v1/format_query", [("query", query)]
        yield "GET", "/api/v1/parse_query", [("query", query)]
        yield "GET", "/api/v1/query_exemplars", [("query", query)]
    for more in ([("limit", "1")], [("limit", "0")], [("limit", "x")], [("limit", "-1")], [("timeout", "1m")],
                 [("timeout", "x")], [("timeout", "-1s")], [("lookback_delta", "1s")], [("lookback_delta", "x")],
                 [("lookback_delta", "-5")], [("time", "x")], [("time", "2023-11-14T22:13:20Z")], [("time", "-1")],
                 [("time", "1e3")], [("time", "NaN")], [("time", "Inf")]):
        yield "GET", "/api/v1/query", [("query", "g"), *more]
    for start, end, step in [("", MIDDLE, "5m"), (START, "", "5m"), (START, MIDDLE, ""), (MIDDLE, START, "5m"),
                             (START, MIDDLE, "0"), (START, MIDDLE, "-1"), (START, MIDDLE, "x"), (START, END, "0.001"),
                             (START, START, "1"), (START, MIDDLE, "1.5"), (START, MIDDLE, "1h30m"), (START, MIDDLE, "1e300"),
                             ("x", MIDDLE, "5m"), (START, "x", "5m")]:
        for query in ("g", "1", "g[5m]", "'a'"):
            yield "GET", "/api/v1/query_range", [("query", query), ("start", start), ("end", end), ("step", step)]


def status_requests():
    for parameters in ([], [("metric", "kept_total")], [("metric", "nosuch")], [("limit", "x")], [("limit", "0")],
                       [("limit", "9")], [("limit_per_metric", "1")], [("limit_per_metric", "x")]):
        yield "GET", "/api/v1/metadata", parameters
    for parameters in ([], [("metric", "kept_total")], [("match_target", "{job='one'}")], [("match_target", "{job='two'}")],
                       [("match_target", "{")], [("limit", "1")], [("limit", "x")],
                       [("match_target", "{rack=~'.+'}"), ("metric", "size_bytes")]):
        yield "GET", "/api/v1/targets/metadata", parameters
    for path in ("/api/v1/scrape_pools", "/api/v1/notifications", "/api/v1/query_exemplars?query=g",
                 "/api/v1/query_exemplars?query=g&start=x", "/api/v1/query_exemplars?query=g&start=9&end=1",
                 "/api/v1/nosuch", "/api/v1/status/nosuch", "/api/v1/label/zone", "/api/v1/"):
        yield "GET", path, []
    for path in ("/api/v1/query", "/api/v1/labels", "/api/v1/metadata", "/api/v1/targets", "/api/v1/admin/tsdb/snapshot"):
        yield "DELETE", path, []
    for path in ("/api/v1/admin/tsdb/snapshot", "/api/v1/admin/tsdb/delete_series", "/api/v1/admin/tsdb/clean_tombstones"):
        yield "POST", path, []
        yield "PUT", path, []


def by_labels(series):
    return json.dumps(series.get("metric", series), sort_keys=True)


def ordered(data):
    """Lists of series by labels: their order is free."""
    if isinstance(data, dict) and isinstance(data.get("result"), list) and data.get("resultType") in ("vector", "matrix"):
        return {**data, "result": sorted(data["result"], key=by_labels)}
    if isinstance(data, list) and data and all(isinstance(entry, dict) for entry in data):
        return sorted(data, key=lambda entry: json.dumps(entry, sort_keys=True))
    return data


def difference(ours, theirs):
    (status, body, _), (peer_status, peer_body, _) = ours, theirs
    if status != peer_status:
        return f"status {status} {body[:300]!r}, there {peer_status} {peer_body[:300]!r}"
    try:
        mine, other = json.loads(body), json.loads(peer_body)
    except ValueError:
        return None if status >= 400 else f"no JSON: {body[:200]!r}, {peer_body[:200]!r}"
    if mine.get("errorType") != other.get("errorType"):
        return f"{mine.get('errorType')} {mine.get('error')}, there {other.get('errorType')} {other.get('error')}"
    if mine.keys() != other.keys():
        return f"{sorted(mine)} {str(mine)[:200]}, there {sorted(other)} {str(other)[:200]}"
    if not same(ordered(mine.get("data")), ordered(other.get("data"))):
        return f"{str(mine.get('data'))[:500]}, there {str(other.get('data'))[:500]}"
    return None


@pytest.mark.parametrize("requests", [metadata_requests, query_requests, status_requests])
def test_answers_are_the_same(servers, notice, requests):
    wrong, count = [], 0
    for method, path, parameters in requests():
        count += 1
        found = difference(*servers.ask(method, path, parameters))
        request = f"{method} {path} {parameters}"
        if bool(found) != (request in TOLERATED):
            wrong.append(f"{request}: {found or 'is answered alike: no longer to be tolerated'}")
    notice(f"{requests.__name__}: {count - len(wrong)} of {count} requests are answered alike")
    assert not wrong, "\n".join(wrong[:60])


def test_answers_are_compressed_alike(servers):
    for _, body, headers in servers.ask("GET", "/api/v1/query_range", [("query", "g"), ("start", START), ("end", END),
                                                                         ("step", "15")], {"Accept-Encoding": "gzip"}):
        assert headers["Content-Encoding"] == "gzip" and headers["Content-Type"].startswith("application/json")
        assert json.loads(gzip.decompress(body))["status"] == "success"


# What Grafana's Prometheus data source asks: its health check, the version, completion, and queries by POST.
GRAFANA = [
    ("POST", "/api/v1/query", [("query", "1+1"), ("time", str(MIDDLE))]),
    ("GET", "/api/v1/labels", [("start", str(START)), ("end", str(END)), ("limit", "40000")]),
    ("POST", "/api/v1/labels", [("start", str(START)), ("end", str(END)), ("match[]", '{__name__="g"}')]),
    ("GET", "/api/v1/label/__name__/values", [("start", str(START)), ("end", str(END))]),
    ("GET", "/api/v1/label/zone/values", [("start", str(START)), ("end", str(END)), ("match[]", '{__name__="g"}')]),
    ("POST", "/api/v1/series", [("start", str(START)), ("end", str(END)), ("match[]", '{__name__="g"}')]),
    ("GET", "/api/v1/metadata", [("limit", "40000")]),
    ("POST", "/api/v1/query_range", [("query", 'sum by(zone) (rate(c_total{zone=~"a|b"}[4m0s]))'), ("start", str(START)),
                                     ("end", str(END)), ("step", "60")]),
    ("POST", "/api/v1/query_exemplars", [("query", "g"), ("start", str(START)), ("end", str(END))]),
]


def test_grafana_gets_what_it_asks_for(servers):
    for method, path, parameters in GRAFANA:
        ours, theirs = servers.ask(method, path, parameters)
        assert ours[0] == 200 and not difference(ours, theirs), f"{method} {path} {parameters}: {difference(ours, theirs)}"
    for _, body, _ in servers.ask("GET", "/api/v1/status/buildinfo"):
        version = json.loads(body)["data"]["version"]
        assert tuple(map(int, version.split("+")[0].split(".")[:2])) >= (3, 5)
    for status, body, _ in servers.ask("GET", "/-/healthy"):
        assert status == 200
