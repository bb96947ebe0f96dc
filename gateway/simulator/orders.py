"""What a node is told and what it answers: the payloads of commands, window positions and its configuration."""

from __future__ import annotations

from typing import Literal, TypeVar

import msgspec

_Payload = TypeVar("_Payload")


class Command(msgspec.Struct, frozen=True):
    """One order of a person or a rule."""

    id: str
    verb: str
    args: dict[str, object] = {}
    expires_ms: int | None = None
    ttl_ms: int | None = None
    """How long after its arrival it may be begun: needs no clock."""


class WindowControl(msgspec.Struct, frozen=True):
    """An automatic decision about the window."""

    position: float
    decision: str = ""


class Desired(msgspec.Struct, frozen=True):
    """The configuration the gateway wants."""

    version: int
    state: dict[str, object] = {}


class Reported(msgspec.Struct, frozen=True):
    """What holds on the node."""

    version: int
    state: dict[str, object]


class Ack(msgspec.Struct, frozen=True, omit_defaults=True):
    """The answer to an order."""

    id: str
    status: Literal["accepted", "done", "failed"]
    detail: str = ""


def read(payload: bytes, kind: type[_Payload]) -> _Payload | None:
    """What is in a payload; None when it is something else."""
    try:
        return msgspec.json.decode(payload, type=kind)
    except msgspec.DecodeError:
        return None
