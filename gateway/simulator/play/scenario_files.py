"""Scenario files: the ones that come with the gateway and people's own, read with errors that help."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path
from typing import TypeVar

import msgspec

from ...core.errors import ConfigError
from ...core.quality import Quality
from ..faults import SensorFault, typical
from ..world.ailments import Ill
from ..world.happenings import Happening
from ..world.sensor import SENSORS
from .checks import CHECKS, Check, Flagged
from .events import EVENTS, MACHINE_KINDS, SENSOR_KINDS, Event, MachineFails, SensorFails
from .script import Crew, Script

_LONGEST_S = 90 * 86_400.0
_FASTEST = 1_000_000.0
_Part = TypeVar("_Part", bound=msgspec.Struct)


class _Head(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    description: str
    duration_s: float = 0.0
    speed: float = 1.0
    endless: bool = False
    fleet: Crew = Crew()


def names() -> list[str]:
    """The scenarios that come with the gateway."""
    files = (resources.files("gateway.simulator") / "scenarios").iterdir()
    return sorted(file.name.removesuffix(".toml") for file in files if file.name.endswith(".toml"))


def load(name: str) -> Script:
    """The scenario with this name, or in the file with this path. Raises ConfigError."""
    if name in names():
        file = resources.files("gateway.simulator") / "scenarios" / f"{name}.toml"
        return parse(file.read_text("utf-8"), name, name)
    path = Path(name)
    if path.suffix != ".toml" and not path.exists():
        raise ConfigError(f"there is no scenario {name!r}; there are {', '.join(names())}, or name a .toml file")
    try:
        return parse(path.read_text("utf-8"), path.stem, str(path))
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: this is not UTF-8 text") from error


def parse(text: str, name: str, source: str) -> Script:
    """The scenario in a TOML text; `source` is what errors call it. Raises ConfigError."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{source}: {error}") from error
    try:
        return _script(raw, name)
    except ConfigError as error:
        raise ConfigError(f"{source}: {error}") from error


def _script(raw: dict[str, object], name: str) -> Script:
    events = _tables(raw.pop("events", []), "events")
    checks = _tables(raw.pop("checks", []), "checks")
    happenings = tuple(
        _part(table, Happening, place) for place, table in _tables(raw.pop("happenings", []), "happenings")
    )
    head = _part(raw, _Head, "the file", ("events", "checks", "happenings"))
    _check_head(head)
    sensors: list[tuple[str, SensorFault]] = []
    machines: list[tuple[Ill, MachineFails]] = []
    others: list[Event] = []
    for place, table in events:
        kind = _kind(table, place, [*EVENTS, *SENSOR_KINDS, *MACHINE_KINDS])
        if kind in SENSOR_KINDS:
            sensors.append(_sensor(kind, _part(table, SensorFails, f"{place} ({kind})"), place))
        elif kind in MACHINE_KINDS:
            machines.append((MACHINE_KINDS[kind], _machine(_part(table, MachineFails, f"{place} ({kind})"), place)))
        else:
            others.append(_part(table, EVENTS[kind], f"{place} ({kind})"))
    asked: list[tuple[str, Check]] = []
    for place, table in checks:
        kind = _kind(table, place, CHECKS)
        check = _part(table, CHECKS[kind], f"{place} ({kind})")
        if isinstance(check, Flagged) and check.flag not in Quality.__members__:
            raise ConfigError(
                f"{place} ({kind}): there is no flag {check.flag!r}; there are {', '.join(Quality.__members__)}"
            )
        asked.append((kind, check))
    if not head.endless and not asked:
        raise ConfigError("there are no [[checks]], so there would be no verdict")
    if head.endless and (asked or others):
        raise ConfigError("an endless scenario has faults of sensors and machines only, and no [[checks]]")
    return Script(
        name, head.description, head.duration_s, head.speed, head.endless, head.fleet, tuple(sensors),
        tuple(machines), tuple(others), tuple(asked), happenings,
    )  # fmt: skip


def _check_head(head: _Head) -> None:
    if not head.endless and not 1.0 <= head.duration_s <= _LONGEST_S:
        raise ConfigError(f"duration_s must be 1 to {_LONGEST_S:.0f}, or endless = true")
    if not 0.1 <= head.speed <= _FASTEST:
        raise ConfigError(f"speed must be 0.1 to {_FASTEST:.0f}")
    if head.fleet.interval_s is not None and head.fleet.interval_s < 0.1:
        raise ConfigError("fleet.interval_s must be at least 0.1")
    if not 1 <= head.fleet.batch <= 1000:
        raise ConfigError("fleet.batch must be 1 to 1000")


def _tables(raw: object, key: str) -> list[tuple[str, dict[str, object]]]:
    if not isinstance(raw, list) or not all(isinstance(table, dict) for table in raw):
        raise ConfigError(f"{key}: write each one under [[{key}]]")
    return [(f"{key}[{number}]", table) for number, table in enumerate(raw, 1)]


def _kind(table: dict[str, object], place: str, known: Iterable[str]) -> str:
    kind = table.pop("kind", None)
    if not isinstance(kind, str) or kind not in known:
        said = "there is no kind" if kind is None else f"there is no kind {kind!r}"
        raise ConfigError(f"{place}: {said}; there are {', '.join(known)}")
    return kind


def _part(table: Mapping[str, object], shape: type[_Part], place: str, also: Iterable[str] = ()) -> _Part:
    try:
        return msgspec.convert(table, shape)
    except msgspec.ValidationError as error:
        allowed = ", ".join(sorted([*(field.name for field in msgspec.structs.fields(shape)), *also]))
        said = str(error).replace("Object contains unknown field", "there is no key").replace(" - at `$.", " at `")
        raise ConfigError(f"{place}: {said}; keys: {allowed}") from error


def _sensor(kind: str, event: SensorFails, place: str) -> tuple[str, SensorFault]:
    if event.metric not in SENSORS:
        raise ConfigError(f"{place} ({kind}): there is no metric {event.metric!r}; there are {', '.join(SENSORS)}")
    start_ms = round(event.at_s * 1000)
    end_ms = start_ms + round(event.for_s * 1000) if event.for_s else 2**62
    size = typical(SENSOR_KINDS[kind], event.metric) if event.size is None else event.size
    return event.device, SensorFault(SENSOR_KINDS[kind], event.metric, start_ms, end_ms, size, event.share)


def _machine(event: MachineFails, place: str) -> MachineFails:
    if not 0.0 < event.size <= 1.0:
        raise ConfigError(f"{place}: size must be above 0 and at most 1")
    if event.over_s < 0.0:
        raise ConfigError(f"{place}: over_s must not be below 0")
    return event
