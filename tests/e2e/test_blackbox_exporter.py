"""The blackbox exporter: its pages, reloads, options, and targets that misbehave."""

import os
import pathlib
import socket
import threading
import time

import pytest

from harness import Exposition, executable, free_port, get, poll, request, run_to_end
from hostile_targets import RawTarget, answer, endless, silent, trickling
from probe_targets import StreamTarget, websocket


def start(launch, tmp_path, modules, *arguments):
    config = tmp_path / "blackbox.yml"
    config.write_text("modules:\n" + modules)
    port = free_port()
    exporter = launch.run(executable("narthex-blackbox-exporter"), f"--config.file={config}", "--probe.failure-info",
                          f"--web.listen-address=127.0.0.1:{port}", *arguments, port=port)
    exporter.config = config
    return exporter


def probe(exporter, module, target, headers=None, **parameters):
    answered = get(exporter.url + "/probe", headers=headers, patience=20, module=module, target=target, **parameters)
    assert answered.status == 200, answered.text
    return Exposition(answered.text)


def why(exposition):
    """(phase, reason) of a failed probe; None after a success."""
    found = exposition.find("probe_failure_info")
    assert len(found) == 1 - exposition.value("probe_success")
    return (found[0][0]["phase"], found[0][0]["reason"]) if found else None


@pytest.fixture
def page():
    target = RawTarget(answer(b"a page"))
    yield target
    target.stop()


def test_pages_tell_of_the_last_probes(launch, tmp_path, page):
    exporter = start(launch, tmp_path, "  http_2xx: {prober: http}\n  tcp: {prober: tcp}\n", "--history.limit=2")
    assert why(probe(exporter, "tcp", "127.0.0.1:1")) == ("connect", "refused")
    for _ in range(3):
        assert probe(exporter, "http_2xx", page.address + "/?<script>").value("probe_http_status_code") == 200
    landing = get(exporter.url + "/").text
    assert landing.count("logs?id=") == 3 and "127.0.0.1:1" in landing  # the failure is kept longer
    assert "<script>" not in landing and "&lt;script&gt;" in landing
    said = get(exporter.url + "/logs", id=0).text
    assert "Connection refused" in said and "probe_success 0" in said and "prober: tcp" in said
    assert get(exporter.url + "/logs", target="127.0.0.1:1", module="tcp").text == said
    for bad, status in (({"id": 99}, 404), ({"target": "x"}, 404), ({}, 400), ({"id": 0, "target": "x"}, 400),
                        ({"module": "tcp"}, 400)):
        assert get(exporter.url + "/logs", **bad).status == status, bad
    debug = get(exporter.url + "/probe", module="tcp", target="127.0.0.1:1", debug="true").text
    assert "Log of the probe" in debug and "refused" in debug and "probe_success 0" in debug
    own = Exposition(get(exporter.url + "/metrics").text)
    assert own.value("narthex_blackbox_probes_total", prober="http", result="success") == 3
    assert get(exporter.url + "/probe", module="nope", target="a").status == 400
    assert Exposition(get(exporter.url + "/metrics").text).value("blackbox_module_unknown_total") == 1


def test_modules_are_read_again_or_stay(launch, tmp_path, page):
    exporter = start(launch, tmp_path, "  a: {prober: tcp, tcp: {tls_config: {}}}\n", "--config.enable-auto-reload",
                     "--config.auto-reload-interval=1")
    exporter.config.write_text("modules:\n  b: {prober: http, http: {basic_auth: {username: u, password: hunter2}}}\n")
    assert request(exporter.url + "/-/reload", method="POST").status == 200
    shown = get(exporter.url + "/config").text
    assert "prober: http" in shown and "<secret>" in shown and "hunter2" not in shown
    exporter.config.write_text("modules:\n  c: {prober: nope}\n")
    refused = request(exporter.url + "/-/reload", method="POST")
    assert refused.status == 500 and ":2:6: prober" in refused.text
    own = Exposition(get(exporter.url + "/metrics").text)
    assert own.value("blackbox_exporter_config_last_reload_successful") == 0
    assert why(probe(exporter, "b", page.address)) is None
    exporter.config.write_text("modules:\n  d: {prober: http}\n")
    poll(lambda: get(exporter.url + "/probe", module="d", target=page.address).status == 200, "it notices by itself", 10)
    assert get(exporter.url + "/-/reload").status == 405
    assert get(exporter.url + "/-/quit").status == 404


def test_a_broken_configuration_stops_the_start(tmp_path):
    config = tmp_path / "b.yml"
    config.write_text("modules:\n  a: {prober: http, http: {nope: 1}}\n")
    done = run_to_end([executable("narthex-blackbox-exporter"), f"--config.file={config}", "--config.check"])
    assert done.returncode == 1 and "b.yml:2:28: unknown field" in done.stderr


@pytest.mark.parametrize("respond, module, reason", [
    (trickling, "http", ("receive", "timeout")),
    (endless, "http", ("receive", "timeout")),
    (endless, "limited", ("receive", "too_large")),
    (answer(b"x" * 100, headers=["A: " + "b" * 200_000]), "http", ("receive", "too_large")),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n", "http", ("receive", "closed")),
    (b"", "http", ("receive", "closed")),
    (answer(b"\x1f\x8b\x08\0garbage"), "gzip", ("check", "body")),
    (answer(b'[' * 100_000), "json", ("check", "json")),
    (answer(b"", status="302 Found", headers=["Location: ftp://127.0.0.1/"]), "http", ("check", "redirect")),
    (answer(b"", status="302 Found", headers=["Location: http://[::"]), "http", ("check", "redirect")),
], ids=("trickling", "endless", "beyond_limit", "long_header", "cut_head", "nothing", "no_gzip", "deep_json", "to_ftp",
        "to_nowhere"))
def test_hostile_pages_fail_in_time(launch, tmp_path, respond, module, reason):
    target = RawTarget(respond)
    exporter = start(launch, tmp_path, "  http: {prober: http, timeout: 1s}\n"
                     "  limited: {prober: http, timeout: 9s, http: {body_size_limit: 10KB}}\n"
                     "  gzip: {prober: http, timeout: 9s, http: {compression: gzip}}\n"
                     "  json: {prober: http, timeout: 9s, http: {fail_if_body_json_matches_cel: body.a}}\n")
    said = probe(exporter, module, target.address)
    accepted = [reason]
    if reason == ("receive", "too_large"):
        accepted.append(("receive", "protocol"))  # libcurl may be the one that has enough
    assert why(said) in accepted
    target.stop()


def test_a_probe_ends_with_the_scraper(launch, tmp_path):
    target = silent()
    exporter = start(launch, tmp_path, "  http: {prober: http}\n  tcp: {prober: tcp, tcp: {query_response: [{expect: x}]}}\n")
    for module in ("http", "tcp"):
        said = probe(exporter, module, target.address, headers={"X-Prometheus-Scrape-Timeout-Seconds": "1"})
        assert why(said) == ("receive", "timeout")
        assert said.value("probe_timeout_seconds") == 0.5
        assert 0.5 <= said.value("probe_duration_seconds") < 5
    bad = get(exporter.url + "/probe", headers={"X-Prometheus-Scrape-Timeout-Seconds": "x"}, module="tcp", target="a:1")
    assert bad.status == 400
    target.stop()


def test_it_stops_at_once_though_probes_hang(launch, tmp_path):
    target = silent()
    exporter = start(launch, tmp_path, "  http: {prober: http}\n")
    for _ in range(20):
        threading.Thread(target=lambda: get(exporter.url + "/probe", module="http", target=target.address, patience=30),
                         daemon=True).start()
    poll(lambda: Exposition(get(exporter.url + "/metrics").text).value("narthex_blackbox_probes_in_flight") == 20,
         "all are under way")
    code, seconds = exporter.terminate(20)
    assert code == 0 and seconds < 10  # two, on a machine with time
    target.stop()


def test_a_client_that_hangs_up_ends_its_probe(launch, tmp_path):
    target = silent()
    exporter = start(launch, tmp_path, "  http: {prober: http}\n")
    client = socket.create_connection(("127.0.0.1", exporter.port))
    client.sendall(f"GET /probe?module=http&target={target.address} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
    in_flight = lambda: Exposition(get(exporter.url + "/metrics").text).value("narthex_blackbox_probes_in_flight")
    poll(lambda: in_flight() == 1, "it is under way")
    client.close()
    poll(lambda: in_flight() == 0, "it has ended")
    assert "abandoned" in get(exporter.url + "/logs", id=0).text
    target.stop()


def test_local_addresses_are_refused_also_behind_a_redirect(launch, tmp_path, page):
    modules = "  http: {prober: http}\n  unix: {prober: unix}\n  icmp: {prober: icmp}\n"
    refusing = start(launch, tmp_path, modules, "--probe.refuse-local-addresses")
    for module, target in (("http", page.address), ("http", f"http://localhost:{page.address.split(':')[1]}"),
                           ("http", "http://[::ffff:127.0.0.1]:1/"), ("http", "http://169.254.169.254/"), ("icmp", "::1"),
                           ("unix", "/run/x")):
        assert why(probe(refusing, module, target)) == ("resolve", "address_refused"), target
    assert page.requests == []
    leading = RawTarget(answer(b"", status="302 Found", headers=[f"Location: http://127.0.0.9:{page.address.split(':')[1]}/"]))
    (tmp_path / "b").mkdir()
    allowing = start(launch, tmp_path / "b", modules, "--probe.refuse-local-addresses", "--probe.allow-network=127.0.0.1/32")
    assert why(probe(allowing, "http", page.address)) is None
    assert why(probe(allowing, "http", leading.address)) == ("resolve", "address_refused")
    leading.stop()


def test_fields_change_by_url_where_that_is_allowed(launch, tmp_path, page):
    exporter = start(launch, tmp_path, "  http: {prober: http, http: {method: GET}}\n", "--probe.url-parameter=http.method",
                     "--probe.url-parameter=http.valid_status_codes")
    assert why(probe(exporter, "http", page.address, **{"http.method": "POST", "http.body": "not allowed"})) is None
    assert page.requests[-1].startswith("POST / ") and "not allowed" not in page.requests[-1]
    assert why(probe(exporter, "http", page.address, **{"http.valid_status_codes": "[404]"})) == ("check", "status")
    broken = get(exporter.url + "/probe", module="http", target=page.address, **{"http.valid_status_codes": "x"})
    assert broken.status == 400 and "valid_status_codes" not in page.requests[-1]
    assert why(probe(exporter, "http", page.address)) is None


def test_every_address_of_a_name_is_probed(launch, tmp_path, page):
    exporter = start(launch, tmp_path, "".join(
        f"  {policy}: {{prober: tcp, ip_policy: {policy}, tcp: {{preferred_ip_protocol: ip6}}}}\n" for policy in ("any", "all", "each")))
    port = page.address.split(":")[1]
    addresses = {entry[4][0] for entry in socket.getaddrinfo("localhost", None)}
    if "::1" not in addresses:
        pytest.skip("localhost has no IPv6 address here")
    each = probe(exporter, "each", f"localhost:{port}")
    assert {labels["address"]: value for labels, value in each.find("probe_address_success")} == {"::1": 0, "127.0.0.1": 1}
    assert why(each) == ("connect", "refused")
    assert why(probe(exporter, "any", f"localhost:{port}")) is None
    every = probe(exporter, "all", f"localhost:{port}")
    assert why(every) == ("connect", "refused") and len(every.find("probe_address_success")) == 1


def test_credentials_stay_with_their_host(launch, tmp_path):
    other = RawTarget(answer(b"there"))
    first = RawTarget(answer(b"", status="302 Found", headers=[f"Location: http://{other.address}/"]))
    exporter = start(launch, tmp_path, "  http: {prober: http, http: {basic_auth: {username: u, password: p}, "
                     "headers: {Cookie: a=b, X-Own: c}, http_headers: {X-Key: {secrets: [k]}}}}\n")
    said = probe(exporter, "http", first.address)
    assert why(said) is None and said.value("probe_http_redirects") == 1
    assert first.header("Authorization").startswith("Basic ") and first.header("X-Key") == "k"
    assert first.header("User-Agent").startswith("Blackbox-Exporter/") and first.header("Accept") is None
    assert other.header("Authorization") is None and other.header("X-Key") is None and other.header("Cookie") is None
    assert other.header("X-Own") == "c"


def test_websockets_talk(launch, tmp_path):
    target = StreamTarget(websocket)
    exporter = start(launch, tmp_path, "  ws: {prober: websocket, timeout: 5s, websocket: {http_config: {authorization: {credentials: token}}, "
                     "query_response: [{expect: 'Hello, (.+)', send: 'I am ${1}'}, {expect: ^Welcome I am stranger}]}}\n"
                     "  refused: {prober: websocket, websocket: {http_config: {authorization: {credentials: x}}}}\n"
                     "  other: {prober: websocket, websocket: {query_response: [{expect: Goodbye}]}}\n")
    good = probe(exporter, "ws", f"ws://{target.address}/chat?x=1")
    assert why(good) is None
    assert good.value("probe_websocket_status_code") == 101 and good.value("probe_websocket_connection_upgraded") == 1
    assert {labels["phase"] for labels, _ in good.find("probe_websocket_duration_seconds")} == {
        "resolve", "connect", "processing", "transfer"}
    refused = probe(exporter, "refused", f"ws://{target.address}/")
    assert why(refused) == ("check", "status") and refused.value("probe_websocket_status_code") == 403
    other = probe(exporter, "other", f"ws://{target.address}/")
    assert why(other) == ("check", "text") and other.value("probe_websocket_failed_due_to_regex") == 1
    assert why(probe(exporter, "ws", "http://127.0.0.1/")) == ("setup", "bad_target")
    target.stop()


def test_pages_are_below_the_prefix(launch, tmp_path, page):
    config = tmp_path / "b.yml"
    config.write_text("modules:\n  http_2xx: {prober: http}\n")
    port = free_port()
    exporter = launch.run(executable("narthex-blackbox-exporter"), f"--config.file={config}", "--web.external-url=http://x/bb/",
                          f"--web.listen-address=127.0.0.1:{port}", port=port, ready="/bb/-/ready")
    assert "probe_success 1" in get(exporter.url + "/bb/probe", target=page.address).text
    assert '"/bb/config"' in get(exporter.url + "/bb/").text
    assert get(exporter.url + "/probe", target=page.address).status == 404
