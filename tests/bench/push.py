"""Pushes: what a PUT and a scrape cost, ours against pushgateway 1.11, side by side in one session.

Each run starts one gateway and pushes 50 metrics to each of 1,000 groups in turn, every value new each
time: first once to each group, then from 8 connections as fast as answers come, then at a rate that
both can bear. After that /metrics is read a few times. Gateways alternate, so that what else the
machine does falls on both; ratios are formed pair by pair. Ours checks each push; the original runs
with its check off, with which it answers before it has done anything, and once with its check on.

    ./dev bench push                     five pairs, 5 minutes
    ./dev bench push --runs 1 --seconds 5

Raw output and JSON stay in build/bench.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time

import bench_process as bench
from bench_process import BenchError

GENERATOR = "narthex-bench-pushes"
OURS = "ours"
PEER = "pushgateway, check off"
PEER_CHECKED = "pushgateway, check on"

# Column, key of a result, format, whether higher is better.
COLUMNS = (
    ("PUT/s", "rate", "{:.0f}", True),
    ("p50 ms", "p50_ms", "{:.2f}", False),
    ("p99 ms", "p99_ms", "{:.2f}", False),
    ("p99 ms paced", "paced_p99_ms", "{:.2f}", False),
    ("CPU us/PUT", "cpu_us", "{:.0f}", False),
    ("/metrics ms", "scrape_ms", "{:.1f}", False),
    ("anon MB", "anon_mb", "{:.1f}", False),
    ("peak RSS MB", "peak_mb", "{:.1f}", False),
)


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--runs", type=int, default=5, help="of each gateway (%(default)s)")
    add("--seconds", type=int, default=10, help="of each load (%(default)s)")
    add("--groups", type=int, default=1000, help="(%(default)s)")
    add("--metrics", type=int, default=50, help="of each push (%(default)s)")
    add("--connections", type=int, default=8, help="(%(default)s)")
    add("--paced", type=int, default=1000, help="pushes a second of the paced load (%(default)s)")
    add("--persist", action="store_true", help="both keep their metrics in a file")
    return parser.parse_args()


def command_of(name, port, folder, options):
    address = f"--web.listen-address=127.0.0.1:{port}"
    if name == OURS:
        file = [f"--persistence.file={folder / 'ours.log'}"] if options.persist else []
        return [bench.our_binary("narthex-pushgateway"), address, *file]
    # Debian's build has a file by default, upstream's has none.
    file = folder / "peer.data" if options.persist else ""
    command = [bench.peer_binary("prometheus-pushgateway"), address, f"--persistence.file={file}"]
    return command + (["--push.disable-consistency-check"] if name == PEER else [])


def load(port, options, **flags):
    flags = {"groups": options.groups, "metrics": options.metrics, **flags}
    command = [bench.our_binary(GENERATOR), f"--port={port}",
               *(f"--{key}={value}" for key, value in flags.items())]
    done = subprocess.run(command, capture_output=True, text=True, timeout=700)
    if done.returncode:
        raise BenchError(f"{GENERATOR}: {done.stderr}")
    result = json.loads(done.stdout)
    if result["refused"]:
        raise BenchError(f"{result['refused']} pushes were refused")
    return result


def measure(name, folder, options):
    """One run of one gateway."""
    port = bench.free_port()
    url = f"http://127.0.0.1:{port}"
    for file in folder.glob("*.log*"):
        file.unlink()
    with bench.Process(name, command_of(name, port, folder, options), folder / "output") as gateway:
        gateway.wait_until(lambda: bench.fetch(url + "/-/ready"), "ready")
        slow = name == PEER_CHECKED
        groups = options.groups // 10 if slow else options.groups
        load(port, options, groups=groups, pushes=groups, connections=2, time="300s")
        cpu = gateway.cpu_seconds()[0]
        result = load(port, options, groups=groups, connections=options.connections,
                      time=f"{options.seconds}s")
        result["cpu_us"] = (gateway.cpu_seconds()[0] - cpu) * 1e6 / max(1, result["pushes"])
        result["rate"] = result["pushes"] / result["seconds"]
        if not slow:
            paced = load(port, options, connections=options.connections, time=f"{options.seconds}s",
                         rate=options.paced)
            result["paced_p99_ms"] = paced["p99_ms"]
            result["scrape_ms"] = median_scrape(url, options)
        memory = gateway.memory_bytes()
        result["anon_mb"] = memory["RssAnon"] / 1e6
        result["peak_mb"] = memory["VmHWM"] / 1e6
        return result


def median_scrape(url, options):
    """Milliseconds of a scrape, once everything pushed is to be seen."""
    wanted = options.groups * options.metrics
    for _ in range(100):
        page = bench.fetch(url + "/metrics")
        if page.count("batch_step_") >= wanted:
            break
        time.sleep(0.1)  # the original answers before it has stored
    if page.count('\nbatch_step_') < wanted:
        raise BenchError(f"/metrics shows {page.count('batch_step_')} lines, want {wanted}")
    times = []
    for _ in range(7):
        begin = time.perf_counter()
        bench.fetch(url + "/metrics")
        times.append((time.perf_counter() - begin) * 1000)
    return statistics.median(times)


def show(rows):
    print(f"\n{'':24}" + "".join(f"{title:>14}" for title, *_ in COLUMNS))
    for name, results in rows:
        cells = []
        for _, key, form, _ in COLUMNS:
            values = [result[key] for result in results if key in result]
            cells.append(form.format(statistics.median(values)) if values else "-")
        print(f"{name:24}" + "".join(f"{cell:>14}" for cell in cells))


def show_ratios(ours, peers):
    """Of each column, how often ours goes into theirs, pair by pair; above 1 ours is better."""
    cells = []
    for _, key, _, higher in COLUMNS:
        ratios = [a[key] / b[key] if higher else b[key] / a[key] for a, b in zip(ours, peers)]
        cells.append(f"{statistics.median(ratios):.1f}x")
    print(f"{'ours better by':24}" + "".join(f"{cell:>14}" for cell in cells))


def main():
    options = parse_arguments()
    folder = bench.ROOT / "build/bench/push"
    folder.mkdir(parents=True, exist_ok=True)
    results = {OURS: [], PEER: [], PEER_CHECKED: []}
    order = [(OURS, PEER) if run % 2 == 0 else (PEER, OURS) for run in range(options.runs)]
    for name in [name for pair in order for name in pair] + [PEER_CHECKED]:
        result = measure(name, folder, options)
        results[name].append(result)
        print(f"{name}: {json.dumps(result)}", flush=True)
    show(results.items())
    show_ratios(results[OURS], results[PEER])
    raw = folder / time.strftime("%Y%m%d-%H%M%S.json")
    raw.write_text(json.dumps({"options": vars(options), "results": results}, indent=1))
    print(f"raw results: {raw}")


if __name__ == "__main__":
    try:
        main()
    except BenchError as error:
        sys.exit(f"push: {error}")
