"""Targets that a server or DNS tells of."""

import json
import os

import pytest

from dns_server import DnsServer
from harness import get_json, poll, query, scrape
from targets import Target

GLOBAL = "global: {scrape_interval: 200ms, scrape_timeout: 200ms}\nscrape_configs:\n"
NAMESERVER = "127.0.0.153"


@pytest.fixture
def target():
    served = Target("kept 1\n")
    yield served
    served.stop()


def discovered(server):
    targets = get_json(server.url + "/api/v1/targets?state=active")["data"]["activeTargets"]
    return [shown["discoveredLabels"] for shown in targets]


def addresses(server):
    return sorted(labels["__address__"] for labels in discovered(server))


def test_a_server_tells_of_targets(launch, tmp_path, target):
    teller = Target(json.dumps([{"targets": [target.address], "labels": {"rack": "4"}}]), "application/json")
    config = tmp_path / "prometheus.yml"
    url = f"http://{teller.address}/targets"
    config.write_text(GLOBAL + f"- job_name: j\n  http_sd_configs: [{{url: '{url}', refresh_interval: 200ms}}]\n")
    server = launch.server(config, tmp_path / "data")
    poll(lambda: query(server.url, "kept{rack='4'}"), "the target is scraped")
    assert discovered(server)[0]["__meta_url"] == url
    teller.body = "[{"
    poll(lambda: "discovery failed" in server.log, "the broken answer is reported")
    assert scrape(server.url).value("prometheus_sd_http_failures_total") > 0
    assert addresses(server) == [target.address]  # what was told last holds
    teller.body = "[]"
    poll(lambda: addresses(server) == [], "the target is gone")
    teller.stop()


def test_answers_of_another_type_are_refused(launch, tmp_path):
    teller = Target("[]", "text/html")
    config = tmp_path / "prometheus.yml"
    config.write_text(GLOBAL + f"- job_name: j\n  http_sd_configs: [{{url: 'http://{teller.address}/'}}]\n")
    server = launch.server(config, tmp_path / "data")
    poll(lambda: 'content type \\"text/html\\"' in server.log, "it says why")
    teller.stop()


@pytest.fixture
def dns(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("wants root: a name server listens at port 53")
    served = DnsServer(NAMESERVER, {})
    (tmp_path / "resolv.conf").write_text(f"nameserver {NAMESERVER}\noptions timeout:1 attempts:1\n")
    yield served
    served.stop()


# One record of each type, with what it becomes.
RECORDS = [
    ("SRV", ("h1.test", 9100), "h1.test:9100",
     {"__meta_dns_srv_record_target": "h1.test.", "__meta_dns_srv_record_port": "9100"}),
    ("A", "127.0.0.7", "127.0.0.7:80", {}),
    ("AAAA", "::1", "[::1]:80", {}),
    ("MX", "mx.test", "mx.test:80", {"__meta_dns_mx_record_target": "mx.test."}),
    ("NS", "ns.test", "ns.test:80", {"__meta_dns_ns_record_target": "ns.test."}),
]


def test_dns_tells_of_targets(launch, tmp_path, dns):
    config = tmp_path / "prometheus.yml"
    jobs = ""
    for kind, value, _, _ in RECORDS:
        dns.records[(f"{kind.lower()}.test", kind)] = [value]
        jobs += f"- job_name: {kind}\n  dns_sd_configs:\n" \
                f"  - {{names: [{kind.lower()}.test], type: {kind}, port: 80, refresh_interval: 300ms}}\n"
    config.write_text(GLOBAL + jobs)
    resolv = tmp_path / "resolv.conf"
    server = launch.server(config, tmp_path / "data",
                           prefix=["unshare", "-m", "--propagation", "private", "sh", "-c",
                                   f'mount --bind {resolv} /etc/resolv.conf && exec "$@"', "sh"])
    poll(lambda: len(discovered(server)) == len(RECORDS), "each type is found")
    found = {labels["job"]: labels for labels in discovered(server)}
    for kind, _, address, meta in RECORDS:
        want = {"__address__": address, "__meta_dns_name": f"{kind.lower()}.test", **meta}
        got = {name: value for name, value in found[kind].items() if name in want or name.startswith("__meta")}
        assert got == want

    dns.records[("a.test", "A")] = ["127.0.0.7", "127.0.0.8"]
    poll(lambda: "127.0.0.8:80" in addresses(server), "a second address is followed")
    dns.failing.add("a.test")
    poll(lambda: scrape(server.url).value("prometheus_sd_dns_lookup_failures_total") > 0, "a lookup fails")
    assert "127.0.0.8:80" in addresses(server)  # what was told last holds
    dns.failing.clear()
    del dns.records[("a.test", "A")]
    poll(lambda: "127.0.0.8:80" not in addresses(server), "a name that is gone has no targets")
