"""What the broker asks of the flow for each message it accepts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from ..messages import Message
from .store import Change


class Taken(msgspec.Struct, frozen=True, gc=False):
    """What a message changes, to be committed before its acknowledgement, and what to announce after that."""

    changes: Sequence[Change] = ()
    events: Sequence[object] = ()
    set_ms: int = 0
    """How far the gateway's clock had been set in this run when the times in it were made."""


NOTHING = Taken()


class Intake(Protocol):
    """Reads messages. Neither method may block or raise for what a node sent."""

    def take(self, message: Message) -> Taken:
        """Decode and judge one message."""

    def committed(self, taken: Taken) -> None:
        """Its changes are on the disk (or there were none): announce its events."""
