"""Holds threads of a process still while the others go on, as a deadlock does."""

import contextlib
import ctypes
import os

SEIZE, INTERRUPT, DETACH = 0x4206, 0x4207, 17
WALL = 0x40000000

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


def _ptrace(request, thread):
    if _libc.ptrace(request, thread, None, None) != 0:
        raise OSError(ctypes.get_errno(), f"ptrace {request:#x} of {thread}")


@contextlib.contextmanager
def all_but_main_held(pid):
    """Yields how many threads are held; on leaving, those that are still there go on."""
    held = []
    try:
        for thread in (int(name) for name in os.listdir(f"/proc/{pid}/task")):
            if thread != pid:
                _ptrace(SEIZE, thread)
                _ptrace(INTERRUPT, thread)
                os.waitpid(thread, WALL)
                held.append(thread)
        yield len(held)
    finally:
        for thread in held:
            with contextlib.suppress(OSError):
                _ptrace(DETACH, thread)
