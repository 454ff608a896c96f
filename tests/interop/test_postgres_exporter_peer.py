"""Our PostgreSQL exporter and the original, 0.19, side by side on one server, show the same."""

import collections
import re
import subprocess

import pytest

from databases import Postgres
from harness import executable, free_port, peer, poll, scrape, show

# All that both have and that are not on by default.
COLLECTORS = ["buffercache_summary", "database_wraparound", "long_running_transactions", "postmaster", "process_idle",
              "stat_activity_autovacuum", "stat_checkpointer", "stat_statements", "stat_wal_receiver",
              "statio_user_indexes"]
# 0.20 made collectors of what 0.19 has in its older table: those have the label "server" there.
OLDER = ("pg_settings_", "pg_stat_activity_", "pg_stat_archiver_", "pg_stat_replication_", "pg_replication_slots_",
         "pg_stat_bgwriter_")
OWN = ("narthex_", "process_", "postgres_exporter_build_info", "go_", "promhttp_", "pg_exporter_", "http_",
       "postgres_exporter_config_")


def key_in_0_20(key):
    """A sample of 0.19 by the name and labels that 0.20 gives it; None for what it has no more."""
    name, labels = key
    if name.startswith(OWN):
        return None
    if name.startswith("pg_replication_slot_"):
        name = name.replace("pg_replication_slot_", "pg_replication_slots_", 1)
    elif name.startswith(OLDER):
        dropped = ("server", "slot_name") if name.startswith("pg_stat_replication_") else ("server",)
        labels = frozenset(label for label in labels if label[0] not in dropped)
    return name, labels


def belongs(key):
    return not key[0].startswith(OWN) and ("usename", "exporter") not in key[1]  # not the exporters' own connections


def comparable(samples):
    """As 0.19 has it: its slot_name is the pid, and its client_addr has no mask (1306 changed both)."""
    def at_0_19(name, labels):
        if not name.startswith("pg_stat_replication_"):
            return name, labels
        return name, frozenset((label, value.removesuffix("/32")) for label, value in labels if label != "slot_name")
    return {at_0_19(*key): value for key, value in samples.items() if belongs(key)}


Tolerated = collections.namedtuple("Tolerated", "family versions change test")
TOLERATED = [
    Tolerated("pg_stat_archiver_last_archive_age", "0.19 against 0.20", "prometheus-community/postgres_exporter#1304: "
              "nothing is archived, so there is no age",
              lambda text: text.startswith("pg_stat_archiver_last_archive_age") and "only theirs" in text),
    Tolerated("pg_stat_replication", "0.19 against 0.20", "prometheus-community/postgres_exporter#1306: the columns "
              "that 0.19 shows for being there are gone",
              lambda text: text.startswith("pg_stat_replication_") and "only theirs" in text
              and re.match(r"pg_stat_replication_(pid|backend_xmin|backend_start|reply_time|.*_lsn|.*_lag|usesysid|client_port|sync_priority)", text)),
    Tolerated("pg_scrape_collector", "0.19 against 0.20", "prometheus-community/postgres_exporter#1303, 1304, 1305, "
              "1306, 1307: five collectors more, one renamed",
              lambda text: text.startswith("pg_scrape_collector_") and
              re.search('"(settings|stat_activity|stat_archiver|stat_replication|replication_slots?)"', text)),
    Tolerated("pg_stat_statements", "all", "what ran between two scrapes pushes another out of the list",
              lambda text: text.startswith("pg_stat_statements_") and "only" in text),
    Tolerated("pg_settings_extra_float_digits", "all", "the original shows what it has set for its own connection",
              lambda text: text.startswith("pg_settings_extra_float_digits")),
    Tolerated("pg_process_idle_seconds", "all", "the original shows the first of the connections alone",
              lambda text: text.startswith("pg_process_idle_seconds") and "only ours" in text),
]


class Comparison:
    """What two expositions of one moment, the peer's between two of ours, agree in."""

    def __init__(self, before, peer_shows, after):
        self.by_value, self.near, self.problems = set(), set(), {}
        theirs = {key_in_0_20(key): value for key, value in peer_shows.samples.items() if belongs(key)}
        theirs.pop(None, None)
        ours_before, ours_after = comparable(before.samples), comparable(after.samples)
        for name, kind in before.types.items():
            other = peer_shows.types.get(name)
            if belongs((name, ())) and other not in (None, kind, "untyped"):
                self.problems[name] = f"TYPE {name}: ours {kind}, theirs {other}"
        for key in {*ours_before, *ours_after, *theirs}:
            self._compare(key, ours_before.get(key), theirs.get(key), ours_after.get(key))

    def _compare(self, key, before, theirs, after):
        if theirs is None or (before is None and after is None):
            self.problems[key] = f"{show(key)} only {'ours' if theirs is None else 'theirs'}"
            return
        before = after if before is None else before
        after = before if after is None else after
        if key[0] == "pg_scrape_collector_duration_seconds":
            return
        if min(before, after) <= theirs <= max(before, after):
            self.by_value.add(key)
        elif abs(theirs - after) <= slack(key[0]) + 0.05 * abs(after):
            self.near.add(key)
        else:
            self.problems[key] = f"{show(key)}: theirs {theirs}, ours {before} then {after}"


def slack(name):
    """What either exporter's own work moves."""
    if re.match(r"pg_(stat_database_|statio_|stat_statements_|stat_activity_|locks_count|wal_|buffercache_)", name):
        return 500
    return 3 if "seconds" in name or "age" in name or "time" in name else 0


@pytest.fixture(scope="module")
def server():
    made = Postgres(["autovacuum = off"])
    try:
        for statement in ("CREATE DATABASE bench", 'CREATE DATABASE "we ird"', "CREATE ROLE few CONNECTION LIMIT 3"):
            made.sql(statement)
        made.sql("CREATE TABLE notes (id serial PRIMARY KEY, note text); INSERT INTO notes (note) SELECT repeat('x', 3000) "
                 "FROM generate_series(1, 200); ANALYZE notes; CREATE SCHEMA other; CREATE TABLE other.notes (a int)")
        made.replica_port = made.add_replica()
        yield made
    finally:
        made.close()


def start_both(launch, monkeypatch, dsn):
    monkeypatch.setenv("DATA_SOURCE_NAME", dsn)
    flags = [f"--collector.{name}" for name in COLLECTORS]
    started = []
    for path, ready in ((executable("narthex-postgres-exporter"), "/-/ready"),
                        (peer("prometheus-postgres-exporter"), "/")):
        port = free_port()
        started.append(launch.run(path, f"--web.listen-address=127.0.0.1:{port}", *flags, port=port, ready=ready))
    return started


def compare(launch, monkeypatch, notice, dsn, what):
    ours, original = start_both(launch, monkeypatch, dsn)
    for _ in range(6):  # a value that moved at the wrong moment does not do so every time
        result = Comparison(scrape(ours.url), scrape(original.url), scrape(ours.url))
        excused = {text for text in result.problems.values() if any(entry.test(text) for entry in TOLERATED)}
        problems = sorted(set(result.problems.values()) - excused)
        if not problems:
            break
    total = len(result.by_value) + len(result.near) + len(result.problems)
    notice(f"PostgreSQL exporter against 0.19 on {what}: {len(result.by_value)} of {total} series compared by value, "
           f"{len(result.near)} near, {len(excused)} tolerated")
    assert not problems, "\n".join(problems)
    assert len(result.by_value) >= 0.6 * total
    return excused


def test_a_primary_and_its_replica_look_the_same_to_both(launch, monkeypatch, notice, server):
    idle = server.session("SELECT 1")
    excused = compare(launch, monkeypatch, notice, server.dsn(), "a primary")
    poll(lambda: server.sql("SELECT count(*) FROM notes", port=server.replica_port).strip() == "200", "replicated")
    excused |= compare(launch, monkeypatch, notice, server.dsn(server.replica_port), "its replica")
    idle.communicate(timeout=10)
    unused = [f"{entry.family} ({entry.versions}): {entry.change}" for entry in TOLERATED
              if entry.versions != "all" and not any(map(entry.test, excused))]
    assert not unused, "no longer differs, take it off the list: " + "; ".join(unused)


def test_a_busy_server_looks_the_same_to_both(launch, monkeypatch, notice, server):
    """Families and label sets; what pgbench counts moves all the time."""
    base = [server.client("pgbench"), "-h", "127.0.0.1", "-p", str(server.port), "-U", "postgres"]
    subprocess.run([*base, "-i", "-s", "2", "bench"], check=True, capture_output=True, timeout=60)
    ours, original = start_both(launch, monkeypatch, server.dsn(database="bench"))
    load = subprocess.Popen([*base, "-c", "4", "-T", "600", "bench"], stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)
    try:
        keys = {"ours": set(), "theirs": set()}
        for _ in range(4):
            keys["ours"] |= set(comparable(scrape(ours.url).samples))
            keys["theirs"] |= {key_in_0_20(key) for key in scrape(original.url).samples if belongs(key)} - {None}
        # What a connection of pgbench was at is chance.
        moving = ("pg_stat_activity_", "pg_process_idle", "pg_stat_statements_")
        differing = {show(key): f"{show(key)} only {who}" for who in keys for key in keys[who]
                     if key not in keys["theirs" if who == "ours" else "ours"] and not key[0].startswith(moving)}
        problems = [text for text in differing.values() if not any(entry.test(text) for entry in TOLERATED)]
        notice(f"PostgreSQL exporter against 0.19 beside pgbench: {len(keys['ours'] & keys['theirs'])} label sets of both")
        assert not problems, "\n".join(sorted(problems))
        assert load.poll() is None
    finally:
        load.terminate()
        load.wait()
