"""Real database servers on free ports, started by tests and ended with them.

A server is a class with start(), stop() and what tests ask of it. Each keeps everything below its
own folder and runs as nobody where the tests are root.
"""

import glob
import os
import pathlib
import shutil
import subprocess
import tempfile

import pytest

from harness import CHECKOUT, free_port, poll

PASSWORD = "c4nary-Pa55w0rd"  # tests look for it where it must not be


def postgres_folder():
    """The newest PostgreSQL's programs, installed or unpacked by ./dev, or those that NARTHEX_POSTGRES names."""
    chosen = os.environ.get("NARTHEX_POSTGRES")
    folders = [chosen] if chosen else sorted(
        [*glob.glob("/usr/lib/postgresql/*/bin"), *glob.glob(f"{CHECKOUT}/build/postgres/usr/lib/postgresql/*/bin")],
        key=lambda path: int(path.split("/")[-2]))
    for folder in reversed(folders):
        if os.path.exists(f"{folder}/initdb"):
            return folder
    pytest.skip("PostgreSQL is neither installed nor in build/postgres (NARTHEX_POSTGRES)")


AS_NOBODY = ["runuser", "-u", "nobody", "--"] if os.geteuid() == 0 else []


class Postgres:
    """A PostgreSQL server with a role "exporter" that may monitor, and nothing else."""

    def __init__(self, settings=()):
        self.programs = postgres_folder()
        self.port = free_port()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="narthex-postgres-"))
        if AS_NOBODY:
            shutil.chown(self.folder, "nobody")
        self.data = self.folder / "data"
        self._as_user(f"{self.programs}/initdb", "-D", self.data, "-U", "postgres", "-A", "trust",
                      "--no-sync", "-E", "UTF8", "--locale=C")
        self._configure(settings)
        self.replicas = []
        self.start()
        self.sql("CREATE EXTENSION pg_stat_statements; CREATE EXTENSION pg_buffercache;"
                 f"CREATE ROLE exporter LOGIN PASSWORD '{PASSWORD}'; GRANT pg_monitor TO exporter;"
                 "CREATE ROLE replicator REPLICATION LOGIN")

    def _configure(self, settings):
        lines = ["listen_addresses = '127.0.0.1'", f"port = {self.port}",
                 f"unix_socket_directories = '{self.folder}'", "wal_level = logical", "fsync = off",
                 "shared_preload_libraries = 'pg_stat_statements'", "track_io_timing = on",
                 "shared_buffers = 32MB", "password_encryption = 'scram-sha-256'", *settings]
        with open(self.data / "postgresql.conf", "a") as config:
            config.write("\n".join(lines) + "\n")
        # The exporter's password counts; everyone else is trusted.
        (self.data / "pg_hba.conf").write_text(
            "host all exporter 127.0.0.1/32 scram-sha-256\nlocal all all trust\n"
            "host all all 127.0.0.1/32 trust\nhost replication all 127.0.0.1/32 trust\n")

    def _as_user(self, *command, **options):
        done = subprocess.run([*AS_NOBODY, *map(str, command)], cwd=self.folder, capture_output=True,
                              text=True, timeout=60, **options)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def _control(self, data, *arguments):
        # Without pipes: the server would hold them open.
        done = subprocess.run([*AS_NOBODY, f"{self.programs}/pg_ctl", "-D", str(data), "-w", *arguments],
                              cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, timeout=60)
        assert done.returncode == 0, (self.folder / "log").read_text()

    def start(self):
        self._control(self.data, "-l", f"{self.folder}/log", "start")

    def stop(self, mode="fast"):
        self._control(self.data, "-m", mode, "stop")

    def add_replica(self):
        """A streaming replica with a slot; gives its port."""
        data, port = self.folder / f"replica{len(self.replicas)}", free_port()
        slot = f"slot{len(self.replicas)}"
        self.sql(f"SELECT pg_create_physical_replication_slot('{slot}')")
        self._as_user(self.client("pg_basebackup"), "-c", "fast", "-h", "127.0.0.1", "-p",
                      self.port, "-U", "replicator", "-D", data, "-R", "-S", slot, "-X", "stream")
        with open(data / "postgresql.conf", "a") as config:
            config.write(f"port = {port}\n")
        self._control(data, "-l", f"{self.folder}/log", "start")
        self.replicas.append(data)
        return port

    def client(self, name):
        """A program that not every PostgreSQL brings along."""
        return next((path for path in (f"{self.programs}/{name}", shutil.which(name)) if path and os.path.exists(path)),
                    name)

    def sql(self, statement, database="postgres", port=None):
        """The rows of a statement, as lines with | between the columns."""
        return self._as_user(self.client("psql"), "-XqAt", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", port or self.port,
                             "-U", "postgres", "-d", database, "-c", statement)

    def session(self, statement, database="postgres"):
        """Runs a statement that goes on; gives the process, to be ended by its stdin."""
        process = subprocess.Popen(
            [self.client("psql"), "-XqAt", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-d", database],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        process.stdin.write(statement + ";\n\\echo begun\n")
        process.stdin.flush()
        poll(lambda: "begun" in process.stdout.readline(), statement)
        return process

    def connections(self):
        """Of the exporter, as the server sees them."""
        return int(self.sql("SELECT count(*) FROM pg_stat_activity WHERE usename = 'exporter'"))

    def dsn(self, port=None, database="postgres"):
        return f"postgresql://exporter:{PASSWORD}@127.0.0.1:{port or self.port}/{database}?sslmode=disable"

    def close(self):
        for data in [*self.replicas, self.data]:
            if (data / "postmaster.pid").exists():
                self._control(data, "-m", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)


class MariaDb:
    """A MariaDB server with a user "exporter" that may monitor, and nothing else."""

    GRANTS = ("PROCESS, REPLICATION CLIENT, SLAVE MONITOR, REPLICATION MASTER ADMIN, SELECT, SHOW VIEW ON *.*",
              "EXECUTE ON sys.*")

    def __init__(self, settings=(), number=1):
        self.programs = mariadb_programs()
        self.port = free_port()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="narthex-mariadb-"))
        self.data = self.folder / "data"
        self.socket = self.folder / "s"
        self.settings = [f"--server-id={number}", "--performance-schema=ON", "--userstat=ON", "--log-bin=bin",
                         "--plugin-maturity=unknown", "--plugin-load-add=query_response_time",
                         "--innodb-buffer-pool-size=32M", "--innodb-flush-log-at-trx-commit=0", *settings]
        self.server = None
        self.replicas = []
        if AS_NOBODY:
            shutil.chown(self.folder, "nobody")
        self._run(self.programs["mariadb-install-db"], "--no-defaults", f"--datadir={self.data}",
                  "--auth-root-authentication-method=normal", "--skip-test-db", *self.programs["base"])
        self.start()
        self.sql(f"CREATE USER exporter@'127.0.0.1' IDENTIFIED BY '{PASSWORD}';"
                 f"CREATE USER exporter@localhost IDENTIFIED BY '{PASSWORD}';"
                 "CREATE USER replicator@'127.0.0.1' IDENTIFIED BY 'r';"
                 "GRANT REPLICATION SLAVE ON *.* TO replicator@'127.0.0.1';")
        for host in ("'127.0.0.1'", "localhost"):
            self.sql("; ".join(f"GRANT {grant} TO exporter@{host}" for grant in self.GRANTS))

    def _run(self, *command):
        done = subprocess.run([*AS_NOBODY, *map(str, command)], cwd=self.folder, capture_output=True, text=True,
                              timeout=120)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"

    def start(self):
        self.server = subprocess.Popen(
            [*AS_NOBODY, self.programs["mariadbd"], "--no-defaults", *self.programs["base"], f"--datadir={self.data}",
             f"--socket={self.socket}", f"--pid-file={self.folder}/pid", f"--port={self.port}",
             "--bind-address=127.0.0.1", f"--log-error={self.folder}/log", *self.settings],
            cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        poll(lambda: self.server.poll() is not None or self.sql("SELECT 1"), "MariaDB answers", timeout=60)
        assert self.server.poll() is None, (self.folder / "log").read_text()

    def stop(self):
        """Ends it as a service manager does."""
        pid = int((self.folder / "pid").read_text())
        os.kill(pid, 15)
        self.server.wait(60)

    def client(self, *arguments):
        return [self.programs["mariadb"], "--no-defaults", "-N", "-B", "-u", "root", "-S", str(self.socket), *arguments]

    def sql(self, statement, database=""):
        """The rows of a statement, as lines with tabs between the columns."""
        done = subprocess.run(self.client(*([database] if database else []), "-e", statement), capture_output=True,
                              text=True, timeout=60)
        assert done.returncode == 0, f"{statement}: {done.stderr}"
        return done.stdout

    def session(self, statement):
        """Runs a statement and stays; gives the process, to be ended by its stdin."""
        process = subprocess.Popen(self.client("--unbuffered"), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, text=True)
        process.stdin.write(statement + ";\nSELECT 'begun';\n")
        process.stdin.flush()
        poll(lambda: "begun" in process.stdout.readline(), statement)
        return process

    def add_replica(self):
        """A replica by global transaction ids."""
        replica = MariaDb(["--read-only=1", "--relay-log=relay", "--skip-log-bin"], number=len(self.replicas) + 2)
        self.replicas.append(replica)
        replica.sql(f"SET GLOBAL gtid_slave_pos = '{self.sql('SELECT @@gtid_binlog_pos').strip()}';"
                    f"CHANGE MASTER TO master_host='127.0.0.1', master_port={self.port}, master_user='replicator',"
                    "master_password='r', master_use_gtid=slave_pos; START SLAVE")
        return replica

    def connections(self):
        """Of the exporter, as the server sees them."""
        return int(self.sql("SELECT count(*) FROM information_schema.processlist WHERE user = 'exporter'"))

    def options(self, **more):
        """A [client] section that leads here."""
        given = {"user": "exporter", "password": PASSWORD, "host": "127.0.0.1", "port": self.port, **more}
        return "[client]\n" + "".join(f"{name} = {value}\n" for name, value in given.items())

    def close(self):
        for replica in self.replicas:
            replica.close()
        if self.server and self.server.poll() is None:
            os.kill(int((self.folder / "pid").read_text()), 9)
            self.server.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)


def mariadb_programs():
    """MariaDB's programs, installed or unpacked by ./dev."""
    unpacked = f"{CHECKOUT}/build/mariadb/usr"
    for root, base in (("/usr", []), (unpacked, [f"--basedir={unpacked}"])):
        found = {name: next((path for path in (f"{root}/bin/{name}", f"{root}/sbin/{name}") if os.path.exists(path)), None)
                 for name in ("mariadbd", "mariadb", "mariadb-install-db")}
        if all(found.values()):
            return {**found, "base": base}
    pytest.skip("MariaDB is neither installed nor in build/mariadb")
