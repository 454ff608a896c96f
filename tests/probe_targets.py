"""Real services for probes, on free loopback ports: nginx, DNS, SMTP, gRPC health, websockets."""

import base64
import datetime
import hashlib
import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import threading
import time

import pytest

from harness import free_port, poll
from http_kit import Certificates
from hostile_targets import RawTarget, answer

NGINX = """
{user}daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log; worker_processes 1;
events {{ worker_connections 256; }}
http {{
  access_log off; client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5; default_type text/plain;
  gzip on; gzip_min_length 1; gzip_types text/plain; gzip_http_version 1.0; gzip_proxied any;
  server {{
    listen 127.0.0.1:{http}; listen 127.0.0.1:{https} ssl http2;
    ssl_certificate {certs}/server.crt; ssl_certificate_key {certs}/server.key;
    location = / {{ add_header X-Kind page; add_header Set-Cookie a=b; return 200 "welcome\\n"; }}
    location = /cookie {{ if ($cookie_a = "b") {{ return 200 "known"; }} return 403; }}
    location = /login {{ add_header Set-Cookie "a=b; Path=/" always; return 302 /cookie; }}
    location = /json {{ return 200 '{{"foo": "bar", "baz": "qux", "n": 3}}'; }}
    location = /moved {{ return 301 /; }}
    location = /secure {{ return 302 https://server.example:{https}/; }}
    location = /loop {{ return 302 /loop; }}
    location = /away {{ return 302 http://127.0.0.9:{http}/; }}
    location = /gone {{ return 410; }}
    location = /host {{ return 200 $http_host; }}
    location = /method {{ return 200 "$request_method $content_length"; }}
    location = /private {{ auth_basic x; auth_basic_user_file {folder}/users; alias {folder}/page; }}
    location = /file {{ alias {folder}/page; }}
  }}
  server {{
    listen 127.0.0.1:{mutual} ssl; ssl_certificate {certs}/server.crt; ssl_certificate_key {certs}/server.key;
    ssl_client_certificate {certs}/ca.crt; ssl_verify_client on; location / {{ return 200 $ssl_client_s_dn; }}
  }}
  server {{
    listen 127.0.0.1:{expired} ssl; ssl_certificate {certs}/expired.crt; ssl_certificate_key {certs}/expired.key;
    location / {{ return 200 old; }}
  }}
}}
"""


def make_expired(certificates):
    """expired.crt, which ended yesterday."""
    folder = certificates.folder
    (folder / "ca.cnf").write_text(
        f"[ca]\ndefault_ca=d\n[d]\ndatabase={folder}/index.txt\nserial={folder}/serial\nnew_certs_dir={folder}\n"
        f"default_md=sha256\npolicy=p\nx509_extensions=e\n[p]\ncommonName=supplied\n[e]\nsubjectAltName=IP:127.0.0.1\n")
    (folder / "index.txt").write_text("")
    (folder / "serial").write_text("1000\n")
    subprocess.run(["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                    "/CN=expired", "-keyout", folder / "expired.key", "-out", folder / "expired.csr"],
                   check=True, capture_output=True)
    now = datetime.datetime.now(datetime.timezone.utc)
    begin, end = ((now - datetime.timedelta(days=d)).strftime("%Y%m%d%H%M%SZ") for d in (3, 1))
    subprocess.run(["openssl", "ca", "-batch", "-config", folder / "ca.cnf", "-in", folder / "expired.csr", "-cert",
                    folder / "ca.crt", "-keyfile", folder / "ca.key", "-startdate", begin, "-enddate", end, "-out",
                    folder / "expired.crt", "-notext"], check=True, capture_output=True)


class StreamTarget:
    """`talk(connection)` is the server's side of a conversation over TCP, TLS or a Unix socket."""

    def __init__(self, talk, tls=None, path=None):
        self.talk, self.tls = talk, tls
        if path:
            self.listener = socket.socket(socket.AF_UNIX)
            self.listener.bind(path)
            self.listener.listen(64)
            self.address = path
        else:
            self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
            self.port = self.listener.getsockname()[1]
            self.address = f"127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            with self.tls.wrap_socket(connection, server_side=True) if self.tls else connection as stream:
                self.talk(stream)
        except OSError:
            pass

    def stop(self):
        self.listener.close()


def banner(stream):
    stream.sendall(b"noise\r\n220 mail.example ESMTP Test\r\n")
    time.sleep(0.2)


def greeting_of_postgres(stream):
    stream.sendall(b"S" if stream.recv(8) == b"\0\0\0\x08\x04\xd2\x16\x2f" else b"N")
    time.sleep(0.2)


def pong(stream):
    if stream.recv(64).startswith(b"PING"):
        stream.sendall(b"PONG\n")
        time.sleep(0.2)


def to_dns(port):
    """Hands a stream on to the TCP side of a DNS server."""
    def talk(stream):
        query = stream.recv(4096)
        with socket.create_connection(("127.0.0.1", port)) as server:
            server.sendall(query)
            stream.sendall(server.recv(4096))
            time.sleep(0.2)
    return talk


def exactly(stream, count):
    data = b""
    while len(data) < count:
        piece = stream.recv(count - len(data))
        if not piece:
            raise OSError("the client has gone")
        data += piece
    return data


def frame_of_client(stream):
    """First byte and text of a short masked frame."""
    kind, size = exactly(stream, 2)
    mask, data = exactly(stream, 4), exactly(stream, size & 127)
    return kind, bytes(byte ^ mask[i % 4] for i, byte in enumerate(data))


def websocket(stream):
    head = b""
    while b"\r\n\r\n" not in head:
        head += stream.recv(4096)
    lines = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:] if ": " in line)
    if "token" not in lines.get("Authorization", "token"):
        stream.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        return
    digest = hashlib.sha1((lines["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
    stream.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                   b"Sec-WebSocket-Accept: " + base64.b64encode(digest) + b"\r\n\r\n")
    stream.sendall(b"\x89\x01p" + b"\x01\x03Hel\x80\x0clo, stranger")  # a ping, then a message in two frames
    kind, text = frame_of_client(stream)
    if kind == 0x8a:  # the answer to the ping
        kind, text = frame_of_client(stream)
    stream.sendall(bytes([0x81, len(text) + 8]) + b"Welcome " + text)
    time.sleep(0.2)


class GrpcHealth:
    STATES = {b"": 1, b"\n\x02up": 1, b"\n\x04down": 2}

    def __init__(self, certificates):
        grpc = pytest.importorskip("grpc")
        from concurrent import futures

        def check(request, context):
            if request not in self.STATES:
                context.abort(grpc.StatusCode.NOT_FOUND, "no such service")
            return bytes([8, self.STATES[request]])

        handler = grpc.method_handlers_generic_handler(
            "grpc.health.v1.Health", {"Check": grpc.unary_unary_rpc_method_handler(check)})
        self.server = grpc.server(futures.ThreadPoolExecutor(4))
        self.server.add_generic_rpc_handlers((handler,))
        key, chain = (pathlib.Path(certificates.path(f"server.{part}")).read_bytes() for part in ("key", "crt"))
        self.plain = f"127.0.0.1:{self.server.add_insecure_port('127.0.0.1:0')}"
        self.secure = "127.0.0.1:%d" % self.server.add_secure_port(
            "127.0.0.1:0", grpc.ssl_server_credentials([(key, chain)]))
        self.server.start()

    def stop(self):
        self.server.stop(0)


class ProbeBed:
    """All of them, in `folder`; `ports` by name."""

    def __init__(self, folder, launcher):
        self.folder = pathlib.Path(folder)
        self.certificates = Certificates(self.folder / "certs")
        make_expired(self.certificates)
        self.ports = {name: free_port() for name in ("http", "https", "mutual", "expired", "dns", "smtp")}
        self.launcher = launcher
        self.stoppable = []
        self.start_nginx()
        self.start_dns()
        self.start_smtp()
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(self.certificates.path("server.crt"), self.certificates.path("server.key"))
        self.banner = self.keep(StreamTarget(banner))
        self.banner_tls = self.keep(StreamTarget(banner, tls))
        self.postgres = self.keep(StreamTarget(greeting_of_postgres))
        self.dot = self.keep(StreamTarget(to_dns(self.ports["dns"]), tls))
        self.unix = self.keep(StreamTarget(pong, path=str(self.folder / "pong.sock")))
        self.websocket = self.keep(StreamTarget(websocket))
        self.websocket_tls = self.keep(StreamTarget(websocket, tls))
        self.silent = self.keep(StreamTarget(lambda stream: time.sleep(30)))
        self.garbage = self.keep(RawTarget(b"\0\1\2 no HTTP at all\r\n\r\n"))
        self.cut = self.keep(RawTarget(answer(b"short", length=100)))
        self.reset = self.keep(StreamTarget(self.reset_at_once))
        self.grpc = self.keep(GrpcHealth(self.certificates))

    @staticmethod
    def reset_at_once(stream):
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    def keep(self, target):
        self.stoppable.append(target)
        return target

    def url(self, path, port="http", scheme="http", host="127.0.0.1"):
        return f"{scheme}://{host}:{self.ports[port]}{path}"

    def start_nginx(self):
        nginx = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin") or pytest.skip("nginx is not installed")
        hashed = subprocess.run(["openssl", "passwd", "-apr1", "secret"], check=True, capture_output=True, text=True).stdout
        (self.folder / "users").write_text("alice:" + hashed)
        (self.folder / "page").write_text("a page\n" * 1000)
        self.folder.chmod(0o755)
        config = self.folder / "nginx.conf"
        config.write_text(NGINX.format(folder=self.folder, certs=self.certificates.folder,
                                       user="user root; " if os.geteuid() == 0 else "", **self.ports))
        self.launcher.run(nginx, "-c", str(config), "-p", str(self.folder))
        self.await_port("http")

    def start_dns(self):
        dnsmasq = shutil.which("dnsmasq", path=os.environ["PATH"] + ":/usr/sbin") or pytest.skip("dnsmasq is not installed")
        self.launcher.run(
            dnsmasq, "-d", "--conf-file=/dev/null", f"--port={self.ports['dns']}", "--listen-address=127.0.0.1",
            "--bind-interfaces", "--no-resolv", "--no-hosts", "--address=/a.test/10.1.2.3", "--address=/a.test/fd00::1",
            "--srv-host=_m._tcp.test,h1.test,9100,1,5", "--mx-host=m.test,mx.test,10", "--txt-record=t.test,hi there",
            "--address=/nx.test/", "--auth-server=ns.zone.test", "--auth-zone=zone.test", "--host-record=h.zone.test,10.9.9.9",
            "--auth-soa=4711,admin.zone.test,1200,120,604800")
        self.await_port("dns")

    def start_smtp(self):
        self.launcher.run("/usr/bin/python3", "-m", "aiosmtpd", "-n", "-l", f"127.0.0.1:{self.ports['smtp']}",
                          "--tlscert", self.certificates.path("server.crt"), "--tlskey", self.certificates.path("server.key"),
                          "--no-requiretls", "-c", "aiosmtpd.handlers.Sink")
        self.await_port("smtp")

    def await_port(self, name):
        poll(lambda: socket.create_connection(("127.0.0.1", self.ports[name]), 1).close() is None, f"{name} listens", 20)

    def stop(self):
        for target in self.stoppable:
            target.stop()
