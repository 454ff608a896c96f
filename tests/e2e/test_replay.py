"""What a server does while it reads a long log at its start: it answers, and scrapes."""

import threading
import time

from harness import executable, get, get_json, poll, query, query_one, run_to_end, scrape
from targets import Target

SERIES = 60_000
BODY = "".join(f'big_total{{n="{n}",instance_kind="of the large target"}} {n}\n' for n in range(SERIES))


def watch(url, seen, ended):
    """Asks all the time how far the replay is, until the server is ready."""
    while not ended.is_set():
        try:
            state = get(f"{url}/api/v1/status/walreplay")
            answer = get(f"{url}/api/v1/query", query="1")
            ready = get(f"{url}/-/ready")
        except OSError:
            continue  # not listening yet
        seen.append((time.time(), state.json()["data"], answer.status, ready.status))
        if ready.status == 200:
            return


def config_of(path, big, small):
    path.write_text("scrape_configs:\n"
                    f"- {{job_name: big, scrape_interval: 5s, scrape_timeout: 5s, static_configs: [{{targets: ['{big}']}}]}}\n"
                    f"- {{job_name: small, scrape_interval: 20ms, scrape_timeout: 20ms, static_configs: [{{targets: ['{small}']}}]}}\n")
    return path


def test_it_answers_and_scrapes_while_it_replays(launch, tmp_path, notice):
    big, small = Target(BODY), Target("small 1\n")
    config = config_of(tmp_path / "p.yml", big.address, small.address)
    data = tmp_path / "data"
    try:
        first = launch.server(config, data)
        poll(lambda: query_one(first.url, "count(big_total)") == SERIES, "a scrape", timeout=60, interval=0.2)
        done = get_json(f"{first.url}/api/v1/status/walreplay")["data"]
        assert done["state"] == "done" and done["current"] == done["max"]
        first.kill()
        big.stop()
        killed = time.time()
        seen, ended = [], threading.Event()
        second = launch.server(config, data, ready=None)
        watcher = threading.Thread(target=watch, args=(second.url, seen, ended))
        watcher.start()
        second.wait_ready(timeout=60)
        watcher.join(timeout=20)
        ended.set()
    finally:
        small.stop()
    ready_at = next(at for at, _, _, ready in seen if ready == 200)
    before = [(state, answer) for _, state, answer, ready in seen if ready == 503]
    assert before, "the replay was over before anybody could ask"
    assert all(state["state"] in ("waiting", "in progress", "done") for state, _ in before)
    assert any(state["state"] == "in progress" for state, _ in before), before
    assert all(state["min"] <= state["current"] <= state["max"] for state, _ in before)
    assert before[0][1] == 503
    [[_, samples]] = query(second.url, 'up{job="small"}[5m]')  # well or not, a scrape is told of
    queued = [at for at, _ in samples if killed < float(at) < ready_at]
    assert queued, "nothing was scraped before the server was ready"
    assert query_one(second.url, "count(count_over_time(big_total[10m]))") == SERIES
    notice(f"{len(before)} answers during {ready_at - killed:.1f} s of start, {len(queued)} scrapes queued")


def all_samples(data):
    """How many a directory has that no server uses."""
    dumped = run_to_end([executable("narthex-tool"), "tsdb", "dump", str(data)], timeout=120)
    assert dumped.returncode == 0, dumped.stderr
    return dumped.stdout.count("\n")


def test_what_is_scraped_while_it_replays_outlives_the_next_kill(launch, tmp_path, notice):
    big, small = Target(BODY), Target("small 1\n")
    config = config_of(tmp_path / "p.yml", big.address, small.address)
    data = tmp_path / "data"
    kills, cut_short, stored = 6, 0, 0
    try:
        first = launch.server(config, data)
        poll(lambda: query_one(first.url, "max(count_over_time(big_total[1m]))") >= 2, "two scrapes", timeout=60, interval=0.2)
        first.kill()
        big.stop()
        before = all_samples(data)
        for _ in range(kills):
            server = launch.server(config, data, ready=None)
            # It counts what is logged, and is killed as soon as that is something.
            stored += poll(lambda: scrape(server.url).value("prometheus_tsdb_head_samples_appended_total", type="float"),
                           "a scrape in the log", timeout=60, interval=0.001)
            cut_short += "log replayed" not in server.log
            server.kill()
    finally:
        small.stop()
    after = all_samples(data)
    assert after >= before + stored, f"{before} samples, {stored} more stored, {after} left"
    assert cut_short, "every replay was over before anything was scraped"
    notice(f"killed {kills} times, {cut_short} of them in the replay: {stored:.0f} samples counted, {after - before} found")
