"""The whole gateway: of a window that is deleted nothing stays, so that one that comes again is a stranger."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from gateway.app import Running, gateway
from gateway.config.settings import Announce, Mqtt, Panel, Settings
from gateway.core.access import Scope
from gateway.flow.registration import Credentials, Registration

LOOPBACK = ("127.0.0.1",)
SETTINGS = Settings(
    mqtt=Mqtt(bind=LOOPBACK, tls_port=0, local_port=0),
    panel=Panel(bind=LOOPBACK, https_port=0, http_port=0),
    announce=Announce(mdns=False),
)
MAC = "02:00:00:00:0d:e1"


class House:
    """A gateway that runs, somebody who may do everything, and a window."""

    def __init__(self, running: Running, http: aiohttp.ClientSession) -> None:
        self.running = running
        self._http = http
        self.window = ""
        self._auth = ""

    async def ask(self, method: str, path: str, body: object = None, *, as_device: bool = False) -> Any:
        headers = {"Authorization": self._auth} if as_device else None
        url = f"{self.running.url}/api{path}"
        async with self._http.request(method, url, json=body, headers=headers) as answer:
            assert answer.status < 300, await answer.text()
            return await answer.json() if answer.status != 204 else None

    async def join(self) -> None:
        """The window registers."""
        token = await self.running.registry.enrolment.create(uses=1)
        joined = await self.running.registry.register(Registration(MAC, "1.0", token, {"kind": "window"}))
        assert isinstance(joined, Credentials)
        self.window = joined.device_id
        self._auth = aiohttp.encode_basic_auth(joined.mqtt_username, joined.mqtt_password)

    async def read(self, temperature: float) -> None:
        said = {"temperature": temperature, "humidity": 50, "sound_level": 40}
        await self.ask("POST", f"/devices/{self.window}/telemetry", said, as_device=True)

    async def decisions(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.ask("GET", f"/decisions?device={self.window}"))["decisions"]
        return found

    async def decided(self, count: int) -> list[dict[str, Any]]:
        async with asyncio.timeout(60):
            while len(found := await self.decisions()) < count:  # noqa: ASYNC110 - looked at from outside
                await asyncio.sleep(0.05)
        return found


@asynccontextmanager
async def house(data: Path) -> AsyncIterator[House]:
    async with gateway(SETTINGS, data) as running:
        _, secret = await running.accounts.api_tokens.create(Scope.ADMIN)
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {secret}"}) as http:
            yield House(running, http)


async def test_of_a_deleted_window_nothing_stays(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        await home.join()
        first = home.window
        await home.read(21.0)
        (decision,) = await home.decided(1)
        assert decision["outcome"] == "away"
        await home.ask("POST", f"/devices/{first}/override", {"position": 80})
        shown = await home.ask("GET", f"/devices/{first}/window")
        assert (shown["lessons"], shown["hold"]["position"]) == (1, 80)
        await home.ask("DELETE", f"/devices/{first}")
        assert await home.decisions() == []
        await home.join()
        assert home.window == first, "its id follows from its hardware"
        shown = await home.ask("GET", f"/devices/{first}/window")
        assert (shown["lessons"], shown["hold"], shown["newest"]) == (0, None, None)
        await home.read(21.0)
        (again,) = await home.decided(1)
        assert (again["cause"], again["lessons"], again["outcome"]) == ("first values", "", "away")
        # But for the minute that may have passed, it is decided as if nothing had ever been learnt.
        assert again["raw_position"] == pytest.approx(decision["raw_position"], abs=1.0)
    async with house(tmp_path) as home:
        home.window = first
        assert [one["id"] for one in await home.decisions()] == [again["id"]]
        assert (await home.ask("GET", f"/devices/{first}/lessons"))["lessons"] == []
