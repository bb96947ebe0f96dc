"""On which of the machine's cores threads run.

The event loop and the store's writer share Python's interpreter lock, so they never run at the same moment. On one core
each finds in its cache what the other has just left there; on two, the kernel moves the same objects to and fro. Other
threads, which work outside of the lock, may run anywhere.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable

_log = logging.getLogger(__name__)
_all: set[int] = set()
"""The cores there were before any thread was bound; empty: none is."""


def keep_together(threads: Iterable[int]) -> None:
    """Bind these threads (native ids, see `threading.get_native_id`) to one core; the first cores serve interrupts.

    Threads that one of them starts from now on are bound as well, unless they call `anywhere`. Where there is no
    choice, or a sandbox forbids it, nothing changes.
    """
    cores = os.sched_getaffinity(0)
    if len(cores) < 2:
        return
    try:
        for thread in threads:
            os.sched_setaffinity(thread, {max(cores)})
    except OSError as error:
        _log.info("the event loop and the store run on any core: %s", error)
        return
    _all.update(cores)


def anywhere() -> None:
    """The calling thread may run on every core; as the initializer of a pool of threads."""
    if _all:
        os.sched_setaffinity(0, _all)
