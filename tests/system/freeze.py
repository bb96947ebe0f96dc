"""Stops every thread of a process but the first, as a hung disk would, until the process is killed.

SIGSTOP stops all of them; a debugger's stop is for one thread. Prints a line when they stand.
"""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

_SEIZE, _INTERRUPT = 0x4206, 0x4207
_WALL = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


def main(pid: int) -> None:
    threads = [int(task.name) for task in Path(f"/proc/{pid}/task").iterdir() if int(task.name) != pid]
    for thread in threads:
        for request in (_SEIZE, _INTERRUPT):
            if _libc.ptrace(request, thread, None, None):
                raise OSError(ctypes.get_errno(), f"ptrace {request:#x} of thread {thread}")
        os.waitpid(thread, _WALL)
    print(len(threads), flush=True)
    # Whoever traces a thread has to see it die; its process could not end otherwise.
    for thread in threads:
        while not os.WIFEXITED(status := os.waitpid(thread, _WALL)[1]) and not os.WIFSIGNALED(status):
            pass


if __name__ == "__main__":
    main(int(sys.argv[1]))
