"""A component's health in one sentence that a person reads. Pure."""

from __future__ import annotations

from math import floor, log10

from .condition import Driver, Health
from .life import Lasting, NotEnough, NoWear, Reached

_SIGNIFICANT = 3
_WORN_POINTS = 10.0


def sentence(health: Health) -> str:
    """`Fan bearing: 62 of 100; cellar fan, vibration at full speed 3.1 mm/s (1.8 when new, limit 5.4); …`."""
    if not health.drivers:
        return f"{health.component}: nothing is measured that tells of its condition."
    driver = health.drivers[0]
    shown = "" if health.index is None else f" {health.index:.0f} of 100;"
    return f"{health.component}:{shown} {_life(health, driver)}{_others(health)}."


def measure(value: float) -> str:
    """Three significant digits, without an exponent."""
    if value == 0.0:
        return "0"
    digits = max(0, _SIGNIFICANT - 1 - floor(log10(abs(value))))
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def span(days: float) -> str:
    """Days as a person counts them: days, then weeks, then months."""
    if days < 13.5:
        return _count(max(1.0, days), "day")
    if days < 84.0:
        return _count(days / 7.0, "week")
    return _count(days / 30.44, "month")


def _life(health: Health, driver: Driver) -> str:
    life = health.life
    match life:
        case NotEnough():
            return _not_enough(life, driver)
        case NoWear():
            return _steady(life, driver)
        case Reached():
            now = "is at its limit" if (driver.points or 0.0) >= 100.0 else "is about to reach its limit"
            return f"{driver.indicator.label} {now}{_where(driver)}: see to it now"
        case Lasting():
            return f"{_range(life)}, because {driver.indicator.label}{_moves(driver)}{_where(driver)}"


def _steady(life: NoWear, driver: Driver) -> str:
    where = f"{driver.indicator.label}{_where(driver)}"
    if (driver.points or 0.0) < _WORN_POINTS:
        return f"no wear seen in {span(life.days)} of {where}; how long it lasts is not known"
    return f"no certain trend in {span(life.steady_days)} of {where}; how long it lasts is not known"


def _range(life: Lasting) -> str:
    if life.high_days is None:
        more = f"{span(life.observed_days)} of history say no more"
        return f"longer than {span(life.low_days)} at {life.confidence * 100:.0f} % confidence ({more})"
    low, high = span(life.low_days), span(life.high_days)
    both = f"{low.split()[0]} to {high}" if low.split()[1:] == high.split()[1:] else f"{low} to {high}"
    return f"limit in {both} at {life.confidence * 100:.0f} % confidence, likely {span(life.likely_days)}"


def _not_enough(life: NotEnough, driver: Driver) -> str:
    label = driver.indicator.label
    match life.reason:
        case "baseline":
            return f"not enough history: {label} has no commissioning baseline yet"
        case "limit":
            return f"not enough history: {label} was at its limit when it was new: set another, or commission it"
        case "stale":
            return f"not enough history: {label} has said nothing for {span(life.have_days)}"
        case "idle":
            return f"not enough history: it has not run as when it was new for {span(life.have_days)}, says {label}"
        case "days":
            have, missing = life.have_days, _count(life.missing_days, "more day")
            return f"not enough history: {label} has {have:.0f} of {_count(life.need_days, 'day')}, {missing} needed"


def _moves(driver: Driver) -> str:
    return " rises" if driver.indicator.worse == "higher" else " falls"


def _where(driver: Driver) -> str:
    if driver.value is None or driver.baseline is None or driver.limit is None:
        return ""
    unit, sensor = driver.indicator.unit, driver.indicator.sensor
    new, limit = measure(driver.baseline), measure(driver.limit)
    return f" ({sensor}: {measure(driver.value)} {unit}, {new} when new, limit {limit})"


def _others(health: Health) -> str:
    """An indicator that costs more points than the one the range comes from is named too."""
    first, rest = health.drivers[0], health.drivers[1:]
    worst = max(rest, key=lambda one: one.points or 0.0, default=None)
    if worst is None or (worst.points or 0.0) <= max(first.points or 0.0, 10.0):
        return ""
    return f"; {worst.indicator.label} takes {worst.points:.0f} points{_where(worst)}"


def _count(number: float, noun: str) -> str:
    whole = round(number)
    return f"{whole} {noun}{'' if whole == 1 else 's'}"
