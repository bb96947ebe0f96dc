"""Sequence numbers: gaps, repetitions, disorder."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.core.sequence import Seen, Sequence


def test_a_gap_is_counted_and_filled() -> None:
    seen = Sequence()
    for seq in (1, 2, 3, 4, 5, 6, 8, 9, 10):
        assert seen.take(seq) is Seen.NEXT
    assert seen.missing == 1
    assert seen.take(7) is Seen.FILLED
    assert seen.missing == 0
    assert seen.take(7) is Seen.AGAIN


def test_what_an_earlier_run_had_is_unsure() -> None:
    seen = Sequence(100)
    assert seen.take(100) is Seen.UNSURE
    assert seen.take(101) is Seen.NEXT
    assert seen.take(101) is Seen.AGAIN
    assert seen.take(103) is Seen.NEXT
    assert seen.missing == 1


@given(st.lists(st.integers(0, 40), max_size=120))
def test_it_knows_exactly_what_came_above_the_first(numbers: list[int]) -> None:
    seen, known = Sequence(), set[int]()
    for seq in numbers:
        verdict = seen.take(seq)
        if not known or seq > max(known):
            assert verdict is Seen.NEXT
        elif seq < numbers[0]:
            assert verdict is Seen.UNSURE
        else:
            assert verdict is (Seen.AGAIN if seq in known else Seen.FILLED)
        known.add(seq)
    if numbers:
        above = {seq for seq in known if seq >= numbers[0]}
        assert seen.missing == max(known) - numbers[0] + 1 - len(above)


@given(st.lists(st.integers(0, 10**6), max_size=300))
def test_its_memory_is_bounded_and_nothing_known_is_ever_called_new(numbers: list[int]) -> None:
    seen, known = Sequence(), set[int]()
    for seq in numbers:
        verdict = seen.take(seq)
        assert not (seq in known and verdict in (Seen.NEXT, Seen.FILLED))
        known.add(seq)
        assert len(seen._gaps) <= 33
