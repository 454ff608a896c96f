"""Records containers of a real runtime as the container exporter sees them: the files of their control groups
and processes, what the runtime keeps on disk and what it answers. Unit tests replay the recordings.

    record_containers.py docker >tests/fixtures/containers/docker.txt     likewise podman, containerd, crio, lxc
    record_containers.py groups WHAT GROUP... FILE... SERIES...
                         what runs already: in the guests of tests/kernel, when they get this script as their
                         second argument. A group begins with "/", a file with "root/", what is expected with its name

A recording is text: a line "# ..." of provenance, "=== PATH" before each file, "=== PATH hex" before one that is no
text. Below "cgroup" is a hierarchy by its name; below "root" is what the runtime keeps, where it is by default;
below "answers" is what its socket says; "expected" has series whose values follow from what the runtime was
told. Folders of this machine are renamed. Run as root, after ./dev test --all, which unpacks the runtimes.
"""

import datetime
import os
import pathlib
import platform
import subprocess
import sys
import tempfile

CGROUPS = pathlib.Path("/sys/fs/cgroup")
BURNER = "while :; do :; done"
SLEEPER = "sleep 100000"
MIB = 1 << 20
# What is read of a group; a name may be of either version.
GROUP_FILES = """cgroup.procs cpu.stat cpu.max cpu.weight cpu.pressure memory.stat memory.current memory.peak memory.max
memory.min memory.swap.max memory.swap.current memory.events memory.pressure memory.numa_stat io.stat io.pressure
pids.current pids.max cpu.shares cpu.cfs_quota_us cpu.cfs_period_us cpuacct.usage_percpu cpuacct.stat
memory.usage_in_bytes memory.max_usage_in_bytes memory.failcnt memory.kmem.usage_in_bytes memory.limit_in_bytes
memory.memsw.limit_in_bytes memory.soft_limit_in_bytes memory.oom_control blkio.throttle.io_service_bytes_recursive
blkio.throttle.io_serviced_recursive blkio.bfq.io_service_bytes_recursive blkio.bfq.io_serviced_recursive
cpuset.memory_migrate""".split()
PROCESS_FILES = ("stat", "limits", "net/dev")


class Recording:
    def __init__(self, what, renamed=()):
        self.renamed = [(str(old), new) for old, new in renamed]
        self.files = {}
        self.expected = []
        self.about = [f"{what}, Linux {'.'.join(platform.release().split('.')[:2])}", f"recorded {datetime.date.today()} by record_containers.py"]

    def add(self, path, data):
        for old, new in self.renamed:
            data = data.replace(old.encode(), new.encode())
        self.files[path] = data

    def add_file(self, path, source):
        try:
            self.add(path, pathlib.Path(source).read_bytes())
        except OSError:
            pass  # a group of this version lacks it, or the root does

    def expect(self, family, value, **labels):
        text = ",".join(f'{name}="{labels[name]}"' for name in sorted(labels))
        self.expected.append(f"{family}{{{text}}} {value}")

    def add_machine(self):
        lines = []
        for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines():
            before, _, after = line.partition(" - ")
            if not after.startswith("cgroup"):
                continue
            fields = before.split(" ")
            fields[4] = "/cgroup" + fields[4].removeprefix(str(CGROUPS))
            lines.append(" ".join(fields) + " - " + after)
        self.add("proc/self/mountinfo", ("\n".join(lines) + "\n").encode())
        boot = [line for line in pathlib.Path("/proc/stat").read_text().splitlines() if line.startswith("btime")]
        self.add("proc/stat", (boot[0] + "\n").encode())
        self.add("proc/1/net/dev", pathlib.Path("/proc/1/net/dev").read_bytes())

    def add_group(self, group):
        """A group, those above and those below it, in every hierarchy, and the processes in it."""
        points = [line.split(" ")[4] for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines()
                  if " - cgroup" in line]
        processes = set()
        for point in points:
            top = pathlib.Path(point + group)
            if not top.is_dir():
                continue
            for folder in [top, *(path for path in top.rglob("*") if path.is_dir())]:
                for name in GROUP_FILES:
                    self.add_file("cgroup" + str(folder / name).removeprefix(str(CGROUPS)), folder / name)
                processes.update((folder / "cgroup.procs").read_text().split())
        assert processes, f"{group} has no process"
        for process in sorted(processes, key=int)[:4]:
            for name in PROCESS_FILES:
                self.add_file(f"proc/{process}/{name}", f"/proc/{process}/{name}")

    def write(self, out):
        for line in self.about:
            print(f"# {line}", file=out)
        if self.expected:
            self.add("expected", ("\n".join(self.expected) + "\n").encode())
        for path, data in sorted(self.files.items()):
            try:
                text = data.decode()
                plain = "\0" not in text
            except UnicodeDecodeError:
                plain = False
            print(f"=== {path}" if plain else f"=== {path} hex", file=out)
            out.write(text if plain else "".join(f"{data[i:i + 50].hex()}\n" for i in range(0, len(data), 50)))
            if plain and not text.endswith("\n"):
                out.write("\n")


def group_of(pid, controller="memory"):
    for line in pathlib.Path(f"/proc/{pid}/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if controller in controllers.split(",") or not controllers:
            return path
    raise AssertionError(f"process {pid} is in no group of {controller}")


def expect_burner(recording, **labels):
    recording.expect("container_spec_memory_limit_bytes", 64 * MIB, **labels)
    recording.expect("container_spec_cpu_quota", 20_000, **labels)
    recording.expect("container_spec_cpu_period", 100_000, **labels)
    recording.expect("container_threads_max", 50, **labels)
    recording.expect("container_processes", 1, **labels)
    recording.expect("container_ulimits_soft", 1024, ulimit="max_open_files", **labels)


def record_docker_kind(runtime, what, state, answer):
    """Two containers of Docker or Podman; `state` gives what is on disk as {path below the root: file}."""
    options = ("--memory=64m", "--memory-swap=64m", "--cpus=0.2", "--pids-limit=50", "--label", "team=shop")
    identities = {"burner": runtime.run("burner", BURNER, *options), "quiet": runtime.run("quiet", SLEEPER)}
    pids = {name: runtime.pid(name) for name in identities}
    recording = Recording(what, [(runtime.folder, "/srv/bed")])
    recording.add_machine()
    image = runtime.bed.output(*runtime.command, "inspect", "--format", "{{.Config.Image}}", "burner")
    for name, pid in pids.items():
        recording.add_group(group_of(pid))
    expect_burner(recording, id=group_of(pids["burner"]), image=image, name="burner")
    recording.expect("container_processes", 1, id=group_of(pids["quiet"]), image=image, name="quiet")
    for path, file in state(identities).items():
        recording.add_file(f"root/{path}", file)
    recording.add(f"answers/{answer}", runtime.bed.run(
        "curl", "-s", "--unix-socket", str(runtime.socket), "http://localhost/containers/json",
        capture_output=True).stdout)
    return recording


def record_docker(folder):
    import runtimes
    docker = runtimes.Docker(folder)
    try:
        def state(identities):
            return {f"var/lib/docker/containers/{identity}/config.v2.json":
                    docker.data / "containers" / identity / "config.v2.json" for identity in identities.values()}
        version = docker.bed.output(*docker.command, "version", "--format", "{{.Server.Version}}")
        return record_docker_kind(docker, f"Docker {version}, control groups of version 1", state, "docker")
    finally:
        docker.close()


def record_podman(folder):
    import runtimes
    podman = runtimes.Podman(folder)
    try:
        def state(_):
            return {"var/lib/containers/storage/vfs-containers/containers.json":
                    podman.storage / "vfs-containers/containers.json"}
        version = podman.bed.output("podman", "--version").split()[-1]
        return record_docker_kind(podman, f"Podman {version} with runc, control groups of version 1", state, "podman")
    finally:
        podman.close()


def pod_groups(uid):
    for line in subprocess.run(["find", str(CGROUPS / "memory"), "-type", "d", "-name", f"pod{uid}"], check=True,
                               capture_output=True, text=True).stdout.splitlines():
        return line.removeprefix(str(CGROUPS / "memory"))
    raise AssertionError(uid)


def record_pod(runtime, what, group_prefix, names, state):
    """A pod of two containers. `names` gives what is called what, and `state` what is on disk, as for Docker."""
    import runtimes
    uid = runtimes.new_uid()
    pod = runtime.pod("shop-0", "prod", uid)
    made = {"app": runtime.container(pod, "app", BURNER, memory=64 * MIB, quota=20_000, attempt=2),
            "side": runtime.container(pod, "side", SLEEPER)}
    recording = Recording(what, [(runtime.folder, "/srv/bed")])
    recording.add_machine()
    group = pod_groups(uid)
    recording.add_group(group)
    shown = {"namespace": "prod", "pod": "shop-0", "image": "localhost/tiny:1"}
    for name, identity in made.items():
        labels = {"id": f"{group}/{group_prefix}{identity}", "name": names(name, identity, uid), "container": name, **shown}
        recording.expect("container_processes", 1, **labels)
        recording.expect("container_spec_memory_limit_bytes", 64 * MIB if name == "app" else 0, **labels)
        if name == "app":
            recording.expect("container_spec_cpu_quota", 20_000, **labels)
    recording.expect("container_last_seen", "any", id=group, namespace="prod", pod="shop-0")
    for path, file in state([pod[0], *made.values()]).items():
        recording.add_file(f"root/{path}", file)
    for method in ("ListPodSandbox", "ListContainers"):
        recording.add(f"answers/{method}", runtime.call(f"RuntimeService/{method}", b""))
    return recording


def record_containerd(folder):
    import runtimes
    containerd = runtimes.Containerd(folder)
    try:
        def state(identities):
            tasks = "io.containerd.runtime.v2.task/k8s.io"
            return {f"run/containerd/{tasks}/{identity}/config.json": containerd.state / tasks / identity / "config.json"
                    for identity in identities}
        version = subprocess.run([runtimes.unpacked("containerd"), "--version"], check=True, capture_output=True,
                                 text=True).stdout.split()[2]
        return record_pod(containerd, f"containerd {version} by the Container Runtime Interface, control groups of version 1",
                          "", lambda name, identity, uid: identity, state)
    finally:
        containerd.close()


def record_crio(folder):
    import runtimes
    crio = runtimes.Crio(folder)
    try:
        def state(identities):
            base = pathlib.Path("vfs-containers")
            files = [base / "containers.json", *(base / identity / "userdata/config.json" for identity in identities)]
            return {f"var/lib/containers/storage/{file}": crio.storage / file for file in files}
        version = crio.bed.output(f"{os.environ['NARTHEX_CRIO']}/crio", "--version").split()[2]
        return record_pod(crio, f"CRI-O {version}, control groups of version 1", "crio-",
                          lambda name, identity, uid: f"k8s_{name}_shop-0_prod_{uid}_{2 if name == 'app' else 0}", state)
    finally:
        crio.close()


def record_lxc(folder):
    import runtimes
    lxc = runtimes.Lxc(folder)
    try:
        lxc.run("box", BURNER, "lxc.cgroup.memory.limit_in_bytes = 64M", "lxc.cgroup.cpu.cfs_quota_us = 5000")
        runtimes.wait_for(CGROUPS / "memory/lxc.payload.box/cgroup.procs", lxc.bed.started[-1], folder / "lxc-start.log")
        pid = lxc.pid("box")
        version = lxc.bed.output(runtimes.unpacked("lxc-info"), "--version")
        recording = Recording(f"LXC {version}, control groups of version 1", [(folder, "/srv/bed")])
        recording.add_machine()
        recording.add_group(group_of(pid))
        labels = {"id": "/lxc.payload.box", "name": "box"}
        recording.expect("container_spec_memory_limit_bytes", 64 * MIB, **labels)
        recording.expect("container_spec_cpu_quota", 5_000, **labels)
        recording.expect("container_processes", 1, **labels)
        return recording
    finally:
        lxc.close()


def record_groups(what, *items):
    recording = Recording(what)
    recording.add_machine()
    for item in items:
        if item.startswith("/"):
            recording.add_group(item)
        elif item.startswith("root/"):
            recording.add_file(item, item.removeprefix("root"))
        else:
            recording.expected.append(item)
    return recording


def main():
    kinds = {"docker": record_docker, "podman": record_podman, "containerd": record_containerd, "crio": record_crio,
             "lxc": record_lxc}
    if len(sys.argv) > 3 and sys.argv[1] == "groups":
        return record_groups(*sys.argv[2:]).write(sys.stdout)
    if len(sys.argv) != 2 or sys.argv[1] not in kinds:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory(prefix="nx", ignore_cleanup_errors=True) as folder:
        kinds[sys.argv[1]](pathlib.Path(folder)).write(sys.stdout)


if __name__ == "__main__":
    main()
