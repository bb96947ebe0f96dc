"""A whole gateway in this process, for scenarios to be played against."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

from gateway.app import gateway
from gateway.config.settings import Announce, Mqtt, Panel, Settings
from gateway.simulator.enrol import Api
from gateway.simulator.play.play import Play, Stage
from gateway.simulator.play.script import Script
from gateway.simulator.play.verdict import Verdict
from gateway.simulator.site import demo_site


def now_ms() -> int:
    return time.time_ns() // 1_000_000


class House:
    """Plays scenarios; `said` is what people were told."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self.token = token
        self.said: list[str] = []

    async def play(self, script: Script, seed: int = 1, nodes: int | None = None) -> Verdict:
        stage = Stage(Api(self.url), self.token, now_ms, self.said.append)
        return await Play(script, demo_site(), seed, stage, nodes).run()


@asynccontextmanager
async def house(data: Path) -> AsyncIterator[House]:
    local = ("127.0.0.1",)
    settings = Settings(
        mqtt=Mqtt(bind=local, tls_port=0, local_port=0),
        panel=Panel(bind=local, http_port=0, https_port=0),
        announce=Announce(mdns=False),
    )
    # Gateway and nodes share this process, and both wait for each other in threads.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(64))
    async with gateway(settings, data) as running:
        yield House(running.url, await running.registry.enrolment.create(uses=200, minutes=60.0))
