"""A node in a scenario: it registers and connects as any node does, and things happen to it."""

from __future__ import annotations

import asyncio
import random
import ssl
from collections import deque
from collections.abc import Callable

import msgspec

from ...core import topics
from ...core.mqtt.packets import Connect, Will
from ..connection import Address, LinkRefused
from ..enrol import Registration
from ..link import Link, LinkClosed, LinkSettings, State
from ..node import FIRMWARE
from .ledger import Entry, Fate
from .machine import Machine
from .parcels import payload
from .script import Crew

_HEARTBEAT_S = 60.0
_FIRST_WAIT_S = 0.1
_MOST_WAIT_S = 1.0


class Actor:
    """The outside of a Machine: its line to the broker and the buffer of what is not delivered yet.

    `elapsed_ms` is asked for the time of the scenario. Everything but `run` and `power_off` is synchronous.
    """

    def __init__(
        self,
        machine: Machine,
        crew: Crew,
        registration: Registration,
        tls: ssl.SSLContext | None,
        elapsed_ms: Callable[[], float],
        rng: random.Random,
    ) -> None:
        self.machine = machine
        self.registration = registration
        self._crew = crew
        self._tls = tls
        self._elapsed_ms = elapsed_ms
        self._rng = rng
        self._waiting: deque[Entry] = deque()
        self._echoes: deque[bytes] = deque()
        self._in_flight = 0
        self._ready = asyncio.Event()
        self._online = asyncio.Event()
        self._powered = asyncio.Event()
        self._powered.set()
        self._link: Link | None = None
        self._away: bool = False
        self._keeps = True
        self.refused = ""
        """Why the gateway does not let it in; empty when it does."""
        self.retains = False
        self.repeats = 0.0
        """The part of its messages that it sends twice."""

    @property
    def is_done(self) -> bool:
        """Nothing waits, nothing is on its way."""
        return not (self._waiting or self._in_flight or self._echoes)

    async def run(self) -> None:
        """Live until cancelled."""
        while not self.refused:
            await self._powered.wait()
            link = self._new_link()
            self._link = link
            if self._away:
                link.leave()
            delivering = asyncio.create_task(self._deliver(link))
            beating = asyncio.create_task(self._beat())
            try:
                await link.run()
            except LinkRefused as error:
                self.refused = str(error)
            finally:
                self._online.clear()
                self._link = None
                link.close()
                delivering.cancel()
                beating.cancel()
                await asyncio.gather(delivering, beating, return_exceptions=True)

    def take(self, entries: list[Entry]) -> None:
        """New readings to deliver."""
        self._waiting.extend(entries)
        if self._waiting:
            self._ready.set()

    def leave(self, *, silently: bool = False) -> None:
        """The network is gone."""
        self._away = True
        if self._link is not None:
            self._link.leave(silently=silently)

    def come_back(self) -> None:
        """The network is there again."""
        self._away = False
        if self._link is not None:
            self._link.come_back()

    def drop(self) -> None:
        """The connection breaks."""
        if self._link is not None:
            self._link.drop()

    def power_off(self, *, keeps: bool) -> None:
        """Everything stops; `keeps`: what is not delivered survives."""
        self.take(self.machine.release())
        self.machine.is_on = False
        self._echoes.clear()
        self._keeps = keeps
        self._powered.clear()
        if self._link is not None:
            self._link.leave()
            self._link.close()
        if not keeps:
            for entry in self._waiting:
                _lose(entry)
            self._waiting.clear()

    def power_on(self) -> None:
        """A new boot."""
        self._keeps = True
        self.machine.restart(self._elapsed_ms())
        self._powered.set()

    def say(self, garbage: bytes) -> None:
        """Something unreadable, once, when online."""
        if self._link is not None:
            self._link.send(self._topic, garbage)

    @property
    def _topic(self) -> str:
        return topics.telemetry(self.registration.device_id)

    def _new_link(self) -> Link:
        known = self.registration
        status = topics.status(known.device_id)
        hello = Connect(
            known.device_id,
            clean=False,
            keep_alive_s=self._crew.keep_alive_s,
            username=known.mqtt_username,
            password=known.mqtt_password.encode(),
            will=Will(status, b"offline", 1, True),
        )
        settings = LinkSettings(
            Address(known.mqtt.host, known.mqtt.port), hello, first_wait_s=_FIRST_WAIT_S, most_wait_s=_MOST_WAIT_S
        )
        return Link(settings, self._rng, self._tls, self._changed)

    def _changed(self, state: State, _: str) -> None:
        if state is not State.ONLINE:
            self._online.clear()
            return
        if self._link is not None:
            # Before any reading: it tells the gateway when this boot began.
            self._heartbeat()
            self._link.send(topics.status(self.registration.device_id), b"online", retain=True)
        self._online.set()

    async def _deliver(self, link: Link) -> None:
        while True:
            await self._ready.wait()
            await self._online.wait()
            if self._echoes:
                await link.publish(self._topic, self._echoes.popleft(), retain=self.retains)
                continue
            entries = [self._waiting.popleft() for _ in range(min(len(self._waiting), self._crew.batch))]
            if not entries:
                self._ready.clear()
                continue
            try:
                await self._send(link, entries)
            except (LinkClosed, asyncio.CancelledError):
                self._return(entries)
                raise

    async def _send(self, link: Link, entries: list[Entry]) -> None:
        message = payload(entries)
        for entry in entries:
            entry.fate = Fate.SENT  # before it is: the power may fail between the write and the next line
        taken = await link.offer(self._topic, message, retain=self.retains)
        self._in_flight += 1
        taken.add_done_callback(lambda done: self._settled(done, entries))
        if self.repeats and self._rng.random() < self.repeats:
            if self._rng.random() < 0.5:
                link.repeat()
            else:
                self._echoes.append(message)
                self._ready.set()

    def _settled(self, done: asyncio.Future[None], entries: list[Entry]) -> None:
        self._in_flight -= 1
        if done.cancelled() or done.exception() is not None:
            self._return(entries)
            return
        for entry in entries:
            entry.fate = Fate.ACKNOWLEDGED

    def _return(self, entries: list[Entry]) -> None:
        """They could not be delivered on this link."""
        if self._keeps:
            self._waiting.extendleft(reversed(entries))
            self._ready.set()
        else:
            for entry in entries:
                _lose(entry)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(_HEARTBEAT_S)
            self._heartbeat()

    def _heartbeat(self) -> None:
        beat: dict[str, object] = {"free_heap": 180_000, "rssi": -58, "firmware": FIRMWARE}
        if self._crew.clock == "none":
            # With a clock of its own it would tell the boot's time by an uptime that runs faster than the real one.
            beat |= {"uptime_ms": self.machine.uptime_ms(self._elapsed_ms()), "boot": self.machine.boot}
        if self._link is not None:
            self._link.send(topics.heartbeat(self.registration.device_id), msgspec.json.encode(beat))


def _lose(entry: Entry) -> None:
    entry.fate = Fate.UNSURE if entry.fate is Fate.SENT else Fate.LOST
