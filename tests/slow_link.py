"""Two network namespaces with a link between them that takes its time, and loses what it is told to.

It needs no module of the kernel but TUN: each end is a TUN device, and a thread carries the packets.
"""

import fcntl
import os
import select
import struct
import subprocess
import threading
import time

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 1, 0x1000
# Addresses of the two ends.
V4 = ("10.77.0.1", "10.77.0.2")
V6 = ("fd00:77::1", "fd00:77::2")


class SlowLink:
    """`delay` in seconds, one way. `loses(packet)` says of an IP packet whether it is lost; it may be
    replaced any time. Wants root."""

    def __init__(self, name, delay):
        self.delay = delay
        self.loses = lambda packet: False
        self.names = [f"nx{os.getpid()}{name}{end}" for end in "ab"]
        self.stopping = threading.Event()
        self.tuns = []
        try:
            for end, namespace in enumerate(self.names):
                self.tuns.append(self.make_end(end, namespace))
        except BaseException:
            self.stop()
            raise
        self.carrier = threading.Thread(target=self.carry, daemon=True)
        self.carrier.start()

    def make_end(self, end, namespace):
        tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        device = f"nxt{os.getpid()}{'ab'[end]}"[-15:]
        fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH", device.encode(), IFF_TUN | IFF_NO_PI))
        ip = lambda *arguments: subprocess.run(["ip", *arguments], check=True, capture_output=True)
        ip("netns", "add", namespace)
        ip("link", "set", device, "netns", namespace)
        ip("-n", namespace, "addr", "add", V4[end] + "/24", "dev", device)
        ip("-n", namespace, "addr", "add", V6[end] + "/64", "dev", device, "nodad")
        for link in ("lo", device):
            ip("-n", namespace, "link", "set", link, "up")
        return tun

    def carry(self):
        queue = []  # (when, to, packet), in order, as all take the same time
        while not self.stopping.is_set():
            wait = max(0, queue[0][0] - time.monotonic()) if queue else 0.1
            for ready in select.select(self.tuns, [], [], wait)[0]:
                packet = os.read(ready, 65536)
                if not self.loses(packet):
                    to = self.tuns[1 - self.tuns.index(ready)]
                    queue.append((time.monotonic() + self.delay, to, packet))
            while queue and queue[0][0] <= time.monotonic():
                _, to, packet = queue.pop(0)
                os.write(to, packet)

    def enter(self, end):
        """A command that runs another at that end."""
        return ["nsenter", f"--net=/run/netns/{self.names[end]}"]

    def stop(self):
        self.stopping.set()
        if hasattr(self, "carrier"):
            self.carrier.join()
        for tun in self.tuns:
            os.close(tun)
        for namespace in self.names:
            subprocess.run(["ip", "netns", "del", namespace], check=False, capture_output=True)
