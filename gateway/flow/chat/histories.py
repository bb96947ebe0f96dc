"""What a value was: highest, lowest, mean and course, over a stretch of time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from ...core.language.house import House
from ...core.language.intent import Intent
from ...core.local_time import LocalTime
from ...core.ports.store import Bucket
from ...core.rules.terms import quantity, spoken
from ..values import Found
from .parts import ChatParts
from .runs import Stretch, ran
from .said import Reply

_DAY_MS = 86_400_000
_LONGEST_MS = 400 * _DAY_MS
_STEPS = 300
_MOVERS = ("set_position", "turn_on", "set_temperature")
_SAME = 0.02
"""Of the range: less than this is no trend."""


class Histories:
    """Asks the store, in at most some hundred steps."""

    def __init__(self, parts: ChatParts, house: Callable[[], House]) -> None:
        self._parts = parts
        self._house = house

    async def of(self, intent: Intent) -> Reply:
        """Raises StoreError."""
        if intent.missing:
            return _said(intent, intent.reply or "Where?")
        if not intent.parameter:
            return await self._ran(intent)
        found = self._parts.house.values.find(intent.device or intent.place, intent.parameter)
        if not isinstance(found, Found):
            return _said(intent, found.text)
        device = found.sources[0].device
        from_ms, to_ms, when = self._span(intent)
        step_ms = max(60_000, (to_ms - from_ms) // _STEPS)
        buckets = await self._parts.house.history.buckets(device, intent.parameter, from_ms, to_ms, step_ms)
        series = ((device, intent.parameter),)
        if not buckets:
            text = f"There are no readings of {spoken(intent.parameter)} in {found.place.name} {when}."
            return Reply(kind=intent.kind, text=text, intent=intent, simulated=found.simulated)
        text = self._told(intent, buckets, f"{found.place.name} {when}")
        mark = ", SIMULATED" if found.simulated else ""
        return Reply(kind=intent.kind, text=f"{text}{mark}.", intent=intent, series=series, simulated=found.simulated)

    async def _ran(self, intent: Intent) -> Reply:
        """Whether, how often and how long something ran or stood open."""
        things = [thing for thing in self._house().things if thing.id in (intent.device, intent.place)]
        movers = [thing.actors[verb] for thing in things for verb in _MOVERS if verb in thing.actors]
        device = next(iter(dict.fromkeys((*movers, *(one for thing in things for one in thing.devices)))), "")
        if not device:
            return _said(intent, "Nothing shows that.")
        registry = self._parts.house.registry
        name = registry.device(device).name if registry.known(device) else device
        from_ms, to_ms, when = self._span(intent)
        stretch = Stretch(from_ms, to_ms, max(60_000, (to_ms - from_ms) // _STEPS), when)
        shown = await ran(self._parts, device, name, stretch)
        simulated = registry.simulated(device)
        return Reply(
            kind=intent.kind,
            text=f"{shown.text}{', SIMULATED' if simulated else ''}.",
            intent=intent,
            series=((device, shown.metric),) if shown.metric else (),
            simulated=simulated,
        )

    def _told(self, intent: Intent, buckets: list[Bucket], where: str) -> str:
        metric = intent.parameter
        named = spoken(metric)
        if intent.value == "max":
            best = max(buckets, key=lambda one: one.maximum)
            return f"The highest {named} in {where}: {_shown(metric, best.maximum)} at {self._clock(best.time_ms)}"
        if intent.value == "min":
            best = min(buckets, key=lambda one: one.minimum)
            return f"The lowest {named} in {where}: {_shown(metric, best.minimum)} at {self._clock(best.time_ms)}"
        count = sum(one.count for one in buckets) or 1
        mean = sum(one.mean * one.count for one in buckets) / count
        low, high = min(one.minimum for one in buckets), max(one.maximum for one in buckets)
        if intent.value == "mean":
            return f"The mean {named} in {where}: {_shown(metric, mean)}"
        first, last = buckets[0].mean, buckets[-1].mean
        moved = last - first
        if metric == "energy" and moved >= 0:  # a meter only counts up
            counted = f"from {_shown(metric, first)} to {_shown(metric, last)}"
            return f"{named.capitalize()} in {where}: {_shown(metric, moved)} more, {counted}"
        course = (
            "rose" if moved > _SAME * (high - low or 1) else "fell" if moved < -_SAME * (high - low or 1) else "stayed"
        )
        return (
            f"{named.capitalize()} in {where} {course} from {_shown(metric, first)} to {_shown(metric, last)}, "
            f"between {_shown(metric, low)} and {_shown(metric, high)}"
        )

    def _span(self, intent: Intent) -> tuple[int, int, str]:
        """(from, to, in words) of what was asked for; a day when nothing was."""
        now_ms, local = self._parts.clock(), LocalTime(self._parts.zone)
        schedule = intent.schedule
        if schedule is not None and schedule.for_s:
            hours = schedule.for_s / 3600
            when = f"in the last {hours:g} h" if hours < 48 else f"in the last {hours / 24:g} days"
            return max(now_ms - schedule.for_s * 1000, now_ms - _LONGEST_MS), now_ms, when
        said = "" if schedule is None else schedule.from_
        today = local.day(now_ms)
        if said == "today":
            return today.start_ms, now_ms, "today"
        if said == "yesterday":
            before = local.day(today.start_ms - 1)
            return before.start_ms, before.end_ms, "yesterday"
        if said == "last night":
            begin = local.moment(local.date_of(now_ms) - timedelta(days=1), 22 * 60)
            return begin, min(now_ms, local.moment(local.date_of(now_ms), 6 * 60)), "last night"
        if ":" in said:
            minute = int(said[:2]) * 60 + int(said[3:5])
            begin = local.moment(local.date_of(now_ms), minute)
            return (begin if begin < now_ms else begin - _DAY_MS), now_ms, f"since {said}"
        return now_ms - _DAY_MS, now_ms, "in the last 24 h"

    def _clock(self, time_ms: int) -> str:
        wall = LocalTime(self._parts.zone).wall(time_ms)
        far = self._parts.clock() - time_ms > _DAY_MS
        return f"{wall.day} {wall:%B at %H:%M}" if far else f"{wall:%H:%M}"


def _shown(metric: str, value: float) -> str:
    return quantity(metric, round(value, 1 if abs(value) < 100 else 0))


def _said(intent: Intent, text: str) -> Reply:
    return Reply(kind=intent.kind, text=text, intent=intent)
