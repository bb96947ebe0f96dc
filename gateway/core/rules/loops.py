"""Rules that feed themselves, directly or by way of others. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from .check import Known
from .rule import KeptRule


class Loop(msgspec.Struct, frozen=True):
    """A cycle of rules. `certain`: by commands, timers, states; else by what actuators do to what is measured."""

    rules: tuple[str, ...]
    certain: bool
    text: str


def loops(kept: KeptRule, others: Sequence[KeptRule], known: Known | None) -> list[Loop]:
    """Cycles that the rule is part of."""
    raise NotImplementedError
