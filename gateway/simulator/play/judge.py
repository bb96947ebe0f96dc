"""Asks a gateway what it has made of a play, check by check. Blocking; only what it shows in public counts."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache

import msgspec

from ...core.quality import IMPOSSIBLE, Quality
from ..site import Device
from .checks import Check, Clean, Complete, Delivered, Flagged, Once, Rollups, Status
from .evidence import Evidence, NoEvidence, Row, Step
from .ledger import Fate, Ledger
from .matching import Match, match
from .script import concerns
from .verdict import Finding

_AROUND_MS = 86_400_000
_OF_SENSORS = ~(Quality.TIME | Quality.STALE)
_MEANS = {
    "complete": "every acknowledged reading is in the history, with its values and its time",
    "once": "nothing is in the history twice, and nothing that was never sent",
    "delivered": "everything that was measured was acknowledged in the end, but for what the node itself lost",
    "rollups": "condensed history says the same as the readings",
    "flagged": "{metric} carries the flag {flag} within {within_s:g} s",
    "clean": "no healthy reading carries a sensor's flag",
    "status": "shown as {status} within {within_s:g} s",
}


class Witness:
    """What is known of one device on both sides. Histories are asked for once."""

    def __init__(self, device: Device, ledger: Ledger, evidence: Evidence, begin_ms: int) -> None:
        self.device = device
        self.ledger = ledger
        self.evidence = evidence
        self.begin_ms = begin_ms
        self.rows = cache(self._rows)

    @property
    def span_ms(self) -> tuple[int, int]:
        """Around everything that was measured."""
        times = [entry.due_ms for entry in self.ledger.entries] or [self.begin_ms]
        return min(times) - _AROUND_MS, max(times) + _AROUND_MS

    def _rows(self, metric: str) -> list[Row]:
        return self.evidence.rows(metric, *self.span_ms)


class Judge:
    """`told` hears examples of what did not hold, for people: they are not part of the verdict."""

    def __init__(self, witnesses: Sequence[Witness], told: Callable[[str], None]) -> None:
        self._witnesses = witnesses
        self._told = told

    def finding(self, kind: str, check: Check, seen: bool | None = None) -> Finding:
        """The answer to a check; `seen`: what was watched for during the play was seen."""
        about = [one for one in self._witnesses if concerns(one.device.id, check.device)]
        passed = bool(about)
        for witness in about:
            try:
                holds = bool(seen) if isinstance(check, Status) else self._holds(check, witness)
            except NoEvidence as error:
                self._told(f"{kind}: {error}")
                holds = False
            passed = passed and holds
        means = _MEANS[kind].format(**msgspec.structs.asdict(check))
        return Finding(kind, check.device, means, passed)

    def _holds(self, check: Check, witness: Witness) -> bool:
        match check:
            case Complete():
                return self._none(witness, "is missing", [str(e) for e in self._missing(check, witness)])
            case Once():
                return self._none(witness, "was never sent, or is there twice", self._extra(check, witness))
            case Delivered():
                return self._none(witness, "was never acknowledged", _unacknowledged(witness))
            case Rollups():
                return self._none(witness, "does not agree with its readings", _disagreeing(check, witness))
            case Flagged():
                return self._is_flagged(check, witness)
            case Clean():
                return self._none(witness, "carries a flag", _flagged(check, witness))
        return False

    def _none(self, witness: Witness, what: str, examples: list[str]) -> bool:
        if examples:
            self._told(f"{witness.device.id}: {len(examples)} times something {what}: {'; '.join(examples[:3])}")
        return not examples

    def _missing(self, check: Complete, witness: Witness) -> list[str]:
        found = [(metric, _match(witness, metric, check.tolerance_s)) for metric in witness.device.metrics]
        return [
            f"{metric} {entry.values[metric]} of {_time(entry.due_ms)} (seq {entry.seq})"
            for metric, one in found
            for entry in one.missing
        ]

    def _extra(self, check: Once, witness: Witness) -> list[str]:
        found = [(metric, _match(witness, metric, check.tolerance_s)) for metric in witness.device.metrics]
        return [f"{metric} {value} of {_time(at_ms)}" for metric, one in found for at_ms, value in one.extra]

    def _is_flagged(self, check: Flagged, witness: Witness) -> bool:
        begins_ms = witness.begin_ms + check.after_s * 1000
        ends_ms = begins_ms + check.within_s * 1000
        during = [row for row in witness.rows(check.metric) if begins_ms <= row.time_ms <= ends_ms]
        if any(row.flags & Quality[check.flag] for row in during):
            return True
        others = sorted({row.flags.name or "" for row in witness.rows(check.metric) if row.flags})
        self._told(f"{witness.device.id}: {check.metric} is not {check.flag} in time; its flags: {others or 'none'}")
        return False


def _match(witness: Witness, metric: str, tolerance_s: float) -> Match:
    return match(witness.ledger.entries, witness.rows(metric), metric, tolerance_s * 1000)


def _unacknowledged(witness: Witness) -> list[str]:
    waiting = (Fate.WAITING, Fate.SENT)
    return [f"seq {entry.seq} ({entry.fate})" for entry in witness.ledger.entries if entry.fate in waiting]


def _flagged(check: Clean, witness: Witness) -> list[str]:
    before_ms = math.inf if check.before_s is None else witness.begin_ms + check.before_s * 1000
    metrics = [check.metric] if check.metric else witness.device.metrics
    return [
        f"{metric} {row.value} of {_time(row.time_ms)}: {row.flags.name}"
        for metric in metrics
        for row in witness.rows(metric)
        if row.flags & _OF_SENSORS and row.time_ms < before_ms
    ]


def _disagreeing(check: Rollups, witness: Witness) -> list[str]:
    step_ms = check.step_s * 1000
    from_ms, to_ms = (at_ms // step_ms * step_ms for at_ms in witness.span_ms)
    wrong = []
    for metric in witness.device.metrics:
        shown = {step.time_ms: step for step in witness.evidence.steps(metric, from_ms, to_ms, check.step_s)}
        for at_ms, values in _steps(witness.rows(metric), step_ms).items():
            if not _agrees(shown.pop(at_ms, None), values):
                wrong.append(f"{metric} at {_time(at_ms)}")
        wrong += [f"{metric} at {_time(at_ms)} (no readings)" for at_ms, step in shown.items() if step.count]
    return wrong


def _steps(rows: list[Row], step_ms: int) -> dict[int, list[float]]:
    steps: dict[int, list[float]] = {}
    for row in rows:
        if not row.flags & IMPOSSIBLE:
            steps.setdefault(row.time_ms // step_ms * step_ms, []).append(row.value)
    return steps


def _agrees(step: Step | None, values: list[float]) -> bool:
    if step is None:
        return False
    same = (step.minimum, step.maximum, step.count) == (min(values), max(values), len(values))
    return same and math.isclose(step.value, math.fsum(values) / len(values), rel_tol=1e-9, abs_tol=1e-9)


def _time(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms / 1000, UTC).isoformat(timespec="milliseconds")
