"""What has changed around a window since it was last asked about, and whether that is worth asking again. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from math import log10

import msgspec

_LARGE = 3.0
"""Steps at once that do not wait."""
SOUND_MS = 20_000
"""Sound is compared, and used, as the energy mean of so long: one clap is no noise."""


class Thresholds(msgspec.Struct, frozen=True):
    """How far a value must have moved since the window was last asked about."""

    temperature_c: float = 0.5
    humidity_pct: float = 4.0
    co2_ppm: float = 120.0
    sound_db: float = 6.0
    outdoor_c: float = 1.0
    rain_mm_h: float = 0.1
    wind_m_s: float = 3.0


class Change(msgspec.Struct, frozen=True):
    """Why a window is asked about. `urgent`: it does not wait for the minimum interval."""

    cause: str
    urgent: bool = False


class Aggregate:
    """The newest values around one window, beside those it was last asked with.

    Names are those of `Moment` without their unit: temperature, humidity, co2, sound, outdoor_temperature, rain, wind.
    """

    def __init__(self) -> None:
        self._now: dict[str, float] = {}
        self._then: dict[str, float] | None = None
        self._sounds: deque[tuple[int, float]] = deque()

    def take(self, name: str, value: float, time_ms: int) -> None:
        """A value that can be believed; a sound counts once under its time."""
        if name != "sound":
            self._now[name] = value
            return
        if self._sounds and time_ms < self._sounds[0][0]:
            self._sounds.clear()  # a clock was set back: what was heard is of another time
        if not self._sounds or self._sounds[-1][0] < time_ms:
            self._sounds.append((time_ms, value))
        while self._sounds[-1][0] - self._sounds[0][0] >= SOUND_MS:
            self._sounds.popleft()
        self._now[name] = _energy_mean(self._sounds)

    def drop(self, name: str) -> None:
        """It is not known any more."""
        self._now.pop(name, None)
        if name == "sound":
            self._sounds.clear()

    def value(self, name: str) -> float | None:
        """As it is compared; None: not known."""
        return self._now.get(name)

    def changed(self, thresholds: Thresholds) -> Change | None:
        """What has changed most since `asked`; None: nothing worth asking.

        Rain, frost and wind are urgent, and so is a change of three steps and more.
        """
        then, now = self._then, self._now
        if then is None:
            # What it is like outside says nothing of a room that has not said a word.
            return Change("first values") if _OF_THE_ROOM & now.keys() else None
        if "temperature" in then and "temperature" not in now:
            return Change("the temperature is not known any more")
        weather = _weather(then, now, thresholds)
        if weather is not None:
            return weather
        strongest, found = 1.0, None
        for name, (unit, step) in _steps(thresholds).items():
            if name not in now:
                continue
            if name not in then:
                # Without a temperature nothing could be decided at all.
                return Change(f"{_spoken(name)} is known now", urgent=name == "temperature")
            moved = now[name] - then[name]
            # What floating point makes of 21.4 - 20.9 counts as 0.5.
            if abs(moved) + 1e-9 >= step * strongest:
                strongest = abs(moved) / step
                words = f"{_spoken(name)} {'rose' if moved > 0 else 'fell'} {abs(moved):{_DIGITS[name]}} {unit}"
                found = Change(words, urgent=strongest + 1e-9 >= _LARGE)
        return found

    def asked(self) -> None:
        """The window is asked about with these values."""
        self._then = dict(self._now)

    def clock_set(self) -> None:
        """Times of before say nothing beside those that come."""
        self._sounds.clear()


_OF_THE_ROOM = {"temperature", "humidity", "co2", "sound"}
_DIGITS: Mapping[str, str] = {
    "temperature": ".1f",
    "humidity": ".0f",
    "co2": ".0f",
    "sound": ".0f",
    "outdoor_temperature": ".1f",
    "wind": ".1f",
}


def _steps(thresholds: Thresholds) -> dict[str, tuple[str, float]]:
    """Unit and step of what is compared by its difference."""
    return {
        "temperature": ("°C", thresholds.temperature_c),
        "humidity": ("%", thresholds.humidity_pct),
        "co2": ("ppm", thresholds.co2_ppm),
        "sound": ("dB", thresholds.sound_db),
        "outdoor_temperature": ("°C", thresholds.outdoor_c),
        "wind": ("m/s", thresholds.wind_m_s),
    }


def _weather(then: Mapping[str, float], now: Mapping[str, float], thresholds: Thresholds) -> Change | None:
    """What harms a room through an open window; that it is over is no hurry."""
    rained, rains = (values.get("rain", 0.0) >= thresholds.rain_mm_h for values in (then, now))
    if rains and not rained:
        return Change("it began to rain", urgent=True)
    froze, freezes = (values.get("outdoor_temperature", 1.0) <= 0 for values in (then, now))
    if freezes and not froze:
        return Change("it freezes outside", urgent=True)
    risen = now["wind"] - then["wind"] if "wind" in now and "wind" in then else 0.0
    if risen >= thresholds.wind_m_s:
        return Change(f"wind rose {risen:.1f} m/s", urgent=True)
    return Change("the rain has stopped") if rained and not rains and "rain" in now else None


def _spoken(name: str) -> str:
    return name.replace("_", " ")


def _energy_mean(sounds: deque[tuple[int, float]]) -> float:
    # Beside the loudest, so that no value, however wrong, is too large for a float.
    loudest = max(value for _, value in sounds)
    return loudest + 10 * log10(sum(10 ** ((value - loudest) / 10) for _, value in sounds) / len(sounds))
