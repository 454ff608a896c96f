"""Targets that misbehave, on free loopback ports: each answers a request by writing raw bytes."""

import socket
import threading
import time


def answer(body, content_type="text/plain; version=0.0.4", status="200 OK", length=None, headers=()):
    """A whole HTTP answer; `length` may lie."""
    lines = [f"HTTP/1.1 {status}"]
    if content_type is not None:
        lines.append(f"Content-Type: {content_type}")
    if length is not False:
        lines.append(f"Content-Length: {len(body) if length is None else length}")
    lines += [*headers, "Connection: close", "", ""]
    return "\r\n".join(lines).encode() + body


class RawTarget:
    """`respond(connection, request)` writes what it likes; the connection is closed after it.
    `requests` has the heads of what came."""

    def __init__(self, respond):
        self.respond = respond if callable(respond) else lambda c, _: c.sendall(respond)
        self.requests = []
        self.stopping = False
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while not self.stopping:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection:
            try:
                head = b""
                while b"\r\n\r\n" not in head:
                    received = connection.recv(65536)
                    if not received:
                        return
                    head += received
                    if head[:1] == b"\x16":  # the greeting of TLS, which we do not speak
                        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                        return
                self.requests.append(head.decode("latin-1"))
                self.respond(connection, self.requests[-1])
            except OSError:
                pass

    def header(self, name):
        """Of the last request."""
        for line in self.requests[-1].split("\r\n")[1:]:
            if line.lower().startswith(name.lower() + ":"):
                return line.split(":", 1)[1].strip()
        return None

    def stop(self):
        self.stopping = True
        self.listener.close()


def silent():
    """Takes connections and never says anything."""
    return RawTarget(lambda connection, _: time.sleep(30))


def trickling(connection, _):
    """A byte every 50 ms, for ever."""
    connection.sendall(answer(b"", length=1000))
    while True:
        connection.sendall(b"a")
        time.sleep(0.05)


def endless(connection, _):
    connection.sendall(answer(b"", length=False))
    line = b"endless_metric 1\n" * 4096
    while True:
        connection.sendall(line)
