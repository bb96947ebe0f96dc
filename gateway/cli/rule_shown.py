"""A rehearsed rule on the terminal: when it would have fired on standard output, all else beside it."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import msgspec


class WouldFire(msgspec.Struct, kw_only=True):
    """A firing that would have been; times are RFC 3339 in UTC."""

    time: str
    time_ms: int = 0
    part: str = "then"
    until: str | None = None
    why: str = ""


class Held(msgspec.Struct):
    """What held it back, and how often."""

    reason: str
    count: int
    longest_s: float


class Share(msgspec.Struct):
    """How much of the time a leaf was true."""

    path: str
    text: str
    share_true: float
    share_unknown: float


class Clash(msgspec.Struct):
    """Another rule that wants something else of the same actuator."""

    text: str
    count: int = 0


class Rehearsed(msgspec.Struct, kw_only=True, rename={"from_": "from"}):
    """The answer to POST /api/rules/backtest, and what a rehearsal on a file says."""

    rule: str = ""
    from_: str
    to: str
    exact_from: str | None = None
    series: int = 0
    readings: int = 0
    firings: list[WouldFire] = []
    on_s: float = 0.0
    flapping: int = 0
    most_a_day: int = 0
    held: list[Held] = []
    conditions: list[Share] = []
    conflicts: list[Clash] = []
    left: dict[str, int] = {}
    warnings: list[str] = []
    took_s: float = 0.0


def show(found: Rehearsed) -> None:
    """The times of its firings, one a line; beside them on standard error what is to be known of them."""
    fired = [one for one in found.firings if one.part == "then"]
    for one in fired:
        print(one.time)
    _say(
        f"{len(fired)} firings from {found.from_} to {found.to}: {found.series} series, {found.readings} readings"
        + (f", {_length(found.on_s)} in all" if found.on_s else "")
    )
    others = [one for one in found.firings if one.part != "then"]
    if others:
        counts = {part: sum(one.part == part for one in others) for part in dict.fromkeys(one.part for one in others)}
        _say("besides: " + ", ".join(f"{part} {count} times" for part, count in counts.items()))
    if found.exact_from is not None and found.exact_from > found.from_:
        _say(f"before {found.exact_from} only minutes were left: their lowest and highest values count")
    if found.flapping:
        _say(f"{found.flapping} of them less than 10 min after the one before had ended")
    if found.most_a_day > 1:
        _say(f"at most {found.most_a_day} a day")
    for held in found.held:
        _say(f"held back {held.count} times, {_length(held.longest_s)} at most: {held.reason}")
    for share in found.conditions:
        unknown = f", not known {share.share_unknown:.0%}" if share.share_unknown >= 0.005 else ""
        _say(f"{share.path}: {share.text}: true {share.share_true:.0%} of the time{unknown}")
    for clash in found.conflicts:
        _say(f"conflict{f' ({clash.count} times)' if clash.count else ''}: {clash.text}")
    for reason, count in found.left.items():
        _say(f"left out: {count} {reason}")
    for warning in found.warnings:
        _say(f"note: {warning}")


def complain(faults: Sequence[tuple[str, str]]) -> None:
    """Name everything that is wrong with a rule, each with its path."""
    for path, reason in faults:
        _say(f"{path}: {reason}" if path else reason)


def _length(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _say(text: str) -> None:
    # Beside the times, not among them: `gateway rules backtest … | while read time` takes standard output.
    print(text, file=sys.stderr)
