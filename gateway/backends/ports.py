"""Who holds a TCP port, for an error that helps."""

from __future__ import annotations

import contextlib
import pwd
from collections.abc import Iterator
from pathlib import Path

_LISTENING = "0A"


def holder(port: int) -> str:
    """Who listens on `port`, in words: the process, or at least its user where processes of others cannot be seen."""
    listening = dict(_listening(port))
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            for link in (process / "fd").iterdir():
                with contextlib.suppress(OSError):
                    if str(link.readlink()) in listening:
                        return f"{(process / 'comm').read_text().strip()} (process {process.name})"
    for user in listening.values():
        with contextlib.suppress(KeyError):
            return f"a process of {pwd.getpwuid(user).pw_name}"
    return "another process"


def _listening(port: int) -> Iterator[tuple[str, int]]:
    """The sockets that listen on it, as links to them read, and whose they are."""
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(OSError):
            for line in Path(table).read_text().splitlines()[1:]:
                columns = line.split()
                if columns[3] == _LISTENING and int(columns[1].rpartition(":")[2], 16) == port:
                    yield f"socket:[{columns[9]}]", int(columns[7])
