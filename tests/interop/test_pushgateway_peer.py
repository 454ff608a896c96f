"""Our pushgateway beside pushgateway 1.11: the same requests get the same answers and leave the same
page; promtool and prometheus 3.5 find nothing to complain of in it."""

import random
import re
import subprocess

import pytest

from harness import get, get_json, peer, poll, query, query_one, request, scrape

PROTOBUF = ("application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; "
            "encoding=delimited")
HISTOGRAM = ('# TYPE h histogram\n# HELP h Help.\nh_bucket{le="1"} 1\nh_bucket{le="+Inf"} 3\nh_sum 4.5\nh_count 3\n'
             '# TYPE s summary\ns{quantile="0.5"} 0.1\ns{quantile="0.99"} NaN\ns_sum 1e10\ns_count 12345678\n')

# (method, path after /metrics/, body), in this order.
REQUESTS = [
    ("PUT", "job/a", '# TYPE m counter\n# HELP m Help \\\\ with \\n.\nm{x="1"} 1\nm{x="2",job="own"} +Inf\nn -1.5e-7\n'),
    ("POST", "job/a", "n 2\n"),
    ("POST", "job/a/", "n 3\n"),
    ("POST", "job/a", ""),
    ("PUT", "job/a/instance/i", HISTOGRAM),
    ("PUT", "job@base64/YS9i/x@base64/=", "n 1\n"),
    ("PUT", "job/a/x/", "n 1\n"),
    ("PUT", "job/a/b", "n 1\n"),
    ("PUT", "job/a/0b/1", "n 1\n"),
    ("PUT", "job/a/__b/1", "n 1\n"),
    ("PUT", "job/a/job/b", "n 7\n"),
    ("PUT", "job/a/y/1/y/2", "n 1\n"),
    ("PUT", "job@base64/=", "n 1\n"),
    ("PUT", "job@base64/!!", "n 1\n"),
    ("PUT", "job/a/y@base64/!!", "n 1\n"),
    ("PUT", "job/%C3%A9/y/a%20b%22", "n 1\n"),
    ("PUT", "job/q", "n 1"),
    ("PUT", "job/q", "n{ 1\n"),
    ("PUT", "job/q", "n 1 2 3\n"),
    ("PUT", "job/q", "n one\n"),
    ("PUT", "job/q", 'n{a="1",a="2"} 1\n'),
    ("PUT", "job/q", "# TYPE n counter\n# TYPE n gauge\nn 1\n"),
    ("PUT", "job/q", "n 1\n# TYPE n gauge\n"),
    ("PUT", "job/q", "# TYPE n nonsense\nn 1\n"),
    ("PUT", "job/q", "n 1 1000\n"),
    ("PUT", "job/q", "# TYPE m gauge\nm 1\n"),
    ("PUT", "job/q", "h_count 1\n"),
    ("PUT", "job/q", "h_bucket 1\n"),
    ("PUT", "job/q", "s_bucket 1\n"),
    ("PUT", "job/q", "s_sum 1\n"),
    ("PUT", "job/r", "# TYPE n histogram\nn_count 1\nn_sum 1\n"),
    ("PUT", "job/q", 'd{x="1"} 1\nd{x="1"} 2\n'),
    ("PUT", "job/q", 'd{job="1"} 1\nd{job="2"} 2\n'),
    ("PUT", "job/q", 'd{instance="z"} 1\n'),
    ("PUT", "job/q/instance/z", "d 1\n"),
    ("PUT", "job/q", 'd{__x="1"} 1\n'),
    ("PUT", "job/q", "# TYPE process_open_fds counter\nprocess_open_fds 1\n"),
    ("PUT", "job/q", "# TYPE process_open_fds gauge\nprocess_open_fds 1\n"),
    ("PUT", "job/w", "# TYPE push_time_seconds counter\npush_time_seconds 1\n"),
    ("PUT", "job/w", '{"n.x"} 1\n'),
    ("PUT", "job/t", "# TYPE only_a_type counter\n"),
    ("PUT", "job/t", "# HELP n Another help.\nn 1\n\n   # a remark\n"),
    ("PUT", "job/u", "# TYPE u summary\nu_count 2\n# TYPE v histogram\nv_sum 2\n# TYPE w histogram\nw_bucket{le=\"2\"} 1\n"),
    ("DELETE", "job/t", ""),
    ("DELETE", "job/never", ""),
    ("DELETE", "job/a/b", ""),
    ("GET", "job/a", ""),
    ("PATCH", "job/a", ""),
]


@pytest.fixture(scope="module")
def pair(module_launch):
    return module_launch.pushgateway(), module_launch.peer_pushgateway()


def ask(gateway, method, path, body):
    data = None if method == "GET" else body.encode()
    return request(f"{gateway.url}/metrics/{path}", data, {"Content-Type": "text/plain"}, method=method)


def pushed(page):
    """What was pushed of a page: samples with their text, types. Times of pushes only as set or not."""
    lines = {}
    for key, text in page.lines.items():
        if "job" not in dict(key[1]):
            continue
        times = key[0] in ("push_time_seconds", "push_failure_time_seconds")
        lines[key] = str(float(text) > 0) if times else text
    families = {re.sub(r"_(bucket|sum|count)$", "", name) for name, _ in lines} | {name for name, _ in lines}
    return lines, {name: kind for name, kind in page.types.items() if name in families}


def test_the_same_requests_leave_the_same(pair, notice):
    ours, original = pair
    for method, path, body in REQUESTS:
        mine, theirs = ask(ours, method, path, body), ask(original, method, path, body)
        assert mine.status == theirs.status, (method, path, body, mine.text, theirs.text)
        assert pushed(scrape(ours.url)) == pushed(scrape(original.url)), (method, path, body)
    lines, _ = pushed(scrape(ours.url))
    notice(f"{len(REQUESTS)} requests answered alike, {len(lines)} samples equal after them")


def test_the_api_has_the_same_shape(pair):
    ours, original = pair
    for gateway in pair:
        ask(gateway, "PUT", "job/shape", HISTOGRAM + "g 1e20\n")
    mine, theirs = (shape(get_json(g.url + "/api/v1/metrics?group=job/shape" if g is ours else g.url + "/api/v1/metrics"))
                    for g in pair)
    assert mine == theirs
    status = get_json(ours.url + "/api/v1/status")["data"]
    assert set(status) == set(get_json(original.url + "/api/v1/status")["data"])
    for path in ("/api/v1/metrics", "/api/v1/status"):
        for header in ("Access-Control-Allow-Origin", "Access-Control-Allow-Methods", "Cache-Control", "Content-Type"):
            assert get(ours.url + path).headers[header] == get(original.url + path).headers[header], (path, header)


def shape(answer):
    """The group job=shape without its times and our own help texts."""
    assert answer["status"] == "success"
    group = next(g for g in answer["data"] if g["labels"] == {"job": "shape"})
    for name, family in group.items():
        if isinstance(family, dict) and "metrics" in family:
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", family.pop("time_stamp"))
            if name.startswith("push_"):
                family.pop("help")
            if name == "push_time_seconds":
                family["metrics"][0]["value"] = "now"
    return group


def test_protobuf_pages_are_read_by_promtool_too(pair):
    ours, _ = pair
    ask(ours, "PUT", "job/proto", HISTOGRAM)
    answer = get(ours.url + "/metrics", {"Accept": PROTOBUF})
    assert answer.headers["Content-Type"].startswith("application/vnd.google.protobuf")
    # What we wrote the original takes as a push.
    _, original = pair
    whole = request(original.url + "/metrics/job/copy", answer.body, {"Content-Type": PROTOBUF}, method="PUT")
    assert whole.status in (200, 400)
    assert "error unmarshalling" not in whole.text and "EOF" not in whole.text, whole.text


def test_random_pushes_never_leave_a_page_that_promtool_refuses(launch, notice):
    gateway = launch.pushgateway()
    promtool = peer("promtool")
    source = random.Random(11)
    names = ["a", "b_total", "h", "h_count", "h_sum", "h_bucket", "process_open_fds", "push_time_seconds"]
    types = ["counter", "gauge", "summary", "untyped", ""]
    taken = 0
    for round_ in range(300):
        body = ""
        for _ in range(source.randrange(4)):
            name, kind = source.choice(names), source.choice(types)
            body += f"# TYPE {name} {kind}\n" if kind else ""
            labels = ",".join(f'{label}="{source.choice(["", "1", "2"])}"'
                              for label in source.sample(["x", "job", "instance"], source.randrange(3)))
            body += f"{name}{{{labels}}} {source.choice(['1', 'NaN', '-3e7'])}\n"
        path = source.choice(["job/1", "job/2", "job/1/instance/1", "job/1/instance@base64/=", "job/2/x/1"])
        method = source.choice(["PUT", "POST", "DELETE"])
        taken += ask(gateway, method, path, body).status in (200, 202)
        if round_ % 30 == 29:
            page = get(gateway.url + "/metrics").body
            done = subprocess.run([promtool, "check", "metrics"], input=page, capture_output=True)
            assert done.returncode in (0, 3), (done.stderr, page.decode())  # 3: it dislikes a name or help
    notice(f"{taken} of 300 random requests taken, ten pages checked by promtool")
    assert 50 < taken < 290


@pytest.mark.parametrize("path", ["job/a/x/%ff", "job/a/instance@base64/="])
def test_a_push_that_breaks_the_original_does_not_break_ours(launch, path):
    """A label value that is no UTF-8, and a group that looks like another one: the original refuses
    the push, but notes its failure, and that makes every later scrape fail."""
    ours, original = launch.pushgateway(), launch.peer_pushgateway()
    for gateway, later in ((ours, 200), (original, 500)):
        assert ask(gateway, "PUT", "job/a", "n 1\n").status == 200
        assert ask(gateway, "PUT", path, "m 1\n").status == 400
        assert get(gateway.url + "/metrics").status == later


def test_prometheus_scrapes_it(launch, tmp_path, notice):
    gateway = launch.pushgateway()
    ask(gateway, "PUT", "job/backup/instance/db1", HISTOGRAM + 'g{disk="a"} 5\n')
    config = tmp_path / "prometheus.yml"
    config.write_text(f"""
global: {{scrape_interval: 500ms, scrape_timeout: 500ms}}
scrape_configs:
  - job_name: push
    honor_labels: true
    static_configs: [{{targets: ["{gateway.address}"]}}]
  - job_name: proto
    honor_labels: true
    scrape_protocols: [PrometheusProto]
    static_configs: [{{targets: ["{gateway.address}"], labels: {{by: proto}}}}]
""")
    prometheus = launch.peer_prometheus(config, tmp_path / "data")
    poll(lambda: len(query(prometheus.url, "up == 1")) == 2, "both targets are up", timeout=20)
    for selector in ('by=""', 'by="proto"'):
        group = f'job="backup",instance="db1",{selector}'
        assert query_one(prometheus.url, f'g{{disk="a",{group}}}') == 5
        assert query_one(prometheus.url, f"h_sum{{{group}}}") == 4.5
        assert query_one(prometheus.url, f"time() - push_time_seconds{{{group}}}") < 60
    targets = get_json(prometheus.url + "/api/v1/targets")["data"]["activeTargets"]
    assert [target["lastError"] for target in targets] == ["", ""]
    stored = query_one(prometheus.url, 'count({job="backup",by=""})')
    notice(f"prometheus 3.5 stored {stored:.0f} pushed series by text and by protobuf")
