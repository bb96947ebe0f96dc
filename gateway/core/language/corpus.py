"""Sentences with what they mean, and how well a reader does on them. Pure.

A row of a corpus file: `say` are several sentences that mean the same, `want` is what they mean. A list in place of a
value: any of these; a list of tables in place of `want`: any of these. `at`: the place or the device, whichever is
named; `also`: how many further orders. Of `condition` and `schedule` the keys given count; a key that is not given is
not looked at, an empty text is one that must not be there. `heard`: what was said before in the same talk. `trap`: why
somebody might be fooled.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping

import msgspec

from .house import House
from .intent import MOVING, NOTHING, Intent, Talk
from .understand import Reader

Wanted = Mapping[str, object]
_CLOSE = 1e-9
_MOVED = ("action", "device", "value")
"""What makes an order another one."""


class Row(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Sentences that mean the same."""

    say: tuple[str, ...]
    want: tuple[dict[str, object], ...]
    heard: tuple[str, ...] = ()
    trap: str = ""


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """One sentence, and what was made of it."""

    say: str
    trap: str
    intent: Intent
    right: bool
    wrong_actuation: bool
    """It would have moved something, or could have after a yes, and that was not what was wanted."""


def rows(text: str) -> list[Row]:
    """Of a corpus file. Raises ValueError."""
    found = tomllib.loads(text).get("row", [])
    try:
        return [msgspec.convert({**row, "want": _tables(row.get("want"))}, Row) for row in found]
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from error


def _tables(want: object) -> object:
    return [want] if isinstance(want, dict) else want


def judged(reader: Reader, house: House, row: Row) -> list[Judged]:
    """Each sentence of a row."""
    talk = NOTHING
    for heard in row.heard:
        talk = after(house, reader.read(heard, talk).intent, talk)
    found = []
    for say in row.say:
        intent = reader.read(say, talk).intent
        right = means(intent, row.want)
        found.append(
            Judged(
                say=say, trap=row.trap, intent=intent, right=right, wrong_actuation=not right and _wrong(intent, row)
            )
        )
    return found


def after(house: House, intent: Intent, before: Talk) -> Talk:
    """What a conversation remembers of a sentence that nobody acted on."""
    named = [("device", intent.device), ("asset", intent.place), ("zone", intent.place), ("device", intent.place)]
    things = [thing for thing in house.things if (thing.what, thing.id) in named]
    # What was named comes before what does it: "it" is the window, and then the room's window is the same one.
    things.sort(key=lambda thing: named.index((thing.what, thing.id)))
    return Talk(
        last=things[0].candidate if things else before.last,
        offered=intent.candidates,
        pending=bool(intent.confirm) if intent.kind in MOVING else before.pending,
    )


def _wrong(intent: Intent, row: Row) -> bool:
    """It moves something, and no wanted order has this action, device and value."""
    return intent.kind in MOVING and not any(
        _any_of(want.get("kind"), intent.kind) and all(_key(intent, key, want) for key in _MOVED) for want in row.want
    )


def means(intent: Intent, wanted: Iterable[Wanted]) -> bool:
    """Whether it is any of these, as `want` of a row says it."""
    return any(all(_key(intent, key, want) for key in want) for want in wanted)


def _key(intent: Intent, key: str, want: Wanted) -> bool:
    """Whether the intent has what is wanted under a key; it has when nothing is wanted there."""
    if key not in want:
        return True
    wanted = want[key]
    if key == "at":
        return any(_any_of(wanted, found) for found in (intent.place, intent.device) if found)
    if key == "also":
        return len(intent.also) == wanted
    found = msgspec.to_builtins(intent).get(key, "")
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(_any_of(value, found.get(name, "")) for name, value in wanted.items())
    return _any_of(wanted, found)


def _any_of(wanted: object, found: object) -> bool:
    if isinstance(wanted, list) and isinstance(found, list | tuple):
        return list(found) == wanted
    return any(_same(one, found) for one in wanted) if isinstance(wanted, list) else _same(wanted, found)


def _same(wanted: object, found: object) -> bool:
    numbers = (int, float)
    if isinstance(wanted, numbers) and isinstance(found, numbers):
        return abs(wanted - found) < _CLOSE
    return wanted == found


def right(found: Iterable[Judged]) -> float:
    """The share of sentences that were taken for what they are; of none it is 1."""
    marks = [one.right for one in found]
    return sum(marks) / len(marks) if marks else 1.0
