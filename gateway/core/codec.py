"""What nodes send, read strictly: telemetry, bare values, heartbeats and status. And telemetry, written.

Decoders raise Unreadable with a reason that names the key. Numbers come out as the float64 that JSON says, bit for
bit; a metric that is null has no value and is left out.
"""

from __future__ import annotations

from functools import lru_cache
from math import isfinite

import msgspec

from .errors import Unreadable
from .messages import Sample, Vitals
from .payload import Fault, parse, parse_object, shown
from .timeline import OutOfYears, read_timestamp, write_timestamp
from .topics import METRIC

MOST_METRICS = 64
MOST_READINGS = 1000
WHOLE_LIMIT = 2**53
"""`seq` and `uptime_ms` stay below it, so that a node may hold them in a float64."""

NEVER_SET = 0
"""The timestamp of a reading whose node has a clock that was never set; its boot and uptime date it."""

ALIASES = {"sound_volume": "sound_level", "volume": "sound_level"}
IGNORED = frozenset(
    {"device", "device_id", "firmware", "firmware_version", "id", "location", "mac", "mac_address", "name", "sensor"}
    | {"sensor_id", "type", "unit", "units", "version"}
)
"""Keys real firmware sends beside its metrics; they say nothing that the registry does not know."""

_RESERVED = frozenset({"boot", "readings", "seq", "timestamp", "uptime_ms"})
_TEXT_LIMIT = 64
_RESULT_LIMIT = 200
_BOOT_LIMIT = 32
_NAMES_KEPT = 2048

_plain: set[str] = set()
"""Keys that are known to be metrics under their own name; almost every reading has no others."""


def decode_telemetry(payload: bytes) -> list[Sample]:
    """The reading sets of `devices/{id}/telemetry`: one, or the 1 to 1000 of a batch, in its order.

    A reading of a batch that has no value is left out; one that is wrong refuses the batch.
    """
    raw = parse_object(payload)
    if "readings" in raw:
        return _batch(raw)
    sample = _sample(raw)
    if sample is None:
        raise Unreadable(Fault.NO_VALUES, "no metric has a value")
    return [sample]


def decode_bare(metric: str, payload: bytes) -> Sample:
    """The reading of `sensor/{id}/{metric}`: a number, or an object with `value` and telemetry's keys of time."""
    if not _metric(metric):
        raise Unreadable(Fault.BAD_NAME, f"{shown(metric)} is not the name of a metric")
    raw = parse(payload, metric)
    if type(raw) is not dict:
        raw = {"value": raw}
    value = raw.pop("value", None)
    for key in raw:
        if key not in _RESERVED and key not in IGNORED:
            raise Unreadable(Fault.BAD_NAME, f"{shown(key)} stands beside value")
    raw[metric] = value
    sample = _sample(raw)
    if sample is None:
        raise Unreadable(Fault.NO_VALUES, f"{metric} has no value")
    return sample


def decode_heartbeat(payload: bytes) -> Vitals:
    """What `devices/{id}/heartbeat` says; every key may be missing, unknown ones are ignored."""
    raw = parse_object(payload)
    rssi = raw.get("rssi")
    return Vitals(
        uptime_ms=_whole("uptime_ms", raw.get("uptime_ms")),
        boot=_text("boot", raw.get("boot"), _BOOT_LIMIT, Fault.BAD_SEQUENCE),
        free_heap_bytes=_whole("free_heap", raw.get("free_heap"), Fault.NOT_A_NUMBER),
        rssi_dbm=None if rssi is None else _number("rssi", rssi),
        firmware=_text("firmware", raw.get("firmware"), _TEXT_LIMIT, Fault.BAD_TEXT),
        self_test=_text("self_test", raw.get("self_test"), _RESULT_LIMIT, Fault.BAD_TEXT),
    )


def decode_status(payload: bytes) -> bool:
    """Whether `devices/{id}/status` says `online` (True) or `offline`; blanks and quotes around it are allowed."""
    word = payload.strip().strip(b'"')
    if word == b"online":
        return True
    if word == b"offline":
        return False
    if not word:
        raise Unreadable(Fault.EMPTY, "payload is empty")
    said = shown(payload[:40].decode(errors="replace"))
    raise Unreadable(Fault.BAD_TEXT, f"status is neither online nor offline: {said}")


def encode_telemetry(sample: Sample) -> bytes:
    """The payload `decode_telemetry` reads back as this sample, bit for bit. Refuses a value that is not finite."""
    said: dict[str, object] = {}
    if sample.timestamp_ms is not None:
        said["timestamp"] = write_timestamp(sample.timestamp_ms)
    if sample.boot is not None:
        said |= {"boot": sample.boot, "seq": sample.seq}
    if sample.uptime_ms is not None:
        said["uptime_ms"] = sample.uptime_ms
    for metric, value in sample.values.items():
        if not isfinite(value):
            raise Unreadable(Fault.NOT_FINITE, f"{metric} is not a finite number: {value}")
        said[metric] = value
    return msgspec.json.encode(said)


def _batch(raw: dict[str, object]) -> list[Sample]:
    readings = raw.pop("readings")
    boot = raw.pop("boot", None)
    for key in raw:
        if key not in IGNORED:
            raise Unreadable(Fault.WRONG_SHAPE, f"{shown(key)} stands beside readings, not in one of them")
    if type(readings) is not list:
        raise Unreadable(Fault.WRONG_SHAPE, f"readings is not a list: {shown(readings)}")
    if len(readings) > MOST_READINGS:
        raise Unreadable(Fault.TOO_MANY, f"{len(readings)} readings in a batch; the limit is {MOST_READINGS}")
    samples = [sample for index, one in enumerate(readings) if (sample := _of_batch(index, one, boot)) is not None]
    if not samples:
        raise Unreadable(Fault.NO_VALUES, "no reading has a value")
    return samples


def _of_batch(index: int, raw: object, boot: object) -> Sample | None:
    if type(raw) is not dict:
        raise Unreadable(Fault.WRONG_SHAPE, f"readings[{index}] is not an object: {shown(raw)}")
    raw.setdefault("boot", boot)
    try:
        return _sample(raw)
    except Unreadable as error:
        raise Unreadable(error.fault, f"readings[{index}]: {error}") from error


def _sample(raw: dict[str, object]) -> Sample | None:
    """One reading set; None when no metric has a value. Takes `raw` apart."""
    timestamp = raw.pop("timestamp", None)
    boot = raw.pop("boot", None)
    seq = raw.pop("seq", None)
    uptime = raw.pop("uptime_ms", None)
    values = _values(raw)
    uptime_ms = None if uptime is None else _whole("uptime_ms", uptime)
    time_ms = None if timestamp is None else _timestamp(timestamp, boot is not None and uptime_ms is not None)
    if boot is None and seq is None:
        # An uptime without a boot dates nothing, but firmware likes to tell it.
        return Sample(values, time_ms) if values else None
    if boot is None or seq is None:
        raise Unreadable(Fault.BAD_SEQUENCE, "seq without boot" if boot is None else "boot without seq")
    name = _text("boot", boot, _BOOT_LIMIT, Fault.BAD_SEQUENCE)
    number = _whole("seq", seq)
    return Sample(values, time_ms, name, number, uptime_ms) if values else None


def _values(raw: dict[str, object]) -> dict[str, float]:
    """What is left of a reading set when its keys of time are gone: metrics, and what is to be ignored."""
    for key, value in raw.items():
        if key not in _plain:
            break
        if type(value) is not float:
            if type(value) is not int or abs(value) >= WHOLE_LIMIT:
                break
            raw[key] = float(value)
    else:
        if len(raw) <= MOST_METRICS:
            return raw  # type: ignore[return-value]  # all of it are floats by now
    return _values_of(raw)


def _values_of(raw: dict[str, object]) -> dict[str, float]:
    values: dict[str, float] = {}
    for key, value in raw.items():
        name = _metric(key)
        if type(value) is float and name:
            values[name] = value
        elif name and value is not None:
            values[name] = _number(key, value)
        elif type(value) is dict or type(value) is list:
            raise Unreadable(Fault.WRONG_SHAPE, f"{key} is nested: {shown(value)}")
    if len(values) > MOST_METRICS:
        raise Unreadable(Fault.TOO_MANY, f"{len(values)} metrics in one set; the limit is {MOST_METRICS}")
    return values


@lru_cache(maxsize=_NAMES_KEPT)
def _metric(key: str) -> str:
    """The metric a key stands for; empty when the key is to be ignored."""
    if key in IGNORED:
        return ""
    if key in _RESERVED or not METRIC.fullmatch(key):
        raise Unreadable(Fault.BAD_NAME, f"{shown(key)} is not the name of a metric (snake_case, up to 40)")
    if key in ALIASES:
        return ALIASES[key]
    if len(_plain) < _NAMES_KEPT:
        _plain.add(key)
    return key


def _number(key: str, value: object) -> float:
    if type(value) is float:
        return value
    if type(value) is not int:
        nested = type(value) is dict or type(value) is list
        fault = Fault.WRONG_SHAPE if nested else Fault.NOT_A_NUMBER
        raise Unreadable(fault, f"{key} is not a number: {shown(value)}")
    try:
        return float(value)
    except OverflowError as error:
        raise Unreadable(Fault.NOT_FINITE, f"{key} is not a finite number: {shown(value)}") from error


def _whole(key: str, value: object, fault: Fault = Fault.BAD_SEQUENCE) -> int | None:
    if value is None:
        return None
    if type(value) is int and 0 <= value < WHOLE_LIMIT:
        return value
    raise Unreadable(fault, f"{key} is not a whole number from 0 to 2^53 - 1: {shown(value)}")


def _text(key: str, value: object, limit: int, fault: Fault) -> str | None:
    if value is None:
        return None
    if type(value) is str and 0 < len(value) <= limit and value.isascii() and value.isprintable():
        return value
    raise Unreadable(fault, f"{key} is not a text of 1 to {limit} printable ASCII characters: {shown(value)}")


def _timestamp(value: object, dispensable: bool) -> int:
    """UTC ms; NEVER_SET for a clock that cannot be right where the reading is dated without it, too."""
    if not isinstance(value, str | float | int) or isinstance(value, bool):
        raise Unreadable(Fault.BAD_TIMESTAMP, f"timestamp is not a time: {shown(value)}")
    try:
        return read_timestamp(value)
    except OutOfYears as error:
        if dispensable:
            return NEVER_SET
        raise Unreadable(Fault.BAD_TIMESTAMP, f"timestamp {error}: {shown(value)}") from error
    except ValueError as error:
        raise Unreadable(Fault.BAD_TIMESTAMP, f"timestamp {error}: {shown(value)}") from error
