"""`gateway bench window`: simulated years of a room; hours outside comfort under several rules for its window."""

from __future__ import annotations

import msgspec

from ..core.ports.models import Thinker
from ..core.window.moment import Moment
from ..core.window.teacher import running_mean
from ..simulator.world import habits, model
from ..simulator.world.room import RoomShape
from ..simulator.world.weather import DAY_MS, HOUR_MS, Climate, Sky, sky, solar_hour
from .figures import Figure, Report, attempt
from .progress import Progress
from .rooms import STEP_S, Learning, Life, Owner, Shut, Tally, Teaching, Thermostat, somebody, together
from .thinkers import window_model

_STEP_MS = round(STEP_S * 1000)
_DECIDE_MS = 5 * _STEP_MS
_START_MS = 1_767_225_600_000
"""2026-01-01 00:00 UTC."""
_WEEKS = 52
_SETTLE_MS = 12 * HOUR_MS
"""After a leap over weeks the room finds itself first."""
_CLIMATE = Climate()
_ROOM = "living-room"
_SHAPE = RoomShape(volume_m3=75.0, occupants=3, heating_w=2200.0, walls_w_k=45.0)


class Plan(msgspec.Struct, frozen=True):
    """Which years (each with its own weather and people), and every how many weeks a week is lived."""

    seeds: tuple[int, ...]
    every: int


FULL = Plan(seeds=(5, 6, 7, 8, 9, 10), every=2)
QUICK = Plan(seeds=(5, 6), every=4)


class Year:
    """The weather of a year, and several lives through it at once. Hours count while somebody is in the room."""

    def __init__(self, lives: dict[str, Life], every: int, seed: int) -> None:
        self._lives = lives
        self._every = every
        self._seed = seed
        self._mean_c: float | None = None

    def run(self, progress: Progress) -> dict[str, Tally]:
        """All of them, to the end."""
        for week in range(0, _WEEKS, self._every):
            progress.step(f"week {week + 1}")
            self._week(_START_MS + 7 * week * DAY_MS, settled=self._every == 1 and week > 0)
        return {name: life.tally for name, life in self._lives.items()}

    def _week(self, start_ms: int, *, settled: bool) -> None:
        counted_ms = start_ms if settled else start_ms + _SETTLE_MS
        if not settled:
            self._mean_c = _mean_before(self._seed, start_ms)
        total_c, count = 0.0, 0
        for time_ms in range(start_ms, start_ms + 7 * DAY_MS, _STEP_MS):
            above = sky(_CLIMATE, self._seed, time_ms)
            hour = solar_hour(_CLIMATE, time_ms)
            for life in self._lives.values():
                life.step(self._world(time_ms, hour, above))
            total_c, count = total_c + above.temperature_c, count + 1
            if (time_ms + _STEP_MS) % DAY_MS == 0:
                self._mean_c = running_mean(self._mean_c, total_c / count)
                total_c, count = 0.0, 0
            if (time_ms + _STEP_MS) % _DECIDE_MS == 0:
                self._look(time_ms + _STEP_MS, hour, above, counted=time_ms >= counted_ms)

    def _look(self, time_ms: int, hour: float, above: Sky, *, counted: bool) -> None:
        moment = Moment(
            time_ms=time_ms,
            hour=hour,
            day=int(time_ms / DAY_MS % 365.2425) + 1,
            outdoor_temperature_c=above.temperature_c,
            outdoor_humidity_pct=above.humidity_pct,
            outdoor_mean_c=self._mean_c,
            rain_mm_h=above.rain_mm_h,
            wind_m_s=above.wind_m_s,
        )
        there = somebody(self._seed, _ROOM, _SHAPE, time_ms, hour)
        for life in self._lives.values():
            if counted:
                life.count(moment, there, _DECIDE_MS / HOUR_MS)
            life.decide(moment, there)

    def _world(self, time_ms: int, hour: float, above: Sky) -> model.Moment:
        return model.Moment(
            time_ms=time_ms,
            hour=hour,
            sky=above,
            street_db=habits.street_db(self._seed, time_ms, hour),
            shower=False,
            tap_l_min=0.0,
        )


def _mean_before(seed: int, time_ms: int) -> float:
    """The running mean outside after two weeks, from four moments of each day."""
    mean_c: float | None = None
    for day in range(14, 0, -1):
        times = [time_ms - day * DAY_MS + quarter * DAY_MS // 4 for quarter in range(4)]
        mean_c = running_mean(mean_c, sum(sky(_CLIMATE, seed, at).temperature_c for at in times) / len(times))
    assert mean_c is not None
    return mean_c


def lives(thinker: Thinker, seed: int) -> dict[str, Life]:
    """Every rule in the same room, and the same owner with the teacher and with the model."""
    owner = Owner()

    def life(rule: Shut | Thermostat | Teaching | Learning, who: Owner | None = None) -> Life:
        return Life(_ROOM, _SHAPE, seed, rule, who)

    return {
        "shut": life(Shut()),
        "thermostat": life(Thermostat()),
        "teacher": life(Teaching()),
        "model": life(Learning(thinker, f"nobody-{seed}")),
        "owner_teacher": life(Teaching(), owner),
        "owner_model": life(Learning(thinker, f"owner-{seed}"), owner),
    }


def run(plan: Plan) -> Report:
    """Every figure, measured or with the reason why not; writes nothing."""
    progress = Progress(len(plan.seeds) * _WEEKS // plan.every)

    def measure() -> list[Figure]:
        thinker = window_model()
        years = [Year(lives(thinker, seed), plan.every, seed).run(progress) for seed in plan.seeds]
        return figures({name: together([year[name] for year in years]) for name in years[0]})

    found = attempt("hours_outside_comfort", "h/year", measure)
    progress.close()
    return Report("window", tuple(found))


def figures(tallies: dict[str, Tally]) -> list[Figure]:
    """Hours a year outside comfort, beside whom they are compared with."""
    model_, owner = tallies["model"], tallies["owner_model"]
    return [
        _beside("hours_outside_beside_shut", model_, tallies["shut"], fewer=True),
        _beside("hours_outside_beside_thermostat", model_, tallies["thermostat"], fewer=True),
        _beside("hours_outside_beside_teacher", model_, tallies["teacher"], fewer=False),
        _beside("hours_outside_owner_beside_teacher", owner, tallies["owner_teacher"], fewer=True),
        Figure("moves_per_day", "", _short(24 * model_.moves / model_.lived_h), at_most=40),
        *(
            Figure(f"hours_thermal_{name}", "h/year", _short(_a_year(tally, tally.thermal_h)), note=_parts(tally))
            for name, tally in tallies.items()
        ),
        *(
            Figure(
                f"from_wanted_{name}",
                "pp",
                _short(tallies[name].away_pp_h / tallies[name].there_h),
                note=f"{tallies[name].overrides} overrides",
            )
            for name in ("owner_teacher", "owner_model")
        ),
    ]


def _beside(name: str, ours: Tally, peer: Tally, *, fewer: bool) -> Figure:
    value, other = _a_year(ours, ours.outside_h), _a_year(peer, peer.outside_h)
    return Figure(
        name, "h/year", _short(value), _short(other), round(value / other, 4), at_most=0.9999 if fewer else 1.05
    )


def _a_year(tally: Tally, hours: float) -> float:
    return hours * 365.2425 * 24 / tally.lived_h


def _parts(tally: Tally) -> str:
    parts = {"outside": tally.outside_h, "air": tally.air_h, "damp": tally.damp_h, "noise": tally.noise_h}
    said = ", ".join(f"{name} {_a_year(tally, hours):.0f}" for name, hours in parts.items())
    return f"{said}, {24 * tally.moves / tally.lived_h:.0f} moves a day"


def _short(value: float) -> float:
    return float(f"{value:.4g}")
