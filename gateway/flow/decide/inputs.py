"""What a decision rests on: the newest values around a window that can be believed, and what is missing and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import tzinfo

import msgspec

from ...core.local_time import LocalTime
from ...core.messages import ClockSet, DeviceChanged, Reading
from ...core.quality import Quality
from ...core.rules.ages import AGES_S
from ...core.window.moment import Missing, Moment
from ..bus import Bus
from ..latest import Latest
from ..words import duration
from .characters import Characters
from .climate import Climate
from .surroundings import Near, Speaker, Surroundings

Newest = Callable[[str], Mapping[str, Latest]]
"""What a device said last, by metric; the watch's."""
UNITS: Mapping[str, str] = {
    "temperature": "°C",
    "humidity": "%",
    "co2": "ppm",
    "sound": "dB",
    "outdoor_temperature": "°C",
    "outdoor_humidity": "%",
    "outdoor_mean": "°C",
    "rain": "mm/h",
    "wind": "m/s",
    "position": "%",
}
_METRICS: Mapping[str, str] = {
    "temperature": "temperature",
    "humidity": "humidity",
    "co2": "co2",
    "sound": "sound_level",
    "rain": "rain",
    "wind": "wind",
}
_FUTURE_MS = 300_000
"""A clock that is so far ahead is a wrong one."""
_DOUBTED = ~int(Quality.TIME)
_SHUT_PCT = 2.0


class Heard(msgspec.Struct, frozen=True):
    """One value that can be believed: the mean of those who say it, under the time of the newest."""

    value: float
    time_ms: int


Around = tuple[dict[str, Heard], tuple[Missing, ...]]
"""What can be believed by its name, and what is missing of the rest."""


class Input(msgspec.Struct, frozen=True):
    """One input as people look at it; `why` it is not used when it is not."""

    name: str
    value: float | None
    unit: str
    age_s: float | None
    used: bool
    why: str = ""


class Inputs:
    """Looks when it is asked. `sure`: whether the gateway knows the time."""

    def __init__(
        self,
        surroundings: Surroundings,
        newest: Newest,
        climate: Climate,
        zone: tzinfo,
        bus: Bus,
        sure: Callable[[], bool] = lambda: True,
    ) -> None:
        self._surroundings = surroundings
        self._newest = newest
        self._climate = climate
        self._sure = sure
        self._local = LocalTime(zone)
        self._characters = Characters(newest, AGES_S["sound"] * 1000, bus)
        self._shut_ms: dict[str, int] = {}
        bus.on(DeviceChanged, self._changed)
        bus.on(ClockSet, self._clock_set)

    def around(self, window: str, now_ms: int) -> Around:
        """What can be believed by its name, and what is missing of the rest."""
        near = self._surroundings.of(window)
        said = {speaker.device: self._newest(speaker.device) for speaker in (*near.room, *near.outdoor)}
        found: dict[str, Heard] = {}
        missing: list[Missing] = []
        for name in AGES_S:
            heard = _heard(name, _told(name, near, said), now_ms)
            if isinstance(heard, Heard):
                found[name] = heard
            else:
                missing.append(heard)
        return found, tuple(missing)

    def moment(
        self, window: str, now_ms: int, sound_db: float | None = None, around: Around | None = None
    ) -> tuple[Moment, tuple[Missing, ...]]:
        """What a decision rests on now; its temperature is None where nothing can be decided.

        `sound_db`: the mean over the last seconds, in place of the newest value. `around`: what was just looked at.
        """
        found, missing = around or self.around(window, now_ms)
        values = {name: heard.value for name, heard in found.items()}
        mean_c = self._climate.mean_c(now_ms)
        if mean_c is None:
            missing = (*missing, Missing("outdoor_mean", "unknown"))
        if not self._sure():
            missing = (*missing, Missing("time", "doubtful", "nobody has told the time since the machine started"))
        shut_ms = self._shut_ms.get(window)
        sound = values.get("sound")
        moment = Moment(
            time_ms=now_ms,
            hour=self._local.minute(now_ms) / 60,
            day=self._local.date_of(now_ms).timetuple().tm_yday,
            temperature_c=values.get("temperature"),
            humidity_pct=values.get("humidity"),
            sound_db=sound if sound is None or sound_db is None else sound_db,
            character=None if sound is None else self._characters.of(self._listeners(window), now_ms),
            co2_ppm=values.get("co2"),
            outdoor_temperature_c=values.get("outdoor_temperature"),
            outdoor_humidity_pct=values.get("outdoor_humidity"),
            outdoor_mean_c=mean_c,
            rain_mm_h=values.get("rain"),
            wind_m_s=values.get("wind"),
            position_pct=values.get("position"),
            shut_h=None if shut_ms is None else max(0, now_ms - shut_ms) / 3_600_000,
        )
        return moment, missing

    def shown(self, window: str, now_ms: int) -> list[Input]:
        """Every input as it is now, in words where it is not used."""
        found, missing = self.around(window, now_ms)
        shown = [
            Input(name, heard.value, UNITS[name], max(0, now_ms - heard.time_ms) / 1000, used=True)
            for name, heard in found.items()
        ]
        mean_c = self._climate.mean_c(now_ms)
        if mean_c is not None:
            shown.append(Input("outdoor_mean", mean_c, UNITS["outdoor_mean"], None, used=True))
        unused = [*missing, *([Missing("outdoor_mean", "unknown")] if mean_c is None else [])]
        words = [(one, f"{one.why}: {one.detail}" if one.detail else one.why) for one in unused]
        return shown + [Input(one.name, None, UNITS[one.name], None, used=False, why=why) for one, why in words]

    def local_day(self, now_ms: int) -> int:
        """The site's date, as a number that rises."""
        return self._local.date_of(now_ms).toordinal()

    def weather(self, reading: Reading) -> None:
        """Somebody has measured; outside it makes the climate."""
        outside = reading.values.get("temperature")
        doubted = reading.quality.get("temperature", 0) & _DOUBTED
        if outside is not None and not doubted and self._surroundings.is_outside(reading.device):
            self._climate.take(outside, reading.time_ms)

    def positioned(self, window: str, position_pct: float, time_ms: int) -> None:
        """The window says where it is."""
        if position_pct > _SHUT_PCT:
            self._shut_ms.pop(window, None)
        else:
            self._shut_ms.setdefault(window, time_ms)

    def forget(self, device: str) -> None:
        """It is gone, or other hardware."""
        self._characters.forget(device)
        self._shut_ms.pop(device, None)

    def _listeners(self, window: str) -> list[str]:
        return [speaker.device for speaker in self._surroundings.of(window).room]

    def _changed(self, event: DeviceChanged) -> None:
        if event.status is None:
            self.forget(event.device)

    def _clock_set(self, event: ClockSet) -> None:
        self._shut_ms = {window: event.moved(time_ms) for window, time_ms in self._shut_ms.items()}
        self._climate.shift(event)


def _told(name: str, near: Near, said: Mapping[str, Mapping[str, Latest]]) -> list[Latest]:
    """Everything that is said of it at this place since its speakers are there."""
    if name == "position":
        return _by(near.room[:1], "position", said)
    if name in ("outdoor_temperature", "outdoor_humidity"):
        # A node may have a second sensor outside; one that is there for it knows better.
        outside = _by(near.outdoor, name.removeprefix("outdoor_"), said)
        return outside or _by(near.room, name, said)
    if name in ("rain", "wind"):
        return _by(near.outdoor, name, said) or _by(near.room, name, said)
    return _by(near.room, _METRICS[name], said)


def _by(speakers: Sequence[Speaker], metric: str, said: Mapping[str, Mapping[str, Latest]]) -> list[Latest]:
    found = [(speaker, said[speaker.device].get(metric)) for speaker in speakers]
    return [
        latest
        for speaker, latest in found
        if latest is not None and (speaker.since_ms is None or latest.time_ms >= speaker.since_ms)
    ]


def _heard(name: str, told: Iterable[Latest], now_ms: int) -> Heard | Missing:
    """The mean of what can be believed; else why there is none: doubt says more than age."""
    limit_ms = AGES_S[name] * 1000
    good: list[Latest] = []
    stale_ms: int | None = None
    doubt = ""
    for latest in told:
        age_ms = now_ms - latest.time_ms
        if bits := latest.quality & _DOUBTED:
            doubt = _named(bits)
        elif age_ms < -_FUTURE_MS:
            doubt = f"its time is {duration(-age_ms)} ahead"
        elif age_ms > limit_ms:
            stale_ms = age_ms if stale_ms is None else min(stale_ms, age_ms)
        else:
            good.append(latest)
    if good:
        return Heard(sum(one.value for one in good) / len(good), max(one.time_ms for one in good))
    if doubt:
        return Missing(name, "doubtful", doubt)
    return Missing(name, "unknown") if stale_ms is None else Missing(name, "stale", f"{duration(stale_ms)} old")


def _named(bits: int) -> str:
    return " and ".join((flag.name or "").lower().replace("_", " ") for flag in Quality if bits & flag)
