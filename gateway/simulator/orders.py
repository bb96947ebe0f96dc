"""What a node is told: commands, window positions and its desired configuration, read from their payloads."""

from __future__ import annotations

from collections import deque
from typing import Literal

import msgspec

_REMEMBERED = 32
MIN_INTERVAL_S = 1.0
MAX_INTERVAL_S = 3600.0


class SetPositionArgs(msgspec.Struct, frozen=True):
    """What `set_position` needs."""

    position: float


class Command(msgspec.Struct, frozen=True):
    """One order of a person or a rule."""

    id: str
    verb: str
    args: dict[str, object] = {}
    expires_ms: int | None = None


class WindowControl(msgspec.Struct, frozen=True):
    """An automatic decision about the window."""

    position: float
    decision: str = ""


class DesiredState(msgspec.Struct, frozen=True):
    """The part of the configuration a simulated node knows."""

    interval_s: float | None = None


class Desired(msgspec.Struct, frozen=True):
    """The configuration the gateway wants."""

    version: int
    state: DesiredState = DesiredState()


class Reported(msgspec.Struct, frozen=True):
    """What the node has applied."""

    version: int
    state: dict[str, float]


class Ack(msgspec.Struct, frozen=True, omit_defaults=True):
    """The answer to an order."""

    id: str
    status: Literal["accepted", "done", "failed"]
    detail: str = ""


class Acks:
    """The last answer to each of the latest orders, so that an order that comes twice is carried out once."""

    def __init__(self) -> None:
        self._given: deque[Ack] = deque(maxlen=_REMEMBERED)

    def keep(self, ack: Ack) -> None:
        """Remember what was answered last."""
        for index, known in enumerate(self._given):
            if known.id == ack.id:
                self._given[index] = ack
                return
        self._given.append(ack)

    def given(self, order: str) -> Ack | None:
        """What this order was answered; None when it is new."""
        return next((ack for ack in self._given if ack.id == order), None)


def read_command(payload: bytes) -> Command | None:
    """The command in a payload; None when there is none."""
    try:
        return msgspec.json.decode(payload, type=Command)
    except msgspec.DecodeError:
        return None


def read_window(payload: bytes) -> WindowControl | None:
    """The decision in a payload; None when there is none."""
    try:
        return msgspec.json.decode(payload, type=WindowControl)
    except msgspec.DecodeError:
        return None


def read_desired(payload: bytes) -> Desired | None:
    """The configuration in a payload; None when there is none."""
    try:
        return msgspec.json.decode(payload, type=Desired)
    except msgspec.DecodeError:
        return None


def wanted_position(command: Command) -> float | None:
    """Where `set_position` wants the window; None when its arguments are unreadable."""
    try:
        return msgspec.convert(command.args, SetPositionArgs).position
    except msgspec.ValidationError:
        return None
