"""The ids of rules and scenes."""

from __future__ import annotations

import re
from collections.abc import Collection

from ...core.names import words

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_CHARS = 40


def is_id(text: str) -> bool:
    """Whether a rule or a scene may be called so."""
    return _ID.fullmatch(text) is not None


def free_id(name: str, taken: Collection[str], otherwise: str) -> str:
    """A free id for what is called so: `Bathroom fan` -> bathroom-fan, else bathroom-fan-2, …"""
    base = "-".join(word for word in words(name) if word.isascii())[:_CHARS].strip("-") or otherwise
    number, found = 1, base
    while found in taken:
        number += 1
        ending = f"-{number}"
        found = base[: _CHARS - len(ending)].rstrip("-") + ending
    return found
