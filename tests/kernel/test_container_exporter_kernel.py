"""The container exporter on control groups of version 2: Podman on a real kernel, in a virtual machine."""

import pathlib
import re
import shutil
import subprocess

import pytest

from harness import ALL_ONLY, CHECKOUT, Exposition, executable

pytestmark = ALL_ONLY
HERE = pathlib.Path(__file__).parent
MIB = 1 << 20


@pytest.fixture(scope="module")
def parts():
    kernel = CHECKOUT / "build/kernel"
    assert kernel.exists(), "./dev test --all unpacks it"
    for program in ("podman", "crun", "busybox"):
        assert shutil.which(program), f"{program}: ./dev test --all installs it"
    result = subprocess.run(
        [HERE / "vm.sh", kernel, HERE / "container_guest.sh", executable("narthex-container-exporter")],
        capture_output=True, text=True, timeout=450)
    assert result.returncode == 0, result.stderr
    found = dict(re.findall(r"^=== (.+)\n((?:(?!===).*\n)*)", result.stdout, re.M))
    assert "end" in found, result.stdout[-3000:]
    return found


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
