"""The year of a room: its rules do what they say, and it is the same year each time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import pytest

from gateway.bench.progress import Progress
from gateway.bench.rooms import Learning, Life, Owner, Rule, Shut, Tally, Teaching, Thermostat, together
from gateway.bench.window import QUICK, Year, figures, run
from gateway.core.ports.models import Lesson, Thought
from gateway.core.window.moment import Moment
from gateway.core.window.teacher import teach
from gateway.simulator.world.room import RoomShape

SHAPE = RoomShape(volume_m3=75.0, occupants=3, heating_w=2200.0, walls_w_k=45.0)
NOON = Moment(time_ms=0, hour=12.0, day=180, temperature_c=23.0)


class Pupil:
    """Thinks like the teacher, and like its last lesson when there is one."""

    name = "pupil"
    version = 1
    label = "pupil@1"
    runtime = ""

    def __init__(self) -> None:
        self.lessons: list[Lesson] = []

    def think(self, device: str, moment: Moment) -> Thought:
        position = self.lessons[-1].wanted_pct if self.lessons else teach(moment)
        return Thought(position, 0.5, 10.0, 0.0, 0.0)

    def learnt(self, device: str, lessons: Sequence[Lesson]) -> None:
        self.lessons = list(lessons)

    def fold(self, device: str, lessons: Sequence[Lesson]) -> Callable[[], None]:
        return lambda: self.learnt(device, lessons)

    def preview(self, device: str, moments: Sequence[Moment]) -> list[float]:
        return [self.think(device, moment).position_pct for moment in moments]

    def close(self) -> None:
        pass


def life(rule: Rule, owner: Owner | None = None) -> Life:
    return Life("living-room", SHAPE, 5, rule, owner)


def two_weeks(lives: dict[str, Life]) -> dict[str, Tally]:
    """One in January, one in July."""
    return Year(lives, 26, 5).run(Progress(2))


def test_the_thermostat_opens_above_24_and_shuts_below_22_and_waits_between() -> None:
    rule = Thermostat()

    def at(temperature_c: float, now_pct: float) -> float:
        return rule.position(msgspec.structs.replace(NOON, temperature_c=temperature_c), now_pct)

    assert (at(24.1, 0.0), at(23.0, 60.0), at(23.0, 0.0), at(21.9, 60.0)) == (60.0, 60.0, 0.0, 0.0)


def test_people_in_a_shut_room_breathe_worse_air_than_under_the_teacher() -> None:
    seen = two_weeks({"shut": life(Shut()), "teacher": life(Teaching())})
    assert seen["shut"].moves == 0
    assert seen["shut"].air_h > 20 > seen["teacher"].air_h
    assert seen["teacher"].outside_h < seen["shut"].outside_h
    assert seen["shut"].there_h == seen["teacher"].there_h < seen["shut"].lived_h
    assert seen["shut"].lived_h == pytest.approx(13 * 24, abs=1)


def test_an_owner_overrides_twice_a_day_at_most_and_its_will_is_learnt() -> None:
    pupil = Pupil()
    seen = two_weeks({"own": life(Learning(pupil, "own"), Owner())})["own"]
    assert 5 < seen.overrides <= 2 * 16, "two weeks touch sixteen days"
    assert len(pupil.lessons) == seen.overrides


def test_the_same_year_is_lived_again() -> None:
    first, second = (two_weeks({"own": life(Teaching(), Owner())}) for _ in range(2))
    assert first == second


def test_years_are_added_up() -> None:
    first, second = Tally(lived_h=100, there_h=50, moves=3), Tally(lived_h=10, there_h=5, moves=4)
    assert together([first, second]) == Tally(lived_h=110, there_h=55, moves=7)


def test_figures_compare_the_model_with_each_rule() -> None:
    better, worse = Tally(lived_h=100, there_h=50, outside_h=10), Tally(lived_h=100, there_h=50, outside_h=20)
    tallies = dict.fromkeys(("shut", "thermostat", "teacher", "owner_teacher"), worse)
    found = {figure.name: figure for figure in figures({**tallies, "model": better, "owner_model": better})}
    assert all(found[f"hours_outside_beside_{peer}"].holds for peer in ("shut", "thermostat", "teacher"))
    found = {figure.name: figure for figure in figures({**tallies, "model": worse, "owner_model": worse})}
    assert not found["hours_outside_beside_shut"].holds
    assert not found["hours_outside_owner_beside_teacher"].holds
    assert found["hours_outside_beside_teacher"].holds


@pytest.mark.soak
def test_in_two_years_the_model_that_comes_with_the_gateway_keeps_its_word() -> None:
    report = run(QUICK)
    assert report.holds, report.text()
