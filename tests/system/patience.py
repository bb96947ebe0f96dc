"""Waiting for what settles by itself."""

from __future__ import annotations

import time

from gateway.bench.processes import Server


def settled_files(server: Server, at_most: int) -> int:
    """Open files of the broker, once those it wants to close had time to go."""
    deadline = time.monotonic() + 10
    while (count := server.open_files()) > at_most and time.monotonic() < deadline:
        time.sleep(0.05)
    return count
