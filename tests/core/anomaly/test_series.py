"""The detector of one series."""

from __future__ import annotations

import math
import random

import pytest

from gateway.core.anomaly.scoring import Kind, Scored, chance_of, episode_threshold, pace, score_of
from gateway.core.anomaly.series import ASK, Series

START_S = 1_769_904_000.0


def room(days: int, step_s: int = 300, seed: int = 1) -> list[tuple[float, float]]:
    """A room's temperature: a day's swing, and noise."""
    rng = random.Random(seed)
    count = days * 86_400 // step_s
    moments = (START_S + number * step_s for number in range(count))
    return [(at_s, 20.0 + 2.0 * math.sin(at_s * math.tau / 86_400) + rng.gauss(0.0, 0.2)) for at_s in moments]


def followed(points: list[tuple[float, float]], series: Series | None = None) -> list[Scored]:
    detector = series or Series()
    return [detector.step(at_s, value, int(at_s % 86_400 // 60)) for at_s, value in points]


def test_a_value_as_never_before_is_the_strangest_of_all_and_says_so() -> None:
    points = room(14)
    at_s, value = points[3500]
    points[3500] = (at_s, value + 9.0)
    scored = followed(points)
    assert max(scored[1000:], key=lambda one: one.score).at_s == at_s
    level = next(part for part in scored[3500].parts if part.kind is Kind.LEVEL)
    assert level.first
    assert level.since_s == at_s - START_S
    assert level.size > 4.0
    assert scored[3500].score > episode_threshold(0.1, 300.0)


def test_night_warmth_at_night_is_unusual_for_the_time_of_day_though_no_record() -> None:
    points = [
        (at_s, value + 3.0 if at_s > START_S + 12.6 * 86_400 and at_s < START_S + 12.9 * 86_400 else value)
        for at_s, value in room(14)
    ]
    strangest = max(followed(points)[1000:], key=lambda one: one.score)
    assert strangest.parts[0].kind is Kind.SEASON
    assert 12.6 < (strangest.at_s - START_S) / 86_400 < 12.9


def test_one_fault_that_lasts_is_one_peak_and_not_a_hundred() -> None:
    points = [(at_s, value + (8.0 if at_s > START_S + 10 * 86_400 else 0.0)) for at_s, value in room(14)]
    alarms = [one for one in followed(points)[1000:] if one.score > episode_threshold(1.0, 300.0)]
    assert 1 <= len(alarms) <= 4


def test_a_slow_drift_is_one_shift_though_every_single_step_is_small() -> None:
    begin, day = START_S + 12 * 86_400, 86_400.0
    points = [(at_s, value + 6.0 * max(0.0, min((at_s - begin) / day, 1.5))) for at_s, value in room(14, 60, seed=8)]
    scored = followed(points)
    calm = max(one.score for one in scored if START_S + 4 * day < one.at_s < begin)
    drifting = [one for one in scored if one.at_s >= begin and one.score > max(calm, episode_threshold(2.0, 60.0))]
    assert drifting
    assert drifting[0].at_s < begin + 1.5 * day
    assert any(part.kind is Kind.SHIFT and part.size > 0.0 for one in drifting for part in one.parts)


def test_going_on_from_what_was_kept_scores_as_never_having_stopped() -> None:
    points = room(20, seed=3)
    straight, first = Series(), Series()
    whole = followed(points, straight)
    followed(points[:3000], first)
    kept = first.kept()
    assert followed(points[3000:], Series.of(kept)) == whole[3000:]
    assert Series.of(kept).kept() == kept


def test_what_is_kept_fits_in_four_kilobytes_after_half_a_year_too() -> None:
    series = Series()
    followed(room(180, 1800), series)
    assert len(series.kept()) <= 4096


@pytest.mark.parametrize("damaged", [b"", b"\x09" + bytes(6), b"\x02" + bytes(3000)])
def test_what_is_damaged_is_refused(damaged: bytes) -> None:
    with pytest.raises(ValueError, match="kept"):
        Series.of(damaged)


def test_what_was_cut_short_is_refused() -> None:
    series = Series()
    followed(room(1), series)
    for cut in (1, 8, 900):
        with pytest.raises(ValueError, match="damaged"):
            Series.of(series.kept()[:-cut])


@pytest.mark.parametrize(("factor", "offset"), [(1e-3, 0.0), (1.8, 32.0), (1e6, -4e7)])
def test_another_unit_changes_no_score(factor: float, offset: float) -> None:
    points = room(12, seed=5)
    points[3000] = (points[3000][0], points[3000][1] + 4.0)
    here = [one.score for one in followed(points)]
    there = [one.score for one in followed([(at_s, value * factor + offset) for at_s, value in points])]
    assert there == pytest.approx(here, abs=1e-4)


def test_an_upside_down_series_is_as_strange() -> None:
    points = room(12, seed=5)
    here = [one.score for one in followed(points)]
    assert [one.score for one in followed([(at_s, -value) for at_s, value in points])] == pytest.approx(here, abs=1e-4)


@pytest.mark.parametrize("later_s", [60, 17 * 60, 86_400 * 1000 + 7 * 3600])
def test_the_same_life_at_another_time_scores_the_same(later_s: int) -> None:
    points = room(12, seed=6)
    here = [one.score for one in followed(points)]
    assert [one.score for one in followed([(at_s + later_s, value) for at_s, value in points])] == here


def test_no_score_knows_what_comes_after() -> None:
    points = room(12, seed=7)
    assert followed(points)[:2000] == followed(points[:2000])


def test_after_a_gap_the_step_over_it_is_no_jump() -> None:
    points = [(at_s + (6 * 86_400 if at_s > START_S + 8 * 86_400 else 0.0), value) for at_s, value in room(12)]
    kinds = {part.kind for one in followed(points)[2305:2306] for part in one.parts}
    assert Kind.JUMP not in kinds


def test_what_never_moves_is_never_strange() -> None:
    scored = followed([(START_S + 300.0 * number, 4.2) for number in range(4000)])
    assert max(one.score for one in scored) == 0.0


def test_a_value_that_is_no_number_is_neither_judged_nor_learnt() -> None:
    series = Series()
    followed(room(4), series)
    before = series.kept()
    assert series.step(START_S + 5 * 86_400, math.nan, 0).score == 0.0
    assert series.kept() == before


def test_within_quiet_nothing_is_a_record_of_level() -> None:
    series = Series()
    assert series.quiet == (-math.inf, math.inf)
    followed(room(6), series)
    low, high = series.quiet
    assert 16.0 < low < 18.5 < 21.5 < high < 24.0


def test_the_fusion_model_is_asked_only_where_the_formula_asks() -> None:
    points = room(14)
    points[3500] = (points[3500][0], 29.0)
    asked = []

    def fuse(features: object) -> float:
        asked.append(features)
        return 0.77

    series = Series()
    scored = [series.step(at_s, value, int(at_s % 86_400 // 60), fuse) for at_s, value in points]
    assert scored[3500].score == 0.77
    assert len(asked) == sum(one.score >= ASK for one in scored) < 60


def test_ready_needs_days_and_points() -> None:
    assert not followed(room(2))[-1].ready
    assert not followed(room(10, 7200))[-1].ready
    assert followed(room(4))[-1].ready


def test_a_threshold_is_a_chance_in_five_minutes_of_normal_life() -> None:
    assert chance_of(episode_threshold(0.5, 300.0)) == pytest.approx(0.5 * 300.0 / 604_800)
    assert score_of(1.0) == 0.0
    assert episode_threshold(0.1, 60.0) > episode_threshold(1.0, 60.0) > episode_threshold(1.0, 300.0)
    assert pace(60.0) == pytest.approx(0.51, abs=0.01)
    with pytest.raises(ValueError, match="above nought"):
        episode_threshold(0.0, 60.0)


@pytest.mark.parametrize("absurd", [1e160, -1e300, 1.7e308, math.inf, math.nan])
def test_a_number_beyond_all_measure_is_not_learnt_and_breaks_nothing(absurd: float) -> None:
    one, other = Series(), Series()
    for at in range(700):
        value = 20.0 + math.sin(at / 9.0)
        one.step(at * 60.0, value, at % 1440)
        other.step(at * 60.0, value, at % 1440)
        if at == 600:
            assert one.step(at * 60.0 + 30.0, absurd, at % 1440).score == 0.0
    assert one.kept() == other.kept()
