"""Probes over a link of its own that is slow and loses packets, by proxies, and with tokens."""

import os
import subprocess

import pytest

from harness import Exposition, executable, poll
from http_recorder import Tokens, record  # noqa: F401
from slow_link import V4, V6, SlowLink
from test_blackbox_exporter import probe, start, why

DELAY = 0.04
MODULES = """modules:
  v4: {prober: icmp, timeout: 1s, icmp: {preferred_ip_protocol: ip4, ip_protocol_fallback: false}}
  v6: {prober: icmp, timeout: 1s, icmp: {preferred_ip_protocol: ip6, ip_protocol_fallback: false}}
  any: {prober: icmp, timeout: 2s, ip_policy: any}
  all: {prober: icmp, timeout: 2s, ip_policy: all}
  each: {prober: icmp, timeout: 2s, ip_policy: each}
  far: {prober: icmp, timeout: 1s, icmp: {preferred_ip_protocol: ip4, ttl: 7, payload_size: 1400, dont_fragment: true}}
"""


@pytest.fixture(scope="module")
def link():
    if os.geteuid() != 0:
        pytest.skip("wants root: network namespaces are made")
    made = SlowLink("e2e", DELAY)
    yield made
    made.stop()


@pytest.fixture(params=["unprivileged", "raw"])
def ask(request, launch, tmp_path, link):
    """Asks an exporter at the one end for a probe; dual.test is the other end by both versions."""
    link.loses = lambda packet: False
    groups = "0 2147483647" if request.param == "unprivileged" else "1 0"
    subprocess.run([*link.enter(0), "sysctl", "-qw", f"net.ipv4.ping_group_range={groups}"], check=True)
    (tmp_path / "hosts").write_text(f"{V4[1]} dual.test\n{V6[1]} dual.test\n")
    config, socket = tmp_path / "blackbox.yml", tmp_path / "web"
    config.write_text(MODULES)
    launch.run(*link.enter(0), "unshare", "-m", "sh", "-c", f"mount --bind {tmp_path}/hosts /etc/hosts && exec \"$@\"", "sh",
               executable("narthex-blackbox-exporter"), f"--config.file={config}", "--probe.failure-info",
               f"--web.listen-address=unix://{socket}")
    poll(socket.exists, "the exporter's socket")

    def asked(module, target):
        done = subprocess.run(["curl", "-sS", "--max-time", "20", "--unix-socket", str(socket), "-G", "http://x/probe",
                               "-d", f"module={module}", "-d", f"target={target}"], check=True, capture_output=True, text=True)
        return Exposition(done.stdout)
    return asked


def is_v6(packet):
    return packet[0] >> 4 == 6


@pytest.mark.parametrize("module, address", [("v4", V4[1]), ("v6", V6[1])])
def test_an_echo_takes_what_the_link_takes(ask, module, address):
    for target in (address, "dual.test"):
        said = ask(module, target)
        assert why(said) is None
        assert said.value("probe_icmp_duration_seconds", phase="rtt") >= 2 * DELAY
        assert said.value("probe_ip_protocol") == (6 if module == "v6" else 4)
        assert said.value("probe_icmp_reply_hop_limit") == 64


def test_size_and_hop_limit_are_those_of_the_module(ask, link):
    seen = []
    link.loses = lambda packet: seen.append(packet) or False
    assert why(ask("far", V4[1])) is None
    echo = next(packet for packet in seen if packet[9] == 1 and packet[20] == 8)
    assert (echo[8], len(echo), echo[6] & 0x40) == (7, 20 + 8 + 1400, 0x40)  # TTL, size, "do not fragment"


def test_what_the_link_loses_is_a_timeout(ask, link):
    link.loses = lambda packet: packet[9] == 1 and packet[20] == 0  # replies of IPv4
    assert why(ask("v4", V4[1])) == ("receive", "timeout")
    assert why(ask("v6", V6[1])) is None


def test_a_policy_looks_at_both_versions(ask, link):
    link.loses = is_v6
    addresses = lambda said: {labels["address"]: value for labels, value in said.find("probe_address_success")}
    each = ask("each", "dual.test")
    assert why(each) == ("receive", "timeout") and addresses(each) == {V4[1]: 1, V6[1]: 0}
    some = ask("any", "dual.test")
    assert why(some) is None and addresses(some) == {V4[1]: 1, V6[1]: 0}
    link.loses = lambda packet: False
    assert addresses(ask("all", "dual.test")) == {V4[1]: 1, V6[1]: 1}
    first = ask("any", "dual.test")
    assert why(first) is None and addresses(first) == {V6[1]: 1}


def test_a_proxy_carries_a_probe(launch, tmp_path, record):  # noqa: F811
    proxy = record(lambda request: request.reply(200, "by the proxy"))
    exporter = start(launch, tmp_path, f"  http: {{prober: http, http: {{proxy_url: 'http://u:hunter2@{proxy.address}', "
                     "skip_resolve_phase_with_proxy: true, fail_if_body_not_matches_regexp: [by the proxy]}}\n")
    said = probe(exporter, "http", "http://nowhere.invalid/page")
    assert why(said) is None and said.value("probe_http_status_code") == 200
    command, path, headers, _ = proxy.seen[0]
    assert (command, path) == ("GET", "http://nowhere.invalid/page")
    assert headers["Proxy-Authorization"].startswith("Basic ") and "hunter2" not in exporter.log


def test_a_proxy_that_refuses_a_tunnel_fails_the_probe(launch, tmp_path, record):  # noqa: F811
    proxy = record(lambda request: request.reply(403, "no"))
    exporter = start(launch, tmp_path, f"  http: {{prober: http, http: {{proxy_url: 'http://{proxy.address}', "
                     "proxy_connect_header: {X-Why: [probe]}, skip_resolve_phase_with_proxy: true}}\n")
    said = probe(exporter, "http", "https://nowhere.invalid/")
    assert said.value("probe_success") == 0
    command, path, headers, _ = proxy.seen[0]
    assert (command, path, headers["X-Why"]) == ("CONNECT", "nowhere.invalid:443", "probe")


@pytest.mark.parametrize("by", ["header", "form"])
def test_a_token_is_fetched_for_probes(launch, tmp_path, record, by):  # noqa: F811
    tokens = Tokens(record, by)
    target = record(lambda request: request.reply(200 if request.headers.get("Authorization") == "Bearer t1" else 403, "a page"))
    exporter = start(launch, tmp_path, "  http: {prober: http, http: {oauth2: {client_id: me, client_secret: hunter2, "
                     f"token_url: 'http://{tokens.recorder.address}/token'}}}}}}\n")
    for _ in range(3):
        assert why(probe(exporter, "http", f"http://{target.address}/")) is None
    assert tokens.count == 1 and "hunter2" not in exporter.log


def test_without_a_token_a_probe_says_why(launch, tmp_path, record):  # noqa: F811
    tokens = Tokens(record, "header")
    target = record(lambda request: request.reply(200, "a page"))
    exporter = start(launch, tmp_path, "  http: {prober: http, http: {oauth2: {client_id: me, client_secret: wrong, "
                     f"token_url: 'http://{tokens.recorder.address}/token'}}}}}}\n")
    assert why(probe(exporter, "http", f"http://{target.address}/")) == ("setup", "configuration")
    assert target.seen == [] and "401" in exporter.log
