"""Invented owners: how far each would open the window at a moment, in percent. No two are alike.

A family says in what way its owners differ from the teacher; some owners mix ways. What an owner looks at and nobody
measures, he does not see either: then he does as the teacher does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from .columns import Array, Columns, Mask
from .teacher_many import comfort, night, position_of, ramp, reasons_many, soft_step, teach_many, warmer

Want = Callable[[Columns], Array]
Rng = np.random.Generator


class Family(StrEnum):
    """In what way an owner differs from the teacher."""

    TEACHER = "teacher"
    """Not at all."""
    SHIFTED = "shifted"
    """Feels warmer or colder, hears better or worse, minds damp more or less."""
    GAIN = "gain"
    """Opens wider or less, or never beyond something."""
    OFFSET = "offset"
    """Always a little more or less, or never quite shut."""
    HOURS = "hours"
    """Otherwise at some hours."""
    NIGHT = "night"
    """Something fixed from an hour in the evening to one in the morning."""
    THERMOSTAT = "thermostat"
    """A ramp of the temperature of his own, and few other reasons."""
    FRESH = "fresh"
    """Fresh air above all: by CO2 where it is measured, by the hour, by damp."""
    SAVER = "saver"
    """Saves heat: the colder it is outside, the less."""
    EARS = "ears"
    """Noise above everything, with limits of his own."""
    PATCH = "patch"
    """Otherwise when it is hot, damp, loud, cold outside or wet, and only then."""
    RULES = "rules"
    """The first rule that fits: rain, then warmth, damp, noise, hour, each with one position."""
    MIXED = "mixed"
    """Several of these at once."""


SHARES: dict[Family, float] = {
    Family.TEACHER: 0.06,
    Family.SHIFTED: 0.10,
    Family.GAIN: 0.08,
    Family.OFFSET: 0.06,
    Family.HOURS: 0.10,
    Family.NIGHT: 0.08,
    Family.THERMOSTAT: 0.08,
    Family.FRESH: 0.06,
    Family.SAVER: 0.06,
    Family.EARS: 0.06,
    Family.PATCH: 0.08,
    Family.RULES: 0.06,
    Family.MIXED: 0.12,
}
"""How many of a hundred owners are of a family."""


@dataclass(frozen=True)
class Owner:
    """One owner."""

    family: Family
    want: Want

    def wants(self, columns: Columns) -> Array:
        """In percent, [n], 0 to 100."""
        return np.clip(self.want(columns), 0.0, 100.0)


def owner(family: Family, rng: Rng) -> Owner:
    """Any owner of a family."""
    return Owner(family, _MAKERS[family](rng))


def owners(count: int, rng: Rng, without: Family | None = None) -> list[Owner]:
    """`count` owners by `SHARES`, but none of the family `without`."""
    families = [family for family in Family if family is not without]
    shares = np.array([SHARES[family] for family in families])
    drawn = rng.choice(len(families), count, p=shares / shares.sum())
    return [owner(families[number], rng) for number in drawn]


def _teacher(rng: Rng) -> Want:
    return teach_many


def _shifted(rng: Rng) -> Want:
    shift_k, louder_db, damper_pct = rng.normal(0.0, 1.7), rng.normal(0.0, 7.0), rng.normal(0.0, 7.0)
    return lambda columns: teach_many(_felt(columns, shift_k, louder_db, damper_pct))


def _gain(rng: Rng) -> Want:
    gain, most = np.exp(rng.normal(0.0, 0.35)), rng.uniform(30.0, 90.0) if rng.random() < 0.4 else 100.0
    return lambda columns: np.minimum(teach_many(columns) * gain, most)


def _offset(rng: Rng) -> Want:
    offset = rng.normal(0.0, 12.0)
    ajar = rng.uniform(5.0, 35.0) if rng.random() < 0.5 else 0.0
    minds_rain, minds_cold = rng.random() < 0.6, rng.random() < 0.6

    def want(columns: Columns) -> Array:
        reasons = reasons_many(columns)
        shut = (1.0 - reasons["rain"] * minds_rain) * (1.0 - ramp(reasons["frost"] + reasons["cold"]) * minds_cold)
        if ajar:
            return np.maximum(teach_many(columns), ajar * shut)
        return teach_many(columns) + offset * shut

    return want


def _hours(rng: Rng) -> Want:
    bumps = [_bump(rng) for _ in range(rng.integers(1, 4))]
    scaled = rng.random() < 0.25

    def want(columns: Columns) -> Array:
        base = teach_many(columns)
        more = sum((bump(columns.hour) for bump in bumps), np.zeros(len(columns)))
        return base * np.clip(1.0 + more / 30.0, 0.0, 2.5) if scaled else base + more

    return want


def _bump(rng: Rng) -> Callable[[Array], Array]:
    centre, half_h, height = rng.uniform(0.0, 24.0), rng.uniform(1.0, 3.5), rng.normal(0.0, 30.0)
    sharp = 4.0 if rng.random() < 0.7 else 12.0
    return lambda hour: height * np.exp(-0.5 * np.abs(((hour - centre + 12.0) % 24.0 - 12.0) / half_h) ** sharp)


def _night(rng: Rng) -> Want:
    start, end = rng.uniform(20.0, 24.0), rng.uniform(5.0, 9.0)
    if rng.random() < 0.2:
        start, end = rng.uniform(7.5, 9.5), rng.uniform(14.0, 18.5)  # away at work: shut by day
    fixed = 0.0 if rng.random() < 0.65 else rng.uniform(10.0, 70.0)
    only_warm = rng.random() < 0.5

    def want(columns: Columns) -> Array:
        within = _between(columns.hour, start, end)
        held = np.full(len(columns), fixed)
        if only_warm and fixed:
            held = fixed * ramp((columns.temperature_c - 18.0) / 2.0)
        return np.where(within, held, teach_many(columns))

    return want


def _thermostat(rng: Rng) -> Want:
    from_c, width_k, most = rng.normal(23.3, 1.6), rng.uniform(0.4, 4.5), rng.uniform(40.0, 100.0)
    adaptive, minds_heat = rng.random() < 0.4, rng.random() < 0.7
    minds = {name: rng.random() < 0.5 for name in ("rain", "noise", "frost", "wind")}

    def want(columns: Columns) -> Array:
        reasons = reasons_many(columns)
        start = from_c + (comfort(columns) - 23.5 if adaptive else 0.0)
        open_pct = most * ramp((columns.temperature_c - start) / width_k)
        if minds_heat:
            open_pct = open_pct * soft_step((warmer(columns) + 0.2) / 0.8)
        for name, minded in minds.items():
            open_pct = open_pct * (1.0 - reasons[name] * minded)
        return open_pct

    return want


def _fresh(rng: Rng) -> Want:
    from_ppm, to_ppm = rng.uniform(600.0, 1000.0), rng.uniform(1100.0, 1700.0)
    airings = [(rng.uniform(5.5, 9.5), rng.uniform(0.5, 1.5)), (rng.uniform(16.0, 22.5), rng.uniform(0.5, 2.0))]
    wide, from_pct, dry = rng.uniform(25.0, 90.0), rng.uniform(50.0, 65.0), rng.uniform(0.3, 1.0)
    keeps = rng.uniform(0.4, 1.0)

    def want(columns: Columns) -> Array:
        reasons = reasons_many(columns)
        stale = ramp((columns.co2_ppm - from_ppm) / (to_ppm - from_ppm))
        aired = np.zeros(len(columns))
        for start, length_h in airings:
            aired = np.maximum(aired, wide / 100.0 * _between(columns.hour, start, start + length_h))
        reasons["air"] = np.where(np.isnan(stale), 0.0, stale)
        reasons["dry"] = dry * np.where(
            np.isnan(columns.humidity_pct), 0.0, ramp((columns.humidity_pct - from_pct) / 15.0)
        )
        for name in ("frost", "noise", "rain", "cold"):
            reasons[name] = reasons[name] * keeps
        return np.maximum(position_of(reasons), 100.0 * aired * (1.0 - reasons["rain"]))

    return want


def _saver(rng: Rng) -> Want:
    from_c, width_k, least = rng.uniform(6.0, 18.0), rng.uniform(3.0, 10.0), rng.uniform(0.0, 0.4)
    season = rng.random() < 0.4

    def want(columns: Columns) -> Array:
        outside = columns.outdoor_mean_c if season else columns.outdoor_temperature_c
        milder = np.where(np.isnan(outside), 1.0, least + (1.0 - least) * ramp((outside - from_c) / width_k))
        return teach_many(columns) * milder

    return want


def _ears(rng: Rng) -> Want:
    by_day, by_night = rng.uniform(40.0, 60.0), rng.uniform(32.0, 50.0)
    width_db, strength = rng.uniform(3.0, 18.0), rng.uniform(0.7, 1.0)
    opens = rng.uniform(0.0, 40.0) if rng.random() < 0.3 else 0.0  # quiet is an invitation

    def want(columns: Columns) -> Array:
        limit = np.where(night(columns) > 0.0, by_night, by_day)
        heard = ramp((columns.sound_db - limit) / width_db)
        reasons = reasons_many(columns)
        reasons["noise"] = np.where(np.isnan(heard), 0.0, strength * heard)
        base = position_of(reasons)
        warm = ramp((columns.temperature_c - 18.0) / 3.0) * (1.0 - reasons["rain"]) * (1.0 - reasons["frost"])
        return np.maximum(base, opens * warm * (1.0 - reasons["noise"]))

    return want


def _patch(rng: Rng) -> Want:
    patches = [_region(rng) for _ in range(1 + (rng.random() < 0.35))]
    heights = [rng.normal(0.0, 32.0) for _ in patches]

    def want(columns: Columns) -> Array:
        more = sum(
            (height * within(columns) for height, within in zip(heights, patches, strict=True)), np.zeros(len(columns))
        )
        return teach_many(columns) + more

    return want


def _region(rng: Rng) -> Want:
    """0 to 1: how much a moment lies in some sort of moments."""
    kind, edge = rng.integers(0, 8), rng.uniform(0.1, 0.6)

    def from_on(values: Array, start: float, width: float) -> Array:
        return np.nan_to_num(soft_step((values - start) / (width * edge)))

    warm, cool = rng.normal(25.0, 1.2), rng.normal(20.5, 1.0)
    damp, loud = rng.uniform(50.0, 68.0), rng.uniform(42.0, 58.0)
    cold, hot, mean = rng.uniform(0.0, 10.0), rng.uniform(18.0, 27.0), rng.uniform(8.0, 18.0)
    regions: list[Want] = [
        lambda c: from_on(c.temperature_c, warm, 1.5),
        lambda c: from_on(-c.temperature_c, -cool, 1.5),
        lambda c: from_on(c.humidity_pct, damp, 6.0),
        lambda c: from_on(c.sound_db, loud, 6.0),
        lambda c: from_on(-c.outdoor_temperature_c, -cold, 4.0),
        lambda c: from_on(c.outdoor_temperature_c, hot, 4.0),
        lambda c: np.where(c.rain_mm_h > 0.0, 1.0, 0.0),
        lambda c: from_on(c.outdoor_mean_c, mean, 4.0),
    ]
    return regions[kind]


def _rules(rng: Rng) -> Want:
    level = [float(round(pct, -1)) for pct in rng.uniform(0.0, 100.0, 6)]
    hot, cool = rng.normal(25.3, 1.2), rng.normal(20.0, 1.2)
    damp, loud = rng.uniform(58.0, 75.0), rng.uniform(48.0, 65.0)
    start, end = rng.uniform(21.0, 24.0), rng.uniform(5.5, 8.5)
    width_k = rng.uniform(0.05, 0.8)
    has = rng.random(4) < 0.6

    def want(columns: Columns) -> Array:
        if_warm = soft_step((columns.temperature_c - hot) / width_k)
        if_cool = soft_step((cool - columns.temperature_c) / width_k)
        position = level[0] * 0.5 * (1.0 - if_cool) * (1.0 - if_warm) + (60.0 + 0.4 * level[1]) * if_warm
        if has[0]:
            position = np.where(columns.humidity_pct > damp, np.maximum(position, level[2]), position)
        if has[1]:
            position = np.where(columns.sound_db > loud, np.minimum(position, 0.4 * level[3]), position)
        if has[2]:
            position = np.where(_between(columns.hour, start, end), np.minimum(position, 0.5 * level[4]), position)
        if has[3]:
            position = np.where(columns.rain_mm_h > 0.0, np.minimum(position, 0.2 * level[5]), position)
        return np.where(columns.outdoor_temperature_c > columns.temperature_c + 1.0, 0.2 * position, position)

    return want


def _mixed(rng: Rng) -> Want:
    shift_k, louder_db, damper_pct = rng.normal(0.0, 1.5), rng.normal(0.0, 6.0), rng.normal(0.0, 6.0)
    gain, offset = np.exp(rng.normal(0.0, 0.25)), rng.normal(0.0, 8.0) if rng.random() < 0.5 else 0.0
    bumps = [_bump(rng) for _ in range(rng.integers(0, 3))]
    shut_from, shut_to = rng.uniform(20.0, 23.5), rng.uniform(5.5, 8.0)
    shuts = rng.random() < 0.25

    def want(columns: Columns) -> Array:
        position = teach_many(_felt(columns, shift_k, louder_db, damper_pct)) * gain + offset
        for bump in bumps:
            position = position + bump(columns.hour)
        return np.where(_between(columns.hour, shut_from, shut_to), 0.0, position) if shuts else position

    return want


def _felt(columns: Columns, shift_k: float, louder_db: float, damper_pct: float) -> Columns:
    """The moment as this owner feels it; the water in the air stays what it is."""
    return replace(
        columns,
        temperature_c=columns.temperature_c + shift_k,
        sound_db=columns.sound_db + louder_db,
        humidity_pct=np.clip(columns.humidity_pct + damper_pct, 5.0, 100.0),
    )


def _between(hour: Array, start: float, end: float) -> Mask:
    start, end = start % 24.0, end % 24.0
    inside = (hour >= start) & (hour < end) if start < end else (hour >= start) | (hour < end)
    return np.asarray(inside)


_MAKERS: dict[Family, Callable[[Rng], Want]] = {
    Family.TEACHER: _teacher,
    Family.SHIFTED: _shifted,
    Family.GAIN: _gain,
    Family.OFFSET: _offset,
    Family.HOURS: _hours,
    Family.NIGHT: _night,
    Family.THERMOSTAT: _thermostat,
    Family.FRESH: _fresh,
    Family.SAVER: _saver,
    Family.EARS: _ears,
    Family.PATCH: _patch,
    Family.RULES: _rules,
    Family.MIXED: _mixed,
}
