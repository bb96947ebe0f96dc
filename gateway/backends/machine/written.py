"""Bytes this process has caused to be written to a disk, by part, from the kernel's accounting of each thread.

The kernel charges a page to the thread that makes it dirty, once until it is written out. So every part that writes
in a thread of its own can be told apart. What lies in memory (tmpfs) is never charged; what the file system adds (its
journal, its tables) is not either: that is in the disk's own counter.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from . import files

OTHER = "other"
PARTS = (
    ("store-writer", "readings"),
    ("store-reader", "checkpoints"),
    ("store", "store upkeep"),
    ("asyncio", "documents"),
    ("uvloop", "documents"),
    ("wear", "these figures"),
    ("MainThread", "main"),
)
"""Thread names by their beginning, the first that fits; no other thread has a part of its own."""


class Written(msgspec.Struct, frozen=True):
    """Bytes since the last look."""

    parts: Mapping[str, int]
    taken_back: int
    """Removed again before they came to the disk; contained in `parts`."""


def thread_names() -> dict[int, str]:
    """The names of this process's threads by the kernel's numbers."""
    return {thread.native_id: thread.name for thread in threading.enumerate() if thread.native_id is not None}


def part_of(thread: str) -> str:
    """Whose work a thread of this name does."""
    return next((part for start, part in PARTS if thread.startswith(start)), OTHER)


class Meter:
    """Looks at /proc/self below `root`."""

    def __init__(self, root: Path = Path("/"), names: Callable[[], Mapping[int, str]] = thread_names) -> None:
        self._process = root / "proc/self"
        self._names = names
        self._threads: dict[int, int] = {}
        self._total = 0
        self._taken_back = 0

    def look(self) -> Written | None:
        """What was written since the last look, the first time since the start; None: this kernel does not count."""
        names = self._names()
        threads = self._by_thread()
        # After the threads: then it is never less than their sum.
        io = files.numbers(self._process / "io")
        if "write_bytes" not in io:
            return None
        parts: dict[str, int] = {}
        for thread, total in threads.items():
            known = self._threads.get(thread, 0)
            # A smaller count is a new thread under the number of one that has ended.
            grown = total - known if total >= known else total
            part = part_of(names.get(thread, ""))
            parts[part] = parts.get(part, 0) + grown
        ended = io["write_bytes"] - self._total - sum(parts.values())
        parts[OTHER] = parts.get(OTHER, 0) + max(0, ended)
        taken_back = io.get("cancelled_write_bytes", 0)
        written = Written({part: grown for part, grown in parts.items() if grown}, taken_back - self._taken_back)
        self._threads, self._total, self._taken_back = threads, io["write_bytes"], taken_back
        return written

    def _by_thread(self) -> dict[int, int]:
        found: dict[int, int] = {}
        for task in (self._process / "task").glob("[0-9]*"):
            if (total := files.numbers(task / "io").get("write_bytes")) is not None:
                found[int(task.name)] = total
        return found
