"""The whole gateway with light, button, relay and servo at its pins: gpiozero's own stand-in says what they did."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from gateway.app import gateway
from gateway.config.automation_settings import Pins
from gateway.config.settings import Announce, Mqtt, Panel, Settings
from gateway.core.access import Scope
from gateway.running import Running

LED, BUTTON, RELAY, SERVO = 17, 27, 22, 18
LOOPBACK = ("127.0.0.1",)
SETTINGS = Settings(
    mqtt=Mqtt(bind=LOOPBACK, tls_port=0, local_port=0),
    panel=Panel(bind=LOOPBACK, https_port=0, http_port=0),
    announce=Announce(mdns=False),
    pins=Pins(status_led=LED, pairing_button=BUTTON, relay=RELAY, servo=SERVO, servo_open_deg=90, servo_shut_deg=-90),
)


@pytest.fixture
def board(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    """The pins of a Pi that is not there."""
    from gpiozero.pins.mock import MockFactory, MockPWMPin

    made = MockFactory(pin_class=MockPWMPin)
    monkeypatch.setenv("LG_WD", str(tmp_path))
    monkeypatch.setattr("gateway.backends.pins._factory", lambda settings: made)
    yield made
    made.reset()


class House:
    """A gateway that runs, and somebody who may do everything."""

    def __init__(self, running: Running, http: aiohttp.ClientSession) -> None:
        self.running = running
        self._http = http

    async def ask(self, method: str, path: str, body: object = None) -> Any:
        async with self._http.request(method, f"{self.running.url}/api{path}", json=body) as answer:
            assert answer.status < 300, await answer.text()
            return await answer.json()

    @property
    async def window(self) -> str:
        (device,) = (await self.ask("GET", "/devices"))["devices"]
        assert (device["kind"], device["name"]) == ("window", "This gateway")
        return str(device["id"])


@asynccontextmanager
async def house(data: Path) -> AsyncIterator[House]:
    async with gateway(SETTINGS, data) as running:
        _, secret = await running.accounts.api_tokens.create(Scope.ADMIN)
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {secret}"}) as http:
            yield House(running, http)


async def until(true: Callable[[], bool] | Callable[[], Awaitable[bool]], what: str) -> None:
    try:
        async with asyncio.timeout(30):
            while True:
                found = true()
                if found is True or (not isinstance(found, bool) and await found):
                    return
                await asyncio.sleep(0.01)
    except TimeoutError:
        pytest.fail(f"not within 30 s: {what}")


def angle(board: Any) -> float:
    """Where the pulses say the servo is, in percent open."""
    return round((float(board.pin(SERVO).state) * 20 - 0.5) / 1.9 * 100, 1)


async def test_the_button_opens_pairing_and_the_light_blinks(board: Any, tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        await until(lambda: board.pin(LED).state == 1, "the light says that all is well")
        await asyncio.to_thread(board.pin(BUTTON).drive_low)
        await until(lambda: home.running.registry.pairing.is_open, "pairing is open")
        assert (await home.ask("GET", "/pairing"))["open"] is True
        for level in (0, 1, 0):
            await until(lambda level=level: board.pin(LED).state == level, "it blinks")  # type: ignore[misc]
        (event,) = (await home.ask("GET", "/events?kind=pairing"))["events"]
        assert (event["kind"], event["reason"]) == ("pairing.opened", "by the button, for 10 minutes")
        entries = (await home.ask("GET", "/audit?kind=pairing"))["audit"]
        assert "pairing button" in {entry["who"] for entry in entries}
    assert board.pins == {} or all(pin.function == "input" for pin in board.pins.values()), "the pins are given back"


async def test_the_servo_is_a_window_like_any_other(board: Any, tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        window = await home.window
        said = await home.ask("POST", f"/devices/{window}/override", {"position": 70})
        assert (said["source"], said["position"], said["simulated"]) == ("api", 70, False)
        path = f"/devices/{window}/commands/{said['command']['id']}"

        async def done() -> bool:
            return bool((await home.ask("GET", path))["status"] == "done")

        await until(done, "the command is done")
        assert angle(board) == 70
        shown = await home.ask("GET", f"/devices/{window}/window")
        assert (shown["position"], shown["hold"]["position"]) == (70, 70)
        assert (await home.ask("GET", f"/devices/{window}"))["status"] == "online"
        await until(lambda: board.pin(SERVO).frequency is None, "the servo is let go")
        order = await home.ask("POST", f"/devices/{window}/commands", {"verb": "turn_on"})
        path = f"/devices/{window}/commands/{order['id']}"
        await until(done, "the relay is on")
        assert board.pin(RELAY).state == 1
    async with house(tmp_path) as home:
        assert await home.window == window, "it is the same device after a restart"
        assert (await home.ask("GET", f"/devices/{window}/window"))["position"] == 70
        assert board.pin(SERVO).frequency is None, "and its window is not moved by the start"
