"""An alert's course: it opens, it comes back before anybody was told, it is another, its times move. Pure."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from ..rules.news import Notice
from .alert import Alert, AlertKind, Concern, Plan, alert_id
from .policy import is_worse

_EXACT = 0.1
"""The event log knows a threshold only so exactly."""


def opened(concern: Concern, name: str, since_ms: int) -> Alert:
    """Of what holds from now on; `name` is its id."""
    return Alert(
        id=name,
        key=concern.key,
        kind=concern.kind,
        level=concern.level,
        title=concern.title,
        text=concern.text,
        human=concern.human,
        opened_ms=since_ms,
        device=concern.device,
        asset=concern.asset,
        metric=concern.metric,
        value=concern.value,
        threshold=concern.threshold,
        correlation=concern.correlation,
        simulated=concern.simulated,
    )


def noticed(notice: Notice, title: str) -> Alert:
    """Of what a rule says: over as soon as it is said. Said again after a kill it is the same."""
    key = f"notice/{notice.rule}/{notice.correlation or notice.time_ms}"
    name = alert_id(f"{key}/{notice.text}", 0 if notice.correlation else notice.time_ms)
    return Alert(
        id=name,
        key=f"{key}/{name}",
        kind=AlertKind.NOTICE,
        level=notice.level,
        title=title,
        text=notice.text,
        opened_ms=notice.time_ms,
        over_ms=notice.time_ms,
        correlation=notice.correlation,
        simulated=notice.simulated,
    )


def counted_on(alert: Alert, untold: Alert) -> Alert:
    """The same as one more time of one of which nobody was told."""
    first_ms = untold.opened_ms if untold.first_ms is None else untold.first_ms
    return replace(alert, times=untold.times + 1, first_ms=first_ms)


def back(alert: Alert, concern: Concern, plan: Plan, now_ms: int) -> Alert:
    """It was over, but nobody has been told so: it goes on."""
    if alert.told_ms is not None or alert.over_ms is None:
        return replace(alert, over_ms=None, over_text="")
    same = now_ms - alert.over_ms <= plan.settle_s * 1000
    again = opened(concern, alert.id, alert.opened_ms if same else min(concern.since_ms, now_ms))
    again = replace(again, times=alert.times, first_ms=alert.first_ms) if same else counted_on(again, alert)
    return replace(again, acked_ms=alert.acked_ms, acked_by=alert.acked_by)


def is_another(alert: Alert, concern: Concern) -> bool:
    """Whether people must be told anew: it is worse, or a plant is outside its other limit."""
    if is_worse(opened(concern, alert.id, 0), alert):
        return True
    if alert.kind is not AlertKind.BREACH or alert.threshold is None or concern.threshold is None:
        return False
    return abs(alert.threshold - concern.threshold) >= _EXACT and concern.since_ms > alert.opened_ms


def moved(alert: Alert, moment: Callable[[int], int]) -> Alert:
    """The clock was set: what was noticed then was at another time than it seemed."""

    def at(time_ms: int | None) -> int | None:
        return None if time_ms is None else moment(time_ms)

    return replace(
        alert,
        opened_ms=moment(alert.opened_ms),
        over_ms=at(alert.over_ms),
        acked_ms=at(alert.acked_ms),
        told_ms=at(alert.told_ms),
        first_ms=at(alert.first_ms),
    )
