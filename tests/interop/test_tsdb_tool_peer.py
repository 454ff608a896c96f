"""narthex-tool tsdb and promtool tsdb read what the other makes, and print alike."""

import random
import re
import shutil
import time

import pytest

from harness import executable, peer, run_to_end
from remote_write import push, sample_field
from targets import Target, clocked_body
from test_blocks_peer import blocks_of, random_openmetrics
from test_data_directory import idle_config

START = 1_700_000_000_000


def ours(*arguments, code=0):
    told = run_to_end([executable("narthex-tool"), "tsdb", *map(str, arguments)], timeout=120)
    assert told.returncode == code, told.stderr
    return told


def theirs(*arguments):
    told = run_to_end([peer("promtool"), "tsdb", *map(str, arguments)], timeout=120)
    assert told.returncode == 0, told.stderr
    return told


def without_ulids(table):
    return re.sub(r"\b[0-9A-HJKMNP-TV-Z]{26}\b", "ULID", table)


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    """One file of samples, and the blocks that each makes of it."""
    folder = tmp_path_factory.mktemp("imported")
    expected = random_openmetrics(folder / "m.txt", START)
    made = {name: run("create-blocks-from", "openmetrics", folder / "m.txt", folder / name)
            for name, run in (("ours", ours), ("theirs", theirs))}
    for name in made:
        (folder / name / "wal").mkdir()  # promtool dumps nothing without
    return folder, expected, made


def test_blocks_of_a_file_are_alike(imported, notice):
    folder, expected, made = imported
    # Sizes differ: of the tombstones' folder, and of label indices.
    columns = {name: [line.split()[1:7] for line in told.stdout.splitlines()[1:]] for name, told in made.items()}
    strip = lambda rows: [[row[0], row[1], row[2], row[3], row[5]] for row in rows]  # chunks may be cut elsewhere
    assert strip(columns["ours"]) == strip(columns["theirs"])
    dumps = [sorted(run("dump", folder / name).stdout.splitlines()) for run in (ours, theirs) for name in made]
    assert dumps[0] == dumps[1] == dumps[2] == dumps[3]
    assert len(dumps[0]) == sum(map(len, expected.values()))
    notice(f"{len(dumps[0])} samples in {len(columns['ours'])} blocks: alike in four dumps")


@pytest.mark.parametrize("arguments", [
    ["list"], ["list", "-r"], ["analyze", "--limit=10000"], ["analyze", "--limit=10000", "--extended"],
    ["analyze", "--limit=10000", '--match={zone="a"}'], ["dump", f"--min-time={START + 600_000}", f"--max-time={START + 900_000}"],
    ["dump", '--match={n="1"}', '--match={n=~"1|2"}'], ["dump-openmetrics"]], ids=" ".join)
def test_both_print_the_same_of_one_directory(imported, arguments):
    folder, _, made = imported
    for name in made:
        a, b = (run(*arguments, folder / name).stdout for run in (ours, theirs))
        if arguments[0] == "analyze":  # equals come in any order there
            a, b = (sorted(text.splitlines()) for text in (a, b))
        assert a == b


def test_what_is_dumped_as_openmetrics_comes_back(imported, tmp_path):
    folder, _, _ = imported
    (tmp_path / "again.txt").write_text(ours("dump-openmetrics", folder / "theirs").stdout)
    ours("create-blocks-from", "openmetrics", "--quiet", "--label=site=x", tmp_path / "again.txt", tmp_path / "again")
    again = ours("dump", tmp_path / "again").stdout
    assert again.replace(', site="x"', "") == ours("dump", folder / "theirs").stdout


def test_samples_in_any_order_are_taken(tmp_path):
    dice = random.Random(2)
    lines = [f"m{{n=\"{i % 5}\"}} {i} {START / 1000 + i * 7.5:.3f}" for i in range(5000)]
    (tmp_path / "sorted.txt").write_text("\n".join(lines) + "\n# EOF\n")
    dice.shuffle(lines)
    (tmp_path / "shuffled.txt").write_text("\n".join(lines) + "\n# EOF\n")
    theirs("create-blocks-from", "openmetrics", tmp_path / "sorted.txt", tmp_path / "a")
    ours("create-blocks-from", "openmetrics", tmp_path / "shuffled.txt", tmp_path / "b")
    for name in ("a", "b"):
        (tmp_path / name / "wal").mkdir()
    assert theirs("dump", tmp_path / "a").stdout == theirs("dump", tmp_path / "b").stdout


def test_a_bad_file_makes_no_block(tmp_path):
    for text in ("m 1 1\nm 2\n# EOF\n", "m 1 1\nm{ 2 2\n# EOF\n", "m 1 1\nm 2 1\n# EOF\n", "m 1 1\n"):
        (tmp_path / "bad.txt").write_text(text)
        told = ours("create-blocks-from", "openmetrics", tmp_path / "bad.txt", tmp_path / "out", code=1)
        assert "bad.txt" in told.stderr
        assert not list((tmp_path / "out").iterdir())


def test_the_log_of_a_running_prometheus_is_dumped_and_left_alone(launch, tmp_path, notice):
    data = tmp_path / "data"
    prometheus = launch.peer_prometheus(idle_config(tmp_path), data, "--web.enable-remote-write-receiver")
    now_ms = int(time.time()) * 1000
    for second in range(0, 900, 3):
        push(prometheus.url, [({"__name__": "m", "n": str(n)}, [sample_field(second * n, now_ms - 900_000 + second * 1000)])
                              for n in range(10)])
    before = {path: path.read_bytes() for path in data.rglob("*") if path.is_file() and path.parent.name in ("wal", "chunks_head")}
    dump = ours("dump", "--match=m", data).stdout
    assert len(dump.splitlines()) == 3000
    assert {path: path.read_bytes()[:len(text)] for path, text in before.items()} == before
    prometheus.kill()
    assert theirs("dump", "--match=m", data).stdout == dump
    notice("3000 samples of a log dumped alike")


def test_verify_tells_what_is_lost(imported, tmp_path):
    folder, _, _ = imported
    for name in ("ours", "theirs"):
        data = tmp_path / name
        shutil.copytree(folder / name, data)
        assert "damaged" not in ours("verify", data).stdout
        block = blocks_of(data)[0]
        path = block / "chunks" / "000001"
        text = bytearray(path.read_bytes())
        text[40] ^= 1
        path.write_bytes(text)
        told = ours("verify", data, code=1)
        assert re.search(rf'block {block.name}: series m{{n="\d+", zone="."}}: chunk 8 of segment 1: checksum', told.stdout), told.stdout
        assert re.search(r"lost: samples from 2023-11-1\S+Z to 2023-11-1\S+Z", told.stdout)
        shutil.rmtree(block / "chunks")
        assert f"block {block.name}: damaged" in ours("verify", data, code=1).stdout
