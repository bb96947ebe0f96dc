"""A room through a year under somebody's rule: what the window does, and how long people in it were uncomfortable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from ..core.ports.models import Lesson, Thinker
from ..core.window.limits import Bounds, limited
from ..core.window.moment import Moment
from ..core.window.teacher import COMFORT_WIDTH_K, comfort_c, limit_db, teach
from ..simulator.world import habits, model
from ..simulator.world.room import Room, RoomShape, Sound

STEP_S = 60.0
_DEADBAND_PCT = 5.0
_STALE_PPM = 1350.0
"""EN 16798-1 category III: 950 ppm above outside."""
_DAMP_PCT = 70.0
_HOLD_MS = 3_600_000
_OVERRIDES_A_DAY = 2
_ANNOYED_PP = 15.0


class Rule(Protocol):
    """Who moves the window."""

    def position(self, moment: Moment, now_pct: float) -> float:
        """Where it should be, 0 to 100."""


class Shut:
    """Nobody ever opens it."""

    def position(self, moment: Moment, now_pct: float) -> float:
        """See Rule."""
        return 0.0


class Thermostat:
    """A fixed rule: 60 % open above 24 °C until it is below 22 °C."""

    def position(self, moment: Moment, now_pct: float) -> float:
        """See Rule."""
        temperature_c = moment.temperature_c
        if temperature_c is None or 22.0 <= temperature_c <= 24.0:
            return now_pct
        return 60.0 if temperature_c > 24.0 else 0.0


class Teaching:
    """The teacher, within the limits that hold for every decision."""

    def position(self, moment: Moment, now_pct: float) -> float:
        """See Rule."""
        return limited(teach(moment), moment, Bounds()).position_pct


class Learning:
    """The model with a head for this room, within the same limits."""

    def __init__(self, thinker: Thinker, room: str) -> None:
        self._thinker = thinker
        self._room = room
        self._lessons: list[Lesson] = []

    def position(self, moment: Moment, now_pct: float) -> float:
        """See Rule."""
        return limited(self._thinker.think(self._room, moment).position_pct, moment, Bounds()).position_pct

    def learn(self, moment: Moment, wanted_pct: float) -> None:
        """Somebody wanted something else."""
        self._lessons.append(Lesson(f"lesson-{len(self._lessons)}", moment, wanted_pct))
        self._thinker.learnt(self._room, self._lessons)


class Owner(msgspec.Struct, frozen=True):
    """Somebody who is at home in a cooler room, and likes air in the evening."""

    cooler_k: float = 1.5
    evening_pp: float = 20.0

    def wants(self, moment: Moment) -> float:
        """What it would set, 0 to 100."""
        felt_c = None if moment.temperature_c is None else moment.temperature_c + self.cooler_k
        wanted = teach(msgspec.structs.replace(moment, temperature_c=felt_c))
        if 18.0 <= moment.hour < 22.0 and not moment.rain_mm_h:
            wanted += self.evening_pp
        return min(100.0, wanted)


class Tally(msgspec.Struct):
    """Hours with somebody there, and how many of them were outside comfort for which reason."""

    lived_h: float = 0.0
    there_h: float = 0.0
    outside_h: float = 0.0
    thermal_h: float = 0.0
    air_h: float = 0.0
    damp_h: float = 0.0
    noise_h: float = 0.0
    moves: int = 0
    overrides: int = 0
    away_pp_h: float = 0.0
    """How far the window was from what the owner wanted, times hours."""


def together(tallies: Sequence[Tally]) -> Tally:
    """All of them as one."""
    parts = [msgspec.structs.astuple(tally) for tally in tallies]
    return Tally(*map(sum, zip(*parts, strict=True)))


class Life:
    """One room, its window and who moves it. With an `owner`, it overrides what annoys it, twice a day at most."""

    def __init__(self, name: str, shape: RoomShape, seed: int, rule: Rule, owner: Owner | None = None) -> None:
        self._name, self._shape, self._seed = name, shape, seed
        self._room = Room(name, shape, seed)
        self._rule = rule
        self._owner = owner
        self._held_until_ms = 0
        self._shut_since_ms = 0
        self._overrides_on = (0, 0)
        self.tally = Tally()

    def step(self, world: model.Moment) -> None:
        """One minute passes."""
        self._room.step(world, STEP_S)

    def decide(self, moment: Moment, there: bool) -> None:
        """Look at the room and move the window, or not; `moment` has everything but what the room says."""
        moment = self._seen(moment)
        if moment.time_ms >= self._held_until_ms:
            self._move(self._rule.position(moment, self._room.window_pct), moment.time_ms, _DEADBAND_PCT)
        if self._owner is not None and there:
            self._interfere(self._owner, moment)

    def count(self, moment: Moment, there: bool, hours: float) -> None:
        """How people in it have been for so long."""
        self.tally.lived_h += hours
        if not there:
            return
        moment = self._seen(moment)
        tally, cooler_k = self.tally, self._owner.cooler_k if self._owner else 0.0
        centre_c = comfort_c(moment.outdoor_mean_c) - cooler_k
        below_k, above_k = COMFORT_WIDTH_K
        values = self._room.values()
        thermal = not centre_c - below_k <= values["temperature"] <= centre_c + above_k
        air, damp = values["co2"] > _STALE_PPM, values["humidity"] > _DAMP_PCT
        noise = _noise_db(self._room.sound) > limit_db(moment.hour, None)
        tally.there_h += hours
        tally.thermal_h += hours * thermal
        tally.air_h += hours * air
        tally.damp_h += hours * damp
        tally.noise_h += hours * noise
        tally.outside_h += hours * (thermal or air or damp or noise)
        if self._owner is not None:
            tally.away_pp_h += hours * abs(self._owner.wants(moment) - self._room.window_pct)

    def _seen(self, moment: Moment) -> Moment:
        values, position = self._room.values(), self._room.window_pct
        shut_h = (moment.time_ms - self._shut_since_ms) / 3_600_000 if position <= 0.0 else 0.0
        return msgspec.structs.replace(
            moment,
            temperature_c=values["temperature"],
            humidity_pct=values["humidity"],
            sound_db=values["sound_level"],
            co2_ppm=values["co2"],
            position_pct=position,
            shut_h=shut_h,
        )

    def _move(self, position_pct: float, time_ms: int, deadband_pct: float) -> None:
        position = float(round(position_pct))
        before = self._room.window_pct
        if abs(position - before) < max(deadband_pct, 1.0):
            return
        self._room.window_pct = position
        self.tally.moves += 1
        if position <= 0.0:
            self._shut_since_ms = time_ms

    def _interfere(self, owner: Owner, moment: Moment) -> None:
        today, so_far = self._overrides_on
        if today != moment.day:
            so_far = 0
        wanted = owner.wants(moment)
        annoyed = abs(wanted - self._room.window_pct) > _ANNOYED_PP
        # Who has just set it does not set it again within the hour.
        if not annoyed or so_far >= _OVERRIDES_A_DAY or moment.time_ms < self._held_until_ms:
            return
        self._overrides_on = (moment.day, so_far + 1)
        self._held_until_ms = moment.time_ms + _HOLD_MS
        self.tally.overrides += 1
        if isinstance(self._rule, Learning):
            self._rule.learn(moment, wanted)
        self._move(wanted, moment.time_ms, 0.0)


def _noise_db(sound: Sound) -> float:
    """Without the voices of those who are in the room: nobody is disturbed by himself, and no window changes it."""
    return msgspec.structs.replace(sound, voices=0.0).level_db


def somebody(seed: int, name: str, shape: RoomShape, time_ms: int, hour: float) -> bool:
    """Whether anybody is in the room."""
    return habits.people(seed, name, shape.use, shape.occupants, time_ms, hour) > 0
