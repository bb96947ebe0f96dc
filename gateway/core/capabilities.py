"""What a device can do: what it declared when it registered, completed by what is known of its kind. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeVar

import msgspec

from .errors import Refused

LARGEST_INTERVAL_S = 3600
_Declared = TypeVar("_Declared")


class Setting(msgspec.Struct, frozen=True, omit_defaults=True):
    """One argument of a verb, or one key of the configuration."""

    kind: Literal["number", "whole", "bool", "text", "object"] = "number"
    min: float | None = None
    max: float | None = None
    choices: tuple[str, ...] = ()
    unit: str | None = None
    required: bool = False


class VerbKnown(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a verb takes."""

    args: dict[str, Setting] = {}
    relative: bool = False
    """Doing it twice is not doing it once."""


class DeviceType(msgspec.Struct, frozen=True):
    """A kind of device that people know."""

    kind: str
    name: str
    metrics: dict[str, str | None] = {}
    """Unit by metric."""
    verbs: dict[str, VerbKnown] = {}
    settings: dict[str, Setting] = {}


class Capabilities(msgspec.Struct, frozen=True):
    """What one device can do. `verbs`, `settings` None: nobody said, so that anything is passed on to it."""

    kind: str = ""
    metrics: dict[str, str | None] = {}
    verbs: dict[str, VerbKnown] | None = None
    settings: dict[str, Setting] | None = None


_EVERY_VERB = {"identify": VerbKnown(), "restart": VerbKnown()}
_EVERY_SETTING = {
    "interval_s": Setting("number", 1, LARGEST_INTERVAL_S, unit="s"),
    "audio": Setting("bool"),
    "limits": Setting("object"),
}
_SWITCH = {"turn_on": VerbKnown(), "turn_off": VerbKnown()}
_RUN_FOR = {"run_for": VerbKnown({"seconds": Setting("number", 1, 86_400, unit="s", required=True)}, relative=True)}


def _type(
    kind: str, name: str, metrics: dict[str, str | None], verbs: dict[str, VerbKnown] | None = None
) -> DeviceType:
    return DeviceType(kind, name, metrics, {**_EVERY_VERB, **(verbs or {})}, dict(_EVERY_SETTING))


_POSITION = VerbKnown({"position": Setting("number", 0, 100, unit="%", required=True)})
_CELSIUS = Setting("number", 30, 75, unit="°C", required=True)
_SPEED = VerbKnown({"speed": Setting("number", 0, 100, unit="%", required=True)})

TYPES: Mapping[str, DeviceType] = {
    known.kind: known
    for known in (
        _type("window", "Window", {"position": "%"}, {"set_position": _POSITION}),
        _type("climate", "Climate sensor", {"temperature": "°C", "humidity": "%", "co2": "ppm", "sound_level": "dB"}),
        _type(
            "plant", "Plant sensor", {"soil_moisture": "%", "light_level": "lx", "temperature": "°C", "humidity": "%"}
        ),
        _type(
            "heater",
            "Water heater",
            {"temperature": "°C", "power": "W"},
            {**_SWITCH, "set_temperature": VerbKnown({"temperature": _CELSIUS})},
        ),
        _type(
            "pump",
            "Pump",
            {"flow": "l/min", "pressure": "bar", "vibration": "mm/s", "power": "W"},
            {**_SWITCH, **_RUN_FOR},
        ),
        _type(
            "fan",
            "Fan",
            {"speed": "%", "vibration": "mm/s", "power": "W"},
            {**_SWITCH, **_RUN_FOR, "set_speed": _SPEED},
        ),
        _type("outdoor", "Outdoor sensor", {"temperature": "°C", "humidity": "%", "light_level": "lx"}),
    )
}
"""By kind. A registration names its kind and may declare more than its kind has, or less."""


def read(raw: Mapping[str, object]) -> Capabilities:
    """What a registration declared, before what its kind has; an unreadable part counts as not declared."""
    kind = raw.get("kind")
    known = TYPES.get(kind) if isinstance(kind, str) else None
    metrics: dict[str, str | None] = dict(known.metrics) if known else {}
    metrics.update(_metrics(raw))
    return Capabilities(
        kind if isinstance(kind, str) else "",
        metrics,
        _declared(raw.get("verbs"), dict[str, VerbKnown], known.verbs if known else None, _EVERY_VERB),
        _declared(raw.get("settings"), dict[str, Setting], known.settings if known else None, _EVERY_SETTING),
    )


def _metrics(raw: Mapping[str, object]) -> dict[str, str | None]:
    """Declared as a list of names, or as units by name; `units` beside them counts, too."""
    found: dict[str, str | None] = {}
    for key in ("metrics", "units"):
        said = raw.get(key)
        if isinstance(said, list):
            found.update({name: found.get(name) for name in said if isinstance(name, str)})
        elif isinstance(said, dict):
            found.update({name: unit if isinstance(unit, str) else None for name, unit in said.items()})
    return found


def _declared(
    said: object, kind: type[dict[str, _Declared]], known: dict[str, _Declared] | None, every: dict[str, _Declared]
) -> dict[str, _Declared] | None:
    if said is None:
        return known
    try:
        return {**every, **msgspec.convert(said, kind)}
    except msgspec.ValidationError:
        return known


def check_command(known: Capabilities, verb: str, args: Mapping[str, object]) -> None:
    """Raises Refused, naming the argument, when the device cannot do that."""
    if known.verbs is None:
        return
    found = known.verbs.get(verb)
    if found is None:
        raise Refused(f"It cannot {verb}; it can {', '.join(sorted(known.verbs))}.")
    for name, setting in found.args.items():
        if setting.required and args.get(name) is None:
            raise Refused(f"{verb} needs {name}.")
    for name, value in args.items():
        if name not in found.args:
            takes = ", ".join(sorted(found.args)) or "nothing"
            raise Refused(f"{verb} does not take {name}; it takes {takes}.")
        if value is not None:
            check_value(name, value, found.args[name])


def check_settings(known: Capabilities, desired: Mapping[str, object]) -> None:
    """The same for a configuration; `limits` holds `{name: {"min": …, "max": …}}` with nulls."""
    for name, value in desired.items():
        if known.settings is not None and name not in known.settings:
            raise Refused(f"It has no setting {name}; it has {', '.join(sorted(known.settings))}.")
        if name == "limits":
            _check_limits(value)
        elif known.settings is not None:
            check_value(name, value, known.settings[name])


def check_value(name: str, value: object, setting: Setting) -> None:
    """Raises Refused unless the value is of the setting's kind and within its limits."""
    if not _is(value, setting.kind):
        raise Refused(f"{name} is not {_KINDS[setting.kind]}.")
    if isinstance(value, int | float) and not isinstance(value, bool):
        unit = f" {setting.unit}" if setting.unit else ""
        if setting.min is not None and value < setting.min:
            raise Refused(f"{name} is below {setting.min:g}{unit}.")
        if setting.max is not None and value > setting.max:
            raise Refused(f"{name} is above {setting.max:g}{unit}.")
    if setting.choices and value not in setting.choices:
        raise Refused(f"{name} is none of {', '.join(setting.choices)}.")


_KINDS = {
    "number": "a number",
    "whole": "a whole number",
    "bool": "true or false",
    "text": "a text",
    "object": "an object",
}


def _is(value: object, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "bool"
    if kind == "number":
        return isinstance(value, int | float)
    if kind == "whole":
        return isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    return isinstance(value, str if kind == "text" else dict if kind == "object" else bool)


def _check_limits(value: object) -> None:
    if not isinstance(value, dict):
        raise Refused("limits is not an object.")
    for name, band in value.items():
        if not isinstance(band, dict) or not set(band) <= {"min", "max"}:
            raise Refused(f"limits.{name} is not an object with min and max.")
        low, high = band.get("min"), band.get("max")
        for side in (low, high):
            if side is not None and not _is(side, "number"):
                raise Refused(f"limits.{name} holds something that is no number.")
        if low is not None and high is not None and low > high:
            raise Refused(f"limits.{name}: min is above max.")
