"""Comparisons with their latches and bands, and how several truths become one."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.rules.comparing import Test as Compare
from gateway.core.rules.leaves import FactLeaf, blocking, truth_of

figures = st.integers(-10, 10).map(float)
tests = st.builds(
    Compare,
    st.sampled_from((">", ">=", "<", "<=", "==", "!=", "between")),
    figures,
    figures,
    st.sampled_from((0.0, 1.0, 2.5)),
)


@pytest.mark.parametrize(
    ("operator", "becomes", "stays", "ends"),
    [(">", 70.5, 65.5, 65.0), (">=", 70.0, 65.0, 64.5), ("<", 69.5, 74.5, 75.0), ("<=", 70.0, 75.0, 75.5)],
)
def test_hysteresis_is_on_the_side_where_it_ends(operator: str, becomes: float, stays: float, ends: float) -> None:
    test = Compare(operator, 70.0, hysteresis=5.0)
    assert test.settle(becomes, 0) == 1
    assert test.settle(stays, 1) == 1
    assert test.settle(stays, 0) == 0
    assert test.settle(ends, 1) == 0


def test_between_takes_the_lower_border_and_not_the_upper() -> None:
    test = Compare("between", 10.0, 20.0)
    assert [test.settle(figure, 0) for figure in (9.9, 10.0, 19.9, 20.0)] == [0, 1, 1, 0]


@given(tests, figures, st.lists(figures, max_size=20))
def test_inside_its_band_nothing_flips(test: Compare, first: float, others: list[float]) -> None:
    truth = test.settle(first, -1)
    low, high = test.band(first, truth)
    for figure in others:
        if low < figure < high:
            assert test.settle(figure, truth) == truth


def fact(truth: int) -> FactLeaf:
    leaf = FactLeaf(f"leaf{truth}", "key", lambda fact: truth)
    assert leaf.truth == truth
    return leaf


def test_all_any_and_not_are_kleenes() -> None:
    for one, other in product((0, 1, -1), repeat=2):
        order = {0: 0, -1: 1, 1: 2}
        least, most = sorted((one, other), key=order.__getitem__)
        both = (fact(one), fact(other))
        assert truth_of(("all", both), 0) == least
        assert truth_of(("any", both), 0) == most
        assert truth_of(("not", both[:1]), 0) == {0: 1, 1: 0, -1: -1}[one]


def test_the_leaf_that_blocks_is_the_one_that_is_false() -> None:
    false, true, unknown = fact(0), fact(1), fact(-1)
    assert blocking(("all", (unknown, true, false)), 0) is false
    assert blocking(("all", (true, unknown)), 0) is unknown
    assert blocking(("not", (("any", (false, true)),)), 0) is true
    assert blocking(("any", (false, ("not", (true,)))), 0) is false
