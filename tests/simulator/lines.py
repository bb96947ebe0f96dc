"""Links for tests, and waiting for facts."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable

from gateway.core.mqtt.packets import Connect
from gateway.simulator.connection import Address
from gateway.simulator.link import Link, LinkSettings, State


def settings(port: int, client: str, **other: object) -> LinkSettings:
    hello = {"clean": True, "keep_alive_s": 30, "username": "node", "password": b"right", "will": None}
    hello |= {key: other.pop(key) for key in list(other) if key in hello}
    patience = {"first_wait_s": 0.02, "most_wait_s": 0.1} | other
    return LinkSettings(Address("127.0.0.1", port), Connect(client, **hello), **patience)  # type: ignore[arg-type]


@contextlib.asynccontextmanager
async def online(link: Link) -> AsyncIterator[Link]:
    running = asyncio.create_task(link.run())
    try:
        await until(lambda: link.state is State.ONLINE)
        yield link
    finally:
        link.close()
        await running


async def until(fact: Callable[[], object]) -> None:
    async with asyncio.timeout(15):
        while not fact():  # noqa: ASYNC110 - the facts are of another process
            await asyncio.sleep(0.005)


@contextlib.asynccontextmanager
async def listener(port: int, topic_filter: str) -> AsyncIterator[list[tuple[str, bytes]]]:
    """What another client hears."""
    heard: list[tuple[str, bytes]] = []
    link = Link(settings(port, f"listener-{random.getrandbits(32)}"), random.Random(1))
    link.subscribe(topic_filter, lambda topic, payload: heard.append((topic, payload)))
    ready = f"ready/{random.getrandbits(32)}"
    link.subscribe(ready, lambda topic, payload: heard.append((topic, payload)))
    async with online(link):
        await link.publish(ready, b"")
        await until(lambda: heard)
        heard.clear()
        yield heard
