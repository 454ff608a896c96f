"""Helpers of the tests that start real executables: ours and the field's own.

NARTHEX_BIN          folder of our executables (default build/release/bin)
NARTHEX_PEERS        folders of the field's executables, ':' between them (default build/peers/usr/bin);
                     a folder that has usr/bin inside is understood too
NARTHEX_CONFORMANCE  the field's own test data (default ../shared/conformance beside the checkout)

Everything listens on 127.0.0.1 at a port that was free a moment ago, every wait has a deadline, and
whatever a test starts ends with it.
"""

import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest

CHECKOUT = pathlib.Path(__file__).resolve().parent.parent
BIN = pathlib.Path(os.environ.get("NARTHEX_BIN") or CHECKOUT / "build/release/bin")
PEERS = os.environ.get("NARTHEX_PEERS") or str(CHECKOUT / "build/peers/usr/bin")
CONFORMANCE = pathlib.Path(
    os.environ.get("NARTHEX_CONFORMANCE") or CHECKOUT.parent / "shared/conformance")


ALL_ONLY = pytest.mark.skipif(os.environ.get("NARTHEX_ALL_TESTS") != "1", reason="slow: ./dev test --all runs it")


# ---- what tests run -------------------------------------------------------------------------

def executable(name):
    """The path of one of our executables; a missing one is a failure, not a skip."""
    path = BIN / name
    assert path.exists(), f"{path} is not built (NARTHEX_BIN says where executables are)"
    return str(path)


def peer(name):
    """The path of an executable of the field, or a skip that says what is missing."""
    for folder in PEERS.split(":"):
        for path in (pathlib.Path(folder, name), pathlib.Path(folder, "usr/bin", name)):
            if path.exists():
                return str(path)
    pytest.skip(f"peer {name} is not in {PEERS} (NARTHEX_PEERS)")


def conformance(relative):
    """The path of the field's test data. Absent: a skip here, a failure where CI=true."""
    path = CONFORMANCE / relative
    if not path.exists():
        reason = f"conformance data {path} is absent (NARTHEX_CONFORMANCE)"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return path


# ---- waiting --------------------------------------------------------------------------------

def poll(probe, what, timeout=10.0, interval=0.05):
    """Calls `probe` until it gives something true, which is returned. Errors of the network and
    failed assertions count as not yet."""
    deadline = time.monotonic() + timeout
    last = None
    while True:
        try:
            value = probe()
            if value:
                return value
            last = value
        except (OSError, AssertionError, ValueError) as error:
            last = error
        if time.monotonic() >= deadline:
            raise AssertionError(f"not within {timeout} s: {what}; last: {last!r}")
        time.sleep(interval)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


# ---- processes ------------------------------------------------------------------------------

class Process:
    """A started executable with its output in a file."""

    def __init__(self, name, arguments, log_path):
        self.name = name
        self.log_path = log_path
        self.url = None
        with open(log_path, "ab") as log:
            self.popen = subprocess.Popen(
                arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)

    @property
    def log(self):
        return pathlib.Path(self.log_path).read_text(errors="replace")

    def running(self):
        return self.popen.poll() is None

    def wait_ready(self, path="/-/ready", timeout=20.0):
        def probe():
            if not self.running():
                raise RuntimeError(f"{self.name} ended with {self.popen.returncode}:\n{self.log}")
            return get(self.url + path).status == 200
        poll(probe, f"{self.name} ready; its log:\n{self.log}", timeout)
        return self

    def kill(self):
        """As a crash does."""
        self.popen.kill()
        self.popen.wait()

    def terminate(self, timeout=10.0):
        """Asks to stop; gives exit code and seconds taken."""
        begin = time.monotonic()
        self.popen.send_signal(signal.SIGTERM)
        code = self.popen.wait(timeout)
        return code, time.monotonic() - begin

    def stop(self):
        if self.running():
            try:
                self.terminate(5.0)
            except subprocess.TimeoutExpired:
                self.kill()


class Launcher:
    """Starts processes and ends all of them."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.started = []

    def run(self, path, *arguments, port=None, ready="/-/ready"):
        name = os.path.basename(path)
        log_path = self.folder / f"{name}.{len(self.started)}.log"
        process = Process(name, [path, *arguments], log_path)
        self.started.append(process)
        if port is not None:
            process.url = f"http://127.0.0.1:{port}"
            process.address = f"127.0.0.1:{port}"
            process.port = port
            if ready:
                process.wait_ready(ready)
        return process

    def node_exporter(self, *arguments, port=None):
        port = port or free_port()
        return self.run(executable("narthex-node-exporter"), f"--web.listen-address=127.0.0.1:{port}",
                        *arguments, port=port)

    def peer_node_exporter(self, *arguments):
        port = free_port()
        return self.run(peer("prometheus-node-exporter"), f"--web.listen-address=127.0.0.1:{port}",
                        *arguments, port=port, ready="/")

    def pushgateway(self, *arguments, port=None, ready="/-/ready"):
        port = port or free_port()
        return self.run(executable("narthex-pushgateway"), f"--web.listen-address=127.0.0.1:{port}",
                        *arguments, port=port, ready=ready)

    def peer_pushgateway(self, *arguments):
        # Debian's has a file by default that only its package's user may write.
        port = free_port()
        return self.run(peer("prometheus-pushgateway"), f"--web.listen-address=127.0.0.1:{port}",
                        "--persistence.file=", *arguments, port=port)

    def server(self, config, data, *arguments, port=None, ready="/-/ready", prefix=()):
        """`prefix` is a command that runs the rest of its arguments."""
        port = port or free_port()
        return self.run(*prefix, executable("narthex-server"), f"--config.file={config}",
                        f"--storage.tsdb.path={data}", f"--web.listen-address=127.0.0.1:{port}",
                        *arguments, port=port, ready=ready)

    def peer_prometheus(self, config, data, *arguments):
        port = free_port()
        return self.run(peer("prometheus"), f"--config.file={config}", f"--storage.tsdb.path={data}",
                        f"--web.listen-address=127.0.0.1:{port}", *arguments, port=port)

    def stop_all(self):
        for process in reversed(self.started):
            process.stop()

    def logs(self):
        return "\n".join(f"--- {p.name}\n{p.log[-4000:]}" for p in self.started)


def run_to_end(arguments, timeout=10.0, text_in=None):
    """Runs a command that ends by itself; gives the completed process."""
    return subprocess.run(arguments, input=text_in, capture_output=True, text=True, timeout=timeout)


# ---- HTTP -----------------------------------------------------------------------------------

class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def text(self):
        return self.body.decode()

    def json(self):
        return json.loads(self.body)


# Never through a proxy that the environment names.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def request(url, data=None, headers=None, patience=10.0, method=None):
    """Any status is an answer; only a broken connection raises (OSError)."""
    asked = urllib.request.Request(url, data=data, headers=headers or {}, method=method)
    try:
        with _OPENER.open(asked, timeout=patience) as answer:
            return Answer(answer.status, answer.headers, answer.read())
    except urllib.error.HTTPError as error:
        return Answer(error.code, error.headers, error.read())


def _encode(parameters):
    return urllib.parse.urlencode(parameters or {}, doseq=True)


def get(url, headers=None, patience=10.0, **parameters):
    if parameters:
        url += "?" + _encode(parameters)
    return request(url, headers=headers, patience=patience)


def get_json(url, **parameters):
    return get(url, **parameters).json()


def post_json(url, **parameters):
    return request(url, data=_encode(parameters).encode()).json()


# ---- expositions ----------------------------------------------------------------------------

_SAMPLE = re.compile(r'([A-Za-z_:][\w:]*)(?:\{(.*)\})? +(\S+)(?: +(\S+))?$')
_LABEL = re.compile(r'\s*([A-Za-z_]\w*)="((?:[^"\\]|\\.)*)"\s*(?:,|$)')
_ESCAPES = {r"\\": "\\", r"\"": '"', r"\n": "\n"}


def parse_labels(text):
    labels, at = {}, 0
    while at < len(text):
        match = _LABEL.match(text, at)
        assert match, f"bad labels {text!r}"
        labels[match[1]] = re.sub(r"\\.", lambda m: _ESCAPES.get(m[0], m[0]), match[2])
        at = match.end()
    return frozenset(labels.items())


class Exposition:
    """A text exposition: `samples` {(name, frozenset of label pairs): value}, `types` {family: type}."""

    def __init__(self, text):
        self.samples = {}
        self.types = {}
        self.lines = {}  # the value as written
        for line in text.split("\n"):
            if line.startswith("# TYPE "):
                _, _, family, kind = line.split(" ")
                assert family not in self.types, f"second TYPE of {family}"
                self.types[family] = kind
            if not line or line.startswith("#"):
                continue
            match = _SAMPLE.match(line)
            assert match, f"bad line {line!r}"
            key = (match[1], parse_labels(match[2] or ""))
            assert key not in self.samples, f"sample given twice: {line!r}"
            self.samples[key] = float(match[3])
            self.lines[key] = match[3]

    def value(self, name, /, **labels):
        """The one sample that has these labels, and maybe others."""
        found = self.find(name, **labels)
        assert len(found) == 1, f"{len(found)} samples of {name}{labels}"
        return found[0][1]

    def find(self, name, /, **labels):
        wanted = set(labels.items())
        return [(dict(key[1]), value) for key, value in self.samples.items()
                if key[0] == name and wanted <= key[1]]


def scrape(url):
    answer = get(url + "/metrics")
    assert answer.status == 200, answer.text
    return Exposition(answer.text)


def show(key):
    """A sample's key as the text formats write it."""
    labels = ",".join(f'{name}="{value}"' for name, value in sorted(key[1]))
    return f"{key[0]}{{{labels}}}" if labels else key[0]


# ---- the query API --------------------------------------------------------------------------

def query(url, expression, **parameters):
    """The result of an instant query: a list of (labels, value) for vectors, a number for scalars."""
    answer = get_json(url + "/api/v1/query", query=expression, **parameters)
    assert answer["status"] == "success", f"{expression}: {answer}"
    data = answer["data"]
    if data["resultType"] == "scalar":
        return float(data["result"][1])
    if data["resultType"] == "matrix":
        return [(entry["metric"], entry["values"]) for entry in data["result"]]
    return [(entry["metric"], float(entry["value"][1])) for entry in data["result"]]


def query_one(url, expression, **parameters):
    """The value of the only series of an instant query."""
    result = query(url, expression, **parameters)
    assert len(result) == 1, f"{expression}: {result}"
    return result[0][1]
