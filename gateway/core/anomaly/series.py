"""The detector of one series: points in, scores with their reasons out; what it knows fits in 4 KB.

An interval's mean is a point; a value outside `quiet` may be given at once, so that no mean hides it.
"""

from __future__ import annotations

import math
import struct
from array import array
from bisect import bisect_right

from .memory import Peaks
from .scoring import Fuse, Kind, Part, Scored
from .views import DAY_S, STREAMS, Views

ASK = 0.25
"""A score by the formula alone; from it on the fusion model is asked, where there is one."""
READY_POINTS, READY_DAYS = 500, 3.0
_VERSION = 2
_LARGEST = 1e100
_ROOM = 16
"""Highest, and lowest, points whose times are remembered."""
_HOLD, _HOLD_POINTS, _HOLD_MOST_S = 0.02, 10.0, DAY_S
"""What was scored fades by half within this part of the time followed, in at least so many points and at most so long:
what follows it has to be stranger than what is left, so that one fault is one peak and not a hundred."""
_CURVE: tuple[tuple[float, float], ...] = (
    (0.0, 0.0),
    (0.02, 0.2),
    (0.5, 0.25),
    (0.76, 0.27),
    (1.09, 0.3),
    (1.5, 0.33),
    (1.86, 0.36),
    (2.2, 0.4),
    (2.33, 0.43),
    (2.77, 0.46),
    (10.0, 0.7),
)
"""(formula, score), rising: as `models.anomaly.train` measures it on normal life; drawn on beyond its last."""
_SHOWN = 0.02
"""Ranges beyond which a view is named as a reason."""
_CREPT = 0.1
"""Ranges from which many small records are named as a shift."""
_KINDS = {
    "level": Kind.LEVEL,
    "shift": Kind.SHIFT,
    "jump": Kind.JUMP,
    "season": Kind.SEASON,
    "season_mean": Kind.SEASON,
    "week": Kind.SEASON,
    "spread": Kind.SPREAD,
    "surprise": Kind.PATTERN,
    "flat": Kind.FLAT,
}
_HEAD = struct.Struct("<BBBHH")
"""Version, highs, lows, numbers, bins of the week."""


class Series:
    """One series. Not for several threads; points in order of time."""

    def __init__(self) -> None:
        self._views = Views()
        self._highs, self._lows = Peaks(_ROOM), Peaks(_ROOM)
        self._held = 0.0

    @property
    def quiet(self) -> tuple[float, float]:
        """A value within is no record of level, in the unit of the series; everything, before the first point."""
        return self._views.quiet

    @property
    def ready(self) -> bool:
        """Enough was seen to judge: `READY_POINTS` points and `READY_DAYS` days."""
        return self._views.count >= READY_POINTS and self._views.days >= READY_DAYS

    @property
    def days(self) -> float:
        """How long it was followed."""
        return self._views.days

    def step(self, at_s: float, value: float, minute: int, fuse: Fuse | None = None) -> Scored:
        """Judge one point by what was before it, then learn it.

        at_s: seconds, rising; minute: of the local day, 0..1439; fuse: asked only where the formula reaches `ASK`.
        A value that is no number, or one that cannot be squared, scores 0 and is not learnt.
        """
        if not -_LARGEST < value < _LARGEST:
            return Scored(at_s, value, 0.0)
        views = self._views
        formula = views.step(at_s, value, minute)
        held = self._faded()
        lasting = _on_curve(formula)
        score = 0.0
        if formula > held:
            self._held = formula
            score = lasting
            if score >= ASK and fuse is not None:
                score = min(1.0, max(ASK, fuse(views.features())))
        else:
            self._held = held
        parts = self._parts(at_s) if formula > 0.0 else ()
        self._highs.take(at_s, value)
        self._lows.take(at_s, -value)
        return Scored(at_s, value, score, parts, self.ready, lasting)

    def kept(self) -> bytes:
        """All it knows, in at most 4096 bytes."""
        numbers = [*self._views.dump(), self._held]
        for peaks in (self._highs, self._lows):
            for peak in peaks.seen:
                numbers += peak
        week = self._views.week
        head = _HEAD.pack(_VERSION, len(self._highs.seen), len(self._lows.seen), len(numbers), len(week))
        return head + struct.pack(f"<{len(numbers)}d{len(week)}f", *numbers, *week)

    @classmethod
    def of(cls, kept: bytes) -> Series:
        """What `kept` gave; it goes on as if it had never stopped. Raises ValueError: another version, or damaged."""
        made = cls()
        try:
            version, highs, lows, count, bins = _HEAD.unpack_from(kept)
            if version != _VERSION or bins != len(made._views.week):
                raise ValueError("what was kept of this series is of another version")
            found = struct.unpack(f"<{count}d{bins}f", kept[_HEAD.size :])
            numbers = iter(found[:count])
            made._views.load(numbers, array("f", found[count:]))
            made._held = next(numbers)
            for peaks, many in ((made._highs, highs), (made._lows, lows)):
                peaks.seen = [(next(numbers), next(numbers)) for _ in range(many)]
        except (struct.error, StopIteration) as error:
            raise ValueError("what was kept of this series is damaged") from error
        if next(numbers, None) is not None:
            raise ValueError("what was kept of this series is damaged")
        return made

    def _faded(self) -> float:
        """What is left of the last strange point."""
        views = self._views
        interval_s = views.interval_s or 1.0
        half_s = max(_HOLD_POINTS * interval_s, min(_HOLD * (views.last_s - views.first_s), _HOLD_MOST_S))
        return float(self._held * 0.5 ** (views.passed_s / half_s))

    def _parts(self, at_s: float) -> tuple[Part, ...]:
        """Why, strongest first; one a kind."""
        views = self._views
        best: dict[Kind, str] = {}
        for name in STREAMS:
            kind, size = _KINDS[name], abs(views.beyond[name])
            if size > _SHOWN and size > abs(views.beyond.get(best.get(kind, ""), 0.0)):
                best[kind] = name
        if self._crept():
            best.setdefault(Kind.SHIFT, "shift")
        named = sorted(best.values(), key=lambda name: -abs(views.beyond[name]))
        return tuple(self._part(name, at_s) for name in named)

    def _crept(self) -> bool:
        """It moved away in many small steps rather than in one that its mean shows."""
        return abs(self._views.creep) > max(_CREPT, abs(self._views.beyond["shift"]))

    def _part(self, name: str, at_s: float) -> Part:
        views = self._views
        kind, beyond, now = _KINDS[name], views.beyond[name], views.numbers[name]
        strength = 1.0 - 1.0 / (1.0 + abs(beyond))
        if kind is Kind.LEVEL:
            up = beyond > 0.0
            seen = (self._highs if up else self._lows).since(views.value if up else -views.value)
            since = at_s - (views.first_s if seen is None else seen)
            return Part(kind, strength, views.value - views.bounds(up), views.bounds(up), since, seen is None)
        if kind is Kind.SHIFT and self._crept():
            strength = 1.0 - 1.0 / (1.0 + abs(views.creep))
            return Part(kind, strength, views.creep * (views.known[1] - views.known[0]))
        if kind is Kind.SHIFT:
            usual = views.novelties[name].before
            return Part(kind, strength, now - usual, usual + views.origin)
        if kind is Kind.SEASON:
            return Part(kind, strength, now, views.value - now)
        if kind is Kind.SPREAD:
            return Part(kind, strength, now - views.novelties[name].before)
        if kind is Kind.FLAT:
            return Part(kind, strength, views.still * views.interval_s)
        return Part(kind, strength, now)


def _on_curve(formula: float) -> float:
    """The score of a formula's value."""
    place = bisect_right(_CURVE, (formula, math.inf))
    if place == len(_CURVE):
        return _CURVE[-1][1]
    (x0, y0), (x1, y1) = _CURVE[place - 1], _CURVE[place]
    return y0 + (y1 - y0) * (formula - x0) / (x1 - x0)
