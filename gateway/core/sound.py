"""Sound as nodes send it: bare PCM, WAV, or base64 in JSON; read strictly, and as plain samples afterwards.

Samples are signed 16 bit, one channel; full scale is 32768. Several channels become their mean, other widths of a WAV
file the nearest of 16 bits.
"""

from __future__ import annotations

import binascii
import re
import struct
from array import array
from collections.abc import Callable
from functools import partial
from math import isfinite, log10, sqrt
from operator import mul
from typing import Literal

import msgspec

from .errors import Unreadable
from .payload import Fault, parse_object, shown

RATE_HZ = 16_000
"""What bare PCM is taken for, and what the audio model hears."""
SHORTEST_S = 0.1
LONGEST_S = 10.0
"""Nodes send 2 s at a time."""
FLOOR_DBFS = -96.0
"""The level of silence: below the quietest sound that 16 bits can hold."""

_FULL_SCALE = 32768
_RATES = range(4_000, 192_001)
_MOST_CHANNELS = 8
_OBJECT = re.compile(rb'\s*\{\s*"')
_PLAIN, _FLOATING, _EXTENSIBLE = 1, 3, 0xFFFE


class Pcm(msgspec.Struct, frozen=True):
    """One channel of sound."""

    rate: int
    """Samples a second."""
    samples: array[int]
    """Of type `h`."""

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.samples) / self.rate

    @property
    def payload(self) -> bytes:
        """The samples as s16le; every machine the gateway runs on is little-endian."""
        return self.samples.tobytes()


def decode(payload: bytes, longest_s: float = LONGEST_S) -> Pcm:
    """The sound in what a node sent: WAV (PCM or floating point), JSON with base64, or bare PCM of 16 kHz.

    Raises Unreadable (WRONG_SHAPE; TOO_MANY: longer than `longest_s`).
    """
    if payload[:4] == b"RIFF" and payload[8:12] == b"WAVE":
        pcm = _wav(payload, longest_s)
    elif _OBJECT.match(payload) and payload.rstrip()[-1:] == b"}":
        pcm = _from_object(parse_object(payload), longest_s)
    else:
        pcm = _bare(payload, RATE_HZ)
    _bound(pcm.seconds, longest_s)
    if pcm.seconds < SHORTEST_S:
        raise Unreadable(Fault.WRONG_SHAPE, f"{pcm.seconds:.3f} s of sound; the least is {SHORTEST_S:g} s")
    return pcm


def level_dbfs(samples: array[int]) -> float:
    """20 log10(rms / full scale), from FLOOR_DBFS to 0; a constant offset counts as sound."""
    if not samples:
        return FLOOR_DBFS
    rms = sqrt(sum(map(mul, samples, samples)) / len(samples)) / _FULL_SCALE
    return max(FLOOR_DBFS, 20 * log10(rms)) if rms else FLOOR_DBFS


def to_wav(pcm: Pcm) -> bytes:
    """The sound as a WAV file of 16 bits."""
    body = pcm.payload
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, _PLAIN, 1, pcm.rate, 2 * pcm.rate, 2, 16)
    rest = b"WAVE" + form + struct.pack("<4sI", b"data", len(body)) + body
    return struct.pack("<4sI", b"RIFF", len(rest)) + rest


def _bound(seconds: float, longest_s: float) -> None:
    if seconds > longest_s:
        raise Unreadable(Fault.TOO_MANY, f"{seconds:.1f} s of sound; the limit is {longest_s:g} s")


def _bare(payload: bytes, rate: int) -> Pcm:
    if len(payload) % 2:
        raise Unreadable(Fault.WRONG_SHAPE, f"{len(payload)} bytes are no whole number of 16-bit samples")
    return Pcm(rate, array("h", payload))


def _from_object(raw: dict[str, object], longest_s: float) -> Pcm:
    data, form = raw.get("data"), raw.get("format", "pcm_s16le")
    if not isinstance(data, str):
        raise Unreadable(Fault.WRONG_SHAPE, "data is missing" if data is None else f"data is not a text: {shown(data)}")
    try:
        inner = binascii.a2b_base64("".join(data.split()), strict_mode=True)
    except ValueError as error:
        raise Unreadable(Fault.WRONG_SHAPE, f"data is not base64: {error}") from error
    if form == "wav":
        if inner[:4] != b"RIFF" or inner[8:12] != b"WAVE":
            raise Unreadable(Fault.WRONG_SHAPE, "data is not a WAV file")
        return _wav(inner, longest_s)
    if form != "pcm_s16le":
        raise Unreadable(Fault.WRONG_SHAPE, f"format is neither pcm_s16le nor wav: {shown(form)}")
    return _bare(inner, _rate(raw.get("rate", RATE_HZ), "rate"))


def _rate(value: object, key: str) -> int:
    if type(value) is not int or value not in _RATES:
        raise Unreadable(Fault.WRONG_SHAPE, f"{key} is not from {_RATES[0]} to {_RATES[-1]} Hz: {shown(value)}")
    return value


def _wav(payload: bytes, longest_s: float) -> Pcm:
    """Parsed by hand: `wave` refuses WAVE_FORMAT_EXTENSIBLE, and nodes that stream do not know their size."""
    form: _Form | None = None
    at = 12
    while at + 8 <= len(payload):
        name, size = struct.unpack_from("<4sI", payload, at)
        at += 8
        if name == b"fmt ":
            form = _wav_format(payload[at : at + size])
        elif name == b"data":
            if form is None:
                raise Unreadable(Fault.WRONG_SHAPE, "the WAV file's data comes before its format")
            body = payload[at : at + size]
            # Before its samples are looked at one by one.
            _bound(len(body) / form.frame_bytes / form.rate, longest_s)
            return Pcm(form.rate, _mixed(_SAMPLES[form.kind, form.bits], body, form))
        at += size + size % 2
    raise Unreadable(Fault.WRONG_SHAPE, "the WAV file has no data")


class _Form(msgspec.Struct, frozen=True):
    """What a WAV file's samples are."""

    kind: int
    bits: int
    channels: int
    rate: int

    @property
    def frame_bytes(self) -> int:
        """One sample of each channel."""
        return self.bits // 8 * self.channels


def _wav_format(form: bytes) -> _Form:
    if len(form) < 16:
        raise Unreadable(Fault.WRONG_SHAPE, "the WAV file's format is cut off")
    kind, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", form)
    if kind == _EXTENSIBLE and len(form) >= 26:
        kind = int.from_bytes(form[24:26], "little")
    if (kind, bits) not in _SAMPLES:
        raise Unreadable(Fault.WRONG_SHAPE, f"the WAV file is neither PCM nor float: format {kind}, {bits} bits")
    if not 1 <= channels <= _MOST_CHANNELS:
        raise Unreadable(Fault.WRONG_SHAPE, f"the WAV file has {channels} channels; 1 to {_MOST_CHANNELS} are read")
    return _Form(kind, bits, channels, _rate(rate, "the WAV file's rate"))


def _mixed(samples: Callable[[bytes], array[int]], body: bytes, form: _Form) -> array[int]:
    """The mean of the channels; a last frame that is not whole is left out."""
    found = samples(body[: len(body) - len(body) % form.frame_bytes])
    if form.channels == 1:
        return found
    frames = zip(*(found[channel :: form.channels] for channel in range(form.channels)), strict=True)
    return array("h", (sum(frame) // form.channels for frame in frames))


def _of_8(body: bytes) -> array[int]:
    return array("h", ((sample - 128) << 8 for sample in body))


def _of_16(body: bytes) -> array[int]:
    return array("h", body)


def _of_24(body: bytes) -> array[int]:
    wider = bytearray(len(body) // 3 * 4)
    for place in range(3):
        wider[place + 1 :: 4] = body[place::3]
    return _of_32(bytes(wider))


def _of_32(body: bytes) -> array[int]:
    return array("h", (min(32767, (sample + 32768) >> 16) for sample in array("i", body)))


def _of_floats(body: bytes, type_: Literal["f", "d"]) -> array[int]:
    wave: array[float] = array(type_, body)
    if not all(map(isfinite, wave)):
        raise Unreadable(Fault.NOT_FINITE, "the WAV file has samples that are no numbers")
    return array("h", (round(max(-32768.0, min(32767.0, sample * _FULL_SCALE))) for sample in wave))


_SAMPLES: dict[tuple[int, int], Callable[[bytes], array[int]]] = {
    (_PLAIN, 8): _of_8,
    (_PLAIN, 16): _of_16,
    (_PLAIN, 24): _of_24,
    (_PLAIN, 32): _of_32,
    (_FLOATING, 32): partial(_of_floats, type_="f"),
    (_FLOATING, 64): partial(_of_floats, type_="d"),
}
"""By format and bits of a WAV file."""
