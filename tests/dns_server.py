"""A small DNS server for tests: answers A, AAAA, SRV, MX and NS from a table, over UDP."""

import ipaddress
import socket
import struct
import threading

TYPES = {"A": 1, "NS": 2, "MX": 15, "AAAA": 28, "SRV": 33}
NXDOMAIN, SERVFAIL = 3, 2


def encoded(name):
    return b"".join(bytes([len(part)]) + part.encode() for part in name.rstrip(".").split(".")) + b"\0"


def data_of(kind, value):
    if kind in ("A", "AAAA"):
        return ipaddress.ip_address(value).packed
    if kind == "SRV":
        target, port = value
        return struct.pack("!HHH", 1, 1, port) + encoded(target)
    if kind == "MX":
        return struct.pack("!H", 10) + encoded(value)
    return encoded(value)


class DnsServer:
    """`records` is {(name, type): [value, ...]} and may be changed; a name in `failing` gets SERVFAIL,
    one that is nowhere NXDOMAIN. Listens on `host`, a loopback address, at port 53, where resolvers
    look."""

    def __init__(self, host, records):
        self.records = records
        self.failing = set()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((host, 53))
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            try:
                request, sender = self.socket.recvfrom(4096)
            except OSError:
                return
            if request:
                self.socket.sendto(self.answer(request), sender)

    def answer(self, request):
        labels, at = [], 12
        while request[at]:
            labels.append(request[at + 1:at + 1 + request[at]].decode())
            at += 1 + request[at]
        question = request[12:at + 5]
        name = ".".join(labels).lower()
        number = struct.unpack("!H", request[at + 1:at + 3])[0]
        kind = next((kind for kind, value in TYPES.items() if value == number), None)
        values = self.records.get((name, kind), [])
        known = any(name == other for other, _ in self.records)
        code = SERVFAIL if name in self.failing else 0 if known else NXDOMAIN
        out = request[:2] + struct.pack("!HHHHH", 0x8580 | code, 1, len(values) if code == 0 else 0, 0, 0) + question
        if code == 0:
            for value in values:
                data = data_of(kind, value)
                out += b"\xc0\x0c" + struct.pack("!HHIH", number, 1, 1, len(data)) + data
        return out

    def stop(self):
        self.socket.close()
