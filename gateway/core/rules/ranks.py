"""Who has an actuator: one order of wills, stated here and asked at one place (`flow/decide/arbiter.py`). Pure.

What the node itself and the weather allow is no rank: it cuts what has won. Then safety (rules of priority 90 and up),
a person, rules by priority (equal: the later), and last the model.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

import msgspec


class Rank(IntEnum):
    """Kinds of wills, the strongest last."""

    MODEL = 0
    RULE = 1
    PERSON = 2
    SAFETY = 3


class Claim(msgspec.Struct, frozen=True):
    """Somebody wants something of an actuator."""

    actuator: str
    """`device/channel`, such as `bath-fan/power`."""
    rank: Rank
    priority: int
    """Within a rank; of rules 0 to 100."""
    who: str
    """`rule:bath-air`, `anna`, `window@3`."""
    time_ms: int
    until_ms: int | None
    """How long it holds; None: this once."""
    target: str | float | bool | None = None


class Award(msgspec.Struct, frozen=True):
    """What became of a claim."""

    allowed: bool
    claim: Claim
    over: Claim | None = None
    """The claim it was refused for; of one that was allowed: the strongest it has overruled."""
    cuts: tuple[str, ...] = ()
    """What was cut of it, in words."""
    position: float | None = None
    """Of a window: what is left of what it wanted, in percent."""
    words: str = ""


def award(claim: Claim, standing: Sequence[Claim], now_ms: int) -> Award:
    """Whether it may, beside the claims that stand for the same actuator at `now_ms`."""
    raise NotImplementedError
