"""What is wrong with JSON that is not of its type, in words for people: where, why, and what would be right. Pure.

msgspec says what it expected as a type or a regular expression; who writes a rule by hand wants to know what to write.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import inspect

_AT = re.compile(r" - at `\$\.?([^`]*)`$")
_KEY = re.compile(r"(missing required|unknown) field `([^`]*)`")
_STEP = re.compile(r"\[(\d+)\]|\[(\.\.\.)\]|([^.\[\]]+)")
_LIMIT = re.compile(r"Expected `(\w+)`( of length)? (>=|<=|>|<) (\S+)$")
_KINDS = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list [...]",
    "object": "an object {...}",
    "null": "null",
}
_LIMITS = {">=": "at least", "<=": "at most", ">": "above", "<": "below"}
_MOST_NAMED = 24
_FORMS = {
    "[a-z0-9-]{3,40}": "3 to 40 small letters, digits and dashes",
    "[a-z0-9][a-z0-9-]{0,39}": "up to 40 small letters, digits and dashes",
    "[a-z0-9][a-z0-9-]{0,63}": "up to 64 small letters, digits and dashes",
    "[a-z][a-z0-9_]{0,39}": "up to 40 small letters, digits and _",
    "([01][0-9]|2[0-3]):[0-5][0-9]": "a time such as 06:00 or 22:00",
}
"""Spellings whose description does not tell how they are spelled, without their anchors."""


def misfit(error: msgspec.ValidationError, kind: Any, given: object) -> tuple[str, str]:
    """Where and why, as `if.from` and `must be a time such as 06:00 or 22:00, not "25:00"`. `kind`: the type that was
    wanted; `given`: the JSON as it was read, None where it is not at hand.
    """
    said = str(error)
    found = _AT.search(said)
    path, reason = (found[1], said[: found.start()]) if found else ("", said)
    steps = [(step[0], step[2]) for step in _STEP.findall(path)]
    there, value = _there(inspect.type_info(kind), given, steps)
    if key := _KEY.search(reason):
        path = f"{path}.{key[2]}" if path else key[2]
        return path, _of_key(key[1] == "unknown", key[2], there, value)
    return path, _of_value(reason, there, value, steps[-1][1] if steps else "")


def _of_key(unknown: bool, key: str, there: inspect.Type | None, value: object) -> str:
    if not unknown:
        tags = _tags(there, key)
        return f"is missing; it is one of {_listed(tags)}" if tags else "is missing"
    there = _member(there, value)
    names = [field.encode_name for field in there.fields] if isinstance(there, inspect.StructType) else []
    close = difflib.get_close_matches(key, names, 1)
    if close:
        return f"there is no such key here, but {close[0]}"
    return f"there is no such key here; there is {_listed(names)}" if names else "there is no such key here"


def _of_value(reason: str, there: inspect.Type | None, value: object, key: str) -> str:
    if reason.startswith(("Invalid enum value", "Invalid value")):
        choices = _tags(there, key) or _choices(there)
        shown = reason.rpartition(" value ")[2].strip("'")
        return f"must be one of {_listed(choices)}, not {shown}" if choices else f"cannot be {shown}"
    if "matching regex" in reason:
        return f"must be {_form(there, reason)}, not {_shown(value)}"
    if limit := _LIMIT.match(reason):
        return _of_limit(*limit.groups())
    if reason == "Number out of range":
        return "the number is too large"
    wanted = re.match(r"Expected `([^`]*)`(, got `(\w+)`)?", reason)
    if wanted is None or not all(name in _KINDS for name in wanted[1].split(" | ")):
        return reason
    names = [_KINDS[name] for name in wanted[1].split(" | ") if name != "null" or wanted[1] == "null"]
    return f"must be {' or '.join(names)}" + (f", not {_KINDS.get(wanted[3], wanted[3])}" if wanted[3] else "")


def _of_limit(kind: str, length: str | None, how: str, limit: str) -> str:
    if length is None:
        return f"must be {_LIMITS[how]} {float(limit):.15g}"
    what = {"str": "character", "array": "entry"}.get(kind, "key")
    many = what if limit == "1" else "entries" if what == "entry" else f"{what}s"
    return f"must have {_LIMITS[how]} {limit} {many}"


def _form(there: inspect.Type | None, reason: str) -> str:
    """How it is to be spelled."""
    pattern = reason.partition("regex ")[2].strip("'")
    inner = pattern.removeprefix("^").removesuffix("$")
    optional = inner.startswith("(") and inner.endswith(")?")
    if (form := _FORMS.get(inner[1:-2] if optional else inner)) is not None:
        return form
    described = _described(there)
    return f"as it is described ({described})" if described else f"of the form {pattern}"


def _described(there: inspect.Type | None) -> str:
    if isinstance(there, inspect.UnionType):
        return next((text for one in there.types if (text := _described(one))), "")
    if not isinstance(there, inspect.Metadata):
        return ""
    schema = there.extra_json_schema or {}
    examples = [f"such as {each}" for each in schema.get("examples", [])]
    return ", ".join([*([schema["description"]] if "description" in schema else []), *examples[:1]])


def _there(
    kind: inspect.Type | None, value: object, steps: Sequence[tuple[str, str]]
) -> tuple[inspect.Type | None, object]:
    """What was wanted at the end of a path, and what is there. The tag of an object is its own end: the object."""
    for number, (index, name) in enumerate(steps):
        member = _member(kind, value)
        if index:
            kind = member.item_type if isinstance(member, inspect.ListType | inspect.VarTupleType) else None
            at = int(index)
            value = value[at] if isinstance(value, list) and at < len(value) else None
            continue
        fields = member.fields if isinstance(member, inspect.StructType) else ()
        field = next((one for one in fields if one.encode_name == name), None)
        if field is None and number == len(steps) - 1 and _tags(kind, name):
            return kind, value
        kind = None if field is None else field.type
        value = value.get(name) if isinstance(value, dict) else None
    return kind, value


def _members(kind: inspect.Type | None) -> list[inspect.Type]:
    """Of a union; of anything else itself."""
    if isinstance(kind, inspect.Metadata):
        return _members(kind.type)
    if isinstance(kind, inspect.UnionType):
        return [each for one in kind.types for each in _members(one)]
    return [] if kind is None else [kind]


def _member(kind: inspect.Type | None, value: object) -> inspect.Type | None:
    """That of a union which was meant by what is there."""
    members = _members(kind)
    if isinstance(value, dict):
        objects = [one for one in members if isinstance(one, inspect.StructType)]
        if len(objects) == 1:
            return objects[0]
        return next((one for one in objects if one.tag is not None and value.get(one.tag_field) == one.tag), None)
    if isinstance(value, list):
        return next((one for one in members if isinstance(one, inspect.ListType | inspect.VarTupleType)), None)
    return members[0] if len(members) == 1 else None


def _tags(kind: inspect.Type | None, key: str) -> list[object]:
    """What an object may say it is, where `key` is what says so."""
    return [one.tag for one in _members(kind) if isinstance(one, inspect.StructType) and one.tag_field == key]


def _choices(kind: inspect.Type | None) -> list[object]:
    found: list[object] = []
    for one in _members(kind):
        if isinstance(one, inspect.LiteralType):
            found += one.values
        elif isinstance(one, inspect.EnumType):
            found += [each.value for each in one.cls]
    return found


def _listed(names: Sequence[object]) -> str:
    shown = [name if isinstance(name, str) and name else _shown(name) for name in names[:_MOST_NAMED]]
    return ", ".join([*shown, "..."] if len(names) > _MOST_NAMED else shown)


def _shown(value: object) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= 60 else f"{text[:60]}..."
