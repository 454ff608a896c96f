"""What Prometheus 3 takes from a target, our server takes, and no more: every body below is a target of
both, and `up` must come out the same."""

import http.server
import threading

import pytest

from harness import poll, query, request

# Without "{a} 1", at which 3.5 panics.
SAMPLE_LINES = [
    "a 1", "a 1 ", " a 1", "a\t1", "a  1", "a 1 5", "a 1 5 ", "a 1 5 6", "a 1 -5", "a 1 +5", "a 1 5.0", "a.5", "a+1", "a-1", "a", "a ",
    "a{} 1", "a{}1", "a{b=\"c\"} 1", "a{b=\"c\"}1", "a{b=\"c\",} 1", "a{b=\"c\",,} 1", "a{,} 1", "a{b=\"1\"c=\"2\"} 1", "a{b=\"1\" c=\"2\"} 1",
    "a { b = \"c\" , } 1", "a{b=\"c\n\"} 1", "a{b=\"\\x\"} 1", "a{b=\"\\\"\"} 1", "a{b=\"c", "a{b=\"c\"", "a{b=\"c\" 1", "a{b=c} 1", "a{b} 1",
    "a{1b=\"c\"} 1", "a{b=\"1\",b=\"2\"} 1", "a{__name__=\"b\"} 1", "a{a:b=\"1\"} 1", "a{b=\"\"} 1", "{} 1", "{b=\"c\"} 1", "{\"a\"} 1", "{\"\"} 1",
    "{\"a b\"} 1", "{\"a\",\"b\"} 1", "{\"a\",b=\"c\"} 1", "{b=\"c\",\"a\"} 1", "{\"a\" b=\"c\"} 1", "{\"a\",\"b c\"=\"d\"} 1", "{\"a\",\"\"=\"d\"} 1",
    "a{\"b\"} 1", "\"a\" 1", "0a 1", "a-b 1", ":a 1", "a:b 1", "é 1", "a{b=\"é\"} 1", "a b 1", "a{b=\"c\"}{d=\"e\"} 1", "a 1{b=\"c\"}",
    "a NaN", "a nan", "a +Inf", "a -inf", "a Infinity", "a 1e5", "a 1E+5", "a 1e999", "a 1e-999", "a .5", "a 5.", "a +1", "a --1", "a 0x1p4",
    "a 0x10", "a 1_000", "a one", "a 1,5", "a 00012", "a 1e", "a -", "a 1\r", "a 1 # {b=\"c\"} 1", "a 1 99999999999999999999", "a 1 0",
]
HEADERS = [
    "", "#", "# ", "#a", "# a remark", "#TYPE a gauge", "# HELP", "# HELP ", "# HELP a", "# HELP a ", "# HELP a b", "# HELP a  b", "# HELP a-b c",
    "# HELPa b", "# HELP\ta\tb", "# HELP 0a b", "# HELP a \\x", "# HELP \"a b\" c", "# HELP \"a b c", "# TYPE", "# TYPE a", "# TYPE a ", "# TYPE a gauge",
    "# TYPE a gauge ", "# TYPE a  gauge", "# TYPE a\tgauge", "# TYPE a GAUGE", "# TYPE a untyped", "# TYPE a unknown", "# TYPE a info", "# TYPE a stateset",
    "# TYPE a gaugehistogram", "# TYPE a sort", "# TYPE a gauge\n# TYPE a counter", "a 1\n# TYPE a gauge\na 2", "# TYPE a gauge\nb 1\na 1", "# UNIT a_s s",
    "# UNIT a_s m", "# UNIT a s", "# UNIT a ", "# UNIT a", "# EOF", "# EOF\na 1", "  # HELP a b", "# FOO a b",
]
EXEMPLARS = [
    "a_total 1 # {b=\"c\"} 1", "a_total 1 # {} 1", "a_total 1 # {b=\"c\"} 1 5", "a_total 1 # {b=\"c\"} 1 5 ", "a_total 1 # {b=\"c\"}1", "a_total 1 #{b=\"c\"} 1",
    "a_total 1 # {b=\"c\",} 1", "a_total 1 # {\"b\"=\"c\"} 1", "a_total 1 # {\"b\"} 1", "a_total 1 # {b=\"c\"} 1 NaN", "a_total 1 5 # {b=\"c\"} 1",
    "a_total 1 # {b=\"" + "x" * 200 + "\"} 1", "a_total 1 # {b=\"c\"}", "a_total 1 # x", "a 1 1.5", "a 1 NaN", "a 1 1e3", "a 1 Inf", "a 1 1e300", "a 1 -1",
]
TYPES = {"text": "text/plain; version=0.0.4", "openmetrics": "application/openmetrics-text; version=1.0.0; charset=utf-8"}


def bodies():
    """{path: (Content-Type, body)}: each line in both formats, with and without its end."""
    found = {}
    for form, content_type in TYPES.items():
        for number, line in enumerate(SAMPLE_LINES + HEADERS + EXEMPLARS):
            end = "# EOF\n" if form == "openmetrics" else ""
            found[f"/{form}/{number}"] = (content_type, f"{line}\n{end}")
            if number % 10 == 0:
                found[f"/{form}/{number}/cut"] = (content_type, line)
    return found


@pytest.fixture
def target():
    answers = bodies()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            content_type, body = answers[self.path]
            self.send_response(200)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_address[1], answers
    server.shutdown()
    thread.join()
    server.server_close()


def config_for(path, port, paths):
    jobs = "".join(f'  - job_name: "{each}"\n    metrics_path: "{each}"\n'
                   f'    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]\n' for each in paths)
    path.write_text(f"global: {{scrape_interval: 3s, scrape_timeout: 3s}}\nscrape_configs:\n{jobs}")
    return path


def outcomes(url, paths):
    """{path: whether its scrape was taken}, once every target was scraped."""
    def all_scraped():
        found = {labels["job"]: value == 1 for labels, value in query(url, "up")}
        return found if set(found) == set(paths) else None
    return poll(all_scraped, "every body was scraped", timeout=30)


def prometheus_with_a_sample(launch, tmp_path, port, answers):
    """Scrapes one harmless body before the others: where the first sample of all has the least timestamp there is,
    prometheus refuses every other from then on."""
    harmless = "/openmetrics/0"
    assert answers[harmless][1] == "a 1\n# EOF\n"
    config = config_for(tmp_path / "theirs.yml", port, [harmless])
    server = launch.peer_prometheus(config, tmp_path / "theirs", "--web.enable-lifecycle")
    outcomes(server.url, [harmless])
    config_for(config, port, answers)
    assert request(server.url + "/-/reload", method="POST", data=b"").status == 200
    return server.url


def test_both_take_the_same_bodies(launch, tmp_path, target, notice):
    port, answers = target
    config = config_for(tmp_path / "prometheus.yml", port, answers)
    theirs = outcomes(prometheus_with_a_sample(launch, tmp_path, port, answers), answers)
    ours = outcomes(launch.server(config, tmp_path / "ours").url, answers)
    differing = {path: (answers[path][1], "taken by us" if ours[path] else "refused by us")
                 for path in answers if ours[path] != theirs[path]}
    notice(f"{len(answers)} bodies scraped by both, {sum(theirs.values())} of them taken by prometheus")
    assert not differing, "\n".join(f"{path}: {what}" for path, what in differing.items())
    assert 60 < sum(theirs.values()) < len(answers) - 60
