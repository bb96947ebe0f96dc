"""What a series has shown: its range and its steps, and what is too far from them to be true."""

from __future__ import annotations

from math import inf, isfinite

from ..quality import Quality
from .rules import Rule

FAR_TIMES = 2.0
"""Out of range: further from all it has shown than this many times the width of that."""
BELOW_ZERO = 0.04
"""A series that was never negative may go below zero by this part of its width."""
STEP_TIMES = 2.0
"""A jump: larger than the rule allows and than this many times its largest usual step in that direction."""
UNKNOWN_TIMES = 4.0
UNKNOWN_STEP = 0.5
"""Of an unknown metric: this many times, and this part of all it has shown."""
ERROR_STEP = 5.0
"""A sensor's error value (85 °C) is one when it is this far from the last value."""
LONG_GAP_INTERVALS = 60.0
"""After so long nothing is known of steps."""
STEP_KEPT = 0.994
"""What is left of the largest usual step after three hours: half after two weeks."""
RANGE_KEPT = 0.0005
"""How far the learnt range closes in within three hours: a tenth in a month."""


class Usual:
    """The range and the largest steps of one series, fading slowly.

    Steps up and down are apart: a tank that is drawn from falls fast and never rises so.
    """

    __slots__ = ("down", "maximum", "minimum", "rule", "up")

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.minimum = inf
        self.maximum = -inf
        self.up = 0.0
        self.down = 0.0

    @property
    def width(self) -> float:
        """How far apart its lowest and highest are."""
        return self.maximum - self.minimum

    def show(self, value: float) -> None:
        """It has shown this."""
        self.minimum = min(self.minimum, value)
        self.maximum = max(self.maximum, value)

    def make(self, step: float) -> None:
        """It has made this step, up or down."""
        if not isfinite(step):
            return
        if step > self.up:
            self.up = step
        elif -step > self.down:
            self.down = -step

    def fade(self, last: float) -> None:
        """Three hours have passed."""
        self.up *= STEP_KEPT
        self.down *= STEP_KEPT
        faded = RANGE_KEPT * self.width
        self.minimum, self.maximum = min(self.minimum + faded, last), max(self.maximum - faded, last)

    def doubts(self, value: float, last: float, intervals: float, gap_ms: int) -> int:
        """The bits `value` deserves when it comes so long after `last`; 0: it can be."""
        lowest, highest = self.range()
        far = 0 if lowest <= value <= highest else int(Quality.OUT_OF_RANGE)
        step = value - last
        if intervals > LONG_GAP_INTERVALS or abs(step) <= self.largest(step, intervals, gap_ms):
            return far
        return far | int(Quality.JUMP)

    def fails(self, value: float, last: float) -> bool:
        """Whether this is how a sensor says that it failed."""
        return value in self.rule.errors and abs(value - last) > ERROR_STEP

    def range(self) -> tuple[float, float]:
        """What is not far outside of all it has shown."""
        width = max(self.width, self.rule.width)
        lowest = self.minimum - FAR_TIMES * width
        if self.minimum >= 0.0:
            lowest = max(lowest, -BELOW_ZERO * width)
        return lowest, self.maximum + FAR_TIMES * width

    def largest(self, step: float, intervals: float, gap_ms: int) -> float:
        """The largest step that can be real, in the direction of `step`."""
        rule = self.rule
        usual = (self.up if step > 0.0 else self.down) * max(1.0, intervals)
        if rule.learns_steps:
            return max(UNKNOWN_TIMES * usual, UNKNOWN_STEP * self.width)
        possible = rule.rise if step > 0.0 else rule.fall
        return max(STEP_TIMES * usual, possible + rule.per_min * gap_ms / 60_000)
