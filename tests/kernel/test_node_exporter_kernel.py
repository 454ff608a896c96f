"""Collectors whose sources this machine may lack, on a real kernel that has them: a virtual machine with a
bond, a RAID, XFS, Btrfs, a virtual server, tracked connections and an NFS server. The original runs beside."""

import pathlib
import re
import subprocess

import pytest

from harness import ALL_ONLY, CHECKOUT, Exposition, executable, peer, show

pytestmark = ALL_ONLY
HERE = pathlib.Path(__file__).parent
COLLECTORS = "bonding btrfs conntrack ipvs mdadm nfsd xfs".split()

# What the kernel makes out while the two are asked.
MOVING = re.compile(r"node_(xfs_|nfsd_|btrfs_|nf_conntrack_entries$)")


@pytest.fixture(scope="module")
def scrapes():
    kernel = CHECKOUT / "build/kernel"
    assert kernel.exists(), "./dev test --all unpacks it"
    result = subprocess.run(
        [HERE / "vm.sh", kernel, HERE / "guest.sh", executable("narthex-node-exporter"),
         peer("prometheus-node-exporter"), kernel / "sbin"],
        capture_output=True, text=True, timeout=450)
    assert result.returncode == 0, result.stderr
    found = re.findall(r"^=== scrape (\d+) (\d)\n(.*?)^=== end$", result.stdout, re.M | re.S)
    assert len(found) == 6, result.stdout[-3000:]
    return {(port, number): Exposition(text) for port, number, text in found}


def samples(exposition):
    return {key: value for key, value in exposition.samples.items()
            if key[0].startswith("node_") and not key[0].startswith("node_scrape_collector_duration")}


def test_each_source_is_there_and_read(scrapes):
    ours = scrapes["9501", "1"]
    for collector in COLLECTORS:
        assert ours.value("node_scrape_collector_success", collector=collector) == 1, collector
    assert ours.value("node_bonding_slaves", master="bond0") == 2
    assert ours.value("node_md_disks_required", device="md0") == 2
    assert ours.value("node_md_state", device="md0", state="active") == 1
    assert len(ours.find("node_ipvs_backend_weight")) == 2
    assert ours.find("node_xfs_inode_operation_found_total") and ours.find("node_btrfs_info")
    assert ours.value("node_nfsd_server_threads") == 2
    assert ours.find("node_nf_conntrack_entries_limit")


def test_it_looks_the_same_to_the_original(scrapes, notice):
    ours, after = samples(scrapes["9501", "2"]), samples(scrapes["9501", "3"])
    theirs = samples(scrapes["9502", "2"])
    build = "node_exporter_build_info"
    differing = [show(key) for key in sorted((ours.keys() | theirs.keys()), key=str)
                 if key[0] != build and (key not in ours or key not in theirs)]
    assert not differing, "only one has:\n" + "\n".join(differing)
    between = [key for key in theirs if key[0] != build
               and min(ours[key], after[key]) <= theirs[key] <= max(ours[key], after[key])]
    others = [f"{show(key)}: theirs {theirs[key]}, ours {ours[key]} then {after[key]}"
              for key in theirs.keys() - set(between) if key[0] != build and not MOVING.match(key[0])]
    notice(f"real kernel: {len(between)} of {len(theirs)} series equal by value")
    assert not others, "\n".join(others)
    assert len(between) >= 0.6 * len(theirs)
