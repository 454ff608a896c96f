"""How scrapes travel: HTTP/2, certificates that change while the server runs, the grid of times."""

import os
import shutil
import socket

import pytest

from harness import free_port, get_json, poll, query
from http_kit import Certificates

NAME_SERVER = "127.0.0.54"
NGINX = """
{user}daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log; worker_processes 1;
events {{ worker_connections 256; }}
http {{
  access_log off; client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5; types {{ }} default_type "text/plain; version=0.0.4";
  keepalive_timeout 0;
  server {{
    listen 127.0.0.1:{port} ssl http2; ssl_certificate {certs}/server.crt; ssl_certificate_key {certs}/server.key;
    ssl_client_certificate {certs}/ca.crt; ssl_verify_client optional;
    location / {{ return 200 "seen{{protocol=\\"$server_protocol\\",client=\\"$ssl_client_s_dn\\"}} 1\\n"; }}
  }}
}}
"""
JOB = """global: {{scrape_interval: 200ms, scrape_timeout: 200ms}}
scrape_configs:
- job_name: j
  scheme: https
  {options}
  tls_config: {{ca_file: {ca}, server_name: server.example{client}}}
  static_configs: [{{targets: ['127.0.0.1:{port}']}}]
"""


@pytest.fixture
def nginx(launch, tmp_path):
    certificates = Certificates(tmp_path)
    port = free_port()
    config = tmp_path / "nginx.conf"
    config.write_text(NGINX.format(user="user root; " if os.getuid() == 0 else "", folder=tmp_path, port=port,
                                   certs=certificates.folder))
    program = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
    assert program, "nginx is not installed"
    launch.run(program, "-c", str(config), "-p", str(tmp_path))
    return port, certificates.folder


@pytest.fixture
def silent_resolver(tmp_path):
    """A command that runs another with a name server that takes questions and never answers."""
    if os.geteuid() != 0:
        pytest.skip("wants root: a name server listens at port 53")
    (tmp_path / "resolv.conf").write_text(f"nameserver {NAME_SERVER}\n")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind((NAME_SERVER, 53))
        mounted = f"mount --bind {tmp_path}/resolv.conf /etc/resolv.conf && exec \"$@\""
        yield ["unshare", "-m", "sh", "-c", mounted, "sh"]


def seen(server):
    """What nginx was shown by the newest scrape, or nothing."""
    return [(labels["protocol"], labels.get("client", "")) for labels, _ in query(server.url, "seen")]


@pytest.mark.parametrize("options, protocol", [("", "HTTP/2.0"), ("enable_http2: false", "HTTP/1.1")])
def test_a_target_that_speaks_http2_is_spoken_to_so(launch, tmp_path, nginx, options, protocol):
    port, certs = nginx
    config = tmp_path / "prometheus.yml"
    config.write_text(JOB.format(port=port, ca=certs / "ca.crt", client="", options=options))
    server = launch.server(config, tmp_path / "data")
    assert poll(lambda: seen(server), "a scrape") == [(protocol, "")]


def test_certificates_are_read_again_when_they_change(launch, tmp_path, nginx):
    port, certs = nginx
    ca, crt, key = tmp_path / "used_ca.crt", tmp_path / "used.crt", tmp_path / "used.key"
    for name, to in (("stranger.crt", ca), ("client.crt", crt), ("client.key", key)):
        shutil.copy(certs / name, to)
    config = tmp_path / "prometheus.yml"
    config.write_text(JOB.format(port=port, ca=ca, client=f", cert_file: {crt}, key_file: {key}", options=""))
    server = launch.server(config, tmp_path / "data")

    def target():
        [one] = get_json(server.url + "/api/v1/targets")["data"]["activeTargets"]
        return one
    poll(lambda: target()["health"] == "down" and "certificate" in target()["lastError"], "a refused certificate")
    shutil.copy(certs / "ca.crt", ca)
    assert poll(lambda: seen(server), "a scrape by the new authority")[0][1] == "CN=client"
    for kind, to in (("crt", crt), ("key", key)):
        shutil.copy(certs / f"second.{kind}", to)
    poll(lambda: ("HTTP/2.0", "CN=second") in seen(server), "a scrape with the new certificate")


def test_targets_lie_spread_over_the_interval_and_stay_where_they_are(launch, tmp_path):
    config = tmp_path / "prometheus.yml"
    port = free_port()
    groups = "".join(f"  - {{targets: ['127.0.0.1:{port}'], labels: {{n: '{n}'}}}}\n" for n in range(40))
    config.write_text("global: {scrape_interval: 1s, scrape_timeout: 1s}\n"
                      "scrape_configs:\n- job_name: j\n  static_configs:\n" + groups)
    server = launch.server(config, tmp_path / "data", port=port)

    def times():
        found = query(server.url, "up[10s]")
        return len(found) == 40 and all(len(values) >= 3 for _, values in found) and found
    offsets = []
    for _, values in poll(times, "three scrapes of each"):
        first, *others = (at % 1 for at, _ in values)
        # A busy machine is late, by less than what would be another place.
        assert all(min(abs(other - first), 1 - abs(other - first)) < 0.3 for other in others)
        offsets.append(first)
    assert max(offsets) - min(offsets) > 0.7 and len({round(offset, 2) for offset in offsets}) > 15


def test_a_name_whose_server_is_silent_holds_nobody_up(launch, tmp_path, silent_resolver):
    config = tmp_path / "prometheus.yml"
    port = free_port()
    names = ", ".join(f"'t{n}.test:80'" for n in range(50))
    config.write_text("global: {scrape_interval: 500ms, scrape_timeout: 400ms}\nscrape_configs:\n"
                      f"- {{job_name: nameless, static_configs: [{{targets: [{names}]}}]}}\n"
                      f"- {{job_name: good, static_configs: [{{targets: ['127.0.0.1:{port}']}}]}}\n")
    server = launch.server(config, tmp_path / "data", port=port, prefix=silent_resolver)
    poll(lambda: query(server.url, 'count(up{job="nameless"} == 0)') == [({}, 50.0)], "the verdict on all names")
    down = [target for target in get_json(server.url + "/api/v1/targets")["data"]["activeTargets"]
            if target["labels"]["job"] == "nameless"]
    assert {target["failureReason"] for target in down} == {"dns"}
    poll(lambda: query(server.url, 'count_over_time(up{job="good"}[1m])')[0][1] >= 4, "scrapes of the good target")
    assert query(server.url, 'min_over_time(up{job="good"}[1m])')[0][1] == 1
