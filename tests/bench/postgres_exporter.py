#!/usr/bin/env python3
"""What a scrape of PostgreSQL costs: the exporter, and the server, with ours and with the original.

    postgres_exporter.py [--scrapes 100] [--tables 200] [--pause 0.05]

Both exporters watch one server of their own making, in turns, with their default collectors. CPU is that of
the process; the server's is that of all its processes, and apart from it the time that its statements took, as
pg_stat_statements has it. NARTHEX_BIN and NARTHEX_PEERS say where the executables are.
"""

import argparse
import os
import pathlib
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import bench_process as bench
from databases import PASSWORD, Postgres

TICK = os.sysconf("SC_CLK_TCK")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scrapes", type=int, default=100)
    parser.add_argument("--tables", type=int, default=200)
    parser.add_argument("--pause", type=float, default=0.05, help="seconds between scrapes")
    return parser.parse_args()


def server_cpu_seconds(server):
    """Of the postmaster, its children, and those that ended."""
    postmaster = int((server.data / "postmaster.pid").read_text().split()[0])
    total = 0
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(stat.parent.name) == postmaster:
            total += sum(map(int, fields[11:15]))
        elif int(fields[1]) == postmaster:
            total += sum(map(int, fields[11:13]))
    return total / TICK


def statement_seconds(server, role):
    return float(server.sql("SELECT coalesce(sum(total_exec_time + total_plan_time), 0) / 1000 FROM "
                            f"pg_stat_statements s JOIN pg_roles r ON r.oid = s.userid WHERE rolname = '{role}'"))


def measure(server, name, binary, role, folder, options):
    port = bench.free_port()
    os.environ["DATA_SOURCE_NAME"] = (
        f"postgresql://{role}:{PASSWORD}@127.0.0.1:{server.port}/postgres?sslmode=disable")
    url = f"http://127.0.0.1:{port}/metrics"
    with bench.Process(name, [binary, f"--web.listen-address=127.0.0.1:{port}"], f"{folder}/{name}.log") as process:
        process.wait_until(lambda: "pg_up 1" in bench.fetch(url), "pg_up 1")
        for _ in range(5):
            body = bench.fetch(url)
        times = []
        cpu, at_server, in_statements = process.cpu_seconds()[0], server_cpu_seconds(server), statement_seconds(server, role)
        for _ in range(options.scrapes):
            begin = time.monotonic()
            body = bench.fetch(url)
            times.append(time.monotonic() - begin)
            time.sleep(options.pause)
        count = options.scrapes
        times.sort()
        result = {
            "samples": sum(1 for line in body.splitlines() if not line.startswith("#")),
            "CPU ms of a scrape": (process.cpu_seconds()[0] - cpu) / count * 1000,
            "server's CPU ms": (server_cpu_seconds(server) - at_server) / count * 1000,
            "statements ms": (statement_seconds(server, role) - in_statements) / count * 1000,
            "median ms": times[count // 2] * 1000,
        }
        time.sleep(1)  # memory is what it takes between scrapes
        memory = process.memory_bytes()
        result["anonymous MB"] = memory["RssAnon"] / 1e6
        result["RSS MB"] = memory["VmRSS"] / 1e6
        return result


def main():
    options = parse_arguments()
    server = Postgres(["autovacuum = off", "pg_stat_statements.track_planning = on"])
    try:
        server.sql(f"CREATE ROLE other LOGIN PASSWORD '{PASSWORD}'; GRANT pg_monitor TO other")
        with open(server.data / "pg_hba.conf", "a") as access:
            access.write("host all other 127.0.0.1/32 scram-sha-256\n")
        server.sql("; ".join(f"CREATE TABLE t{i} (id int PRIMARY KEY, note text)" for i in range(options.tables)))
        with tempfile.TemporaryDirectory() as folder:
            ours = measure(server, "ours", bench.our_binary("narthex-postgres-exporter"), "exporter", folder, options)
            peer = measure(server, "peer", bench.peer_binary("prometheus-postgres-exporter"), "other", folder, options)
    finally:
        server.close()
    print(f"{'':>22} {'ours':>10} {'original':>10} {'ratio':>7}")
    for name, value in ours.items():
        print(f"{name:>22} {value:10.2f} {peer[name]:10.2f} {value / peer[name] if peer[name] else 0:7.2f}")


if __name__ == "__main__":
    main()
