"""Scrapes of the node exporter: what one costs, ours against node exporter 1.11, side by side.

Each run starts one of them with the same collectors (ours that are on by default and that the original
has), measures the time to the first answer, and then reads /metrics at a steady pace. Exporters alternate,
so that what else the machine does falls on both; ratios are formed pair by pair. A last run of each reads
a tree of files as a machine with 512 CPUs, 200 disks and 500 network interfaces has them.

    ./dev bench node_exporter               five pairs, 2 minutes
    ./dev bench node_exporter --runs 1 --scrapes 20

Raw output and JSON stay in build/bench.
"""

import argparse
import http.client
import json
import re
import statistics
import subprocess
import sys
import time

import bench_process as bench
import big_machine
from bench_process import BenchError

OURS = "ours"
PEER = "node exporter 1.11"

# Column, key of a result, format.
COLUMNS = (
    ("CPU ms", "cpu_ms", "{:.2f}"),
    ("p50 ms", "p50_ms", "{:.2f}"),
    ("p99 ms", "p99_ms", "{:.2f}"),
    ("first ms", "first_ms", "{:.1f}"),
    ("anon MB", "anon_mb", "{:.2f}"),
    ("RSS MB", "rss_mb", "{:.2f}"),
    ("samples", "samples", "{:.0f}"),
)


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--runs", type=int, default=5, help="of each exporter (%(default)s)")
    add("--scrapes", type=int, default=200, help="of each run (%(default)s)")
    add("--pause", type=float, default=0.02, help="seconds between two scrapes (%(default)s)")
    add("--only-ours", action="store_true", help="leave the original out")
    return parser.parse_args()


def binary(name):
    if name == OURS:
        return bench.our_binary("narthex-node-exporter")
    return bench.peer_binary("prometheus-node-exporter")


def shared_collectors():
    """Those on by default with us that the original has too."""
    ours = subprocess.run([bench.our_binary("narthex-node-exporter"), "--help"], capture_output=True,
                          text=True, check=True).stdout
    defaults = set(re.findall(r"--\[no-\]collector\.(\w+)\n[^\n]*\(default: true\)", ours))
    theirs = subprocess.run([bench.peer_binary("prometheus-node-exporter"), "--help"], capture_output=True,
                            text=True, check=False)
    return sorted(defaults & set(re.findall(r"--(?:\[no-\])?collector\.(\w+)\s", theirs.stdout + theirs.stderr)))


def choose(collectors):
    return ["--collector.disable-defaults", *(f"--collector.{name}" for name in collectors)]


def scrape(connection):
    """One scrape over a kept connection: (milliseconds, body)."""
    begin = time.perf_counter()
    connection.request("GET", "/metrics", headers={"Accept": "text/plain;version=0.0.4"})
    answer = connection.getresponse()
    body = answer.read()
    took = (time.perf_counter() - begin) * 1000
    if answer.status != 200:
        raise BenchError(f"/metrics answered {answer.status}")
    return took, body


def first_answer(port, begin):
    """Milliseconds from `begin` to the end of the first scrape that is answered."""
    while True:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            scrape(connection)
            return (time.perf_counter() - begin) * 1000
        except ConnectionRefusedError:
            if time.perf_counter() - begin > 10:
                raise BenchError("no answer within 10 s") from None
            time.sleep(0.0005)


def measure(name, flags, folder, options):
    """One run of one exporter."""
    port = bench.free_port()
    command = [binary(name), f"--web.listen-address=127.0.0.1:{port}", *flags]
    begin = time.perf_counter()
    with bench.Process(name, command, folder / "output") as exporter:
        result = {"first_ms": first_answer(port, begin)}
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        for _ in range(10):
            scrape(connection)
        cpu = exporter.cpu_seconds()[0]
        times = []
        for _ in range(options.scrapes):
            took, body = scrape(connection)
            times.append(took)
            time.sleep(options.pause)
        result["cpu_ms"] = (exporter.cpu_seconds()[0] - cpu) * 1000 / options.scrapes
        memory = exporter.memory_bytes()
    times.sort()
    result["p50_ms"] = statistics.median(times)
    result["p99_ms"] = times[min(len(times) - 1, int(len(times) * 0.99))]
    result["anon_mb"] = memory["RssAnon"] / 1e6
    result["rss_mb"] = memory["VmRSS"] / 1e6
    result["samples"] = sum(1 for line in body.splitlines() if line and not line.startswith(b"#"))
    return result


def show(title, results):
    print(f"\n{title:24}" + "".join(f"{column:>12}" for column, *_ in COLUMNS))
    for name, runs in results.items():
        cells = [form.format(statistics.median([run[key] for run in runs])) for _, key, form in COLUMNS]
        print(f"{name:24}" + "".join(f"{cell:>12}" for cell in cells))
    if len(results) == 2:
        ratios = [statistics.median([b[key] / a[key] for a, b in zip(results[OURS], results[PEER])])
                  for _, key, _ in COLUMNS]
        print(f"{'original / ours':24}" + "".join(f"{ratio:>11.2f}x" for ratio in ratios))


def main():
    options = parse_arguments()
    folder = bench.ROOT / "build/bench/node_exporter"
    folder.mkdir(parents=True, exist_ok=True)
    names = [OURS] if options.only_ours else [OURS, PEER]
    collectors = shared_collectors()
    if len(collectors) < 40:
        raise BenchError(f"only {len(collectors)} collectors in common: {collectors}")
    flags = choose(collectors)
    print(f"{len(collectors)} collectors: {' '.join(collectors)}")
    tree = folder / "big"
    big_machine.write(tree)
    big_flags = choose([name for name in collectors if name not in big_machine.ABSENT]) + big_machine.flags(tree)
    report = {}
    for title, chosen in (("this machine", flags), ("512 CPUs", big_flags)):
        results = report[title] = {name: [] for name in names}
        for run in range(options.runs):
            for name in names if run % 2 == 0 else reversed(names):
                result = measure(name, chosen, folder, options)
                results[name].append(result)
                print(f"{title}: {name}: {json.dumps(result)}", flush=True)
        show(title, results)
    raw = folder / time.strftime("%Y%m%d-%H%M%S.json")
    raw.write_text(json.dumps({"options": vars(options), "results": report}, indent=1))
    print(f"raw results: {raw}")


if __name__ == "__main__":
    try:
        main()
    except BenchError as error:
        sys.exit(f"node_exporter: {error}")
