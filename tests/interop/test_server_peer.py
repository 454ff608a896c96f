"""Our server and prometheus 3.5 scrape the same targets and answer the same questions alike."""

import math
import time

import pytest

from harness import get, get_json, poll, post_json, query
from targets import Target, clocked_body

# Over samples that carry their timestamp: both servers hold the same ones, so answers are equal.
EXACT = [
    # selectors and offset
    "clocked_requests_total",
    'clocked_requests_total{code="200"}',
    'clocked_requests_total{code!="200",path=~"/a.*"}',
    '{__name__=~"clocked_(info|temperature)",room!~"b|c"}',
    'clocked_temperature{missing=""}',
    "clocked_nothing",
    "clocked_temperature offset 5s",
    "clocked_temperature offset -1s",
    "clocked_odd",
    "clocked_temperature[7s]",
    # functions of ranges
    "rate(clocked_requests_total[10s])",
    "rate(clocked_restarting_total[12s])",
    "increase(clocked_requests_total[10s])",
    "increase(clocked_restarting_total[12s] offset 2s)",
    "avg_over_time(clocked_temperature[10s])",
    "min_over_time(clocked_temperature[10s])",
    "max_over_time(clocked_temperature[10s])",
    "sum_over_time(clocked_temperature[10s])",
    "count_over_time(clocked_temperature[10s])",
    "last_over_time(clocked_temperature[10s])",
    # aggregations
    "sum(clocked_requests_total)",
    "sum by (code) (rate(clocked_requests_total[10s]))",
    "avg without (path) (clocked_requests_total)",
    "min by (kind) (clocked_info)",
    "max(clocked_temperature) without (room)",
    "count by (code, nothing) (clocked_requests_total)",
    "topk(2, clocked_temperature)",
    "topk by (code) (1, clocked_requests_total)",
    # operators
    "clocked_temperature * 2 + 1 - 3 / 4",
    "-clocked_temperature ^ 2 % 7",
    "clocked_temperature > 0",
    "clocked_temperature > bool 0",
    "1 < bool 2",
    "2 ^ 3 ^ 2",
    "5 % 0",
    'clocked_requests_total{code="200"} / ignoring(code) clocked_requests_total{code="500"}',
    'clocked_requests_total{code="200"} - on(path) clocked_requests_total{code="500"}',
    "clocked_temperature * on(room) group_left(kind) clocked_info",
    "sum by (kind) (clocked_temperature * on(room) group_left(kind) clocked_info)",
    "clocked_requests_total / ignoring(code) group_left sum without(code) (clocked_requests_total)",
    "sum(rate(clocked_requests_total[10s])) by (path) / sum(rate(clocked_requests_total[10s])) by (path)",
    "time()",
    "time() - 1",
    "clocked_temperature - time()",
]
# Over the original node exporter, which each server scrapes at its own moments.
NODE = [
    "node_memory_MemTotal_bytes",
    "node_uname_info",
    "node_boot_time_seconds",
    "node_filesystem_size_bytes",
    'node_filesystem_readonly{fstype!="tmpfs"}',
    "node_disk_info",
    'node_scrape_collector_success == 1',
    "count by (mode) (node_cpu_seconds_total)",
    "count(node_cpu_seconds_total) by (cpu)",
    "max by (device) (node_filesystem_files)",
    "node_filesystem_size_bytes / 1024 / 1024",
    "node_memory_MemTotal_bytes + on(instance) group_left(nodename) (0 * node_uname_info)",
    "up",
    "sum by (job) (up)",
    "scrape_samples_scraped > 0",
    "time() - node_boot_time_seconds",
    'avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[10s]))',
    "(node_memory_MemTotal_bytes - node_memory_MemAvailable_bytes) / node_memory_MemTotal_bytes * 100",
    "topk(3, rate(node_disk_reads_completed_total[10s]))",
    "sum(increase(node_context_switches_total[10s]))",
    "count(sum(rate(node_network_receive_bytes_total[10s])) by (device))",
    "avg_over_time(node_load15[10s])",
]
BAD = ["sum(", "rate(clocked_temperature)", "nosuchfunction(1)", "a + on(x) group_left", '{a="', "1 + ", "{}",
       '{__name__=~".*"}', "foo[5x]", "topk(clocked_info)"]


class Pair:
    def __init__(self, ours, peer, end):
        self.ours = ours
        self.peer = peer
        self.end = end  # a whole second that both have data beyond

    def both(self, path, **parameters):
        return tuple(get(server.url + path, **parameters) for server in (self.ours, self.peer))


@pytest.fixture(scope="module")
def pair(module_launch, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pair")
    clocked = Target(clocked_body)
    node = module_launch.peer_node_exporter("--web.disable-exporter-metrics")
    config = folder / "prometheus.yml"
    config.write_text(f"""
global:
  scrape_interval: 1s
  scrape_timeout: 1s
scrape_configs:
  - job_name: node
    static_configs:
      - targets: ["{node.address}"]
  - job_name: clocked
    scrape_interval: 250ms
    scrape_timeout: 250ms
    static_configs:
      - targets: ["{clocked.address}"]
        labels: {{zone: "z1"}}
""")
    peer = module_launch.peer_prometheus(config, folder / "peer")
    ours = module_launch.server(config, folder / "ours")

    # The longest look back is 12 s of steps, 12 s of range and 2 s of offset.
    def has_enough(url):
        counts = query(url, "count_over_time(clocked_restarting_total[1m])")
        return counts and counts[0][1] >= 30 and query(url, "count_over_time(up{job='node'}[1m]) >= 28")

    for server in (peer, ours):
        poll(lambda: has_enough(server.url), f"30 s of samples in {server.name}", 90, 0.5)
    end = int(time.time()) - 1
    # An offset of -1s looks at the second behind it, which both have scraped only a while later.
    for server in (peer, ours):
        poll(lambda: query(server.url, f"timestamp(clocked_restarting_total) > {end}"), "the second behind the end")
    yield Pair(ours, peer, end)
    clocked.stop()


def as_map(data):
    """Label set -> list of (time, value text); scalars under no labels."""
    kind, result = data["resultType"], data["result"]
    if kind == "scalar":
        return {(): [tuple(result)]}
    points = {"vector": lambda entry: [tuple(entry["value"])],
              "matrix": lambda entry: [tuple(point) for point in entry["values"]]}[kind]
    return {tuple(sorted(entry["metric"].items())): points(entry) for entry in result}


def same(a, b):
    a, b = float(a), float(b)
    return (math.isnan(a) and math.isnan(b)) or a == b or math.isclose(a, b, rel_tol=1e-12)


def compare_exactly(ours, peer):
    """Text that says how two successful answers differ, or nothing."""
    if ours["resultType"] != peer["resultType"]:
        return f"resultType {ours['resultType']}, want {peer['resultType']}"
    a, b = as_map(ours), as_map(peer)
    if a.keys() != b.keys():
        return f"only ours {list(a.keys() - b.keys())[:3]}, only theirs {list(b.keys() - a.keys())[:3]}"
    for labels in a:
        if [t for t, _ in a[labels]] != [t for t, _ in b[labels]]:
            return f"{labels}: times {a[labels]}, want {b[labels]}"
        if not all(same(x, y) for (_, x), (_, y) in zip(a[labels], b[labels])):
            return f"{labels}: {a[labels]}, want {b[labels]}"
    return ""


def check(pair, path, **parameters):
    ours, peer = pair.both(path, **parameters)
    assert peer.status == 200, f"the peer refuses {parameters}: {peer.text}"
    if ours.status != 200:
        return f"refused with {ours.status}: {ours.text[:300]}", 0
    ours, peer = ours.json(), peer.json()
    return compare_exactly(ours["data"], peer["data"]), len(as_map(peer["data"]))


def test_instant_queries_over_equal_samples_are_equal(pair, notice):
    problems, series = [], 0
    for expression in EXACT:
        problem, count = check(pair, "/api/v1/query", query=expression, time=pair.end)
        series += count
        problems += [f"{expression}: {problem}"] if problem else []
    notice(f"{len(EXACT) - len(problems)} of {len(EXACT)} instant queries equal, {series} series compared by value")
    assert not problems, "\n".join(problems)


def test_range_queries_over_equal_samples_are_equal(pair, notice):
    problems, series = [], 0
    asked = [expression for expression in EXACT if not expression.endswith("s]")]
    for expression in asked:
        problem, count = check(pair, "/api/v1/query_range", query=expression, start=pair.end - 12,
                               end=pair.end, step="1.5")
        series += count
        problems += [f"{expression}: {problem}"] if problem else []
    notice(f"{len(asked) - len(problems)} of {len(asked)} range queries equal, {series} series compared by value")
    assert not problems, "\n".join(problems)


def test_the_node_exporters_series_are_the_same(pair, notice):
    problems, equal, total = [], 0, 0
    for expression in NODE:
        ours, peer = (answer.json() for answer in
                      pair.both("/api/v1/query", query=expression, time=pair.end))
        if ours["status"] != "success":
            problems.append(f"{expression}: {ours}")
            continue
        a, b = as_map(ours["data"]), as_map(peer["data"])
        if expression.startswith("topk"):  # which ones may turn on one read
            a = {index: values for index, values in enumerate(a.values())}
            b = {index: values for index, values in enumerate(b.values())}
        if a.keys() != b.keys() or not b:
            problems.append(f"{expression}: only ours {list(a.keys() - b.keys())[:3]}, "
                            f"only theirs {list(b.keys() - a.keys())[:3]}")
            continue
        for labels in a:
            x, y = float(a[labels][0][1]), float(b[labels][0][1])
            total += 1
            equal += same(x, y)
            if not same(x, y) and not math.isclose(x, y, rel_tol=0.5, abs_tol=30):
                problems.append(f"{expression} {labels}: {x}, want {y}")
    notice(f"{equal} of {total} series of {len(NODE)} node exporter queries compared by value, the rest near")
    assert not problems, "\n".join(problems)
    assert equal >= 0.6 * total


def test_both_refuse_the_same_queries_in_the_same_way(pair):
    for expression in BAD:
        for path, more in (("/api/v1/query", {}),
                           ("/api/v1/query_range", {"start": pair.end - 5, "end": pair.end, "step": 1})):
            ours, peer = pair.both(path, query=expression, **more)
            assert (ours.status, shape(ours.json())) == (peer.status, shape(peer.json())), expression
            assert ours.json().get("errorType") == peer.json().get("errorType"), expression


def test_both_refuse_the_same_parameters(pair):
    cases = [
        ("/api/v1/query", {}),
        ("/api/v1/query", {"query": "up", "time": "yesterday"}),
        ("/api/v1/query", {"query": "up", "timeout": "soon"}),
        ("/api/v1/query_range", {"query": "up", "start": 10, "end": 5, "step": 1}),
        ("/api/v1/query_range", {"query": "up", "start": 10, "end": 50, "step": 0}),
        ("/api/v1/query_range", {"query": "up", "start": 10, "end": 50, "step": -1}),
        ("/api/v1/query_range", {"query": "up", "start": 0, "end": 50_000, "step": 1}),
        ("/api/v1/query_range", {"query": "up[5m]", "start": 10, "end": 50, "step": 1}),
        ("/api/v1/series", {}),
        ("/api/v1/series", {"match[]": "up{"}),
        ("/api/v1/series", {"match[]": "{}"}),
        ("/api/v1/labels", {"match[]": "{x=~\"[\"}"}),
        ("/api/v1/label/job/values", {"start": "x"}),
    ]
    for path, parameters in cases:
        ours, peer = pair.both(path, **parameters)
        assert ours.status == peer.status, f"{path} {parameters}: {ours.text} {peer.text}"
        assert shape(ours.json()) == shape(peer.json()), f"{path} {parameters}: {ours.text} {peer.text}"
        assert ours.json().get("errorType") == peer.json().get("errorType"), f"{path} {parameters}: {ours.text}"


@pytest.mark.parametrize("path, parameters", [
    ("/api/v1/labels", {"match[]": '{job=~"node|clocked"}'}),
    ("/api/v1/labels", {"match[]": ["clocked_info", "clocked_temperature"]}),
    ("/api/v1/label/__name__/values", {"match[]": '{job="node"}'}),
    ("/api/v1/label/__name__/values", {"match[]": '{job="clocked"}'}),
    ("/api/v1/label/job/values", {}),
    ("/api/v1/label/room/values", {}),
    ("/api/v1/label/nothing/values", {}),
    ("/api/v1/label/device/values", {"match[]": "node_filesystem_size_bytes"}),
    ("/api/v1/series", {"match[]": ["clocked_info", 'up{job="node"}']}),
    ("/api/v1/series", {"match[]": "clocked_nothing"}),
    ("/api/v1/series", {"match[]": '{__name__=~"node_filesystem.*"}'}),
])
def test_labels_values_and_series_are_the_same(pair, path, parameters):
    def data(answer):
        listed = answer.json()["data"]
        if path.endswith("series"):
            return sorted(listed, key=lambda labels: sorted(labels.items()))
        return listed

    ours, peer = pair.both(path, start=pair.end - 60, end=pair.end, **parameters)
    assert ours.status == peer.status == 200
    assert data(ours) == data(peer)


def shape(value):
    """The structure of a JSON text: keys and types, without values."""
    if isinstance(value, dict):
        return {key: shape(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


def test_answers_have_the_same_shape(pair):
    for path, parameters in [
        ("/api/v1/query", {"query": "up{job='node'}"}),
        ("/api/v1/query", {"query": "up{job='node'}[3s]"}),
        ("/api/v1/query", {"query": "1"}),
        ("/api/v1/query_range", {"query": "1", "start": pair.end - 3, "end": pair.end, "step": 1}),
    ]:
        ours, peer = pair.both(path, **parameters)
        assert ours.headers["Content-Type"] == peer.headers["Content-Type"]
        ours, peer = shape(ours.json()), shape(peer.json())
        assert ours == peer, f"{path} {parameters}"


# By which relabelling chooses what becomes of histograms, since prometheus 3.7 or later.
NEWER_LABELS = {"__scrape_native_histograms__", "__always_scrape_classic_histograms__",
                "__convert_classic_histograms_to_nhcb__"}


def test_targets_have_what_clients_read(pair):
    ours, peer = (get_json(server.url + "/api/v1/targets")["data"] for server in (pair.ours, pair.peer))
    assert peer.keys() <= ours.keys()

    def by_url(data):
        return {target["scrapeUrl"]: target for target in data["activeTargets"]}

    assert by_url(ours).keys() == by_url(peer).keys()
    for url, want in by_url(peer).items():
        have = by_url(ours)[url]
        assert want.keys() <= have.keys(), url
        assert NEWER_LABELS <= have["discoveredLabels"].keys()
        for newer in NEWER_LABELS - want["discoveredLabels"].keys():
            del have["discoveredLabels"][newer]
        for key in ("discoveredLabels", "labels", "scrapePool", "globalUrl", "lastError", "health",
                    "scrapeInterval", "scrapeTimeout"):
            assert have[key] == want[key], f"{url} {key}"


def test_buildinfo_has_what_clients_read(pair):
    ours, peer = (get_json(server.url + "/api/v1/status/buildinfo")["data"] for server in (pair.ours, pair.peer))
    assert peer.keys() <= ours.keys()
    assert ours["application"] == "narthex"


def test_queries_are_taken_by_post(pair):
    for path, parameters in [("/api/v1/query", {"query": "clocked_info", "time": pair.end}),
                             ("/api/v1/series", {"match[]": "clocked_info"}),
                             ("/api/v1/labels", {"match[]": "clocked_info"})]:
        ours, peer = (post_json(server.url + path, **parameters) for server in (pair.ours, pair.peer))
        assert ours["status"] == peer["status"] == "success"
        assert shape(ours["data"]) == shape(peer["data"])
