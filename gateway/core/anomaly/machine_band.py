"""One regime of a machine: what its channels usually do in it, and how far what they do now is from that.

Every channel is taken in its own spreads, averaged over the last rows, and weighed by how much its commissioning rows
can be trusted: the spread of a channel that still drifted then is known from a few independent values only, so it has
to move by more of them. The limit is what held-out parts of the commissioning rows reached, not what was fitted.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from .machine_statistics import Ruler, decay

Row = Sequence[float | None]
"""One value a channel, in the order of the channels; None: missing or not to be believed."""

PAIR_ROWS = 20.0
"""Half-life of the correlation that is told as the one now."""

SHARES = (*(at / 10 for at in range(10)), 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 1.0)
"""Of held-out rows: what is kept of how their levels are distributed, closer where false alarms are."""


class Manner(msgspec.Struct, frozen=True, array_like=True):
    """How rows are averaged and judged; kept with a baseline, which other defaults later must not change."""

    smooth_rows: float = 4.0
    """Half-life of the average that is judged."""
    before_rows: float = 20.0
    """Half-life of the average that it is compared with to find a change."""
    clip: float = 6.0
    """One row counts for so many spreads at most, so that it alone is no anomaly, and averages recover from it.

    Of a slow channel, whose averages are spread nearly as wide as its rows, by so much more.
    """
    margin: float = 1.3
    """The limit over what nearly all of the held-out commissioning rows stay below."""

    def check(self) -> None:
        """Raises ValueError for what cannot be."""
        if not all(0.0 < one < math.inf for one in (self.smooth_rows, self.before_rows, self.clip, self.margin)):
            raise ValueError("rows, clip and margin are finite numbers above nought")


class Channel(msgspec.Struct, frozen=True, array_like=True):
    """What one channel does in this regime; in its own unit, but `smooth` and `swing` in spreads."""

    mean: float
    spread: float
    """Of a row; 0: it never moved, and is not judged."""
    low: float
    high: float
    """Of the averaged commissioning rows."""
    smooth: float = 1.0
    """Spread of the average."""
    freedom: float = 1.0
    """How many independent values that is known from, less one."""
    swing: float = 1.0
    """Spread of the average against the longer one."""
    swing_freedom: float = 1.0
    mild: tuple[float, float] = (1.0, 1.0)
    """Deviations (below, above) are divided by it, at least 1: its held-out rows went further than its spread says."""
    swing_mild: tuple[float, float] = (1.0, 1.0)
    """Likewise of the average against the longer one."""


class Link(msgspec.Struct, frozen=True, array_like=True):
    """Two channels (by place) that usually move together, and how closely."""

    first: int
    second: int
    usual: float


class Band(msgspec.Struct, frozen=True, array_like=True):
    """All channels of one regime, and the limits they share."""

    rows: int
    channels: tuple[Channel, ...]
    links: tuple[Link, ...] = ()
    limit: float = 1.0
    change_limit: float = 1.0
    ratios: tuple[float, ...] = ()
    """Level over limit that `SHARES` of the held-out rows do not exceed."""

    def check(self, size: int) -> None:
        """Raises ValueError when this cannot be a band of `size` channels."""
        numbers = [
            number
            for one in self.channels
            for number in (one.mean, one.spread, one.low, one.high, one.smooth, one.freedom, one.swing)
        ]
        numbers += [one.swing_freedom for one in self.channels]
        milds = [mild for one in self.channels for mild in (*one.mild, *one.swing_mild)]
        scales = [scale for one in self.channels for scale in (one.smooth, one.freedom, one.swing, one.swing_freedom)]
        places = [place for link in self.links for place in (link.first, link.second)]
        if (
            len(self.channels) != size
            or not all(map(math.isfinite, [*numbers, *milds, self.limit, self.change_limit, *self.ratios]))
            or min(milds, default=1.0) < 1.0
            or min(*scales, self.limit, self.change_limit) <= 0.0
            or any(not 0 <= place < size or self.channels[place].spread <= 0.0 for place in places)
        ):
            raise ValueError("a band of the baseline makes no sense")

    def false_alarms(self, ratio: float) -> float:
        """Share of the held-out commissioning rows that lie at or above this level over limit, in [0, 1]."""
        ranked = self.ratios
        if len(ranked) != len(SHARES) or ratio <= ranked[0]:
            return 1.0
        for at in range(1, len(ranked)):
            if ratio <= ranked[at]:
                wide = ranked[at] - ranked[at - 1]
                part = (ratio - ranked[at - 1]) / wide if wide > 0.0 else 1.0
                return 1.0 - SHARES[at - 1] - part * (SHARES[at] - SHARES[at - 1])
        return 0.0


class Course:
    """The last rows in one regime. Constant work and memory; the band itself never changes."""

    __slots__ = (
        "_channels",
        "_clip",
        "_judged",
        "_late",
        "_milds",
        "_raw",
        "_rulers",
        "_slow",
        "_soon",
        "_swing_milds",
        "_swings",
        "band",
        "fast",
        "products",
    )

    def __init__(self, band: Band, manner: Manner) -> None:
        self.band = band
        self._soon, self._late, self._clip = decay(manner.smooth_rows), decay(manner.before_rows), manner.clip
        still = math.sqrt(
            self._soon / (2.0 - self._soon)
        )  # what is left of a spread in averages of rows without memory
        self._channels = [
            (at, one.mean, one.spread, manner.clip * max(1.0, one.smooth / still))
            for at, one in enumerate(band.channels)
            if one.spread > 0.0
        ]
        self._judged = max(1, len(self._channels))
        self._rulers = [Ruler(one.smooth, one.freedom) for one in band.channels]
        self._swings = [Ruler(one.swing, one.swing_freedom) for one in band.channels]
        self._milds = [(one.mild[0] ** -2, one.mild[1] ** -2) for one in band.channels]
        self._swing_milds = [(one.swing_mild[0] ** -2, one.swing_mild[1] ** -2) for one in band.channels]
        size = len(band.channels)
        self.fast = [0.0] * size
        self._slow = [0.0] * size
        self._raw = [one.mean for one in band.channels]
        self.products = [0.0, 1.0, 1.0] * len(band.links)
        """Of each link: mean product, mean square of the first, of the second; in spreads."""
        for at, link in enumerate(band.links):
            self.products[3 * at] = link.usual

    def step(self, row: Row) -> tuple[float, float]:
        """(level, change) of a row, each over its limit: 1 is the limit. Missing channels count as usual.

        Channels are joined by their mean of the fourth power: between all of them alike and the largest alone.
        """
        level = change = 0.0
        fast, slow, raw = self.fast, self._slow, self._raw
        soon, late = self._soon, self._late
        for at, mean, spread, clip in self._channels:
            value = row[at]
            if value is None:
                continue
            raw[at] += soon * (value - raw[at])
            far = min(clip, max(-clip, (value - mean) / spread))
            fast[at] += soon * (far - fast[at])
            slow[at] += late * (far - slow[at])
            near, swing = fast[at], fast[at] - slow[at]
            level += (self._rulers[at].squared(near) * self._milds[at][near > 0.0]) ** 2
            change += (self._swings[at].squared(swing) * self._swing_milds[at][swing > 0.0]) ** 2
        if self.band.links:
            self._follow_links(row)
        band = self.band
        return (level / self._judged) ** 0.25 / band.limit, (change / self._judged) ** 0.25 / band.change_limit

    def size(self, channel: int) -> float:
        """How many normal deviations its average is off, as mildly as it is judged."""
        return abs(self.off(channel)[0])

    def off(self, channel: int) -> tuple[float, float]:
        """(Of its average, of that against the longer one): normal deviations with sign, as mildly as it is judged."""
        near = self.fast[channel]
        swing = near - self._slow[channel]
        level = self._rulers[channel].squared(near) * self._milds[channel][near > 0.0]
        change = self._swings[channel].squared(swing) * self._swing_milds[channel][swing > 0.0]
        return math.copysign(math.sqrt(level), near), math.copysign(math.sqrt(change), swing)

    def average(self, channel: int) -> float:
        """Of the last rows, in the channel's unit."""
        return self._raw[channel]

    def now(self, link: int) -> float:
        """The correlation of two linked channels about their usual means, over the last rows, in [-1, 1]."""
        product, first, second = self.products[3 * link : 3 * link + 3]
        return product / math.sqrt(first * second) if first > 0.0 and second > 0.0 else 0.0

    def kept(self) -> list[list[float]]:
        """What has to outlive the process."""
        return [self.fast, self._slow, self._raw, self.products]

    def restore(self, kept: list[list[float]]) -> None:
        """Take back what `kept` gave. Raises ValueError when it is of another band."""
        own = self.kept()
        if [len(one) for one in kept] != [len(one) for one in own]:
            raise ValueError("the state is of another baseline")
        if not all(math.isfinite(number) for one in kept for number in one):
            raise ValueError("the state has numbers that are none")
        for mine, theirs in zip(own, kept, strict=True):
            mine[:] = theirs

    def _follow_links(self, row: Row) -> None:
        products, clip = self.products, self._clip
        for at, link in enumerate(self.band.links):
            one, two = row[link.first], row[link.second]
            if one is None or two is None:
                continue
            first, second = self.band.channels[link.first], self.band.channels[link.second]
            far = min(clip, max(-clip, (one - first.mean) / first.spread))
            away = min(clip, max(-clip, (two - second.mean) / second.spread))
            products[3 * at] += _LINKED * (far * away - products[3 * at])
            products[3 * at + 1] += _LINKED * (far * far - products[3 * at + 1])
            products[3 * at + 2] += _LINKED * (away * away - products[3 * at + 2])


_LINKED = decay(PAIR_ROWS)
