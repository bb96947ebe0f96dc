from __future__ import annotations

import pytest

from gateway.flow.words import duration, line


@pytest.mark.parametrize(
    ("ms", "words"),
    [
        (-5, "0 s"),
        (59_999, "59 s"),
        (60_000, "1 min"),
        (3_599_999, "59 min"),
        (3_600_000, "1 h"),
        (11_100_000, "3 h 5 min"),
        (86_400_000, "1 day"),
        (100_000_000, "1 day 3 h"),
        (6 * 86_400_000 + 7_200_000, "6 days 2 h"),
        (12 * 86_400_000 + 7_200_000, "12 days"),
    ],
)
def test_durations_are_said_in_two_units_at_most(ms: int, words: str) -> None:
    assert duration(ms) == words


def test_what_a_node_says_is_one_bounded_printable_line() -> None:
    assert line("a\n\x1b[31mb", 80) == "a\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}[31mb"
    assert line("x" * 80, 80) == "x" * 80
    assert line("x" * 81, 80) == "x" * 79 + "…"
