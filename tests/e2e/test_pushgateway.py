"""The pushgateway as jobs, operators and the server meet it: curl, two client libraries, kill -9."""

import gzip
import json
import os
import pathlib
import shutil
import subprocess

import pytest

from harness import (CHECKOUT, Exposition, free_port, get, get_json, poll, query, query_one, request,
                     run_to_end, scrape, executable)

HERE = pathlib.Path(__file__).resolve().parent


def curl(url, *arguments, body=None):
    """What a shell script does; gives status and body."""
    done = run_to_end(["curl", "-sS", "--noproxy", "*", "-w", "\n%{http_code}", *arguments, url], text_in=body)
    assert done.returncode == 0, done.stderr
    text, _, status = done.stdout.rpartition("\n")
    return int(status), text


def push(gateway, path, body, method="PUT"):
    return curl(f"{gateway.url}/metrics/{path}", "-X", method, "--data-binary", "@-", body=body)


def samples_of(gateway, **labels):
    """The pushed samples with these labels, by name and the other labels."""
    found = {}
    for (name, pairs), value in scrape(gateway.url).samples.items():
        if set(labels.items()) <= pairs:
            found[name, frozenset(pairs - set(labels.items()))] = value
    return found


def server_that_scrapes(launch, tmp_path, gateway):
    config = tmp_path / "prometheus.yml"
    config.write_text(f"""
global: {{scrape_interval: 200ms, scrape_timeout: 200ms}}
scrape_configs:
  - job_name: push
    honor_labels: true
    static_configs: [{{targets: ["{gateway.address}"]}}]
""")
    return launch.server(config, tmp_path / "data")


def test_what_curl_pushes_arrives_in_a_query(launch, tmp_path):
    gateway = launch.pushgateway()
    server = server_that_scrapes(launch, tmp_path, gateway)
    status, _ = push(gateway, "job/backup/instance/db1", "# TYPE backup_bytes gauge\nbackup_bytes{disk=\"sda\"} 42\n")
    assert status == 200
    result = poll(lambda: query(server.url, "backup_bytes"), "the pushed sample is stored")
    assert result == [({"__name__": "backup_bytes", "job": "backup", "instance": "db1", "disk": "sda"}, 42)]
    assert query_one(server.url, 'time() - push_time_seconds{job="backup",instance="db1"}') < 60
    assert query_one(server.url, "push_failure_time_seconds") == 0


def test_a_push_by_the_python_client_arrives_in_a_query(launch, tmp_path):
    from prometheus_client import CollectorRegistry, Gauge, Summary, push_to_gateway, pushadd_to_gateway
    from prometheus_client import delete_from_gateway

    gateway = launch.pushgateway()
    server = server_that_scrapes(launch, tmp_path, gateway)
    registry = CollectorRegistry()
    Gauge("job_last_success_unixtime", "When the job last succeeded.", registry=registry).set(1.5e9)
    summary = Summary("job_step_seconds", "Time of a step.", ["step"], registry=registry)
    summary.labels('lo"ad\n').observe(2)
    group = {"instance": "a/b", "empty": ""}
    push_to_gateway(gateway.address, job="py_job", registry=registry, grouping_key=group)
    pushadd_to_gateway(gateway.address, job="py_job", registry=registry, grouping_key=group)
    result = poll(lambda: query(server.url, "job_step_seconds_sum"), "the pushed summary is stored")
    assert result == [({"__name__": "job_step_seconds_sum", "job": "py_job", "instance": "a/b",
                        "step": 'lo"ad\n'}, 2)]
    assert query_one(server.url, 'push_time_seconds{job="py_job"}') > 1.7e9
    delete_from_gateway(gateway.address, job="py_job", grouping_key=group)
    assert samples_of(gateway, job="py_job") == {}


def test_a_push_by_prom_client_arrives_in_a_query(launch, tmp_path):
    modules = pathlib.Path(os.environ.get("NARTHEX_NODE_MODULES") or CHECKOUT / "build/prom_client/node_modules")
    assert (modules / "prom-client").exists(), f"no prom-client in {modules}: ./dev test installs it by npm"
    gateway = launch.pushgateway()
    server = server_that_scrapes(launch, tmp_path, gateway)
    done = subprocess.run(["node", HERE / "prom_client/push.js", gateway.url], capture_output=True, text=True,
                          timeout=30, env=os.environ | {"NODE_PATH": str(modules)})
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [200, 200, 202]
    result = poll(lambda: query(server.url, 'batch_records_total{kind="good"} == 41'), "the second push is stored")
    assert result[0][0] == {"__name__": "batch_records_total", "job": "prom client", "instance": "host a",
                            "region": "eu west", "kind": "good"}
    assert query_one(server.url, 'batch_duration_seconds_bucket{le="10.0"}') == 1
    assert query_one(server.url, 'time() - push_time_seconds{job="prom client"}') < 60


def test_answers_are_those_of_the_original(launch):
    gateway = launch.pushgateway()
    assert push(gateway, "job/a", "m 1\n") == (200, "")
    assert push(gateway, "job/a", "m{x=\"%zz\"} 2\n", "POST") == (200, "")  # curl calls it a form
    assert push(gateway, "job/a", "m 1") == (400, "1:4: line without end\n")
    assert push(gateway, "job/a", "m 1 5\n")[0] == 400
    status, reason = push(gateway, "job/b", "# TYPE m counter\nm 1\n")
    assert status == 400 and 'group {job="a"} has it as untyped' in reason
    assert curl(f"{gateway.url}/metrics/job/a", "-X", "DELETE") == (202, "")
    assert curl(f"{gateway.url}/metrics/job/a")[0] == 405
    assert curl(f"{gateway.url}/-/quit", "-X", "PUT")[0] == 403
    assert curl(f"{gateway.url}/api/v1/admin/wipe", "-X", "PUT")[0] in (404, 405)
    assert curl(f"{gateway.url}/-/healthy")[0] == 200
    failed = [value for (name, _), value in samples_of(gateway, job="b").items()
              if name == "push_failure_time_seconds"]
    assert failed and failed[0] > 1.7e9
    counted = scrape(gateway.url)
    assert counted.value("pushgateway_http_requests_total", handler="push", code="400", method="put") == 3
    assert counted.value("pushgateway_http_push_duration_seconds_count", method="put") == 4


def test_compressed_pushes_and_wipe(launch):
    gateway = launch.pushgateway("--web.enable-admin-api")
    answer = request(gateway.url + "/metrics/job/z", gzip.compress(b"m 1\n"), {"Content-Encoding": "gzip"})
    assert answer.status == 200
    # "m 2\n" as a snappy stream with one plain chunk.
    stream = bytes.fromhex("ff060000734e61507059" "01080000") + masked_crc(b"m 2\n") + b"m 2\n"
    answer = request(gateway.url + "/metrics/job/z/x/s", stream, {"Content-Encoding": "snappy"})
    assert answer.status == 200, answer.text
    assert sorted(v for (n, _), v in samples_of(gateway, job="z").items() if n == "m") == [1, 2]
    assert request(gateway.url + "/api/v1/admin/wipe", method="PUT").status == 202
    assert samples_of(gateway, job="z") == {}


def masked_crc(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    crc ^= 0xFFFFFFFF
    return (((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF).to_bytes(4, "little")


def test_kill_9_loses_nothing_acknowledged(launch, tmp_path):
    file = tmp_path / "push.log"
    gateway = launch.pushgateway(f"--persistence.file={file}")
    for i in range(200):
        assert push_quickly(gateway, f"job/j{i % 20}", f"m {i}\nn{{x=\"{i}\"}} 1\n") == 200
    assert request(gateway.url + "/metrics/job/j3", method="DELETE").status == 202
    before = Exposition(get(gateway.url + "/metrics").text)
    gateway.kill()
    again = launch.pushgateway(f"--persistence.file={file}")
    after = Exposition(get(again.url + "/metrics").text)
    pushed = lambda page: {key: value for key, value in page.samples.items() if dict(key[1]).get("job")}
    assert pushed(after) == pushed(before)
    assert len(pushed(after)) == 19 * 4
    code, seconds = again.terminate()
    assert code == 0 and seconds < 2.5


def push_quickly(gateway, path, body):
    return request(f"{gateway.url}/metrics/{path}", body.encode(), method="PUT").status


def test_a_damaged_file_is_cut_and_reported(launch, tmp_path):
    file = tmp_path / "push.log"
    gateway = launch.pushgateway(f"--persistence.file={file}")
    push(gateway, "job/a", "m 1\n")
    push(gateway, "job/b", "m 2\n")
    gateway.kill()
    with open(file, "r+b") as log:
        log.seek(-3, os.SEEK_END)
        log.write(b"xxx")
    again = launch.pushgateway(f"--persistence.file={file}")
    assert samples_of(again, job="a") and not samples_of(again, job="b")
    assert "the end of the persistence file is damaged" in again.log
    assert (tmp_path / "push.log.damaged").exists()


def test_a_file_of_another_program_is_refused_and_left_alone(launch, tmp_path):
    file = tmp_path / "pushgateway.data"
    file.write_bytes(b"\x29\xff\x8b\x04\x01\x01\x18GroupingKeyToMetricGroup")
    done = run_to_end([executable("narthex-pushgateway"), f"--web.listen-address=127.0.0.1:{free_port()}",
                       f"--persistence.file={file}"])
    assert done.returncode == 1
    assert "is not a file of narthex-pushgateway" in done.stderr + done.stdout
    assert file.read_bytes().startswith(b"\x29\xff\x8b\x04")


def test_two_gateways_do_not_share_a_file(launch, tmp_path):
    file = tmp_path / "push.log"
    launch.pushgateway(f"--persistence.file={file}")
    done = run_to_end([executable("narthex-pushgateway"), f"--web.listen-address=127.0.0.1:{free_port()}",
                       f"--persistence.file={file}"])
    assert done.returncode == 1 and "another process holds it" in done.stderr + done.stdout


def test_paths_move_with_the_prefix(launch):
    port = free_port()
    gateway = launch.pushgateway("--web.external-url=http://example.org/push/", "--web.telemetry-path=/all",
                                 "--web.enable-lifecycle", port=port, ready="/push/-/ready")
    assert push_to(gateway.url + "/push/metrics/job/a", b"m 1\n") == 200
    assert 'm{instance="",job="a"} 1' in get(gateway.url + "/push/all").text
    assert get(gateway.url + "/all").status == 404
    page = get(gateway.url + "/push/")
    assert page.status == 200 and "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert get(gateway.url + "/push/static/pushgateway.js").status == 200
    assert get_json(gateway.url + "/push/api/v1/groups")["data"][0]["labels"] == {"job": "a"}
    assert request(gateway.url + "/push/-/quit", method="PUT").status == 200
    assert gateway.popen.wait(5) == 0


def push_to(url, body):
    return request(url, body, method="PUT").status


def test_utf8_names_where_enabled(launch):
    gateway = launch.pushgateway("--push.enable-utf8-names")
    assert push(gateway, "job/a/U__my_2e_label/v", '{"my.metric"} 1\n')[0] == 200
    wide = get(gateway.url + "/metrics", {"Accept": "text/plain;version=1.0.0;escaping=allow-utf-8"}).text
    assert '{"my.metric",instance="",job="a","my.label"="v"} 1' in wide
    assert 'my_metric{instance="",job="a",my_label="v"} 1' in get(gateway.url + "/metrics").text
    plain = launch.pushgateway()
    assert push(plain, "job/a", '{"my.metric"} 1\n')[0] == 400


def test_the_page_lists_groups_and_writes_no_html_of_pushed_text(launch, tmp_path):
    """In a browser: what is pushed shows as text, whatever it holds."""
    chromium = shutil.which("chromium") or pytest.skip("chromium is not installed")
    gateway = launch.pushgateway()
    push(gateway, "job/%3Cb%3Ebold/instance/i", "m 1\n")
    push(gateway, "job/a/x@base64/PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg", "m 1\n")
    done = run_to_end([chromium, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}/profile",
                       "--virtual-time-budget=5000", "--dump-dom", gateway.url + "/"], timeout=60)
    assert "&lt;b&gt;bold" in done.stdout, done.stderr
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in done.stdout
    assert "<b>bold" not in done.stdout
    assert "2 of 2 groups with 2 series" in done.stdout
