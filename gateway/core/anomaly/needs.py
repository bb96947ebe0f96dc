"""The score that an episode needs: what the rate of false ones asks for, and what people have said since.

Each is a fold over what counts now, so taking a word back is exact.
"""

from __future__ import annotations

from .scoring import episode_threshold

FALSE_A_WEEK = 0.5
"""Episodes for nothing, a place and week: half of what is promised. With 1 the bench's houses had more false ones, of
airing in winter, and not one fault more was caught.
"""
MOST = 0.95
"""Of a series: above it nothing would ever be told."""
MOST_OF_A_MACHINE = 0.99
_NORMAL, _RIGHT, _FLOOR = 0.1, 0.05, 0.1
_RECENT, _RECENT_MOST = 0.1, 0.2
_MACHINE_NORMAL, _MACHINE_RIGHT = 0.05, 0.02
_MACHINE_RECENT, _MACHINE_RECENT_MOST = 0.05, 0.15


def base_need(series: int, interval_s: float) -> float:
    """What a place with so many judged series needs of each, without any word of people."""
    return episode_threshold(FALSE_A_WEEK / max(1, series), interval_s)


def series_need(base: float, normal: int = 0, right: int = 0, recent: int = 0) -> float:
    """Of a series: `normal` and `right` are what people said of its episodes, `recent` those of its place this week.

    Each tenth is one power of ten of chance. What `recent` adds is bounded: a new fault must still get through.
    """
    said = max(base - _FLOOR, base + _NORMAL * normal - _RIGHT * right)
    return min(MOST, said + min(_RECENT_MOST, _RECENT * recent))


def machine_need(base: float, normal: int = 0, right: int = 0, recent: int = 0) -> float:
    """Of a machine's baseline, likewise; `base` is what its own commissioning asks for."""
    said = max(base - _FLOOR, base + _MACHINE_NORMAL * normal - _MACHINE_RIGHT * right)
    return min(MOST_OF_A_MACHINE, said + min(_MACHINE_RECENT_MOST, _MACHINE_RECENT * recent))
