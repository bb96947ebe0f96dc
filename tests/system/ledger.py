"""What obedient nodes have really done: one line an effect, written before anybody is told."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path


def write(path: Path, order: str) -> None:
    """One effect. Whole or not at all, whatever happens to the process."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(file, f"{order}\n".encode())
    finally:
        os.close(file)


def effects(path: Path) -> Counter[str]:
    """How often each order had its effect."""
    return Counter(path.read_text().split()) if path.exists() else Counter()
