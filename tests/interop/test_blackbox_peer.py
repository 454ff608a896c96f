"""The blackbox exporter beside the original, on the same real targets: one case a way to succeed or to fail."""

import pytest

from harness import Exposition, executable, free_port, get, peer, run_to_end
from probe_targets import ProbeBed

# What only ours has.
OURS_ALONE = {"probe_timeout_seconds", "probe_failure_info"}
WITH_EQUAL_VALUES = {
    "probe_success", "probe_http_status_code", "probe_http_redirects", "probe_http_ssl", "probe_http_version",
    "probe_http_content_length", "probe_http_uncompressed_body_length", "probe_ip_protocol", "probe_ip_addr_hash",
    "probe_failed_due_to_regex", "probe_failed_due_to_cel", "probe_failed_due_to_bytes", "probe_expect_info",
    "probe_ssl_earliest_cert_expiry", "probe_ssl_last_chain_expiry_timestamp_seconds", "probe_ssl_last_chain_info",
    "probe_dns_answer_rrs", "probe_dns_authority_rrs", "probe_dns_additional_rrs", "probe_dns_query_succeeded",
    "probe_dns_serial", "probe_grpc_status_code", "probe_grpc_healthcheck_response", "probe_grpc_ssl",
    "probe_icmp_reply_hop_limit", "probe_tls_version_info", "probe_http_last_modified_timestamp_seconds"}

# Of a body that is not compressed as it should be, the original counts what it had not yet read.
WITH_OTHER_VALUES = {"gzip_bad": {"probe_http_uncompressed_body_length"}}

MODULES = """
modules:
  http: {{prober: http, timeout: 3s}}
  short: {{prober: http, timeout: 700ms}}
  stay: {{prober: http, http: {{follow_redirects: false, valid_status_codes: [301]}}}}
  regex: {{prober: http, http: {{fail_if_body_matches_regexp: ["^welcome"]}}}}
  not_regex: {{prober: http, http: {{fail_if_body_not_matches_regexp: ["wel(c)ome", "nope"]}}}}
  regex_good: {{prober: http, http: {{fail_if_body_not_matches_regexp: ["wel(c)ome"]}}}}
  header: {{prober: http, http: {{fail_if_header_matches: [{{header: x-kind, regexp: pa}}]}}}}
  header_good: {{prober: http, http: {{fail_if_header_not_matches: [{{header: X-KIND, regexp: ^page$}}]}}}}
  header_missing: {{prober: http, http: {{fail_if_header_not_matches: [{{header: Nope, regexp: a}}]}}}}
  versions: {{prober: http, http: {{valid_http_versions: [HTTP/2.0]}}}}
  gzip: {{prober: http, http: {{compression: gzip, headers: {{Accept-Encoding: gzip}}}}}}
  gzip_bad: {{prober: http, http: {{compression: gzip}}}}
  limit: {{prober: http, http: {{body_size_limit: 100B}}}}
  post: {{prober: http, http: {{method: POST, body: hello, fail_if_body_not_matches_regexp: [^POST 5$]}}}}
  head: {{prober: http, http: {{method: HEAD}}}}
  host: {{prober: http, http: {{headers: {{Host: vhost.example}}, fail_if_body_not_matches_regexp: [^vhost.example$]}}}}
  login: {{prober: http, http: {{basic_auth: {{username: alice, password: secret}}}}}}
  json: {{prober: http, http: {{fail_if_body_json_not_matches_cel: "body.foo == 'bar' && body.baz.startsWith('q')"}}}}
  json_bad: {{prober: http, http: {{fail_if_body_json_matches_cel: "body.n > 2.0"}}}}
  json_none: {{prober: http, http: {{fail_if_body_json_matches_cel: "body.n > 2.0"}}}}
  tls: {{prober: http, http: {{tls_config: {{ca_file: {certs}/ca.crt}}}}}}
  tls_skip: {{prober: http, http: {{tls_config: {{insecure_skip_verify: true}}}}}}
  tls_name: {{prober: http, http: {{tls_config: {{ca_file: {certs}/ca.crt, server_name: server.example}}}}}}
  tls_h1: {{prober: http, http: {{enable_http2: false, tls_config: {{ca_file: {certs}/ca.crt}}}}}}
  tls_old: {{prober: http, http: {{tls_config: {{ca_file: {certs}/ca.crt, max_version: TLS12}}}}}}
  no_tls: {{prober: http, http: {{fail_if_not_ssl: true}}}}
  only_plain: {{prober: http, http: {{fail_if_ssl: true, tls_config: {{ca_file: {certs}/ca.crt}}}}}}
  mutual: {{prober: http, http: {{tls_config: {{ca_file: {certs}/ca.crt, cert_file: {certs}/client.crt, key_file: {certs}/client.key}}}}}}
  ip6_only: {{prober: http, http: {{preferred_ip_protocol: ip6, ip_protocol_fallback: false}}}}
  tcp: {{prober: tcp, timeout: 2s}}
  tcp_source: {{prober: tcp, timeout: 2s, tcp: {{source_ip_address: 127.0.0.1}}}}
  banner: {{prober: tcp, timeout: 2s, tcp: {{query_response: [{{expect: "^220 ([^ ]+) ESMTP (.+)$", labels: [{{name: host, value: "${{1}}"}}, {{name: kind, value: $2}}]}}]}}}}
  banner_bad: {{prober: tcp, timeout: 2s, tcp: {{query_response: [{{expect: "^SSH"}}]}}}}
  banner_tls: {{prober: tcp, timeout: 2s, tcp: {{tls: true, tls_config: {{ca_file: {certs}/ca.crt}}, query_response: [{{expect: "^220"}}]}}}}
  tls_to_plain: {{prober: tcp, timeout: 2s, tcp: {{tls: true}}}}
  smtp:
    prober: tcp
    timeout: 3s
    tcp:
      query_response:
      - {{expect: "^220 "}}
      - {{send: "EHLO prober\\r"}}
      - {{expect: "^250-STARTTLS"}}
      - {{send: "STARTTLS\\r"}}
      - {{expect: "^220"}}
      - {{starttls: true}}
      - {{send: "EHLO prober\\r"}}
      - {{expect: "^250 "}}
      tls_config: {{ca_file: {certs}/ca.crt}}
  postgres: {{prober: tcp, timeout: 2s, tcp: {{query_response: [{{send: !!binary AAAACATSFi8=}}, {{expect_bytes: S}}]}}}}
  bytes_bad: {{prober: tcp, timeout: 2s, tcp: {{query_response: [{{send: !!binary AAAACATSFi8=}}, {{expect_bytes: N}}]}}}}
  dns_a: {{prober: dns, timeout: 2s, dns: {{query_name: a.test, query_type: A, validate_answer_rrs: {{fail_if_not_matches_regexp: ["a.test.\\t.*\\tIN\\tA\\t10.1.2.3"]}}}}}}
  dns_tcp: {{prober: dns, timeout: 2s, dns: {{query_name: a.test, query_type: AAAA, transport_protocol: tcp, validate_answer_rrs: {{fail_if_none_matches_regexp: ["fd00::1"]}}}}}}
  dns_srv: {{prober: dns, timeout: 2s, dns: {{query_name: _m._tcp.test, query_type: SRV, validate_answer_rrs: {{fail_if_not_matches_regexp: ["\\tSRV\\t1 5 9100 h1.test.$"]}}}}}}
  dns_mx: {{prober: dns, timeout: 2s, dns: {{query_name: m.test, query_type: MX, validate_answer_rrs: {{fail_if_not_matches_regexp: ["\\t10 mx.test.$"]}}}}}}
  dns_txt: {{prober: dns, timeout: 2s, dns: {{query_name: t.test, query_type: TXT, validate_answer_rrs: {{fail_if_not_matches_regexp: ['"hi there"$']}}}}}}
  dns_soa: {{prober: dns, timeout: 2s, dns: {{query_name: zone.test, query_type: SOA}}}}
  dns_bad: {{prober: dns, timeout: 2s, dns: {{query_name: a.test, query_type: A, validate_answer_rrs: {{fail_if_matches_regexp: ["10.1.2.3"]}}}}}}
  dns_nx: {{prober: dns, timeout: 2s, dns: {{query_name: nx.test, query_type: A}}}}
  dns_nx_good: {{prober: dns, timeout: 2s, dns: {{query_name: nx.test, query_type: A, valid_rcodes: [NXDOMAIN, NOERROR]}}}}
  dot: {{prober: dns, timeout: 2s, dns: {{query_name: a.test, query_type: A, transport_protocol: tcp, dns_over_tls: true, tls_config: {{ca_file: {certs}/ca.crt}}}}}}
  icmp: {{prober: icmp, timeout: 2s}}
  icmp_big: {{prober: icmp, timeout: 2s, icmp: {{payload_size: 1400, dont_fragment: true, ttl: 5}}}}
  grpc: {{prober: grpc, timeout: 2s, grpc: {{service: up}}}}
  grpc_down: {{prober: grpc, timeout: 2s, grpc: {{service: down}}}}
  grpc_unknown: {{prober: grpc, timeout: 2s, grpc: {{service: nope}}}}
  grpc_tls: {{prober: grpc, timeout: 2s, grpc: {{tls: true, tls_config: {{ca_file: {certs}/ca.crt}}}}}}
  unix: {{prober: unix, timeout: 2s, unix: {{query_response: [{{send: PING}}, {{expect: PONG}}]}}}}
"""

OK = None
HTTP_CASES = [
    ("http", lambda b: b.url("/"), OK),
    ("http", lambda b: b.url("/gone"), ("check", "status")),
    ("http", lambda b: b.url("/moved"), OK),
    ("http", lambda b: b.url("/loop"), ("check", "status")),
    ("http", lambda b: b.url("/login"), OK),
    ("http", lambda b: b.url("/file"), OK),
    ("stay", lambda b: b.url("/moved"), OK),
    ("regex", lambda b: b.url("/"), ("check", "body")),
    ("not_regex", lambda b: b.url("/"), ("check", "body")),
    ("regex_good", lambda b: b.url("/"), OK),
    ("header", lambda b: b.url("/"), ("check", "header")),
    ("header_good", lambda b: b.url("/"), OK),
    ("header_missing", lambda b: b.url("/"), ("check", "header")),
    ("versions", lambda b: b.url("/"), ("check", "version")),
    ("gzip", lambda b: b.url("/file"), OK),
    ("gzip_bad", lambda b: b.url("/file"), ("check", "body")),
    ("limit", lambda b: b.url("/file"), ("receive", "too_large")),
    ("post", lambda b: b.url("/method"), OK),
    ("head", lambda b: b.url("/file"), OK),
    ("host", lambda b: b.url("/host"), OK),
    ("login", lambda b: b.url("/private"), OK),
    ("http", lambda b: b.url("/private"), ("check", "status")),
    ("json", lambda b: b.url("/json"), OK),
    ("json_bad", lambda b: b.url("/json"), ("check", "json")),
    ("json_none", lambda b: b.url("/"), ("check", "json")),
    ("tls", lambda b: b.url("/", "https", "https"), OK),
    ("http", lambda b: b.url("/", "https", "https"), ("tls", "cert_untrusted")),
    ("tls", lambda b: b.url("/", "https", "https", "localhost"), ("tls", "cert_name")),
    ("tls_skip", lambda b: b.url("/", "https", "https"), OK),
    ("tls_name", lambda b: b.url("/", "https", "https"), OK),
    ("tls_h1", lambda b: b.url("/", "https", "https"), OK),
    ("tls_old", lambda b: b.url("/", "https", "https"), OK),
    ("tls", lambda b: b.url("/", "expired", "https"), ("tls", "cert_expired")),
    ("no_tls", lambda b: b.url("/"), ("check", "tls_absent")),
    ("only_plain", lambda b: b.url("/", "https", "https"), ("check", "tls_present")),
    ("mutual", lambda b: b.url("/", "mutual", "https"), OK),
    ("tls", lambda b: b.url("/", "mutual", "https"), ("check", "status")),
    ("ip6_only", lambda b: b.url("/"), ("resolve", "name_not_found")),
    ("http", lambda b: "http://127.0.0.1:1/", ("connect", "refused")),
    ("short", lambda b: "http://" + b.silent.address, ("receive", "timeout")),
    ("short", lambda b: "https://" + b.silent.address, ("tls", "timeout")),
    ("http", lambda b: "http://" + b.garbage.address, ("receive", "protocol")),
    ("http", lambda b: "http://" + b.cut.address, ("receive", "closed")),
    ("http", lambda b: "https://" + b.garbage.address, ("tls", "handshake")),
    ("http", lambda b: "http://name.invalid/", ("resolve", "name_not_found")),
]
OTHER_CASES = [
    ("tcp", lambda b: b.banner.address, OK),
    ("tcp_source", lambda b: b.banner.address, OK),
    ("tcp", lambda b: "127.0.0.1:1", ("connect", "refused")),
    ("tcp", lambda b: "127.0.0.1", ("setup", "bad_target")),
    ("banner", lambda b: b.banner.address, OK),
    ("banner_bad", lambda b: b.banner.address, ("check", "text")),
    ("banner_bad", lambda b: b.silent.address, ("receive", "timeout")),
    ("banner_tls", lambda b: b.banner_tls.address, OK),
    ("tls_to_plain", lambda b: b.banner.address, ("tls", "handshake")),
    ("smtp", lambda b: f"127.0.0.1:{b.ports['smtp']}", OK),
    ("postgres", lambda b: b.postgres.address, OK),
    ("bytes_bad", lambda b: b.postgres.address, ("check", "bytes")),
    ("dns_a", lambda b: f"127.0.0.1:{b.ports['dns']}", OK),
    ("dns_tcp", lambda b: f"127.0.0.1:{b.ports['dns']}", OK),
    ("dns_srv", lambda b: f"127.0.0.1:{b.ports['dns']}", OK),
    ("dns_mx", lambda b: f"127.0.0.1:{b.ports['dns']}", OK),
    ("dns_txt", lambda b: f"127.0.0.1:{b.ports['dns']}", OK),
    ("dns_bad", lambda b: f"127.0.0.1:{b.ports['dns']}", ("check", "records")),
    ("dns_nx", lambda b: f"127.0.0.1:{b.ports['dns']}", ("check", "rcode")),
    ("dns_nx_good", lambda b: f"127.0.0.1:{b.ports['dns']}", OK),
    ("dns_a", lambda b: "127.0.0.1:1", ("receive", "refused")),
    ("dot", lambda b: b.dot.address, OK),
    ("icmp", lambda b: "127.0.0.1", OK),
    ("icmp", lambda b: "::1", OK),
    ("icmp_big", lambda b: "127.0.0.1", OK),
    ("grpc", lambda b: b.grpc.plain, OK),
    ("grpc_down", lambda b: b.grpc.plain, ("check", "not_serving")),
    ("grpc_unknown", lambda b: b.grpc.plain, ("check", "not_serving")),
    ("grpc_tls", lambda b: b.grpc.secure, OK),
    ("grpc", lambda b: "127.0.0.1:1", ("connect", "refused")),
    ("unix", lambda b: b.unix.address, OK),
    ("unix", lambda b: "/nowhere.sock", ("connect", "refused")),
]


@pytest.fixture(scope="module")
def bed(tmp_path_factory, module_launch):
    made = ProbeBed(tmp_path_factory.mktemp("bed"), module_launch)
    yield made
    made.stop()


@pytest.fixture(scope="module")
def both(bed, module_launch):
    """The two exporters with one configuration."""
    config = bed.folder / "blackbox.yml"
    config.write_text(MODULES.format(certs=bed.certificates.folder))
    ports = free_port(), free_port()
    ours = module_launch.run(executable("narthex-blackbox-exporter"), f"--config.file={config}", "--probe.failure-info",
                             f"--web.listen-address=127.0.0.1:{ports[0]}", port=ports[0])
    theirs = module_launch.run(peer("prometheus-blackbox-exporter"), f"--config.file={config}",
                               f"--web.listen-address=127.0.0.1:{ports[1]}", port=ports[1], ready="/-/healthy")
    return ours, theirs


def names_of(exposition):
    return {name for name, _ in exposition.samples} - OURS_ALONE


# A name per case: module and outcome.
CASES = [pytest.param(*case, id=f"{case[0]}-{'-'.join(case[2] or ('success',))}") for case in HTTP_CASES + OTHER_CASES]


@pytest.mark.parametrize("module, target, failure", CASES)
def test_same_verdict_and_metrics(bed, both, module, target, failure):
    ours, theirs = (Exposition(get(exporter.url + "/probe", module=module, target=target(bed), patience=20).text)
                    for exporter in both)
    success = 0.0 if failure else 1.0
    why = [labels for labels, _ in ours.find("probe_failure_info")]
    assert ours.value("probe_success") == success, why
    assert theirs.value("probe_success") == success
    assert why == ([{"phase": failure[0], "reason": failure[1]}] if failure else [])
    assert names_of(ours) == names_of(theirs)
    compared = WITH_EQUAL_VALUES & names_of(ours) - WITH_OTHER_VALUES.get(module, set())
    assert compared
    for name in compared:
        mine, other = ({key: value for key, value in exposition.samples.items() if key[0] == name}
                       for exposition in (ours, theirs))
        assert mine == other, name
    assert {name: kind for name, kind in ours.types.items() if name not in OURS_ALONE} == theirs.types
    phases = [name for name in names_of(ours) if name.endswith("_duration_seconds") and name != "probe_duration_seconds"]
    for name in phases:
        mine, other = (sorted(labels["phase"] for labels, _ in exposition.find(name)) for exposition in (ours, theirs))
        assert mine == other, name


def test_unknown_modules_and_missing_targets_are_refused_alike(both):
    for parameters in ({"module": "nope", "target": "a"}, {"module": "http"}):
        answers = [get(exporter.url + "/probe", **parameters).status for exporter in both]
        assert answers == [400, 400]


def test_the_check_of_configurations_agrees(tmp_path):
    good = tmp_path / "good.yml"
    good.write_text(MODULES.format(certs="/certs"))
    bad = tmp_path / "bad.yml"
    bad.write_text("modules: {a: {prober: http, http: {nope: 1}}}\n")
    for path, code in ((good, 0), (bad, 1)):
        for program in (executable("narthex-blackbox-exporter"), peer("prometheus-blackbox-exporter")):
            assert run_to_end([program, f"--config.file={path}", "--config.check"]).returncode == code
        assert run_to_end([executable("narthex-tool"), "check", "blackbox-config", str(path)]).returncode == code
