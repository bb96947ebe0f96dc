"""The labelled corpus of `gateway bench quality`, in small."""

from __future__ import annotations

import pytest

from gateway.bench.households import House, Recording, record
from gateway.bench.plain_checker import PlainChecker
from gateway.bench.quality import Plan, measure, run
from gateway.bench.sensor_faults import KINDS, Outcome, examine, suffers
from gateway.core.judging.rules import rule
from gateway.core.judging.series import Series

HOUSE = House(7, 300, 1_769_904_000_000, 5)


@pytest.fixture(scope="module")
def recordings() -> list[Recording]:
    return record(HOUSE)


@pytest.fixture(scope="module")
def ours(recordings: list[Recording]) -> Outcome:
    return examine(HOUSE, recordings, lambda metric, outdoor: Series(rule(metric)), 1)


def test_the_same_seed_gives_the_same_life_and_the_same_faults(recordings: list[Recording], ours: Outcome) -> None:
    again = record(HOUSE)
    assert [one.series for one in again] == [one.series for one in recordings]
    assert examine(HOUSE, again, lambda metric, outdoor: Series(rule(metric)), 1) == ours


def test_every_series_suffers_every_kind_that_can_be_told_from_life(recordings: list[Recording], ours: Outcome) -> None:
    wanted = sum(suffers(kind, metric, one) for kind in KINDS for one in recordings for metric in one.series)
    assert len(ours.episodes) == wanted
    assert {episode.kind for episode in ours.episodes} == {kind.name for kind in KINDS}


def test_a_fault_is_found_after_it_begins(ours: Outcome) -> None:
    found = [episode.delay_ms for episode in ours.episodes if episode.delay_ms is not None]
    assert min(found) >= 0
    assert len(found) > len(ours.episodes) / 2


def test_both_checkers_meet_the_same_faults(recordings: list[Recording], ours: Outcome) -> None:
    peers = examine(HOUSE, recordings, PlainChecker, 1)
    assert [(one.kind, one.metric) for one in peers.episodes] == [(one.kind, one.metric) for one in ours.episodes]


def test_the_report_has_a_figure_for_each_bar() -> None:
    short = House(8, 600, 1_769_904_000_000, 3)
    report = run(Plan((short,), each=1))
    barred = {figure.name for figure in report.figures if figure.at_least is not None or figure.at_most is not None}
    assert barred == {"recall", "false_flags", "delay_stuck_median"}
    assert measure(short, 1) == measure(short, 1)
