"""Queries under way: listed, ended by the administrator or with their client, limited, logged and explained."""

import http.client
import json
import pathlib
import threading
import time
import urllib.parse

import pytest

from harness import get, get_json, poll, query_one, request

# Minutes of work, whatever is stored: windows of a day at each second of a day.
SLOW = "deriv(deriv((vector(1) * time() % 7)[1d:1s])[1d:1s])"


def config(folder, log=None):
    path = folder / "prometheus.yml"
    path.write_text(f"global: {{scrape_interval: 1m{f', query_log_file: {log}' if log else ''}}}\n")
    return path


class Asker(threading.Thread):
    """Asks a query on a connection of its own."""

    def __init__(self, server, expression, **parameters):
        super().__init__(daemon=True)
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        self.path = "/api/v1/query?" + urllib.parse.urlencode({"query": expression, **parameters})
        self.answer = None
        self.start()

    def run(self):
        try:
            self.connection.request("GET", self.path)
            answer = self.connection.getresponse()
            self.answer = (answer.status, json.loads(answer.read()))
        except (OSError, http.client.HTTPException):
            pass  # hung up

    def hang_up(self):
        self.connection.sock.shutdown(2)
        self.connection.sock.close()


def active(server):
    return get_json(server.url + "/api/v1/status/active_queries")["data"]["queries"]


def wait_for_one(server):
    return poll(lambda: [q for q in active(server) if q["query"] == SLOW and q["state"] == "running"], "the slow query")[0]


def test_a_query_is_listed_and_ended_by_the_administrator(launch, tmp_path, notice):
    server = launch.server(config(tmp_path), tmp_path / "data", "--web.enable-admin-api")
    asker = Asker(server, SLOW)
    listed = wait_for_one(server)
    assert listed["origin"] == {"clientIP": "127.0.0.1", "method": "GET", "path": "/api/v1/query"}
    assert listed["ageSeconds"] > 0
    begin = time.monotonic()
    answer = request(f"{server.url}/api/v1/admin/queries/{listed['id']}/cancel", method="POST", data=b"")
    assert answer.status == 204, answer.text
    asker.join(10)
    took = time.monotonic() - begin
    assert asker.answer[0] == 503 and asker.answer[1]["errorType"] == "canceled", asker.answer
    assert active(server) == []
    notice(f"ended {took * 1000:.0f} ms after the request")
    for bad, status in [("999", 404), ("x", 404)]:
        assert request(f"{server.url}/api/v1/admin/queries/{bad}/cancel", method="POST", data=b"").status == status


def test_queries_are_not_ended_without_the_admin_api(launch, tmp_path):
    server = launch.server(config(tmp_path), tmp_path / "data")
    answer = request(server.url + "/api/v1/admin/queries/1/cancel", method="POST", data=b"")
    assert (answer.status, answer.json()["errorType"]) == (500, "unavailable")


def test_a_client_that_hangs_up_ends_its_query(launch, tmp_path):
    server = launch.server(config(tmp_path), tmp_path / "data")
    asker = Asker(server, SLOW)
    wait_for_one(server)
    asker.hang_up()
    poll(lambda: active(server) == [], "the query's end", timeout=5)


def test_queries_beyond_the_limit_wait_for_their_turn(launch, tmp_path):
    server = launch.server(config(tmp_path), tmp_path / "data", "--query.max-concurrency=1", "--web.enable-admin-api")
    first = Asker(server, SLOW)
    listed = wait_for_one(server)
    second = Asker(server, "1 + 1")
    assert poll(lambda: [q for q in active(server) if q["state"] == "waiting"], "a waiting query")[0]["query"] == "1 + 1"
    late = get(server.url + "/api/v1/query", query="2", timeout="50ms").json()
    assert late["errorType"] == "timeout"
    request(f"{server.url}/api/v1/admin/queries/{listed['id']}/cancel", method="POST", data=b"")
    second.join(10)
    first.join(10)
    assert second.answer[1]["data"]["result"][1] == "2"


def test_stats_and_explanation_come_where_they_are_asked_for(launch, tmp_path):
    server = launch.server(config(tmp_path), tmp_path / "data", "--enable-feature=promql-per-step-stats")
    ask = lambda **more: get_json(server.url + "/api/v1/query_range", query="sum(time() + vector(1)) * 2", start=100,
                                  end=130, step=10, **more)["data"]
    assert ask().keys() == {"resultType", "result"}
    assert ask(stats="true")["stats"]["samples"].keys() == {"totalQueryableSamples", "samplesRead", "peakSamples"}
    assert ask(stats="all")["stats"]["samples"]["totalQueryableSamplesPerStep"] == [[at, 0] for at in (100, 110, 120, 130)]
    tree = ask(explain="true")["explain"]
    assert (tree["operator"], tree["series"], tree["samples"]) == ("*", 1, 4)
    assert [child["operator"] for child in tree["children"]] == ["sum", "number"]
    assert tree["children"][0]["expression"] == "sum(time() + vector(1))"


@pytest.fixture(params=["absolute", "relative"])
def log_path(request, tmp_path):
    return str(tmp_path / "q.log") if request.param == "absolute" else "q.log"


def test_the_query_log_follows_a_rotation_at_reload(launch, tmp_path, log_path):
    server = launch.server(config(tmp_path, log_path), tmp_path / "data", "--web.enable-lifecycle")
    log = tmp_path / "q.log"
    query_one(server.url, "vector(1)", time=5)
    get(server.url + "/api/v1/query_range", query="vector(1) + on (x) (vector(1) or vector(2))", start=0, end=60, step=15)
    first, second = map(json.loads, log.read_text().splitlines())
    assert first["params"] == {"end": "1970-01-01T00:00:05.000Z", "query": "vector(1)", "start": "1970-01-01T00:00:05.000Z", "step": 0}
    assert first["httpRequest"] == {"clientIP": "127.0.0.1", "method": "GET", "path": "/api/v1/query"}
    assert second["params"]["step"] == 15
    log.rename(tmp_path / "old.log")
    assert request(server.url + "/-/reload", method="POST", data=b"").status == 200
    query_one(server.url, "vector(3)")
    assert json.loads(log.read_text())["params"]["query"] == "vector(3)"
    config(tmp_path)
    assert request(server.url + "/-/reload", method="POST", data=b"").status == 200
    query_one(server.url, "vector(4)")
    assert len(pathlib.Path(log).read_text().splitlines()) == 1
