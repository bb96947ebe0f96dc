from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gateway.core.errors import Refused
from gateway.core.health.features import COLUMNS, SENSORS
from models.remaining_life.layout import NAMES, Engine, read_engines, read_truth, remaining, scaling_of
from models.remaining_life.summaries import WIDTH, level, slope, summaries

from .turbofans import Array, Change, engine, write


def scaled_inputs(folder: Path) -> Array:
    """Of the last row of each test engine."""
    scaling = scaling_of(read_engines(folder / NAMES[0]))
    return np.array([summaries(scaling.applied(one))[-1] for one in read_engines(folder / NAMES[1])])


def other_units(rows: Array) -> Array:
    made = rows.copy()
    made[:, 5:] = made[:, 5:] * np.linspace(0.5, 4.0, 21) - 273.15
    return made


def turned(rows: Array) -> Array:
    made = rows.copy()
    made[:, 4 + SENSORS[0]] *= -1.0
    return made


def later(rows: Array) -> Array:
    return rows + np.eye(26)[1] * 500.0


def renumbered(rows: Array) -> Array:
    return rows + np.eye(26)[0] * 1000.0


@pytest.mark.parametrize("change", [other_units, turned, later, renumbered])
def test_units_turned_sensors_start_and_numbers_of_engines_cancel(tmp_path: Path, change: Change) -> None:
    plain, other = scaled_inputs(write(tmp_path / "a")), scaled_inputs(write(tmp_path / "b", change))
    assert np.abs(plain - other).max() < 1e-4


def test_cycles_counted_otherwise_cancel(tmp_path: Path) -> None:
    def hours(rows: Array) -> Array:
        made = rows.copy()
        made[:, 1] = 2.5 * made[:, 1]
        return made

    plain, other = scaled_inputs(write(tmp_path / "a")), scaled_inputs(write(tmp_path / "b", hours))
    # A folder's cycles are taken as they are unless its engines last much longer or shorter than the public set's.
    lives = [float(np.ptp(one.cycles)) + 1 for one in read_engines(tmp_path / "a" / NAMES[0])]
    assert 0.8 < np.median(lives) / 199.0 < 1.25
    ages = plain[:, -2] / other[:, -2]
    assert np.allclose(ages, np.median(lives) / 199.0, atol=0.02)


def test_every_second_row_left_out_changes_little(tmp_path: Path) -> None:
    folder = write(tmp_path)
    scaling = scaling_of(read_engines(folder / NAMES[0]))
    one = scaling.applied(read_engines(folder / NAMES[0])[0])
    whole, half = summaries(one)[-1], summaries(Engine(1, one.cycles[1::2], one.values[1::2]))[-1]
    slow = [at for at, (name, *_) in enumerate(COLUMNS) if name.endswith(("level_50", "level_20", "mean"))]
    assert np.abs(whole - half)[slow].max() < 0.25


def test_a_row_knows_nothing_of_later_ones(tmp_path: Path) -> None:
    one = read_engines(write(tmp_path) / NAMES[0])[0]
    scaled = scaling_of([one]).applied(one)
    early = Engine(1, scaled.cycles[:60], scaled.values[:60])
    assert summaries(scaled).shape == (len(one.cycles), WIDTH)
    assert np.allclose(summaries(scaled)[:60], summaries(early), rtol=0.0, atol=1e-12)


def test_a_level_follows_a_step_by_half_in_its_half_life() -> None:
    values = np.concatenate([np.zeros(400), np.ones(20)])[:, None]
    assert level(values, np.ones(420), 20.0)[-1, 0] == pytest.approx(0.5, abs=1e-4)


def test_a_slope_of_a_straight_line_is_its_rise_per_half_life() -> None:
    line = 0.3 * np.arange(600.0)[:, None]
    assert slope(line, np.ones(600), 20.0)[-1, 0] == pytest.approx(0.3 * 20.0, rel=0.01)
    thinned = slope(line[::2], np.full(300, 2.0), 20.0)[-1, 0]
    assert thinned == pytest.approx(0.3 * 20.0, rel=0.01)


def test_what_remains_is_0_at_the_end(tmp_path: Path) -> None:
    one = read_engines(write(tmp_path) / NAMES[0])[0]
    left = remaining(one)
    assert (left[-1], left[0]) == (0.0, len(left) - 1.0)
    assert len(read_truth(tmp_path / NAMES[2])) == 8


def test_files_that_are_none_are_refused_with_the_reason(tmp_path: Path) -> None:
    path = tmp_path / NAMES[0]
    rows = engine(1, 60, np.random.default_rng(1))
    for made, reason in ((rows[:, :20], "columns"), (np.vstack([rows, rows[-1:]]), "the same cycle twice")):
        np.savetxt(path, made)
        with pytest.raises(Refused, match=reason):
            read_engines(path)
    path.write_text("one two\n")
    with pytest.raises(Refused, match="cannot be read"):
        read_engines(path)
    rows[3, 6] = np.nan
    np.savetxt(path, rows)
    with pytest.raises(Refused, match="no numbers"):
        read_engines(path)
