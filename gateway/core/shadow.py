"""What a device should be and what it says it is. Pure.

The merge rule: `desired` is changed by merge patches (RFC 7396) in their order, each with its own version; `reported`
is the node's whole word, and the last one counts. Nobody but the node writes reported, nobody but people, programs and
rules write desired, so neither can undo the other. They have converged when the node has read the newest desired and
says everything in it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

import msgspec

from .errors import Refused, Unreadable
from .payload import Fault, parse_object, shown
from .shapes import deeper

MOST_STATE_BYTES = 4096
MOST_DEPTH = 4
_MOST_REPORTED_DEPTH = 8
KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
VERSION_LIMIT = 1 << 52
"""A node says less, so that a higher version than it has read is still one that it can hold."""
State = dict[str, object]


class Sync(StrEnum):
    """How far both sides of a shadow agree."""

    NONE = "none"
    """Nothing is wanted."""
    PENDING = "pending"
    """The node has not read the newest desired yet."""
    IN_SYNC = "in_sync"
    DIFFERS = "differs"
    """It has, and holds something else: it was limited, or does not know a key."""


class Shadow(msgspec.Struct, frozen=True):
    """Both sides for one device. Version 0: nothing was ever wanted, or said."""

    device: str
    desired_version: int = 0
    desired: State = {}
    desired_ms: int | None = None
    desired_by: str = ""
    reported_version: int = 0
    reported: State = {}
    reported_ms: int | None = None
    hardware: str = ""
    """The MAC address of the node whose word `reported` is."""


class Reported(msgspec.Struct, frozen=True):
    """What a node says: the version of desired it has read, and how it is."""

    version: int
    state: State


def merged(state: Mapping[str, object], patch: Mapping[str, object]) -> State:
    """RFC 7396: null removes, objects merge, everything else replaces. Raises Refused over keys, depth and size."""
    result = _merge(state, patch, MOST_DEPTH)
    if len(msgspec.json.encode(result)) > MOST_STATE_BYTES:
        raise Refused(f"A shadow is limited to {MOST_STATE_BYTES} bytes.")
    return result


def _merge(state: Mapping[str, object], patch: Mapping[str, object], depth: int) -> State:
    result = dict(state)
    for key, value in patch.items():
        if not KEY.fullmatch(key):
            raise Refused(f"{shown(key)} is not a key of a shadow (snake_case, up to 40).")
        if deeper(value, depth - 1):
            raise Refused(f"A shadow is nested at most {MOST_DEPTH} deep.")
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict):
            before = result.get(key)
            result[key] = _merge(before if isinstance(before, dict) else {}, value, depth - 1)
        else:
            result[key] = value
    return result


def delta(desired: Mapping[str, object], reported: Mapping[str, object]) -> State:
    """The part of desired that reported does not say; numbers compare by value."""
    missing: State = {}
    for key, wanted in desired.items():
        said = reported.get(key)
        if isinstance(wanted, dict) and isinstance(said, dict):
            inner = delta(wanted, said)
            if inner:
                missing[key] = inner
        elif key not in reported or not _same(wanted, said):
            missing[key] = wanted
    return missing


def _same(wanted: object, said: object) -> bool:
    if isinstance(wanted, list) and isinstance(said, list):
        return len(wanted) == len(said) and all(map(_same, wanted, said))
    if isinstance(wanted, dict) and isinstance(said, dict):
        return wanted.keys() == said.keys() and all(_same(wanted[key], said[key]) for key in wanted)
    return wanted == said and isinstance(wanted, bool) is isinstance(said, bool)


def sync(shadow: Shadow) -> Sync:
    """How far it has converged."""
    if not shadow.desired_version:
        return Sync.NONE
    if shadow.reported_version < shadow.desired_version:
        return Sync.PENDING
    return Sync.DIFFERS if delta(shadow.desired, shadow.reported) else Sync.IN_SYNC


def read_reported(payload: bytes) -> Reported:
    """The payload of `devices/{id}/shadow/reported`, whose shape was checked. Raises Unreadable."""
    raw = parse_object(payload)
    version, state = raw.get("version"), raw.get("state")
    if type(version) is not int or not 0 <= version < VERSION_LIMIT:
        raise Unreadable(Fault.BAD_SEQUENCE, f"version is not a whole number from 0 to 2^52 - 1: {shown(version)}")
    if type(state) is not dict:
        raise Unreadable(Fault.WRONG_SHAPE, f"state is not an object: {shown(state)}")
    if deeper(state, _MOST_REPORTED_DEPTH):
        raise Unreadable(Fault.WRONG_SHAPE, f"state is nested more than {_MOST_REPORTED_DEPTH} deep")
    if len(msgspec.json.encode(state)) > MOST_STATE_BYTES:
        raise Unreadable(Fault.TOO_MANY, f"state is larger than {MOST_STATE_BYTES} bytes")
    return Reported(version, state)


def desired_message(shadow: Shadow) -> bytes:
    """What a node reads on `devices/{id}/shadow/desired`."""
    return msgspec.json.encode({"version": shadow.desired_version, "state": shadow.desired})
