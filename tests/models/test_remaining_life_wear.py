from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gateway.core.health import calibration
from models.remaining_life.wear import SEED, Case, cases, coverage, machine, measured, write


@pytest.fixture(scope="module")
def strangers() -> list[Case]:
    """Machines nobody calibrated on."""
    return cases(2000, 103)


def test_ranges_hold_nine_times_of_ten_on_machines_nobody_calibrated_on(strangers: list[Case]) -> None:
    assert len(strangers) > 1000
    assert 0.88 <= coverage(strangers) <= 0.95


def test_ranges_hold_early_and_late_in_a_life(strangers: list[Case]) -> None:
    for low, high in ((0.0, 0.3), (0.3, 0.5), (0.5, 9.0)):
        assert coverage([case for case in strangers if low <= case.part < high]) >= 0.87


def test_closed_ranges_hold_as_well_as_open_ones(strangers: list[Case]) -> None:
    closed = [case for case in strangers if case.life.high_days is not None]
    assert 0.86 <= coverage(closed) <= 0.95
    assert all((case.life.high_days or 0.0) <= case.life.claim_days for case in closed)


def test_the_factors_shipped_are_near_those_of_fewer_machines() -> None:
    fresh, shipped = np.array(measured(cases(1000, SEED))), np.array(calibration.FACTORS)
    crowded = np.array([[False] * 3, [False] * 3, [True, False, False], [True, False, False], [True, True, False]])
    apart = np.abs(np.log(fresh / shipped))[crowded]
    assert apart[:, 1:].max() < 0.35
    assert apart[:, 0].max() < 0.7  # the lower edge hangs on few machines that failed early
    assert (shipped[..., 0] < shipped[..., 1]).all()
    assert (shipped[..., 1] < shipped[..., 2]).all()


def test_the_same_seed_makes_the_same_machines() -> None:
    first, again = (machine(np.random.default_rng(3)) for _ in range(2))
    assert first == again
    assert first.truth_days > 0.0


def test_written_factors_are_read_back(tmp_path: Path) -> None:
    path = tmp_path / "calibration.py"
    path.write_text(Path(str(calibration.__file__)).read_text(encoding="utf-8"), encoding="utf-8")
    table = [[(0.5, 1.0, 2.0)] * 3] * 5
    write(table, path)
    scope: dict[str, object] = {"__name__": "made"}
    exec(path.read_text(encoding="utf-8"), scope)
    assert scope["FACTORS"] == tuple(tuple(row) for row in table)
