"""Scrapes of the container exporter: what one costs with many containers.

Makes real control groups with the names of containers and a sleeping process in each, as root, and reads
/metrics at a steady pace. CPU time is that of the exporter, from /proc; the share of a core is what a
scrape each 15 seconds would take. A Docker socket that the bench serves gives each container a name and
ten labels.

    ./dev bench container_exporter                        250 containers, 20 scrapes
    ./dev bench container_exporter --containers 5000 --empty
"""

import argparse
import http.server
import json
import os
import pathlib
import secrets
import socketserver
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import bench_process as bench  # noqa: E402
from cgroups import Cgroups  # noqa: E402

TICK = os.sysconf("SC_CLK_TCK")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--containers", type=int, default=250, help="(%(default)s)")
    add("--scrapes", type=int, default=20, help="(%(default)s)")
    add("--pause", type=float, default=0.5, help="seconds between two scrapes (%(default)s)")
    add("--empty", action="store_true", help="plain groups without processes, as slices of systemd are")
    add("--flag", action="append", default=[], help="a flag for the exporter; may be repeated")
    return parser.parse_args()


def serve_docker(path, ids):
    """Docker's list of containers on a Unix socket."""
    answer = json.dumps([{
        "Id": identity, "Names": [f"/app-{i}"], "Image": f"registry.example/app:{i % 10}", "Created": 1700000000,
        "Labels": {f"com.example.label-{n}": f"value-{n}-{i}" for n in range(10)}, "Status": "Up 2 hours",
    } for i, identity in enumerate(ids)]).encode()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):  # noqa: N802
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def address_string(self):
            return ""

        def log_message(self, *_):
            pass

    server = socketserver.ThreadingUnixStreamServer(str(path), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()


def fill(groups, options):
    ids = [secrets.token_hex(32) for _ in range(options.containers)]
    for i, identity in enumerate(ids):
        path = groups.add(f"{groups.top}/unit-{i}.service" if options.empty else f"{groups.top}/{identity}")
        if not options.empty:
            process = subprocess.Popen(["sleep", "100000"], start_new_session=True)
            groups.processes.append(process)
            for point in set(groups.mounts.values()):
                pathlib.Path(point + path, "cgroup.procs").write_text(str(process.pid))
    return ids


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def memory_mb(pid, name):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) / 1024
    return 0.0


def measure(exporter, port, options):
    url = f"http://127.0.0.1:{port}/metrics"
    deadline = time.monotonic() + 10
    while True:
        try:
            body = bench.fetch(url)
            break
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
    times = []
    begin = cpu_seconds(exporter.pid)
    for _ in range(options.scrapes):
        start = time.monotonic()
        body = bench.fetch(url)
        times.append(time.monotonic() - start)
        time.sleep(options.pause)
    cpu = (cpu_seconds(exporter.pid) - begin) / options.scrapes
    times.sort()
    return {
        "samples": sum(1 for line in body.splitlines() if not line.startswith("#")),
        "body MB": len(body) / 1e6,
        "CPU ms of a scrape": cpu * 1000,
        "% of a core at 15 s": cpu / 15 * 100,
        "median ms": times[len(times) // 2] * 1000,
        "RSS MB": memory_mb(exporter.pid, "VmRSS"),
        "anonymous MB": memory_mb(exporter.pid, "RssAnon"),
        "peak MB": memory_mb(exporter.pid, "VmHWM"),
    }


def main():
    options = parse_arguments()
    groups = Cgroups()
    with tempfile.TemporaryDirectory() as folder:
        try:
            ids = fill(groups, options)
            socket_path = pathlib.Path(folder, "docker.sock")
            serve_docker(socket_path, ids)
            port = bench.free_port()
            exporter = subprocess.Popen(
                [bench.our_binary("narthex-container-exporter"), f"--web.listen-address=127.0.0.1:{port}",
                 f"--docker={socket_path}", *options.flag])
            try:
                for name, value in measure(exporter, port, options).items():
                    print(f"{name:>22} {value:12.2f}")
            finally:
                exporter.terminate()
                exporter.wait()
        finally:
            groups.close()


if __name__ == "__main__":
    main()
