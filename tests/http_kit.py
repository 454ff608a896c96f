"""What the tests of TLS and authentication share: certificates made on the spot, curl, files."""

import os
import pathlib
import subprocess

# bcrypt of "secret" with the least cost that there is.
HASH = "$2y$04$1u5sWcvIpRSiDxzZ9NqFOegjbCAjLpOiKLfeA4vC99xHeir2G.t3W"
TLS = "tls_server_config: {cert_file: server.crt, key_file: server.key}\n"
USERS = f"basic_auth_users: {{alice: {HASH}}}\n"


class Certificates:
    """A CA, a certificate for 127.0.0.1 and server.example, and two for clients, in `folder`."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.make("ca", None, "basicConstraints=critical,CA:TRUE")
        self.make("server", "ca", "subjectAltName=DNS:server.example,IP:127.0.0.1")
        for name in ("client", "second"):
            self.make(name, "ca", "subjectAltName=DNS:client.example")
        self.make("stranger", None, "subjectAltName=DNS:client.example")

    def path(self, name):
        return str(self.folder / name)

    def make(self, name, issuer, extension):
        """NAME.crt and NAME.key, valid for a day."""
        arguments = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                     "-nodes", "-days", "1", "-subj", f"/CN={name}", "-addext", extension,
                     "-keyout", self.path(name + ".key"), "-out", self.path(name + ".crt")]
        if issuer:
            arguments += ["-CA", self.path(issuer + ".crt"), "-CAkey", self.path(issuer + ".key"),
                          "-addext", "basicConstraints=CA:FALSE"]
        subprocess.run(arguments, check=True, capture_output=True)

    def write(self, name, text):
        """At once in place of an old file; its path."""
        path = self.folder / name
        new = path.with_suffix(path.suffix + ".new")
        new.write_text(text)
        os.rename(new, path)
        return str(path)


class CurlAnswer:
    def __init__(self, code, output):
        self.code = code  # of curl: 0 when there was an answer
        head, _, self.body = output.partition("\r\n\r\n")
        lines = head.split("\r\n")
        self.status = int(lines[0].split(" ")[1]) if code == 0 and " " in lines[0] else 0
        self.headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            self.headers[name.lower()] = value.strip()


def curl(url, *arguments):
    done = subprocess.run(["curl", "-sS", "-i", "--noproxy", "*", "--max-time", "10", *arguments, url],
                          capture_output=True, timeout=20)
    return CurlAnswer(done.returncode, done.stdout.decode(errors="replace"))
