"""Sends a recording through the real broker as one device, in order, and counts what the broker took over."""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from collections.abc import Callable, Iterable
from pathlib import Path
from random import Random

import msgspec

from ..core import topics
from ..core.codec import encode_telemetry
from ..core.errors import ConfigError
from ..core.messages import Sample
from ..core.mqtt.packets import Connect
from .connection import Address, LinkRefused, Unreachable
from .link import Link, LinkClosed, LinkSettings
from .recording import BadRow, Row

_WINDOW = 20
_PARCEL_READINGS = 100
_PARCEL_BYTES = 32 * 1024
_TRIES = 8
_SAID_S = 0.2


class Account(msgspec.Struct, frozen=True):
    """Who sends, and where to. `tls` None: in the clear, on loopback."""

    device: str
    username: str
    password: str
    address: Address
    tls: ssl.SSLContext | None = None


class Outcome(msgspec.Struct):
    """How far it came."""

    sent: int = 0
    acknowledged: int = 0
    unreadable: int = 0
    failure: str = ""
    """Why it ended early; empty when it did not."""

    @property
    def complete(self) -> bool:
        """Every row is with the gateway."""
        return not self.failure and not self.unreadable and self.sent == self.acknowledged


class _Parcel:
    """Readings that travel in one message; a broker counts messages, so that alone they would be slowed."""

    def __init__(self) -> None:
        self.readings: list[bytes] = []
        self._size = 0

    def add(self, reading: bytes) -> None:
        self.readings.append(reading)
        self._size += len(reading)

    @property
    def is_full(self) -> bool:
        return len(self.readings) >= _PARCEL_READINGS or self._size >= _PARCEL_BYTES

    @property
    def payload(self) -> bytes:
        return self.readings[0] if len(self.readings) == 1 else b'{"readings":[%b]}' % b",".join(self.readings)


def boot_of(path: Path, device: str, metric: str) -> str:
    """The boot under which a file is replayed: the same content sent again is the same readings. Raises ConfigError."""
    try:
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").digest()
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    return "replay-" + hashlib.sha256(content + f"\n{device}\n{metric}".encode()).hexdigest()[:16]


class Replay:
    """One recording on its way. `outcome` grows while `run()` works; `bad` is told each unreadable row."""

    def __init__(self, account: Account, boot: str, speed: float | None, bad: Callable[[BadRow], None]) -> None:
        self._account = account
        self._boot = boot
        self._speed = speed
        self._bad = bad
        self._topic = topics.telemetry(account.device)
        self._first_ms: int | None = None
        self._started_s = 0.0
        self._waiting: set[asyncio.Future[None]] = set()
        self.outcome = Outcome()

    async def run(self, rows: Iterable[Row | BadRow], progress: Callable[[], None]) -> Outcome:
        """Send everything, then wait for the acknowledgements; `progress` is called a few times a second.

        `speed` None: as fast as the broker takes them, in batches of up to 100, at most 20 of these on their way.
        """
        link = self._link()
        running = asyncio.create_task(link.run())
        sending = asyncio.create_task(self._send(link, rows))
        try:
            while not sending.done() and not running.done():
                await asyncio.wait((sending, running), timeout=_SAID_S, return_when=asyncio.FIRST_COMPLETED)
                progress()
            self._note_failure(running)
        finally:
            link.close()
            await asyncio.wait((running,))
            sending.cancel()
            ended = await asyncio.gather(sending, return_exceptions=True)
        for error in ended:
            if isinstance(error, Exception) and not isinstance(error, LinkClosed):
                raise error
        return self.outcome

    def _link(self) -> Link:
        account = self._account
        hello = Connect(account.device, True, 60, account.username, account.password.encode())
        settings = LinkSettings(account.address, hello, window=_WINDOW, most_wait_s=3.0, give_up_after=_TRIES)
        return Link(settings, Random(), account.tls)

    def _note_failure(self, running: asyncio.Task[None]) -> None:
        error = running.exception() if running.done() and not running.cancelled() else None
        if isinstance(error, LinkRefused | Unreachable):
            self.outcome.failure = str(error)
        elif error is not None:
            raise error

    async def _send(self, link: Link, rows: Iterable[Row | BadRow]) -> None:
        self._started_s = asyncio.get_running_loop().time()
        parcel = _Parcel()
        for row in rows:
            if isinstance(row, BadRow):
                self.outcome.unreadable += 1
                self._bad(row)
                continue
            await self._pace(row)
            parcel.add(self._reading(row))
            if self._speed is not None or parcel.is_full:
                await self._offer(link, parcel)
                parcel = _Parcel()
        if parcel.readings:
            await self._offer(link, parcel)
        while self._waiting:
            await asyncio.wait(self._waiting)

    async def _offer(self, link: Link, parcel: _Parcel) -> None:
        taken = await link.offer(self._topic, parcel.payload)
        count = len(parcel.readings)
        self.outcome.sent += count
        self._waiting.add(taken)
        taken.add_done_callback(lambda done: self._settled(done, count))

    def _settled(self, done: asyncio.Future[None], count: int) -> None:
        self._waiting.discard(done)
        if not done.cancelled() and done.exception() is None:
            self.outcome.acknowledged += count

    def _reading(self, row: Row) -> bytes:
        return encode_telemetry(Sample(row.values, row.time_ms, self._boot, row.number))

    async def _pace(self, row: Row) -> None:
        """Wait until this row is due; rows out of order are due at once."""
        if self._speed is None:
            return
        if self._first_ms is None:
            self._first_ms = row.time_ms
        due_s = self._started_s + (row.time_ms - self._first_ms) / 1000 / self._speed
        delay_s = due_s - asyncio.get_running_loop().time()
        if delay_s > 0:
            await asyncio.sleep(delay_s)
