"""The container exporter beside real runtimes: names and labels over their sockets and from their state on
disk, values against the kernel's files and known loads, and the questions of operators through our server."""

import os
import pathlib
import socket
import subprocess
import tempfile
import time

import pytest

import runtimes
from harness import ALL_ONLY, executable, free_port, poll, query, scrape

MIB = 1 << 20
BURNER = "while :; do :; done"
SLEEPER = "sleep 100000"


def start(launch, *arguments, port=None):
    port = port or free_port()
    nowhere = ["--docker=", "--podman=", "--containerd=", "--crio=", "--docker_root=", "--podman_root=",
               "--containerd_root="]
    given = {argument.split("=")[0] for argument in arguments}
    if "--runtime-timeout" not in given:
        arguments += ("--runtime-timeout=10s",)  # the machine may be busy with other tests
    return launch.run(executable("narthex-container-exporter"), f"--web.listen-address=127.0.0.1:{port}",
                      *(flag for flag in nowhere if flag.rstrip("=") not in given), *arguments, port=port)


def group_of(pid, controller="memory"):
    for line in pathlib.Path(f"/proc/{pid}/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if controller in controllers.split(","):
            return path
    raise AssertionError(f"process {pid} is in no group of {controller}")


def read_group(pid, controller, file):
    return pathlib.Path(f"/sys/fs/cgroup/{controller}{group_of(pid, controller)}", file).read_text()


@pytest.fixture
def short_path():
    """Runtimes put sockets below their folders, whose paths may not be long."""
    with tempfile.TemporaryDirectory(prefix="nx", ignore_cleanup_errors=True) as folder:
        yield pathlib.Path(folder)


@pytest.fixture(params=["podman", pytest.param("docker", marks=ALL_ONLY)])
def runtime(request, short_path):
    if request.param == "podman":
        for program in ("podman", "runc", "busybox"):
            if not runtimes.shutil.which(program):
                pytest.skip(f"{program} is not installed")
    if os.geteuid() != 0 or pathlib.Path("/sys/fs/cgroup/cgroup.controllers").exists():
        pytest.skip("needs root and control groups of version 1; tests/kernel does version 2")
    made = {"podman": runtimes.Podman, "docker": runtimes.Docker}[request.param](short_path)
    made.kind = request.param
    yield made
    made.close()


def sources(runtime):
    """Flags for the socket, and for what is on disk without it."""
    folder = f"--podman_root={runtime.storage}" if runtime.kind == "podman" else f"--docker_root={runtime.data}"
    return [f"--{runtime.kind}={runtime.socket}"], [folder]


def test_containers_have_their_names_limits_and_values(launch, runtime):
    runtime.run("burner", BURNER, "--memory=64m", "--memory-swap=64m", "--cpus=0.2", "--pids-limit=50", "--label",
                "team=shop", "--label", "secret=x")
    runtime.run("other", SLEEPER)
    pids = {name: runtime.pid(name) for name in ("burner", "other")}
    by_socket, by_folder = sources(runtime)
    exporter = start(launch, *by_socket, "--whitelisted_container_labels=team", "--disable_metrics=",
                     "--enable_load_reader")
    exposition = poll(lambda: (e := scrape(exporter.url)).find("container_last_seen", name="burner") and e, "names")

    # Once each, by name, image and the label that was asked for; others do not show.
    for name, pid in pids.items():
        (labels, _), = exposition.find("container_last_seen", name=name)
        assert labels["id"] == group_of(pid)
        assert labels["image"].endswith("tiny:1")
        assert not any("secret" in label for label in labels)
        assert all(labels.values())
    assert exposition.find("container_last_seen", name="burner")[0][0]["container_label_team"] == "shop"

    assert exposition.value("container_spec_memory_limit_bytes", name="burner") == 64 * MIB
    assert exposition.value("container_spec_cpu_quota", name="burner") == 20_000
    assert exposition.value("container_threads_max", name="burner") == 50
    assert exposition.value("container_ulimits_soft", name="burner", ulimit="max_open_files") == 1024
    assert exposition.value("container_processes", name="other") == 1
    assert exposition.value("container_tasks_state", name="other", state="sleeping") == 1
    started = exposition.value("container_start_time_seconds", name="burner")
    assert time.time() - 120 < started <= time.time() + 1

    poll(lambda: scrape(exporter.url).value("container_cpu_cfs_throttled_periods_total", name="burner") > 10,
         "the burner is throttled")
    before = scrape(exporter.url)
    kernel = int(read_group(pids["burner"], "cpuacct", "cpuacct.usage")) / 1e9
    after = scrape(exporter.url)

    def used(exposition):
        return sum(value for _, value in exposition.find("container_cpu_usage_seconds_total", name="burner"))

    assert used(before) - 1e-6 <= kernel <= used(after) + 1e-6  # sums of CPUs round
    if runtime.kind == "podman":
        stats = runtime.bed.output(*runtime.command, "stats", "--no-stream", "--format", "{{.CPUNano}}", "burner")
        assert used(after) == pytest.approx(int(stats) / 1e9, rel=0.5)

    # Without the socket, from what is on disk.
    disk = start(launch, *by_folder)
    exposition = poll(lambda: (e := scrape(disk.url)).find("container_last_seen", name="burner") and e, "from disk")
    (labels, _), = exposition.find("container_last_seen", name="burner")
    assert labels["image"].endswith("tiny:1")


def test_the_label_set_of_the_original(launch, runtime):
    runtime.run("web", SLEEPER, "--label", "a.b-c=1", "--env", "APP_ROLE=front", "--label",
                "io.kubernetes.pod.name=shop-0")
    exporter = start(launch, *sources(runtime)[0], "--compat=cadvisor", "--env_metadata_whitelist=APP_")
    exposition = poll(lambda: (e := scrape(exporter.url)).find("container_last_seen", name="web") and e, "names")
    (labels, _), = exposition.find("container_last_seen", name="web")
    assert labels.pop("id") == group_of(runtime.pid("web"))
    assert labels.pop("image").endswith("tiny:1")
    assert labels == {"name": "web", "container_label_a_b_c": "1", "container_label_kind": "test",
                      "container_label_io_kubernetes_pod_name": "shop-0", "container_env_app_role": "front"}
    assert exposition.value("container_health_state", name="web") == -1


def test_a_kill_for_want_of_memory_and_a_removal(launch, runtime):
    # The first process stays, being the smallest and idle before the hunger begins; a shell that finds no memory to
    # fork ends, so there are several.
    eater = "(sleep 1; while :; do head -c 100m /dev/zero | tail >/dev/null; sleep 0.2; done) & "
    runtime.run("hungry", eater * 3 + "exec sleep 1000", "--memory=16m", "--memory-swap=16m")
    pid = runtime.pid("hungry")
    exporter = start(launch, *sources(runtime)[0])
    poll(lambda: scrape(exporter.url).value("container_oom_events_total", name="hungry") >= 2, "kills", 30)
    shown = scrape(exporter.url).value("container_oom_events_total", name="hungry")
    counted = int(next(line.split()[1] for line in read_group(pid, "memory", "memory.oom_control").splitlines()
                       if line.startswith("oom_kill ")))
    assert shown <= counted
    assert len(scrape(exporter.url).find("container_last_seen", name="hungry")) == 1
    runtime.remove("hungry")
    assert not scrape(exporter.url).find("container_last_seen", name="hungry")


def test_traffic_between_two_containers(launch, runtime):
    for name in ("front", "back"):
        runtime.run(name, SLEEPER)
    front, back = runtime.pid("front"), runtime.pid("back")
    runtime.bed.wire(front, back)
    exporter = start(launch, *sources(runtime)[0])
    subprocess.run(["nsenter", "-t", str(front), "-n", "/usr/bin/python3", "-c",
                    "import socket; s = socket.socket(type=socket.SOCK_DGRAM)\n"
                    "for i in range(50): s.sendto(bytes(1000), ('10.77.0.2', 9))"], check=True)
    exposition = poll(lambda: (e := scrape(exporter.url)).find("container_network_receive_bytes_total", name="back")
                      and e, "network")
    received = exposition.value("container_network_receive_bytes_total", name="back", interface="eth0")
    sent = exposition.value("container_network_transmit_bytes_total", name="front", interface="eth0")
    assert 50 * 1028 <= received <= sent
    assert not exposition.find("container_network_receive_bytes_total", name="back", interface="lo")


def test_a_socket_that_hangs_costs_its_labels_alone(launch, runtime, tmp_path):
    identity = runtime.run("web", SLEEPER)
    path = tmp_path / "hangs.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen(8)
        exporter = start(launch, f"--docker={path}", "--runtime-timeout=300ms")
        exposition = scrape(exporter.url)
        (labels, _), = [found for found in exposition.find("container_last_seen") if identity in found[0]["id"]]
        assert "name" not in labels
        assert exposition.value("narthex_container_runtime_failures_total", runtime="docker") == 1
        begin = time.monotonic()
        for _ in range(3):
            assert scrape(exporter.url).value("container_scrape_error") == 0
        assert time.monotonic() - begin < 3 * 0.3  # it was left alone
    # Another source tells what it would have told.
    both = start(launch, f"--docker={path}", *sources(runtime)[1])
    poll(lambda: scrape(both.url).find("container_last_seen", name="web"), "the folder's name")


@pytest.fixture
def containerd(short_path):
    if os.geteuid() != 0 or pathlib.Path("/sys/fs/cgroup/cgroup.controllers").exists():
        pytest.skip("needs root and control groups of version 1")
    made = runtimes.Containerd(short_path)
    yield made
    made.close()


@ALL_ONLY
def test_machines_of_lxc_have_their_names_and_limits(launch, short_path):
    if os.geteuid() != 0 or pathlib.Path("/sys/fs/cgroup/cgroup.controllers").exists():
        pytest.skip("needs root and control groups of version 1")
    lxc, name = runtimes.Lxc(short_path), f"nx{os.getpid()}"
    try:
        lxc.run(name, BURNER, "lxc.cgroup.memory.limit_in_bytes = 64M", "lxc.cgroup.cpu.cfs_quota_us = 5000")
        exporter = start(launch)
        exposition = poll(lambda: (e := scrape(exporter.url)).find("container_last_seen", name=name) and e, "the machine",
                          timeout=30)
        (labels, _), = exposition.find("container_last_seen", name=name)
        pid = lxc.pid(name)
        assert labels["id"] == group_of(pid) == f"/lxc.payload.{name}"
        assert exposition.value("container_spec_memory_limit_bytes", name=name) == 64 * MIB
        assert exposition.value("container_spec_cpu_quota", name=name) == 5_000
        poll(lambda: scrape(exporter.url).value("container_cpu_cfs_throttled_periods_total", name=name) > 10,
             "the machine is throttled", timeout=30)
        before = scrape(exporter.url)
        kernel = int(read_group(pid, "cpuacct", "cpuacct.usage")) / 1e9
        used = [sum(value for _, value in e.find("container_cpu_usage_seconds_total", name=name))
                for e in (before, scrape(exporter.url))]
        assert used[0] - 1e-6 <= kernel <= used[1] + 1e-6
    finally:
        lxc.close()


@ALL_ONLY
def test_pods_of_kubernetes_through_our_server(launch, containerd, tmp_path):
    pods = {}
    for namespace, name in (("prod", "shop-0"), ("prod", "shop-1"), ("dev", "try-0")):
        pods[name] = containerd.pod(name, namespace, runtimes.new_uid())
        containerd.container(pods[name], "app", BURNER, memory=64 * MIB, quota=10_000)
    containerd.container(pods["shop-0"], "side", SLEEPER)
    for source in (f"--containerd={containerd.socket}", f"--containerd_root={containerd.state}"):
        exporter = start(launch, source, "--disable_metrics=percpu", "--whitelisted_container_labels=tier")
        exposition = poll(lambda: (e := scrape(exporter.url)).find("container_last_seen", container="side") and e,
                          f"names by {source}")
        shown = exposition.find("container_last_seen", container="app")
        assert {(labels["namespace"], labels["pod"]) for labels, _ in shown} == {
            ("prod", "shop-0"), ("prod", "shop-1"), ("dev", "try-0")}
        assert all(labels["image"] == "localhost/tiny:1" for labels, _ in shown)
        # The network is the pod's, and shows once for each.
        networks = [labels for labels, _ in exposition.find("container_network_receive_bytes_total")
                    if "pod" in labels]
        assert len({(labels["pod"], labels["interface"]) for labels in networks}) == len(networks)
        # The pod's own group is the pod's too.
        totals = exposition.find("container_memory_usage_bytes", pod="shop-0", namespace="prod")
        assert any(labels["id"].rsplit("/", 1)[1].startswith("pod") for labels, _ in totals)
        exporter.stop()

    exporter = start(launch, f"--containerd={containerd.socket}")
    config = tmp_path / "prometheus.yml"
    config.write_text("scrape_configs:\n  - job_name: containers\n    scrape_interval: 1s\n    static_configs:\n"
                      f"      - targets: ['{exporter.address}']\n")
    server = launch.server(config, tmp_path / "database")

    def rates(window):
        found = query(server.url,
                      f'sum by (namespace) (rate(container_cpu_usage_seconds_total{{image!=""}}[{window}]))')
        return {labels["namespace"]: value for labels, value in found if "namespace" in labels}

    poll(lambda: len(query(server.url, "count_over_time(container_scrape_error[1m]) > 8")) == 1, "samples", 60)
    assert set(rates("5m")) == {"prod", "dev"}
    result = rates("8s")  # 5 minutes of samples would take 5 minutes
    assert 0.15 < result["prod"] < 0.25 and 0.07 < result["dev"] < 0.13  # of 0.1 for each burner
    sets = {labels["pod"]: value for labels, value in query(
        server.url, 'sum by (pod) (container_memory_working_set_bytes{image!="",container!=""})')}
    assert set(sets) == set(pods)
    for name, (identity, _) in pods.items():
        assert 0 < sets[name] < 64 * MIB


@ALL_ONLY
def test_pods_of_cri_o_by_its_socket_and_from_disk(launch, short_path):
    if not os.environ.get("NARTHEX_CRIO"):
        pytest.skip("NARTHEX_CRIO names no folder with a build of CRI-O, of which Debian has no package")
    crio, uid = runtimes.Crio(short_path), runtimes.new_uid()
    try:
        pod = crio.pod("shop-0", "prod", uid)
        made = crio.container(pod, "app", BURNER, memory=64 * MIB, quota=10_000, attempt=1)
        for source in (f"--crio={crio.socket}", f"--podman_root={crio.storage}"):
            exporter = start(launch, source, "--docker_only")
            exposition = poll(lambda: (e := scrape(exporter.url)).find("container_last_seen", container="app") and e,
                              f"names by {source}")
            (labels, _), = exposition.find("container_last_seen", container="app")
            assert labels.pop("id").endswith(f"/crio-{made}")
            assert labels == {"container": "app", "pod": "shop-0", "namespace": "prod", "image": "localhost/tiny:1",
                              "name": f"k8s_app_shop-0_prod_{uid}_1"}
            assert exposition.value("container_spec_memory_limit_bytes", container="app") == 64 * MIB
            names = {labels["name"] for labels, _ in exposition.find("container_last_seen", pod="shop-0") if "name" in labels}
            assert names == {f"k8s_app_shop-0_prod_{uid}_1", f"k8s_POD_shop-0_prod_{uid}_0"}
            exporter.stop()
    finally:
        crio.close()


@ALL_ONLY
def test_a_container_that_is_replaced_shows_once(launch, containerd):
    pod = containerd.pod("loop-0", "prod", runtimes.new_uid())
    exporter = start(launch, f"--containerd={containerd.socket}")
    for attempt in range(3):
        made = containerd.container(pod, "app", SLEEPER, attempt=attempt)
        exposition = poll(lambda: (e := scrape(exporter.url)).find("container_last_seen", name=made) and e, "new")
        assert len(exposition.find("container_last_seen", container="app")) == 1
        subprocess.run(["kill", "-9", *read_pids(made)], check=True)
        poll(lambda: not scrape(exporter.url).find("container_last_seen", container="app"), "gone")


def read_pids(container):
    for folder, _, _ in os.walk("/sys/fs/cgroup/memory/kubepods"):
        if folder.endswith(container):
            return pathlib.Path(folder, "cgroup.procs").read_text().split()
    raise AssertionError(container)
