"""Several live messages in one: a page that shows two hundred sensors needs no message for each of their readings."""

from __future__ import annotations

import asyncio

from .feed import Feed
from .live_messages import Channel

PAUSE_S = 0.1
_MOST = 256


class Batches:
    """All followers move on together, ten times a second, so that those at the same place are sent the same bytes."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._edge = feed.seq
        """How far followers may go before the next turn."""
        self._turning: asyncio.Event | None = None
        self._made: dict[tuple[int, int, frozenset[Channel], str], bytes] = {}

    async def next(
        self, place: int, channels: frozenset[Channel], timeout_s: float, talk: str = ""
    ) -> tuple[int, bytes]:
        """The place reached and what of `channels` is on the way, as a JSON array; no bytes when there is nothing.

        `talk`: whose conversation, where `channels` has one.
        """
        if place >= self._edge:
            await self._feed.news(place, timeout_s)
            if self._feed.open and self._feed.seq > place:
                await self._turn()
        if place >= self._edge or not self._feed.holds(place):
            return place, b""
        until = min(self._edge, place + _MOST)
        key = place, until, channels, talk
        if key not in self._made:
            _, texts = self._feed.after(place, channels, until - place, talk)
            self._made[key] = b"[" + b",".join(texts) + b"]" if texts else b""
        return until, self._made[key]

    async def _turn(self) -> None:
        """Until everybody moves on."""
        if self._turning is None:
            self._turning = asyncio.Event()
            asyncio.get_running_loop().call_later(PAUSE_S, self._turned, self._turning)
        await self._turning.wait()

    def _turned(self, waited_for: asyncio.Event) -> None:
        self._edge, self._turning = self._feed.seq, None
        self._made.clear()
        waited_for.set()
