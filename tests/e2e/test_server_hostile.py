"""Requests that mean ill, and many at once: answered, and without harm to others."""

import http.client
import socket
import threading
import time
import urllib.parse

import pytest

from harness import get, get_json, poll, query
from targets import Target

CONNECTIONS = 200


@pytest.fixture(scope="module")
def server(module_launch, tmp_path_factory):
    target = Target("".join(f'busy{{n="{n}"}} {n}\n' for n in range(100)))
    folder = tmp_path_factory.mktemp("hostile")
    config = folder / "prometheus.yml"
    config.write_text("global: {scrape_interval: 200ms}\nscrape_configs:\n- job_name: j\n"
                      f"  static_configs: [{{targets: ['{target.address}']}}]\n")
    server = module_launch.server(config, folder / "data", "--web.read-timeout=2s")
    poll(lambda: query(server.url, "busy"), "a scrape")
    yield server
    target.stop()


def resident(server):
    with open(f"/proc/{server.popen.pid}/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmRSS"))


def exchange(server, *pieces, patience=10):
    """Sends bytes as they are; gives all that comes back until the server closes."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=patience) as connection:
        for piece in pieces:
            try:
                connection.sendall(piece)
            except OSError:
                break
        answer = b""
        try:
            while got := connection.recv(65536):
                answer += got
        except ConnectionResetError:
            pass
    return answer


def status_of(answer):
    assert answer.startswith(b"HTTP/1.1 "), answer[:100]
    return int(answer.split()[1])


def ask(server, target, method="GET", body=b"", headers=""):
    return status_of(exchange(server, f"{method} {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}"
                              f"Content-Length: {len(body)}\r\n\r\n".encode("latin-1") + body))


FORM = "Content-Type: application/x-www-form-urlencoded\r\n"
QUERY = "/api/v1/query?query="


@pytest.mark.parametrize("target", [
    QUERY + "(" * 3000 + "1" + ")" * 3000, QUERY + "-" * 10_000 + "1", QUERY + "sum(" * 1000,
    QUERY + "%ff%fe", QUERY + "%zz", QUERY + "%00", "/api/v1/label/%ff/values", "/api/v1/query_range?query=1",
    "/api/v1/series?match[]={", "/api/v1/query?query=up&time=1e400", "/api/v1/query?query=up&timeout=-1x",
    "/api/v1/query_range?query=1&start=0&end=1e15&step=0.001", "/api/v1/label/../../etc/passwd/values",
    QUERY + "a" * 2_000_000], ids=lambda target: target[:40])
def test_bad_requests_are_told_so(server, target):
    assert 400 <= ask(server, target) < 500


@pytest.mark.parametrize("path", ["/../../etc/passwd", "/static/../../../etc/passwd", "/static/%2e%2e/main.cc", "//",
                                  "/api/v1/%2e%2e/%2e%2e/metrics", "/%00", "/api/v1/", "/metrics/../metrics"])
def test_paths_lead_nowhere_else(server, path):
    assert ask(server, path) in (400, 404)


def test_oversized_forms_are_refused_without_being_kept(server):
    before = resident(server)
    for _ in range(3):
        assert 400 <= ask(server, "/api/v1/query", "POST", b"query=" + b"x" * (40 << 20), FORM) < 500
    many = "&".join(f"match[]=a{n}" for n in range(50_000)).encode()
    assert ask(server, "/api/v1/series", "POST", many, FORM) in (200, 400, 413)
    assert resident(server) - before < 60 << 20


def test_slow_requests_end_and_cost_no_place(server):
    begin = time.monotonic()
    slow = [socket.create_connection(("127.0.0.1", server.port), timeout=20) for _ in range(50)]
    for connection in slow:
        connection.sendall(f"POST /api/v1/query HTTP/1.1\r\nHost: x\r\n{FORM}Content-Length: 1000\r\n\r\nq".encode())
    assert get_json(server.url + QUERY + "1")["status"] == "success"  # meanwhile
    for connection in slow:
        while connection.recv(4096):
            pass
        connection.close()
    assert time.monotonic() - begin < 20


def test_every_request_of_many_busy_connections_is_answered(server):
    wrong = []

    def work(number):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        expression = urllib.parse.quote(f"sum(busy) + {number}")
        for _ in range(10):
            connection.request("GET", QUERY + expression)
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != 200 or f'"{4950 + number}"'.encode() not in body:
                wrong.append((answer.status, body[:200]))
        connection.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong, wrong[:3]
    assert get(server.url + "/-/healthy").status == 200
