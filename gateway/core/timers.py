"""Timers that outlive the process: absolute moments with what is to be done at them. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

import msgspec
from msgspec.structs import replace

from .messages import ClockSet
from .rules.actions import CatchUp, Then

MISSED_MS = 5_000
"""A timer that is later than this was missed: the gateway was off, asleep, or its clock was set forward."""


class TimerState(StrEnum):
    """Where a timer is in its life; all but ARMED are ends."""

    ARMED = "armed"
    DONE = "done"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"
    REPLACED = "replaced"
    """It was armed anew."""


TIMER_STATES: dict[TimerState, int] = {state: number for number, state in enumerate(TimerState)}
"""As they are stored: only append to them."""


class Timer(msgspec.Struct, frozen=True, kw_only=True):
    """Something to be done at a moment. It carries all it needs: nothing of its rule is looked up when it is due."""

    id: str
    """`{firing}-{n}`; see `rules.firing.timer_id`."""
    name: str
    """What people see: the rule's word for it, or what it takes back, such as `bathroom-fan turn_off`."""
    rule: str
    """Empty: of no rule (a scene, a person)."""
    firing: str
    armed_ms: int
    due_ms: int
    then: tuple[Then, ...]
    safe: tuple[Then, ...] = ()
    catch_up: CatchUp = "late"
    priority: int = 50
    actuator: str = ""
    """`device/channel` that it claims until it is due; empty: none."""
    state: TimerState = TimerState.ARMED
    ended_ms: int | None = None
    detail: str = ""
    """What became of it, in words."""
    shadow: bool = False
    """Of a rule in shadow: it does nothing."""
    correlation: str = ""
    simulated: bool = False


Due = Literal["wait", "now", "late", "skip", "safe"]


def at_start(timer: Timer, now_ms: int) -> Due:
    """What is to be done about an armed timer that is looked at now.

    wait: it is not due; now: it is, at most MISSED_MS ago; else it was missed and its catch-up policy says: do it late,
    skip it, or do what is safe instead.
    """
    if now_ms < timer.due_ms:
        return "wait"
    return "now" if now_ms - timer.due_ms <= MISSED_MS else timer.catch_up


def moved(timer: Timer, event: ClockSet) -> Timer:
    """After the clock was set such that what was noted since `event.since_ms` moves: so does what was armed since."""
    if not event.redates or timer.armed_ms < event.since_ms:
        return timer
    shift_ms = event.moved(timer.armed_ms) - timer.armed_ms
    return replace(timer, armed_ms=timer.armed_ms + shift_ms, due_ms=timer.due_ms + shift_ms)
