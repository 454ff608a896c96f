#!/usr/bin/env python3
"""What a scrape of MariaDB costs: the exporter, and the server, with ours and with the original.

    mysql_exporter.py [--scrapes 100] [--tables 200] [--pause 0.05] [--all]

Both exporters watch one server of their own making, in turns, with their default collectors, or with all that
MariaDB can answer. CPU is that of the process; the server's is that of its process, and apart from it the time that its
statements took, as performance_schema has it. NARTHEX_BIN and NARTHEX_PEERS say where the executables are.
"""

import argparse
import os
import pathlib
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import bench_process as bench
from databases import PASSWORD, MariaDb

TICK = os.sysconf("SC_CLK_TCK")
ALL = ["auto_increment.columns", "binlog_size", "engine_innodb_status", "info_schema.clientstats",
       "info_schema.innodb_metrics", "info_schema.innodb_tablespaces", "info_schema.processlist",
       "info_schema.schemastats", "info_schema.tables", "info_schema.tablestats", "info_schema.userstats", "mysql.user",
       "perf_schema.eventsstatements", "perf_schema.eventsstatementssum", "perf_schema.eventswaits",
       "perf_schema.file_events", "perf_schema.file_instances", "perf_schema.indexiowaits",
       "perf_schema.memory_events", "perf_schema.tableiowaits", "perf_schema.tablelocks", "sys.user_summary"]


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scrapes", type=int, default=100)
    parser.add_argument("--tables", type=int, default=200)
    parser.add_argument("--pause", type=float, default=0.05, help="seconds between scrapes")
    parser.add_argument("--all", action="store_true", help="every collector that MariaDB can answer")
    return parser.parse_args()


def server_cpu_seconds(server):
    pid = int((server.folder / "pid").read_text())
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return sum(map(int, fields[11:13])) / TICK


def statement_seconds(server, user):
    return float(server.sql("SELECT coalesce(sum(sum_timer_wait), 0) / 1e12 FROM performance_schema."
                            f"events_statements_summary_by_user_by_event_name WHERE user = '{user}'"))


def measure(server, name, binary, user, folder, options):
    port = bench.free_port()
    config = pathlib.Path(folder, f"{name}.cnf")
    config.write_text(server.options(user=user))
    flags = [f"--collect.{collector}" for collector in ALL] if options.all else []
    url = f"http://127.0.0.1:{port}/metrics"
    command = [binary, f"--web.listen-address=127.0.0.1:{port}", f"--config.my-cnf={config}", *flags]
    with bench.Process(name, command, f"{folder}/{name}.log") as process:
        process.wait_until(lambda: "mysql_up 1" in bench.fetch(url), "mysql_up 1")
        for _ in range(5):
            body = bench.fetch(url)
        times = []
        cpu, at_server = process.cpu_seconds()[0], server_cpu_seconds(server)
        in_statements = statement_seconds(server, user)
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
            "statements ms": (statement_seconds(server, user) - in_statements) / count * 1000,
            "median ms": times[count // 2] * 1000,
        }
        time.sleep(1)  # memory is what it takes between scrapes
        memory = process.memory_bytes()
        return {**result, "anonymous MB": memory["RssAnon"] / 1e6, "RSS MB": memory["VmRSS"] / 1e6}


def main():
    options = parse_arguments()
    server = MariaDb()
    try:
        server.sql(f"CREATE USER other@'127.0.0.1' IDENTIFIED BY '{PASSWORD}'; CREATE USER other@localhost IDENTIFIED BY "
                   f"'{PASSWORD}'")
        for host in ("'127.0.0.1'", "localhost"):
            server.sql("; ".join(f"GRANT {grant} TO other@{host}" for grant in server.GRANTS))
        server.sql("CREATE DATABASE bench; USE bench; " + "; ".join(
            f"CREATE TABLE t{i} (id int PRIMARY KEY AUTO_INCREMENT, note varchar(50))" for i in range(options.tables)))
        with tempfile.TemporaryDirectory() as folder:
            ours = measure(server, "ours", bench.our_binary("narthex-mysql-exporter"), "exporter", folder, options)
            peer = measure(server, "peer", bench.peer_binary("prometheus-mysqld-exporter"), "other", folder, options)
    finally:
        server.close()
    print(f"{'':>22} {'ours':>10} {'original':>10} {'ratio':>7}")
    for name, value in ours.items():
        print(f"{name:>22} {value:10.2f} {peer[name]:10.2f} {value / peer[name] if peer[name] else 0:7.2f}")


if __name__ == "__main__":
    main()
