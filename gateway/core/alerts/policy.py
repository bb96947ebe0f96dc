"""What of an alert is to be told now: one function of the alert, of what people want, and of the time. Pure.

An alert is told at once, its end when it has lasted for the settling time. What is no alarm waits for the end of quiet
hours and of a mute; what is over by then becomes one message of both. The same thing is not told again within its
cooldown: when that ends it is told if it still is so, else never. An alarm that nobody acknowledges is said again.
"""

from __future__ import annotations

from msgspec.structs import replace

from .alert import LEVELS, Alert, AlertKind, Due, Plan
from .quiet import free_ms

OPEN, OVER, BOTH, AGAIN = "open", "over", "both", "again-"
_NOTHING = Due()
_NEVER = -(1 << 62)


def due(alert: Alert, plan: Plan, now_ms: int, before: Alert | None = None) -> Due:
    """`before`: the newest earlier alert of the key of which people were told; None: there is none.

    Nothing to tell and no moment to look again, of one that is over: nothing is left to be said of it.
    """
    if told_last(alert):
        return _NOTHING
    if alert.over_ms is not None:
        return _ending(alert, plan, now_ms, before)
    if alert.told_ms is None:
        return _at(max(now_ms, _cooled_ms(alert, plan, now_ms, before)), alert, plan, now_ms, OPEN)
    return _again(alert, plan, now_ms)


def told_last(alert: Alert) -> bool:
    """Whether its last word is said, or it is to have none."""
    return OVER in alert.told or BOTH in alert.told or (alert.kind is AlertKind.NOTICE and OPEN in alert.told)


def hushed(alert: Alert) -> Alert:
    """The same without another word."""
    return alert if told_last(alert) else replace(alert, told=(*alert.told, OVER))


def is_worse(alert: Alert, other: Alert) -> bool:
    """Whether it is of a higher level."""
    return LEVELS[alert.level] > LEVELS[other.level]


def _ending(alert: Alert, plan: Plan, now_ms: int, before: Alert | None) -> Due:
    if alert.kind is AlertKind.NOTICE:
        return _at(now_ms, alert, plan, now_ms, OPEN)
    over_ms = min(now_ms if alert.over_ms is None else alert.over_ms, now_ms)
    settled_ms = over_ms + plan.settle_s * 1000
    if alert.told_ms is None and over_ms < (cooled_ms := _cooled_ms(alert, plan, now_ms, before)):
        # Until both are over it may come back and be the same; after that nobody needs to hear of it.
        look_ms = max(cooled_ms, settled_ms)
        return Due((), look_ms) if now_ms < look_ms else _NOTHING
    if now_ms < settled_ms:
        return Due((), settled_ms)
    return _at(now_ms, alert, plan, now_ms, BOTH if alert.told_ms is None else OVER)


def _cooled_ms(alert: Alert, plan: Plan, now_ms: int, before: Alert | None) -> int:
    """When the cooldown ends that it came in, or came after; far back: there was none."""
    if before is None or before.over_ms is None or alert.kind is AlertKind.NOTICE or is_worse(alert, before):
        return _NEVER
    if before.over_ms > now_ms:
        return _NEVER  # the clock was set back: nobody knows how long ago that was
    return before.over_ms + plan.cooldown_s * 1000


def _again(alert: Alert, plan: Plan, now_ms: int) -> Due:
    """Of an alarm that nobody has acknowledged; what was missed is not made up for: only the last counts."""
    if alert.level != "alarm" or alert.acked_ms is not None or alert.told_ms is None or plan.escalate_s <= 0:
        return _NOTHING
    said = max((int(part.removeprefix(AGAIN)) for part in alert.told if part.startswith(AGAIN)), default=0)
    if said >= plan.escalations:
        return _NOTHING
    passed = min((now_ms - alert.told_ms) // (plan.escalate_s * 1000), plan.escalations)
    if passed > said:
        return Due((f"{AGAIN}{passed}",))
    return Due((), alert.told_ms + (said + 1) * plan.escalate_s * 1000)


def _at(time_ms: int, alert: Alert, plan: Plan, now_ms: int, part: str) -> Due:
    """To be told at that time, or as soon as it may disturb then."""
    free = time_ms if alert.level == "alarm" else free_ms(plan, time_ms)
    return Due((part,)) if free <= now_ms else Due((), free)
