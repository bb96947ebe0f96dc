"""`key=value` on the command line."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from .remote import Refusal


def pairs(words: Iterable[str]) -> dict[str, object]:
    """What was said, with values as JSON or else as text; `a.b=1` is an `a` with a `b` inside. Raises Refusal."""
    found: dict[str, object] = {}
    for word in words:
        name, equals, text = word.partition("=")
        if not equals or not all(name.split(".")):
            raise Refusal(f"{word}: write it as key=value.")
        *around, last = name.split(".")
        place = found
        for key in around:
            inner = place.setdefault(key, {})
            if not isinstance(inner, dict):
                raise Refusal(f"{word}: {key} is a value already.")
            place = inner
        place[last] = value(text)
    return found


def value(text: str) -> object:
    """`40`, `true`, `null` and the like as JSON; anything else as the text it is."""
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text
