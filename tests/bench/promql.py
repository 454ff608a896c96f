"""Queries over 10,000 series of six hours, ours beside prometheus and VictoriaMetrics, on the same samples.

The samples, every 15 s and off the grid of the steps, are made once: blocks by promtool, which ours and prometheus read,
and an import for VictoriaMetrics. The servers take turns at each query; the time is that of the whole HTTP request, and
the table shows the median. Answers of ours that differ from those of prometheus end the bench.

    ./dev bench promql                    15 rounds of every query
    ./dev bench promql --rounds 3 --only rate --without victoria-metrics

Data and logs stay in build/bench/promql.
"""

import argparse
import http.client
import json
import math
import random
import shutil
import statistics
import subprocess
import sys
import time
import urllib.parse

import bench_process as bench
from bench_process import BenchError

OURS, PROMETHEUS, VICTORIA = "narthex", "prometheus", "victoria-metrics"
FOLDER = bench.ROOT / "build/bench/promql"
HOURS, INTERVAL = 6, 15
# Whole blocks of two hours.
START = 1_750_000_000 // 7200 * 7200
END = START + HOURS * 3600
SERIES = 10_000

RANGE_QUERIES = [
    # name, query, step in seconds
    ("sum of rates, 60 s", "sum by (mode) (rate(bench_cpu_seconds_total[5m]))", 60),
    ("sum of rates, 15 s", "sum by (mode) (rate(bench_cpu_seconds_total[5m]))", 15),
    ("rates of 640 series, 60 s", "rate(bench_cpu_seconds_total[5m])", 60),
    ("selector of 640 series, 60 s", "bench_cpu_seconds_total", 60),
    ("histogram quantile, 15 s", "histogram_quantile(0.99, sum by (le, handler) (rate(bench_duration_seconds_bucket[5m])))", 15),
    ("topk of sums, 60 s", "topk(5, sum by (instance, pod) (rate(bench_cpu_seconds_total[5m])))", 60),
    ("quantile over time, 60 s", "quantile_over_time(0.95, bench_cpu_seconds_total[10m])", 60),
    ("count of 10,000 series, 60 s", 'count by (instance) ({job="bench"})', 60),
    ("many-to-one division, 60 s", "bench_info_value / on (instance) group_left bench_capacity", 60),
    ("subquery, 60 s", "max_over_time(sum(rate(bench_small_total[5m]))[30m:1m])", 60),
]
INSTANT_QUERIES = [
    ("instant count by name", 'count by (__name__) ({job="bench"})'),
    ("instant rates of 640 series", "rate(bench_cpu_seconds_total[5m])"),
    ("instant one series", 'bench_cpu_seconds_total{instance="host-7",mode="idle"}'),
]


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--rounds", type=int, default=15, help="of each query (%(default)s)")
    add("--only", default="", help="part of the names of the queries to run")
    add("--without", action="append", default=[], choices=[PROMETHEUS, VICTORIA], help="leave a peer out")
    return parser.parse_args()


def series():
    """(name without _total, type, labels) of all series; each counts up by its own pace."""
    modes = ["idle", "user", "system", "iowait", "irq", "softirq", "steal", "nice"]
    for host in range(80):
        for mode in modes:
            yield "bench_cpu_seconds", "counter", {"instance": f"host-{host}", "mode": mode, "pod": f"pod-{host % 7}"}
    for host in range(20):
        for handler in range(10):
            for bound in ["0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "+Inf"]:
                yield "bench_duration_seconds_bucket", "gauge", {"instance": f"host-{host}", "handler": f"/h{handler}", "le": bound}
    for host in range(80):
        yield "bench_capacity", "gauge", {"instance": f"host-{host}"}
        yield "bench_info_value", "gauge", {"instance": f"host-{host}", "kind": "a"}
        yield "bench_info_value", "gauge", {"instance": f"host-{host}", "kind": "b"}
    for host in range(20):
        yield "bench_small", "counter", {"instance": f"host-{host}"}
    missing = SERIES - 640 - 2400 - 240 - 20
    for index in range(missing):
        yield f"bench_other_{index // 80}", "gauge", {"instance": f"host-{index % 80}"}


def write_samples(path):
    """OpenMetrics with times in seconds, grouped by family as the format wants it."""
    dice = random.Random(1)
    families = {}
    for name, kind, labels in series():
        families.setdefault((name, kind), []).append(labels)
    with open(path, "w") as out:
        for (name, kind), members in families.items():
            out.write(f"# TYPE {name} {kind}\n")
            for labels in members:
                pairs = ",".join(f'{key}="{value}"' for key, value in {"job": "bench", **labels}.items())
                head = f"{name}{'_total' if kind == 'counter' else ''}{{{pairs}}}"
                at, value, pace = START + dice.random() * INTERVAL, dice.random() * 100, 0.1 + dice.random() * 10
                if "le" in labels:
                    pace = 1 if labels["le"] == "+Inf" else float(labels["le"]) / 12
                lines = []
                while at < END:
                    value += pace * (0.5 + dice.random())
                    lines.append(f"{head} {value:.3f} {at:.3f}")
                    at += INTERVAL
                out.write("\n".join(lines) + "\n")
        out.write("# EOF\n")


def make_blocks():
    """The data folder of blocks, made anew unless it is whole."""
    whole = FOLDER / "blocks.whole"
    if whole.exists():
        return
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    print("writing samples ...", flush=True)
    write_samples(FOLDER / "samples.om")
    print("promtool makes blocks of them ...", flush=True)
    subprocess.run([bench.peer_binary("promtool"), "tsdb", "create-blocks-from", "openmetrics", str(FOLDER / "samples.om"),
                    str(FOLDER / "blocks")], check=True, capture_output=True)
    whole.touch()


class Server:
    def __init__(self, name, command, port):
        self.name = name
        self.port = port
        self.process = bench.Process(name, command, FOLDER / f"{name}.log")
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)

    def ask(self, path, parameters):
        """Milliseconds and body of one request over the kept connection."""
        target = path + "?" + urllib.parse.urlencode(parameters)
        begin = time.perf_counter()
        self.connection.request("GET", target)
        answer = self.connection.getresponse()
        body = answer.read()
        took = (time.perf_counter() - begin) * 1000
        if answer.status != 200:
            raise BenchError(f"{self.name}: {target}: {answer.status} {body[:300]!r}")
        return took, body


def start(name):
    port = bench.free_port()
    if name == VICTORIA:
        server = Server(name, [bench.peer_binary("victoria-metrics"), f"-storageDataPath={FOLDER}/victoria", "-retentionPeriod=100y",
                               f"-httpListenAddr=127.0.0.1:{port}", "-search.maxPointsPerTimeseries=50000",
                               "-search.maxUniqueTimeseries=100000", "-search.latencyOffset=0s"], port)
        server.process.wait_until(lambda: bench.fetch(f"http://127.0.0.1:{port}/health"), "ready")
        import_samples(port)
        return server
    config = FOLDER / "idle.yml"
    config.write_text("global: {scrape_interval: 1m}\n")
    data = FOLDER / f"data-{name}"
    if not data.exists():
        shutil.copytree(FOLDER / "blocks", data)
    binary = bench.our_binary("narthex-server") if name == OURS else bench.peer_binary("prometheus")
    retention = "0s" if name == OURS else "100y"
    server = Server(name, [binary, f"--config.file={config}", f"--storage.tsdb.path={data}", f"--web.listen-address=127.0.0.1:{port}",
                           f"--storage.tsdb.retention.time={retention}"], port)
    server.process.wait_until(lambda: bench.fetch(f"http://127.0.0.1:{port}/-/ready"), "ready")
    return server


def import_samples(port):
    """Once: the marker tells that the folder has all of them."""
    whole = FOLDER / "victoria.whole"
    if whole.exists():
        return
    print("VictoriaMetrics imports the samples ...", flush=True)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    batch = []

    def send():
        connection.request("POST", "/api/v1/import/prometheus", "\n".join(batch))
        answer = connection.getresponse()
        answer.read()
        if answer.status != 204:
            raise BenchError(f"import: {answer.status}")
        batch.clear()

    with open(FOLDER / "samples.om") as lines:
        for line in lines:
            if line.startswith("#"):
                continue
            head, at = line.rsplit(" ", 1)
            batch.append(f"{head} {round(float(at) * 1000)}")
            if len(batch) == 200_000:
                send()
    send()
    bench.fetch(f"http://127.0.0.1:{port}/internal/force_flush")
    whole.touch()


def questions(only):
    asked = [(name, "/api/v1/query_range", {"query": query, "start": START, "end": END - 1, "step": step})
             for name, query, step in RANGE_QUERIES]
    asked += [(name, "/api/v1/query", {"query": query, "time": END - 60}) for name, query in INSTANT_QUERIES]
    return [question for question in asked if only in question[0]]


def check_equal(name, ours, theirs):
    """Ours gives what prometheus gives, up to the last digits."""
    def flat(body):
        result = json.loads(body)["data"]["result"]
        return {json.dumps(entry["metric"], sort_keys=True): entry.get("values") or [entry["value"]] for entry in result}
    a, b = flat(ours), flat(theirs)
    if a.keys() != b.keys():
        raise BenchError(f"{name}: {len(a)} series, prometheus gives {len(b)}")
    for labels, points in a.items():
        wanted = b[labels]
        same = len(points) == len(wanted) and all(
            t == u and (math.isclose(float(x), float(y), rel_tol=1e-12) or x == y) for (t, x), (u, y) in zip(points, wanted))
        if not same:
            raise BenchError(f"{name}: {labels} differs from what prometheus gives")


def measure(servers, asked, rounds):
    """Medians in ms: name of the query -> name of the server -> ms."""
    table = {}
    for name, path, parameters in asked:
        times = {server.name: [] for server in servers}
        bodies = {}
        for index in range(rounds + 1):
            for server in servers if index % 2 == 0 else reversed(servers):
                more = {"nocache": "1"} if server.name == VICTORIA else {}
                took, bodies[server.name] = server.ask(path, {**parameters, **more})
                if index > 0:  # the first one warms up
                    times[server.name].append(took)
        if PROMETHEUS in bodies:
            check_equal(name, bodies[OURS], bodies[PROMETHEUS])
        table[name] = {server: statistics.median(values) for server, values in times.items()}
        print_row(name, table[name])
    return table


def print_row(name, row):
    cells = "".join(f"{row[server]:>18.2f}" for server in row)
    ratios = "".join(f"{row[server] / row[OURS]:>18.2f}" for server in row if server != OURS)
    print(f"{name:<32}{cells}{ratios}", flush=True)


def geometric_mean(values):
    return math.exp(statistics.fmean(map(math.log, values)))


def print_summary(table, servers):
    peers = [server.name for server in servers if server.name != OURS]
    groups = [("range", {name for name, _, _ in RANGE_QUERIES}), ("instant", {name for name, _ in INSTANT_QUERIES})]
    for kind, names in groups:
        rows = [row for name, row in table.items() if name in names]
        for peer in peers if rows else []:
            ratios = [row[peer] / row[OURS] for row in rows]
            print(f"{kind} queries: {geometric_mean(ratios):.2f} times as fast as {peer} in the geometric mean, "
                  f"{min(ratios):.2f} at least")
    for server in servers:
        memory = server.process.memory_bytes()
        print(f"{server.name}: peak {memory['VmHWM'] / 2**20:.0f} MiB resident, now {memory['RssAnon'] / 2**20:.0f} MiB anonymous")


def main():
    options = parse_arguments()
    make_blocks()
    names = [name for name in (OURS, PROMETHEUS, VICTORIA) if name not in options.without]
    servers = []
    try:
        for name in names:
            servers.append(start(name))
        header = "".join(f"{name + ' ms':>18}" for name in names) + "".join(f"{name[:12] + '/ours':>18}" for name in names[1:])
        print(f"{'p50 of ' + str(options.rounds):<32}{header}")
        print_summary(measure(servers, questions(options.only), options.rounds), servers)
    finally:
        for server in servers:
            server.process.stop()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BenchError as error:
        sys.exit(f"bench: {error}")
