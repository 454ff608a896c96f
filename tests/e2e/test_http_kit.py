"""TLS, authentication, sockets and lifecycle of the executables, asked by curl; and scrapes that
show credentials."""

import os
import socket
import subprocess
import sys
import time

import pytest

from harness import executable, free_port, get, get_json, poll, query_one, request
from http_kit import TLS, USERS, Certificates, curl


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("certificates"))


def start_exporter(launch, certificates, config, *arguments):
    """A node exporter that obeys `config`; its port."""
    port = free_port()
    web = certificates.write(f"web{port}.yml", config)
    launch.run(executable("narthex-node-exporter"), f"--web.listen-address=127.0.0.1:{port}",
               f"--web.config.file={web}", *arguments)

    def listens():
        with socket.create_connection(("127.0.0.1", port), 1):
            return True
    poll(listens, "the exporter listens")
    return port


def test_tls_and_client_certificates(launch, certificates):
    config = ("tls_server_config: {cert_file: server.crt, key_file: server.key, "
              "client_auth_type: RequireAndVerifyClientCert, client_ca_file: ca.crt, "
              "client_allowed_sans: [client.example]}\n")
    port = start_exporter(launch, certificates, config)
    url = f"https://127.0.0.1:{port}/metrics"
    ca = ("--cacert", certificates.path("ca.crt"))

    def with_certificate(name):
        return curl(url, *ca, "--cert", certificates.path(name + ".crt"), "--key",
                    certificates.path(name + ".key"))
    answer = with_certificate("client")
    assert answer.status == 200 and "node_load1" in answer.body
    assert with_certificate("stranger").code != 0
    assert with_certificate("server").code != 0  # of our CA, but not an allowed name
    assert curl(url, *ca).code != 0
    assert curl(f"http://127.0.0.1:{port}/metrics").status == 400
    # curl offers HTTP/2 by ALPN and takes what is chosen.
    version = subprocess.run(
        ["curl", "-sS", "-o", os.devnull, "-w", "%{http_version}", "--http2", *ca, "--noproxy", "*",
         "--cert", certificates.path("client.crt"), "--key", certificates.path("client.key"), url],
        capture_output=True, text=True, timeout=20)
    assert version.stdout == "1.1"


def test_every_page_is_behind_the_password(launch, certificates):
    port = start_exporter(launch, certificates, USERS)
    for path in ("/", "/metrics", "/-/healthy", "/nope"):
        url = f"http://127.0.0.1:{port}{path}"
        refused = curl(url)
        assert refused.status == 401
        assert refused.headers["www-authenticate"] == "Basic"
        assert curl(url, "-u", "alice:wrong").status == 401
        assert curl(url, "-u", "bob:secret").status == 401
        assert curl(url, "-u", "alice:secret").status == (404 if path == "/nope" else 200)


def test_a_large_body_without_password_is_refused_before_it_is_read(launch, certificates):
    port = start_exporter(launch, certificates, USERS)
    big = certificates.write("big", "x" * 5_000_000)
    answer = curl(f"http://127.0.0.1:{port}/metrics", "--data-binary", f"@{big}")
    assert answer.status == 401


def test_certificates_are_read_again(launch, certificates):
    port = start_exporter(launch, certificates, TLS)
    url = f"https://127.0.0.1:{port}/metrics"
    assert curl(url, "--cacert", certificates.path("ca.crt")).status == 200
    key = (certificates.folder / "server.key").read_text()
    certificates.write("server.key", "broken")
    assert curl(url, "--cacert", certificates.path("ca.crt")).status == 200
    metrics = curl(url, "--cacert", certificates.path("ca.crt")).body
    assert "narthex_web_config_last_reload_successful 0" in metrics
    certificates.write("server.key", key)
    metrics = curl(url, "--cacert", certificates.path("ca.crt")).body
    assert "narthex_web_config_last_reload_successful 1" in metrics


def test_a_broken_configuration_ends_the_start(certificates):
    web = certificates.write("broken.yml", "tls_server_config: {cert_file: server.crt}\n")
    done = subprocess.run([executable("narthex-node-exporter"), "--web.listen-address=127.0.0.1:0",
                           f"--web.config.file={web}"], capture_output=True, text=True, timeout=10)
    assert done.returncode != 0
    assert "broken.yml:1:20: want one of key and key_file" in done.stderr


def test_unix_socket_and_its_stale_file(launch, tmp_path):
    path = str(tmp_path / "node.sock")
    arguments = [executable("narthex-node-exporter"), f"--web.listen-address=unix://{path}",
                 f"--web.listen-address=127.0.0.1:{free_port()}"]
    first = launch.run(*arguments)
    poll(lambda: curl("http://x/-/healthy", "--unix-socket", path).status == 200, "healthy")
    second = subprocess.run(arguments[:2], capture_output=True, text=True, timeout=10)
    assert second.returncode != 0 and "another process listens there" in second.stderr
    first.kill()
    assert os.path.exists(path)
    third = launch.run(*arguments)
    poll(lambda: curl("http://x/-/healthy", "--unix-socket", path).status == 200, "healthy again")
    third.terminate()
    assert not os.path.exists(path)


# Does what systemd does for a .socket unit: sets up descriptor 3 and says so.
ACTIVATE = """
import os, socket, sys
listener = socket.socket()
listener.bind(("127.0.0.1", int(sys.argv[1])))
listener.listen()
os.dup2(listener.fileno(), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
os.execv(sys.argv[2], sys.argv[2:])
"""


def test_sockets_that_systemd_passes(launch):
    port = free_port()
    launch.run(sys.executable, "-c", ACTIVATE, str(port), executable("narthex-node-exporter"),
               "--web.systemd-socket", port=port, ready="/-/healthy")
    alone = subprocess.run([executable("narthex-node-exporter"), "--web.systemd-socket"],
                           capture_output=True, text=True, timeout=10)
    assert alone.returncode != 0
    assert "systemd passed no socket" in alone.stderr


def test_lifecycle(launch, tmp_path):
    config = tmp_path / "prometheus.yml"
    config.write_text("")
    server = launch.server(config, tmp_path / "closed")
    for page in ("quit", "reload"):
        assert request(f"{server.url}/-/{page}", data=b"").status == 403
        assert get(f"{server.url}/-/{page}").status == 405
    server = launch.server(config, tmp_path / "open", "--web.enable-lifecycle")
    assert get(f"{server.url}/-/quit").status == 405
    assert request(f"{server.url}/-/reload", data=b"").status == 200
    config.write_text("scrape_configs: [{job_name: new, static_configs: [{targets: ['127.0.0.1:1']}]}]")
    assert request(f"{server.url}/-/reload", data=b"").status == 200
    poll(lambda: get_json(server.url + "/api/v1/targets")["data"]["activeTargets"], "a new target")
    config.write_text("unknown: 1")
    refused = request(f"{server.url}/-/reload", data=b"")
    assert refused.status == 500 and 'unknown field "unknown"' in refused.text
    begin = time.monotonic()
    assert request(f"{server.url}/-/quit", data=b"").status == 200
    assert server.popen.wait(5) == 0
    assert time.monotonic() - begin < 5


def job(name, port, extra):
    return (f"- job_name: {name}\n  scheme: https\n  scrape_interval: 1s\n"
            f"  static_configs: [{{targets: ['127.0.0.1:{port}']}}]\n{extra}")


def test_scrapes_show_credentials(launch, certificates, tmp_path):
    port = start_exporter(launch, certificates, TLS + USERS)
    certificates.write("password", "secret\n")
    ca = f"  tls_config: {{ca_file: {certificates.path('ca.crt')}}}\n"
    config = tmp_path / "prometheus.yml"
    config.write_text(
        "scrape_configs:\n"
        + job("good", port, ca + "  basic_auth: {username: alice, password_file: "
              + certificates.path("password") + "}\n")
        + job("named", port, "  tls_config: {server_name: server.example, ca_file: "
              + certificates.path("ca.crt") + "}\n  basic_auth: {username: alice, password: secret}\n")
        + job("wrong", port, ca + "  basic_auth: {username: alice, password: hunter2}\n")
        + job("unknown_ca", port, "  basic_auth: {username: alice, password: secret}\n"))
    server = launch.server(config, tmp_path / "data")

    def health():
        targets = get_json(server.url + "/api/v1/targets")["data"]["activeTargets"]
        found = {t["labels"]["job"]: (t["health"], t["lastError"]) for t in targets}
        assert all(state != "unknown" for state, _ in found.values())
        return found
    found = poll(health, "all targets were scraped")
    assert found["good"] == ("up", "")
    assert found["named"] == ("up", "")
    assert found["wrong"] == ("down", "server returned HTTP status 401")
    assert found["unknown_ca"][0] == "down" and "certificate" in found["unknown_ca"][1]
    poll(lambda: query_one(server.url, 'up{job="good"}') == 1, "up is stored")
    assert query_one(server.url, 'up{job="wrong"}') == 0
    assert query_one(server.url, 'count({job="good",__name__="node_load1"})') == 1
    # The password of the file changes, and so does what is sent; a second later it fits again.
    certificates.write("password", "other")
    poll(lambda: health()["good"][0] == "down", "the new password is used")
    certificates.write("password", "secret")
    poll(lambda: health()["good"][0] == "up", "the old one again")
    assert "hunter2" not in server.log
