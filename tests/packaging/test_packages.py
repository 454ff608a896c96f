"""The Debian packages on a booted Debian, from their installation until nothing of them is left.

One container, and the tests are its life in order: each begins where the one before it ended.
"""

import json
import re
import shutil
import subprocess
import time

import pytest

import ptrace
from harness import ALL_ONLY, Exposition, poll

SERVICES = ("narthex-server.service", "narthex-node-exporter.service", "narthex-container-exporter.service",
            "narthex-blackbox-exporter.service", "narthex-postgres-exporter.service", "narthex-mysql-exporter.service",
            "narthex-pushgateway.service")
# To read what runtimes keep on disk about their containers, and to ping.
CAPABILITIES = {"narthex-container-exporter.service": 1 << 2,  # CAP_DAC_READ_SEARCH
                "narthex-blackbox-exporter.service": 1 << 13}  # CAP_NET_RAW
UNITS = (*SERVICES, "narthex.target")
SERVER = "http://localhost:9090"
CONFIG = "/etc/narthex/prometheus.yml"
# Where the system itself writes: lists of dpkg and debconf, logs, caches.
NOT_OURS = re.compile(r"/(dev|proc|sys|run|tmp|root)(/|$)|/var/(log|cache|tmp|lib/(dpkg|apt|systemd))(/|$)|"
                      r"/etc/(passwd|group|shadow|gshadow|subuid|subgid)-?$|/etc/ld\.so\.cache$|/etc/\.pwd\.lock$|"
                      r"/etc/(machine-id|resolv\.conf|hostname|localtime)$")


def files_of(bed):
    listing = bed.run("find", "/", "-xdev", "-print").stdout.splitlines()
    return {path for path in listing if not NOT_OURS.match(path)}


def accounts_of(bed):
    return bed.run("getent", "passwd").stdout + bed.run("getent", "group").stdout


def query(bed, expression):
    answer = json.loads(bed.run("curl", "-sSf", "-m", "10", f"{SERVER}/api/v1/query", "--data-urlencode",
                                f"query={expression}").stdout)
    return answer["data"]["result"]


def samples_of_up(bed):
    """All that is stored of `up`: {(job, timestamp, value)}."""
    return {(series["metric"]["job"], *sample) for series in query(bed, "up[1h]") for sample in map(tuple, series["values"])}


def wait_active(bed, unit):
    poll(lambda: bed.property(unit, "ActiveState") == "active", f"{unit} active", 30)


def wait_up(bed, *more):
    def up():
        return {series["metric"]["job"]: series["value"][1] for series in query(bed, "up")}
    wanted = {job: "1" for job in ("narthex-server", "node", *more)}
    poll(lambda: up().items() >= wanted.items(), "all targets up", 60, 0.2)


def wait_restarted(bed, unit, pid, timeout, meanwhile=lambda: None):
    def restarted():
        meanwhile()
        return bed.property(unit, "ActiveState") == "active" and bed.property(unit, "MainPID") not in ("0", pid)
    poll(restarted, f"{unit} restarted", timeout, 0.2)


def install(bed, *debs):
    folder = bed.path("/root/packages")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for deb in debs:
        shutil.copy(deb, folder)
    bed.run("sh", "-c", "dpkg --force-confdef --force-confold -i /root/packages/*.deb")


def rebuilt(deb, folder, version, edit):
    """The package with another version, after `edit` changed its files."""
    tree = folder / deb.stem
    subprocess.run(["dpkg-deb", "-R", deb, tree], check=True)
    control = tree / "DEBIAN/control"
    control.write_text(re.sub(r"(?m)^Version: .*$", f"Version: {version}", control.read_text()))
    edit(tree)
    out = folder / f"{deb.name.split('_')[0]}_{version}_new.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "-b", tree, out], check=True, stdout=subprocess.DEVNULL)
    return out


@pytest.fixture(scope="module")
def before(bed):
    """What the system had before the first package."""
    return files_of(bed), accounts_of(bed)


def test_lintian_has_no_error(packages):
    if shutil.which("lintian") is None:
        pytest.skip("lintian is not installed")
    found = subprocess.run(["lintian", "--allow-root", "--fail-on", "error", "--tag-display-limit", "0",
                            *packages.values()], capture_output=True, text=True, timeout=300)
    assert found.returncode == 0, found.stdout + found.stderr


def test_installation_starts_everything(bed, before, packages):
    install(bed, *packages.values())
    for unit in UNITS:
        wait_active(bed, unit)
        assert bed.property(unit, "UnitFileState") == "enabled", unit
    wait_up(bed)
    assert bed.run("systemctl", "--failed", "--plain", "--no-legend").stdout == ""


def test_units_are_sound(bed):
    checked = bed.run("systemd-analyze", "verify", "--man=no", "--recursive-errors=yes",
                      *(f"/lib/systemd/system/{unit}" for unit in UNITS))
    assert checked.stdout + checked.stderr == ""


@pytest.mark.parametrize("unit, most", [("narthex-server.service", 2.5), ("narthex-node-exporter.service", 4.5),
                                        ("narthex-container-exporter.service", 4.5), ("narthex-blackbox-exporter.service", 2.5),
                                        ("narthex-postgres-exporter.service", 3.0), ("narthex-mysql-exporter.service", 3.0),
                                        ("narthex-pushgateway.service", 2.5)])
def test_units_are_hardened(bed, unit, most):
    bed.run("systemd-analyze", "security", f"--threshold={round(most * 10)}", unit)


@pytest.mark.parametrize("unit", SERVICES)
def test_services_run_as_they_claim(bed, unit):
    text = bed.run("cat", f"/proc/{bed.property(unit, 'MainPID')}/status").stdout
    fields = dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)
    wanted = CAPABILITIES.get(unit, 0)
    assert int(fields["CapEff"], 16) == wanted and int(fields["CapBnd"], 16) == wanted
    assert fields["Seccomp"] == "2" and fields["NoNewPrivs"] == "1"
    assert "0" not in fields["Uid"].split()


def test_blackbox_exporter_in_its_unit_pings_and_reads_its_modules_again(bed):
    def probe(module, target):
        return bed.run("curl", "-sS", "-m", "10",
                       f"http://localhost:9115/probe?module={module}&target={target}").stdout
    assert "probe_success 1" in probe("icmp", "127.0.0.1")
    assert "probe_success 1" in probe("http_2xx", "127.0.0.1:9090/-/ready")
    write = "printf 'modules: {again: {prober: icmp}}\\n' >/etc/narthex/blackbox.yml"
    bed.run("cp", "/etc/narthex/blackbox.yml", "/root/blackbox.yml")
    bed.run("sh", "-c", write)
    bed.run("systemctl", "reload", "narthex-blackbox-exporter")
    poll(lambda: "probe_success 1" in probe("again", "127.0.0.1"), "the new module answers", 10)
    bed.run("mv", "/root/blackbox.yml", "/etc/narthex/blackbox.yml")
    bed.run("systemctl", "reload", "narthex-blackbox-exporter")


# The mount namespace of the unit must not change what the exporter tells of the machine.
def test_exporter_in_its_unit_sees_the_machine(bed):
    def families(text):
        samples = Exposition(text).samples
        names = ("node_filesystem_readonly", "node_filesystem_size_bytes", "node_filesystem_device_error",
                 "node_memory_MemTotal_bytes", "node_uname_info", "node_boot_time_seconds", "node_network_up",
                 "node_network_mtu_bytes", "node_scrape_collector_success")
        return {key: value for key, value in samples.items() if key[0] in names}

    bed.run("systemd-run", "--unit=free-exporter", "narthex-node-exporter", "--web.listen-address=127.0.0.1:19100")
    free = poll(lambda: families(bed.get("http://127.0.0.1:19100/metrics")), "the free exporter")
    bed.run("systemctl", "stop", "free-exporter")
    bound = families(bed.get("http://127.0.0.1:9100/metrics"))
    assert len(free) > 5
    assert bound == free


def test_reload_applies_the_configuration_and_keeps_the_process(bed):
    pid = bed.property("narthex-server", "MainPID")
    # The commented job of the pushgateway, without the marks.
    bed.run("sed", "-i", r"/job_name: pushgateway/,$ s/^  # /  /", CONFIG)
    bed.run("systemctl", "reload", "narthex-server")
    wait_active(bed, "narthex-server")
    assert bed.property("narthex-server", "MainPID") == pid
    wait_up(bed, "pushgateway")


@pytest.mark.parametrize("unit", SERVICES)
def test_killed_service_comes_back(bed, unit):
    pid = bed.property(unit, "MainPID")
    bed.run("kill", "-9", pid)
    wait_restarted(bed, unit, pid, 30)
    assert bed.property(unit, "NRestarts") == "1"
    wait_up(bed)


def test_killed_pushgateway_keeps_what_was_pushed(bed):
    bed.run("curl", "-sSf", "--data-binary", "@-", "http://localhost:9091/metrics/job/backup", stdin="done_total 7\n")
    pid = bed.property("narthex-pushgateway", "MainPID")
    bed.run("kill", "-9", pid)
    wait_restarted(bed, "narthex-pushgateway", pid, 30)
    assert 'done_total{instance="",job="backup"} 7' in bed.get("http://localhost:9091/metrics")


def test_killed_server_keeps_its_data(bed):
    stored = samples_of_up(bed)
    assert len(stored) >= 2
    pid = bed.property("narthex-server", "MainPID")
    bed.run("systemctl", "kill", "-s", "KILL", "narthex-server")
    wait_restarted(bed, "narthex-server", pid, 30)
    assert stored <= samples_of_up(bed)


# Its main thread runs on, so a beat given by a timer alone would hide that nothing is served.
@pytest.mark.parametrize("unit", [SERVICES[0], *(pytest.param(unit, marks=ALL_ONLY) for unit in SERVICES[1:])])
def test_watchdog_restarts_a_service_that_serves_nothing(bed, unit):
    bed.run("mkdir", "-p", f"/run/systemd/system/{unit}.d")
    bed.run("tee", f"/run/systemd/system/{unit}.d/short.conf", stdin="[Service]\nWatchdogSec=2s\n")
    bed.run("systemctl", "daemon-reload")
    bed.run("systemctl", "restart", unit)
    pid = bed.property(unit, "MainPID")
    time.sleep(5)
    assert bed.property(unit, "MainPID") == pid, "restarted though it serves"
    with ptrace.all_but_main_held(bed.main_pid(unit)) as held:
        assert held.threads
        wait_restarted(bed, unit, pid, 60, held.reap)
    journal = bed.run("journalctl", "-u", unit, "-o", "cat").stdout
    assert "Watchdog timeout" in journal and "self check" in journal
    bed.run("rm", "-r", f"/run/systemd/system/{unit}.d")
    bed.run("systemctl", "daemon-reload")
    bed.run("systemctl", "restart", unit)
    wait_up(bed)


def test_target_stops_and_starts_all(bed):
    bed.run("systemctl", "stop", "narthex.target")
    poll(lambda: {bed.property(unit, "ActiveState") for unit in UNITS} == {"inactive"}, "all stopped", 30)
    bed.run("systemctl", "start", "narthex.target")
    for unit in UNITS:
        wait_active(bed, unit)


def test_upgrade_keeps_configuration_data_and_choices(bed, packages, tmp_path):
    wait_up(bed)
    config = bed.path(CONFIG)
    bed.run("sed", "-i", "s/scrape_interval: 15s/scrape_interval: 2s/", CONFIG)
    bed.run("sed", "-i", "s/^ARGS=.*/ARGS=--log.level=debug/", "/etc/default/narthex-server")
    bed.run("systemctl", "disable", "--now", "narthex-node-exporter")
    mine = config.read_text()
    stored = samples_of_up(bed)
    pid = bed.property("narthex-server", "MainPID")

    def edit(tree):  # the new version brings another default configuration
        for path in tree.glob("etc/narthex/*"):
            path.write_text(path.read_text() + "# new in this version\n")

    install(bed, *(rebuilt(deb, tmp_path, "0.1.0-2", edit) for deb in packages.values()))
    wait_restarted(bed, "narthex-server", pid, 30)
    assert bed.run("dpkg-query", "-W", "-f", "${Version}", "narthex-server").stdout == "0.1.0-2"
    assert config.read_text() == mine
    assert "# new in this version" in bed.path(CONFIG + ".dpkg-dist").read_text()
    assert "--log.level=debug" in bed.run("systemctl", "status", "narthex-server").stdout
    assert stored and stored <= samples_of_up(bed)
    assert bed.property("narthex-node-exporter", "ActiveState") == "inactive"
    assert bed.property("narthex-node-exporter", "UnitFileState") == "disabled"


def test_removal_keeps_what_purging_takes(bed, before, packages):
    bed.run("dpkg", "-r", *packages)
    assert bed.path(CONFIG).exists() and bed.path("/var/lib/narthex/server/wal").exists()
    assert bed.run("pgrep", "narthex", check=False).stdout == ""
    bed.run("dpkg", "-P", *packages)
    files, accounts = before
    assert files_of(bed) == files
    assert accounts_of(bed) == accounts


def test_reinstallation_after_a_purge_works(bed, packages):
    install(bed, *packages.values())
    for unit in UNITS:
        wait_active(bed, unit)
    wait_up(bed)
