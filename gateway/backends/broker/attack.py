"""The self-attack: before the LAN may connect, the gateway tries to break into its own broker.

It attacks over a listener of the very kind that the LAN gets, as an anonymous client and with credentials of
decoys: principals that exist only while it runs and whose names no device or program can have.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import ssl
from collections.abc import Awaitable, Callable, Iterator

import msgspec

from ...core.access import Kind, Principal, Scope
from ...core.errors import ProtocolError
from ...core.messages import Audited
from ...core.mqtt import packets
from ...core.mqtt.framing import Frame, Framer
from ...core.ports.gatekeeper import Auditor, Gatekeeper

_log = logging.getLogger(__name__)
_PREFIX = "attack_probe_"
_VICTIM, _REVOKED, _WATCHER = (f"{_PREFIX}{role}" for role in ("victim", "revoked", "watcher"))
_PATIENCE_S = 3.0


class Decoys:
    """A gatekeeper with decoys in front of the real one; they exist only inside `armed`."""

    def __init__(self, inner: Gatekeeper) -> None:
        self._inner = inner
        self._revoked: set[str] = set()
        self.password = b""
        """What every decoy signs in with; empty: there are none."""

    def authenticate(self, user: str, password: bytes) -> Principal | None:
        """As Gatekeeper."""
        if user.startswith(_PREFIX):
            return self.principal(user) if secrets.compare_digest(self.password, password) else None
        return self._inner.authenticate(user, password)

    def principal(self, user: str) -> Principal | None:
        """As Gatekeeper."""
        if not user.startswith(_PREFIX):
            return self._inner.principal(user)
        if not self.password or user in self._revoked:
            return None
        return Principal(Kind.SERVICE if user == _WATCHER else Kind.DEVICE, user, Scope.READ)

    def revoke(self, user: str) -> None:
        """A decoy that may no longer connect."""
        self._revoked.add(user)

    @contextlib.contextmanager
    def armed(self) -> Iterator[None]:
        """Let the decoys exist."""
        self.password = secrets.token_urlsafe(32).encode()
        self._revoked = {_REVOKED}
        try:
            yield
        finally:
            self.password = b""


class QuietAuditor:
    """An auditor that does not write down what the gateway does to itself."""

    def __init__(self, inner: Auditor, decoys: Decoys) -> None:
        self._inner = inner
        self._decoys = decoys

    def note(self, kind: str, who: str, detail: str = "") -> Audited | None:
        """As Auditor."""
        # The attack that speaks before CONNECT has no name yet; no other listener is open to strangers meanwhile.
        own = who.startswith(_PREFIX) or (self._decoys.password and kind == "mqtt.malformed")
        return None if own else self._inner.note(kind, who, detail)


class Target(msgspec.Struct, frozen=True):
    """The listener to attack, and how to cut a user's live connections (what revoking does)."""

    host: str
    port: int
    tls: ssl.SSLContext | None
    expel: Callable[[str], None]


class Verdict(msgspec.Struct, frozen=True):
    """What came of one attack; `breach` is empty when it was repelled."""

    attack: str
    breach: str


async def attack(target: Target, decoys: Decoys) -> list[Verdict]:
    """Run every attack; an attack that cannot be carried out counts as a breach: nothing was shown."""
    with decoys.armed():
        first = await asyncio.gather(*(_run(name, one, target, decoys) for name, one in _ATTACKS.items()))
        last = await asyncio.gather(*(_run(name, one, target, decoys) for name, one in _AFTERWARDS.items()))
    return [*first, *last]


_Attack = Callable[[Target, Decoys], Awaitable[str]]


async def _run(name: str, one: _Attack, target: Target, decoys: Decoys) -> Verdict:
    try:
        async with asyncio.timeout(_PATIENCE_S):
            breach = await one(target, decoys)
    except TimeoutError:
        breach = "the broker neither answered nor closed the connection"
    except OSError as error:
        breach = f"could not be carried out: {error}"
    if breach:
        _log.error("self-attack %s: %s", name, breach)
    return Verdict(name, breach)


class _Client:
    """Just enough of an MQTT client to misbehave."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._framer = Framer(1 << 20)
        self._frames: list[Frame] = []

    @classmethod
    async def open(cls, target: Target) -> _Client:
        host = "localhost" if target.tls is not None else None
        return cls(*await asyncio.open_connection(target.host, target.port, ssl=target.tls, server_hostname=host))

    async def exchange(self, data: bytes) -> Frame | None:
        """Send, then the next packet; None when the broker closed instead."""
        with contextlib.suppress(ConnectionError):
            self._writer.write(data)
            await self._writer.drain()
        return await self.next()

    async def next(self) -> Frame | None:
        while not self._frames:
            try:
                data = await self._reader.read(65536)
            except (ConnectionError, ssl.SSLError):
                data = b""
            if not data:
                return None
            with contextlib.suppress(ProtocolError):
                self._frames = self._framer.feed(data)
        return self._frames.pop(0)

    def close(self) -> None:
        self._writer.transport.abort()


async def _connect(target: Target, connect: packets.Connect) -> tuple[_Client, bool]:
    """(client, whether it was let in)."""
    client = await _Client.open(target)
    answer = await client.exchange(packets.encode_connect(connect))
    return client, answer is not None and answer[0] >> 4 == packets.CONNACK and answer[1][1:] == b"\0"


async def _as(target: Target, decoys: Decoys, who: str, will: packets.Will | None = None) -> _Client:
    """A decoy that is let in as it should be; raises OSError when it is not."""
    connect = packets.Connect(who, username=who, password=decoys.password, will=will)
    client, inside = await _connect(target, connect)
    if not inside:
        raise OSError(f"{who} was refused with right credentials")
    return client


async def _refused(target: Target, connect: packets.Connect) -> str:
    client, inside = await _connect(target, connect)
    client.close()
    return "the broker let it in" if inside else ""


async def _anonymous(target: Target, decoys: Decoys) -> str:
    return await _refused(target, packets.Connect(f"{_PREFIX}nobody"))


async def _wrong_password(target: Target, decoys: Decoys) -> str:
    return await _refused(target, packets.Connect(_VICTIM, username=_VICTIM, password=b"wrong"))


async def _revoked(target: Target, decoys: Decoys) -> str:
    return await _refused(target, packets.Connect(_REVOKED, username=_REVOKED, password=decoys.password))


async def _foreign_client_id(target: Target, decoys: Decoys) -> str:
    thief = f"{_PREFIX}thief"
    return await _refused(target, packets.Connect(_VICTIM, username=thief, password=decoys.password))


async def _foreign_will(target: Target, decoys: Decoys) -> str:
    will = packets.Will(f"devices/{_VICTIM}/status", b"offline", 1, True)
    heir = f"{_PREFIX}heir"
    connect = packets.Connect(heir, username=heir, password=decoys.password, will=will)
    return await _refused(target, connect)


# Each attacker has a name of its own: a take-over between two of them would look like a refusal.


def _publishes(who: str, topic: str) -> _Attack:
    async def run(target: Target, decoys: Decoys) -> str:
        client = await _as(target, decoys, _PREFIX + who)
        packet = packets.encode_publish(packets.topic_field(topic), b"breach", 1, 7, 1)
        answer = await client.exchange(packet)
        client.close()
        return "it was acknowledged" if answer is not None else ""

    return run


def _subscribes(who: str, topic_filter: str) -> _Attack:
    async def run(target: Target, decoys: Decoys) -> str:
        client = await _as(target, decoys, _PREFIX + who)
        answer = await client.exchange(packets.encode_subscribe(7, [(topic_filter, 1)]))
        client.close()
        granted = answer is not None and answer[0] >> 4 == packets.SUBACK and answer[1][2] < 3
        return "the subscription was granted" if granted else ""

    return run


async def _speaks_first(target: Target, decoys: Decoys) -> str:
    client = await _Client.open(target)
    answer = await client.exchange(packets.encode_publish(packets.topic_field("devices/x/status"), b"breach", 1, 7))
    client.close()
    return "it was answered without CONNECT" if answer is not None else ""


async def _nothing_got_through(target: Target, decoys: Decoys) -> str:
    """What the other attacks tried to leave behind, seen by a program that may read everything."""
    watcher = await _as(target, decoys, _WATCHER)
    await watcher.exchange(packets.encode_subscribe(7, [(f"devices/{_VICTIM}/#", 1), (f"window/{_VICTIM}/#", 1)]))
    answer = await watcher.exchange(packets.PINGREQ_BYTES)
    watcher.close()
    return "" if answer is not None and answer[0] >> 4 == packets.PINGRESP else "a forged message was retained"


async def _cut_when_revoked(target: Target, decoys: Decoys) -> str:
    """Revoking must end the live connection."""
    client = await _as(target, decoys, _VICTIM)
    decoys.revoke(_VICTIM)
    target.expel(_VICTIM)
    gone = await client.next() is None
    client.close()
    return "" if gone else "its connection went on"


_ATTACKS: dict[str, _Attack] = {
    "anonymous": _anonymous,
    "wrong password": _wrong_password,
    "revoked": _revoked,
    "foreign client id": _foreign_client_id,
    "foreign will": _foreign_will,
    "foreign topic": _publishes("forger", f"devices/{_VICTIM}/telemetry"),
    "foreign window": _publishes("burglar", f"window/{_VICTIM}/control"),
    "wildcard publish": _publishes("smuggler", f"devices/{_PREFIX}smuggler/#"),
    "system topic": _publishes("impostor", "$SYS/broker/version"),
    "subscribe to everything": _subscribes("eavesdropper", "#"),
    "subscribe to a neighbour": _subscribes("neighbour", f"devices/{_VICTIM}/command"),
    "subscribe by wildcard": _subscribes("collector", "devices/+/command"),
    "publish before CONNECT": _speaks_first,
}
_AFTERWARDS: dict[str, _Attack] = {
    "forged retained message": _nothing_got_through,
    "revoked while connected": _cut_when_revoked,
}
