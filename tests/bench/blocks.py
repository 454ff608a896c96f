"""What samples cost from the scrape to the block: memory, bytes written, CPU, and the size of blocks,
ours with both encodings of floats beside a peer.

All servers scrape the same narthex-bench-targets at the same time, with blocks of two minutes instead
of two hours, so that chunks are cut, the memory is compacted and blocks are merged within minutes.

    ./dev bench blocks                                  100,000 series every second, eight minutes
    ./dev bench blocks --targets 10 --seconds 300

CPU is what each server used of a machine that they share; bytes do not depend on that. Head compaction is
what went into blocks for the first time, by the time that each server's log tells for it, while all scrape
on. Memory is looked at every second: as it is in the end and at its most. Raw results stay in
build/bench/blocks.
"""

import argparse
import contextlib
import json
import pathlib
import re
import shutil
import sys
import time

import bench_process as bench
import ingest
from bench_process import BenchError

OURS, XOR2, PEER = "narthex-server", "narthex-server with xor2", "prometheus"
XOR2_CONFIG = "storage:\n  tsdb:\n    chunk_encoding:\n      floats: xor2\n"
BLOCK_FLAGS = ("--storage.tsdb.min-block-duration=2m", "--storage.tsdb.max-block-duration=20m")
APPENDED = "prometheus_tsdb_head_samples_appended_total"  # by type
COLUMNS = (
    ("CPU s/M samples", "cpu_per_million", "{:.2f}"),
    ("anon B/series", "anon_per_series", "{:.0f}"),
    ("most of it", "most_anon_per_series", "{:.0f}"),
    ("mean of it", "mean_anon_per_series", "{:.0f}"),
    ("file-backed MB", "file_mb", "{:.0f}"),
    ("peak RSS MB", "peak_mb", "{:.0f}"),
    ("head compaction M samples/s", "head_compaction", "{:.2f}"),
    ("written B/sample", "written_per_sample", "{:.2f}"),
    ("block B/sample", "block_per_sample", "{:.3f}"),
    ("of it chunks", "chunks_per_sample", "{:.3f}"),
    ("blocks", "blocks", "{:.0f}"),
)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--targets", type=int, default=100, help="(%(default)s)")
    parser.add_argument("--series", type=int, default=1000, help="of each target (%(default)s)")
    parser.add_argument("--interval", default="1s", help="between scrapes (%(default)s)")
    parser.add_argument("--churn", type=int, default=0, help="percent of the series new at a scrape (%(default)s)")
    parser.add_argument("--seconds", type=int, default=480, help="until the blocks are looked at (%(default)s)")
    options = parser.parse_args()
    options.port_base, options.gzip = 0, False
    return options


def start(name, options, load, folder):
    """A server at work, and where its data are."""
    folder.mkdir()
    config, data, port = folder / "prometheus.yml", folder / "data", bench.free_port()
    ingest.write_config(config, options, load.port_base)
    if name == XOR2:
        config.write_text(config.read_text() + XOR2_CONFIG)
    find = bench.peer_binary if name == PEER else bench.our_binary
    flags = [flag.format(config=config, data=data, port=port) for flag in ingest.PROMETHEUS_FLAGS]
    process = bench.Process(name, [find(PEER if name == PEER else OURS), *flags, *BLOCK_FLAGS], folder / "log")
    return process, data, f"http://127.0.0.1:{port}"


# What a log says of a block made of the head: ours the seconds, the peer a duration as Go writes it.
OUR_BLOCK = re.compile(r'msg="block written".* seconds=([0-9.]+)')
PEER_BLOCK = re.compile(r'msg="write block" .*duration=([0-9.]+m)?([0-9.]+)(ms|s)\b')


def head_compaction_seconds(log):
    """How long the server took for all the blocks that it made of what is in memory."""
    text = log.read_text()
    seconds = [float(found) for found in OUR_BLOCK.findall(text)]
    for minutes, number, unit in PEER_BLOCK.findall(text):
        seconds.append(60 * float(minutes[:-1] or 0) + float(number) * (0.001 if unit == "ms" else 1))
    if not seconds:
        raise BenchError(f"{log} tells of no block made of the head")
    return sum(seconds)


def written_bytes(process):
    """What the process has sent to the disk, or made it keep to be sent."""
    lines = pathlib.Path(f"/proc/{process.pid}/io").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("write_bytes"))


def look_at_blocks(data):
    """(number, samples, bytes, bytes of chunks) of the blocks in a data directory."""
    samples = size = chunks = count = 0
    for meta in data.glob("*/meta.json"):
        samples += json.loads(meta.read_text())["stats"]["numSamples"]
        chunks += bench.tree_bytes(meta.parent / "chunks")
        size += bench.tree_bytes(meta.parent)
        count += 1
    if not samples:
        raise BenchError(f"{data} has no block yet: more --seconds")
    return count, samples, size, chunks


def result_of(name, process, data, url, anon_bytes):
    process.check_alive()
    metrics = bench.fetch(url + "/metrics")
    appended = sum(float(line.rsplit(" ", 1)[1]) for line in metrics.splitlines() if line.startswith(APPENDED))
    series = bench.metric(metrics, "prometheus_tsdb_head_series ")
    memory = process.memory_bytes()
    count, samples, size, chunks = look_at_blocks(data)
    return {
        "server": name,
        "samples": appended,
        "series": series,
        "cpu_per_million": process.cpu_seconds()[0] / appended * 1e6,
        "anon_per_series": memory["RssAnon"] / series,
        "most_anon_per_series": max(anon_bytes) / series,
        "mean_anon_per_series": sum(anon_bytes) / len(anon_bytes) / series,
        "file_mb": memory["RssFile"] / 1e6,
        "peak_mb": memory["VmHWM"] / 1e6,
        "head_compaction": samples_per_second(samples, data) / 1e6,
        "written_per_sample": written_bytes(process) / appended,
        "block_per_sample": size / samples,
        "chunks_per_sample": chunks / samples,
        "blocks": count,
    }


def samples_per_second(samples, data):
    """All samples in blocks were in memory before, and went into a block once."""
    return samples / head_compaction_seconds(data.parent / "log")


def watch(servers, seconds):
    """The anonymous memory of each server in the last three quarters of the time, every second."""
    seen = {name: [] for name in servers}
    begin = time.monotonic()
    while (elapsed := time.monotonic() - begin) < seconds:
        time.sleep(1)
        for name, (process, _, _) in servers.items():
            if elapsed > seconds / 4:
                seen[name].append(process.memory_bytes()["RssAnon"])
    return seen


def main():
    options = parse_arguments()
    folder = pathlib.Path("build/bench/blocks")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with ingest.Load(options, folder) as load, contextlib.ExitStack() as stack:
        servers = {}
        for number, name in enumerate((OURS, XOR2, PEER)):
            process, data, url = start(name, options, load, folder / str(number))
            servers[name] = (stack.enter_context(process), data, url)
        anon_bytes = watch(servers, options.seconds)
        results = [result_of(name, *server, anon_bytes[name]) for name, server in servers.items()]
    (folder / "results.json").write_text(json.dumps(results, indent=1))
    print(ingest.table([["", *[title for title, _, _ in COLUMNS]], *ingest.rows(results, COLUMNS)]))
    theirs = results[-1]
    for ours in results[:-1]:
        ratios = [f"{title} {ours[key] / theirs[key]:.2f}" for title, key, _ in COLUMNS[:-1]]
        print(f"{ours['server']} to {theirs['server']}: {', '.join(ratios)}")


if __name__ == "__main__":
    try:
        main()
    except BenchError as error:
        sys.exit(f"blocks: {error}")
