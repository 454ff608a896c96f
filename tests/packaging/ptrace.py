"""Holds threads of a process still while the others go on, as a deadlock does."""

import contextlib
import ctypes
import os

SEIZE, INTERRUPT, CONT, DETACH = 0x4206, 0x4207, 7, 17
WALL = 0x40000000

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


def _ptrace(request, thread):
    if _libc.ptrace(request, thread, None, None) != 0:
        raise OSError(ctypes.get_errno(), f"ptrace {request:#x} of {thread}")


class Held:
    def __init__(self):
        self.threads = set()

    def reap(self):
        """Lets threads that were killed end: a process is not gone before its tracer knows of it."""
        for thread in list(self.threads):
            with contextlib.suppress(ChildProcessError):
                ended, status = os.waitpid(thread, WALL | os.WNOHANG)
                if ended and (os.WIFSIGNALED(status) or os.WIFEXITED(status)):
                    self.threads.discard(thread)
                elif ended:
                    _ptrace(CONT, thread)


@contextlib.contextmanager
def all_but_main_held(pid):
    """Yields the Held threads; on leaving, those that are still there go on."""
    held = Held()
    try:
        for thread in (int(name) for name in os.listdir(f"/proc/{pid}/task")):
            if thread != pid:
                _ptrace(SEIZE, thread)
                _ptrace(INTERRUPT, thread)
                os.waitpid(thread, WALL)
                held.threads.add(thread)
        yield held
    finally:
        for thread in held.threads:
            with contextlib.suppress(OSError):
                _ptrace(DETACH, thread)
