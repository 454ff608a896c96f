"""Processes under measurement: starting, cost from /proc, HTTP on loopback, stopping."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


class BenchError(Exception):
    """A run that proves nothing: the bench stops and says why."""


def our_binary(name):
    directory = pathlib.Path(os.environ.get("NARTHEX_BIN", ROOT / "build/release/bin"))
    return _existing([directory / name], f"{name} (build it, or set NARTHEX_BIN)")


def peer_binary(name):
    directory = pathlib.Path(os.environ.get("NARTHEX_PEERS", ROOT / "build/peers"))
    places = [directory / name, directory / "bin" / name, directory / "usr/bin" / name]
    return _existing(places, f"{name} (set NARTHEX_PEERS to where the peers are unpacked)")


def _existing(paths, what):
    for path in paths:
        if path.exists():
            return str(path)
    raise BenchError(f"not found: {what}")


def free_port():
    """A port of loopback that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def fetch(url, timeout=60):
    """The body of a GET, never through a proxy."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=timeout) as answer:
        return answer.read().decode()


def metric(exposition, prefix):
    """The value of the first sample whose line begins with `prefix`."""
    for line in exposition.splitlines():
        if line.startswith(prefix):
            return float(line.rsplit(" ", 1)[1])
    raise BenchError(f"no metric {prefix}")


def query(base_url, expression):
    """The result of an instant query: a list of (labels, value)."""
    # VictoriaMetrics hides the newest 30 s and caches unless told otherwise; others ignore it.
    parameters = {"query": expression, "latency_offset": "1ms", "nocache": "1"}
    url = f"{base_url}/api/v1/query?" + urllib.parse.urlencode(parameters)
    try:
        result = json.loads(fetch(url))["data"]["result"]
    except urllib.error.HTTPError as error:
        raise BenchError(f"query {expression}: {error}: {error.read()[:300]!r}") from error
    return [(sample["metric"], float(sample["value"][1])) for sample in result]


def query_one(base_url, expression):
    """The value of an instant query that yields one sample; 0 where it yields none."""
    result = query(base_url, expression)
    return result[0][1] if result else 0.0


class Process:
    """A child with its output in a log file. Use as a context; leaving it sends SIGTERM."""

    def __init__(self, name, command, log_path):
        self.name = name
        self.log_path = pathlib.Path(log_path)
        self._log = open(log_path, "wb")
        self._child = subprocess.Popen(
            command, stdout=self._log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL
        )
        self.pid = self._child.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        if self._child.poll() is None:
            self._child.send_signal(signal.SIGTERM)
            try:
                self._child.wait(30)
            except subprocess.TimeoutExpired:
                self._child.kill()
                self._child.wait()
        self._log.close()

    def kill(self):
        self._child.kill()
        self._child.wait()

    def check_alive(self):
        if self._child.poll() is not None:
            tail = self.log_path.read_text(errors="replace")[-1500:]
            raise BenchError(f"{self.name} ended with {self._child.returncode}:\n{tail}")

    def wait_until(self, condition, what, timeout=60):
        """Polls `condition`; what it raises of the network's errors counts as not yet."""
        deadline = time.monotonic() + timeout
        while True:
            self.check_alive()
            try:
                if condition():
                    return
            except OSError:
                pass
            if time.monotonic() > deadline:
                raise BenchError(f"{self.name}: {what} not within {timeout} s, see {self.log_path}")
            time.sleep(0.1)

    def cpu_seconds(self):
        """(total, user, system) of all threads, ended ones too. The total comes from the process
        clock, in nanoseconds; user and system from /proc/PID/stat, in ticks."""
        stat = pathlib.Path(f"/proc/{self.pid}/stat").read_text()
        fields = stat.rsplit(")", 1)[1].split()
        user, system = (int(fields[i]) / TICKS_PER_SECOND for i in (11, 12))
        try:
            # What clock_getcpuclockid(3) makes of a pid.
            total = time.clock_gettime((~self.pid << 3) | 2)
        except OSError:
            total = user + system
        return total, user, system

    def memory_bytes(self):
        """RssAnon, RssFile, VmRSS and the peak of the latter."""
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
        return {
            key: int(fields[key].split()[0]) * 1024
            for key in ("RssAnon", "RssFile", "VmRSS", "VmHWM")
        }


def tree_bytes(path):
    """Sum of the sizes of all files below `path`, 0 where it does not exist."""
    total = 0
    for directory, _, names in os.walk(path):
        for name in names:
            try:
                total += os.stat(os.path.join(directory, name)).st_size
            except FileNotFoundError:
                pass
    return total
