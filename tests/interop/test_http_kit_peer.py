"""The same web configuration on our node exporter and the original, asked the same by curl."""

import socket

import pytest

from harness import executable, free_port, peer, poll
from http_kit import HASH, TLS, USERS, Certificates, curl


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("certificates"))


def start(launch, path, web):
    port = free_port()
    launch.run(path, f"--web.listen-address=127.0.0.1:{port}", f"--web.config.file={web}")

    def listens():
        with socket.create_connection(("127.0.0.1", port), 1):
            return True
    poll(listens, f"{path} listens")
    return port


HEADERS = "http_server_config: {headers: {X-Frame-Options: deny, X-XSS-Protection: '1'}}\n"
MUTUAL = ("tls_server_config: {cert_file: server.crt, key_file: server.key, "
          "client_auth_type: %s%s}\n")
CA = ", client_ca_file: ca.crt"

# A configuration, the scheme, and what curl is given beside the URL of /metrics.
CASES = [
    (USERS, "http", []),
    (USERS, "http", ["-u", "alice:secret"]),
    (USERS, "http", ["-u", "alice:wrong"]),
    (USERS, "http", ["-u", "bob:secret"]),
    (USERS, "http", ["-H", "Authorization: Basic !!!"]),
    (USERS, "http", ["-H", "Authorization: Bearer secret"]),
    (USERS, "http", ["-H", "Authorization: basic YWxpY2U6c2VjcmV0"]),
    (f"basic_auth_users: {{alice: {HASH.replace('2y', '2a')}}}\n", "http", ["-u", "alice:secret"]),
    (f"basic_auth_users: {{alice: {HASH.replace('2y', '2b')}}}\n", "http", ["-u", "alice:secret"]),
    (TLS, "https", []),
    (TLS, "http", []),
    (TLS, "https", ["--tls-max", "1.2"]),
    (TLS, "https", ["--tls-max", "1.2", "--ciphers", "AES128-SHA"]),
    (TLS + USERS, "https", ["-u", "alice:secret"]),
    (TLS + HEADERS, "https", []),
    (HEADERS, "http", []),
    ("rate_limit: {interval: 1h, burst: 1}\n", "http", []),
    *[(MUTUAL % (kind, ca), "https", client)
      for kind, ca in (("NoClientCert", ""), ("RequestClientCert", ""), ("RequireAnyClientCert", ""),
                       ("VerifyClientCertIfGiven", CA), ("RequireAndVerifyClientCert", CA),
                       ("RequireAndVerifyClientCert", CA + ", client_allowed_sans: [client.example]"),
                       ("RequireAndVerifyClientCert", CA + ", client_allowed_sans: [x.example]"))
      for client in ([], ["client"], ["stranger"])],
]


def test_answers_as_the_original(launch, certificates, notice):
    programs = (executable("narthex-node-exporter"), peer("prometheus-node-exporter"))
    ports = {}
    compared = 0
    for config, scheme, arguments in CASES:
        if config not in ports:
            web = certificates.write(f"web{len(ports)}.yml", config)
            ports[config] = [start(launch, program, web) for program in programs]
        options = ["--cacert", certificates.path("ca.crt")] if scheme == "https" else []
        if arguments in (["client"], ["stranger"]):
            options += ["--cert", certificates.path(arguments[0] + ".crt"), "--key",
                        certificates.path(arguments[0] + ".key")]
        else:
            options += arguments
        # Twice: a rate limit lets the first pass, a remembered password the second.
        for _ in range(2):
            ours, theirs = (curl(f"{scheme}://127.0.0.1:{port}/metrics", "--http1.1", *options)
                            for port in ports[config])
            told = (config, scheme, arguments)
            assert (ours.code == 0) == (theirs.code == 0), told
            assert ours.status == theirs.status, told
            for name in ("www-authenticate", "x-frame-options", "x-xss-protection"):
                assert ours.headers.get(name) == theirs.headers.get(name), (told, name)
            compared += 1
    notice(f"compared {compared} answers of {len(ports)} web configurations")


# What the original refuses to start with, we refuse too.
BROKEN = [
    "tls_server_config: {cert_file: server.crt}\n",
    "tls_server_config: {cert_file: none.crt, key_file: server.key}\n",
    "tls_server_config: {cert_file: server.crt, key_file: client.key}\n",
    MUTUAL % ("Sometimes", ""),
    MUTUAL % ("NoClientCert", CA),
    "tls_server_config: {cert_file: server.crt, key_file: server.key, min_version: SSL3}\n",
    "tls_server_config: {cert_file: server.crt, key_file: server.key, cipher_suites: [X]}\n",
    "tls_server_config: {cert_file: server.crt, key_file: server.key, curve_preferences: [X]}\n",
    "basic_auth_users: {alice: secret}\n",
    "http_server_config: {headers: {Server: x}}\n",
    "http_server_config: {headers: {X-Frame-Options: ''}}\n",
    "rate_limit: {interval: soon}\n",
    "unknown: 1\n",
]


@pytest.mark.parametrize("config", BROKEN)
def test_refuses_what_the_original_refuses(launch, certificates, config):
    web = certificates.write("broken.yml", config)
    for program in (executable("narthex-node-exporter"), peer("prometheus-node-exporter")):
        process = launch.run(program, f"--web.listen-address=127.0.0.1:{free_port()}",
                             f"--web.config.file={web}")
        assert process.popen.wait(10) != 0, program
