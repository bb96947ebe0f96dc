"""What a node's microphone makes of the sound in its room: two seconds of PCM, as loud as the room is."""

from __future__ import annotations

import base64
import math
import random
import struct
from functools import lru_cache

import msgspec

from .world.room import Sound

RATE_HZ = 16_000
BUFFER_S = 2.0
FULL_SCALE_DB = 120.0
"""The sound that fills 16 bits; an INMP441's, and the gateway's `audio.offset_db`."""
_SAMPLES = round(RATE_HZ * BUFFER_S)
_VOICE_HZ = 150.0
_HARMONICS = 12
_SYLLABLES_HZ = 4.0
_SEED = 20


def topic(device: str) -> str:
    """Where a node sends what it hears."""
    return f"devices/{device}/audio"


class Microphone:
    """One node's: each recording is another part of the endless sound, in the next of the three forms."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._recorded = 0

    def record(self, sound: Sound) -> bytes:
        """Two seconds, ready to be sent. Takes some ms of the processor."""
        self._recorded += 1
        return payload(pcm(sound, self._rng.random()), self._recorded - 1)


def pcm(sound: Sound, phase: float) -> bytes:
    """s16le, mono, 16 kHz. Its level below full scale is the room's level minus `FULL_SCALE_DB`.

    `phase`, 0 to 1: which part of the endless sound it is.
    """
    street, voices, noise = _street(), _voices(), _noise()
    loud = [_amplitude(power) for power in (sound.street, sound.voices, sound.hum + sound.water + sound.machine)]
    shift = int(phase * _SAMPLES) % _SAMPLES
    first, second, third = (turned[shift:] + turned[:shift] for turned in (street, voices, noise))
    a, b, c = loud
    mixed = [a * x + b * y + c * z for x, y, z in zip(first, second, third, strict=True)]
    return struct.pack(f"<{_SAMPLES}h", *(min(32767, max(-32768, round(sample))) for sample in mixed))


def _amplitude(power: float) -> float:
    return math.sqrt(power) * 32768.0 * 10 ** (-FULL_SCALE_DB / 20)


def payload(samples: bytes, form: int) -> bytes:
    """As PROTOCOL has it, in the next of its three forms: bare, WAV, base64 in JSON."""
    match form % 3:
        case 0:
            return samples
        case 1:
            return _wav_head(len(samples)) + samples
        case _:
            data = base64.b64encode(samples).decode()
            return msgspec.json.encode({"format": "pcm_s16le", "rate": RATE_HZ, "data": data})


def _wav_head(size: int) -> bytes:
    """RIFF, one `fmt ` of 16 bytes (PCM, mono) and the begin of `data`."""
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, RATE_HZ, 2 * RATE_HZ, 2, 16)
    return struct.pack("<4sI4s", b"RIFF", 36 + size, b"WAVE") + form + struct.pack("<4sI", b"data", size)


@lru_cache(maxsize=1)
def _street() -> list[float]:
    """Brown noise: the rumble of cars. A loop with rms 1 and without a click where it begins anew."""
    rng, level, found = random.Random(_SEED), 0.0, []
    for _ in range(_SAMPLES):
        level = 0.99 * level + rng.gauss(0.0, 1.0)
        found.append(level)
    gap = found[-1] - found[0]
    return _normal([sample - gap * index / _SAMPLES for index, sample in enumerate(found)])


@lru_cache(maxsize=1)
def _voices() -> list[float]:
    """Harmonics of a voice that goes up and down, four syllables a second."""
    found, turn = [], 0.0
    for index in range(_SAMPLES):
        time_s = index / RATE_HZ
        turn += (_VOICE_HZ + 40.0 * math.sin(math.tau * 0.5 * time_s)) / RATE_HZ
        tone = sum(math.sin(math.tau * turn * number) / number for number in range(1, _HARMONICS + 1))
        found.append(tone * (0.5 - 0.5 * math.cos(math.tau * _SYLLABLES_HZ * time_s)) ** 2)
    return _normal(found)


@lru_cache(maxsize=1)
def _noise() -> list[float]:
    """White noise: water, machines, the house itself."""
    rng = random.Random(_SEED + 1)
    return _normal([rng.gauss(0.0, 1.0) for _ in range(_SAMPLES)])


def _normal(samples: list[float]) -> list[float]:
    mean = sum(samples) / len(samples)
    rms = math.sqrt(sum((sample - mean) ** 2 for sample in samples) / len(samples))
    return [(sample - mean) / rms for sample in samples]
