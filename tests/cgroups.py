"""Control groups of this machine, of either version, for tests: made, filled and removed."""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

import pytest

CONTROLLERS = ("cpu", "cpuacct", "memory", "pids", "blkio", "cpuset")


def _mounts():
    """{controller: mount point}, with "" for version 2."""
    found = {}
    for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines():
        before, _, after = line.partition(" - ")
        kind, _, options = after.split(" ", 2)
        point = before.split(" ")[4]
        if kind == "cgroup2":
            found[""] = point
        if kind == "cgroup":
            for option in options.split(","):
                if option in CONTROLLERS:
                    found[option] = point
    return found


class Cgroups:
    """A group of its own for a test, and groups below it."""

    def __init__(self):
        self.mounts = _mounts()
        self.is_unified = set(self.mounts) == {""}
        self.top = f"/narthex-test-{os.getpid()}"
        self.processes = []
        self.add(self.top)

    def folder(self, path, controller):
        point = self.mounts.get(controller, self.mounts.get(""))
        return pathlib.Path(point + path)

    def add(self, path):
        for point in set(self.mounts.values()):
            pathlib.Path(point + path).mkdir(parents=True, exist_ok=True)
        if self.is_unified:
            for folder in (pathlib.Path(self.mounts[""]), self.folder(os.path.dirname(path) or "/", "")):
                has = (folder / "cgroup.controllers").read_text().split()
                wanted = [name for name in ("cpu", "memory", "pids", "io") if name in has]
                (folder / "cgroup.subtree_control").write_text(" ".join("+" + name for name in wanted))
        cpuset = self.mounts.get("cpuset")
        if cpuset:  # version 1 takes no process in before these are set
            for name in ("cpuset.cpus", "cpuset.mems"):
                value = pathlib.Path(cpuset, name).read_text()
                parts = path.strip("/").split("/")
                for depth in range(1, len(parts) + 1):
                    file = pathlib.Path(cpuset, *parts[:depth], name)
                    if not file.read_text().strip():
                        file.write_text(value)
        return path

    def write(self, path, controller, file, value):
        (self.folder(path, controller) / file).write_text(str(value))

    def read(self, path, controller, file):
        return (self.folder(path, controller) / file).read_text()

    def numbers(self, path, controller, file):
        return {name: int(value) for name, value in
                re.findall(r"^(\S+) (\d+)$", self.read(path, controller, file), re.M)}

    def limit_cpu(self, path, quota_us, period_us=100_000):
        if self.is_unified:
            self.write(path, "cpu", "cpu.max", f"{quota_us} {period_us}")
        else:
            self.write(path, "cpu", "cpu.cfs_period_us", period_us)
            self.write(path, "cpu", "cpu.cfs_quota_us", quota_us)

    def limit_memory(self, path, limit_bytes):
        if self.is_unified:
            self.write(path, "memory", "memory.max", limit_bytes)
            self.write(path, "memory", "memory.swap.max", 0)
        else:
            self.write(path, "memory", "memory.limit_in_bytes", limit_bytes)

    def run(self, path, command, prefix=()):
        """Starts a shell command whose first process is in the group from its beginning."""
        enter = "".join(f"echo $$ >{point}{path}/cgroup.procs; " for point in set(self.mounts.values()))
        process = subprocess.Popen([*prefix, "sh", "-c", f"{enter}{command}"], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        self.processes.append(process)
        deadline = time.monotonic() + 10
        while not any(self.pids(path)):
            assert time.monotonic() < deadline and process.poll() is None, f"{command} is not in {path}"
            time.sleep(0.01)
        return process

    def pids(self, path):
        return [int(pid) for pid in self.read(path, "memory", "cgroup.procs").split()]

    def end(self, process):
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()

    def remove(self, path):
        for point in set(self.mounts.values()):
            for folder, _, _ in os.walk(point + path, topdown=False):
                self._remove(folder)

    @staticmethod
    def _remove(folder):
        deadline = time.monotonic() + 10
        while True:
            try:
                return os.rmdir(folder)
            except FileNotFoundError:
                return None
            except OSError:  # processes that were killed leave a moment later
                assert time.monotonic() < deadline, f"{folder} cannot be removed"
                time.sleep(0.02)

    def close(self):
        for process in self.processes:
            self.end(process)
        self.remove(self.top)


def may_make_groups():
    return os.geteuid() == 0 and bool(_mounts()) and os.access(next(iter(_mounts().values())), os.W_OK) \
        and shutil.which("unshare") is not None


needs_groups = pytest.mark.skipif(not may_make_groups(), reason="needs root and control groups that it may change")
