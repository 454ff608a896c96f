"""The PostgreSQL exporter on a real server, and how it treats it."""

import os
import pathlib
import socket
import subprocess
import threading
import time

import pytest

from databases import PASSWORD, Postgres
from harness import Exposition, executable, free_port, get, poll, run_to_end, scrape


@pytest.fixture(scope="module")
def server():
    made = Postgres()
    try:
        made.sql("CREATE TABLE accounts (id int PRIMARY KEY, note text)")
        made.sql("INSERT INTO accounts SELECT i, 'x' FROM generate_series(1, 1000) i")
        made.sql("CREATE DATABASE second")
        made.sql("CREATE TABLE far (id int PRIMARY KEY)", database="second")
        yield made
    finally:
        made.close()


@pytest.fixture
def start(launch, monkeypatch):
    """Starts the exporter with these variables of the environment."""
    def run(*arguments, **environment):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        port = free_port()
        return launch.run(executable("narthex-postgres-exporter"), f"--web.listen-address=127.0.0.1:{port}",
                          *arguments, port=port)
    for name in list(os.environ):
        if name.startswith(("DATA_SOURCE_", "PG_EXPORTER_", "PG")):
            monkeypatch.delenv(name)
    return run


ALL = ["buffercache_summary", "database", "database_wraparound", "locks", "long_running_transactions", "postmaster",
       "process_idle", "replication", "replication_slots", "roles", "settings", "stat_activity",
       "stat_activity_autovacuum", "stat_archiver", "stat_bgwriter", "stat_checkpointer", "stat_database",
       "stat_progress_vacuum", "stat_replication", "stat_statements", "stat_user_tables", "stat_wal_receiver",
       "statio_user_indexes", "statio_user_tables", "wal", "xlog_location"]


def test_every_collector_answers(server, start):
    exporter = start(*(f"--collector.{name}" for name in ALL), DATA_SOURCE_NAME=server.dsn())
    shown = scrape(exporter.url)
    successes = {labels["collector"]: value for labels, value in shown.find("pg_scrape_collector_success")}
    assert successes == {name: 1 for name in ALL}, exporter.log
    assert shown.value("pg_up") == 1
    assert shown.value("pg_exporter_last_scrape_error") == 0
    assert shown.value("pg_stat_user_tables_n_tup_ins", relname="accounts") == 1000
    assert shown.value("pg_settings_shared_buffers_bytes") == 32 << 20
    assert shown.value("pg_stat_database_numbackends", datname="second") == 0
    assert shown.value("pg_static", short_version=server.sql("SHOW server_version").split()[0] + ".0") == 1


@pytest.mark.parametrize("source", ["name", "pairs", "uri", "files", "socket"])
def test_it_finds_the_server_as_the_original_does(server, start, tmp_path, source):
    (tmp_path / "user").write_text("exporter\n")
    (tmp_path / "password").write_text(PASSWORD + "\n")
    uri = f"127.0.0.1:{server.port}/postgres?sslmode=disable"
    (tmp_path / "uri").write_text(uri + "\n")
    environment = {
        "name": {"DATA_SOURCE_NAME": server.dsn()},
        "pairs": {"DATA_SOURCE_NAME": f"host=127.0.0.1 port={server.port} user='exporter' password={PASSWORD} "
                                      "dbname=postgres sslmode=disable search_path=public"},
        "uri": {"DATA_SOURCE_URI": uri, "DATA_SOURCE_USER": "exporter", "DATA_SOURCE_PASS": PASSWORD},
        "files": {"DATA_SOURCE_URI_FILE": str(tmp_path / "uri"), "DATA_SOURCE_USER_FILE": str(tmp_path / "user"),
                  "DATA_SOURCE_PASS_FILE": str(tmp_path / "password")},
        "socket": {"DATA_SOURCE_NAME": f"host={server.folder} port={server.port} user=exporter dbname=postgres"},
    }[source]
    assert scrape(start(**environment).url).value("pg_up") == 1


def test_a_probe_takes_credentials_by_name(server, start, tmp_path):
    config = tmp_path / "exporter.yml"
    config.write_text("auth_modules:\n  reader:\n    type: userpass\n"
                      f"    userpass: {{username: exporter, password: {PASSWORD}}}\n"
                      "    options: {sslmode: disable}\n")
    exporter = start(f"--config.file={config}")
    target = f"127.0.0.1:{server.port}/postgres"
    probed = Exposition(get(exporter.url + "/probe", target=target, auth_module="reader").text)
    assert probed.value("pg_up") == 1
    assert probed.value("pg_scrape_collector_success", collector="stat_database") == 1
    assert get(exporter.url + "/probe", target=target, auth_module="none").status == 400
    assert get(exporter.url + "/probe").status == 400
    assert get(exporter.url + "/probe", target=f"{target}?x=%zz").status == 400
    poll(lambda: server.connections() == 0, "a probe leaves no connection")
    # No source of its own.
    assert scrape(exporter.url).value("pg_up") == 0


def test_all_databases_are_seen_on_request(server, start):
    flags = ["--collector.statio_user_indexes", "--all-databases", "--all-databases.deny=postgre.|templ.*"]
    exporter = start(*flags, DATA_SOURCE_NAME=server.dsn())
    shown = scrape(exporter.url)
    assert {labels["datname"] for labels, _ in shown.find("pg_stat_user_tables_seq_scan")} == {"postgres", "second"}
    assert {labels["datname"] for labels, _ in shown.find("pg_statio_user_indexes_idx_blks_hit_total")} == {
        "postgres", "second"}
    assert server.connections() <= 2


def test_a_locked_table_costs_its_own_collector_only(server, start):
    exporter = start(DATA_SOURCE_NAME=server.dsn())
    scrape(exporter.url)
    holder = server.session("BEGIN; LOCK TABLE accounts IN ACCESS EXCLUSIVE MODE")
    try:
        most = 0
        for _ in range(8):
            begin = time.monotonic()
            shown = Exposition(get(exporter.url + "/metrics", headers={"X-Prometheus-Scrape-Timeout-Seconds": "1"}).text)
            assert time.monotonic() - begin < 3
            failed = {labels["collector"] for labels, value in shown.find("pg_scrape_collector_success") if value == 0}
            assert failed == {"stat_user_tables"}
            assert shown.value("pg_up") == 1
            most = max(most, server.connections())
            time.sleep(max(0, begin + 1 - time.monotonic()))
        assert most <= 2
        assert "collector=stat_user_tables" in exporter.log
    finally:
        holder.communicate("ROLLBACK;\n", timeout=10)
    poll(lambda: scrape(exporter.url).value("pg_scrape_collector_success", collector="stat_user_tables") == 1,
         "the collector is back")


def test_the_server_ends_a_wait_for_a_lock_by_itself(server, start):
    exporter = start("--database.lock-timeout=200ms", DATA_SOURCE_NAME=server.dsn())
    holder = server.session("BEGIN; LOCK TABLE accounts IN ACCESS EXCLUSIVE MODE")
    try:
        shown = scrape(exporter.url)
        assert shown.value("pg_scrape_collector_success", collector="stat_user_tables") == 0
        assert 0.1 < shown.value("pg_scrape_collector_duration_seconds", collector="stat_user_tables") < 2
        assert "lock timeout (55P03)" in exporter.log
    finally:
        holder.communicate("ROLLBACK;\n", timeout=10)


def test_a_scraper_that_hangs_up_ends_its_statements(server, start):
    exporter = start("--database.lock-timeout=60s", DATA_SOURCE_NAME=server.dsn())
    holder = server.session("BEGIN; LOCK TABLE accounts IN ACCESS EXCLUSIVE MODE")
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'exporter' AND state = 'active'"
    try:
        with socket.create_connection(("127.0.0.1", exporter.port)) as scraper:
            scraper.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
            poll(lambda: int(server.sql(waiting)) == 1, "the statement waits")
        poll(lambda: int(server.sql(waiting)) == 0, "the statement is cancelled", timeout=3)
    finally:
        holder.communicate("ROLLBACK;\n", timeout=10)


def test_scrapes_at_a_time_share_one_answer(server, start):
    exporter = start("--database.lock-timeout=60s", DATA_SOURCE_NAME=server.dsn())
    holder = server.session("BEGIN; LOCK TABLE accounts IN ACCESS EXCLUSIVE MODE")
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(scrape(exporter.url))) for _ in range(6)]
    try:
        for thread in threads:
            thread.start()
        poll(lambda: int(server.sql("SELECT count(*) FROM pg_locks WHERE NOT granted")) == 1, "one waits")
        time.sleep(0.5)  # for the others to be there too
        assert server.connections() <= 2
        assert int(server.sql("SELECT count(*) FROM pg_locks WHERE NOT granted")) == 1
    finally:
        holder.communicate("ROLLBACK;\n", timeout=10)
        for thread in threads:
            thread.join(20)
    assert len(answers) == 6
    durations = {answer.value("pg_exporter_last_scrape_duration_seconds") for answer in answers}
    assert len(durations) == 1
    assert all(answer.value("pg_stat_user_tables_n_live_tup", relname="accounts") == 1000 for answer in answers)


def test_a_restart_is_seen_and_leaves_nothing_behind(start):
    own = Postgres()
    try:
        exporter = start(DATA_SOURCE_NAME=own.dsn())
        files = pathlib.Path(f"/proc/{exporter.popen.pid}/fd")
        assert scrape(exporter.url).value("pg_up") == 1
        before = len(list(files.iterdir()))
        for _ in range(3):
            own.stop()
            down = scrape(exporter.url)
            assert down.value("pg_up") == 0
            assert down.value("pg_exporter_last_scrape_error") == 1
            assert down.find("pg_scrape_collector_success") == []
            own.start()
            up = scrape(exporter.url)
            assert up.value("pg_up") == 1
            assert all(value == 1 for _, value in up.find("pg_scrape_collector_success"))
        assert len(list(files.iterdir())) <= before + 1
        assert own.connections() <= 2
    finally:
        own.close()


def test_a_server_that_does_not_answer_costs_no_more_than_the_scrapes_time(start):
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen(16)
        exporter = start(DATA_SOURCE_NAME=f"postgresql://a:b@127.0.0.1:{mute.getsockname()[1]}/x?sslmode=disable")
        begin = time.monotonic()
        answer = get(exporter.url + "/metrics", headers={"X-Prometheus-Scrape-Timeout-Seconds": "1"})
        assert Exposition(answer.text).value("pg_up") == 0
        assert time.monotonic() - begin < 1.5


# The canary: every way to fail that meets a password.
BROKEN = {
    "refused": "postgresql://exporter:{password}@127.0.0.1:1/postgres?sslmode=disable",
    "wrong-database": "postgresql://exporter:{password}@127.0.0.1:{port}/none?sslmode=disable",
    "wrong-user": "postgresql://nobody:{password}@127.0.0.1:{port}/postgres?sslmode=disable",
    "no-tls": "postgresql://exporter:{password}@127.0.0.1:{port}/postgres",
    "bad-sslmode": "host=127.0.0.1 port={port} user=exporter password={password} sslmode=what",
    "bad-setting": "host=127.0.0.1 port={port} user=exporter password={password} dbname=postgres sslmode=disable none=1",
    "bad-percent": "postgresql://exporter:{password}%zz@127.0.0.1:{port}/postgres",
    "no-pairs": "user=exporter {password} host=127.0.0.1",
    "unquoted": "user=exporter password='{password} host=127.0.0.1",
    "bad-port": "postgresql://exporter:x@127.0.0.1:{password}/postgres",
    "bad-keyword": "postgresql://127.0.0.1:{port}/postgres?pass word={password}",
}


@pytest.mark.parametrize("dsn", BROKEN.values(), ids=BROKEN.keys())
def test_no_failure_tells_the_password(server, start, launch, monkeypatch, dsn):
    dsn = dsn.format(password=PASSWORD, port=server.port)
    monkeypatch.setenv("DATA_SOURCE_NAME", dsn)
    port = free_port()
    exporter = launch.run(executable("narthex-postgres-exporter"), f"--web.listen-address=127.0.0.1:{port}",
                          "--log.level=debug", port=port, ready=None)
    told = ""
    try:
        exporter.wait_ready()
        told = get(exporter.url + "/metrics").text + pathlib.Path(f"/proc/{exporter.popen.pid}/cmdline").read_text()
        assert Exposition(get(exporter.url + "/metrics").text).value("pg_exporter_last_scrape_error") == 1
    except RuntimeError:  # refused at the start
        assert exporter.popen.returncode == 1
        assert "DATA_SOURCE_NAME" in exporter.log
    # As the target of a probe.
    other = start("--log.level=debug", DATA_SOURCE_NAME="")
    told += get(other.url + "/probe", target=dsn).text
    assert PASSWORD not in told + exporter.log + other.log


def test_a_broken_configuration_is_refused_and_told_without_its_password(start, launch, tmp_path):
    config = tmp_path / "exporter.yml"
    config.write_text(f"auth_modules:\n  a:\n    type: userpass\n    userpass: {{user: x, password: {PASSWORD}}}\n")
    ended = run_to_end([executable("narthex-postgres-exporter"), f"--config.file={config}"])
    assert ended.returncode == 1
    assert f"{config}:4:" in ended.stderr and PASSWORD not in ended.stderr
    ended = run_to_end([executable("narthex-postgres-exporter"), f"--config.file={tmp_path}/none.yml"])
    assert ended.returncode == 1 and "none.yml" in ended.stderr


@pytest.mark.parametrize("environment, word", [
    ({"PG_EXPORTER_DISABLE_DEFAULT_METRICS": "perhaps"}, "PG_EXPORTER_DISABLE_DEFAULT_METRICS"),
    ({"PG_EXPORTER_COLLECTION_TIMEOUT": "0"}, "collection-timeout"),
    ({"PG_EXPORTER_CONSTANT_LABELS": "a"}, "constantLabels"),
    ({"DATA_SOURCE_URI": "h", "DATA_SOURCE_PASS_FILE": "/none"}, "DATA_SOURCE_PASS_FILE"),
])
def test_variables_are_checked(environment, word):
    ended = subprocess.run([executable("narthex-postgres-exporter")], env={**os.environ, **environment},
                           capture_output=True, text=True, timeout=10)
    assert ended.returncode == 1
    assert word in ended.stderr


QUERIES = """
pg_shop:
  query: |
    SELECT current_database() AS place, note, count(*) AS rows, now() AS seen, '{1,10}'::int[] AS size,
           '{1,2}'::int[] AS size_bucket, 7 AS size_sum, 3 AS size_count, true AS fine
    FROM accounts GROUP BY note
  master: true
  metrics:
    - note: {usage: LABEL, description: Note}
    - place: {usage: LABEL, description: Database}
    - rows: {usage: GAUGE, description: Rows}
    - seen: {usage: GAUGE, description: When}
    - size: {usage: HISTOGRAM, description: Sizes}
everywhere:
  query: SELECT count(*) AS tables FROM pg_class
  cache_seconds: 3600
  metrics: [{tables: {usage: GAUGE, description: Tables}}]
newer:
  query: SELECT none
  runonserver: ">=99"
slow:
  query: SELECT pg_sleep(60)
  timeout: 300ms
  master: true
many:
  query: SELECT i AS n, 1 AS one FROM generate_series(1, 1000000) i
  max_rows: 10
  master: true
  metrics: [{n: {usage: LABEL, description: N}}, {one: {usage: GAUGE, description: One}}]
"""


def test_queries_of_ones_own_run_as_their_file_says(server, start, tmp_path):
    queries = tmp_path / "queries.yaml"
    queries.write_text(QUERIES)
    exporter = start(f"--extend.query-path={queries}", "--auto-discover-databases", "--constantLabels=team=db",
                     "--all-databases.allow=second", "--metric-prefix=pgx", DATA_SOURCE_NAME=server.dsn())
    server.sql("GRANT SELECT ON accounts TO exporter")
    begin = time.monotonic()
    shown = scrape(exporter.url)
    assert time.monotonic() - begin < 10
    where = f"127.0.0.1:{server.port}"
    assert shown.value("pgx_shop_rows", note="x", place="postgres", server=where, team="db", datname="postgres") == 1000
    assert abs(shown.value("pgx_shop_seen") - time.time()) < 60
    assert shown.value("pgx_shop_fine") == 1 and shown.types["pgx_shop_fine"] == "untyped"
    assert shown.value("pgx_shop_size_bucket", le="10") == 2 and shown.value("pgx_shop_size_bucket", le="+Inf") == 3
    assert {labels["datname"] for labels, _ in shown.find("everywhere_tables")} == {"postgres", "second"}
    success = {labels["collector"]: value for labels, value in shown.find("pg_scrape_collector_success")}
    assert success["query:pg_shop"] == success["query:everywhere"] == success["query:newer"] == 1
    assert success["query:slow"] == success["query:many"] == 0
    assert success["stat_database"] == success["stat_user_tables"] == 1
    assert len(shown.find("many_one")) <= 10
    assert shown.value("pg_exporter_user_queries_load_error", filename=str(queries)) == 0
    server.sql("CREATE TABLE one_more (a int)")
    before = shown.value("everywhere_tables", datname="postgres")
    assert scrape(exporter.url).value("everywhere_tables", datname="postgres") == before  # from the cache
    assert server.connections() <= 2


def test_broken_queries_are_refused_with_their_place(tmp_path):
    queries = tmp_path / "queries.yaml"
    queries.write_text("a:\n  query: SELECT 1\n  metrics:\n    - b: {usage: GAUGES}\n")
    ended = run_to_end([executable("narthex-postgres-exporter"), f"--extend.query-path={queries}"])
    assert ended.returncode == 1
    assert f"{queries}:4:18:" in ended.stderr
    queries.write_text(QUERIES)
    ended = run_to_end([executable("narthex-postgres-exporter"), f"--extend.query-path={queries}", "--dumpmaps"])
    assert ended.returncode == 0
    assert "pg_shop\n" in ended.stdout and "  rows: GAUGE  Rows\n" in ended.stdout
