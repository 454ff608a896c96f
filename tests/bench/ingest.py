"""Ingest: what a scraped sample costs, ours against a peer, side by side in one session.

Each run starts one server with an empty data directory against narthex-bench-targets, waits until
every series exists, and measures a window of whole scrape intervals: CPU seconds a million samples
scraped, memory, bytes of write-ahead log a sample. Servers alternate, so that what else the machine
does falls on both; ratios are formed pair by pair. A run counts only if the server kept up with the
interval and answers with every series and sample that the generator served.

    ./dev bench ingest                          five pairs with prometheus, 12 minutes
    ./dev bench ingest --peer victoria-metrics --runs 2 --seconds 30
    ./dev bench ingest --profile --runs 0       nothing but a run of ours under perf

Raw output and JSON stay in build/bench.
"""

import argparse
import dataclasses
import json
import os
import pathlib
import platform
import re
import shutil
import socket
import statistics
import subprocess
import sys
import time

import bench_process as bench
from bench_process import BenchError

OURS = "narthex-server"
# Longer than a run: what it has stored.
ALL_TIME = "1h"
MAX_COUNTED_SAMPLES = 40_000_000  # a default Prometheus refuses queries of more than 50 million


@dataclasses.dataclass(frozen=True)
class Server:
    """How to start a server on (config, data directory, port), and where it keeps its log."""

    binary: str
    flags: tuple
    log_dir: str  # below the data directory; empty where there is none
    series_metric: str
    ready_path: str = "/-/ready"


PROMETHEUS_FLAGS = (
    "--config.file={config}",
    "--storage.tsdb.path={data}",
    "--web.listen-address=127.0.0.1:{port}",
)
SERVERS = {
    OURS: Server(OURS, PROMETHEUS_FLAGS, "wal", "prometheus_tsdb_head_series"),
    "prometheus": Server("prometheus", PROMETHEUS_FLAGS, "wal", "prometheus_tsdb_head_series"),
    "victoria-metrics": Server(
        "victoria-metrics",
        (
            "-promscrape.config={config}",
            "-storageDataPath={data}",
            "-httpListenAddr=127.0.0.1:{port}",
        ),
        "",
        'vm_cache_entries{type="storage/hour_metric_ids"}',
        "/health",
    ),
}

# Column, key of a result, format. Lower is better in each.
COLUMNS = (
    ("CPU s/M samples", "cpu_per_million", "{:.3f}"),
    ("user", "user_per_million", "{:.2f}"),
    ("system", "system_per_million", "{:.2f}"),
    ("anon MB", "anon_mb", "{:.1f}"),
    ("RSS MB", "rss_mb", "{:.1f}"),
    ("anon B/series", "anon_bytes_per_series", "{:.0f}"),
    ("log B/sample", "log_bytes_per_sample", "{:.2f}"),
)
RATIOS = ("cpu_per_million", "anon_bytes_per_series", "log_bytes_per_sample")


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--runs", type=int, default=5, help="of each server (%(default)s)")
    add("--seconds", type=int, default=60, help="measured in a run (%(default)s)")
    add("--warm-up", type=int, default=15, help="seconds before (%(default)s)")
    add("--targets", type=int, default=100, help="(%(default)s)")
    add("--series", type=int, default=1000, help="of each target (%(default)s)")
    add("--interval", default="5s", help="between scrapes (%(default)s)")
    add("--churn", type=int, default=1, help="percent of the series new at a scrape (%(default)s)")
    add("--gzip", action="store_true", help="targets compress what they answer")
    add("--peer", action="append", choices=[name for name in SERVERS if name != OURS],
        help="may be repeated (prometheus)")
    add("--peers-only", action="store_true", help="leave ours out")
    add("--port-base", type=int, default=0, help="of the targets (a free range from 20000 on)")
    add("--profile", action="store_true", help="one more run of ours under perf record -g")
    options = parser.parse_args()
    options.peer = options.peer or ["prometheus"]
    if not re.fullmatch(r"[1-9][0-9]*s", options.interval):
        parser.error("--interval wants whole seconds, as in 5s")
    options.interval_s = int(options.interval[:-1])
    if options.seconds % options.interval_s:
        parser.error("--seconds must be a multiple of --interval")
    return options


def free_port_range(count):
    """The first of `count` ports in a row that nobody listens on, below the ephemeral ones."""
    for first in range(20000, 32000 - count, count):
        try:
            for port in range(first, first + count):
                with socket.socket() as probe:
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    probe.bind(("127.0.0.1", port))
            return first
        except OSError:
            continue
    raise BenchError(f"no {count} free ports in a row between 20000 and 32000")


def write_config(path, options, port_base):
    targets = ", ".join(f"'127.0.0.1:{port_base + i}'" for i in range(options.targets))
    path.write_text(
        f"global:\n  scrape_interval: {options.interval}\n"
        "scrape_configs:\n  - job_name: load\n"
        f"    static_configs:\n      - targets: [{targets}]\n"
    )


class Load:
    """The target generator."""

    def __init__(self, options, directory):
        self.port_base = options.port_base or free_port_range(options.targets)
        self._url = f"http://127.0.0.1:{self.port_base}/stats"
        command = [
            bench.our_binary("narthex-bench-targets"),
            f"--targets={options.targets}",
            f"--series={options.series}",
            f"--churn={options.churn}",
            f"--port-base={self.port_base}",
        ] + ["--gzip"] * options.gzip
        self._process = bench.Process("narthex-bench-targets", command, directory / "targets.log")

    def __enter__(self):
        try:
            self._process.wait_until(self._answers, "an answer of its own")
        except BenchError:
            self._process.stop()
            raise
        return self

    def _answers(self):
        return bench.metric(bench.fetch(self._url), "bench_process_id ") == self._process.pid

    def __exit__(self, *_):
        self._process.stop()

    def stats(self):
        text = bench.fetch(self._url)
        keys = ("scrapes_total", "samples_total", "body_bytes_total", "cpu_seconds_total")
        return {key: bench.metric(text, f"bench_{key} ") for key in keys}


def snapshot(process, load, log_dir):
    total, user, system = process.cpu_seconds()
    return {
        "time": time.monotonic(),
        "cpu": total,
        "user": user,
        "system": system,
        "log_bytes": bench.tree_bytes(log_dir) if log_dir else 0,
        **load.stats(),
    }


def measure(process, load, log_dir, options):
    """Snapshots around the window, and the memory seen once an interval in between."""
    before = snapshot(process, load, log_dir)
    memory = []
    for step in range(1, options.seconds // options.interval_s + 1):
        time.sleep(max(0, before["time"] + step * options.interval_s - time.monotonic()))
        process.check_alive()
        memory.append(process.memory_bytes())
    return before, snapshot(process, load, log_dir), memory


def verify(base_url, load, options):
    """Raises unless every series and every sample served is there. Returns what it saw."""
    expected_series = options.targets * options.series
    checks = {
        "series": (bench.query_one(base_url, 'count({pod!=""})'), expected_series),
        "targets up": (bench.query_one(base_url, "sum(up)"), options.targets),
        "targets ever down": (
            bench.query_one(base_url, f"count(min_over_time(up[{ALL_TIME}]) < 1)"), 0),
        "samples of the last scrapes": (
            bench.query_one(base_url, "sum(scrape_samples_scraped)"), expected_series),
    }
    for what, (seen, expected) in checks.items():
        if seen != expected:
            raise BenchError(f"{what}: {seen:.0f}, want {expected}")
    before = load.stats()["samples_total"]
    if before > MAX_COUNTED_SAMPLES:
        return {"stored": None, "served": before}
    # Name by name, because count_over_time drops the name and would then meet equal label sets.
    stored = sum(
        bench.query_one(base_url, f"sum(count_over_time({labels['__name__']}[{ALL_TIME}]))")
        for labels, _ in bench.query(base_url, 'count by (__name__) ({pod!=""})'))
    after = load.stats()["samples_total"]
    in_flight = 2 * expected_series / options.interval_s  # served in two seconds
    if not before - in_flight <= stored <= after:
        raise BenchError(f"samples: {stored:.0f} stored, {before:.0f} to {after:.0f} were served")
    return {"stored": stored, "served": before}


def summarise(name, before, after, memory, series, options):
    samples = after["samples_total"] - before["samples_total"]
    due = options.targets * options.series * options.seconds / options.interval_s
    if abs(samples - due) > 0.03 * due:
        raise BenchError(f"{name} did not keep the interval: {samples:.0f} samples, due {due:.0f}")
    millions = samples / 1e6
    anon = statistics.median(m["RssAnon"] for m in memory)
    spent = {key: after[key] - before[key] for key in after}
    return {
        "server": name,
        "samples": samples,
        "seconds": spent["time"],
        "cpu_seconds": spent["cpu"],
        "cpu_per_million": spent["cpu"] / millions,
        "user_per_million": spent["user"] / millions,
        "system_per_million": spent["system"] / millions,
        "series": series,
        "anon_mb": anon / 1e6,
        "anon_end_mb": memory[-1]["RssAnon"] / 1e6,
        "rss_mb": statistics.median(m["VmRSS"] for m in memory) / 1e6,
        "rss_peak_mb": memory[-1]["VmHWM"] / 1e6,
        "anon_bytes_per_series": anon / series,
        "log_bytes_per_sample": spent["log_bytes"] / samples,
        "generator_cpu_per_million": spent["cpu_seconds_total"] / millions,
    }


def profile(process, options, path):
    """perf record for the window, on the software clock: a virtual machine has no counters."""
    data = f"{path}.data"
    subprocess.run(
        ["perf", "record", "-q", "-e", "cpu-clock", "-F", "1999", "-g", "-p", str(process.pid),
         "-o", data, "--", "sleep", str(options.seconds)], check=True)
    report = subprocess.run(
        ["perf", "report", "--stdio", "--no-children", "-g", "none", "--percent-limit", "0.4",
         "-i", data], check=True, capture_output=True, text=True).stdout
    pathlib.Path(f"{path}.txt").write_text(report)
    return report


def run_once(name, options, directory, profile_path=None):
    """One run; its result, or the profile's text."""
    server = SERVERS[name]
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    config, data, port = directory / "prometheus.yml", directory / "data", bench.free_port()
    find = bench.our_binary if name == OURS else bench.peer_binary
    flags = [flag.format(config=config, data=data, port=port) for flag in server.flags]
    base_url = f"http://127.0.0.1:{port}"
    log_dir = data / server.log_dir if server.log_dir else None
    with Load(options, directory) as load:
        write_config(config, options, load.port_base)
        with bench.Process(
            name, [find(server.binary), *flags], directory / f"{name}.log"
        ) as process:
            process.wait_until(lambda: bench.fetch(base_url + server.ready_path), "readiness")
            process.wait_until(
                lambda: load.stats()["scrapes_total"] >= options.targets, "a scrape of each target")
            time.sleep(options.warm_up)
            if profile_path:
                return profile(process, options, profile_path)
            before, after, memory = measure(process, load, log_dir, options)
            series = bench.metric(bench.fetch(base_url + "/metrics"), server.series_metric + " ")
            result = summarise(name, before, after, memory, series, options)
            result["verified"] = verify(base_url, load, options)
    shutil.rmtree(directory, ignore_errors=True)
    return result


def rows(results, columns):
    for result in results:
        yield [result["server"]] + [style.format(result[key]) for _, key, style in columns]


def table(lines):
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    cells = ([line[0].ljust(widths[0])] + [c.rjust(w) for c, w in zip(line[1:], widths[1:])]
             for line in lines)
    return "\n".join("  ".join(line).rstrip() for line in cells)


def spread(results, servers):
    """Minimum, median and maximum of each server."""
    lines = [["min/median/max"] + [title for title, _, _ in COLUMNS]]
    for name in servers:
        own = [result for result in results if result["server"] == name]
        line = [name]
        for _, key, style in COLUMNS:
            values = [result[key] for result in own]
            points = (min(values), statistics.median(values), max(values))
            line.append("/".join(style.format(point) for point in points))
        lines.append(line)
    return table(lines)


def ratios(results, peers):
    """Ours divided by the peer of the same round, and the median of these."""
    out = {}
    for peer in peers:
        for key in RATIOS:
            ours = [r[key] for r in results if r["server"] == OURS]
            theirs = [r[key] for r in results if r["server"] == peer]
            pairs = [a / b for a, b in zip(ours, theirs) if b]
            if pairs:
                out[f"{key}, {OURS} / {peer}"] = {"pairs": pairs, "median": statistics.median(pairs)}
    return out


class Report:
    """Prints, and keeps what it printed."""

    def __init__(self, directory):
        directory.mkdir(parents=True, exist_ok=True)
        self.path = directory / f"ingest-{time.strftime('%Y%m%d-%H%M%S')}"
        self._text = open(f"{self.path}.txt", "w", encoding="utf-8")

    def say(self, text):
        print(text, flush=True)
        print(text, file=self._text, flush=True)

    def keep(self, document):
        pathlib.Path(f"{self.path}.json").write_text(json.dumps(document, indent=1) + "\n")


def version_of(path):
    """The first line with a version in it: some programs call the flag --version, some -version."""
    done = subprocess.run([path, "-version"], capture_output=True, text=True, check=False)
    if done.returncode:
        done = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
    lines = (done.stdout + done.stderr).strip().splitlines()
    return lines[0] if lines else "unknown"


def main():
    options = parse_arguments()
    report = Report(bench.ROOT / "build/bench")
    servers = ([] if options.peers_only else [OURS]) + options.peer
    report.say(
        f"ingest: {options.targets} targets x {options.series} series every {options.interval}, "
        f"{options.churn} % churn, {options.seconds} s after {options.warm_up} s of warm-up, "
        f"{options.runs} runs; {os.cpu_count()} cores, Linux {platform.release()}")
    for name in servers:
        path = bench.our_binary(name) if name == OURS else bench.peer_binary(SERVERS[name].binary)
        report.say(f"  {name}: {version_of(path)}")
    directory = bench.ROOT / "build/bench/run"
    results = []
    for run in range(options.runs):
        # Every other round the other way about: who follows whom evens out.
        for name in servers if run % 2 == 0 else servers[::-1]:
            results.append(run_once(name, options, directory))
            [line] = rows(results[-1:], COLUMNS)
            cells = (f"{title} {cell}" for (title, _, _), cell in zip(COLUMNS, line[1:]))
            report.say(f"run {run + 1}  {name}: " + ", ".join(cells) + ", generator "
                       f"{results[-1]['generator_cpu_per_million']:.3f} CPU s/M")
    if results:
        report.say("\n" + spread(results, servers))
    compared = {} if options.peers_only else ratios(results, options.peer)
    for what, ratio in compared.items():
        pairs = " ".join(f"{pair:.3f}" for pair in ratio["pairs"])
        report.say(f"ratio of {what}: {pairs}; median {ratio['median']:.3f}")
    report.keep({"options": vars(options), "results": results, "ratios": compared})
    if options.profile:
        report.say(f"\n{run_once(OURS, options, directory, f'{report.path}.perf')}")
    report.say(f"\nkept: {report.path}.txt, .json")


if __name__ == "__main__":
    try:
        main()
    except BenchError as error:
        sys.exit(f"ingest: {error}")
