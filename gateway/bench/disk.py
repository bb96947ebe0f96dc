"""How fast this disk makes small appends durable: the floor under every acknowledged write."""

from __future__ import annotations

import os
import time
from pathlib import Path


def fsync_p99_ms(folder: Path, appends: int, every_s: float = 0.005, size: int = 4096) -> float:
    """p99 in ms of write + fsync of `size` bytes appended every `every_s` seconds to a new file in `folder`."""
    path = folder / "fsync.probe"
    block = os.urandom(size)
    took_ms: list[float] = []
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        for _ in range(appends):
            began = time.perf_counter()
            os.write(file, block)
            os.fsync(file)
            spent_s = time.perf_counter() - began
            took_ms.append(spent_s * 1000)
            time.sleep(max(0.0, every_s - spent_s))
    finally:
        os.close(file)
        path.unlink()
    return sorted(took_ms)[int(0.99 * (len(took_ms) - 1))]
