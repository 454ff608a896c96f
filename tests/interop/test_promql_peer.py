"""Over the same blocks our server and prometheus 3.5 answer more than a thousand queries alike, warnings included."""

import concurrent.futures
import json
import math
import random
import shutil
import threading
import time
import http.client
import urllib.parse

import pytest

import promql_queries
from harness import peer, poll, query, run_to_end
from remote_write import histogram_field, push, sample_field
from test_data_directory import idle_config

START = 1_700_000_000  # seconds
LENGTH = 5400
FEATURES = "--enable-feature=promql-experimental-functions,promql-per-step-stats"

# Queries whose answers differ because the reference changed after 3.5: text within the query -> the change.
# An entry that no longer differs fails the test.
TOLERATED = {
    "mad_over_time(odd": "3.14: the result is NaN as soon as one sample is",
    "histogram_fraction(0, 0.5, sum": "3.8: lower bounds within the first bucket",
    "histogram_fraction(-1, 100, sum": "3.8: lower bounds within the first bucket",
    "histogram_fraction(0.05, 0.2, sum": "3.8: lower bounds within the first bucket",
    "sort": "3.12: a warning wherever a range query sorts",
    "rate(n[": "3.8: increases of histograms are not taken below zero at the begin of the range",
    "(n - n offset 2s)": "3.7: histograms whose counter reset hints contradict each other are not subtracted",
    "increase(n[": "3.8: likewise",
    "g > on (zone) (max by (zone) (g) - 1)": "3.9: matches count before the comparison leaves some out",
}


def samples(name, labels, start, interval, values):
    """Lines of a series whose times lie off the grid of steps."""
    pairs = ",".join(f'{key}="{value}"' for key, value in labels.items())
    return [f"{name}{{{pairs}}} {value!r} {start + index * interval:.3f}"
            for index, value in enumerate(values) if value is not None]


def write_openmetrics(path):
    dice = random.Random(5)
    count = LENGTH // 15
    lines = ["# TYPE g gauge"]
    for zone, host in [("a", "h1"), ("a", "h2"), ("b", "h1"), ("b", "h3")]:
        values = [dice.choice([None] + [dice.randrange(-400, 400) / 8] * 12) for _ in range(count)]
        lines += samples("g", {"zone": zone, "host": host}, START + dice.random() * 14, 15, values)
    lines.append("# TYPE e gauge")
    for zone, host in [("a", "h1"), ("b", "h3"), ("c", "h4")]:
        lines += samples("e", {"zone": zone, "host": host, "unit": "x"}, START + dice.random() * 14, 15,
                         [dice.gauss(0, 30) for _ in range(count)])
    lines.append("# TYPE odd gauge")
    for zone in "ab":
        odd = [math.nan, math.inf, -math.inf, 0.0, -0.0, 1e300, -1e-300, 5.0, 7.25, 1e9]
        lines += samples("odd", {"zone": zone}, START + dice.random() * 14, 15,
                         [dice.choice(odd) if index % 40 < 20 else float(index) for index in range(count)])
    lines.append("# TYPE info gauge")
    for zone, region in [("a", "north"), ("b", "south")]:
        lines += samples("info", {"zone": zone, "region": region}, START + dice.random() * 14, 60, [1.0] * (LENGTH // 60))
    for name, interval in [("c", 15), ("slow", 110)]:
        lines.append(f"# TYPE {name} counter")
        for zone, host in [("a", "h1"), ("b", "h1"), ("b", "h3")]:
            value, values = dice.random() * 100, []
            for _ in range(LENGTH // interval):
                value = dice.random() if dice.randrange(50) == 0 else value + dice.random() * 10
                values.append(value if dice.randrange(15) else None)
            lines += samples(f"{name}_total", {"zone": zone, "host": host}, START + dice.random() * 14, interval, values)
    lines.append("# TYPE b histogram")
    for zone in "ab":
        offset, below = START + dice.random() * 14, [0.0] * count
        for bound in ["0.1", "0.5", "2", "+Inf"]:
            value, own = 0.0, []
            for index in range(count):
                value = 0.0 if index == count // 2 else value + dice.randrange(5)
                own.append(value)
            below = [a + b for a, b in zip(below, own)]
            lines += samples("b_bucket", {"zone": zone, "le": bound}, offset, 15, below)
    path.write_text("\n".join(lines) + "\n# EOF\n")


class Pair:
    """Two servers; each thread keeps a connection to each."""

    def __init__(self, ours, peer_server):
        self.servers = (ours, peer_server)
        self.local = threading.local()

    def ask(self, path, **parameters):
        if not hasattr(self.local, "connections"):
            self.local.connections = [http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
                                      for server in self.servers]
        answers = []
        for connection in self.local.connections:
            connection.request("POST", path, urllib.parse.urlencode(parameters),
                               {"Content-Type": "application/x-www-form-urlencoded"})
            answers.append(json.loads(connection.getresponse().read()))
        return answers


@pytest.fixture(scope="module")
def pair(module_launch, tmp_path_factory):
    folder = tmp_path_factory.mktemp("blocks")
    write_openmetrics(folder / "data.om")
    made = run_to_end([peer("promtool"), "tsdb", "create-blocks-from", "openmetrics", str(folder / "data.om"),
                       str(folder / "ours")], timeout=60)
    assert made.returncode == 0, made.stderr
    shutil.copytree(folder / "ours", folder / "peer")
    config = idle_config(folder)
    return Pair(module_launch.server(config, folder / "ours", "--storage.tsdb.retention.time=0s", FEATURES),
                module_launch.peer_prometheus(config, folder / "peer", "--storage.tsdb.retention.time=100y", FEATURES))


def same_number(a, b):
    x, y = float(a), float(b)
    return (math.isnan(x) and math.isnan(y)) or x == y or math.isclose(x, y, rel_tol=1e-12, abs_tol=1e-300)


def same(a, b):
    """Equality of JSON values, numbers in strings by value."""
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, str) and isinstance(b, str):
        try:
            return same_number(a, b)
        except ValueError:
            return a == b
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return same_number(a, b)
    return a == b


def ordered(data):
    """Series by labels: their order is defined for sorted results only."""
    if data["resultType"] not in ("vector", "matrix"):
        return data["result"]
    return sorted(data["result"], key=lambda entry: sorted(entry["metric"].items()))


def notes(answer, key):
    """Warnings or infos, without the one that came with 3.7."""
    return sorted(text for text in answer.get(key, []) if "conflicting counter resets during" not in text)


def difference(ours, theirs, query):
    if ours["status"] != theirs["status"]:
        return f"{ours if ours['status'] == 'error' else 'answered'}, want {theirs if theirs['status'] == 'error' else 'an answer'}"
    if ours["status"] == "error":
        return "" if ours["errorType"] == theirs["errorType"] else f"{ours}, want {theirs}"
    a, b = ours["data"], theirs["data"]
    if a["resultType"] != b["resultType"]:
        return f"{a['resultType']}, want {b['resultType']}"
    keep_order = query.startswith("sort") and a["resultType"] == "vector"
    first, second = (a["result"], b["result"]) if keep_order else (ordered(a), ordered(b))
    if not same(first, second):
        for x, y in zip(first, second):
            if not same(x, y):
                return f"{json.dumps(x)[:400]}, want {json.dumps(y)[:400]}"
        return f"{len(first)} series, want {len(second)}"
    for key in ("warnings", "infos"):
        if notes(ours, key) != notes(theirs, key):
            return f"{key} {notes(ours, key)}, want {notes(theirs, key)}"
    return ""


def values_of(answer):
    if answer["status"] == "error":
        return 0
    result = answer["data"]["result"]
    if answer["data"]["resultType"] in ("scalar", "string"):
        return 1
    return sum(len(entry.get("values", [])) + len(entry.get("histograms", [])) + ("value" in entry) + ("histogram" in entry)
               for entry in result)


def run_all(pair, questions, notice, what):
    """Asks both each question, (query, path, parameters), and reports what differs."""
    def one(question):
        query, path, parameters = question
        ours, theirs = pair.ask(path, query=query, **parameters)
        return difference(ours, theirs, query), values_of(theirs), bool(theirs.get("warnings") or theirs.get("infos")), theirs["status"]

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(one, questions))
    problems, tolerated = [], dict.fromkeys(TOLERATED, 0)
    for (query, path, _), (problem, _, _, _) in zip(questions, outcomes):
        if not problem:
            continue
        known = [part for part in TOLERATED if part in query]
        for part in known:
            tolerated[part] += 1
        if not known:
            problems.append(f"{path[8:]} {query}: {problem}")
    values = sum(count for _, count, _, _ in outcomes)
    empty = sum(count == 0 and status == "success" for _, count, _, status in outcomes)
    noted = sum(note for _, _, note, _ in outcomes)
    known = sum(any(part in query for part in TOLERATED) and bool(problem)
                for (query, _, _), (problem, _, _, _) in zip(questions, outcomes))
    notice(f"{what}: {len(questions) - len(problems) - known} of {len(questions)} queries equal, {known} tolerated, {values} values compared, "
           f"{empty} answers empty, {noted} with warnings or infos")
    assert not problems, f"{len(problems)} differ:\n" + "\n".join(problems[:40])
    assert empty < 0.2 * len(questions)
    return tolerated


def spell(query):
    return query.replace("{middle}", str(START + LENGTH // 2))


def test_queries_over_floats_are_answered_alike(pair, notice):
    questions = []
    for index, query in enumerate(map(spell, promql_queries.floats())):
        when = START + 3000 + index % 7 * 13.5
        questions.append((query, "/api/v1/query", {"time": when}))
        if not query.strip().endswith("]") and not query.startswith("sort"):
            questions.append((query, "/api/v1/query_range",
                              {"start": when, "end": when + 60 * (5 + index % 9), "step": [30, 61, 15, 240.5][index % 4]}))
    assert len(questions) >= 1000
    tolerated = run_all(pair, questions, notice, "floats")
    assert all(count for part, count in tolerated.items() if "max by" not in part and "(n" not in part), tolerated


def test_joins_that_are_no_joins_are_refused_alike(pair, notice):
    questions = []
    for query in promql_queries.joins_that_fail():
        questions.append((query, "/api/v1/query", {"time": START + 3000}))
        questions.append((query, "/api/v1/query_range", {"start": START + 3000, "end": START + 3600, "step": 60}))
    assert run_all(pair, questions, notice, "joins")["g > on (zone) (max by (zone) (g) - 1)"] == 2


class Counting:
    """A native histogram that counts on, and starts anew now and then."""

    def __init__(self, dice, **form):
        self.dice, self.form = dice, form
        self.restart()

    def restart(self):
        self.positive, self.negative, self.zero, self.sum = {}, {}, 0, 0.0

    def field(self, at_ms):
        if self.dice.randrange(40) == 0:
            self.restart()
        for _ in range(self.dice.randrange(4)):
            amount = self.dice.randrange(1, 9)
            side = self.positive if self.form["schema"] == -53 or self.dice.random() < 0.8 else self.negative
            index = self.dice.randrange(4) if self.form["schema"] == -53 else self.dice.randrange(-3, 6)
            side[index] = side.get(index, 0) + amount
            self.sum += amount * self.dice.random()
            self.zero += 0 if self.form["schema"] == -53 else self.dice.randrange(2)
        total = self.zero + sum(self.positive.values()) + sum(self.negative.values())
        return histogram_field(at_ms, total=total, sum=self.sum, zero=self.zero, positive=self.positive,
                               negative=self.negative, **self.form)


def write_histograms(url, start_ms, count):
    dice = random.Random(3)
    exponential = {"threshold": 0.001, "floats": False}
    sources = [({"__name__": "n", "host": f"h{i}"}, Counting(dice, schema=i, gauge=False, **exponential)) for i in (1, 2)]
    sources += [({"__name__": "m", "host": f"h{i}"}, Counting(dice, schema=1, gauge=True, **exponential)) for i in (1, 2)]
    sources += [({"__name__": "u", "host": f"h{i}"}, Counting(dice, schema=-53, gauge=False, threshold=0.0, floats=False, bounds=[0.1, 1.0, 5.0])) for i in (1, 2)]
    for number in range(count):
        at_ms = start_ms + number * 1000
        push(url, [(labels, [source.field(at_ms)]) for labels, source in sources] +
             [({"__name__": "info", "host": f"h{i}"}, [sample_field(1.0, at_ms)]) for i in (1, 2)])


def test_queries_over_native_histograms_are_answered_alike(module_launch, tmp_path_factory, notice):
    folder = tmp_path_factory.mktemp("histograms")
    config = idle_config(folder)
    count, start = 120, int(time.time()) - 300
    receiver = module_launch.peer_prometheus(config, folder / "peer", "--enable-feature=native-histograms",
                                             "--web.enable-remote-write-receiver")
    write_histograms(receiver.url, start * 1000, count)
    poll(lambda: query(receiver.url, "count(info)", time=start + count - 1), "the samples")
    receiver.terminate()
    shutil.copytree(folder / "peer", folder / "ours")
    pair = Pair(module_launch.server(config, folder / "ours", FEATURES), module_launch.peer_prometheus(config, folder / "peer", FEATURES))
    questions = []
    for index, text in enumerate(dict.fromkeys(promql_queries.native())):
        when = start + 40 + index % 50
        questions.append((text, "/api/v1/query", {"time": when}))
        if not text.startswith("sort"):
            questions.append((text, "/api/v1/query_range", {"start": when, "end": when + 20, "step": [1, 3, 7.5][index % 3]}))
    assert len(questions) >= 600
    tolerated = run_all(pair, questions, notice, "native histograms")
    assert all(count for part, count in tolerated.items() if "(n" in part), tolerated
