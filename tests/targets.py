"""Scrape targets written for tests."""

import http.server
import threading
import time


class Target:
    """Serves GET /metrics on a free loopback port; `body` may be changed, or be a function."""

    def __init__(self, body, content_type="text/plain; version=0.0.4"):
        self.body = body
        target = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                body = target.body() if callable(target.body) else target.body
                data = body if isinstance(body, bytes) else body.encode()
                self.send_response(200)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.address = f"127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


def clocked_body():
    """Samples that carry their timestamp, the last whole second, and depend on it alone: two servers
    that scrape often enough store exactly the same of them, at whatever moments they come."""
    second = int(time.time())
    lines = ["# TYPE clocked_requests_total counter"]
    for code, path, pace in [("200", "/", 7), ("200", "/api", 3), ("500", "/", 1), ("500", "/api", 0)]:
        value = (second * pace) % 100_000 + second % 3 * pace
        lines.append(f'clocked_requests_total{{code="{code}",path="{path}"}} {value} {second}000')
    lines.append("# TYPE clocked_restarting_total counter")  # starts anew every 5 s
    lines.append(f"clocked_restarting_total {second % 5 * 1.5} {second}000")
    lines.append("# TYPE clocked_temperature gauge")
    for room in ("a", "b", "c"):
        value = ((second * 7919 + ord(room) * 104729) % 1000) / 8 - 40
        lines.append(f'clocked_temperature{{room="{room}"}} {value} {second}000')
    lines.append("# TYPE clocked_info gauge")
    for room, kind in (("a", "cold"), ("b", "warm"), ("c", "warm")):
        lines.append(f'clocked_info{{room="{room}",kind="{kind}"}} 1 {second}000')
    lines.append("# TYPE clocked_odd gauge")
    lines += [f'clocked_odd{{kind="{kind}"}} {kind} {second}000' for kind in ("NaN", "+Inf", "-Inf")]
    return "\n".join(lines) + "\n"
