#!/usr/bin/env python3
"""Probes by the blackbox exporter and by the original, in one run on the same targets.

Four clients, a process each, ask for probe after probe: HTTP of an nginx, DNS of a dnsmasq, ICMP of the
loopback. CPU time is that of the exporter alone, from /proc, and so hardly depends on what else the
machine does; probes per second do. The original and ours take turns. Then ours has 1,000 probes under
way at a target that never answers, and its memory is read.

    ./dev bench blackbox_exporter [--seconds 5] [--runs 3]
"""

import argparse
import multiprocessing
import os
import pathlib
import re
import socket
import statistics
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import bench_process as bench  # noqa: E402
from harness import Launcher, free_port  # noqa: E402
from probe_targets import ProbeBed  # noqa: E402

TICK = os.sysconf("SC_CLK_TCK")
MODULES = """modules:
  http: {prober: http, timeout: 5s}
  dns: {prober: dns, timeout: 5s, dns: {query_name: a.test, query_type: A}}
  icmp: {prober: icmp, timeout: 5s}
  hang: {prober: http, timeout: 60s}
"""


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=5, help="of each measurement (%(default)s)")
    parser.add_argument("--runs", type=int, default=3, help="(%(default)s)")
    parser.add_argument("--clients", type=int, default=4, help="(%(default)s)")
    parser.add_argument("--in-flight", type=int, default=1000, help="(%(default)s)")
    return parser.parse_args()


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def anonymous_mb(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) / 1024
    raise bench.BenchError("no RssAnon")


def read_answer(connection):
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    if b"transfer-encoding: chunked" in head.lower():
        while not body.endswith(b"\r\n0\r\n\r\n"):
            body += connection.recv(65536)
        return re.sub(rb"\r\n[0-9a-f]+\r\n", b"", b"\r\n" + body)
    length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n")
                  if line.lower().startswith(b"content-length"))
    while len(body) < length:
        body += connection.recv(65536)
    return body


def client(port, path, until, counts, place):
    """Asks over one connection until the time is over."""
    count = 0
    with socket.create_connection(("127.0.0.1", port)) as connection:
        request = f"GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n".encode()
        while time.monotonic() < until:
            connection.sendall(request)
            answered = read_answer(connection)
            if b"\nprobe_success 1\n" not in answered:
                raise SystemExit(f"a probe failed:\n{answered.decode()}")
            count += 1
    counts[place] = count


def measure(exporter, path, options):
    """(probes per second, CPU milliseconds per probe)."""
    counts = multiprocessing.Array("L", options.clients)
    before, begin = cpu_seconds(exporter.popen.pid), time.monotonic()
    clients = [multiprocessing.Process(target=client, args=(exporter.port, path, begin + options.seconds, counts, i))
               for i in range(options.clients)]
    for process in clients:
        process.start()
    for process in clients:
        process.join()
    total, seconds = sum(counts), time.monotonic() - begin
    if any(process.exitcode for process in clients) or total == 0:
        raise bench.BenchError(f"probes failed at {path}")
    return total / seconds, (cpu_seconds(exporter.popen.pid) - before) * 1000 / total


def hold_many(exporter, target, count):
    """Anonymous memory with so many probes under way."""
    request = f"GET /probe?module=hang&target={target} HTTP/1.1\r\nHost: bench\r\n\r\n".encode()
    connections = []
    for _ in range(count):
        connections.append(socket.create_connection(("127.0.0.1", exporter.port)))
        connections[-1].sendall(request)
    deadline = time.monotonic() + 60
    while bench.metric(bench.fetch(exporter.url + "/metrics"), "narthex_blackbox_probes_in_flight") < count:
        if time.monotonic() > deadline:
            raise bench.BenchError("the probes do not get under way")
        time.sleep(0.2)
    memory = anonymous_mb(exporter.popen.pid)
    for connection in connections:
        connection.close()
    return memory


def listen_silently():
    listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
    kept = []
    threading.Thread(target=lambda: [kept.append(listener.accept()) for _ in range(10**6)], daemon=True).start()
    return "127.0.0.1:%d" % listener.getsockname()[1]


def main():
    options = parse_arguments()
    with tempfile.TemporaryDirectory() as folder:
        launcher = Launcher(pathlib.Path(folder) / "logs")
        try:
            run(options, pathlib.Path(folder), launcher)
        finally:
            launcher.stop_all()


def run(options, folder, launcher):
    bed = ProbeBed(folder, launcher)
    config = folder / "blackbox.yml"
    config.write_text(MODULES)
    exporters = {}
    for name, binary in (("ours", bench.our_binary("narthex-blackbox-exporter")),
                         ("peer", bench.peer_binary("prometheus-blackbox-exporter"))):
        port = free_port()
        exporters[name] = launcher.run(binary, f"--config.file={config}", f"--web.listen-address=127.0.0.1:{port}",
                                       port=port, ready="/-/healthy")
    targets = {"http": bed.url("/"), "dns": f"127.0.0.1:{bed.ports['dns']}", "icmp": "127.0.0.1"}
    print(f"{'':6}{'probes/s':>22}{'CPU ms a probe':>24}")
    print(f"{'':6}{'ours':>8}{'peer':>8}{'ratio':>6}{'ours':>10}{'peer':>8}{'ratio':>6}")
    for module, target in targets.items():
        results = {name: [] for name in exporters}
        for _ in range(options.runs):
            for name, exporter in exporters.items():
                results[name].append(measure(exporter, f"/probe?module={module}&target={target}", options))
        (rate, cost), (peer_rate, peer_cost) = (
            tuple(statistics.median(column) for column in zip(*results[name])) for name in ("ours", "peer"))
        print(f"{module:6}{rate:8.0f}{peer_rate:8.0f}{rate / peer_rate:6.1f}{cost:10.3f}{peer_cost:8.3f}{peer_cost / cost:6.1f}")
    ours, peer = (anonymous_mb(exporters[name].popen.pid) for name in ("ours", "peer"))
    print(f"anonymous memory after that: ours {ours:.1f} MB, peer {peer:.1f} MB, ratio {peer / ours:.1f}")
    print(f"with {options.in_flight} probes under way: ours {hold_many(exporters['ours'], listen_silently(), options.in_flight):.1f} MB")


if __name__ == "__main__":
    try:
        main()
    except bench.BenchError as error:
        sys.exit(f"bench: {error}")
