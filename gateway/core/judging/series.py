"""One series of one device, judged value by value with what it has taught so far."""

from __future__ import annotations

from math import inf

from ..quality import Quality
from .holds import BANDS, Holds
from .kept import KeptSeries
from .profile import BLOCK_MS, BLOCKS, Profile
from .rhythm import Rhythm
from .rules import Rule
from .usual import Usual

LEARN_MS = 86_400_000
LEARN_VALUES = 200
"""For its first day and 200 values only what no sensor can measure is flagged."""
SHIFT_VALUES = 6
"""So many unbelievable values in a row that agree with each other are the new truth."""
ODD_NEAR = 0.3
"""They agree when they differ by less than this part of their distance from the last good one."""
BURSTS = 2.5
BURSTS_KEPT = 0.98
"""What switches by nature may burst: the third burst is usual. So much of a burst still counts three hours later."""
GAP_INTERVALS = 2.5
"""Readings this far apart are looked at more closely."""
IDLE_MS = 86_400_000
"""A value where the scale ends (`Rule.idle`) may be held for a day."""
LOOK_AGAIN = 1.1
"""While a value is held, how much longer until the next look."""
FEW_VALUES = 3
"""A block of three hours with fewer has no mean."""
UNKNOWN_WANDERS = 0.5
"""A slow departure of an unknown metric below this part of all it has shown is nothing."""

# Plain numbers: flags are slow to combine.
_OUT_OF_RANGE, _STUCK, _DRIFT = int(Quality.OUT_OF_RANGE), int(Quality.STUCK), int(Quality.DRIFT)


class Series:
    """State and judgement of one series.

    Almost every value is within what is usual and passes in a few comparisons (`judge`); only what is not is looked
    at (`_examine`). `_low`, `_high`, `_up`, `_down`, `_gap_ms` and `_usual_run` hold what is usual now, beside the last
    value.
    """

    __slots__ = (
        "_band",
        "_band_from",
        "_bits",
        "_block",
        "_bursts",
        "_count",
        "_day_known",
        "_down",
        "_due_ms",
        "_gap_ms",
        "_high",
        "_low",
        "_odd",
        "_odd_last",
        "_odd_ms",
        "_rule",
        "_run",
        "_run_ms",
        "_since_ms",
        "_time_ms",
        "_total",
        "_up",
        "_usual_run",
        "_values",
        "holds",
        "last",
        "profile",
        "rhythm",
        "usual",
    )

    def __init__(self, rule: Rule) -> None:
        self._rule = rule
        self.holds = Holds()
        self.profile = Profile()
        self.rhythm = Rhythm()
        self.usual = Usual(rule)
        self.last = 0.0
        """The last value that was believed."""
        self._bits = 0
        self._day_known = True
        self._time_ms = self._since_ms = self._run_ms = self._odd_ms = 0
        self._run = self._values = self._band = self._band_from = 0
        self._odd, self._odd_last = 0, 0.0
        self._bursts = 0.0
        self._low, self._high = inf, -inf
        self._up = self._down = self._usual_run = self._total = 0.0
        self._gap_ms = self._count = self._block = self._due_ms = 0

    def judge(self, value: float, time_ms: int) -> int:
        """Bits of `Quality` of the next value, any float. One that is not later than the last teaches nothing."""
        if (
            self._low <= value <= self._high
            and 0 < time_ms - self._time_ms <= self._gap_ms
            and time_ms < self._due_ms
            and self._down <= value - self.last <= self._up
        ):
            if value != self.last:
                self.last = value
                self._run = 1
                self._run_ms = time_ms
            elif self._run < self._usual_run:
                self._run += 1
            else:
                return self._examine(value, time_ms)
            self._time_ms = time_ms
            self._count += 1
            self._total += value
            return self._bits
        if time_ms == self._time_ms and self._low <= value <= self._high:
            return 0  # of the same moment as the last: it teaches nothing, and can be measured
        return self._examine(value, time_ms)

    def silent(self, time_ms: int, since_ms: int = 0) -> bool:
        """Whether it has missed more than usual, its device having gone on until `time_ms`; counted from `since_ms`."""
        heard_ms = max(self._time_ms, self._odd_ms, since_ms)
        return self._time_ms > 0 and time_ms - heard_ms > self.rhythm.patience_ms

    def possible(self, value: float) -> bool:
        """Whether a sensor of this metric can measure it."""
        return self._rule.possible(value)

    @property
    def held_ms(self) -> int:
        """For how long it has been saying the last value."""
        return self._time_ms - self._run_ms

    @property
    def usual_hold_ms(self) -> float:
        """The longest it usually says the same at values of this size."""
        return self.holds.longest[self._band] * self.rhythm.interval_ms

    @property
    def known(self) -> bool:
        """Whether it has taught enough to be judged by what it was."""
        return self._values >= LEARN_VALUES and self._time_ms - self._since_ms >= LEARN_MS

    def know_the_day(self, known: bool) -> None:
        """Whether times are sure: without that the hour of the day teaches nothing."""
        if known == self._day_known:
            return
        self._day_known = known
        self._count, self._total, self._band_from = 0, 0.0, 0

    def obey(self, rule: Rule) -> None:
        """Other limits from now on."""
        self._rule = self.usual.rule = rule
        self._limit()

    def accept(self) -> None:
        """Somebody says that what it does now is normal."""
        self._bits = 0
        self.holds.accept(self._band, self._run)
        self.profile.relearn()
        if self._odd:
            self._odd = SHIFT_VALUES
        self._limit()

    def set_back(self, time_ms: int) -> None:
        """A clock was ahead: what comes from now on is later than what was."""
        by_ms = max(0, self._time_ms - time_ms + 1)
        self._time_ms -= by_ms
        self._run_ms -= by_ms
        self._since_ms -= by_ms
        self._odd_ms = self._due_ms = 0

    def kept(self) -> KeptSeries:
        """What has to outlive the process."""
        usual, rhythm, holds, profile = self.usual, self.rhythm, self.holds, self.profile
        return KeptSeries(
            times=(self._since_ms, self._time_ms, self._values + self._count),
            usual=(self.last, usual.minimum, usual.maximum, usual.up, usual.down),
            rhythm=(rhythm.interval_ms, rhythm.pause_ms),
            resolution=holds.resolution,
            longest=tuple(holds.longest),
            seen=tuple(holds.seen),
            means=tuple(profile.means),
            departure=(profile.spread, profile.departure),
            blocks=(profile.blocks, profile.away),
        )

    @classmethod
    def restored(cls, rule: Rule, kept: KeptSeries) -> Series:
        """A series as it was kept; the run of equal values begins anew."""
        series = cls(rule)
        if not kept.times[1] or len(kept.longest) != BANDS or len(kept.seen) != BANDS or len(kept.means) != BLOCKS:
            return series
        usual, rhythm, holds, profile = series.usual, series.rhythm, series.holds, series.profile
        series.last, usual.minimum, usual.maximum, usual.up, usual.down = kept.usual
        series._since_ms, series._time_ms, series._values = kept.times
        series._run, series._run_ms = 1, series._time_ms
        series._block = series._time_ms // BLOCK_MS
        series._due_ms = (series._block + 1) * BLOCK_MS
        rhythm.restore(*kept.rhythm)
        holds.resolution, holds.longest, holds.seen = kept.resolution, list(kept.longest), list(kept.seen)
        profile.means = list(kept.means)
        profile.spread, profile.departure = kept.departure
        profile.blocks, profile.away = kept.blocks
        series._band = holds.band(series.last)
        series._bits = _DRIFT if profile.drifts else 0
        return series

    def _examine(self, value: float, time_ms: int) -> int:
        if not self._rule.possible(value):
            self._odd_ms = max(self._odd_ms, time_ms)
            return self._bits | _OUT_OF_RANGE
        if time_ms <= self._time_ms:
            return 0
        if not self._time_ms:
            return self._begin(value, time_ms)
        if time_ms >= self._due_ms:
            self._settle(time_ms)
        gap_ms = time_ms - self._time_ms
        odd = self._doubts(value, gap_ms)
        if odd and not self._agreed(value):
            self._odd_ms = time_ms
            self._low, self._high = inf, -inf  # the return of the usual has to be seen
            return self._bits | odd
        if self._odd:
            self._came_back()
        self.rhythm.note(gap_ms)
        if value != self.last:
            self._moved(value, time_ms, gap_ms)
        else:
            self._held(time_ms)
        self._time_ms = time_ms
        self._count += 1
        self._total += value
        self._limit()
        return self._bits

    def _begin(self, value: float, time_ms: int) -> int:
        if value in self._rule.errors:
            return _OUT_OF_RANGE
        self.last = value
        self.usual.show(value)
        self._time_ms = self._since_ms = self._run_ms = time_ms
        self._run = 1
        self._block = time_ms // BLOCK_MS
        self._due_ms = (self._block + 1) * BLOCK_MS
        return 0

    def _doubts(self, value: float, gap_ms: int) -> int:
        if self.usual.fails(value, self.last):
            return _OUT_OF_RANGE
        return self.usual.doubts(value, self.last, gap_ms / self.rhythm.interval_ms, gap_ms) if self.known else 0

    def _agreed(self, value: float) -> bool:
        """Whether unbelievable values have agreed long enough to be the truth; errors of sensors never are."""
        near = max(abs(self.last - value) * ODD_NEAR, 4.0 * max(self.usual.up, self.usual.down))
        self._odd = self._odd + 1 if abs(value - self._odd_last) <= near else 1
        self._odd_last = value
        return self._odd >= SHIFT_VALUES and value not in self._rule.errors

    def _came_back(self) -> None:
        """Unbelievable values are over; of what bursts by nature the third burst within some days is usual."""
        self._odd = 0
        self._bursts += 1.0
        if self._bursts >= BURSTS and self._rule.rise == inf:
            self._bursts = 0.0
            self.usual.show(self._odd_last)
            step = self._odd_last - self.last
            self.usual.make(step)
            self.usual.make(-step)

    def _moved(self, value: float, time_ms: int, gap_ms: int) -> None:
        step = value - self.last
        if self._run > 1:
            self.holds.held(self._band, self._run)
        if self.holds.differ(abs(step)) or self.holds.band(value) != self._band:
            self._enter(value)
        if gap_ms <= GAP_INTERVALS * self.rhythm.interval_ms:
            self.usual.make(step)
        self.usual.show(value)
        self.last = value
        self._run = 1
        self._run_ms = time_ms
        self._bits &= ~_STUCK

    def _enter(self, value: float) -> None:
        """Another band of equal readings."""
        self.holds.seen[self._band] += self._count - self._band_from
        self._band_from = self._count
        self._band = self.holds.band(value)

    def _held(self, time_ms: int) -> None:
        self._run += 1
        patience = self._patience()
        least_ms = IDLE_MS if self.last in self._rule.idle else 0.5 * patience * self.rhythm.interval_ms
        if self._run > patience and time_ms - self._run_ms >= least_ms:
            self._bits |= _STUCK

    def _patience(self) -> float:
        """How often the last value may come again before it is stuck."""
        return inf if self._rule.rests or not self.known else self.holds.patience(self._band)

    def _limit(self) -> None:
        """What is usual from now on and needs no look."""
        self._gap_ms = int(GAP_INTERVALS * self.rhythm.interval_ms)
        self._up, self._down = self.usual.up, -self.usual.down
        longest = inf if self._rule.rests else self.holds.longest[self._band]
        if self._run > longest:
            # Only the same again needs no look: the end of this run has to be seen.
            self._low = self._high = self.last
            self._up = self._down = 0.0
            patience = inf if self._bits & _STUCK else self._patience()
            self._usual_run = patience - 1.0 if self._run < patience else self._run * LOOK_AGAIN
            return
        low, high = self.holds.limits(self._band, self.last)
        self._low = max(low, self.usual.minimum, self._rule.low)
        self._high = min(high, self.usual.maximum, self._rule.high)
        self._usual_run = longest

    def _settle(self, time_ms: int) -> None:
        """A block of three hours is over: forget a little, look at the long run."""
        self.holds.seen[self._band] += self._count - self._band_from
        self.holds.fade(self._band)
        self._values += self._count
        least = self._rule.wanders or UNKNOWN_WANDERS * self.usual.width * self._rule.learns_steps
        if least and self._day_known and self._count >= FEW_VALUES:
            drifts = self.profile.add(self._block, self._total / self._count, least)
            self._bits = self._bits | _DRIFT if drifts else self._bits & ~_DRIFT
        self._count, self._total, self._band_from = 0, 0.0, 0
        self._block = time_ms // BLOCK_MS
        self._due_ms = (self._block + 1) * BLOCK_MS
        self.usual.fade(self.last)
        self._bursts *= BURSTS_KEPT
