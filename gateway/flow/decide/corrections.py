"""Who wants something else so soon corrects what was wanted before: only the last of it is a lesson."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from ...core.decisions import Override
from ..words import duration

CORRECTS_MS = 120_000
"""Another will about the same window within so long says what the first one should have been."""
_CORRECTED = "it was corrected"
"""How the words of one begin that does not count for that reason."""
_AGAIN = "it counts again"
"""And of one that does after all."""


def corrected(active: Iterable[Override], by: Override) -> list[tuple[Override, Override]]:
    """The lessons that a new one replaces: as they were, and as they are from then on.

    Only what people did at this window: what was brought in has no time of its own.
    """
    return [
        (one, replace(one, revoked_ms=by.time_ms, learnt=f"{_CORRECTED} {_later(one, by)}, and does not count"))
        for one in active
        if _wanted(one) and one.id != by.id and 0 <= by.time_ms - one.time_ms < CORRECTS_MS
    ]


def corrected_by(known: Iterable[Override], by: Override) -> list[Override]:
    """What that one had replaced."""
    return [one for one in known if one.revoked_ms == by.time_ms and one.learnt.startswith(_CORRECTED) and _wanted(by)]


def again(one: Override, now_ms: int) -> Override:
    """It counts once more, and holds nothing: that is the newest will's."""
    learnt = f"{_AGAIN}, because what corrected it does not"
    return replace(one, time_ms=now_ms, until_ms=now_ms, revoked_ms=None, ended_ms=None, learnt=learnt)


def told(one: Override, by: Override) -> str:
    """In words, for the log."""
    return f"{one.position:.0f} % of {one.who} was corrected {_later(one, by)}: it teaches nothing any more"


def _wanted(one: Override) -> bool:
    """Whether somebody wanted it of this window then: that was to hold, which what was brought in never is."""
    return one.moment is not None and (one.until_ms > one.time_ms or one.learnt.startswith(_AGAIN))


def _later(one: Override, by: Override) -> str:
    return f"{duration(by.time_ms - one.time_ms)} later by {by.position:.0f} %"
