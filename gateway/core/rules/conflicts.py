"""Two rules that want different things of one actuator at the same time. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from .check import Known
from .rule import KeptRule


class Conflict(msgspec.Struct, frozen=True, omit_defaults=True):
    """A rule and another one, and who has its way."""

    other: str
    """Id of the other rule."""
    actuator: str
    """`device/channel`, or `asset/channel` where no device is known."""
    wants: str
    other_wants: str
    wins: str
    """Id of the rule with the higher priority; empty: equal, so the later one wins."""
    text: str
    count: int = 0
    """Of a backtest: how often both held."""
    first_ms: int | None = None


def conflicts(kept: KeptRule, others: Sequence[KeptRule], known: Known | None) -> list[Conflict]:
    """With every other rule whose conditions can hold at the same time."""
    raise NotImplementedError
