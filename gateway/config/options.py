"""The options as a list, read off the settings' own declarations: what `load` checks and `example` prints."""

from __future__ import annotations

import math
import types
import typing
from collections.abc import Iterator
from typing import Any

import msgspec

from .settings import Allowed, Settings

_UNITS = {
    "requests_per_s": "requests per second",
    "_per_s": "messages per second",
    "_s": "seconds",
    "_minutes": "minutes",
    "_days": "days",
    "_bytes": "bytes",
    "_mb": "megabytes",
    "_mb_per_day": "megabytes a day",
    "_tb": "terabytes",
}


class Option(msgspec.Struct, frozen=True):
    """One thing a person may set."""

    section: str
    name: str
    declared: Any
    """Its annotated type."""
    default: object
    meaning: str
    allowed: str
    """In words, fit after "must be"."""
    unit: str
    sample: object
    """A value to show: the default, or an example where there is none."""

    @property
    def key(self) -> str:
        """`section.name`."""
        return f"{self.section}.{self.name}"

    def read(self, value: object) -> object:
        """The value in its own type. Raises ValueError when it is not allowed; the text says what is."""
        try:
            converted = msgspec.convert(value, self.declared)
        except (msgspec.ValidationError, OverflowError):
            raise ValueError(self._refusal(value)) from None
        if not _holds(self.declared, converted):
            raise ValueError(self._refusal(value))
        return typing.cast("object", converted)

    def _refusal(self, value: object) -> str:
        return f"must be {self.allowed}, not {in_toml(value)[:60]}"


def options() -> Iterator[Option]:
    """Every option, in the order they are declared."""
    for section, kind in typing.get_type_hints(Settings).items():
        yield from _options_of(section, kind)


def _options_of(section: str, kind: type[msgspec.Struct]) -> Iterator[Option]:
    declared = typing.get_type_hints(kind, include_extras=True)
    for field in msgspec.structs.fields(kind):
        metas = list(_metas(declared[field.name]))
        yield Option(
            section=section,
            name=field.name,
            declared=declared[field.name],
            default=field.default,
            meaning=next(meta.description for meta in metas if meta.description),
            allowed=_in_words(declared[field.name]),
            unit=next((unit for suffix, unit in _UNITS.items() if field.name.endswith(suffix)), ""),
            sample=next((meta.examples[0] for meta in metas if meta.examples), field.default),
        )


def _alternatives(declared: Any) -> list[Any]:
    """The types of `X | None` but None; of anything else just itself."""
    if typing.get_origin(declared) in (typing.Union, types.UnionType):
        return [part for part in typing.get_args(declared) if part is not type(None)]
    return [declared]


def _split(declared: Any) -> tuple[Any, tuple[Any, ...]]:
    """The bare type and what it is annotated with."""
    one = _alternatives(declared)[0]
    if typing.get_origin(one) is typing.Annotated:
        return one.__origin__, one.__metadata__
    return one, ()


def _metas(declared: Any) -> Iterator[msgspec.Meta]:
    return (part for part in _split(declared)[1] if isinstance(part, msgspec.Meta))


def _rules(declared: Any) -> Iterator[Allowed]:
    return (part for part in _split(declared)[1] if isinstance(part, Allowed))


def _holds(declared: Any, value: Any) -> bool:
    if isinstance(value, float) and not math.isfinite(value):
        return False
    if isinstance(value, tuple):
        item = typing.get_args(_split(declared)[0])[0]
        return all(_holds(item, one) for one in value)
    return all(rule.holds(value) for rule in _rules(declared))


def _in_words(declared: Any) -> str:
    bare, _ = _split(declared)
    for rule in _rules(declared):
        return rule.words
    if bare is bool:
        return "true or false"
    if typing.get_origin(bare) is typing.Literal:
        shown = [in_toml(choice) for choice in typing.get_args(bare)]
        return f"one of {', '.join(shown)}" if len(shown) > 1 else shown[0]
    if typing.get_origin(bare) is tuple:
        return f"a list of {_in_words(typing.get_args(bare)[0])}"
    if bare is str:
        return "text" + _span(declared, "min_length", "max_length") + " characters"
    return ("a whole number" if bare is int else "a number") + _span(declared, "ge", "le")


def _span(declared: Any, low_name: str, high_name: str) -> str:
    found = {
        name: value
        for meta in _metas(declared)
        for name in (low_name, high_name)
        if (value := getattr(meta, name)) is not None
    }
    low, high = found.get(low_name), found.get(high_name)
    if low is not None and high is not None:
        return f" from {low} to {high}"
    if low is not None:
        return f" of at least {low}"
    return "" if high is None else f" of at most {high}"


def in_toml(value: object) -> str:
    """The value as TOML writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return msgspec.json.encode(value).decode()
    if isinstance(value, list | tuple):
        return "[" + ", ".join(in_toml(item) for item in value) + "]"
    return str(value)
