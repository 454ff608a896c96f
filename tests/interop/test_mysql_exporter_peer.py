"""Our MySQL exporter and the original, 0.19, side by side on one MariaDB, show the same."""

import collections
import os
import re

import pytest

from databases import PASSWORD, MariaDb
from harness import executable, free_port, peer, poll, scrape, show

# All that are not on by default, but for those that MariaDB has nothing of.
COLLECTORS = ["auto_increment.columns", "binlog_size", "engine_innodb_status", "engine_tokudb_status", "heartbeat",
              "info_schema.clientstats", "info_schema.innodb_metrics", "info_schema.innodb_tablespaces",
              "info_schema.processlist", "info_schema.replica_host", "info_schema.rocksdb_perf_context",
              "info_schema.schemastats", "info_schema.tables", "info_schema.tablestats", "info_schema.userstats",
              "mysql.user", "perf_schema.eventsstatements", "perf_schema.eventsstatementssum",
              "perf_schema.eventswaits", "perf_schema.file_events", "perf_schema.file_instances",
              "perf_schema.indexiowaits", "perf_schema.memory_events",
              "perf_schema.replication_applier_status_by_worker", "perf_schema.replication_group_member_stats",
              "perf_schema.replication_group_members", "perf_schema.tableiowaits", "perf_schema.tablelocks",
              "slave_hosts", "sys.user_summary"]

Tolerated = collections.namedtuple("Tolerated", "family versions change test")
TOLERATED = [
    Tolerated("mysql_perf_schema_events_statements", "0.19 and 0.20, on MariaDB", "MariaDB has no CPU time and no "
              "quantiles of statements; the original shows 0 for them, and for the time of locks, which there is",
              lambda text: re.match("mysql_perf_schema_events_statements_(cpu_time_seconds_total|latency{).*only theirs", text)
              or re.match("mysql_perf_schema_events_statements_lock_time_seconds_total.*theirs 0.0", text)),
    Tolerated("perf_schema.eventsstatements", "all", "a statement of one exporter is new between two scrapes",
              lambda text: text.startswith("mysql_perf_schema_events_statements_") and "only" in text),
    Tolerated("mysql_info_schema_processlist", "all", "what a thread is at is chance",
              lambda text: text.startswith("mysql_info_schema_processlist_") and "only" in text),
    Tolerated("mysql_perf_schema_memory_events", "all", "an event is shown from its first use on",
              lambda text: text.startswith(("mysql_perf_schema_memory_events_", "mysql_perf_schema_file_instances_"))
              and "only" in text),
]
# What the exporters themselves, or the time between two scrapes, move by more than twentieth.
MOVING = re.compile(r"mysql_(global_status_|perf_schema_|sys_|info_schema_(client|user|table|schema)_statistics_|"
                    r"info_schema_(processlist|query_response_time|innodb_metrics)_|heartbeat_now|"
                    r"exporter_collector_duration)")
# Of those, what stands still all the same, so that it is compared.
STILL = re.compile(r"mysql_(perf_schema_(file_instances|table_io_waits|index_io_waits|sql_lock|external_lock)_\w+\{.*shop|"
                   r"info_schema_table_statistics_\w+\{.*shop)")


class Comparison:
    """What two expositions of one moment, the peer's between two of ours, agree in."""

    def __init__(self, before, theirs, after):
        self.by_value, self.near, self.problems = set(), set(), {}
        for name, kind in before.types.items():
            if name.startswith("mysql_") and theirs.types.get(name) not in (None, kind):
                self.problems[name] = f"TYPE {name}: ours {kind}, theirs {theirs.types[name]}"
        keys = {key for shown in (before, theirs, after) for key in shown.samples if key[0].startswith("mysql_")}
        for key in keys:
            self._compare(key, *(shown.samples.get(key) for shown in (before, theirs, after)))

    def _compare(self, key, before, theirs, after):
        if theirs is None or (before is None and after is None):
            self.problems[key] = f"{show(key)} only {'ours' if theirs is None else 'theirs'}"
            return
        before = after if before is None else before
        after = before if after is None else after
        moves = MOVING.match(key[0]) and not STILL.match(show(key))
        if min(before, after) <= theirs <= max(before, after):
            self.by_value.add(key)
        elif moves or abs(theirs - after) <= 0.05 * abs(after):
            self.near.add(key)
        else:
            self.problems[key] = f"{show(key)}: theirs {theirs}, ours {before} then {after}"
        if key[0].endswith("lock_time_seconds_total") and theirs == 0.0 < before:
            self.problems[key] = f"{show(key)}: theirs {theirs}, ours {before}"


@pytest.fixture(scope="module")
def server():
    made = MariaDb()
    try:
        made.replica = made.add_replica()
        made.sql("CREATE DATABASE shop; CREATE DATABASE `we ird`; CREATE DATABASE heartbeat; USE shop;"
                 "CREATE TABLE accounts (id int unsigned PRIMARY KEY AUTO_INCREMENT, note varchar(50), KEY (note));"
                 "CREATE TABLE small (id tinyint PRIMARY KEY AUTO_INCREMENT, big bigint) ROW_FORMAT=COMPRESSED;"
                 "INSERT INTO accounts (note) SELECT md5(seq) FROM seq_1_to_1000; ANALYZE TABLE accounts;"
                 "CREATE VIEW looks AS SELECT id FROM accounts; CREATE TABLE aria (a int) ENGINE=Aria;"
                 "CREATE TABLE heartbeat.heartbeat (ts varchar(26), server_id int PRIMARY KEY);"
                 "INSERT INTO heartbeat.heartbeat VALUES (now(6), 1), (now(6), 2);"
                 "CREATE USER 'a''b'@'10.%'; SET GLOBAL query_response_time_stats = ON")
        poll(lambda: made.replica.sql("SELECT count(*) FROM shop.accounts").strip() == "1000", "replicated")
        yield made
    finally:
        made.close()


@pytest.mark.parametrize("which", ["primary", "replica"])
def test_a_primary_and_its_replica_look_the_same_to_both(launch, notice, server, tmp_path, which):
    watched = server if which == "primary" else server.replica
    excused = compare(launch, notice, watched.options(), tmp_path, which)
    unused = [f"{entry.family} ({entry.versions}): {entry.change}" for entry in TOLERATED
              if entry.versions != "all" and not any(map(entry.test, excused))]
    assert not unused or which == "replica", "no longer differs, take it off the list: " + "; ".join(unused)


def test_another_server_looks_the_same_to_both(launch, notice, tmp_path):
    """One that runs already, of MySQL say: NARTHEX_MYSQL is user:password@host:port."""
    given = re.fullmatch("([^:]+):(.*)@([^:@]+):([0-9]+)", os.environ.get("NARTHEX_MYSQL", ""))
    if not given:
        pytest.skip("no server is named (NARTHEX_MYSQL=user:password@host:port)")
    user, password, host, port = given.groups()
    options = f"[client]\nuser = {user}\npassword = {password}\nhost = {host}\nport = {port}\n"
    compare(launch, notice, options, tmp_path, f"server at {host}:{port}")


def compare(launch, notice, options, tmp_path, which):
    """Gives the differences that are tolerated; there must be no others."""
    (tmp_path / "my.cnf").write_text(options)
    flags = [f"--config.my-cnf={tmp_path}/my.cnf", "--collect.mysql.user.privileges",
             *(f"--collect.{name}" for name in COLLECTORS)]
    urls = []
    for path, ready in ((executable("narthex-mysql-exporter"), "/-/ready"), (peer("prometheus-mysqld-exporter"), "/")):
        port = free_port()
        urls.append(launch.run(path, f"--web.listen-address=127.0.0.1:{port}", *flags, port=port, ready=ready).url)
    ours, original = urls
    scrape(ours), scrape(original)  # the first of each makes statements and threads new
    for _ in range(6):  # a value that moved at the wrong moment does not do so every time
        result = Comparison(scrape(ours), scrape(original), scrape(ours))
        excused = {text for text in result.problems.values() if any(entry.test(text) for entry in TOLERATED)}
        problems = sorted(set(result.problems.values()) - excused)
        if not problems:
            break
    total = len(result.by_value) + len(result.near) + len(result.problems)
    notice(f"MySQL exporter against 0.19 on a {which}: {len(result.by_value)} of {total} series compared by value, "
           f"{len(result.near)} that move, {len(excused)} tolerated")
    assert not problems, "\n".join(problems)
    assert len(result.by_value) >= 0.6 * total
    return excused


def test_a_probe_shows_what_the_original_shows(launch, server, tmp_path):
    (tmp_path / "my.cnf").write_text(f"[client]\nuser = nobody\n[client.db]\nuser = exporter\npassword = {PASSWORD}\n")
    names = []
    for path, ready in ((executable("narthex-mysql-exporter"), "/-/ready"), (peer("prometheus-mysqld-exporter"), "/")):
        port = free_port()
        url = launch.run(path, f"--web.listen-address=127.0.0.1:{port}", f"--config.my-cnf={tmp_path}/my.cnf", port=port,
                         ready=ready).url
        probe = f"{url}/probe?auth_module=client.db&collect[]=global_variables&target=127.0.0.1:{server.port}&x="
        shown = scrape(probe)
        assert shown.value("mysql_up") == 1
        names.append(set(shown.samples))
    assert names[0] == names[1]
