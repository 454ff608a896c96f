"""Restart after kill -9: how soon a server scrapes again and answers, ours beside a peer, on copies
of one directory.

Ours scrapes narthex-bench-targets until every series has so many samples in the log, and is killed.
Then each server in turn is started on a copy of what is left: measured are the seconds until the
first scrape arrives at a target, the seconds and CPU seconds until /-/ready answers 200, and the
peak of anonymous memory until then. A run counts only if a query finds every series afterwards.

    ./dev bench restart                                    a million series, three rounds
    ./dev bench restart --targets 100 --rounds 1           a hundred thousand

CPU seconds are what a busy machine leaves comparable. Raw results stay in build/bench.
"""

import argparse
import json
import pathlib
import shutil
import statistics
import sys
import time

import bench_process as bench
import ingest
from bench_process import BenchError

OURS = ingest.OURS


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--targets", type=int, default=1000, help="(%(default)s)")
    add("--series", type=int, default=1000, help="of each target (%(default)s)")
    add("--scrapes", type=int, default=9, help="of each target before the kill (%(default)s)")
    add("--interval", default="15s", help="between scrapes (%(default)s)")
    add("--rounds", type=int, default=3, help="of all servers (%(default)s)")
    add("--peer", default="prometheus", choices=["prometheus"])
    options = parser.parse_args()
    options.churn = options.port_base = 0
    options.gzip = False
    return options


def command_of(name, config, data, port):
    server = ingest.SERVERS[name]
    find = bench.our_binary if name == OURS else bench.peer_binary
    return [find(server.binary), *[flag.format(config=config, data=data, port=port) for flag in server.flags]]


def write_log(options, load, folder):
    """A directory as kill -9 leaves it."""
    config, data, port = folder / "prometheus.yml", folder / "killed", bench.free_port()
    ingest.write_config(config, options, load.port_base)
    with bench.Process(OURS, command_of(OURS, config, data, port), folder / "first.log") as process:
        process.wait_until(lambda: load.stats()["scrapes_total"] >= options.targets * options.scrapes,
                           f"{options.scrapes} scrapes of each target", timeout=1800)
        process.kill()
    return config, data


def is_ready(url):
    try:
        bench.fetch(url + "/-/ready", timeout=5)
        return True
    except (OSError, BenchError):
        return False


def restart(name, options, load, folder, config, killed):
    data, port = folder / "data", bench.free_port()
    shutil.rmtree(data, ignore_errors=True)
    shutil.copytree(killed, data)
    (data / "lock").unlink(missing_ok=True)
    url = f"http://127.0.0.1:{port}"
    before = load.stats()["scrapes_total"]
    begin = time.monotonic()
    with bench.Process(name, command_of(name, config, data, port), folder / f"{name}.log") as process:
        scraping = None
        anon = 0
        while not is_ready(url):
            process.check_alive()
            if time.monotonic() - begin > 600:
                raise BenchError(f"{name} is not ready after ten minutes")
            if scraping is None and load.stats()["scrapes_total"] > before:
                scraping = time.monotonic() - begin
            anon = max(anon, process.memory_bytes()["RssAnon"])
            time.sleep(0.01)
        ready, cpu = time.monotonic() - begin, process.cpu_seconds()[0]
        while scraping is None:
            if load.stats()["scrapes_total"] > before:
                scraping = time.monotonic() - begin
            time.sleep(0.01)
        series = bench.query_one(url, 'count({pod!=""})')
    expected = options.targets * options.series
    if series < expected:
        raise BenchError(f"{name}: {series:.0f} series, want {expected}")
    return {"server": name, "scraping_s": scraping, "ready_s": ready, "ready_cpu_s": cpu, "anon_mb": anon / 1e6}


def main():
    options = parse_arguments()
    folder = pathlib.Path("build/bench/restart")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    results = []
    with ingest.Load(options, folder) as load:
        config, killed = write_log(options, load, folder)
        for _ in range(options.rounds):
            for name in (OURS, options.peer):
                results.append(restart(name, options, load, folder, config, killed))
                print(json.dumps(results[-1]), flush=True)
    (folder / "results.json").write_text(json.dumps(results, indent=1))
    for key in ("scraping_s", "ready_s", "ready_cpu_s", "anon_mb"):
        ours, theirs = (statistics.median(r[key] for r in results if r["server"] == name) for name in (OURS, options.peer))
        print(f"{key}: ours {ours:.2f}, {options.peer} {theirs:.2f}, theirs to ours {theirs / ours:.1f}")


if __name__ == "__main__":
    try:
        main()
    except BenchError as error:
        sys.exit(f"restart: {error}")
