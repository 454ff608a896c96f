"""Each way in which a target can misbehave has one reason, stores nothing of the answer, and costs
the other targets nothing."""

import gzip
import json
import pathlib
import socket

import pytest

from harness import Launcher, get_json, poll, query, scrape
from hostile_targets import RawTarget, answer, endless, silent, trickling

PLAIN = b"partial_metric 1\nother_metric 2\n"
GOOD = answer(b"good_metric 1\n")
BOMB = gzip.compress(b"bomb_metric 1\n" * 4_000_000)  # 56 MB in 110 kB
GZIP = ("Content-Encoding: gzip",)


def redirecting(connection, _):
    connection.sendall(answer(b"", status="302 Found", headers=("Location: /metrics",)))



# Reason, and what the target answers.
ANSWERS = {
    "cut": ("protocol", answer(PLAIN, length=len(PLAIN) + 10)),
    "nothing": ("protocol", b""),
    "no http": ("protocol", b"SSH-2.0-OpenSSH_9.2\r\n\r\n"),
    "huge header": ("protocol", b"HTTP/1.1 200 OK\r\nX: " + b"a" * 500_000),
    "endless": ("too_large", endless),
    "over the limit": ("too_large", answer(b"a_metric 1\n" * 100_000)),
    "announced over the limit": ("too_large", answer(b"a_metric 1\n" * 100_000, length=1_100_000)),
    "bomb": ("too_large", answer(BOMB, headers=GZIP)),
    "cut gzip": ("encoding", answer(gzip.compress(PLAIN)[:-9], headers=GZIP)),
    "no gzip": ("encoding", answer(PLAIN, headers=GZIP)),
    "unknown encoding": ("encoding", answer(PLAIN, headers=("Content-Encoding: br",))),
    "slow": ("timeout", trickling),
    "half a head": ("protocol", b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-"),
    "binary": ("parse", answer(PLAIN + bytes(range(256)))),
    "late error": ("parse", answer(PLAIN * 1000 + b"broken{ 1\n")),
    "no end": ("parse", answer(PLAIN, content_type="application/openmetrics-text; version=1.0.0")),
    "html": ("content_type", answer(b"<html></html>", content_type="text/html")),
    "no type": ("content_type", answer(PLAIN, content_type=None)),
    "label twice": ("duplicate", answer(PLAIN + b'm{a="1",a="2"} 1\n')),
    "not found": ("http_4xx", answer(PLAIN, status="404 Not Found")),
    "unavailable": ("http_5xx", answer(PLAIN, status="503 Service Unavailable")),
    "no content": ("http_status", b"HTTP/1.1 204 No Content\r\n\r\n"),
    "redirect loop": ("redirects", redirecting),
    "many samples": ("limit", answer(b"".join(b"m%d 1\n" % i for i in range(1001)))),
}


def write_config(path, targets, more=""):
    text = ("global:\n  scrape_interval: 500ms\n  scrape_timeout: 400ms\n  body_size_limit: 1MB\n"
            "  sample_limit: 1000\n  extra_scrape_metrics: true\n  scrape_failure_metrics: true\n"
            f"  scrape_failure_log_file: failures.log\n{more}scrape_configs:\n")
    for job, (address, scheme) in targets.items():
        text += (f"  - job_name: {job}\n    scheme: {scheme}\n"
                 f"    static_configs: [{{targets: ['{address}']}}]\n")
    path.write_text(text)
    return path


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """One server that scrapes all of them and a good one; gives the state when each was scraped."""
    folder = tmp_path_factory.mktemp("hostile")
    launcher = Launcher(folder / "logs")
    targets = {name: RawTarget(respond) for name, (_, respond) in ANSWERS.items()}
    targets["silent"] = silent()
    targets["good"] = RawTarget(GOOD)
    addresses = {name: (target.address, "http") for name, target in targets.items()}
    with socket.create_server(("127.0.0.1", 0)) as closed:
        addresses["refused"] = ("127.0.0.1:%d" % closed.getsockname()[1], "http")
    addresses["no tls"] = (targets["good"].address, "https")
    addresses["no name"] = ("no-such-host.invalid:80", "http")
    server = launcher.server(write_config(folder / "c.yml", addresses), folder / "data")

    def all_scraped():
        found = {target["scrapePool"]: target
                 for target in get_json(server.url + "/api/v1/targets")["data"]["activeTargets"]}
        return found if all(t["health"] != "unknown" for t in found.values()) else None
    state = poll(all_scraped, "every target was scraped", timeout=20)
    yield server, state, folder
    launcher.stop_all()
    for target in targets.values():
        target.stop()


EXPECTED = {name: reason for name, (reason, _) in ANSWERS.items()} | {
    "silent": "timeout", "refused": "connect", "no tls": "tls", "no name": "dns"}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_hostile_target_has_its_reason_and_stores_nothing(hostile, name):
    server, state, _ = hostile
    target = state[name]
    assert (target["health"], target.get("failureReason")) == ("down", EXPECTED[name]), target
    assert target["lastError"]
    stored = query(server.url, f'{{job="{name}"}}')
    names = {labels["__name__"] for labels, _ in stored}
    assert names and all(n == "up" or n.startswith("scrape_") for n in names), names
    values = {labels["__name__"]: value for labels, value in stored}
    assert values["up"] == 0
    if EXPECTED[name] == "too_large":
        assert values["scrape_body_size_bytes"] == -1
    reasons = {labels["reason"] for labels, _ in stored if labels["__name__"] == "scrape_failure"}
    assert reasons == {EXPECTED[name]}


def test_the_good_target_is_untouched(hostile):
    server, state, _ = hostile
    assert state["good"]["health"] == "up" and "failureReason" not in state["good"]
    counted = query(server.url, 'count_over_time(good_metric{job="good"}[1m])')
    poll(lambda: query(server.url, 'count_over_time(good_metric{job="good"}[1m])') > counted, "it goes on")
    assert query(server.url, 'min_over_time(up{job="good"}[1m])')[0][1] == 1


def test_memory_stays_bounded(hostile, notice):
    server, _, _ = hostile
    status = pathlib.Path(f"/proc/{server.popen.pid}/status").read_text()
    peak_kb = int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))
    notice(f"peak resident memory with {len(EXPECTED)} hostile targets: {peak_kb // 1024} MB")
    assert peak_kb < 300 * 1024


def test_failures_are_counted_and_logged_by_reason(hostile):
    server, _, folder = hostile
    metrics = scrape(server.url)
    for reason in set(EXPECTED.values()):
        assert metrics.value("narthex_scrape_failures_total", reason=reason) >= 1
    lines = [json.loads(line) for line in (folder / "failures.log").read_text().splitlines()]
    assert {line["job_name"] for line in lines} == set(EXPECTED)
    assert all(line["reason"] == EXPECTED[line["job_name"]] for line in lines)
