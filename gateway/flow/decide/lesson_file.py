"""Lessons as JSON, out and in: what an owner has taught can be taken along."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Annotated

import msgspec
from msgspec.structs import replace

from ...core.decisions import Override, Source
from ...core.errors import Refused
from ...core.window.moment import Moment
from .lessons import MOST_ACTIVE

_FORMAT = 1
_AGAIN = "~"
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}(~[0-9]{1,4})?")
_SANE: Mapping[str, tuple[float, float]] = {
    "hour": (0, 24),
    "day": (1, 366),
    "temperature_c": (-60, 80),
    "humidity_pct": (0, 100),
    "sound_db": (-60, 200),
    "co2_ppm": (0, 100_000),
    "outdoor_temperature_c": (-90, 80),
    "outdoor_humidity_pct": (0, 100),
    "outdoor_mean_c": (-90, 80),
    "rain_mm_h": (0, 1000),
    "wind_m_s": (0, 150),
    "position_pct": (0, 100),
    "shut_h": (0, 100_000),
}


class _Out(msgspec.Struct, frozen=True):
    id: str
    position: Annotated[float, msgspec.Meta(ge=0, le=100)]
    moment: Moment
    time_ms: int = 0
    who: Annotated[str, msgspec.Meta(max_length=80)] = ""
    source: Source = "api"
    learnt: Annotated[str, msgspec.Meta(max_length=400)] = ""


class _File(msgspec.Struct, frozen=True):
    lessons: Annotated[list[_Out], msgspec.Meta(max_length=MOST_ACTIVE)]
    format: int = _FORMAT
    device: str = ""


def exported(device: str, overrides: Iterable[Override]) -> dict[str, object]:
    """As JSON: `{"format", "device", "lessons": [{"id", "position", "moment", "time_ms", "who", "source", "learnt"}]}`.

    The overrides have moments.
    """
    out = [
        _Out(one.id, one.position, one.moment, one.time_ms, one.who, one.source, one.learnt)
        for one in overrides
        if one.moment is not None
    ]
    shown: dict[str, object] = msgspec.to_builtins(_File(out, _FORMAT, device))
    return shown


def read(exported: Mapping[str, object], device: str, now_ms: int) -> list[Override]:
    """What comes back, as overrides of `device` that begin to teach now and hold nothing. Raises Refused."""
    try:
        file = msgspec.convert(exported, _File, strict=False)
    except msgspec.ValidationError as error:
        raise Refused(f"These are not lessons as they were exported: {error}") from error
    if file.format != _FORMAT:
        raise Refused(f"Lessons of format {file.format} are not known here, only {_FORMAT}.")
    found: dict[str, Override] = {}
    for number, one in enumerate(file.lessons, 1):
        if not _ID.fullmatch(one.id) or one.id in found:
            raise Refused(f"Lesson {number}: its id is wrong or there twice.")
        _check(number, one.moment)
        found[one.id] = Override(
            id=one.id,
            device=device,
            time_ms=now_ms,
            until_ms=now_ms,
            position=one.position,
            who=one.who,
            source=one.source,
            moment=one.moment,
            learnt=one.learnt,
        )
    return list(found.values())


def renewed(incoming: Sequence[Override], known: Callable[[str], Override | None]) -> list[Override]:
    """Of what comes in, what does not count already; `known` are the overrides of all devices, by id.

    What was forgotten comes back as a lesson of its own: its former one keeps the time in which it counted, so that
    older decisions can still be run again. What another device was taught stays that one's.
    """
    found: list[Override] = []
    for one in incoming:
        base = one.id.partition(_AGAIN)[0]
        number, candidate, there = 1, base, known(base)
        while there is not None and (there.revoked_ms is not None or there.device != one.device):
            number += 1
            candidate = f"{base}{_AGAIN}{number}"
            there = known(candidate)
        if there is None and all(candidate != other.id for other in found):
            found.append(replace(one, id=candidate))
    return found


def _check(number: int, moment: Moment) -> None:
    if moment.temperature_c is None:
        raise Refused(f"Lesson {number}: without a temperature nothing can be learnt.")
    for name, (low, high) in _SANE.items():
        value = getattr(moment, name)
        if value is not None and not (math.isfinite(value) and low <= value <= high):
            raise Refused(f"Lesson {number}: {name} is not between {low:g} and {high:g}.")
