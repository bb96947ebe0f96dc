"""What is wrong with which series now; told when it changes, once and in words.

A bit is raised at once. It falls when a series has been without it for a few readings, so that what comes and goes is
not told each time; silence is over with the next reading. A device that falls silent is told once, not per series.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping

import msgspec

from ..core.judging.words import spoken
from ..core.messages import SeriesJudged
from ..core.quality import Quality
from .bus import Bus
from .chronicle import Chronicle

FLAGGED, CLEARED = "series.flagged", "series.cleared"
CLEAR_READINGS = 3
"""A bit falls after so many readings in a row without it."""


class _State(msgspec.Struct):
    """What was told of one series."""

    bits: int = 0
    now: int = 0
    """Of its last reading."""
    clean: int = 0
    """Readings in a row without some of `bits`."""
    why: str = ""


class Verdicts:
    """The flags of all series."""

    def __init__(self, bus: Bus, clock: Callable[[], int], chronicle: Chronicle) -> None:
        self._bus = bus
        self._clock = clock
        self._chronicle = chronicle
        self._states: dict[str, dict[str, _State]] = {}
        self.told: Container[str] = self._states
        """Devices of which anything was told that does not hold for ever."""
        self._silent: set[str] = set()

    def quality(self, device: str) -> dict[str, int]:
        """What is wrong with its series now, by metric; only those with which something is."""
        states = self._states.get(device, {})
        return {metric: bits for metric, one in states.items() if (bits := one.now | one.bits & int(Quality.STALE))}

    def flagged(self) -> dict[str, dict[str, tuple[int, str]]]:
        """By device and metric: what was told and does not yet count as over, and why."""
        return {
            device: {m: (one.bits, one.why) for m, one in states.items()} for device, states in self._states.items()
        }

    def said(
        self,
        device: str,
        values: Mapping[str, float],
        found: Mapping[str, int],
        why: Callable[[str, int], str],
        correlation: str,
    ) -> None:
        """A reading was judged; `why` (metric, bits) puts what is new into words."""
        self._hear(device, correlation)
        states = self._states.setdefault(device, {})
        for metric in values:
            bits, state = found.get(metric, 0), states.get(metric)
            if state is None:
                if not bits:
                    continue
                state = states[metric] = _State()
            lasting = state.bits & ~int(Quality.STALE)
            state.now = bits
            state.clean = state.clean + 1 if lasting & ~bits else 0
            target = bits if state.clean >= CLEAR_READINGS else bits | lasting
            self._change(device, metric, state, target, why, correlation)
        self._tidy(device)

    def silent(self, device: str, metrics: Iterable[str], why: Callable[[str, int], str], whole: str) -> None:
        """Nothing came of these series for longer than usual; `whole` says so when it is all of the device."""
        if whole and device not in self._silent:
            self._silent.add(device)
            self._chronicle.note(FLAGGED, whole, device)
        states = self._states.setdefault(device, {})
        for metric in metrics:
            state = states.setdefault(metric, _State())
            self._change(device, metric, state, state.bits | int(Quality.STALE), why, "", quiet=bool(whole))

    def drop(self, device: str, metric: str, bits: int) -> None:
        """These bits are normal for this series."""
        state = self._states.get(device, {}).get(metric)
        if state is not None:
            state.now &= ~bits
            if known := state.bits & bits:
                self._chronicle.note(
                    CLEARED, f"{spoken(metric)} may be {_names(known)}: that is normal here", device, metric
                )
            self._change(device, metric, state, state.bits & ~bits, _no_words, "", quiet=True)
            self._tidy(device)

    def renew(self, device: str) -> None:
        """Other hardware has its place: nothing that was told of its series holds any more."""
        self._silent.discard(device)
        for metric, state in self._states.pop(device, {}).items():
            self._change(device, metric, state, 0, _no_words, "", quiet=True)

    def forget(self, device: str) -> None:
        """The device is gone."""
        self._states.pop(device, None)
        self._silent.discard(device)

    def _hear(self, device: str, correlation: str) -> None:
        if device in self._silent:
            self._silent.discard(device)
            self._chronicle.note(CLEARED, "it sends again", device, correlation=correlation)
            for metric, state in self._states.get(device, {}).items():
                self._change(
                    device, metric, state, state.bits & ~int(Quality.STALE), _no_words, correlation, quiet=True
                )

    def _change(
        self,
        device: str,
        metric: str,
        state: _State,
        bits: int,
        why: Callable[[str, int], str],
        correlation: str,
        quiet: bool = False,
    ) -> None:
        raised, fallen = bits & ~state.bits, state.bits & ~bits
        if not raised and not fallen:
            return
        state.bits, state.clean = bits, 0
        if raised:
            state.why = why(metric, raised)
        if raised and not quiet:
            self._chronicle.note(FLAGGED, state.why, device, metric, correlation)
        if fallen and not quiet:
            self._chronicle.note(
                CLEARED, f"{spoken(metric)} is no longer {_names(fallen)}", device, metric, correlation
            )
        self._bus.publish(SeriesJudged(device, metric, bits, self._clock(), correlation))

    def _tidy(self, device: str) -> None:
        states = self._states.get(device, {})
        for metric in [metric for metric, state in states.items() if not state.bits and not state.now]:
            del states[metric]
        if not states:
            self._states.pop(device, None)


def _no_words(metric: str, bits: int) -> str:
    return ""


def _names(bits: int) -> str:
    said = {Quality.JUMP: "jumping", Quality.DRIFT: "drifting", Quality.GHOST: "a ghost"}
    return " and ".join(said.get(bit, (bit.name or "").lower().replace("_", " ")) for bit in Quality if bits & bit)
