"""Fits one regime of a machine to its commissioning rows, and sets its limits by rows that were held out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import msgspec

from .machine_band import SHARES, Band, Channel, Course, Link, Manner, Row
from .machine_statistics import correlation, decay, deviation, independent, quantile, usual

HELD_OUT = 0.99
PARTS = 5
"""Each fifth of the rows is judged by the other four."""
LONE = 4.3
"""Normal deviations by which one channel alone may be off at any rate: chance does so much once in 60 000 rows."""
PAIR_LEAST = 0.6
PAIR_SURE = 3.0
"""A correlation counts from this size on, and when it is so many standard errors from none."""
MOST_PAIRS = 8
PRIOR_AVERAGES = 4.0
"""Few averages may agree by chance: their spread is believed as if so many of rows without memory were seen, too."""
LEAST_FREEDOM = 6.0
"""Of a channel that only drifted nothing is known, but one that then goes dozens of spreads away must not be silent."""
HABIT = 200.0
"""Of a channel that was seen in so many independent values half of how far it goes (as a power) is its own habit."""
WANDER = 0.1
"""By such a part of a row's spread any healthy machine's mean moves in time, however still it was when commissioned."""
_TINY = 1e-4


def fit(rows: Sequence[Row], floors: Sequence[float], manner: Manner) -> Band:
    """The band of consecutive rows of one regime, with limits from held-out parts of them.

    `floors` are the least spreads to believe, one a channel, in its unit. Every channel has a value at least once.
    """
    cuts = [part * len(rows) // PARTS for part in range(PARTS + 1)]
    parts = [(_plain([*rows[:first], *rows[end:]], floors, manner), rows[first:end]) for first, end in pairwise(cuts)]
    plain = _plain(rows, floors, manner)
    milds = _milds(plain, parts, manner)
    band = _with(plain, milds)
    levels: list[float] = []
    changes: list[float] = []
    for others, held in parts:
        course = Course(_with(others, milds), manner)
        seen = [course.step(row) for row in held]
        level_from, change_from = _settled(len(seen))
        levels += [level for level, _ in seen[level_from:]]
        changes += [change for _, change in seen[change_from:]]
    # So far levels are over a limit of 1, which `_plain` leaves.
    least = LONE / math.pow(max(1, sum(one.spread > 0.0 for one in band.channels)), 0.25)
    limit = max(least, manner.margin * quantile(levels, HELD_OUT))
    change_limit = max(least, manner.margin * quantile(changes, HELD_OUT))
    ratios = tuple(quantile(levels, share) / limit for share in SHARES)
    return msgspec.structs.replace(band, limit=limit, change_limit=change_limit, ratios=ratios)


def _settled(rows: int) -> tuple[int, int]:
    """From which held-out row on (its level, its change) counts: averages begin at nought."""
    return min(10, rows // 4), min(20, rows // 4)


_Milds = list[tuple[tuple[float, float], tuple[float, float]]]


def _milds(band: Band, parts: Sequence[tuple[Band, Sequence[Row]]], manner: Manner) -> _Milds:
    """How mildly each channel is to be judged (its average, its changes), by how far its own held-out rows went.

    A bearing that takes an hour to warm each morning goes as far every day: that must not make the whole machine deaf.
    What was seen in a few independent values only is no habit of one channel but a machine that had not settled: it
    stays in the levels, and so in the limit that all share.
    """
    found: _Milds = []
    for at, channel in enumerate(band.channels):
        near: list[float] = []
        swing: list[float] = []
        for others, held in parts:
            if channel.spread == 0.0 or others.channels[at].spread == 0.0:
                continue
            alone = msgspec.structs.replace(others, channels=(others.channels[at],), links=())
            course = Course(alone, manner)
            seen = []
            for row in held:
                course.step((row[at],))
                seen.append(None if row[at] is None else course.off(0))
            level_from, change_from = _settled(len(seen))
            near += [one[0] for one in seen[level_from:] if one is not None]
            swing += [one[1] for one in seen[change_from:] if one is not None]
        trust = channel.freedom / (channel.freedom + HABIT)
        found.append((_mild(near, trust, manner.margin), _mild(swing, trust, manner.margin)))
    return found


def _mild(far: Sequence[float], trust: float, margin: float) -> tuple[float, float]:
    """(Below, above): with full trust, what nearly all held-out rows stay below becomes `LONE` over the margin."""
    if not far:
        return 1.0, 1.0
    below = quantile([max(0.0, -one) for one in far], HELD_OUT)
    above = quantile([max(0.0, one) for one in far], HELD_OUT)
    return max(1.0, margin * below / LONE) ** trust, max(1.0, margin * above / LONE) ** trust


def _with(band: Band, milds: _Milds) -> Band:
    channels = (
        msgspec.structs.replace(channel, mild=near, swing_mild=swing)
        for channel, (near, swing) in zip(band.channels, milds, strict=True)
    )
    return msgspec.structs.replace(band, channels=tuple(channels))


def _plain(rows: Sequence[Row], floors: Sequence[float], manner: Manner) -> Band:
    """Means, spreads and links, without limits."""
    channels: list[Channel] = []
    series: list[list[float]] = []
    for at, floor in enumerate(floors):
        channel, far = _channel([value for row in rows if (value := row[at]) is not None], floor, manner)
        channels.append(channel)
        series.append(far)
    return Band(rows=len(rows), channels=tuple(channels), links=_links(channels, series, len(rows)))


def _channel(values: list[float], floor: float, manner: Manner) -> tuple[Channel, list[float]]:
    """A channel, and its values in spreads about their mean."""
    if not values:
        return Channel(mean=0.0, spread=0.0, low=0.0, high=0.0), []
    mean, own = usual(values)
    spread = max(own, floor)
    if spread <= 1e-12 * abs(mean) or spread <= 0.0:
        return Channel(mean=mean, spread=0.0, low=mean, high=mean), []
    soon, late, clip = decay(manner.smooth_rows), decay(manner.before_rows), manner.clip
    series = [min(clip, max(-clip, (value - mean) / spread)) for value in values]
    fast = slow = 0.0
    smooth: list[float] = []
    swing: list[float] = []
    for far in series:
        fast += soon * (far - fast)
        slow += late * (far - slow)
        smooth.append(fast)
        swing.append(fast - slow)
    # The averages begin at the mean, which is quieter than they are later.
    smooth, swing = smooth[min(20, len(smooth) // 4) :], swing[min(30, len(swing) // 4) :]
    worth = independent(series)
    row_square = (own / spread) ** 2
    averages = len(series) * soon / 2.0  # so many averages do not share rows
    swing_square = soon / (2.0 - soon) + late / (2.0 - late) - 2.0 * soon * late / (soon + late - soon * late)
    off_square = row_square * (1.0 / worth + WANDER**2) + _TINY
    found = Channel(
        mean=mean,
        spread=spread,
        low=mean + spread * min(smooth),
        high=mean + spread * max(smooth),
        # The mean is off by what so many independent rows leave unknown, and wanders.
        smooth=math.sqrt(_drawn(smooth, averages, row_square * soon / (2.0 - soon)) + off_square),
        freedom=max(LEAST_FREEDOM, worth - 1.0),
        swing=math.sqrt(_drawn(swing, averages, row_square * swing_square) + _TINY),
        swing_freedom=max(1.0, independent(swing) - 1.0),
    )
    return found, series


def _drawn(averages: Sequence[float], worth: float, square: float) -> float:
    """The mean square of averages, drawn towards that of rows without memory the more, the fewer averages there are."""
    return (worth * deviation(averages) ** 2 + PRIOR_AVERAGES * square) / (worth + PRIOR_AVERAGES)


def _links(channels: list[Channel], series: list[list[float]], rows: int) -> tuple[Link, ...]:
    """The closest pairs, of channels that are always there."""
    found: list[Link] = []
    for second in range(len(channels)):
        for first in range(second):
            if len(series[first]) != rows or len(series[second]) != rows:
                continue
            usual = correlation(series[first], series[second])
            worth = min(channels[first].freedom, channels[second].freedom) - 2.0
            if abs(usual) >= PAIR_LEAST and worth > 0.0:
                sure = math.atanh(min(abs(usual), 0.999999)) * math.sqrt(worth)
                if sure >= PAIR_SURE:
                    found.append(Link(first, second, usual))
    found.sort(key=lambda link: -abs(link.usual))
    return tuple(found[:MOST_PAIRS])
