"""Real container runtimes for tests, each with its own data and socket, in namespaces of its own.

Podman comes from Debian's package; Docker, containerd and LXC are unpacked by ./dev test --all below
build/runtimes, for their packages would start services. The image is a shell, made here. Nothing reaches
the network: runtimes and containers live in a network namespace that has no way out.
"""

import json
import os
import pathlib
import secrets
import shutil
import signal
import struct
import subprocess
import time

import pytest

from harness import CHECKOUT

RUNTIMES = pathlib.Path(os.environ.get("NARTHEX_RUNTIMES") or CHECKOUT / "build/runtimes")
APPLETS = ("sh", "sleep", "cat", "dd", "nc", "head", "tail", "ip", "yes")


def needs(*programs):
    missing = [name for name in programs if not shutil.which(name)]
    reason = f"{', '.join(missing)}: not installed" if missing else "needs root"
    return pytest.mark.skipif(bool(missing) or os.geteuid() != 0, reason=reason)


def unpacked(name):
    """An executable of a package that is unpacked, or a skip that says what is missing."""
    for folder in ("usr/bin", "usr/sbin"):
        path = RUNTIMES / folder / name
        if path.exists():
            return str(path)
    pytest.skip(f"{name} is not in {RUNTIMES}: ./dev test --all unpacks it")


def image_tree(folder):
    """The files of an image that has nothing but a shell."""
    for name in ("bin", "tmp", "proc", "sys", "dev", "etc"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    shutil.copy("/usr/bin/busybox", folder / "bin/busybox")
    for applet in APPLETS:
        (folder / "bin" / applet).symlink_to("busybox")
    (folder / "etc/passwd").write_text("root:x:0:0:root:/:/bin/sh\n")
    return folder


def remove_groups(*names):
    """Empty groups that a runtime leaves behind."""
    for root in pathlib.Path("/sys/fs/cgroup").iterdir():
        for name in names:
            for folder, _, _ in os.walk(root / name, topdown=False):
                try:
                    os.rmdir(folder)
                except OSError:
                    pass


class Bed:
    """A process that holds mount and network namespaces; commands run in them."""

    def __init__(self, folder):
        self.folder = folder
        self.holder = subprocess.Popen(["unshare", "-n", "-m", "--propagation", "private", "sleep", "infinity"])
        time.sleep(0.1)
        while os.readlink(f"/proc/{self.holder.pid}/ns/net") == os.readlink("/proc/self/ns/net"):
            time.sleep(0.02)
        self.environment = dict(os.environ)
        self.started = []
        self.run("ip", "link", "set", "lo", "up")

    def enter(self):
        return ["nsenter", "-t", str(self.holder.pid), "-n", "-m", "--"]

    def run(self, *command, **options):
        return subprocess.run([*self.enter(), *command], check=True, env=self.environment, timeout=120,
                              **options)

    def output(self, *command):
        return self.run(*command, capture_output=True, text=True).stdout.strip()

    def start(self, *command):
        log = open(self.folder / f"{pathlib.Path(command[0]).name}.log", "ab")
        process = subprocess.Popen([*self.enter(), *command], env=self.environment, stdin=subprocess.DEVNULL,
                                   stdout=log, stderr=subprocess.STDOUT)
        self.started.append(process)
        return process

    def wire(self, first, second):
        """Joins the network namespaces of two processes, an interface eth0 in each."""
        inside = lambda pid, command: subprocess.run(  # noqa: E731
            ["nsenter", "-t", str(pid), "-n", "sh", "-ec", command], check=True)
        inside(first, f"ip link add eth0 type veth peer name eth0 netns {second}")
        for number, pid in enumerate((first, second)):
            inside(pid, f"ip addr add 10.77.0.{number + 1}/24 dev eth0; ip link set eth0 up; ip link set lo up")

    def close(self):
        for process in reversed(self.started):
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.holder.kill()
        self.holder.wait()


def wait_for(path, process, log, timeout=30):
    deadline = time.monotonic() + timeout
    while not pathlib.Path(path).exists():
        assert process.poll() is None and time.monotonic() < deadline, pathlib.Path(log).read_text()[-3000:]
        time.sleep(0.05)


class Podman:
    """Podman with runc, which knows how to live with control groups of version 1."""

    GROUPS = ("libpod_parent",)

    def __init__(self, folder):
        self.bed = Bed(folder)
        self.folder = folder
        self.storage = folder / "root"
        self.socket = folder / "podman.sock"
        (folder / "containers.conf").write_text(
            '[containers]\ndefault_ulimits = ["nofile=1024:20000", "nproc=4096:4096"]\n'
            '[engine]\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\nruntime = "runc"\n')
        self.bed.environment["CONTAINERS_CONF"] = str(folder / "containers.conf")
        self.command = ["podman", "--root", str(self.storage), "--runroot", str(folder / "run"), "--storage-driver",
                        "vfs"]
        image_tree(folder / "tree")
        self.bed.run("sh", "-ec", f"tar -C {folder}/tree -c . | {' '.join(self.command)} import "
                     "--change 'LABEL kind=test' - localhost/tiny:1", capture_output=True)
        service = self.bed.start(*self.command, "system", "service", "-t", "0", f"unix://{self.socket}")
        wait_for(self.socket, service, folder / "podman.log")

    def run(self, name, script, *options):
        identity = self.bed.output(*self.command, "run", "-d", "--name", name, "--network=none", *options,
                                   "localhost/tiny:1", "sh", "-c", script)
        return identity.splitlines()[-1]

    def pid(self, name):
        return int(self.bed.output(*self.command, "inspect", "--format", "{{.State.Pid}}", name))

    def remove(self, name):
        self.bed.run(*self.command, "rm", "-f", "-t", "0", name, capture_output=True)

    def close(self):
        subprocess.run([*self.bed.enter(), *self.command, "rm", "-a", "-f", "-t", "0"], env=self.bed.environment,
                       capture_output=True, timeout=60, check=False)
        self.bed.close()
        remove_groups(*self.GROUPS)


class Docker:
    GROUPS = ("docker",)

    def __init__(self, folder):
        self.bed = Bed(folder)
        self.folder = folder
        self.socket = folder / "docker.sock"
        self.data = folder / "data"
        daemon = unpacked("dockerd")
        self.bed.environment["PATH"] = f"{RUNTIMES}/usr/bin:{RUNTIMES}/usr/sbin:" + os.environ["PATH"]
        self.command = [unpacked("docker"), "-H", f"unix://{self.socket}"]
        image_tree(folder / "tree")
        process = self.bed.start(
            daemon, "--data-root", str(self.data), "--exec-root", str(folder / "exec"), "-H", f"unix://{self.socket}",
            "-p", str(folder / "docker.pid"), "--iptables=false", "--ip6tables=false", "--bridge=none",
            "--storage-driver=vfs", "--default-ulimit", "nofile=1024:20000")
        wait_for(self.socket, process, folder / "dockerd.log", 60)
        self.bed.run("sh", "-ec", f"tar -C {folder}/tree -c . | {' '.join(self.command)} import "
                     "--change 'LABEL kind=test' - tiny:1", capture_output=True)

    def run(self, name, script, *options):
        return self.bed.output(*self.command, "run", "-d", "--name", name, "--network=none", *options, "tiny:1",
                               "sh", "-c", script)

    def pid(self, name):
        return int(self.bed.output(*self.command, "inspect", "--format", "{{.State.Pid}}", name))

    def remove(self, name):
        self.bed.run(*self.command, "rm", "-f", name, capture_output=True)

    def close(self):
        subprocess.run([*self.bed.enter(), "sh", "-c", f"{' '.join(self.command)} ps -aq | xargs -r "
                        f"{' '.join(self.command)} rm -f"], env=self.bed.environment, capture_output=True, timeout=60,
                       check=False)
        self.bed.close()
        remove_groups(*self.GROUPS)


class Lxc:
    """Containers of LXC by the name that `run` gets; `options` are lines of their configuration."""

    def __init__(self, folder):
        self.bed = Bed(folder)
        self.folder = folder
        self.program = unpacked("lxc-start")
        self.bed.environment["LD_LIBRARY_PATH"] = f"{RUNTIMES}/usr/lib/x86_64-linux-gnu"
        self.names = []
        image_tree(folder / "tree")
        (folder / "mounted").mkdir()

    def run(self, name, script, *options):
        (self.folder / name).mkdir()
        config = self.folder / name / "config"
        config.write_text("\n".join([
            f"lxc.uts.name = {name}", f"lxc.rootfs.path = dir:{self.folder}/tree", f"lxc.rootfs.mount = {self.folder}/mounted",
            "lxc.net.0.type = empty", "lxc.apparmor.profile = unconfined", "lxc.autodev = 0", "lxc.mount.auto = proc",
            *options, ""]))
        self.names.append(name)
        self.bed.start(self.program, "-F", "-P", str(self.folder), "-n", name, "-f", str(config), "--", "/bin/sh", "-c", script)

    def pid(self, name):
        return int(self.bed.output(unpacked("lxc-info"), "-P", str(self.folder), "-n", name, "-pH"))

    def close(self):
        for name in self.names:
            subprocess.run([*self.bed.enter(), unpacked("lxc-stop"), "-P", str(self.folder), "-n", name, "-k"],
                           env=self.bed.environment, capture_output=True, timeout=60, check=False)
        self.bed.close()
        remove_groups(*(f"lxc.{kind}.{name}" for kind in ("payload", "monitor") for name in self.names))


# ---- the Container Runtime Interface ------------------------------------------------------------

def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def field(number, value):
    """A field of protobuf: a number, a text, bytes of a message, or a map as several fields."""
    if isinstance(value, dict):
        return b"".join(field(number, field(1, key) + field(2, text)) for key, text in value.items())
    if isinstance(value, int):
        return varint(number << 3) + varint(value) if value else b""
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def first_text(message):
    """The text in field 1, which is where answers have their ids."""
    assert message[:1] == b"\x0a" and message[1] < 0x80, message
    return message[2:2 + message[1]].decode()


def lone_network(folder):
    """Folders of plugins and of networks for the Container Network Interface, with what joins a pod to a network: a
    network namespace is all that is wanted of it."""
    plugins = folder / "cni-bin"
    plugins.mkdir()
    (plugins / "alone").write_text(
        '#!/bin/sh\ncat >/dev/null\n'
        'echo \'{"cniVersion":"0.3.1","supportedVersions":["0.3.1"],"interfaces":[{"name":"eth0","sandbox":"\'"$CNI_NETNS"\'"}],'
        '"ips":[{"version":"4","interface":0,"address":"10.88.0.2/16"}]}\'\n')
    (plugins / "loopback").write_text((plugins / "alone").read_text().replace("eth0", "lo"))
    for plugin in plugins.iterdir():
        plugin.chmod(0o755)
    networks = folder / "cni"
    networks.mkdir()
    (networks / "10-alone.conf").write_text('{"cniVersion":"0.3.1","name":"alone","type":"alone"}')
    return plugins, networks


class Containerd:
    """Containerd with the Container Runtime Interface, driven as a kubelet does."""

    GROUPS = ("kubepods",)

    def __init__(self, folder):
        self.bed = Bed(folder)
        self.folder = folder
        self.state = folder / "state"
        self.socket = folder / "containerd.sock"
        daemon = unpacked("containerd")
        self.bed.environment["PATH"] = f"{RUNTIMES}/usr/bin:{RUNTIMES}/usr/sbin:" + os.environ["PATH"]
        plugins, networks = lone_network(folder)
        (folder / "config.toml").write_text(f"""
version = 2
root = "{folder}/data"
state = "{self.state}"
[grpc]
  address = "{self.socket}"
[ttrpc]
  address = "{folder}/ttrpc.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/tiny:1"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{plugins}"
    conf_dir = "{networks}"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "native"
""")
        process = self.bed.start(daemon, "-c", str(folder / "config.toml"))
        wait_for(self.socket, process, folder / "containerd.log", 60)
        self._import_image()
        self.pods = {}

    def _import_image(self):
        tree = image_tree(self.folder / "tree")
        blobs = self.folder / "image"
        blobs.mkdir()
        subprocess.run(["tar", "-C", str(tree), "-cf", str(blobs / "layer.tar"), "."], check=True)
        digest = subprocess.run(["sha256sum", str(blobs / "layer.tar")], capture_output=True, text=True,
                                check=True).stdout.split()[0]
        config = {"architecture": "amd64", "os": "linux", "config": {"Cmd": ["/bin/sleep", "1000000"]},
                  "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]}}
        (blobs / "config.json").write_text(json.dumps(config))
        (blobs / "manifest.json").write_text(json.dumps(
            [{"Config": "config.json", "RepoTags": ["localhost/tiny:1"], "Layers": ["layer.tar"]}]))
        archive = self.folder / "image.tar"
        subprocess.run(["tar", "-C", str(blobs), "-cf", str(archive), "manifest.json", "config.json", "layer.tar"],
                       check=True)
        self.bed.run(unpacked("ctr"), "-a", str(self.socket), "-n", "k8s.io", "images", "import", "--snapshotter",
                     "native", str(archive), capture_output=True)

    def call(self, method, message, patience=60):
        """One call by gRPC: a frame goes out by curl, and one comes back."""
        sent, got, trailers = (self.folder / name for name in ("sent", "got", "trailers"))
        sent.write_bytes(struct.pack(">BI", 0, len(message)) + message)
        self.bed.run("curl", "-s", "--http2-prior-knowledge", "--unix-socket", str(self.socket), "-m", str(patience),
                     "-H", "content-type: application/grpc", "-H", "te: trailers", "--data-binary", f"@{sent}", "-o",
                     str(got), "-D", str(trailers), f"http://localhost/runtime.v1.{method}")
        headers = trailers.read_text()
        assert "grpc-status: 0" in headers, f"{method}: {headers}"
        return got.read_bytes()[5:]

    def pod(self, name, namespace, uid):
        metadata = field(1, name) + field(2, uid) + field(3, namespace)
        labels = {"io.kubernetes.pod.name": name, "io.kubernetes.pod.namespace": namespace,
                  "io.kubernetes.pod.uid": uid}
        config = (field(1, metadata) + field(3, str(self.folder)) + field(6, labels)
                  + field(8, field(1, f"/kubepods/burstable/pod{uid}")))
        identity = first_text(self.call("RuntimeService/RunPodSandbox", field(1, config)))
        self.pods[identity] = labels
        return identity, config

    def container(self, pod, name, script, memory=0, quota=0, attempt=0):
        identity, sandbox = pod
        resources = field(1, 100_000 if quota else 0) + field(2, quota) + field(4, memory)
        labels = {**self.pods[identity], "io.kubernetes.container.name": name, "tier": "test"}  # as a kubelet does
        config = (field(1, field(1, name) + field(2, attempt)) + field(2, field(1, "localhost/tiny:1")) + field(3, "sh") + field(3, "-c")
                  + field(3, script) + field(9, labels) + field(15, field(1, resources)))
        made = first_text(self.call("RuntimeService/CreateContainer",
                                    field(1, identity) + field(2, config) + field(3, sandbox)))
        self.call("RuntimeService/StartContainer", field(1, made))
        return made

    def stop(self, container):
        self.call("RuntimeService/StopContainer", field(1, container))

    def close(self):
        for identity in self.pods:
            try:
                self.call("RuntimeService/StopPodSandbox", field(1, identity))
                self.call("RuntimeService/RemovePodSandbox", field(1, identity))
            except (AssertionError, subprocess.SubprocessError):
                pass
        self.bed.close()
        remove_groups(*self.GROUPS)


class Crio(Containerd):
    """CRI-O, of which Debian has no package: NARTHEX_CRIO is the folder of a build, with crio and pinns in it."""

    def __init__(self, folder):  # pylint: disable=super-init-not-called
        self.bed = Bed(folder)
        self.folder = folder
        self.socket = folder / "crio.sock"
        self.storage = folder / "root"
        self.pods = {}
        programs = pathlib.Path(os.environ["NARTHEX_CRIO"])
        plugins, networks = lone_network(folder)
        runtime = folder / "runc"  # lowering the score wants a privilege that the machine may lack
        runtime.write_text(f"""#!/bin/sh
score=$(cat /proc/self/oom_score_adj)
for word; do
  case $last in
    -b | --bundle) sed -i 's/"oomScoreAdj": *-*[0-9]*/"oomScoreAdj": '"$score/" "$word/config.json" ;;
  esac
  last=$word
done
exec {shutil.which("runc")} "$@"
""")
        runtime.chmod(0o755)
        (folder / "policy.json").write_text('{"default":[{"type":"insecureAcceptAnything"}]}')
        (folder / "crio.conf").write_text(f"""
[crio]
  root = "{self.storage}"
  runroot = "{folder}/run"
  storage_driver = "vfs"
  log_dir = "{folder}/logs"
  version_file = "{folder}/version"
  clean_shutdown_file = "{folder}/clean"
[crio.api]
  listen = "{self.socket}"
[crio.runtime]
  cgroup_manager = "cgroupfs"
  conmon_cgroup = "pod"
  conmon = "{shutil.which("conmon")}"
  pinns_path = "{programs}/pinns"
  drop_infra_ctr = false
  default_runtime = "runc"
  default_ulimits = ["nofile=1024:20000"]
  namespaces_dir = "{folder}/ns"
  container_exits_dir = "{folder}/exits"
  container_attach_socket_dir = "{folder}/attach"
  hooks_dir = []
  [crio.runtime.runtimes.runc]
    runtime_path = "{runtime}"
    runtime_root = "{folder}/runc-state"
[crio.image]
  pause_image = "localhost/tiny:1"
  pause_command = "/bin/pause"
  signature_policy = "{folder}/policy.json"
[crio.network]
  network_dir = "{networks}"
  plugin_dirs = ["{plugins}"]
""")
        pause = image_tree(folder / "tree") / "bin/pause"
        pause.write_text("#!/bin/sh\nexec sleep 1000000\n")
        pause.chmod(0o755)
        podman = f"podman --root {self.storage} --runroot {folder}/run --storage-driver vfs"
        self.bed.run("sh", "-ec", f"tar -C {folder}/tree -c . | {podman} import - localhost/tiny:1", capture_output=True)
        process = self.bed.start(str(programs / "crio"), "--config", str(folder / "crio.conf"), "--config-dir", "")
        wait_for(self.socket, process, folder / "crio.log", 60)


def new_uid():
    return "-".join(secrets.token_hex(size) for size in (4, 2, 2, 2, 6))
