"""What every message of the live feed has."""

from __future__ import annotations

import msgspec


class Message(msgspec.Struct, frozen=True, tag_field="type"):
    """Each has its number."""

    seq: int
