"""An order to a device and everything that became of it. Pure."""

from __future__ import annotations

import re
from enum import StrEnum

import msgspec
from msgspec.structs import replace

from .errors import Refused, Unreadable
from .payload import Fault, parse_object, shown
from .shapes import deeper

COMMAND_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
VERB = re.compile(r"[a-z][a-z0-9_]{0,39}")
MOST_ARGS_BYTES = 4096
MOST_ARGS_DEPTH = 4
REMEMBERED = 64
"""So many command ids a node must remember, so that none is done twice."""
MOST_OPEN = 16
"""Open commands of one device: far fewer than a node remembers, so an id that may come again is never forgotten."""
_MOST_DETAIL = 200


class CommandStatus(StrEnum):
    """Where a command is in its life; EXPIRED, FAILED and DONE are ends."""

    QUEUED = "queued"
    SENT = "sent"
    ACCEPTED = "accepted"
    EXPIRED = "expired"
    FAILED = "failed"
    DONE = "done"


CODES = {status: code for code, status in enumerate(CommandStatus)}
"""As they are stored: a status only gets a higher one, but for what a node says after its command expired."""
OPEN = frozenset({CommandStatus.QUEUED, CommandStatus.SENT, CommandStatus.ACCEPTED})
_LAST_WORDS = frozenset({CommandStatus.FAILED, CommandStatus.DONE})


class Step(msgspec.Struct, frozen=True, gc=False):
    """One thing that happened to a command."""

    status: CommandStatus
    time_ms: int
    detail: str = ""


class Command(msgspec.Struct, frozen=True):
    """An order to a device with its history. `args` are JSON."""

    id: str
    device: str
    verb: str
    args: dict[str, object]
    created_ms: int
    expires_ms: int
    who: str
    """The name of the principal who asked; `local` on the gateway's own socket."""
    correlation: str = ""
    """Of the request that asked."""
    boot: str = ""
    """The machine's boot in which it was asked: what is older than that has an age only when the time is known."""
    hardware: str = ""
    """The MAC address of the node it was meant for; another node in its place ends it."""
    steps: tuple[Step, ...] = ()
    """In the order in which they happened; the first is QUEUED."""

    @property
    def status(self) -> CommandStatus:
        """DONE or FAILED, whichever came first; else the furthest there is."""
        last = CommandStatus.QUEUED
        for step in self.steps:
            if step.status in _LAST_WORDS:
                return step.status
            if CODES[step.status] > CODES[last]:
                last = step.status
        return last

    @property
    def open(self) -> bool:
        """Whether it may still be sent."""
        return self.status in OPEN

    def late(self, step: Step) -> bool:
        """Whether the node said this after its command had expired."""
        if step.status not in (CommandStatus.ACCEPTED, *_LAST_WORDS):
            return False
        before = self.steps[: self.steps.index(step)] if step in self.steps else self.steps
        return any(known.status is CommandStatus.EXPIRED for known in before)


def may_follow(command: Command, status: CommandStatus) -> bool:
    """Whether a step to this status says anything new.

    Each status comes once; of DONE and FAILED the first counts; only an open command can expire or be sent. What a node
    says after its command expired is the truth.
    """
    if any(step.status is status for step in command.steps):
        return False
    ended = any(step.status in _LAST_WORDS for step in command.steps)
    if status is CommandStatus.SENT:
        return command.status is CommandStatus.QUEUED
    if status is CommandStatus.EXPIRED:
        return command.open
    return not ended


def with_step(command: Command, step: Step) -> Command:
    """The command after this step; the same one where it may not follow."""
    return replace(command, steps=(*command.steps, step)) if may_follow(command, step.status) else command


class Order(msgspec.Struct, frozen=True):
    """What is asked for. `expires_ms` None: the default; `id` empty: the gateway gives one."""

    device: str
    verb: str
    args: dict[str, object] = {}
    expires_ms: int | None = None
    id: str = ""


def check_order(order: Order) -> None:
    """Raises Refused unless id, verb and args can be those of a command."""
    if order.id and not COMMAND_ID.fullmatch(order.id):
        raise Refused("The id of a command has letters, digits, - and _, at most 64.")
    if not VERB.fullmatch(order.verb):
        raise Refused("A verb is a name in snake_case of at most 40 letters.")
    if deeper(order.args, MOST_ARGS_DEPTH):
        raise Refused(f"args are nested at most {MOST_ARGS_DEPTH} deep.")
    if len(msgspec.json.encode(order.args)) > MOST_ARGS_BYTES:
        raise Refused(f"args are limited to {MOST_ARGS_BYTES} bytes.")


class Ack(msgspec.Struct, frozen=True):
    """What a node says about a command."""

    id: str
    status: CommandStatus
    detail: str = ""


def read_ack(payload: bytes) -> Ack:
    """The payload of `devices/{id}/command/ack`, whose shape was checked. Raises Unreadable."""
    raw = parse_object(payload)
    identity, status, detail = raw.get("id"), raw.get("status"), raw.get("detail")
    if type(identity) is not str or not COMMAND_ID.fullmatch(identity):
        raise Unreadable(Fault.BAD_TEXT, f"id is not the id of a command: {shown(identity)}")
    if status not in ("accepted", "failed", "done"):
        raise Unreadable(Fault.BAD_TEXT, f"status is none of accepted, done, failed: {shown(status)}")
    text = detail if type(detail) is str else "" if detail is None else shown(detail)
    return Ack(identity, CommandStatus(status), text[:_MOST_DETAIL])


def read_order(device: str, payload: bytes) -> Order:
    """What a program published on `devices/{id}/command`. Raises Unreadable."""
    if len(payload) > 2 * MOST_ARGS_BYTES:
        raise Unreadable(Fault.TOO_MANY, f"{len(payload)} bytes; the limit here is {2 * MOST_ARGS_BYTES}")
    raw = parse_object(payload)
    identity, verb, args, expires = raw.get("id", ""), raw.get("verb"), raw.get("args", {}), raw.get("expires_ms")
    if type(identity) is not str or (identity and not COMMAND_ID.fullmatch(identity)):
        raise Unreadable(Fault.BAD_TEXT, f"id is not the id of a command: {shown(identity)}")
    if type(verb) is not str or not VERB.fullmatch(verb):
        raise Unreadable(Fault.BAD_NAME, f"verb is not a name in snake_case: {shown(verb)}")
    if type(args) is not dict:
        raise Unreadable(Fault.WRONG_SHAPE, f"args is not an object: {shown(args)}")
    if expires is not None and type(expires) is not int:
        raise Unreadable(Fault.BAD_TIMESTAMP, f"expires_ms is not a time in milliseconds: {shown(expires)}")
    return Order(device, verb, args, expires, identity)


def message(command: Command, now_ms: int) -> bytes:
    """What a node reads on `devices/{id}/command`.

    `ttl_ms` is for nodes without a clock: how long after its arrival the command may still be begun.
    """
    said: dict[str, object] = {
        "id": command.id,
        "verb": command.verb,
        "args": command.args,
        "expires_ms": command.expires_ms,
        "ttl_ms": max(0, command.expires_ms - now_ms),
    }
    return msgspec.json.encode(said)
