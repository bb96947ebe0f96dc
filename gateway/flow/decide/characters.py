"""What sort of sound was heard last in a room, for as long as it is about as loud as it was then."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import msgspec

from ...core.messages import ClockSet, Reading, ReadingStored, SoundHeard
from ...core.quality import Quality
from ...core.window.moment import Character
from ..bus import Bus
from ..latest import Latest

METRIC = "sound_level"
MOVED_DB = 6.0
"""A level that has moved further is another sound: twice the sound pressure, or half of it."""
_DOUBTED = ~int(Quality.TIME)


class _Sound(msgspec.Struct):
    """A sound that was listened to."""

    time_ms: int
    character: Character
    level_db: float | None = None
    """What the device itself measured then; None: nothing, as far as is known."""
    apart_ms: int = 0
    """How long before or after it was heard that was measured."""
    settled: bool = False
    """Whether the device has measured since."""


class Characters:
    """Sounds by device. Levels are compared with the device's own alone: another's may be calibrated differently."""

    def __init__(self, newest: Callable[[str], Mapping[str, Latest]], longest_ms: int, bus: Bus) -> None:
        self._newest = newest
        self._longest_ms = longest_ms
        self._bus = bus
        self._sounds: dict[str, _Sound] = {}
        bus.on(SoundHeard, self._heard)
        bus.on(ReadingStored, self._stored, wants=self._sounds.__contains__)
        bus.on(ClockSet, self._clock_set)

    def of(self, devices: Iterable[str], now_ms: int) -> Character | None:
        """Of the newest sound that one of these has heard and that may still go on."""
        heard = [(device, self._sounds[device]) for device in devices if device in self._sounds]
        fresh = [(device, sound) for device, sound in heard if abs(now_ms - sound.time_ms) <= self._longest_ms]
        lasting = [sound for device, sound in fresh if not self._moved(device, sound)]
        return max(lasting, key=lambda sound: sound.time_ms).character if lasting else None

    def forget(self, device: str) -> None:
        """It is gone, or other hardware."""
        self._sounds.pop(device, None)

    def _moved(self, device: str, sound: _Sound) -> bool:
        level = self._level(device)
        return level is not None and sound.level_db is not None and abs(level.value - sound.level_db) > MOVED_DB

    def _level(self, device: str) -> Latest | None:
        level = self._newest(device).get(METRIC)
        return None if level is None or level.quality & _DOUBTED else level

    def _heard(self, event: SoundHeard) -> None:
        if event.device not in self._sounds:
            self._bus.reconsider()
        sound = self._sounds[event.device] = _Sound(event.time_ms, event.character)
        before = self._level(event.device)
        if before is not None and abs(event.time_ms - before.time_ms) <= self._longest_ms:
            sound.level_db, sound.apart_ms = before.value, abs(event.time_ms - before.time_ms)

    def _stored(self, event: ReadingStored) -> None:
        reading = event.reading
        sound = self._sounds.get(reading.device)
        if sound is None or sound.settled or not _measured(reading):
            return
        # Of the levels before and after the nearer one belongs to the sound: what the gateway makes of a node's audio
        # comes right behind it, what a node measures itself comes when it likes.
        sound.settled = True
        apart_ms = abs(reading.time_ms - sound.time_ms)
        if sound.level_db is None or apart_ms < sound.apart_ms:
            sound.level_db, sound.apart_ms = reading.values[METRIC], apart_ms

    def _clock_set(self, event: ClockSet) -> None:
        for sound in self._sounds.values():
            sound.time_ms = event.moved(sound.time_ms)


def _measured(reading: Reading) -> bool:
    return METRIC in reading.values and not reading.late and not reading.quality.get(METRIC, 0) & _DOUBTED
