"""Machines beside their baselines: what all their channels say in one interval, judged together."""

from __future__ import annotations

import logging
from collections.abc import Mapping

import msgspec

from ...core.anomaly import machine
from ...core.anomaly.words import machine_reason, moved_channels
from ...core.health.catalogue import recipes
from ...core.home import AssetKind
from ...core.insight import Baseline, Nature, Signal
from ...core.ports.insight import KeptMachine
from ..chronicle import Chronicle
from ..words import duration
from .incident import HOLD
from .places import Places, is_simulated

_log = logging.getLogger(__name__)

LEAST_CHANNELS = 2
"""A baseline of fewer, or of less than half of what it had, rests."""
SENSOR_OF = 4
"""In a machine with so many channels the one that jumps alone is its sensor; with fewer it may be the machine."""
STEP_ROWS = 3
"""A change is a step for so many rows."""
CALM_ROWS = 30
"""A channel that leapt is back when nothing has moved for so many."""
UNKNOWN_MS = 6 * 3_600_000
"""In a state that the commissioning did not see for longer: told once."""
_FALSE_A_WEEK = 0.5
_WEEK_S = 7 * 86_400
_NEEDS = tuple(step / 100 for step in range(50, 95, 5))
_LATE_ROWS = 2
"""A row is judged without what has not come when its asset is so far ahead."""


class _Followed(msgspec.Struct):
    id: str
    asset: str
    follower: machine.Follower
    need: float
    at: dict[str, int]
    """Where a channel stands in a row."""
    parts: dict[str, str]
    """What of the machine a metric tells of."""
    lost: frozenset[str]
    at_ms: int = -1
    """The last interval that was judged."""
    waiting: dict[int, dict[int, float]] = {}
    """Values by the begin of their interval and their place in the row."""
    touched: bool = False
    heard_ms: int = 0
    stepped: int = STEP_ROWS
    """Rows since a change began."""
    leapt: str = ""
    """The only channel that has moved, if it did so in a step."""
    calm: int = 0
    """Rows since it was seen to."""
    unknown: int = 0
    """Rows in a row in no known state."""
    told: bool = False


class Machines:
    """Follows every machine that has a frozen baseline; `Baselines` says which."""

    def __init__(self, places: Places, chronicle: Chronicle, interval_s: int) -> None:
        self._places = places
        self._chronicle = chronicle
        self._interval_ms = interval_s * 1000
        self._followed: dict[str, _Followed] = {}
        self._restored: dict[str, KeptMachine] = {}

    def follow(self, asset: str, baseline: Baseline) -> str:
        """Judge it by this one from now on; empty, or why it cannot be."""
        self.rest(asset)
        try:
            known = machine.Baseline.of(baseline.frozen)
        except ValueError as error:
            _log.error("the baseline of %s cannot be used: %s", asset, error)
            return f"what was frozen cannot be read: {error}"
        if round(known.interval_s * 1000) != self._interval_ms:
            return (
                f"it was made of {known.interval_s:g} s rows, and [anomaly] interval_s is {self._interval_ms // 1000}"
            )
        left = [channel for channel in known.channels if channel not in baseline.lost]
        if len(left) < min(LEAST_CHANNELS, len(known.channels)) or 2 * len(left) < len(known.channels):
            return f"only {len(left)} of its {len(known.channels)} channels are as they were"
        kind = self._places.kind(asset)
        self._followed[asset] = _Followed(
            baseline.id,
            asset,
            self._follower(asset, baseline.id, known),
            _need(known),
            {channel: at for at, channel in enumerate(known.channels)},
            {} if kind is None else _parts(kind, known.channels),
            frozenset(baseline.lost),
        )
        before = self._restored.get(asset)
        if before is not None and before.baseline == baseline.id:
            self._followed[asset].at_ms, self._followed[asset].leapt = before.at_ms, before.leapt
        return ""

    def rest(self, asset: str) -> None:
        """Judge it no more, unless it is to be followed by the same baseline again: then it goes on from here."""
        before = self._followed.pop(asset, None)
        if before is not None and before.at_ms >= 0:
            self._restored[asset] = _kept(before)

    def follows(self, asset: str) -> bool:
        """Whether a baseline judges this asset."""
        return asset in self._followed

    def restart(self, asset: str) -> None:
        """Somebody has switched it: what was before says nothing of what comes."""
        known = self._followed.get(asset)
        if known is not None:
            known.follower = machine.Follower(known.follower.baseline)
            known.stepped, known.unknown, known.leapt = STEP_ROWS, 0, ""

    # What comes

    def take(self, device: str, minute_ms: int, means: Mapping[str, float]) -> list[tuple[str, Signal]]:
        """What a device measured in the interval that began then; (asset, signal), quiet ones too."""
        asset = self._places.place(device)
        known = None if asset is None else self._followed.get(asset)
        if known is None or minute_ms <= known.at_ms:
            return []
        for metric, value in means.items():
            channel = f"{device}/{metric}"
            at = known.at.get(channel)
            if at is not None and channel not in known.lost:
                known.waiting.setdefault(minute_ms, {})[at] = value
                known.touched = True
        return self._judge_whole(known)

    def turn(self, now_ms: int) -> list[tuple[str, Signal]]:
        """Rows that are complete because nothing more comes for them."""
        found: list[tuple[str, Signal]] = []
        for known in self._followed.values():
            if known.touched:
                known.touched, known.heard_ms = False, now_ms
            # Counted from when something last came: what is poured in faster than it happened is long over at once.
            elif known.waiting and not 0 <= now_ms - known.heard_ms < _LATE_ROWS * self._interval_ms:
                found += [self._row(known, minute_ms) for minute_ms in sorted(known.waiting)]
        return found

    # What is kept

    def kept(self) -> dict[str, KeptMachine]:
        """How far each was followed, by asset."""
        return {asset: _kept(known) for asset, known in self._followed.items() if known.at_ms >= 0}

    def restore(self, kept: Mapping[str, KeptMachine]) -> None:
        """Go on from there; before `follow`."""
        self._restored = dict(kept)

    # How it is done

    def _follower(self, asset: str, baseline_id: str, known: machine.Baseline) -> machine.Follower:
        before = self._restored.get(asset)
        if before is not None and before.baseline == baseline_id:
            try:
                return machine.Follower.of(known, before.state)
            except ValueError as error:
                _log.warning("%s is followed anew: %s", asset, error)
        return machine.Follower(known)

    def _judge_whole(self, known: _Followed) -> list[tuple[str, Signal]]:
        found: list[tuple[str, Signal]] = []
        if not known.waiting:
            return found
        newest_ms, whole = max(known.waiting), len(known.at) - len(known.lost)
        for minute_ms in sorted(known.waiting):
            late = newest_ms - minute_ms >= _LATE_ROWS * self._interval_ms
            if len(known.waiting[minute_ms]) < whole and not late:
                break
            found.append(self._row(known, minute_ms))
        return found

    def _row(self, known: _Followed, minute_ms: int) -> tuple[str, Signal]:
        values = known.waiting.pop(minute_ms)
        known.at_ms = minute_ms
        judged = known.follower.take([values.get(at) for at in range(len(known.at))])
        known.stepped = 0 if judged.changed else min(known.stepped + 1, STEP_ROWS)
        _remember_leap(known, judged)
        self._watch_state(known, judged)
        return known.asset, _signal(known, judged, minute_ms)

    def _watch_state(self, known: _Followed, judged: machine.Judged) -> None:
        known.unknown = known.unknown + 1 if judged.regime is None else 0
        if not known.unknown:
            known.told = False
        elif known.unknown * self._interval_ms >= UNKNOWN_MS and not known.told:
            known.told = True
            text = f"it has been in a state that its commissioning did not see for {duration(UNKNOWN_MS)}"
            self._chronicle.note(
                "baseline.unknown_state",
                f"{text}: it cannot be judged",
                asset=known.asset,
                simulated=is_simulated(self._places, known.asset),
            )


def _kept(known: _Followed) -> KeptMachine:
    return KeptMachine(known.id, known.at_ms, known.follower.kept(), known.leapt)


def _signal(known: _Followed, judged: machine.Judged, time_ms: int) -> Signal:
    moved = moved_channels(judged)
    lead = judged.shares[0].channel if judged.shares else ""
    device, _, metric = lead.rpartition("/")
    text = ""
    if judged.score >= HOLD * known.need:
        # Below it nobody reads the words, and this is done for every row.
        text = machine_reason(judged, step=bool(known.leapt), part=known.parts.get(metric, ""))
    return Signal(
        nature=Nature.SENSOR if known.leapt else Nature.MACHINE,
        device=device,
        metric=metric,
        time_ms=time_ms,
        score=judged.score,
        need=known.need,
        text=text,
        others=max(0, len(moved) - 1),
    )


def _remember_leap(known: _Followed, judged: machine.Judged) -> None:
    """What moved alone in a step stays so until it is back, or another moves too: an episode opens rows later."""
    moved = moved_channels(judged)
    lone = moved[0].channel if len(moved) == 1 and len(judged.shares) >= SENSOR_OF else ""
    known.calm = 0 if moved else known.calm + 1
    if known.calm > CALM_ROWS or (moved and lone != known.leapt):
        known.leapt = lone if known.stepped < STEP_ROWS else ""


def _need(known: machine.Baseline) -> float:
    """The least score that its own healthy rows reach less than once in two weeks."""
    rows = _WEEK_S / known.interval_s
    return next((need for need in _NEEDS if known.false_alarms(need) * rows <= _FALSE_A_WEEK), _NEEDS[-1])


def _parts(kind: AssetKind, channels: tuple[str, ...]) -> dict[str, str]:
    metrics = {channel.rpartition("/")[2] for channel in channels}
    return {recipe.metric: recipe.component for recipe in recipes(kind, metrics)}
