"""Reading the small files in which the kernel tells things. What is not there, or not for us, is None."""

from __future__ import annotations

from pathlib import Path


def text(path: Path) -> str | None:
    """The file's text without surrounding blanks and zero bytes; None when it cannot be read."""
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip(" \t\r\n\0")
    except OSError:
        return None


def number(path: Path) -> int | None:
    """The whole number that is the file's first word; None when there is none."""
    words = (text(path) or "").split()
    try:
        return int(words[0]) if words else None
    except ValueError:
        return None


def numbers(path: Path) -> dict[str, int]:
    """Lines like `name: 12 kB` as {name: 12}; empty when it cannot be read."""
    found: dict[str, int] = {}
    for line in (text(path) or "").splitlines():
        name, _, rest = line.partition(":")
        words = rest.split()
        if words and words[0].isdecimal():
            found[name.strip()] = int(words[0])
    return found
