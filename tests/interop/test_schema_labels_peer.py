"""Types and units as labels, scraped by us and by prometheus with the same feature."""

import pytest

import protobuf_body as body
from harness import get_json, poll, query
from hostile_targets import RawTarget, answer

TEXT = b"""# TYPE a_total counter
a_total{x="1"} 1
a_total{x="2",__type__="mine"} 2
# TYPE h histogram
h_bucket{le="1"} 1
h_bucket{le="+Inf"} 2
h_sum 3
h_count 2
# TYPE s summary
s{quantile="0.5"} 1
s_sum 3
s_count 2
# HELP u_things Of no type.
# TYPE u_things untyped
u_things{__type__="theirs"} 4
# TYPE g gauge
g{__unit__="theirs"} 5
"""
OPENMETRICS = b"""# TYPE a counter
a_total 1
# TYPE st stateset
st{st="x"} 1
# TYPE i info
i_info{v="1"} 1
# TYPE g_bytes gauge
# UNIT g_bytes bytes
g_bytes{__unit__="theirs",__type__="mine"} 3
# EOF
"""
PROTOBUF = (body.family("c_total", body.COUNTER, body.counter(5, code="200"), help_text="Requests.")
            + body.family("rpc_seconds", body.HISTOGRAM,
                          body.native(12, 18.4, 3, [(0, 2), (3, 3)], [1, 1, -1, 1, 2], zero_count=2,
                                      classic=[(0.5, 4), (1, 12)], method="get"))
            + body.family("depth", body.GAUGE_HISTOGRAM, body.native(2, 2.5, 0, [(1, 1)], [2])))
BODIES = {
    "text": answer(TEXT),
    "openmetrics": answer(OPENMETRICS, "application/openmetrics-text; version=1.0.0; charset=utf-8"),
    "protobuf": answer(PROTOBUF, "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"),
}


@pytest.mark.parametrize("kind", BODIES)
def test_labels_are_those_of_prometheus(launch, tmp_path, kind):
    target = RawTarget(BODIES[kind])
    config = "global: {scrape_interval: 250ms, scrape_timeout: 250ms}\nscrape_configs:\n" \
             f"- {{job_name: j, static_configs: [{{targets: ['{target.address}']}}]"
    ours, theirs = tmp_path / "ours.yml", tmp_path / "theirs.yml"
    ours.write_text(config + ", scrape_native_histograms: true}\n")
    theirs.write_text(config + "}\n")
    feature = "--enable-feature=type-and-unit-labels"
    servers = (launch.server(ours, tmp_path / "ours", feature),
               launch.peer_prometheus(theirs, tmp_path / "theirs", feature + ",native-histograms"))
    found = []
    for server in servers:
        # Twice: what the second scrape recognises keeps its labels.
        poll(lambda s=server: query(s.url, "count_over_time(up[1m]) >= 2"), "two scrapes")
        series = get_json(server.url + "/api/v1/series", **{"match[]": '{job="j"}'})["data"]
        found.append({tuple(sorted(labels.items())) for labels in series})
    target.stop()
    ours, theirs = found
    assert ours == theirs
    assert any(dict(labels).get("__type__") for labels in ours)
