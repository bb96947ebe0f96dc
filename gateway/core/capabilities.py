"""What a device can do: what it declared when it registered, completed by what is known of its kind. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, TypeVar

import msgspec

from .errors import Refused
from .topics import METRIC
from .units import unit

LARGEST_INTERVAL_S = 3600
_UNIT_CHARS = 20
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
            {"flow": "l/min", "pressure": "hPa", "vibration": "mm/s", "power": "W"},
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


_TELLING = {"position": "window", "soil_moisture": "plant"}
"""Metrics that only one kind of device has."""


def read(raw: Mapping[str, object], learnt: Iterable[str] = ()) -> Capabilities:
    """What a registration declared, before what its kind has; an unreadable part counts as not declared.

    `learnt`: metrics it has sent. Its kind is guessed from them when it named none; that says nothing of its verbs.
    """
    said = raw.get("kind")
    kind = said if isinstance(said, str) else ""
    known = TYPES.get(kind)
    metrics = _metrics(raw, known)
    metrics.update({name: unit(name, raw) for name in learnt if name not in metrics})
    return Capabilities(
        kind or guessed(metrics),
        metrics,
        _declared(raw.get("verbs"), VerbKnown, known.verbs if known else None, _EVERY_VERB),
        _declared(raw.get("settings"), Setting, known.settings if known else None, _EVERY_SETTING),
    )


def guessed(metrics: Iterable[str]) -> str:
    """The kind of a device that sends these; empty when that is not plain."""
    shown = set(metrics)
    return next((kind for metric, kind in _TELLING.items() if metric in shown), "")


def _metrics(raw: Mapping[str, object], known: DeviceType | None) -> dict[str, str | None]:
    """Declared as a list of names, or as units by name; `units` beside them counts, too. Else those of its kind."""
    names, units = _names(raw.get("metrics")), _names(raw.get("units"))
    usual = known.metrics if known else {}
    found = {**(names or usual), **{name: said for name, said in units.items() if said or name not in names}}
    return {name: unit(name) or said or usual.get(name) for name, said in found.items()}


def _names(said: object) -> dict[str, str | None]:
    """Metrics with the units that were said of them."""
    if isinstance(said, list):
        said = dict.fromkeys(name for name in said if isinstance(name, str))
    if not isinstance(said, dict):
        return {}
    return {
        name: named[:_UNIT_CHARS] if isinstance(named, str) and named.strip() else None
        for name, named in said.items()
        if isinstance(name, str) and METRIC.fullmatch(name)
    }


def _declared(
    said: object, kind: type[_Declared], known: dict[str, _Declared] | None, every: dict[str, _Declared]
) -> dict[str, _Declared] | None:
    """By name; None: neither it nor its kind says anything. One that is unreadable is left to what is known of it."""
    if not isinstance(said, dict):
        return known
    found = dict(every)
    for name, one in said.items():
        if not isinstance(name, str) or not METRIC.fullmatch(name):
            continue  # verbs and settings are named as metrics are
        try:
            found[name] = msgspec.convert(one, kind)
        except msgspec.ValidationError:
            if known and name in known:
                found[name] = known[name]
    return found


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
