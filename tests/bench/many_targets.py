"""Ten thousand targets of ten series, a tenth of which are the worst there are: 500 take a connection
and never answer, 300 never take one, 200 have names whose server never answers.

The server gets a resolver that keeps silent, so the bench wants the right to mount. It counts scrapes
of the good targets that are missing in the storage, how late scrapes began, threads, and memory by
target: that at the end, less that of a server with one target.

    ./dev bench many_targets [--seconds 60]
"""

import argparse
import contextlib
import json
import pathlib
import socket
import sys
import tempfile
import threading
import time

import bench_process as bench
from bench_process import BenchError
from ingest import free_port_range

GENERATED = 3000  # ports of the generator; each serves three targets
SILENT, CLOSED, NAMELESS = 500, 300, 200
GOOD = 3 * GENERATED
NAME_SERVER = "127.0.0.53"


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=60, help="measured, of whole intervals (%(default)s)")
    parser.add_argument("--interval", type=int, default=15, help="(%(default)s)")
    return parser.parse_args()


def targets(port_base, silent_port, closed_port):
    """Groups of scrape_configs; those of one address are told apart by a label."""
    def group(kind, addresses, label):
        return {"targets": addresses, "labels": {"kind": kind, "n": str(label)}}

    yield from (group("good", [f"127.0.0.1:{port_base + i}" for i in range(GENERATED)], shard) for shard in range(3))
    yield from (group("silent", [f"127.0.0.1:{silent_port}"], i) for i in range(SILENT))
    yield from (group("closed", [f"127.0.0.1:{closed_port}"], i) for i in range(CLOSED))
    yield group("nameless", [f"t{i}.test:80" for i in range(NAMELESS)], 0)


def accept_and_keep(listener, kept):
    with contextlib.suppress(OSError):
        while True:
            kept.append(listener.accept()[0])


@contextlib.contextmanager
def bad_targets():
    """The port that takes connections and never answers, and the one that takes none."""
    kept = []
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as silent, socket.socket() as closed, \
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as names:
        threading.Thread(target=accept_and_keep, args=(silent, kept), daemon=True).start()
        closed.bind(("127.0.0.1", 0))
        closed.listen(0)
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                filler.connect(closed.getsockname())
        names.bind((NAME_SERVER, 53))
        yield silent.getsockname()[1], closed.getsockname()[1]
        for connection in kept + fillers:
            connection.close()


def start_server(folder, groups, options):
    folder.mkdir()
    (folder / "prometheus.yml").write_text(json.dumps({
        "global": {"scrape_interval": f"{options.interval}s", "scrape_timeout": "10s"},
        "scrape_configs": [{"job_name": "load", "static_configs": groups}]}))
    (folder / "resolv.conf").write_text(f"nameserver {NAME_SERVER}\n")
    port = bench.free_port()
    mounted = f"mount --bind {folder}/resolv.conf /etc/resolv.conf && exec \"$@\""
    server = bench.Process("narthex-server", [
        "unshare", "-m", "sh", "-c", mounted, "sh", bench.our_binary("narthex-server"), f"--config.file={folder}/prometheus.yml",
        f"--storage.tsdb.path={folder}/data", f"--web.listen-address=127.0.0.1:{port}"], folder / "log")
    url = f"http://127.0.0.1:{port}"
    server.wait_until(lambda: bench.fetch(url + "/-/ready"), "readiness")
    return server, url


def threads_of(pid):
    return len(list(pathlib.Path(f"/proc/{pid}/task").iterdir()))


def lateness_quantile(before, after, share):
    """The upper bound of the bucket in which that share of the scrapes between two expositions ends."""
    def buckets(text):
        prefix = "narthex_scrape_lateness_seconds_bucket{le=\""
        return {line[len(prefix):].split('"')[0]: float(line.rsplit(" ", 1)[1])
                for line in text.splitlines() if line.startswith(prefix)}
    first, last = buckets(before), buckets(after)
    counts = {bound: last[bound] - first[bound] for bound in last}
    return next(bound for bound, count in counts.items() if count >= share * counts["+Inf"])


def measure(url, server, options):
    before, cpu, begin = bench.fetch(url + "/metrics"), server.cpu_seconds()[0], time.time()
    most_threads = 0
    while time.time() < begin + options.seconds:
        most_threads = max(most_threads, threads_of(server.pid))
        server.check_alive()
        time.sleep(0.5)
    after, cores = bench.fetch(url + "/metrics"), (server.cpu_seconds()[0] - cpu) / (time.time() - begin)
    window = f"[{options.seconds}s] @ {begin + options.seconds:.3f}"
    expected = options.seconds // options.interval
    complete = bench.query_one(url, f'count(count_over_time(up{{kind="good"}}{window}) == {expected})')
    failed = bench.query_one(url, f'count(min_over_time(up{{kind="good"}}{window}) < 1)')
    samples = bench.query_one(url, f'sum(sum_over_time(scrape_samples_scraped{{kind="good"}}{window}))')
    missed = bench.metric(after, "narthex_scrapes_missed_total") - bench.metric(before, "narthex_scrapes_missed_total")
    print(f"good targets with every one of {expected} scrapes: {complete:.0f} of {GOOD}; that failed once: {failed:.0f}; "
          f"samples {samples:.0f}; scrapes left out, of all targets: {missed:.0f}")
    for share in (0.5, 0.99, 0.999):
        print(f"{share:.1%} of all scrapes began at most {lateness_quantile(before, after, share)} s late")
    print(f"CPU {cores:.3f} of a core; threads at most {most_threads}")


def run(options, folder):
    port_base = free_port_range(GENERATED)
    with bad_targets() as (silent_port, closed_port), \
            bench.Process("narthex-bench-targets", [
                bench.our_binary("narthex-bench-targets"), f"--targets={GENERATED}", "--series=10", "--churn=0",
                f"--port-base={port_base}"], folder / "targets.log") as load:
        load.wait_until(lambda: bench.fetch(f"http://127.0.0.1:{port_base}/stats"), "an answer")
        groups = list(targets(port_base, silent_port, closed_port))
        alone, url = start_server(folder / "alone", [groups[3]], options)
        with alone:
            alone.wait_until(lambda: bench.query_one(url, "count(up)") == 1, "a first scrape", timeout=120)
            base = alone.memory_bytes()["RssAnon"]
        server, url = start_server(folder / "many", groups, options)
        with server:
            count = len(groups) - 4 + GOOD + NAMELESS
            server.wait_until(lambda: bench.query_one(url, "count(up)") >= count, "a scrape of each", timeout=180)
            measure(url, server, options)
            memory = server.memory_bytes()["RssAnon"]
        print(f"anonymous memory {memory / 1e6:.1f} MB, alone {base / 1e6:.1f} MB: "
              f"{(memory - base) / count / 1000:.1f} kB by target, its series among it")


if __name__ == "__main__":
    try:
        with tempfile.TemporaryDirectory() as scratch:
            run(parse_arguments(), pathlib.Path(scratch))
    except BenchError as error:
        sys.exit(f"bench: {error}")
