"""Who may connect as whom, publish what and read what. Pure; the registry supplies the principals.

A device owns the topics PROTOCOL marks "node" under its own id and reads those marked "gateway". A service
account reads everything but other people's secrets, and with scope `operate` also commands; where windows are decided
about outside the gateway it answers on their control topic, too. `GATEWAY` is the gateway itself.
"""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache

import msgspec

from .topics import METRIC, NODE_PUBLISHES, NODE_READS


class Kind(StrEnum):
    """What sort of caller this is."""

    DEVICE = "device"
    SERVICE = "service"
    GATEWAY = "gateway"


class Scope(StrEnum):
    """How much a program may do; each includes the one before."""

    READ = "read"
    OPERATE = "operate"
    ADMIN = "admin"

    def includes(self, other: Scope) -> bool:
        """Whether this scope is enough where `other` is needed."""
        order = list(Scope)
        return order.index(self) >= order.index(other)


class Principal(msgspec.Struct, frozen=True):
    """An authenticated caller. `name` is the device id or the service account's name."""

    kind: Kind
    name: str
    scope: Scope = Scope.READ


GATEWAY = Principal(Kind.GATEWAY, "gateway", Scope.ADMIN)
_OWNED_ROOTS = ("devices", "sensor", "window", "ml", "gateway")


def may_connect(who: Principal, client_id: str) -> bool:
    """A device connects as itself only; a program as NAME or NAME-…"""
    if who.kind is Kind.SERVICE:
        return client_id == who.name or client_id.startswith(who.name + "-")
    return client_id == who.name


def may_publish(who: Principal, topic: str, external: bool = False) -> bool:
    """Whether `who` may publish to the topic name `topic` (also as a will).

    `external`: services decide about windows, not the gateway itself.
    """
    if who.kind is Kind.GATEWAY:
        return True
    if topic.startswith("$"):
        return False
    if who.kind is Kind.DEVICE:
        return _node_publishes(who.name, topic)
    return who.scope.includes(Scope.OPERATE) and _service_publishes(topic, external)


def _node_publishes(device: str, topic: str) -> bool:
    levels = topic.split("/")
    if len(levels) < 3 or levels[1] != device:
        return False
    rest = "/".join(levels[2:])
    if levels[0] == "devices":
        return rest in NODE_PUBLISHES
    return levels[0] == "sensor" and METRIC.fullmatch(rest) is not None


def _service_publishes(topic: str, external: bool) -> bool:
    levels = topic.split("/")
    if levels[0] not in _OWNED_ROOTS:
        return True
    if levels[0] == "window":
        # Else never: only the gateway decides, and people and rules move a window by commands.
        return external and len(levels) == 3 and levels[2] == "control"
    return levels[0] == "devices" and len(levels) == 3 and levels[2] == "command"


def may_subscribe(who: Principal, topic_filter: str) -> bool:
    """Whether `topic_filter` may be granted; what it then delivers is checked again per topic."""
    if who.kind is not Kind.DEVICE:
        return True
    levels = topic_filter.split("/")
    if len(levels) < 3 or levels[0] not in ("devices", "window", "ml"):
        return False
    if levels[0] == "ml":
        return levels == ["ml", "inference", "request", who.name]
    return levels[1] == who.name


@lru_cache(maxsize=4096)
def may_receive(who: Principal, topic: str) -> bool:
    """Whether a message on `topic` may be delivered to `who`."""
    if who.kind is not Kind.DEVICE:
        return True
    levels = topic.split("/")
    if levels[0] == "ml":
        return levels == ["ml", "inference", "request", who.name]
    return len(levels) > 2 and levels[1] == who.name and (levels[0], "/".join(levels[2:])) in NODE_READS
