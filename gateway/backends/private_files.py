"""Files that hold keys: whole or not there at all, and readable by the gateway's user only.

What could not be replaced has a spare beside it: without the server key no device could sign in any more.
"""

from __future__ import annotations

import logging
import os
import secrets
from collections.abc import Callable
from pathlib import Path

_log = logging.getLogger(__name__)


def write_private(path: Path, content: bytes) -> None:
    """Create or replace `path` (mode 0600) with `content`, durably: never half of it, never readable by others."""
    folder = path.parent
    temporary = folder / f".{path.name}.{secrets.token_hex(4)}"
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def spare(path: Path) -> Path:
    """Where the second copy of `path` is."""
    return path.with_name(f"{path.name}.spare")


def write_kept(path: Path, content: bytes) -> None:
    """As `write_private`, twice."""
    write_private(spare(path), content)
    write_private(path, content)


def read_kept(path: Path, is_whole: Callable[[bytes], bool]) -> bytes | None:
    """What `write_kept` wrote, from whichever copy is whole; a damaged one is mended, loudly. None: neither is."""
    contents = {one: one.read_bytes() for one in (path, spare(path)) if one.exists()}
    whole = next((content for content in contents.values() if is_whole(content)), None)
    if whole is None:
        return None
    for one in (path, spare(path)):
        if contents.get(one) != whole:
            _log.error("%s was %s; mended from its copy", one, "damaged" if one in contents else "gone")
            write_private(one, whole)
    return whole
