"""How often and how long something ran or stood open: as what it measures shows, else as it was ordered."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import msgspec

from ...core.commands import CommandStatus
from ...core.language.running import OPEN_PCT, RUNS
from ...core.ports.store import Bucket
from ...core.rules.terms import spoken
from ..words import duration
from .parts import ChatParts

_STARTS = frozenset(("turn_on", "run_for"))


class Stretch(msgspec.Struct, frozen=True):
    """What is looked at: Unix milliseconds, and steps of the history."""

    from_ms: int
    to_ms: int
    step_ms: int
    said: str
    """In words: `today`."""


class Ran(msgspec.Struct, frozen=True):
    """What is told, and the metric that shows it; empty: orders do."""

    text: str
    metric: str = ""


async def ran(parts: ChatParts, device: str, name: str, stretch: Stretch) -> Ran:
    """One line about a device. Raises StoreError."""
    known = parts.house.watch.values(device)
    for metric, least in (("position", OPEN_PCT), *RUNS):
        if metric not in known:
            continue
        found = await parts.house.history.buckets(device, metric, stretch.from_ms, stretch.to_ms, stretch.step_ms)
        if found:
            return Ran(_shown(found, least, metric, name, stretch), metric)
    if "position" in known:
        return Ran(f"Nothing shows whether {name} was open {stretch.said}")
    return Ran(_ordered(parts, device, name, stretch))


def _shown(found: Sequence[Bucket], least: float, metric: str, name: str, stretch: Stretch) -> str:
    on = [one for one in found if one.maximum > least]
    did = "was open" if metric == "position" else "ran"
    if not on:
        not_so = "was not open" if metric == "position" else "did not run"
        return f"{name} {not_so} {stretch.said}, as far as its {spoken(metric)} shows"
    times = 1 + sum(later.time_ms - one.time_ms > stretch.step_ms for one, later in pairwise(on))
    # A step in which it began or ended counts half: only its bounds are kept.
    lasted = sum(stretch.step_ms if one.minimum > least else stretch.step_ms // 2 for one in on)
    often = "once" if times == 1 else f"{times} times"
    return f"{name} {did} {often} {stretch.said}, about {duration(lasted)} in all, as its {spoken(metric)} shows"


def _ordered(parts: ChatParts, device: str, name: str, stretch: Stretch) -> str:
    started = [
        one
        for one in parts.house.commands.of(device)
        if one.verb in _STARTS
        and one.status is CommandStatus.DONE
        and stretch.from_ms <= one.steps[-1].time_ms < stretch.to_ms
    ]
    if not started:
        return f"Nothing shows that {name} ran {stretch.said}"
    often = "once" if len(started) == 1 else f"{len(started)} times"
    return f"{name} was turned on {often} {stretch.said}, last by {started[0].who}; nothing measures how long it ran"
