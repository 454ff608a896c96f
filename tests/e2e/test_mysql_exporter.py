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


def test_a_probe_takes_credentials_by_section(server, start):
    config = (f"[client]\nuser = nobody\n[client.reader]\nuser = exporter\npassword = {PASSWORD}\n"
              "[mysqld]\nport = 3306\n")
    exporter = start(config)
    target = f"127.0.0.1:{server.port}"
    probed = Exposition(get(exporter.url + "/probe", target=target, auth_module="client.reader").text)
    assert probed.value("mysql_up") == 1
    assert successes(probed)["global_status"] == 1
    assert probed.find("process_cpu_seconds_total") == []
    assert Exposition(get(exporter.url + "/probe", target=target).text).value("mysql_up") == 0
    by_socket = get(exporter.url + "/probe", target=f"unix://{server.socket}", auth_module="client.reader")
    assert Exposition(by_socket.text).value("mysql_up") == 1
    for broken in ({}, {"target": target, "auth_module": "none"}, {"target": target, "auth_module": "mysqld"},
                   {"target": "127.0.0.1", "auth_module": "client.reader"}):
        assert get(exporter.url + "/probe", **broken).status == 400, broken
    poll(lambda: server.connections() == 0, "a probe leaves no connection")


def test_a_scrape_chooses_collectors(server, start):
    exporter = start(server.options())
    def shown(query):
        return set(successes(Exposition(get(exporter.url + "/metrics?" + query).text)))
    assert shown("collect[]=global_status&collect[]=slave_status") == {"global_status", "slave_status"}
    # As the original: what is off or unknown is passed over, and nothing left is all.
    assert shown("collect[]=global_status&collect[]=binlog_size") == {"global_status"}
    assert shown("collect[]=none") == shown("") >= {"global_status", "global_variables", "slave_status"}


def test_the_configuration_is_read_again(server, start, tmp_path):
    exporter = start("[client]\nuser = nobody\n" + server.options()[len("[client]\n"):].replace("user = exporter\n", ""))
    assert scrape(exporter.url).value("mysql_up") == 0
    (tmp_path / "my.cnf").write_text(server.options())
    answer = get(exporter.url + "/-/reload")
    assert (answer.status, answer.text) == (200, "ok")
    assert scrape(exporter.url).value("mysql_up") == 1
    (tmp_path / "my.cnf").write_text(f"[client\npassword={PASSWORD}\n")
    answer = get(exporter.url + "/-/reload")
    assert answer.status == 500 and "my.cnf:1: " in answer.text and PASSWORD not in answer.text
    shown = scrape(exporter.url)
    assert shown.value("mysql_up") == 1
    assert shown.value("mysqld_exporter_config_last_reload_successful") == 0
    (tmp_path / "my.cnf").write_text(server.options())
    exporter.popen.send_signal(1)
    poll(lambda: scrape(exporter.url).value("mysqld_exporter_config_last_reload_successful") == 1, "SIGHUP")


LOCK = "LOCK TABLES heartbeat.heartbeat WRITE"


def test_a_locked_table_costs_its_own_collector_only(server, start):
    exporter = start(server.options(), "--collect.heartbeat", "--exporter.lock_wait_timeout=30")
    scrape(exporter.url)
    holder = server.session(LOCK)
    try:
        for _ in range(8):
            begin = time.monotonic()
            shown = Exposition(get(exporter.url + "/metrics", headers={"X-Prometheus-Scrape-Timeout-Seconds": "1"}).text)
            assert time.monotonic() - begin < 3
            assert {name for name, value in successes(shown).items() if value == 0} == {"heartbeat"}, exporter.log
            assert shown.value("mysql_up") == 1
            poll(lambda: server.connections() <= 2, "two connections", timeout=1)
            time.sleep(max(0, begin + 1 - time.monotonic()))
        assert "collector=collect.heartbeat" in exporter.log
    finally:
        holder.communicate("UNLOCK TABLES;\n", timeout=10)
    poll(lambda: successes(scrape(exporter.url))["heartbeat"] == 1, "the collector is back")


@pytest.mark.parametrize("flags, word", [(["--exporter.lock_wait_timeout=1"], "(1205)"),
                                         (["--exporter.lock_wait_timeout=30", "--exporter.query_timeout=1"], "in time")])
def test_a_wait_for_a_lock_has_an_end(server, start, flags, word):
    exporter = start(server.options(), "--collect.heartbeat", *flags)
    holder = server.session(LOCK)
    try:
        shown = scrape(exporter.url)
        assert successes(shown)["heartbeat"] == 0 and successes(shown)["global_status"] == 1
        assert 0.5 < shown.value("mysql_exporter_collector_duration_seconds", collector="collect.heartbeat") < 4
        assert word in exporter.log
    finally:
        holder.communicate("UNLOCK TABLES;\n", timeout=10)


def asleep(server):
    return int(server.sql("SELECT count(*) FROM information_schema.processlist WHERE user = 'exporter' AND "
                          "state = 'User sleep'"))


def queries_file(tmp_path, text):
    (tmp_path / "queries.yaml").write_text(text)
    return f"--extend.query-path={tmp_path}/queries.yaml"


def test_a_scraper_that_hangs_up_ends_its_statements(server, start, tmp_path):
    exporter = start(server.options(), queries_file(tmp_path, "slow:\n  query: SELECT sleep(60)\n  master: true\n"))
    with socket.create_connection(("127.0.0.1", exporter.port)) as scraper:
        scraper.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
        poll(lambda: asleep(server) == 1, "the statement is under way")
    poll(lambda: asleep(server) == 0, "the statement is ended", timeout=3)


def test_scrapes_at_a_time_share_one_answer(server, start, tmp_path):
    exporter = start(server.options(), queries_file(tmp_path, "slow:\n  query: SELECT sleep(3)\n  master: true\n"))
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(scrape(exporter.url))) for _ in range(6)]
    for thread in threads:
        thread.start()
    poll(lambda: asleep(server) == 1, "one is under way")
    time.sleep(0.5)  # for the others to be there too
    assert asleep(server) == 1 and server.connections() <= 2
    for thread in threads:
        thread.join(20)
    assert len(answers) == 6
    assert len({a.value("mysql_exporter_collector_duration_seconds", collector="query:slow") for a in answers}) == 1


def test_a_restart_is_seen_and_leaves_nothing_behind(start):
    own = MariaDb()
    try:
        exporter = start(own.options())
        files = pathlib.Path(f"/proc/{exporter.popen.pid}/fd")
        assert scrape(exporter.url).value("mysql_up") == 1
        before = len(list(files.iterdir()))
        for _ in range(3):
            own.stop()
            down = scrape(exporter.url)
            assert down.value("mysql_up") == 0
            assert down.find("mysql_exporter_collector_success") == []
            own.start()
            up = scrape(exporter.url)
            assert up.value("mysql_up") == 1
            assert set(successes(up).values()) == {1}
        assert len(list(files.iterdir())) <= before + 1
        assert own.connections() <= 2
    finally:
        own.close()


def test_a_server_that_does_not_answer_costs_no_more_than_the_scrapes_time(start):
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen(16)
        exporter = start(f"[client]\nuser = a\nhost = 127.0.0.1\nport = {mute.getsockname()[1]}\n")
        begin = time.monotonic()
        answer = get(exporter.url + "/metrics", headers={"X-Prometheus-Scrape-Timeout-Seconds": "1"})
        assert Exposition(answer.text).value("mysql_up") == 0
        assert time.monotonic() - begin < 1.5
    exporter.stop()
    assert exporter.popen.returncode == 0


@pytest.fixture(scope="module")
def tls_server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    for name, subject in (("cert", "subjectAltName=DNS:localhost"), ("other", "subjectAltName=DNS:db.example")):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.pem", "-days", "2", "-subj",
                        f"/CN={name}", "-addext", subject], check=True, capture_output=True)
    folder.chmod(0o755)
    for file in folder.iterdir():
        file.chmod(0o644)
    for parent in folder.parents[:3]:
        parent.chmod(parent.stat().st_mode | 0o11)
    made = MariaDb([f"--ssl-cert={folder}/cert.pem", f"--ssl-key={folder}/cert.key"])
    try:
        made.sql(f"CREATE USER tls@localhost IDENTIFIED BY '{PASSWORD}' REQUIRE SSL; GRANT PROCESS ON *.* TO tls@localhost;"
                 f"CREATE USER tls@'127.0.0.1' IDENTIFIED BY '{PASSWORD}' REQUIRE SSL; GRANT PROCESS ON *.* TO tls@'127.0.0.1'")
        made.certificates = folder
        yield made
    finally:
        made.close()


@pytest.mark.parametrize("options, up", [
    ({}, 0), ({"tls": "preferred"}, 1), ({"tls": "skip-verify"}, 1), ({"tls": "true"}, 0),
    ({"ssl-ca": "{}/cert.pem"}, 1), ({"ssl-ca": "{}/other.pem"}, 0),
    ({"ssl-ca": "{}/cert.pem", "host": "127.0.0.1"}, 0),  # its certificate is for localhost
    ({"ssl-ca": "{}/other.pem", "ssl-skip-verfication": "true"}, 1),
    ({"ssl-ca": "{}/cert.pem", "tls-min-version": "TLSv1.3"}, 1), ({"ssl-ca": "{}/none.pem"}, 0),
], ids=str)
def test_tls_is_as_the_section_says(tls_server, start, options, up):
    options = {"host": "localhost", **options}
    given = {name: value.format(tls_server.certificates) for name, value in options.items()}
    exporter = start(tls_server.options(user="tls", **given))
    assert scrape(exporter.url).value("mysql_up") == up, exporter.log


@pytest.mark.parametrize("options, up", [({"tls": "preferred"}, 1), ({"tls": "skip-verify"}, 0)], ids=str)
def test_a_server_without_tls_will_do_where_it_is_preferred_only(server, start, options, up):
    exporter = start(server.options(**options))
    assert scrape(exporter.url).value("mysql_up") == up, exporter.log


# The canary: every way to fail that meets a password.
BROKEN = {
    "refused": "[client]\nuser=exporter\npassword={password}\nhost=127.0.0.1\nport=1\n",
    "wrong-password": "[client]\nuser=exporter\npassword=x{password}\nhost=127.0.0.1\nport={port}\n",
    "wrong-user": "[client]\nuser=nobody\npassword={password}\nhost=127.0.0.1\nport={port}\n",
    "no-host": "[client]\nuser=exporter\npassword={password}\nhost=none.invalid\n",
    "no-socket": "[client]\nuser=exporter\npassword={password}\nsocket=/none\n",
    "no-tls": "[client]\nuser=exporter\npassword={password}\nhost=127.0.0.1\nport={port}\ntls=true\n",
    "bad-ca": "[client]\nuser=exporter\npassword={password}\nhost=127.0.0.1\nport={port}\nssl-ca=/etc/passwd\n",
    "bad-port": "[client]\nuser=exporter\npassword=x\nport={password}\n",
    "bad-tls": "[client]\nuser=exporter\npassword=x\ntls={password}\n",
    "bad-host": "[client]\nuser=exporter\npassword=x\nhost=a/{password}\n",
    "no-section": "[client\npassword={password}\n",
    "no-name": "[client]\n={password}\n",
    "open-quote": "[client]\nuser=exporter\npassword=\"{password}\n",
    "no-user": "[client]\npassword={password}\n",
}


@pytest.mark.parametrize("options", BROKEN.values(), ids=BROKEN.keys())
def test_no_failure_tells_the_password(server, start, launch, tmp_path, options):
    (tmp_path / "broken.cnf").write_text(options.format(password=PASSWORD, port=server.port))
    port = free_port()
    exporter = launch.run(executable("narthex-mysql-exporter"), f"--web.listen-address=127.0.0.1:{port}",
                          f"--config.my-cnf={tmp_path}/broken.cnf", "--log.level=debug", port=port, ready=None)
    told = ""
    try:
        exporter.wait_ready()
        told = get(exporter.url + "/metrics").text + pathlib.Path(f"/proc/{exporter.popen.pid}/cmdline").read_text()
        assert scrape(exporter.url).value("mysql_up") == 0
        told += get(exporter.url + "/probe", target=f"127.0.0.1:{server.port}").text
        told += get(exporter.url + "/-/reload").text
    except RuntimeError:  # refused at the start
        assert exporter.popen.returncode == 1
        assert "broken.cnf" in exporter.log or "[client]" in exporter.log
    other = start(server.options(), "--log.level=debug")
    told += get(other.url + "/probe", target=f"{PASSWORD}/x:1").text + get(other.url + "/probe", target=PASSWORD).text
    assert PASSWORD not in told + exporter.log + other.log


@pytest.mark.parametrize("flags, word", [
    (["--exporter.max_open_connections=0"], "max_open_connections"), (["--exporter.query_timeout=-1"], "query_timeout"),
    (["--timeout-offset=x"], "timeout-offset"), (["--mysqld.address=localhost", "--mysqld.username=a"], "mysqld.address"),
    (["--config.my-cnf="], "--mysqld.username"), (["--all-databases.allow=("], "all-databases.allow"),
])
def test_flags_are_checked(flags, word):
    ended = run_to_end([executable("narthex-mysql-exporter"), *flags])
    assert ended.returncode == 1
    assert word in ended.stderr


QUERIES = """
mysql_shop:
  query: |
    SELECT note, count(*) AS number, now() AS seen, '[1, 10]' AS size, '[1, 2]' AS size_bucket, 7 AS size_sum,
           3 AS size_count FROM shop.accounts GROUP BY note
  master: true
  metrics:
    - note: {usage: LABEL, description: Note}
    - number: {usage: GAUGE, description: Rows}
    - seen: {usage: GAUGE, description: When}
    - size: {usage: HISTOGRAM, description: Sizes}
everywhere:
  query: SELECT count(*) AS tables FROM information_schema.tables WHERE table_schema = database()
  cache_seconds: 3600
  metrics: [{tables: {usage: GAUGE, description: Tables}}]
newer:
  query: SELECT none
  runonserver: ">=99"
slow:
  query: SELECT sleep(60)
  timeout: 300ms
  master: true
many:
  query: SELECT seq AS n, 1 AS one FROM seq_1_to_10000000
  max_rows: 10
  master: true
  metrics: [{n: {usage: LABEL, description: N}}, {one: {usage: GAUGE, description: One}}]
cut:
  query: SELECT seq AS n, 1 AS one, IF(seq = 5, (SELECT 1 UNION SELECT 2), 0) AS x FROM seq_1_to_9
  max_rows: 100
  master: true
  metrics: [{n: {usage: LABEL, description: N}}, {one: {usage: GAUGE, description: One}}]
"""


def test_queries_of_ones_own_run_as_their_file_says(server, start, tmp_path):
    exporter = start(server.options(), queries_file(tmp_path, QUERIES), "--auto-discover-databases",
                     "--all-databases.deny=heart.*")
    begin = time.monotonic()
    shown = scrape(exporter.url)
    assert time.monotonic() - begin < 10
    assert shown.value("mysql_shop_number", note="x") == 1000
    assert abs(shown.value("mysql_shop_seen") - time.time()) < 60
    assert shown.value("mysql_shop_size_bucket", le="10") == 2 and shown.value("mysql_shop_size_bucket", le="+Inf") == 3
    assert {labels["schema"]: value for labels, value in shown.find("everywhere_tables")} == {"shop": 1, "other": 0}
    success = successes(shown)
    assert success["query:mysql_shop"] == success["query:everywhere"] == success["query:newer"] == 1, exporter.log
    assert success["query:slow"] == success["query:many"] == success["query:cut"] == 0
    assert success["global_status"] == success["global_variables"] == 1
    assert len(shown.find("many_one")) <= 10
    server.sql("CREATE TABLE other.one_more (a int)")
    again = scrape(exporter.url)
    assert again.value("everywhere_tables", schema="other") == 0  # from the cache
    assert again.value("mysql_up") == 1
    poll(lambda: server.connections() <= 2, "two connections", timeout=1)
