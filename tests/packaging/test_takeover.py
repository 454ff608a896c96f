"""narthex-takeover with a real Prometheus: its data directory on a booted Debian, and its service replaced."""

import json
import shutil
import subprocess
import time

import pytest

from harness import free_port, get, peer, poll, run_to_end

PROMETHEUS_UNIT = """[Service]
EnvironmentFile=/etc/default/prometheus
ExecStart=/usr/bin/prometheus $ARGS
[Install]
WantedBy=multi-user.target
"""
CONFIG = """global:
  scrape_interval: 1s
scrape_configs:
  - job_name: old
    file_sd_configs: [{files: [targets/*.json]}]
"""
DATA = "/var/lib/prometheus/metrics2"
OURS = "/var/lib/narthex/server"


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A data directory that Prometheus has written, with a block made by promtool beside it."""
    folder = tmp_path_factory.mktemp("recorded")
    port = free_port()
    (folder / "prometheus.yml").write_text(
        f"global: {{scrape_interval: 1s}}\nscrape_configs: [{{job_name: old, static_configs: [{{targets: ['127.0.0.1:{port}']}}]}}]")
    prometheus = subprocess.Popen(
        [peer("prometheus"), f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
         f"--web.listen-address=127.0.0.1:{port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        def scrapes():
            result = get(f"http://127.0.0.1:{port}/api/v1/query", query="up[1m]").json()["data"]["result"]
            return sum(len(series["values"]) for series in result)
        poll(lambda: scrapes() >= 3, "some scrapes", 30, 0.5)
    finally:
        prometheus.terminate()
        prometheus.wait(30)
    text = folder / "old.txt"
    text.write_text(f"old_total 1 {time.time() - 86400:.0f}\nold_total 2 {time.time() - 86000:.0f}\n# EOF\n")
    made = run_to_end([peer("promtool"), "tsdb", "create-blocks-from", "openmetrics", text, folder / "blocks"], 60)
    assert made.returncode == 0, made.stdout + made.stderr
    return folder


@pytest.fixture(scope="module")
def machine(bed, packages, recorded):
    """A machine that runs Prometheus as Debian does, and has our packages installed but stopped."""
    folder = bed.path("/root/packages")
    folder.mkdir()
    for path in packages.values():
        shutil.copy(path, folder)
    bed.run("sh", "-c", "dpkg -i /root/packages/*.deb")
    bed.run("systemctl", "disable", "--now", "narthex-server")
    shutil.copy(peer("prometheus"), bed.path("/usr/bin/prometheus"))
    bed.run("mkdir", "-p", "/etc/prometheus/targets", "/var/lib/prometheus")
    write(bed, "/etc/prometheus/prometheus.yml", CONFIG)
    write(bed, "/etc/prometheus/targets/node.json", '[{"targets": ["localhost:9100"]}]')
    write(bed, "/etc/default/prometheus",
          f'ARGS="--config.file=/etc/prometheus/prometheus.yml --storage.tsdb.path {DATA} --log.level=debug"\n')
    write(bed, "/etc/systemd/system/prometheus.service", PROMETHEUS_UNIT)
    shutil.copytree(recorded / "data", bed.path(DATA))
    bed.run("systemctl", "daemon-reload")
    bed.run("systemctl", "enable", "--now", "prometheus")
    poll(lambda: bed.get("http://localhost:9090/-/ready"), "Prometheus ready", 30)
    return bed


def write(bed, path, text):
    bed.run("tee", path, stdin=text)


def takeover(bed, *arguments):
    done = bed.run("narthex-takeover", *arguments, check=False)
    return done.returncode, done.stdout + done.stderr


def state(bed):
    """All that a takeover may touch."""
    return bed.run("sh", "-c", "find /etc /var/lib/narthex -type f | sort | xargs sha256sum; "
                   "systemctl is-active prometheus narthex-server; systemctl is-enabled prometheus narthex-server; "
                   "ls -A /var/lib/narthex", check=False).stdout


def up(bed, expression="up"):
    answer = bed.run("curl", "-sSf", "-m", "10", "http://localhost:9090/api/v1/query", "--data-urlencode",
                     f"query={expression}")
    return json.loads(answer.stdout)["data"]["result"]


def wait_scraped(bed):
    """Until whoever serves on port 9090 has scraped the exporter of the machine, just now."""
    began = time.time()
    poll(lambda: any(time_s > began and value == "1" for series in up(bed, 'up{instance="localhost:9100"}[1m]')
                     for time_s, value in series["values"]), "a scrape", 30, 0.5)


def refused(bed, *arguments):
    before = state(bed)
    code, said = takeover(bed, *arguments)
    assert code == 1 and "refused:" in said, said
    assert state(bed) == before
    return said


def test_dry_run_changes_nothing(machine):
    before = state(machine)
    code, said = takeover(machine, "--dry-run")
    assert code == 0, said
    assert f"a Prometheus is running on {DATA}" in said and "nothing was changed" in said
    assert state(machine) == before


def test_running_prometheus_is_not_stopped_unasked(machine):
    assert "a Prometheus is running" in refused(machine)


def test_prometheus_runs_again_when_the_configuration_cannot_be_read(machine):
    # Prometheus itself has to start with it again.
    write(machine, "/etc/prometheus/prometheus.yml", CONFIG + "rule_files: [none/*.yml]\n")
    said = refused(machine, "--switch")
    assert "/etc/prometheus/prometheus.yml:6:13" in said and "prometheus.service is running again" in said
    write(machine, "/etc/prometheus/prometheus.yml", CONFIG)
    said = refused(machine, "--switch", "--flags", "--no-such-flag")
    assert '--no-such-flag' in said


def test_switch_takes_all_over(machine, recorded):
    machine.run("systemctl", "stop", "prometheus")
    for block in (recorded / "blocks").iterdir():
        if (block / "meta.json").exists():
            shutil.copytree(block, machine.path(f"{DATA}/{block.name}"))
    machine.run("systemctl", "start", "prometheus")
    wait_scraped(machine)
    in_blocks = up(machine, "old_total[2d]")
    assert [float(value) for series in in_blocks for _, value in series["values"]] == [1, 2]
    old = {tuple(sample) for series in up(machine, "up[1h]") for sample in series["values"]}
    assert len({series["metric"]["instance"] for series in up(machine, "up[1h]")}) == 2  # recorded, and new
    code, said = takeover(machine, "--switch")
    assert code == 0, said
    assert machine.property("prometheus", "ActiveState") == "inactive"
    assert machine.property("prometheus", "UnitFileState") == "disabled"
    assert machine.property("narthex-server", "ActiveState") == "active"
    assert "--log.level=debug" in machine.run("systemctl", "status", "narthex-server").stdout
    assert old <= {tuple(sample) for series in up(machine, "up[1h]") for sample in series["values"]}
    assert up(machine, "old_total[2d]") == in_blocks
    wait_scraped(machine)
    assert machine.path(f"{DATA}/wal").is_dir()
    assert machine.path("/etc/narthex/prometheus.yml.before-takeover").exists()
    assert "takeover." not in machine.run("ls", "/var/lib/narthex").stdout


def test_prometheus_can_be_gone_back_to(machine):
    in_blocks = up(machine, "old_total[2d]")
    machine.run("systemctl", "disable", "--now", "narthex-server")
    machine.run("systemctl", "enable", "--now", "prometheus")
    wait_scraped(machine)
    assert in_blocks and up(machine, "old_total[2d]") == in_blocks
