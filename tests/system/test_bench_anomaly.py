"""Lives and troubles of `gateway bench anomaly`, in small."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec
import pytest

from gateway.bench import evaluations
from gateway.bench.ailing_houses import BY_DUTY, KINDS, Found, Plan, Trouble, hidden_ms, said, sick, troubles
from gateway.bench.anomaly import cost, gather_us, told
from gateway.bench.figures import Figure
from gateway.bench.households import DAY_MS, House, Recording, record
from gateway.bench.troubled_lives import Outcome, live
from gateway.core.insight import Nature
from gateway.simulator.world.ailments import Ailment

HOUSE = House(305, 300, 1_769_904_000_000, 9)
PLAN = Plan((HOUSE,), commissioned_h=48, each=1)


@pytest.fixture(scope="module")
def recordings() -> list[Recording]:
    return record(HOUSE)


@pytest.fixture(scope="module")
def ill() -> tuple[list[Ailment], list[Recording]]:
    return sick(HOUSE, PLAN)


@pytest.fixture(scope="module")
def planned(recordings: list[Recording], ill: tuple[list[Ailment], list[Recording]]) -> list[Trouble]:
    return troubles(HOUSE, PLAN, recordings, ill[0])


def test_every_kind_of_fault_comes_and_the_same_house_meets_the_same_ones(
    planned: list[Trouble], recordings: list[Recording], ill: tuple[list[Ailment], list[Recording]]
) -> None:
    assert {trouble.kind for trouble in planned} == {*KINDS, BY_DUTY}
    assert planned == troubles(HOUSE, PLAN, recordings, ill[0])
    assert [trouble.start_ms for trouble in planned] == sorted(trouble.start_ms for trouble in planned)


def test_no_fault_begins_before_the_machines_are_commissioned_or_ends_after_the_house(planned: list[Trouble]) -> None:
    assert min(trouble.start_ms for trouble in planned) >= HOUSE.start_ms + PLAN.first_day * DAY_MS
    assert max(trouble.end_ms for trouble in planned) <= HOUSE.start_ms + HOUSE.days * DAY_MS


def test_counters_and_positions_are_left_alone(planned: list[Trouble]) -> None:
    assert not {"energy", "position"} & {trouble.metric for trouble in planned}


def test_a_sick_machine_lives_the_same_life_until_it_falls_ill(
    recordings: list[Recording], ill: tuple[list[Ailment], list[Recording]]
) -> None:
    ailments, sick_ones = ill
    well = {recording.device: recording for recording in recordings}
    for one in sick_ones:
        first = next(ailment.start_ms for ailment in ailments if ailment.asset == one.device)
        before = next(at for at, time_ms in enumerate(one.times) if time_ms >= first)
        assert all(values[:before] == well[one.device].series[metric][:before] for metric, values in one.series.items())


def test_under_its_trouble_a_device_says_something_else_and_counters_do_not_leap(
    planned: list[Trouble], recordings: list[Recording], ill: tuple[list[Ailment], list[Recording]]
) -> None:
    well = {recording.device: recording for recording in recordings}
    sick_ones = {recording.device: recording for recording in ill[1]}
    for trouble in planned:
        one, other = well[trouble.device], sick_ones.get(trouble.device)
        rows = said(trouble, one, other, HOUSE.seed)
        first = one.times.index(rows[0][0])
        assert [values for _, values in rows] != [one.row(first + at) for at in range(len(rows))]
        assert 0 <= hidden_ms(trouble, one, other) < trouble.end_ms - trouble.start_ms
        if "energy" in one.series:
            energy = [values["energy"] for _, values in rows]
            assert energy == sorted(energy)
            assert energy[0] == one.series["energy"][first]


@pytest.mark.timeout(300)
def test_a_house_is_lived_through_and_most_of_what_breaks_is_told() -> None:
    house = House(305, 60, 1_769_904_000_000, 7)
    outcome = live(house, Plan((house,), commissioned_h=48, each=1, few=1))
    assert len(outcome.found) + outcome.clouded >= 3 + 4
    caught = [found for found in outcome.found if found.delay_ms is not None]
    assert len(caught) >= 0.6 * len(outcome.found)
    assert all(
        0 <= found.delay_ms <= found.trouble.end_ms - found.trouble.start_ms for found in caught if found.delay_ms
    )
    assert {found.nature for found in caught} >= {"sensor", "machine"}
    assert all(found.reason for found in caught)
    assert 0 < outcome.state_bytes <= 4096


def test_figures_say_how_much_was_caught_how_soon_and_as_what() -> None:
    def found(kind: str, delay_min: int | None, nature: Nature, after_false: bool = False) -> Found:
        trouble = Trouble(kind, "pump", "pump", "", 0, DAY_MS, Nature.MACHINE)
        delay_ms = None if delay_min is None else delay_min * 60_000
        return Found(trouble, delay_ms, 120_000, 1, nature.value if delay_ms else "", "", after_false)

    ones = [
        found("cavitation", 10, Nature.MACHINE),
        found("cavitation", None, Nature.MACHINE, after_false=True),
        found("bearing", 30, Nature.SENSOR),
        found(BY_DUTY, None, Nature.MACHINE),
    ]
    outcome = Outcome(ones, ["a", "b"], 1, 4.0, [(0.0002, 4), (0.00001, 0)], 2000)
    shown = {figure.name: figure for figure in [*told([outcome]), *cost([outcome])]}
    assert shown["episodes_caught"].value == 0.6667
    assert not shown["episodes_caught"].holds
    assert shown["false_episodes_per_asset_week"].value == 0.5
    assert (shown["caught_cavitation"].value, shown["caught_bearing"].value) == (0.5, 1.0)
    assert shown[f"caught_{BY_DUTY}"].value == 0.0
    assert shown["nature_right"].value == 0.5
    assert shown["delay_cavitation_median"] == Figure(
        "delay_cavitation_median", "min", 10.0, note="8 min after it could be seen"
    )
    assert shown["caught_after_false"].value == 0.0
    assert (shown["step_p99"].value, shown["reading_p99"].value) == (0.05, 0.2)
    assert shown["state_bytes_most"].holds


def test_putting_a_reading_aside_is_timed() -> None:
    assert 0.0 <= gather_us() < 1000.0


def test_without_sets_there_are_no_figures_of_them_and_a_missing_one_is_named(tmp_path: Path) -> None:
    assert list(evaluations.figures(None)) == []
    missing = list(evaluations.figures(tmp_path))
    assert [figure.value for figure in missing] == [None, None, None]
    assert not any(figure.holds for figure in missing)
    assert "there is no skab*" in missing[1].note


def test_figures_of_a_set_are_those_its_evaluation_prints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cmapss-mine").mkdir()
    (tmp_path / "cmapss-mine" / "train_FD001.txt").write_text("")
    python = tmp_path / "python"
    said = {"figures": [{"name": "fd001_rmse", "unit": "cycles", "value": 12.5, "at_most": 13.2}]}
    said["figures"].append({"name": "fd001_coverage", "unit": "1", "value": 0.8, "at_least": 0.88, "at_most": 0.94})
    python.write_text(f"#!/bin/sh\ncat <<'END'\n{msgspec.json.encode(said).decode()}\nEND\n")
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    rmse, coverage = list(evaluations.figures(tmp_path))[2:]
    assert (rmse.value, rmse.at_most, rmse.holds) == (12.5, 13.2, True)
    assert (coverage.at_least, coverage.holds) == (0.88, False)
