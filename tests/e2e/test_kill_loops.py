"""The server is killed again and again, while it scrapes, cuts blocks and starts: nothing that it showed is lost."""

import os
import random
import time

from harness import query, run_to_end, executable
from targets import Target

LOOPS = 500 if os.environ.get("NARTHEX_ALL_TESTS") == "1" else 50
SERIES = 20


def counting_body():
    """The time in milliseconds as the value of every series."""
    now = int(time.time() * 1000)
    return "# TYPE c counter\n" + "".join(f'c{{n="{n}"}} {now + n}\n' for n in range(SERIES))


def shown(server):
    return {labels["n"]: {round(float(at) * 1000): value for at, value in values}
            for labels, values in query(server.url, "c[1h]")}


def test_nothing_that_was_shown_is_lost(launch, tmp_path, notice):
    target = Target(counting_body)
    config = tmp_path / "p.yml"
    config.write_text("global: {scrape_interval: 50ms, scrape_timeout: 50ms}\n"
                      f"scrape_configs: [{{job_name: t, static_configs: [{{targets: ['{target.address}']}}]}}]\n")
    dice = random.Random(1)
    before, seen = {}, 0
    try:
        for loop in range(LOOPS):
            server = launch.server(config, tmp_path / "data", "--storage.tsdb.min-block-duration=3s",
                                   "--storage.tsdb.max-block-duration=9s", "--storage.tsdb.retention.time=0s")
            after = shown(server)
            for n, samples in before.items():
                lost = {at: value for at, value in samples.items() if after.get(n, {}).get(at) != value}
                assert not lost, f"loop {loop}, series {n}: {len(lost)} of {len(samples)} samples lost: {sorted(lost)[:5]}"
            time.sleep(dice.random() * 0.3)
            before = shown(server)
            server.kill()
            seen = sum(map(len, before.values()))
    finally:
        target.stop()
    checked = run_to_end([executable("narthex-tool"), "tsdb", "verify", str(tmp_path / "data")], timeout=60)
    notice(f"{LOOPS} times killed, {seen} samples of {SERIES} series kept; verify: {checked.stdout.strip().splitlines()[-1]}")
    assert seen > LOOPS * SERIES
