"""The web page in a browser: Debian's Chromium, driven by scenarios.mjs, on a server that scrapes real exporters."""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess

import pytest

import protobuf_body
from harness import CHECKOUT, get, get_json, poll, query_one
from targets import Target

HERE = pathlib.Path(__file__).parent
TOOL = CHECKOUT / "server/ui/tool"
PICTURES = CHECKOUT / "build/page-pictures"
CHROMIUM = shutil.which("chromium")
HOSTILE = '<img src=x onerror=globalThis.stolen=1>"\'`${1}</script><script>globalThis.stolen=1</script>\u202e'


def escape(value):
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def story():
    """A histogram that grows, many series, and labels that mean harm."""
    story.calls += 1
    n = story.calls
    lines = ["# TYPE story_seconds histogram"]
    lines += [f'story_seconds_bucket{{le="{le}"}} {n * share}' for le, share in (("0.1", 3), ("0.5", 7), ("2", 9), ("+Inf", 10))]
    lines += [f"story_seconds_sum {n * 4}", f"story_seconds_count {n * 10}"]
    lines += ["# HELP hostile " + HOSTILE.replace("\\", "\\\\"), "# TYPE hostile gauge", f'hostile{{label="{escape(HOSTILE)}"}} 1']
    lines += ["# TYPE many gauge"] + [f'many{{n="{i}"}} {i * n % 97}' for i in range(10_000)]
    return "\n".join(lines) + "\n"


story.calls = 0


def native_story():
    """A native histogram that grows; of its buckets, the zero bucket being the first, the seventh is the fullest."""
    native_story.calls += 1
    n = native_story.calls
    counts = [n * share for share in (1, 2, 4, 7, 9, 12, 6, 3, 1)]
    deltas = [counts[0]] + [after - before for before, after in zip(counts, counts[1:])]
    histogram = protobuf_body.native(sum(counts) + n, n * 20.5, 2, [(-4, 5), (2, 4)], deltas, zero_count=n)
    return protobuf_body.family("native_seconds", protobuf_body.HISTOGRAM, histogram, help_text="Of a test.")


native_story.calls = 0


def write_config(path, node, server, target, native, rules):
    hostile = HOSTILE.replace("'", "''")
    path.write_text(f"""
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
  - job_name: node
    static_configs: [{{targets: ["{node}"]}}]
    relabel_configs: [{{target_label: rack, replacement: r1}}]
  - job_name: server
    static_configs: [{{targets: ["{server}"]}}]
  - job_name: story
    static_configs: [{{targets: ["{target}"], labels: {{hostile: '{hostile}'}}}}]
  - job_name: native
    scrape_native_histograms: true
    static_configs: [{{targets: ["{native}"]}}]
  - job_name: down
    static_configs: [{{targets: ["127.0.0.1:1", "127.0.0.1:2"]}}]
    relabel_configs: {rules}
""")


@pytest.fixture(scope="module")
def server(module_launch, tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    target = Target(story)
    native = Target(native_story, protobuf_body.CONTENT_TYPE)
    node = module_launch.node_exporter()
    config = folder / "prometheus.yml"
    write_config(config, node.address, "127.0.0.1:1", target.address, native.address, "[]")
    server = module_launch.server(config, folder / "data", "--web.enable-admin-api")
    # A reload, so that there is something to tell of it.
    write_config(config, node.address, server.address, target.address, native.address,
                 '[{source_labels: [__address__], regex: ".*:2", action: drop}]')
    server.popen.send_signal(signal.SIGHUP)
    poll(lambda: get_json(server.url + "/api/v1/status/config")["data"]["lastChanges"], "the reload")
    poll(lambda: (query_one(server.url, "count_over_time(story_seconds_count[1m])") or 0) >= 4, "some scrapes", timeout=30)
    yield server
    target.stop()
    native.stop()


def in_browser(server, scenarios):
    """Runs scenarios in one browser; gives what it says of each, by name."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    PICTURES.mkdir(parents=True, exist_ok=True)
    ran = subprocess.run([TOOL, "node", HERE / "browser.mjs", server.url + "/", PICTURES, *scenarios],
                         env={**os.environ, "CHROMIUM": CHROMIUM}, capture_output=True, text=True, timeout=1800)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return {told["name"]: told for told in map(json.loads, ran.stdout.splitlines())}


@pytest.fixture(scope="module")
def told(server, request):
    """All scenarios that were chosen, run in one go: most of the time goes into starting the browser."""
    chosen = [item.callspec.params["scenario"] for item in request.session.items
              if getattr(item, "callspec", None) and "scenario" in item.callspec.params and item.path == request.path]
    return in_browser(server, chosen)


@pytest.mark.parametrize("scenario", ["query", "mistakes", "views", "native", "cancel", "hostile", "status", "starting",
                                      "looks", "budget", "quick", "many", "manyLines", "keyboard",
                                      "graphKeys", "focus", "theme"])
def test_in_a_browser(told, scenario, notice):
    one = told[scenario]
    notice("; ".join([f"{scenario}: {one['seconds']} s", *one["notes"]]))
    assert "error" not in one, one["error"]


def test_ten_thousand_targets_on_a_page(launch, tmp_path, notice):
    groups = "\n".join(f'      - {{targets: ["127.0.0.1:1"], labels: {{number: "{i}"}}}}' for i in range(10_000))
    config = tmp_path / "prometheus.yml"
    config.write_text(f"global: {{scrape_interval: 1h}}\nscrape_configs:\n  - job_name: a\n    static_configs:\n{groups}\n")
    one = in_browser(launch.server(config, tmp_path / "data"), ["manyTargets"])["manyTargets"]
    notice("; ".join(one["notes"]))
    assert "error" not in one, one["error"]


def test_completion_by_the_search_of_the_server(launch, tmp_path):
    node = launch.node_exporter()
    config = tmp_path / "prometheus.yml"
    config.write_text(f"""
global: {{scrape_interval: 1s}}
scrape_configs: [{{job_name: node, static_configs: [{{targets: ["{node.address}"]}}]}}]
""")
    server = launch.server(config, tmp_path / "data", "--enable-feature=search-api")
    poll(lambda: query_one(server.url, "node_load5") is not None, "a scrape", timeout=30)
    one = in_browser(server, ["search"])["search"]
    assert "error" not in one, one["error"]


def test_below_a_prefix(launch, tmp_path):
    """All the page asks for is relative to where it is: behind a proxy that adds a path, say."""
    config = tmp_path / "prometheus.yml"
    config.write_text("global: {scrape_interval: 1s}\n")
    server = launch.server(config, tmp_path / "data", "--web.external-url=http://127.0.0.1/some/where/",
                           ready="/some/where/-/ready")
    server.url += "/some/where"
    one = in_browser(server, ["prefix"])["prefix"]
    assert "error" not in one, one["error"]


def test_the_page_and_its_files_are_sent_as_they_should(server):
    """One document at every page's address; its files compressed, under a strict policy, and kept by browsers."""
    page = get(server.url + "/", headers={"Accept-Encoding": "identity"})
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    files = re.findall(r'(?:src|href)="\./(static/[^"]+)"', page.text)
    assert len(files) >= 3, page.text
    for path in ("query", "graph", "targets", "config", "tsdb-status", "queries"):
        assert get(f"{server.url}/{path}", headers={"Accept-Encoding": "identity"}).text == page.text
    for name in files:
        sent = get(f"{server.url}/{name}", headers={"Accept-Encoding": "gzip"})
        assert sent.headers["Content-Encoding"] == "gzip" and sent.body[:2] == b"\x1f\x8b", name
        assert "immutable" in sent.headers["Cache-Control"]
        plain = get(f"{server.url}/{name}", headers={"Accept-Encoding": "identity"})
        assert plain.headers["Content-Encoding"] is None and plain.body[:2] != b"\x1f\x8b"
        again = get(f"{server.url}/{name}", headers={"If-None-Match": sent.headers["ETag"]})
        assert again.status == 304 and again.body == b""
    assert get(server.url + "/no-such-page").status == 404
