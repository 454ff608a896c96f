"""Histograms that targets expose, scraped by us and by prometheus: native ones from protobuf, and classic
ones that become native ones with custom buckets."""

import pytest

import protobuf_body as body
from harness import get_json, poll
from targets import Target

CLASSIC = """# HELP wait_seconds Some help.
# TYPE wait_seconds histogram
wait_seconds_bucket{path="/",le="0.5"} 2
wait_seconds_bucket{path="/",le="1"} 2
wait_seconds_bucket{path="/",le="2.5"} 7
wait_seconds_bucket{path="/",le="+Inf"} 9
wait_seconds_sum{path="/"} 14.25
wait_seconds_count{path="/"} 9
wait_seconds_bucket{path="/x",le="1"} 0
wait_seconds_bucket{path="/x",le="+Inf"} 1
wait_seconds_sum{path="/x"} 3
wait_seconds_count{path="/x"} 1
# TYPE plain_total counter
plain_total 4
"""

NATIVE = (
    body.family("c_total", body.COUNTER, body.counter(5, code="200"), help_text="Requests.")
    + body.family("rpc_seconds", body.HISTOGRAM,
                  body.native(12, 18.4, 3, [(0, 2), (3, 3)], [1, 1, -1, 1, 2], zero_count=2,
                              classic=[(0.5, 4), (1, 12)], method="get"),
                  body.native(3, -2.5, 1, [(-4, 1)], [3], method="put"))
    + body.family("depth", body.GAUGE_HISTOGRAM, body.native(2, 2.5, 0, [(1, 1)], [2])))


@pytest.fixture
def serve():
    targets = []

    def start(*arguments):
        targets.append(Target(*arguments))
        return targets[-1]
    yield start
    for target in targets:
        target.stop()


def server(launch, folder, target, job, peer):
    """`job` are lines of the job; prometheus 3.5 stores native histograms by a flag."""
    folder.mkdir()
    path = folder / "prometheus.yml"
    path.write_text("global: {scrape_interval: 250ms, scrape_timeout: 250ms}\nscrape_configs:\n- job_name: j\n"
                    f"  static_configs: [{{targets: ['{target.address}']}}]\n" + job)
    if peer:
        return launch.peer_prometheus(path, folder / "data", "--enable-feature=native-histograms")
    return launch.server(path, folder / "data")


def stored(server, selector):
    """By labels: the value, or the histogram as the API shows it."""
    found = {}
    for series in get_json(f"{server.url}/api/v1/query?query={selector}")["data"]["result"]:
        found[tuple(sorted(series["metric"].items()))] = series.get("histogram", series.get("value"))[1]
    return found


def compare(ours, peer, selector, count):
    def same():
        mine, theirs = stored(ours, selector), stored(peer, selector)
        assert mine == theirs
        return len(mine) == count
    poll(same, f"{count} series of {selector}, the same in both")


def test_native_histograms_are_stored_alike(launch, tmp_path, serve):
    target = serve(NATIVE, body.CONTENT_TYPE)
    ours = server(launch, tmp_path / "ours", target, "  scrape_native_histograms: true\n", False)
    peer = server(launch, tmp_path / "peer", target, "", True)
    compare(ours, peer, "c_total", 1)
    compare(ours, peer, "rpc_seconds", 2)
    compare(ours, peer, "depth", 1)
    compare(ours, peer, "{__name__=~'rpc_seconds_.*'}", 0)
    assert get_json(ours.url + "/api/v1/metadata?metric=rpc_seconds") == \
        get_json(peer.url + "/api/v1/metadata?metric=rpc_seconds")


def test_classic_series_come_beside_them(launch, tmp_path, serve):
    target = serve(NATIVE, body.CONTENT_TYPE)
    job = "  always_scrape_classic_histograms: true\n"
    ours = server(launch, tmp_path / "ours", target, "  scrape_native_histograms: true\n" + job, False)
    peer = server(launch, tmp_path / "peer", target, job, True)
    compare(ours, peer, "rpc_seconds", 2)
    compare(ours, peer, "{__name__=~'rpc_seconds_.*',method='get'}", 5)


@pytest.mark.parametrize("limit, schema", [
    ("native_histogram_bucket_limit: 4", "fewer buckets"),
    ("native_histogram_min_bucket_factor: 1.5", "broader buckets"),
])
def test_limits_merge_buckets_alike(launch, tmp_path, serve, limit, schema):
    target = serve(NATIVE, body.CONTENT_TYPE)
    ours = server(launch, tmp_path / "ours", target, f"  scrape_native_histograms: true\n  {limit}\n", False)
    peer = server(launch, tmp_path / "peer", target, f"  {limit}\n", True)
    compare(ours, peer, "rpc_seconds", 2)
    [histogram] = stored(ours, "rpc_seconds{method='get'}").values()
    assert len(histogram["buckets"]) < 6, schema


def families(server):
    """The original tells families in the order of a hash map."""
    return sorted(get_json(server.url + "/api/v1/targets/metadata")["data"], key=lambda family: family["metric"])


@pytest.mark.parametrize("always", [False, True])
def test_classic_histograms_are_converted_alike(launch, tmp_path, serve, always):
    target = serve(CLASSIC)
    job = "  convert_classic_histograms_to_nhcb: true\n" + \
        ("  always_scrape_classic_histograms: true\n" if always else "")
    ours = server(launch, tmp_path / "ours", target, job, False)
    peer = server(launch, tmp_path / "peer", target, job, True)
    compare(ours, peer, "wait_seconds", 2)
    compare(ours, peer, "{__name__=~'wait_seconds_.*'}", 10 if always else 0)
    compare(ours, peer, "plain_total", 1)
    assert families(ours) == families(peer)
