"""The collectors systemd and logind on a booted systemd, beside the original's."""

import shutil

from harness import Exposition, executable, peer, poll, show

FLAGS = [
    "--web.disable-exporter-metrics", "--collector.disable-defaults", "--collector.systemd", "--collector.logind",
    "--collector.systemd.enable-task-metrics", "--collector.systemd.enable-restarts-metrics",
    "--collector.systemd.enable-start-time-metrics",
    # The original is built with another default for Debian.
    "--collector.systemd.unit-exclude=.+[.](automount|device|mount|scope|slice)",
]
EXPORTERS = {"ours": 9501, "theirs": 9502}


def start(bed, name, program):
    shutil.copy(program, bed.path(f"/usr/local/bin/{name}"))
    bed.run("systemd-run", "--unit", name, "--collect", f"/usr/local/bin/{name}",
            f"--web.listen-address=127.0.0.1:{EXPORTERS[name]}", *FLAGS)
    poll(lambda: bed.run("curl", "-sf", f"http://127.0.0.1:{EXPORTERS[name]}/", check=False).returncode == 0,
         f"{name} listening")


def compared(exposition):
    return {key: value for key, value in exposition.samples.items()
            if not key[0].startswith(("node_exporter_build_info", "node_scrape_collector_duration_seconds"))}


def test_units_and_sessions_look_the_same_to_both(bed):
    start(bed, "ours", executable("narthex-node-exporter"))
    start(bed, "theirs", peer("prometheus-node-exporter"))

    def equal():
        # What a unit does between the two scrapes is seen by one of them only.
        ours, theirs = (Exposition(bed.get(f"http://127.0.0.1:{port}/metrics")) for port in EXPORTERS.values())
        want, have = compared(theirs), compared(ours)
        assert len(want) > 300, "the bed has hardly any units"
        assert have == want, "\n".join(
            f"{show(key)}: ours {have.get(key)}, theirs {want.get(key)}" for key in sorted(have.keys() | want.keys(), key=str)
            if have.get(key) != want.get(key))
        families = {name: kind for name, kind in theirs.types.items() if name.startswith(("node_systemd", "node_logind"))}
        assert families.items() <= ours.types.items()
        return True

    poll(equal, "both show the same", 20, 0.5)
