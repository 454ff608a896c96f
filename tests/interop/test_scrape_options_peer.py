"""Our server and prometheus 3.5 scrape one target with the same options: they ask alike, and report
alike what they found."""

import pytest

from harness import Launcher, poll, query
from hostile_targets import RawTarget, answer

LINES = b"".join(b'm{i="%d"} %d\n' % (i, i) for i in range(5))

# Name: fields of the job, answer. The same job is scraped by both.
CASES = {
    "plain": ("", answer(LINES)),
    "sample_limit met": ("sample_limit: 5", answer(LINES)),
    "sample_limit": ("sample_limit: 4", answer(LINES)),
    "sample_limit after relabelling": (
        "sample_limit: 4, metric_relabel_configs: [{source_labels: [i], regex: '[34]', action: drop}]",
        answer(LINES)),
    "label_limit": ("label_limit: 3", answer(LINES)),
    "label_limit met": ("label_limit: 4", answer(LINES)),
    "label_name_length_limit": ("label_name_length_limit: 7", answer(LINES)),
    "label_value_length_limit": ("label_value_length_limit: 3", answer(LINES)),
    "body_size_limit": ("body_size_limit: 10B", answer(LINES)),
    "body_size_limit of the body": ("body_size_limit: %dB" % len(LINES), answer(LINES)),
    "body_size_limit above": ("body_size_limit: %dB" % (len(LINES) + 1), answer(LINES)),
    "honor_labels": ("honor_labels: true", answer(b'm{job="mine",instance="me"} 1\n')),
    "exported": ("", answer(b'm{job="mine",instance="me",exported_job="x"} 1\n')),
    "no fallback": ("", answer(LINES, content_type=None)),
    "fallback": ("fallback_scrape_protocol: PrometheusText0.0.4", answer(LINES, content_type=None)),
    "fallback for html": ("fallback_scrape_protocol: PrometheusText0.0.4", answer(LINES, content_type="text/html")),
    "fallback unused": ("fallback_scrape_protocol: OpenMetricsText1.0.0", answer(LINES)),
    "protocols": ("scrape_protocols: [PrometheusText0.0.4, OpenMetricsText1.0.0]", answer(LINES)),
    "no compression": ("enable_compression: false", answer(LINES)),
    "legacy names": ("metric_name_validation_scheme: legacy, metric_name_escaping_scheme: underscores", answer(b'{"a.b"} 1\nc 1\n')),
    "utf-8 names": ("", answer(b'{"a.b","c.d"="e"} 1\nc 1\n')),
    "escaping": ("metric_name_escaping_scheme: dots", answer(LINES)),
    "repeated": ("", answer(b"m 1\nn 1\nm 1\nm 2\n")),
    "same labels": ("", answer(b'm{a="1",b="2"} 1\nm{b="2",a="1"} 2\n')),
    "same labels and value": ("", answer(b'm{a="1",b="2"} 1\nm{b="2",a="1"} 1\n')),
    "parse error": ("", answer(LINES + b"x{ 1\n")),
    "label twice": ("", answer(LINES + b'x{a="1",a="2"} 1\n')),
    "ahead": ("", answer(LINES + b"x 1 99999999999999\n")),
    "ignored times": ("honor_timestamps: false", answer(LINES + b"x 1 1\n")),
    "bounds": ("", answer(b'# TYPE h histogram\nh_bucket{le="1"} 1\nh_bucket{le="1e+16"} 2\n'
                          b'h_bucket{le="+Inf"} 2\nh_sum 1\nh_count 2\n'
                          b'# TYPE s summary\ns{quantile="0.50"} 1\ns{quantile="1"} 1\n'
                          b'# TYPE g gauge\ng{le="1"} 1\n')),
    "404": ("", answer(LINES, status="404 Not Found")),
    "target_limit": ("target_limit: 1", answer(LINES)),
}

HEADERS = ("Accept", "Accept-Encoding", "X-Prometheus-Scrape-Timeout-Seconds")
REPORTED = ("up", "scrape_samples_scraped", "scrape_samples_post_metric_relabeling",
            "scrape_sample_limit", "scrape_timeout_seconds", "scrape_body_size_bytes")


def config(path, targets, ours):
    text = "global:\n  scrape_interval: 1s\n" + ("  extra_scrape_metrics: true\n" if ours else "")
    text += "scrape_configs:\n"
    for name, (fields, _) in CASES.items():
        address = targets[name].address
        more = f", 'localhost:{address.split(':')[1]}'" if name == "target_limit" else ""
        job = "{job_name: '%s', static_configs: [{targets: ['%s'%s]}]%s}" % (
            name, address, more, ", " + fields if fields else "")
        text += f"- {job}\n"
    path.write_text(text)
    return path


@pytest.fixture(scope="module")
def both(tmp_path_factory):

    folder = tmp_path_factory.mktemp("options")
    launcher = Launcher(folder / "logs")
    targets = {side: {name: RawTarget(respond) for name, (_, respond) in CASES.items()}
               for side in ("ours", "theirs")}
    theirs = launcher.peer_prometheus(config(folder / "t.yml", targets["theirs"], False),
                                      folder / "theirs", "--enable-feature=extra-scrape-metrics")
    ours = launcher.server(config(folder / "o.yml", targets["ours"], True), folder / "ours")
    for server in (theirs, ours):
        poll(lambda s=server: len(query(s.url, "count_over_time(up[1m]) >= 2")) == len(CASES) + 1,
             "every target was scraped twice", timeout=20)
    yield {"ours": ours, "theirs": theirs}, targets
    launcher.stop_all()
    for side in targets.values():
        for target in side.values():
            target.stop()


def series(server, name, selector):
    """Each series of the job with its newest value, times and ports left out."""
    found = {}
    for labels, value in query(server.url, f'{selector}'.replace("JOB", name)):
        kept = {k: v for k, v in labels.items() if not v.startswith(("127.0.0.1:", "localhost:"))}
        found[tuple(sorted(kept.items()))] = value
    return found


@pytest.mark.parametrize("name", CASES)
def test_both_report_and_store_alike(both, name):
    servers, targets = both
    results = {}
    for side, server in servers.items():
        reported = series(server, name, '{job="JOB",__name__=~"%s"}' % "|".join(REPORTED))
        if name.startswith(("bounds", "honor", "exported")):
            stored = series(server, name, '{__name__=~"[a-z](_.*)?"}')
        else:
            stored = series(server, name, '{job="JOB",__name__!~"up|scrape_.*"}')
        results[side] = (reported, stored)
    assert results["ours"][0] == results["theirs"][0]
    assert results["ours"][1] == results["theirs"][1]
    if name != "target_limit":
        for header in HEADERS:
            assert targets["ours"][name].header(header) == targets["theirs"][name].header(header), header
    else:
        assert not targets["ours"][name].requests and not targets["theirs"][name].requests
