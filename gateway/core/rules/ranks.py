"""Who has an actuator: one order of wills, stated here and asked at one place (`flow/decide/arbiter.py`). Pure.

What the node itself and the weather allow is no rank: it cuts what has won. Then safety (rules of priority 90 and up),
a person, rules by priority (equal: the later), and last the model. A person is never refused: who orders something that
a rule of safety forbids is told so and has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, tzinfo
from enum import IntEnum

import msgspec

from ..local_time import LocalTime
from .rule import SAFETY

LASTING = 1 << 62
"""`until_ms` of a claim that lasts until it is released: while a rule holds."""
RULE = "rule:"
"""How the name of who wants something begins when that is a rule."""


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

    def stands(self, now_ms: int) -> bool:
        """Whether it is still to be heeded."""
        return self.until_ms is not None and now_ms < self.until_ms


class Award(msgspec.Struct, frozen=True):
    """What became of a claim."""

    allowed: bool
    claim: Claim
    over: Claim | None = None
    """The claim it was refused for; of one that was allowed: the strongest other one."""
    cuts: tuple[str, ...] = ()
    """What was cut of it, in words."""
    position: float | None = None
    """Of a window: what is left of what it wanted, in percent."""
    words: str = ""


def rank_of(priority: int) -> Rank:
    """Of a rule with this priority."""
    return Rank.SAFETY if priority >= SAFETY else Rank.RULE


def award(claim: Claim, standing: Sequence[Claim], now_ms: int, zone: tzinfo = UTC) -> Award:
    """Whether it may, beside the claims that stand for the same actuator at `now_ms`.

    What the same one has claimed before does not count: it is replaced. `words` tell moments by the clock of `zone`.
    """
    others = (one for one in standing if one.actuator == claim.actuator and one.who != claim.who and one.stands(now_ms))
    over = strongest(others)
    if over is None:
        return Award(True, claim)
    allowed = claim.rank is Rank.PERSON or _strength(claim) >= _strength(over)
    against = _strength(claim) < _strength(over)
    said = "goes against" if allowed and against else "goes before" if allowed else "held by"
    return Award(allowed, claim, over, words=f"{said} {holder(over, zone)}")


def strongest(claims: Iterable[Claim]) -> Claim | None:
    """The one that has its way; of equals the later, and of those of one ms the last."""
    found: Claim | None = None
    for claim in claims:
        if found is None or _strength(claim) >= _strength(found):
            found = claim
    return found


def holder(claim: Claim, zone: tzinfo = UTC) -> str:
    """Who holds, in words: `rule bath-air (60) until 14:20`."""
    who = f"rule {claim.who.removeprefix(RULE)} ({claim.priority})" if claim.who.startswith(RULE) else claim.who
    if claim.until_ms is None:
        return who
    if claim.until_ms >= LASTING:
        return f"{who} while it holds"
    return f"{who} until {LocalTime(zone).wall(claim.until_ms):%H:%M}"


def _strength(claim: Claim) -> tuple[Rank, int, int]:
    return claim.rank, claim.priority, claim.time_ms
