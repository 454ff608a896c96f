"""The MySQL exporter on a real MariaDB, and how it treats it."""

import os
import pathlib
import socket
import subprocess
import threading
import time

import pytest

from databases import PASSWORD, MariaDb
from harness import Exposition, executable, free_port, get, poll, run_to_end, scrape


@pytest.fixture(scope="module")
def server():
    made = MariaDb()
    try:
        made.sql("CREATE DATABASE shop; CREATE DATABASE other; CREATE DATABASE heartbeat; USE shop;"
                 "CREATE TABLE accounts (id int unsigned PRIMARY KEY AUTO_INCREMENT, note text);"
                 "INSERT INTO accounts (note) SELECT 'x' FROM seq_1_to_1000; ANALYZE TABLE accounts;"
                 "CREATE TABLE heartbeat.heartbeat (ts varchar(26), server_id int PRIMARY KEY);"
                 "INSERT INTO heartbeat.heartbeat VALUES (now(6), 1); SET GLOBAL query_response_time_stats = ON")
        yield made
    finally:
        made.close()


@pytest.fixture
def start(launch, monkeypatch, tmp_path):
    """Starts the exporter with this text in its .my.cnf."""
    def run(options, *arguments, **environment):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        (tmp_path / "my.cnf").write_text(options)
        port = free_port()
        return launch.run(executable("narthex-mysql-exporter"), f"--web.listen-address=127.0.0.1:{port}",
                          f"--config.my-cnf={tmp_path}/my.cnf", *arguments, port=port)
    for name in list(os.environ):
        if name.startswith("MYSQLD_EXPORTER_"):
            monkeypatch.delenv(name)
    return run


def successes(shown):
    return {labels["collector"].removeprefix("collect."): value
            for labels, value in shown.find("mysql_exporter_collector_success")}


# What MariaDB 10.11 cannot answer: other engines, and the replication of MySQL.
ABSENT = ["engine_tokudb_status", "info_schema.rocksdb_perf_context",
          "perf_schema.replication_applier_status_by_worker", "perf_schema.replication_group_member_stats",
          "perf_schema.replication_group_members"]
ALL = ["auto_increment.columns", "binlog_size", "engine_innodb_status", "global_status", "global_variables",
       "heartbeat", "info_schema.clientstats", "info_schema.innodb_cmp", "info_schema.innodb_cmpmem",
       "info_schema.innodb_metrics", "info_schema.innodb_tablespaces", "info_schema.processlist",
       "info_schema.query_response_time", "info_schema.replica_host", "info_schema.schemastats",
       "info_schema.tables", "info_schema.tablestats", "info_schema.userstats", "mysql.user",
       "perf_schema.eventsstatements", "perf_schema.eventsstatementssum", "perf_schema.eventswaits",
       "perf_schema.file_events", "perf_schema.file_instances", "perf_schema.indexiowaits",
       "perf_schema.memory_events", "perf_schema.tableiowaits", "perf_schema.tablelocks", "slave_hosts",
       "slave_status", "sys.user_summary"]


def test_every_collector_answers(server, start):
    exporter = start(server.options(), *(f"--collect.{name}" for name in ALL + ABSENT),
                     "--collect.mysql.user.privileges")
    shown = scrape(exporter.url)
    assert successes(shown) == {**{name: 1 for name in ALL}, **{name: 0 for name in ABSENT}}, exporter.log
    assert shown.value("mysql_up") == 1
    assert shown.value("mysql_global_variables_performance_schema") == 1
    assert shown.value("mysql_global_status_commands_total", command="select") > 0
    assert shown.value("mysql_info_schema_table_rows", schema="shop", table="accounts") == 1000
    assert shown.value("mysql_info_schema_auto_increment_column_max", schema="shop", column="id") == 2**32 - 1
    assert shown.value("mysql_mysql_process_priv", mysql_user="exporter", hostmask="127.0.0.1") == 1
    assert shown.value("mysql_mysql_super_priv", mysql_user="exporter", hostmask="127.0.0.1") == 0
    assert abs(shown.value("mysql_heartbeat_stored_timestamp_seconds", server_id="1") - time.time()) < 3600
    version = server.sql("SELECT version()").strip()
    assert shown.value("mysql_version_info", version=version) == 1


def test_a_replica_shows_its_state(server, start):
    replica = server.add_replica()
    try:
        poll(lambda: replica.sql("SELECT count(*) FROM mysql.gtid_slave_pos"), "the replica follows")
        exporter = start(replica.options())
        poll(lambda: scrape(exporter.url).value("mysql_slave_status_slave_io_running") == 1, "it runs")
        shown = scrape(exporter.url)
        assert shown.value("mysql_slave_status_slave_sql_running", master_host="127.0.0.1") == 1
        assert shown.value("mysql_slave_status_master_port") == server.port
        position = server.sql("SELECT @@gtid_binlog_pos").strip().split("-")
        poll(lambda: scrape(exporter.url).value("mysql_slave_status_gtid_io_pos", domain_id=position[0],
                                                server_id=position[1]) == float(position[2]), "position")
    finally:
        replica.close()
        server.replicas.remove(replica)


@pytest.mark.parametrize("way", ["file", "socket", "flags", "password-file", "flag-socket"])
def test_it_finds_the_server_as_the_original_does(server, start, tmp_path, way):
    (tmp_path / "password").write_text(PASSWORD + "\n")
    user, address = "--mysqld.username=exporter", f"--mysqld.address=localhost:{server.port}"
    options, flags, environment = {
        "file": (server.options(), [], {}),
        "socket": (server.options(socket=server.socket, port=1), [], {}),
        "flags": ("", [user, address], {"MYSQLD_EXPORTER_PASSWORD": PASSWORD}),
        "password-file": ("[client]\nuser = exporter\n", [address],
                          {"MYSQLD_EXPORTER_PASSWORD_FILE": str(tmp_path / "password")}),
        "flag-socket": ("", [user, f"--mysqld.address=unix://{server.socket}"], {"MYSQLD_EXPORTER_PASSWORD": PASSWORD}),
    }[way]
    exporter = start(options, *flags, **environment)
    shown = scrape(exporter.url)
    assert shown.value("mysql_up") == 1, exporter.log
