"""What a node still has to say, in order; the oldest is given up when there is too much."""

from __future__ import annotations

import asyncio
from collections import deque

import msgspec

from .link import Link, LinkClosed


class Letter(msgspec.Struct, frozen=True):
    """One message to be delivered at QoS 1."""

    topic: str
    payload: bytes
    retain: bool = False


class Outbox:
    """Bounded; `dropped` counts what was given up."""

    def __init__(self, limit: int = 1000) -> None:
        self._letters: deque[Letter] = deque()
        self._limit = limit
        self._ready = asyncio.Event()
        self.dropped = 0

    def put(self, letter: Letter, *, first: bool = False) -> None:
        """Queue it, at the end or before everything else."""
        if len(self._letters) >= self._limit:
            self._letters.popleft()
            self.dropped += 1
        if first:
            self._letters.appendleft(letter)
        else:
            self._letters.append(letter)
        self._ready.set()

    def readdress(self, before: str, after: str) -> None:
        """What one device had to say, another one says: nobody may publish under a name it has no more."""
        for index, letter in enumerate(self._letters):
            root, device, what = letter.topic.split("/", 2)
            if device == before:
                self._letters[index] = msgspec.structs.replace(letter, topic=f"{root}/{after}/{what}")

    async def deliver(self, link: Link) -> None:
        """Send over `link`, one after the other, until it is closed; what was on its way then stays in here."""
        while True:
            await self._ready.wait()
            letter = self._letters.popleft()
            if not self._letters:
                self._ready.clear()
            try:
                await link.publish(letter.topic, letter.payload, retain=letter.retain)
            except (LinkClosed, asyncio.CancelledError) as error:
                self.put(letter, first=True)
                if isinstance(error, LinkClosed):
                    return
                raise
