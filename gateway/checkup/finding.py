"""What a check is given and what it answers."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

import msgspec

from ..config.settings import Settings


class State(StrEnum):
    """How it is."""

    GOOD = "good"
    LOOK = "look"
    """Works, but somebody should look at it."""
    BAD = "bad"
    """Keeps the gateway from doing what it promises."""
    ABSENT = "absent"
    """Not on this machine, or not for this user to see; nothing is wrong with that."""


class Finding(msgspec.Struct, frozen=True):
    """One line of the answer."""

    state: State
    text: str
    advice: str = ""
    """What a person can do; empty when there is nothing to do."""


class Patient(msgspec.Struct, frozen=True):
    """The machine and the gateway that are looked at."""

    data: Path
    config: Path | None
    settings: Settings
    """As far as the configuration could be read."""
    mistakes: tuple[str, ...]
    """Of the configuration."""
    ask: Callable[[str], bytes]
    """GET of the running gateway's API; raises GatewayError when it does not answer."""
    root: Path = Path("/")
    """Where /proc, /sys, /dev and /etc are."""
    hidden: bool = False
    """The configuration may not be read by this user; the settings are every option's default."""


class Check(msgspec.Struct, frozen=True):
    """One thing to look at. `look` may raise anything: that too is told, and stops no other check."""

    group: str
    name: str
    look: Callable[[Patient], Finding]
    patience_s: float = 10.0


class Result(msgspec.Struct, frozen=True):
    """A finding with its place in the answer."""

    group: str
    name: str
    state: State
    text: str
    advice: str


def good(text: str) -> Finding:
    """All is well."""
    return Finding(State.GOOD, text)


def look(text: str, advice: str) -> Finding:
    """Somebody should look at it."""
    return Finding(State.LOOK, text, advice)


def bad(text: str, advice: str) -> Finding:
    """It has to be mended."""
    return Finding(State.BAD, text, advice)


def absent(text: str, advice: str = "") -> Finding:
    """Not there, or not to be seen."""
    return Finding(State.ABSENT, text, advice)
