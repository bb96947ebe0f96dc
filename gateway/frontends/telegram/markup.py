"""What buttons send back when they are pressed: one letter, a colon and what it is about, at most 64 bytes. Pure."""

from __future__ import annotations

import hashlib
from typing import Literal

import msgspec

from ...core.delivery import Parcel
from .heard import Buttons

_MOST_BYTES = 64
Meaning = Literal["ack", "mute", "yes", "no", "pick", "history", "seen"]
_LETTERS: dict[str, Meaning] = {
    "a": "ack",
    "m": "mute",
    "y": "yes",
    "n": "no",
    "p": "pick",
    "h": "history",
    "s": "seen",
}


class Press(msgspec.Struct, frozen=True):
    """What a press means."""

    meaning: Meaning
    about: str
    """The alert's id, the proposal's, or `device/metric`."""
    number: int = 0
    """Of a pick: which."""


def press(data: str) -> Press | None:
    """What was pressed; None: nothing of ours."""
    letter, colon, about = data.partition(":")
    meaning = _LETTERS.get(letter)
    if meaning is None or not colon or not about:
        return None
    if meaning in ("ack", "mute"):
        return Press(meaning, about.partition("-")[0])
    if meaning == "pick":
        about, _, number = about.rpartition(":")
        return Press(meaning, about, int(number)) if about and number.isdecimal() else None
    return Press(meaning, about)


def of_parcel(parcel: Parcel, *, bare: bool) -> Buttons:
    """The buttons of a durable message: those no other message has, as it is found by them."""
    fit = tuple((words, data) for words, data in parcel.buttons if _fits(data))
    if fit and not bare:
        return fit
    return (("Noted", "s:" + hashlib.sha256(parcel.id.encode()).hexdigest()[:24]),)


def of_proposal(proposal: str, choices: tuple[str, ...]) -> Buttons:
    """Yes and no, or names to pick from."""
    if not choices:
        return (("Yes", f"y:{proposal}"), ("No", f"n:{proposal}"))
    named = [(words[:60], f"p:{proposal}:{number}") for number, words in enumerate(choices)]
    return tuple(one for one in (*named, ("None of these", f"n:{proposal}")) if _fits(one[1]))


def of_series(series: tuple[tuple[str, str], ...]) -> Buttons:
    """A picture of the first one that fits into a button."""
    fit = (f"h:{device}/{metric}" for device, metric in series)
    return next(((("History", data),) for data in fit if _fits(data)), ())


def _fits(data: str) -> bool:
    return 1 <= len(data.encode()) <= _MOST_BYTES
