"""One boot of a device: the instant of its uptime 0, and how sure that is."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from .drift import Drift
from .sequence import Sequence

REDATE_MS = 2_000
"""A better anchor re-dates a boot only when it moves this far; less is the network."""
DRIFT_MS = 2_000
"""The counter's drift is corrected when it has made readings so wrong."""
_STEADY_MS = 2_000
_APART_MS = 5_000

Linked = Callable[[str, int, int], None]
"""Told (home, epoch by that home, epoch by the gateway's clock now) of a boot that was anchored in another run."""


class Boot(msgspec.Struct):
    """What is known of one boot of a device."""

    epoch_ms: int | None = None
    """The UTC instant of its uptime 0; None while nothing tells."""
    drift_ppm: float = 0.0
    """How much faster time passes than its uptime."""
    home: str = ""
    """The frame whose time `epoch_ms` is provisional in; empty: it is UTC."""
    exact: bool = False
    """The node's own clock told it, so that no arrival moves it."""
    here: bool = False
    """Anchored by an arrival in this run of the gateway: it moves when the gateway's clock was wrong."""
    kept: bool = False
    """The anchor is on the disk."""
    sequence: Sequence = msgspec.field(default_factory=Sequence)
    drift: Drift | None = None
    _hint: tuple[int, int] | None = None

    def at(self, uptime_ms: int) -> int | None:
        """The UTC ms of this uptime."""
        if self.epoch_ms is None:
            return None
        if not self.drift_ppm:
            return self.epoch_ms + uptime_ms
        return self.epoch_ms + round(uptime_ms * (1 + self.drift_ppm / 1e6))

    def told(self, uptime_ms: int, time_ms: int) -> None:
        """The node's own clock said what time it was at this uptime."""
        known_ms = self.at(uptime_ms)
        if known_ms is None or not self.exact or abs(time_ms - known_ms) > REDATE_MS:
            self._place(time_ms - uptime_ms, "")
            self.drift_ppm, self.here = 0.0, False
        self.exact, self.drift = True, None

    def arrived(self, uptime_ms: int, arrival_ms: int, frame: str, prompt: bool, linked: Linked) -> None:
        """Something sent at this uptime arrived; `prompt`: it did not wait for anything.

        An arrival is late or on time but never early, so the earliest estimate is the best one.
        """
        if self.exact:
            return
        known_ms = self.at(uptime_ms)
        if known_ms is None:
            self._place(arrival_ms - uptime_ms, frame)
            self.here = True
        elif self.home != frame:
            self._link(arrival_ms - uptime_ms, arrival_ms, prompt, linked)
            return
        elif arrival_ms < known_ms - REDATE_MS:
            assert self.epoch_ms is not None
            self._place(self.epoch_ms + arrival_ms - known_ms, frame)
            self.here = True
        if self.drift is None:
            self.drift = Drift()
        if self.drift.observe(uptime_ms, arrival_ms):
            self._correct(self.drift, uptime_ms)

    def passed(self, uptime_ms: int, arrival_ms: int) -> int | None:
        """`arrived` and `at` at once, for most that comes: of a boot well known in UTC. None: neither was done."""
        epoch_ms, drift = self.epoch_ms, self.drift
        if epoch_ms is None or drift is None or self.exact or self.home or self.drift_ppm:
            return None
        time_ms = epoch_ms + uptime_ms
        if arrival_ms < time_ms - REDATE_MS:
            return None
        if drift.from_ms <= uptime_ms < drift.to_ms and arrival_ms - uptime_ms >= drift.soonest_ms:
            return time_ms  # `drift` learns nothing
        if drift.observe(uptime_ms, arrival_ms):
            self._correct(drift, uptime_ms)
            return self.at(uptime_ms)
        return time_ms

    def shift(self, ms: int, into: str) -> None:
        """The clock it was anchored by was set: it moves along, and is in the frame `into` now."""
        if self.epoch_ms is not None:
            self.epoch_ms += ms
        self.home, self.kept = into, False
        if self.drift is not None:
            self.drift.shift(ms)

    def _place(self, epoch_ms: int, home: str) -> None:
        if (epoch_ms, home) != (self.epoch_ms, self.home):
            self.epoch_ms, self.home, self.kept = epoch_ms, home, False

    def _link(self, estimate_ms: int, arrival_ms: int, prompt: bool, linked: Linked) -> None:
        """Both clocks have seen this boot: the difference tells how they stand to each other.

        A backlog would lie, so what is not prompt must be steady for a while.
        """
        hint, self._hint = self._hint, (estimate_ms, arrival_ms)
        if not prompt:
            if hint is None or abs(hint[0] - estimate_ms) > _STEADY_MS:
                return
            if arrival_ms - hint[1] < _APART_MS:
                self._hint = hint
                return
        assert self.epoch_ms is not None
        linked(self.home, self.epoch_ms, estimate_ms)

    def _correct(self, drift: Drift, uptime_ms: int) -> None:
        line = drift.line()
        # From a few hours at the end of a long boot nothing is said about its beginning.
        if line is None or drift.span_ms * 2 < uptime_ms:
            return
        wrong_ms = max(abs(line.at(uptime) - (self.at(uptime) or 0)) for uptime in (0, uptime_ms))
        if wrong_ms > DRIFT_MS:
            self.epoch_ms, self.drift_ppm, self.kept = round(line.epoch_ms), line.ppm, False
