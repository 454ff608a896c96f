"""HTTP servers that tests stand up: what they were asked is kept. Import the fixture `record`."""

import base64
import http.server
import json
import threading
import urllib.parse

import pytest


class Recorder:
    """A server on a free loopback port; `answer(handler)` answers each request, which is kept."""

    def __init__(self, answer):
        self.seen = []
        recorder = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                recorder.seen.append((self.command, self.path, dict(self.headers), self.body))
                answer(self)

            do_GET = do_POST = do_CONNECT = handle_any

            def reply(self, status, body, content_type="text/plain; version=0.0.4"):
                self.send_response(status)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.address = f"127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class Tokens:
    """A token server that gives token N to the Nth client who says who it is as `by` has it."""

    def __init__(self, record, by, lifetime=3600):
        self.by, self.count, self.lifetime = by, 0, lifetime
        self.recorder = record(self.answer)

    def answer(self, request):
        form = dict(urllib.parse.parse_qsl(request.body))
        basic = request.headers.get("Authorization") == "Basic " + base64.b64encode(b"me:hunter2").decode()
        in_form = form.get("client_id") == "me" and form.get("client_secret") == "hunter2"
        if not (basic if self.by == "header" else in_form) or form["grant_type"] != "client_credentials":
            return request.reply(401, '{"error":"invalid_client"}', "application/json")
        self.count += 1
        request.reply(200, json.dumps({"access_token": f"t{self.count}", "token_type": "bearer",
                                       "expires_in": self.lifetime}), "application/json")


@pytest.fixture
def record():
    recorders = []

    def make(answer):
        recorders.append(Recorder(answer))
        return recorders[-1]
    yield make
    for recorder in recorders:
        recorder.stop()
