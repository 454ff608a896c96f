"""The node exporter on the field's own /proc and /sys tree gives the metrics expected of it."""

import re
import tarfile

import pytest

from harness import Exposition, conformance, scrape, show

# What is off by default and part of the expected metrics, and what the expected metrics leave out.
ENABLED = (
    "buddyinfo cgroups cpu_vulnerabilities drbd interrupts ksmd lnstat meminfo_numa mountstats pcidevice processes qdisc "
    "slabinfo softirqs sysctl wifi xfrm zoneinfo").split()
DISABLED = "filesystem selinux timex uname".split()
# How the expected metrics were made (README of the conformance data). The last ones turn off what
# they leave out.
FLAGS = [
    "--collector.arp.device-exclude=nope",
    "--no-collector.arp.netlink",
    "--collector.bcache.priorityStats",
    "--collector.cpu.info",
    "--collector.cpu.info.bugs-include=^(cpu_meltdown|spectre_.*|mds)$",
    "--collector.cpu.info.flags-include=^(aes|avx.?|constant_tsc)$",
    "--collector.hwmon.chip-include=(applesmc|asus_nb_wmi|coretemp|hwmon4|ieee80211|nct6779)",
    "--collector.netclass.ignore-invalid-speed",
    "--collector.netclass.ignored-devices=(dmz|int)",
    "--collector.netdev.device-include=lo",
    "--collector.qdisc.device-include=(wlan0|eth0)",
    "--collector.stat.softirq",
    "--collector.sysctl.include-info=kernel.seccomp.actions_avail",
    "--collector.sysctl.include=fs.file-nr",
    "--collector.sysctl.include=fs.file-nr:total,current,max",
    "--collector.sysctl.include=kernel.threads-max",
    *(f"--collector.{name}" for name in ENABLED),
    *(f"--no-collector.{name}" for name in DISABLED),
]
# What is of the exporter itself, and what ours has beyond the original: which of the files has a fault.
NOT_OURS = re.compile(r"(go|process|promhttp|node_exporter|node_scrape_collector|narthex)_.*$|node_textfile_file_error$")
# The README's list of what the comparison leaves out.
VOLATILE = re.compile(
    r"node_textfile_mtime_seconds|node_time_(zone|seconds)|node_network_(receive|transmit)_(bytes|packets)_total")


def belongs(name):
    return not NOT_OURS.match(name) and not VOLATILE.match(name)


@pytest.fixture(scope="module")
def fixtures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fixtures")
    with tarfile.open(conformance("node/fixtures.tar.gz")) as archive:
        archive.extractall(folder)
    return folder / "fixtures"


def ours_on(launch, fixtures, *more):
    exporter = launch.node_exporter(
        f"--path.rootfs={fixtures}", f"--path.procfs={fixtures}/proc", f"--path.sysfs={fixtures}/sys",
        f"--path.udev.data={fixtures}/udev/data",
        f"--collector.qdisc.fixtures={fixtures}/qdisc", f"--collector.wifi.fixtures={fixtures}/wifi",
        f"--collector.textfile.directory={fixtures}/textfile/two_metric_files/", *FLAGS, *more)
    return scrape(exporter.url)


def test_every_expected_line_is_there_and_no_other(launch, fixtures, notice):
    # The original was run from the folder above.
    text = conformance("node/expected-metrics.txt").read_text()
    expected = Exposition(text.replace('"collector/fixtures/', f'"{fixtures}/'))
    actual = ours_on(launch, fixtures)

    problems = []
    want = {key: value for key, value in expected.lines.items() if belongs(key[0])}
    have = {key: value for key, value in actual.lines.items() if belongs(key[0])}
    problems += [f"missing {show(key)} {want[key]}" for key in want.keys() - have.keys()]
    problems += [f"extra {show(key)} {have[key]}" for key in have.keys() - want.keys()]
    problems += [f"{show(key)} {have[key]}, want {want[key]}"
                 for key in want.keys() & have.keys() if want[key] != have[key]]
    want_types = {name: kind for name, kind in expected.types.items() if belongs(name)}
    have_types = {name: kind for name, kind in actual.types.items() if belongs(name)}
    problems += [f"TYPE {name}: {have_types.get(name)}, want {want_types.get(name)}"
                 for name in want_types.keys() | have_types.keys()
                 if want_types.get(name) != have_types.get(name)]

    notice(f"node exporter conformance: {len(want)} samples and {len(want_types)} types compared")
    assert not problems, "\n".join(sorted(problems))
    assert len(want) > 500 and len(want_types) > 180, "the expected metrics lost their content"


def test_every_collector_of_the_fixture_succeeds(launch, fixtures):
    actual = ours_on(launch, fixtures)
    success = {labels["collector"]: value
               for labels, value in actual.find("node_scrape_collector_success")}
    assert len(success) > 30 and success == {name: 1 for name in success}, success


def test_names_of_pci_devices_come_from_pci_ids(launch, fixtures):
    expected = Exposition((fixtures / "pcidevice-names-output.txt").read_text())
    actual = ours_on(launch, fixtures, "--collector.pcidevice.names",
                     f"--collector.pcidevice.idsfile={fixtures}/pci.ids")
    want = dict(expected.lines)
    assert want and want == {key: value for key, value in actual.lines.items() if key[0].startswith("node_pcidevice_")}


# Folders of the fixture's textfile cases and the file with the expected metrics.
TEXTFILE_CASES = {name: [name] for name in (
    "client_side_timestamp different_metric_types histogram histogram_extra_dimension inconsistent_metrics "
    "metrics_merge_different_help metrics_merge_empty_help metrics_merge_no_help metrics_merge_same_help "
    "no_metric_files nonexistent_path summary summary_extra_dimension two_metric_files").split()}
TEXTFILE_CASES["glob_extra_dimension"] = ["*_extra_dimension"]
OUTSIDE_TEXTFILE = re.compile(r"node_(scrape_collector|exporter_build_info|textfile_(mtime_seconds|file_error))")
# A file whose family gives way to another file's has a fault here, so its time is not shown.
WITHOUT_TIME = {"metrics_merge_different_help": "b.prom"}


@pytest.mark.parametrize("case", sorted(TEXTFILE_CASES))
def test_textfile_cases_give_what_the_original_gives(launch, fixtures, case):
    folder = fixtures / "textfile"
    expected = Exposition((folder / f"{case}.out").read_text())
    exporter = launch.node_exporter(
        "--collector.disable-defaults", "--collector.textfile", "--web.disable-exporter-metrics",
        *(f"--collector.textfile.directory={folder}/{name}" for name in TEXTFILE_CASES[case]))
    actual = scrape(exporter.url)
    assert {key: value for key, value in actual.lines.items() if not OUTSIDE_TEXTFILE.match(key[0])} == {
        key: value for key, value in expected.lines.items() if not OUTSIDE_TEXTFILE.match(key[0])}
    assert {name: kind for name, kind in actual.types.items() if not OUTSIDE_TEXTFILE.match(name)} == {
        name: kind for name, kind in expected.types.items() if not OUTSIDE_TEXTFILE.match(name)}

    def files(exposition):
        return {labels["file"].rpartition("textfile/")[2]
                for labels, _ in exposition.find("node_textfile_mtime_seconds")}
    assert files(actual) == {name for name in files(expected)
                             if not name.endswith(WITHOUT_TIME.get(case, "/"))}


def test_volatile_families_have_their_types_too(launch, fixtures):
    """The values depend on the machine; names and types are still those expected."""
    expected = Exposition(conformance("node/expected-metrics.txt").read_text())
    actual = ours_on(launch, fixtures)
    names = {name for name in expected.types if VOLATILE.match(name)}
    assert {name: actual.types.get(name) for name in names} == {
        name: expected.types[name] for name in names}
