"""Regimes of a machine (off, on, slow): found in its commissioning rows, and told of later ones.

A regime is where channels jump to and stay: two levels far apart, with hardly anything between them, entered more than
once. A drift is none, and neither is a value that flickers between two steps of its sensor.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import msgspec

from .machine_band import Row

MOST_REGIMES = 4
AFTER_SWITCH = 2
"""Rows after a switch that are not judged; before one it is the last."""
LEAST_ROWS = 12
"""Rows that a regime has at least."""
LEAST_SHARE = 0.04
APART = 5.0
"""Two levels are so many spreads apart, the spread being what rows deviate from their level."""
LEAST_SWITCHES = 2
SURE_SWITCHES = 4
"""With fewer, two channels have to agree: a machine that changed its speed once shows it in more than one."""
CHANCE = 0.25
"""It switches at most so often as values without memory would, else it only flickers."""
BETWEEN = 2.0
"""Rows a switch that may lie in the middle third between two levels."""

_ROUNDS = 30


class Switch(msgspec.Struct, frozen=True, array_like=True):
    """One channel's say: the second regime lies on the far side of `middle`, seen from the first."""

    channel: int
    middle: float
    step: float
    """From the first level to the second, with sign."""


class Node(msgspec.Struct, frozen=True, array_like=True):
    """A fork: the channels that differ vote; then on to another fork (a place in the tree) or a regime (~regime)."""

    switches: tuple[Switch, ...]
    first: int
    second: int


class Tree(msgspec.Struct, frozen=True, array_like=True):
    """Forks, the first of them asked first; none: there is one regime."""

    nodes: tuple[Node, ...] = ()
    count: int = 1

    def check(self, size: int) -> None:
        """Raises ValueError when this cannot be a tree over `size` channels."""
        for at, node in enumerate(self.nodes):
            ways = all(at < way < len(self.nodes) or 0 <= ~way < self.count for way in (node.first, node.second))
            told = all(0 <= one.channel < size and one.step and math.isfinite(one.step) for one in node.switches)
            if not (ways and told and node.switches):
                raise ValueError("the regimes of the baseline make no sense")

    def regime(self, row: Row) -> int | None:
        """Which regime a row is in, by the majority of the channels that tell; None when none of them is there."""
        if not self.nodes:
            return 0
        at = 0
        while at >= 0:
            node = self.nodes[at]
            told = 0.0
            for switch in node.switches:
                value = row[switch.channel]
                if value is not None:
                    # Each has one vote, a clear one more than one near the middle.
                    told += min(0.5, max(-0.5, (value - switch.middle) / switch.step))
            if told == 0.0 and all(row[switch.channel] is None for switch in node.switches):
                return None
            at = node.second if told > 0.0 else node.first
        return ~at


class Steady:
    """Lets rows of one regime through, but none beside a switch: those are means over both, or of running up.

    With more than one regime a row comes through one step late, when it is known that no switch followed it.
    """

    __slots__ = ("_pending", "_since", "_tree", "regime")

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._pending: Row | None = None
        self._since = 0
        self.regime: int | None = None if tree.nodes else 0

    def push(self, row: Row) -> Row | None:
        """The row that is now known to be steady, of `regime`; None: there is none yet."""
        if not self._tree.nodes:
            return row
        regime = self._tree.regime(row)
        if regime is None:
            return None
        if regime != self.regime:
            self.regime, self._since, self._pending = regime, 0, None
            return None
        self._since += 1
        if self._since < AFTER_SWITCH:
            return None
        steady, self._pending = self._pending, row
        return steady

    def kept(self) -> tuple[int | None, int, tuple[float | None, ...] | None]:
        """What has to outlive the process."""
        return self.regime, self._since, None if self._pending is None else tuple(self._pending)

    def restore(self, kept: tuple[int | None, int, tuple[float | None, ...] | None]) -> None:
        """Take back what `kept` gave. Raises ValueError when it is of another tree."""
        regime, _, pending = kept
        channels = [switch.channel for node in self._tree.nodes for switch in node.switches]
        if (regime is not None and not 0 <= regime < self._tree.count) or (
            pending is not None and len(pending) <= max(channels, default=-1)
        ):
            raise ValueError("the state is of other regimes")
        self.regime, self._since, self._pending = kept


def sorted_out(tree: Tree, rows: Sequence[Row]) -> tuple[list[list[Row]], list[int]]:
    """(The steady rows of each regime, the longest time in rows that each was left for)."""
    steady = Steady(tree)
    parts: list[list[Row]] = [[] for _ in range(tree.count)]
    away, longest = [0] * tree.count, [0] * tree.count
    for row in rows:
        kept = steady.push(row)
        for regime in range(tree.count):
            away[regime] = 0 if regime == steady.regime else away[regime] + 1
            longest[regime] = max(longest[regime], away[regime])
        if kept is not None and steady.regime is not None:
            parts[steady.regime].append(kept)
    return parts, longest


def find(rows: Sequence[Row]) -> Tree:
    """The regimes of commissioning rows, at most `MOST_REGIMES`."""
    nodes: list[Node] = []
    regimes = 0

    def grow(members: list[int], room: int) -> int:
        """Place of the fork, or ~regime; of `room` regimes at most."""
        nonlocal regimes
        switches = _switches(rows, members) if room > 1 else ()
        if not switches:
            regimes += 1
            return ~(regimes - 1)
        place = len(nodes)
        fork = Node(switches, 0, 0)
        nodes.append(fork)
        tree = Tree((Node(switches, ~0, ~1),), 2)
        sides: tuple[list[int], list[int]] = ([], [])
        for at in members:
            sides[1 if tree.regime(rows[at]) else 0].append(at)
        first = grow(sides[0], room - 1)
        used = regimes
        second = grow(sides[1], max(1, room - used))
        nodes[place] = Node(switches, first, second)
        return place

    grow(list(range(len(rows))), MOST_REGIMES)
    return Tree(tuple(nodes), regimes)


def _switches(rows: Sequence[Row], members: Sequence[int]) -> tuple[Switch, ...]:
    """The channels that jump between two levels at the same moments as the one that does so most clearly."""
    found = [split for channel in range(len(rows[members[0]])) if (split := _split(rows, members, channel)) is not None]
    if not found:
        return ()
    best = max(found, key=_apart)
    if best.switches < SURE_SWITCHES and not any(one is not best and one.switches == best.switches for one in found):
        return ()
    sides: tuple[list[int], list[int]] = ([], [])
    for at in members:
        value = rows[at][best.channel]
        if value is not None and best.lowest <= value <= best.highest:
            sides[1 if value > best.middle else 0].append(at)
    switches = []
    for channel in range(len(rows[members[0]])):
        first, second = (_level(rows, side, channel) for side in sides)
        if first is None or second is None:
            continue
        step = second[0] - first[0]
        if step and abs(step) >= APART * math.sqrt((first[1] + second[1]) / 2.0):
            switches.append(Switch(channel, (first[0] + second[0]) / 2.0, step))
    return tuple(switches)


def _level(rows: Sequence[Row], members: Sequence[int], channel: int) -> tuple[float, float] | None:
    """Mean and mean square deviation; None for too few values."""
    values = [value for at in members if (value := rows[at][channel]) is not None]
    if len(values) < LEAST_ROWS:
        return None
    mean = math.fsum(values) / len(values)
    return mean, math.fsum((value - mean) ** 2 for value in values) / len(values)


class _Split(NamedTuple):
    channel: int
    apart: float
    lowest: float
    """Of the levels next to the split, as `highest`: there may be further ones."""
    middle: float
    highest: float
    switches: int


def _apart(split: _Split) -> float:
    return split.apart


def _split(rows: Sequence[Row], members: Sequence[int], channel: int) -> _Split | None:
    """The widest step between a channel's levels; None where it has none."""
    values = [value for at in members if (value := rows[at][channel]) is not None]
    least = math.ceil(max(LEAST_ROWS, LEAST_SHARE * len(values)))
    ranked = sorted(values)
    if len(values) < 2 * least or ranked[-1] - ranked[0] <= 1e-9 * max(abs(ranked[0]), abs(ranked[-1])):
        return None
    for count in range(2, MOST_REGIMES + 1):
        found = _levels(ranked, count, least)
        split = None if found is None else _widest(channel, values, found)
        if split is not None:
            return split
    return None


def _widest(channel: int, values: Sequence[float], levels: Sequence[Sequence[float]]) -> _Split | None:
    """Splits ranked values, sorted into levels, at the widest step, if rows jump there and stay."""
    means = [math.fsum(level) / len(level) for level in levels]
    inside = math.fsum((one - mean) ** 2 for level, mean in zip(levels, means, strict=True) for one in level)
    steps = [after - before for before, after in pairwise(means)]
    if min(steps) < APART * math.sqrt(inside / len(values)):
        return None
    step = max(steps)
    at = steps.index(step)
    middle = (means[at] + means[at + 1]) / 2.0
    above = [value > middle for value in values]
    switches = sum(now != before for before, now in pairwise(above))
    between = sum(abs(value - middle) < step / 6.0 for value in values)
    share = sum(above) / len(values)
    by_chance = 2.0 * share * (1.0 - share) * (len(values) - 1)
    if not LEAST_SWITCHES <= switches <= CHANCE * by_chance or between > BETWEEN * switches:
        return None
    apart = step / math.sqrt(inside / len(values)) if inside > 0.0 else math.inf
    return _Split(channel, apart, levels[at][0], middle, levels[at + 1][-1], switches)


def _levels(ranked: Sequence[float], count: int, least: int) -> list[Sequence[float]] | None:
    """Ranked values in `count` groups, each nearest to its mean (k-means in one dimension); None for too small ones."""
    low, wide = ranked[0], ranked[-1] - ranked[0]
    means = [low + wide * (at + 0.5) / count for at in range(count)]
    cuts: list[int] = []
    for _ in range(_ROUNDS):
        before = cuts
        cuts = [0, *(bisect_right(ranked, (one + two) / 2.0) for one, two in pairwise(means)), len(ranked)]
        if cuts == before:
            break
        if any(end - start < least for start, end in pairwise(cuts)):
            return None
        means = [math.fsum(ranked[start:end]) / (end - start) for start, end in pairwise(cuts)]
    return [ranked[start:end] for start, end in pairwise(cuts)]
