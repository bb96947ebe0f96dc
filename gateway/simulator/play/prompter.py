"""Turns the events of a scenario into things done to its actors at their times."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from ..world.noise import chance
from .actor import Actor
from .events import (
    BrownOut,
    ClockJump,
    Duplicates,
    Event,
    Flap,
    Garbage,
    HalfOpen,
    Offline,
    OutOfOrder,
    Retained,
    SlowClock,
)

Cue = tuple[float, int, Callable[[], None]]
"""(ms since the begin, order among equal times, what is done)"""
_RUBBISH = (b"{", b'{"temperature": "warm"}', b"\xff\xfe\x00", b'{"temperature": [1, 2]}')


class Prompter:
    """The cues of one actor, in order; the same seed gives the same cues."""

    def __init__(self, actor: Actor, device: str, seed: int) -> None:
        self._actor = actor
        self._device = device
        self._seed = seed

    def cues(self, events: Iterable[Event]) -> list[Cue]:
        """When what happens; events begin before and end after the readings of the same instant."""
        found: list[tuple[float, int, Callable[[], None]]] = []
        for event in events:
            begin_ms, end_ms = event.at_s * 1000, (event.at_s + event.for_s) * 1000
            begins, ends = self._acts(event)
            found.append((begin_ms, 0, begins))
            if ends is not None and event.for_s:
                found.append((end_ms, 2, ends))
            if isinstance(event, Flap):
                found.extend((at_ms, 0, self._actor.drop) for at_ms in self._drops(event))
        return sorted(found, key=lambda cue: cue[:2])

    def _acts(self, event: Event) -> tuple[Callable[[], None], Callable[[], None] | None]:
        actor, machine = self._actor, self._actor.machine
        match event:
            case Offline():
                return actor.leave, actor.come_back
            case HalfOpen():
                return partial(actor.leave, silently=True), actor.come_back
            case BrownOut():
                return partial(actor.power_off, keeps=event.keeps), actor.power_on
            case ClockJump():
                return partial(setattr, machine, "jump_ms", event.by_s * 1000), partial(
                    setattr, machine, "jump_ms", 0.0
                )
            case SlowClock():
                return partial(machine.run_fast, event.at_s * 1000, event.ppm), None
            case Duplicates():
                return partial(setattr, actor, "repeats", event.share), partial(setattr, actor, "repeats", 0.0)
            case OutOfOrder():
                return partial(setattr, machine, "depth", event.depth), self._in_order
            case Retained():
                return partial(setattr, actor, "retains", True), partial(setattr, actor, "retains", False)
            case Garbage():
                return partial(self._garble, event.count), None
        return actor.drop, None

    def _in_order(self) -> None:
        self._actor.take(self._actor.machine.release())
        self._actor.machine.depth = 1

    def _garble(self, count: int) -> None:
        for number in range(count):
            self._actor.say(_RUBBISH[number % len(_RUBBISH)])

    def _drops(self, event: Flap) -> Iterator[float]:
        at_s, number = event.at_s, 0
        while True:
            number += 1
            at_s += event.every_s * (0.5 + chance(self._seed, "flap", self._device, number))
            if at_s >= event.at_s + event.for_s:
                return
            yield at_s * 1000


def readings(
    device: str, interval_s: float, duration_s: float, seed: int, measure: Callable[[float], None]
) -> Iterator[Cue]:
    """A reading every interval, from a moment of the device's own on."""
    step_ms = interval_s * 1000
    at_ms = step_ms * chance(seed, "phase", device)
    while at_ms < duration_s * 1000:
        yield round(at_ms), 1, partial(measure, round(at_ms))
        at_ms += step_ms


def in_order(parts: Iterable[Iterable[Cue]]) -> Iterator[Cue]:
    """All cues of all actors by their time."""
    return heapq.merge(*parts, key=lambda cue: cue[:2])


def dice(seed: int, device: str) -> random.Random:
    """The chance of one device."""
    return random.Random(f"{seed} {device}")
