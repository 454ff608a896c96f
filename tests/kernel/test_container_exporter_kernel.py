"""The container exporter on control groups of version 2: Podman, and systemd with a machine of its nspawn, on a
real kernel in a virtual machine."""

import pathlib
import re
import shutil
import subprocess

import pytest

from harness import ALL_ONLY, CHECKOUT, Exposition, executable

pytestmark = ALL_ONLY
HERE = pathlib.Path(__file__).parent
MIB = 1 << 20


def run_guest(script, *programs):
    """What the script shows, by the headings that it prints."""
    folder = CHECKOUT / "build/kernel"
    assert folder.exists(), "./dev test --all unpacks it"
    for program in programs:
        assert shutil.which(program), f"{program}: ./dev test --all installs it"
    result = subprocess.run([HERE / "vm.sh", folder, HERE / script, executable("narthex-container-exporter")],
                            capture_output=True, text=True, timeout=450)
    assert result.returncode == 0, result.stderr
    found = dict(re.findall(r"^=== (.+)\n((?:(?!===).*\n)*)", result.stdout, re.M))
    assert "end" in found, result.stdout[-3000:]
    return found


@pytest.fixture(scope="module")
def parts():
    return run_guest("container_guest.sh", "podman", "crun", "busybox")


@pytest.fixture(scope="module")
def scraped(parts):
    return Exposition(parts["scrape"])


def kernel(parts, when, name, file, key=None):
    """A number of a container's file: of the line that begins with `key`, or the only one."""
    pattern = rf"^{name} {re.escape(file)} {key + ' ' if key else ''}(\d+)"
    return int(re.search(pattern, parts[f"kernel {when}"], re.M)[1])


def check_between(parts, value, scale, name, file, key=None):
    low, high = (kernel(parts, when, name, file, key) / scale for when in ("before", "after"))
    assert low <= value <= high, (name, file, key)


def test_each_container_has_its_name(scraped):
    shown = {labels["name"]: labels for labels, _ in scraped.find("container_last_seen") if "name" in labels}
    assert set(shown) == {"burner", "hungry", "quiet"}
    assert all(labels["image"] == "localhost/tiny:1" for labels in shown.values())


def test_cpu_time_and_throttling_are_the_kernels(parts, scraped):
    usage = scraped.value("container_cpu_usage_seconds_total", name="burner", cpu="total")
    check_between(parts, usage, 1e6, "burner", "cpu.stat", "usage_usec")
    for family, key, scale in (("periods", "nr_periods", 1), ("throttled_periods", "nr_throttled", 1),
                               ("throttled_seconds", "throttled_usec", 1e6)):
        value = scraped.value(f"container_cpu_cfs_{family}_total", name="burner")
        check_between(parts, value, scale, "burner", "cpu.stat", key)
    assert scraped.value("container_cpu_cfs_throttled_periods_total", name="burner") > 0
    assert scraped.value("container_spec_cpu_quota", name="burner") == 20_000


def test_memory_limits_and_kills_are_the_kernels(parts, scraped):
    assert scraped.value("container_spec_memory_limit_bytes", name="burner") == 64 * MIB
    assert scraped.value("container_memory_usage_bytes", name="quiet") == pytest.approx(
        kernel(parts, "after", "quiet", "memory.current"), abs=MIB)
    assert scraped.value("container_memory_rss", name="quiet") == kernel(parts, "after", "quiet", "memory.stat", "anon")
    killed = scraped.value("container_oom_events_total", name="hungry")
    assert killed >= 1
    check_between(parts, killed, 1, "hungry", "memory.events", "oom_kill")


def test_tasks_and_their_limit(scraped):
    assert scraped.value("container_threads", name="burner") == 1
    assert scraped.value("container_threads_max", name="burner") == 50
    assert scraped.value("container_processes", name="quiet") == 1


def test_the_root_is_made_of_what_version_2_tells(scraped):
    for family in ("container_cpu_usage_seconds_total", "container_memory_usage_bytes",
                   "container_memory_working_set_bytes"):
        assert scraped.value(family, id="/") > 0


def test_a_removed_container_ends_at_once(parts):
    assert 'name="burner"' in parts["scrape without"]
    assert 'name="quiet"' not in parts["scrape without"]


@pytest.fixture(scope="module")
def systemd_parts():
    return run_guest("systemd_guest.sh", "systemd-nspawn", "systemd-run", "busybox")


def test_units_and_machines_of_systemd_have_their_names(systemd_parts):
    seen = {labels["id"]: labels for labels, _ in Exposition(systemd_parts["scrape"]).find("container_last_seen")}
    assert seen["/system.slice/burner.service"]["unit"] == "burner.service"
    assert seen["/shop.slice/shop-front.slice"]["unit"] == "shop-front.slice"
    assert seen["/shop.slice/shop-front.slice/quiet.service"]["unit"] == "quiet.service"
    assert seen["/machine.slice/machine-box.scope"]["name"] == "box"
    assert all(all(labels.values()) for labels in seen.values())


def test_values_of_units_and_machines_are_the_kernels(systemd_parts):
    scraped = Exposition(systemd_parts["scrape"])
    unit = {"id": "/system.slice/burner.service"}
    assert scraped.value("container_spec_memory_limit_bytes", **unit) == 64 * MIB
    assert scraped.value("container_spec_cpu_quota", **unit) == 20_000
    assert scraped.value("container_threads_max", **unit) == 50
    for name, group in (("burner", unit["id"]), ("box", "/machine.slice/machine-box.scope")):
        usage = scraped.value("container_cpu_usage_seconds_total", id=group, cpu="total")
        check_between(systemd_parts, usage, 1e6, name, "cpu.stat", "usage_usec")
    throttled = scraped.value("container_cpu_cfs_throttled_periods_total", **unit)
    check_between(systemd_parts, throttled, 1, "burner", "cpu.stat", "nr_throttled")
    assert throttled >= 5


def test_a_stopped_unit_ends_at_once(systemd_parts):
    assert "burner.service" in systemd_parts["scrape without"]
    assert "quiet.service" not in systemd_parts["scrape without"]
