"""Vectors about commands and shadows: what nodes and gateway tell each other, how states are merged and compared."""

from __future__ import annotations

from typing import Literal

import msgspec

from ..core import shapes
from ..core.commands import Command, message, read_ack
from ..core.errors import Refused
from ..core.shadow import Shadow, State, delta, desired_message, merged, read_reported
from .vector_payloads import PayloadCase


class OrderFields(msgspec.Struct, forbid_unknown_fields=True):
    """A command as a node reads it."""

    id: str
    verb: str
    args: State
    expires_ms: int
    ttl_ms: int


class AckFields(msgspec.Struct, forbid_unknown_fields=True):
    """What a node says about one."""

    id: str
    status: str
    detail: str = ""


class CommandCase(PayloadCase, kw_only=True):
    """A payload of `devices/{id}/command` (`order`) or `devices/{id}/command/ack` (`ack`)."""

    order: OrderFields | None = None
    ack: AckFields | None = None

    def failure(self) -> str:
        """See Case."""
        if (self.order is None) is (self.ack is None):
            return "is not one of order and ack"
        if self.order is not None:
            return self._writes(self.order)
        shapes.check("command/ack", self.payload)
        found = read_ack(self.payload)
        seen = AckFields(found.id, found.status, found.detail)
        return "" if seen == self.ack else f"is {seen}"

    def _writes(self, order: OrderFields) -> str:
        now_ms = order.expires_ms - order.ttl_ms
        command = Command(order.id, "node-1", order.verb, order.args, now_ms, order.expires_ms, "vectors")
        written = msgspec.json.decode(message(command, now_ms))
        return "" if _alike(written, msgspec.json.decode(self.payload)) else f"is written as {written}"


class StateFields(msgspec.Struct, forbid_unknown_fields=True):
    """A state with the version of desired that it is, or that was read."""

    version: int
    state: State


class ShadowCase(PayloadCase, kw_only=True):
    """`of` says which of the other fields there are; see the README of the vectors."""

    of: Literal["merge", "delta", "desired", "reported"]
    state: State | None = None
    patch: State | None = None
    result: State | None = None
    refused: bool = False
    desired: State | None = None
    reported: State | None = None
    delta: State | None = None
    says: StateFields | None = None

    def failure(self) -> str:
        """See Case."""
        if self.of == "merge":
            return self._merge()
        if self.of == "delta":
            found = delta(self.desired or {}, self.reported or {})
            return "" if _alike(found, self.delta) else f"is {found}"
        if self.says is None:
            return "does not say what it says"
        return self._written(self.says) if self.of == "desired" else self._read(self.says)

    def _merge(self) -> str:
        try:
            found = merged(self.state or {}, self.patch or {})
        except Refused as error:
            return "" if self.refused else f"is refused: {error}"
        return "" if not self.refused and _alike(found, self.result) else f"is {found}"

    def _written(self, says: StateFields) -> str:
        shadow = Shadow("node-1", desired_version=says.version, desired=says.state)
        written = msgspec.json.decode(desired_message(shadow))
        return "" if _alike(written, msgspec.json.decode(self.payload)) else f"is written as {written}"

    def _read(self, says: StateFields) -> str:
        shapes.check("shadow/reported", self.payload)
        found = read_reported(self.payload)
        right = found.version == says.version and _alike(found.state, says.state)
        return "" if right else f"is {found}"


def _alike(one: object, other: object) -> bool:
    """The same JSON; the order of keys says nothing, and numbers compare by value."""
    return not delta({"is": one}, {"is": other}) and not delta({"is": other}, {"is": one})
