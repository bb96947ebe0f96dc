from __future__ import annotations

import random

import pytest

from gateway.core.health.two_valued import split


def test_on_and_off_are_told_apart_whatever_the_unit() -> None:
    for scale in (1e-3, 1.0, 1e3):
        edge = split([0.02 * scale] * 30 + [0.85 * scale] * 70)
        assert edge is not None
        assert 0.02 * scale < edge < 0.85 * scale


def test_few_minutes_between_on_and_off_do_not_hide_them() -> None:
    assert split([0.0] * 40 + [0.5] * 4 + [1.0] * 60) is not None


@pytest.mark.parametrize("shape", ["bell", "even", "same"])
def test_what_does_not_fall_into_two_has_no_edge(shape: str) -> None:
    rng = random.Random(1)
    draw = {"bell": lambda: rng.gauss(5.0, 1.0), "even": rng.random, "same": lambda: 3.0}[shape]
    assert split([draw() for _ in range(500)]) is None


def test_one_spike_is_not_a_second_value() -> None:
    assert split([1.0, 1.01, 0.99] * 100 + [50.0]) is None
