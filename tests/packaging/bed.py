"""A booted Debian in a container, to install packages in: systemd-nspawn over a clean root that is kept.

The root comes from root.sh and is never written to: a bed is an overlay on it, in memory, and gone afterwards. It has
a network of its own with nothing but its loopback, so nothing in it reaches the machine or the world.
"""

import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

import pytest

from harness import CHECKOUT, poll

HERE = pathlib.Path(__file__).resolve().parent
ROOT = CHECKOUT / "build/packaging/root"
CGROUPS = [path for path in (pathlib.Path("/sys/fs/cgroup/unified"), pathlib.Path("/sys/fs/cgroup/systemd"))
           if path.is_dir()] or [pathlib.Path("/sys/fs/cgroup")]


def require():
    """Skips, with the reason, where a container cannot be booted."""
    if os.geteuid() != 0:
        pytest.skip("booting a container needs root")
    for program in ("systemd-nspawn", "debootstrap", "nsenter"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")


class Bed:
    def __init__(self, packages):
        """`packages` are the .deb files whose dependencies are installed."""
        require()
        subprocess.run([HERE / "root.sh", ROOT, *packages], check=True, timeout=900,
                       stdout=subprocess.DEVNULL)
        self.name = f"narthex-bed-{os.getpid()}"
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=self.name))
        self.root = self.folder / "root"
        self.nspawn = None
        self.init = None
        try:
            self._mount()
            self._boot()
        except BaseException:
            self.close()
            raise

    def _mount(self):
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2g", "tmpfs", self.folder], check=True)
        for name in ("upper", "work", "root"):
            (self.folder / name).mkdir()
        layers = f"lowerdir={ROOT},upperdir={self.folder}/upper,workdir={self.folder}/work"
        subprocess.run(["mount", "-t", "overlay", "overlay", "-o", layers, self.root], check=True)

    # In a control group of its own, because nspawn rearranges the one that it is in.
    def _boot(self):
        enter = "".join(f"mkdir -p {group}/{self.name} && echo $$ >{group}/{self.name}/cgroup.procs && "
                        for group in CGROUPS)
        self.log = open(self.folder / "boot.log", "wb")
        self.nspawn = subprocess.Popen(
            ["sh", "-c", enter + 'exec systemd-nspawn -b --register=no --keep-unit --private-network '
             '--resolv-conf=off --timezone=off --console=passive --machine="$1" -D "$2"',
             "sh", self.name, self.root],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT, start_new_session=True)
        poll(self._is_booted, "a booted container", 60)

    def _find_init(self):
        assert self.nspawn.poll() is None, (self.folder / "boot.log").read_text()
        children = pathlib.Path(f"/proc/{self.nspawn.pid}/task/{self.nspawn.pid}/children").read_text()
        assert children.split(), "no child yet"
        return children.split()[0]

    # nspawn has short-lived children before the one that stays, the container's init.
    def _is_booted(self):
        self.init = self._find_init()
        state = self.run("systemctl", "is-system-running", check=False)
        assert state.stdout.strip() in ("running", "degraded"), (
            f"{state.stdout}{state.stderr}{self.run('systemctl', 'list-jobs', check=False).stdout}")
        return True

    def run(self, *command, check=True, timeout=120, stdin=None):
        """Runs a command inside, as root; a failure shows what it said."""
        done = subprocess.run(["nsenter", "-t", self.init, "-a", "--", *map(str, command)], input=stdin,
                              capture_output=True, text=True, timeout=timeout,
                              env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8",
                                   "DEBIAN_FRONTEND": "noninteractive"})
        assert not check or done.returncode == 0, (
            f"{' '.join(map(str, command))}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def path(self, inside):
        """Where a file of the bed is seen from outside."""
        return self.root / str(inside).lstrip("/")

    def get(self, url):
        return self.run("curl", "-sSf", "--noproxy", "*", "-m", "10", url).stdout

    def property(self, unit, name):
        return self.run("systemctl", "show", "-P", name, unit).stdout.strip()

    def main_pid(self, unit):
        """The main process of a unit, as this machine numbers it."""
        inside = self.property(unit, "MainPID")
        for path in pathlib.Path("/proc").glob("[0-9]*/status"):
            try:
                numbers = next(line for line in path.read_text().splitlines() if line.startswith("NSpid:")).split()[1:]
                if len(numbers) > 1 and numbers[-1] == inside and os.readlink(path.parent / "ns/pid") == os.readlink(
                        f"/proc/{self.init}/ns/pid"):
                    return int(numbers[0])
            except (OSError, StopIteration):
                continue
        raise AssertionError(f"{unit} has no process {inside}")

    def close(self):
        if self.nspawn is not None and self.nspawn.poll() is None:
            self.nspawn.send_signal(signal.SIGTERM)
            try:
                self.nspawn.wait(30)
            except subprocess.TimeoutExpired:
                self.nspawn.kill()
                self.nspawn.wait()
            self.log.close()
        for mount in (self.root, self.folder):
            subprocess.run(["umount", "-l", mount], stderr=subprocess.DEVNULL, check=False)
        self.folder.rmdir()
        for group in CGROUPS:
            poll(lambda: self._remove_group(group / self.name), f"{group / self.name} empty")

    # It is busy until the last process in it has been reaped.
    @staticmethod
    def _remove_group(group):
        for folder, _, _ in os.walk(group, topdown=False):
            os.rmdir(folder)
        return True
