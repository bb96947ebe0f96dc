"""Readings laid beside a history: nothing is called strange or missing because of the order of looking."""

from __future__ import annotations

import random

from gateway.simulator.play.evidence import Row
from gateway.simulator.play.ledger import Entry, Fate
from gateway.simulator.play.matching import match

_TOLERANCE_MS = 5_000


def entry(due_ms: int, fate: Fate = Fate.ACKNOWLEDGED, value: float = 20.0) -> Entry:
    return Entry("b", due_ms, due_ms, due_ms, None, {"temperature": value}, fate)


def row(time_ms: int, value: float = 20.0) -> Row:
    return Row(time_ms, value)


def extra(entries: list[Entry], rows: list[Row]) -> list[int]:
    return [time_ms for time_ms, _ in match(entries, rows, "temperature", _TOLERANCE_MS).extra]


def missing(entries: list[Entry], rows: list[Row]) -> list[int]:
    return [one.due_ms for one in match(entries, rows, "temperature", _TOLERANCE_MS).missing]


def test_what_is_there_twice_never_sent_or_missing_is_found() -> None:
    entries = [entry(1_000), entry(2_000, value=21.0), entry(30_000)]
    assert extra(entries, [row(1_100), row(1_200), row(2_000, 21.0), row(9_000, 22.0)]) == [1_200, 9_000]
    assert missing(entries, [row(1_100)]) == [2_000, 30_000]
    assert extra([entry(1_000, Fate.LOST)], [row(1_000)]) == [1_000]
    assert extra([entry(1_000, Fate.WAITING)], [row(1_000)]) == [1_000]


def test_what_may_have_arrived_is_neither_missing_nor_strange() -> None:
    for fate in (Fate.UNSURE, Fate.SENT):
        assert extra([entry(1_000, fate)], [row(1_000)]) == []
        assert missing([entry(1_000, fate)], []) == []


def test_an_acknowledged_one_does_not_take_the_row_of_one_that_may_have_arrived() -> None:
    entries = [entry(5_000, Fate.UNSURE), entry(9_900)]
    assert extra(entries, [row(5_200), row(10_100)]) == []
    assert missing(entries, [row(5_200)]) == []
    assert missing(entries, [row(4_000)]) == [9_900]


def test_whatever_was_sent_within_the_tolerance_is_found() -> None:
    dice = random.Random(5)
    for _ in range(300):
        entries, rows = [], []
        for n in range(dice.randrange(1, 30)):
            fate = dice.choice((Fate.ACKNOWLEDGED, Fate.ACKNOWLEDGED, Fate.UNSURE, Fate.LOST))
            value = dice.choice((20.0, 20.1))
            entries.append(entry(n * 500, fate, value))
            if fate is Fate.ACKNOWLEDGED or (fate is Fate.UNSURE and dice.random() < 0.5):
                rows.append(row(n * 500 + dice.randrange(-_TOLERANCE_MS, _TOLERANCE_MS), value))
        found = match(entries, rows, "temperature", _TOLERANCE_MS)
        assert (found.missing, found.extra) == ([], [])
        strange = match(entries, [*rows, row(10**6)], "temperature", _TOLERANCE_MS)
        assert strange.extra == [(10**6, 20.0)]
