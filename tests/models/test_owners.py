from __future__ import annotations

import numpy as np
import pytest

from gateway.core.window.features import features
from gateway.core.window.head import basis
from gateway.core.window.moment import Moment
from gateway.core.window.teacher import teach
from models.window.columns import Columns, joined, of_moments
from models.window.fitting import heads
from models.window.network import Course, phi_as_int8, trained
from models.window.owners import SHARES, Family, owner, owners
from models.window.seasons import FROM_OUTSIDE, weeks
from models.window.teacher_many import basis_many, features_many, teach_many


@pytest.fixture(scope="module")
def columns() -> Columns:
    return joined(weeks(12, 6, np.random.default_rng(3)))


def test_many_moments_are_taught_and_described_as_one_is(columns: Columns) -> None:
    some = columns.take(np.arange(0, len(columns), 23))
    positions, rows, wide = teach_many(some), features_many(some), features_many(some, clip=False)
    bases = basis_many(np.zeros((len(some), 0)), some)
    for number in range(len(some)):
        moment = some.moment(number)
        assert positions[number] == pytest.approx(teach(moment), abs=1e-9)
        assert rows[number].tolist() == pytest.approx(features(moment), abs=1e-9)
        assert wide[number].tolist() == pytest.approx(features(moment, clip=False), abs=1e-9)
        assert bases[number].tolist() == pytest.approx(basis([], moment).tolist(), abs=1e-9)


def test_moments_survive_the_way_into_columns_and_back() -> None:
    moments = [
        Moment(time_ms=0, hour=3.5, day=40, temperature_c=20.0),
        Moment(time_ms=0, hour=4.0, day=41, co2_ppm=900.0),
    ]
    again = of_moments(moments)
    assert [again.moment(row) for row in range(2)] == moments


@pytest.mark.parametrize("family", list(Family))
def test_every_owner_of_every_family_wants_a_percentage(family: Family, columns: Columns) -> None:
    rng = np.random.default_rng(5)
    for _ in range(10):
        wanted = owner(family, rng).wants(columns)
        assert wanted.shape == (len(columns),)
        assert np.isfinite(wanted).all()
        assert wanted.min() >= 0.0
        assert wanted.max() <= 100.0


def test_owners_of_a_family_differ_from_the_teacher_but_for_his_own(columns: Columns) -> None:
    rng = np.random.default_rng(6)
    for family in Family:
        apart = np.mean([np.abs(owner(family, rng).wants(columns) - teach_many(columns)).mean() for _ in range(12)])
        assert (apart < 1e-9) if family is Family.TEACHER else (apart > 0.3), family


def test_the_shares_of_the_families_are_one_together_and_a_family_can_be_left_out() -> None:
    assert sum(SHARES.values()) == pytest.approx(1.0)
    left = {one.family for one in owners(300, np.random.default_rng(1), without=Family.NIGHT)}
    assert left == set(Family) - {Family.NIGHT}


def test_the_same_seed_makes_the_same_weeks_and_another_seed_others() -> None:
    first, again, other = (joined(weeks(2, 3, np.random.default_rng(seed))) for seed in (1, 1, 2))
    assert np.array_equal(first.temperature_c, again.temperature_c)
    assert not np.array_equal(first.temperature_c, other.temperature_c)


def test_rooms_stay_rooms(columns: Columns) -> None:
    assert np.nanmin(columns.temperature_c) > 8.0
    assert np.nanmax(columns.temperature_c) < 45.0
    assert np.nanmax(columns.humidity_pct) <= 100.0
    assert np.nanmin(columns.co2_ppm) >= 400.0
    assert set(np.unique(columns.character)) <= {0.0, 1.0, 2.0, 3.0}


def test_a_session_file_knows_no_co2_no_wind_and_no_character() -> None:
    columns = joined(weeks(4, 3, np.random.default_rng(1), FROM_OUTSIDE))
    assert np.isnan(columns.co2_ppm).all()
    assert np.isnan(columns.wind_m_s).all()
    assert not columns.character.any()
    assert not np.isnan(columns.temperature_c).any()


def test_a_last_layer_finds_what_it_was_made_of_beyond_the_ends_too() -> None:
    rng = np.random.default_rng(2)
    basis_rows = np.concatenate([rng.normal(0.0, 1.0, (4000, 5)), np.ones((4000, 1))], axis=1)
    layer = np.array([[30.0, -20.0, 5.0, 0.0, 10.0, 45.0]])
    fitted = heads(basis_rows, np.clip(basis_rows @ layer.T, 0.0, 100.0), 1e-6)
    assert np.abs(np.clip(basis_rows @ fitted.T, 0, 100) - np.clip(basis_rows @ layer.T, 0, 100)).mean() < 1.0


def test_a_trunk_learns_and_is_the_same_for_the_same_seed(columns: Columns) -> None:
    rows = features_many(columns)
    fixed = np.ones((len(columns), 1))
    wanted = (
        np.stack([one.wants(columns) for one in owners(24, np.random.default_rng(1))], 1).astype(np.float32) / 100.0
    )
    course = Course(steps=300, batch=128, owners=24)
    first, again = (trained(rows, fixed, wanted, course, np.random.default_rng(4)) for _ in range(2))
    assert all(np.array_equal(one, other) for one, other in zip(first.weights, again.weights, strict=True))
    begun = trained(rows, fixed, wanted, Course(steps=1, batch=128, owners=24), np.random.default_rng(4))
    errors = []
    for trunk in (begun, first):
        basis_rows = np.concatenate([phi_as_int8(trunk, rows.astype(np.float32)).astype(float), fixed], axis=1)
        layers = heads(basis_rows, 100.0 * wanted.astype(float), 1e-3)
        errors.append(np.abs(np.clip(basis_rows @ layers.T, 0, 100) - 100.0 * wanted).mean())
    assert errors[1] < 0.8 * errors[0]
