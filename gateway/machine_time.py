"""What this machine itself says of time: raw, before anybody has judged whether it can be believed."""

from __future__ import annotations

import time
from pathlib import Path
from time import monotonic_ns


def wall_ms() -> int:
    """What the machine says, right or wrong."""
    return time.time_ns() // 1_000_000


def up_ms() -> int:
    """Rises steadily, whatever happens to the clock."""
    return monotonic_ns() // 1_000_000


def boot() -> str:
    """The name of this boot of the machine; empty where the kernel does not tell."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""
