"""Regimes: what a machine jumps between, and what only looks like it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from math import sin

import pytest

from gateway.core.anomaly.machine_band import Row
from gateway.core.anomaly.machine_regimes import Node, Steady, Switch, Tree, find, sorted_out


def levels(plan: Sequence[tuple[int, float]], noise: float = 0.05, channels: int = 1, seed: int = 1) -> list[Row]:
    """Each so many rows at a level; every channel at its own multiple of it."""
    chance = random.Random(seed)
    return [
        [(at + 1) * level + noise * chance.gauss(0, 1) for at in range(channels)]
        for count, level in plan
        for _ in range(count)
    ]


def test_a_machine_that_switches_often_has_two_regimes() -> None:
    tree = find(levels([(20, 1.0), (10, 0.0)] * 10))
    assert tree.count == 2
    assert tree.regime([0.9]) != tree.regime([0.1])


def test_three_speeds_are_three_regimes() -> None:
    tree = find(levels([(20, 0.0), (20, 1.0), (20, 2.0)] * 6))
    assert tree.count == 3
    assert len({tree.regime([speed]) for speed in (0.0, 1.0, 2.0)}) == 3


def test_never_more_than_four_regimes() -> None:
    assert find(levels([(20, float(speed)) for speed in range(8)] * 4)).count <= 4


@pytest.mark.parametrize("seed", range(10))
def test_a_drift_is_no_regime(seed: int) -> None:
    chance = random.Random(seed)
    value, rows = 0.0, []
    for _ in range(1000):
        value += chance.gauss(0, 1)
        rows.append([value, chance.gauss(0, 1)])
    assert find(rows).count == 1


@pytest.mark.parametrize("seed", range(5))
def test_flicker_between_two_steps_of_a_sensor_is_no_regime(seed: int) -> None:
    chance = random.Random(seed)
    assert find([[32.0 if chance.random() < 0.2 else 31.0] for _ in range(400)]).count == 1


def test_one_step_that_does_not_come_again_is_no_regime() -> None:
    assert find(levels([(300, 0.0), (300, 1.0)], channels=3)).count == 1


def test_a_speed_that_was_entered_once_needs_two_channels_that_agree() -> None:
    plan = [(200, 1.0), (200, 0.4), (200, 1.0)]
    assert find(levels(plan, noise=0.02)).count == 1
    assert find(levels(plan, noise=0.02, channels=2)).count == 2


def test_a_sinus_is_no_regime() -> None:
    assert find([[sin(at / 30)] for at in range(1000)]).count == 1


def test_channels_vote_so_that_one_false_sensor_does_not_decide() -> None:
    tree = find(levels([(20, 1.0), (10, 0.0)] * 10, channels=3))
    on = tree.regime([1.0, 2.0, 3.0])
    assert tree.regime([0.0, 2.0, 3.0]) == on
    assert tree.regime([None, 2.0, None]) == on
    assert tree.regime([None, None, None]) is None


def test_rows_beside_a_switch_do_not_come_through() -> None:
    tree = find(levels([(20, 1.0), (10, 0.0)] * 10, noise=0.0))
    numbered: list[Row] = [[1.0] for _ in range(6)] + [[0.0] for _ in range(6)]
    steady = Steady(tree)
    through = [at for at, row in enumerate(numbered) if steady.push(row) is not None]
    # The first two rows of a run are left out, the others come one late, and the last never.
    assert through == [3, 4, 5, 9, 10, 11]


def test_with_one_regime_every_row_comes_through_at_once() -> None:
    steady = Steady(Tree())
    assert steady.push([1.0]) == [1.0]
    assert steady.regime == 0


def test_rows_are_sorted_out_with_the_longest_absence_of_each_regime() -> None:
    rows = levels([(20, 1.0), (10, 0.0)] * 4, noise=0.0)
    tree = find(rows)
    parts, away = sorted_out(tree, rows)
    on, off = tree.regime([1.0]), tree.regime([0.0])
    assert on is not None
    assert off is not None
    assert (away[on], away[off]) == (10, 20)
    assert all(row == [1.0] for row in parts[on])
    assert len(parts[on]) == 4 * 17
    assert len(parts[off]) == 4 * 7


@pytest.mark.parametrize(
    "tree",
    [
        Tree((Node((Switch(5, 0.0, 1.0),), ~0, ~1),), 2),
        Tree((Node((Switch(0, 0.0, 0.0),), ~0, ~1),), 2),
        Tree((Node((Switch(0, 0.0, 1.0),), 0, ~1),), 2),
        Tree((Node((Switch(0, 0.0, 1.0),), ~0, ~2),), 2),
        Tree((Node((), ~0, ~1),), 2),
    ],
)
def test_a_tree_that_makes_no_sense_is_refused(tree: Tree) -> None:
    with pytest.raises(ValueError, match="regimes"):
        tree.check(1)
