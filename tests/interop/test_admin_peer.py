"""Deletions and snapshots move both ways between our server and prometheus 3.5."""

import json
import time

from harness import poll, query, request
from remote_write import push, sample_field
from test_blocks_peer import blocks_of
from test_data_directory import idle_config

SHORT = ["--storage.tsdb.min-block-duration=1m", "--storage.tsdb.max-block-duration=1m"]
ADMIN = ["--web.enable-admin-api"]
SECONDS = 300


def admin(server, path, **parameters):
    text = "&".join(f"{name}={value}" for name, value in parameters.items())
    return request(f"{server.url}/api/v1/admin/tsdb/{path}?{text}", data=b"", method="POST")


def raw(server, end_s):
    return {tuple(sorted(labels.items())): [(float(at), float(value)) for at, value in values]
            for labels, values in query(server.url, f"m[{2 * SECONDS}s]", time=end_s)}


def write(server):
    start_s = int(time.time()) - SECONDS
    for second in range(SECONDS):
        push(server.url, [({"__name__": "m", "n": str(n)}, [sample_field(second * n, (start_s + second) * 1000)])
                          for n in range(6)])
    return start_s, start_s + SECONDS


def delete_some(server, start_s):
    """In what is in blocks and in what is not."""
    for n, first, last in ((1, 10, 50), (2, 100, 250), (3, 270, 290), (4, 0, SECONDS)):
        answer = admin(server, "delete_series", **{"match[]": f"m%7Bn%3D%22{n}%22%7D", "start": start_s + first,
                                                   "end": start_s + last})
        assert answer.status == 204, answer.text


def check(samples, start_s):
    assert len(samples[(("__name__", "m"), ("n", "0"))]) == SECONDS
    assert len(samples[(("__name__", "m"), ("n", "1"))]) == SECONDS - 41
    assert all(not 270 <= at - start_s <= 290 for at, _ in samples[(("__name__", "m"), ("n", "3"))])
    assert (("__name__", "m"), ("n", "4")) not in samples


def test_what_prometheus_deleted_stays_deleted(launch, tmp_path, notice):
    config, data = idle_config(tmp_path), tmp_path / "data"
    prometheus = launch.peer_prometheus(config, data, "--web.enable-remote-write-receiver", *ADMIN)
    start_s, end_s = write(prometheus)
    delete_some(prometheus, start_s)
    before = raw(prometheus, end_s)
    check(before, start_s)
    prometheus.kill()
    ours = launch.server(config, data)
    assert raw(ours, end_s) == before
    ours.kill()
    ours = launch.server(config, data, *SHORT)
    poll(lambda: len(blocks_of(data)) >= 3, "blocks", timeout=60)
    assert raw(ours, end_s) == before
    notice(f"{sum(map(len, before.values()))} samples left and equal, from the log and from blocks")


def test_prometheus_keeps_deleted_what_our_server_did(launch, tmp_path, notice):
    config, data = idle_config(tmp_path), tmp_path / "data"
    prometheus = launch.peer_prometheus(config, data, "--web.enable-remote-write-receiver")
    start_s, end_s = write(prometheus)
    prometheus.kill()
    ours = launch.server(config, data)
    assert admin(ours, "clean_tombstones").status == 500
    ours.kill()
    ours = launch.server(config, data, *SHORT, *ADMIN)
    poll(lambda: len(blocks_of(data)) >= 3, "blocks", timeout=60)
    delete_some(ours, start_s)
    before = raw(ours, end_s)
    check(before, start_s)
    answer = admin(ours, "snapshot")
    assert answer.status == 200, answer.text
    snapshot = data / "snapshots" / answer.json()["data"]["name"]
    ours.kill()
    for what, folder in (("directory", data), ("snapshot", snapshot)):
        prometheus = launch.peer_prometheus(config, folder, *ADMIN)
        assert raw(prometheus, end_s) == before, what
        assert "corrupt" not in prometheus.log.lower()
        prometheus.kill()
    ours = launch.server(config, data, *ADMIN)
    assert admin(ours, "clean_tombstones").status == 204
    assert raw(ours, end_s) == before
    metas = [json.loads((block / "meta.json").read_text()) for block in blocks_of(data)]
    assert all(meta["stats"].get("numTombstones", 0) == 0 for meta in metas)
    notice(f"{sum(map(len, before.values()))} samples left and equal, in the directory and in a snapshot of it")
