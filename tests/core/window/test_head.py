from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest

from gateway.core.errors import Refused
from gateway.core.window.features import BUMPS, MEASURED, features
from gateway.core.window.head import PLACE, Head, Opinion, Prior, basis, confidence, distance, read_prior
from gateway.core.window.moment import Moment
from gateway.core.window.teacher import teach

_SIZE = 2 * BUMPS + 2  # no trunk: only what the basis holds beside it


def _moment(hour: float = 18.0, temperature_c: float = 26.0) -> Moment:
    return Moment(
        time_ms=0, hour=hour, day=180, temperature_c=temperature_c, outdoor_temperature_c=18.0, outdoor_mean_c=18.0
    )


def _at(hour: float = 18.0, temperature_c: float = 26.0) -> np.ndarray:
    return basis([], _moment(hour, temperature_c))


def _prior(like: tuple[float, float, float] = (0.3, 0.4, 0.3)) -> Prior:
    """The teacher, for certain; somebody who is as he is but for some hours; and one who opens 30 more, always."""
    teacher = np.zeros(_SIZE)
    teacher[-2] = 100.0
    wider = teacher + np.eye(_SIZE)[-1] * 30.0
    constant = np.zeros((_SIZE, _SIZE))
    constant[-1, -1] = 100.0
    length = np.zeros((1, len(PLACE)))
    length[0, 0] = 1.0 / 1.5
    return Prior(
        weight=np.array(like),
        mean=np.stack([teacher, teacher, wider]),
        group=np.array([0, 1, 2]),
        cov=np.stack([np.zeros((_SIZE, _SIZE)), np.zeros((_SIZE, _SIZE)), constant]),
        noise_pp=np.array([8.0, 8.0, 8.0]),
        local_pp=np.array([[0.0], [20.0], [0.0]]),
        local_scale=length,
        spread_edges=np.array([10.0]),
        quantiles=np.stack([np.stack([np.linspace(0.0, 2.0, 64), np.linspace(0.0, 4.0, 64)])] * 4),
        hull_centre=np.zeros(len(MEASURED)),
        hull_scale=np.eye(len(MEASURED)) / 9.0,
    )


def _taught(lessons: Iterable[tuple[np.ndarray, float]], prior: Prior | None = None) -> Head:
    head = Head(prior or _prior())
    for at, wanted in lessons:
        head.learn(at, wanted)
    return head


def test_the_untaught_head_says_what_the_teacher_says_when_most_owners_are_like_him() -> None:
    opinion = Head(_prior((0.8, 0.1, 0.1))).opinion(_at())
    assert opinion.position_pct == pytest.approx(teach(_moment()), abs=1.0)


def test_one_override_moves_the_answer_towards_what_was_wanted() -> None:
    before = Head(_prior()).opinion(_at()).position_pct
    after = _taught([(_at(), before + 40.0)]).opinion(_at()).position_pct
    assert before + 15.0 < after <= before + 40.0


def test_overrides_in_the_evening_leave_the_morning_alone() -> None:
    prior = _prior((0.29, 0.7, 0.01))
    start = Head(prior).opinions(np.stack([_at(20.0), _at(8.0)]))[0]
    head = _taught([(_at(hour), start[0] + 30.0) for hour in (19.0, 20.0)], prior)
    moved = head.opinions(np.stack([_at(20.0), _at(8.0)]))[0] - start
    assert moved[0] > 15.0
    assert abs(moved[1]) < 5.0


def test_overrides_at_all_hours_are_taken_for_somebody_who_always_wants_more() -> None:
    start = Head(_prior()).opinion(_at(12.0)).position_pct
    head = _taught([(_at(hour), teach(_moment(hour)) + 30.0) for hour in (2.0, 8.0, 20.0)])
    assert head.opinion(_at(14.0)).position_pct - start > 15.0


def _teacher_or_wider() -> Prior:
    """The teacher, or nearly as likely one who opens 30 more: what a lesson says, it says of everywhere."""
    prior = _prior((0.6, 1e-9, 0.4))
    return replace(prior, noise_pp=np.array([12.0, 12.0, 12.0]))


def test_one_override_moves_less_in_weather_and_at_hours_far_from_it() -> None:
    start = Head(_teacher_or_wider()).opinion(_at(18.0)).position_pct
    head = _taught([(_at(18.0), start + 22.0)], _teacher_or_wider())
    far_hour, usual = _at(6.0), Head(_teacher_or_wider())
    moved = head.opinion(_at(18.0)).position_pct - start
    assert moved > 5.0
    assert abs(head.opinion(far_hour).position_pct - usual.opinion(far_hour).position_pct) < 0.5 * moved
    frosty = basis([], Moment(time_ms=0, hour=18.0, day=180, temperature_c=26.0, outdoor_temperature_c=-6.0))
    assert abs(head.opinion(frosty).position_pct - usual.opinion(frosty).position_pct) < 0.5 * moved


def test_who_has_to_correct_what_was_learnt_gets_the_untaught_answer_sooner(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = Head(_prior()).opinion(_at(12.0)).position_pct
    lessons = [(_at(hour), teach(_moment(hour)) + more) for hour, more in ((2.0, 40.0), (8.0, 35.0), (18.0, 0.0))]
    guarded = _taught(lessons).opinion(_at(12.0)).position_pct
    monkeypatch.setattr("gateway.core.window.head._DOUBT_REGRET", 0.0)
    bold = _taught(lessons).opinion(_at(12.0)).position_pct
    assert usual <= guarded < bold - 1.0


def test_who_corrects_nothing_that_was_learnt_is_believed_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    lessons = [(_at(hour), teach(_moment(hour)) + 30.0) for hour in (2.0, 8.0, 20.0)]
    guarded = _taught(lessons).opinion(_at(14.0)).position_pct
    monkeypatch.setattr("gateway.core.window.head._DOUBT_REGRET", 0.0)
    assert guarded == _taught(lessons).opinion(_at(14.0)).position_pct


def test_lessons_make_it_surer_where_they_were() -> None:
    wanted = teach(_moment())
    before = Head(_prior()).opinion(_at()).spread_pp
    after = _taught([(_at(), wanted)] * 3).opinion(_at()).spread_pp
    assert after < before


def test_a_component_that_expected_beyond_the_end_learns_nothing_from_the_end() -> None:
    below, everything = _prior(), np.eye(_SIZE)[-1]
    one = replace(
        below, weight=np.ones(1), mean=-20.0 * everything[None], group=np.zeros(1, np.int64), cov=below.cov[2:],
        noise_pp=below.noise_pp[2:], local_pp=below.local_pp[2:],
    )  # fmt: skip
    shut = _taught([(_at(), 0.0)] * 3, one)
    ajar = _taught([(_at(), 1.0)] * 3, one)
    shut.learn(_at(), 60.0)
    ajar.learn(_at(), 60.0)
    assert shut.opinion(_at()).position_pct + 5.0 < ajar.opinion(_at()).position_pct


def test_one_odd_override_among_many_does_not_turn_everything() -> None:
    usual = [(_at(hour), teach(_moment(hour)) + 30.0) for hour in (2.0, 6.0, 10.0, 14.0, 18.0, 22.0)]
    calm = _taught(usual).opinion(_at(12.0)).position_pct
    odd = _taught([*usual, (_at(4.0), 0.0)]).opinion(_at(12.0)).position_pct
    assert odd == pytest.approx(calm, abs=10.0)


def test_the_same_lessons_in_the_same_order_give_the_same_head_bit_for_bit() -> None:
    lessons = [(_at(float(hour % 24)), float(hour * 7 % 101)) for hour in range(40)]
    probes = np.stack([_at(float(hour)) for hour in range(24)])
    first, second = (_taught(lessons).opinions(probes) for _ in range(2))
    assert np.array_equal(first[0], second[0])
    assert np.array_equal(first[1], second[1])


def test_256_lessons_keep_every_answer_a_percentage_with_a_spread() -> None:
    rng = np.random.default_rng(1)
    moments = [_at(float(rng.uniform(0, 24)), float(rng.uniform(17, 32))) for _ in range(256)]
    head = _taught((at, float(rng.uniform(0, 100))) for at in moments)
    positions, spreads = head.opinions(np.stack([_at(float(hour)) for hour in range(24)]))
    assert head.lessons == 256
    assert (positions >= 0.0).all()
    assert (positions <= 100.0).all()
    assert np.isfinite(spreads).all()
    assert (spreads > 0.0).all()


def test_a_head_learns_nothing_for_another_head_of_the_same_prior() -> None:
    prior = _prior()
    before = Head(prior).opinion(_at())
    _taught([(_at(), 100.0)] * 5, prior)
    assert Head(prior).opinion(_at()) == before


def test_many_moments_at_once_get_the_answers_they_get_one_by_one() -> None:
    head = _taught([(_at(20.0), 90.0), (_at(7.0), 10.0)])
    probes = np.stack([_at(float(hour), 20.0 + hour / 3.0) for hour in range(24)])
    together = [Opinion(float(p), float(s)) for p, s in zip(*head.opinions(probes), strict=True)]
    for one, probe in zip(together, probes, strict=True):
        alone = head.opinion(probe)
        assert alone.position_pct == pytest.approx(one.position_pct, abs=1e-6)
        assert alone.spread_pp == pytest.approx(one.spread_pp, rel=1e-6)


def test_the_basis_ends_with_where_the_moment_lies() -> None:
    at = basis([0.5, -0.5], _moment(hour=18.0))
    assert len(at) == 2 + _SIZE + len(PLACE)
    assert at[:2].tolist() == [0.5, -0.5]
    assert at[2 + _SIZE - 2] == pytest.approx(teach(_moment()) / 100.0)
    assert at[-len(PLACE)] == 18.0


def test_a_basis_needs_a_temperature() -> None:
    with pytest.raises(Refused):
        basis([], Moment(time_ms=0, hour=1.0, day=1))


def test_confidence_is_the_part_of_errors_that_were_within_15_points() -> None:
    prior = _prior()
    assert confidence(7.5, 0, 0.0, prior) == pytest.approx(1.0, abs=0.01)
    assert confidence(15.0, 0, 0.0, prior) == pytest.approx(0.25, abs=0.01)
    assert confidence(30.0, 0, 0.0, prior) == pytest.approx(0.125, abs=0.01)


def test_confidence_falls_outside_what_it_was_trained_on() -> None:
    prior = _prior()
    inside = confidence(8.0, 5, 0.9, prior)
    assert confidence(8.0, 5, 1.0, prior) == inside
    assert confidence(8.0, 5, 3.0, prior) == pytest.approx(inside * np.exp(-2.0))


def test_the_distance_grows_with_the_temperature_and_ignores_what_is_not_known() -> None:
    prior = _prior()
    known = features(_moment(temperature_c=24.0), clip=False)
    assert distance(features(_moment(temperature_c=60.0), clip=False), prior) > distance(known, prior)
    silent = list(known)
    silent[2] = 50.0  # humidity, of which the mask says that it is not known
    assert distance(silent, prior) == distance(known, prior)


def test_a_prior_survives_being_written_and_read() -> None:
    prior = _prior()
    again = read_prior(vars(prior))
    assert all(np.array_equal(getattr(prior, name), getattr(again, name)) for name in vars(prior))


@pytest.mark.parametrize(
    ("name", "instead", "words"),
    [
        ("cov", None, "cov is missing"),
        ("cov", np.zeros((3, 4, 4)), "cov has the shape"),
        ("group", np.array([0, 1, 7]), "a group that is not there"),
        ("weight", np.array([0.5, 0.5, np.nan]), "not finite"),
        ("weight", np.array([0.5, 0.5, 0.0]), "a weight not above 0"),
        ("mean", np.zeros(3), "has the shape"),
        ("local_scale", np.zeros((1, 3)), "local_scale has the shape"),
    ],
)
def test_an_odd_prior_is_refused_with_the_reason(name: str, instead: np.ndarray | None, words: str) -> None:
    arrays = dict(vars(_prior()))
    if instead is None:
        del arrays[name]
    else:
        arrays[name] = instead
    with pytest.raises(ValueError, match=words):
        read_prior(arrays)
