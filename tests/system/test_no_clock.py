"""The whole gateway on a machine that boots in 1970: real MQTT, real disk, real API, a day squeezed into seconds."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from gateway.app import Running, gateway
from gateway.config.settings import Announce, Mqtt, Panel, Settings
from gateway.core.access import Scope
from gateway.core.ports.clock import Trust
from gateway.flow.registration import Credentials, Registration
from tests.flow.gateway_model import Machine

from .conformance import rawmqtt
from .pahoclient import Paho

START_MS = 1_790_000_000_000
MINUTE_MS = 60_000
NODES = ("node-a", "node-b", "bare")
LOOPBACK = ("127.0.0.1",)
SETTINGS = Settings(
    mqtt=Mqtt(bind=LOOPBACK, tls_port=0, local_port=0, messages_per_s=0),
    panel=Panel(bind=LOOPBACK, https_port=0, http_port=0),
    announce=Announce(mdns=False),
)


class Home:
    """One gateway with its nodes, through restarts of the machine."""

    def __init__(self, data: Path, *, knows: bool) -> None:
        self.data = data
        self.machine = Machine(START_MS)
        self._knows = knows
        self._boots = 0
        self.given: dict[str, Credentials] = {}
        self._nodes: dict[str, Paho] = {}
        self._token: dict[str, str] = {}
        self.running: Running
        self.http: aiohttp.ClientSession

    @asynccontextmanager
    async def up(self, now_ms: int) -> AsyncIterator[None]:
        """The machine boots and its gateway runs; nodes are connected."""
        self._boots += 1
        self.machine = Machine(now_ms, boot=f"{'i' if self._knows else 'b'}{self._boots}")
        if not self._knows:
            self.machine.error_ms, self.machine.trust = 90_000 - now_ms, Trust.NONE
        async with (
            gateway(SETTINGS, self.data, clock=self.machine) as self.running,
            aiohttp.ClientSession() as self.http,
        ):
            await self._join()
            try:
                yield
            finally:
                await asyncio.to_thread(self._leave)

    async def _join(self) -> None:
        for number, name in enumerate(NODES):
            if name not in self.given:
                token = await self.running.registry.enrolment.create()
                mac = f"02:00:00:00:00:{number:02x}"
                given = await self.running.registry.register(Registration(mac, "1.0", token, {"name": name}))
                assert isinstance(given, Credentials)
                self.given[name] = given
            given = self.given[name]
            self._nodes[name] = await asyncio.to_thread(
                Paho, self.running.local_port, given.device_id, user=given.mqtt_username, password=given.mqtt_password
            )
        if not self._token:
            _, secret = await self.running.accounts.api_tokens.create(Scope.READ, "test")
            self._token = {"Authorization": f"Bearer {secret}"}

    def _leave(self) -> None:
        for node in self._nodes.values():
            node.close()

    async def say(self, name: str, what: str, payload: object, *, retain: bool = False) -> None:
        """Published and acknowledged, so on the disk."""
        device = self.given[name].device_id
        topic = f"sensor/{device}/{what}" if name == "bare" else f"devices/{device}/{what}"
        await asyncio.to_thread(self._nodes[name].put, topic, json.dumps(payload), 1, retain)

    async def get(self, path: str) -> Any:
        url = f"http://127.0.0.1:{self.running.panel.http_port}{path}"
        async with self.http.get(url, headers=self._token) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def history(self, name: str) -> list[tuple[int, float]]:
        """All of it, as the API tells."""
        device = self.given[name].device_id
        path = f"/api/devices/{device}/history?metric=temperature&from=2000-01-01T00:00:00Z&to=2099-01-01T00:00:00Z"
        return [(row["time_ms"], row["value"]) for row in (await self.get(path))["readings"]]

    async def latest(self, name: str) -> tuple[int, float]:
        known = (await self.get(f"/api/devices/{self.given[name].device_id}"))["latest"]["temperature"]
        return known["time_ms"], known["value"]

    async def events(self, kind: str) -> list[str]:
        return [entry["reason"] for entry in (await self.get(f"/api/events?kind={kind}"))["events"]]

    async def learn(self) -> None:
        """The network is back, and with it the time."""
        self.machine.set_right()
        async with asyncio.timeout(60):
            while not any("synchronised" in reason for reason in await self.events("clock.set")):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        # What was said on the way to the disk while the clock was set is through when this is.
        await self.say("node-a", "heartbeat", {})


def send_again(port: int, given: Credentials) -> None:
    """A node whose acknowledgement was lost: it connects again and repeats what it does not know to be safe."""
    topic = f"sensor/{given.device_id}/temperature"
    who = {"user": given.mqtt_username, "password": given.mqtt_password.encode()}
    for dup in (False, True):
        wire = rawmqtt.Wire(port, patience_s=30)
        wire.send(rawmqtt.connect(given.device_id, clean=False, **who))  # type: ignore[arg-type]
        wire.expect(2)
        wire.send(rawmqtt.publish(topic, b"23.4", 1, 7, dup=dup))
        wire.expect(4, 7)
        wire.drop()


async def test_a_bare_value_whose_acknowledgement_was_lost_is_measured_once(tmp_path: Path) -> None:
    home = Home(tmp_path, knows=True)
    async with home.up(START_MS):
        await asyncio.to_thread(send_again, home.running.local_port, home.given["bare"])
        assert await home.history("bare") == [(START_MS, 23.4)]


class Day:
    """The same life for both homes."""

    def __init__(self, homes: list[Home]) -> None:
        self.homes = homes
        self.now_ms = START_MS
        self.booted_ms = {"node-a": START_MS - 17 * MINUTE_MS, "node-b": START_MS - 5_000}
        self.boots = {"node-a": "a0", "node-b": "b0"}
        self.seq = dict.fromkeys(NODES, 0)
        self.waiting: list[dict[str, object]] = []

    def pass_minutes(self, minutes: int) -> None:
        self.now_ms += minutes * MINUTE_MS
        for home in self.homes:
            home.machine.now_ms = self.now_ms

    def reading(self, name: str) -> dict[str, object]:
        self.seq[name] += 1
        uptime_ms = self.now_ms - self.booted_ms[name]
        return {"boot": self.boots[name], "seq": self.seq[name], "uptime_ms": uptime_ms, "temperature": self.seq[name]}

    async def all_say(self, name: str, what: str, payload: object) -> None:
        for home in self.homes:
            await home.say(name, what, payload)

    async def beat(self) -> None:
        for name, boot in self.boots.items():
            await self.all_say(name, "heartbeat", {"boot": boot, "uptime_ms": self.now_ms - self.booted_ms[name]})

    async def hours(self, hours: int) -> None:
        """A message of every node every 20 minutes; one in each hour comes twice."""
        for step in range(3 * hours):
            self.pass_minutes(20)
            await self.beat()
            for name in self.boots:
                reading = self.reading(name)
                for _ in range(2 if step % 3 == 0 else 1):
                    await self.all_say(name, "telemetry", reading)
            self.seq["bare"] += 1
            await self.all_say("bare", "temperature", 20 + self.seq["bare"] / 8)

    async def backlog(self) -> None:
        """What node-a measured while nobody listened."""
        await self.all_say("node-a", "telemetry", {"readings": self.waiting})
        self.waiting = []

    def away(self, minutes: int) -> None:
        """The machines are off; node-a goes on measuring, node-b restarts."""
        for _ in range(minutes // 10):
            self.now_ms += 10 * MINUTE_MS
            self.waiting.append(self.reading("node-a"))
        self.boots["node-b"], self.booted_ms["node-b"], self.seq["node-b"] = "b1", self.now_ms - 4_000, 0


async def test_a_day_in_1970_ends_with_the_history_of_a_gateway_that_always_knew_the_time(tmp_path: Path) -> None:
    homes = [Home(tmp_path / "ideal", knows=True), Home(tmp_path / "blind", knows=False)]
    ideal, blind = homes
    day = Day(homes)
    async with AsyncExitStack() as stack:
        for home in homes:
            await stack.enter_async_context(home.up(day.now_ms))
        await day.hours(10)
    day.away(60)
    async with AsyncExitStack() as stack:
        for home in homes:
            await stack.enter_async_context(home.up(day.now_ms))
        await day.beat()
        await day.backlog()
        await day.hours(13)
        before = [await blind.history(name) for name in NODES]
        assert all(time_ms < START_MS for history in before for time_ms, _ in history)
        await blind.learn()
        for name, unsure in zip(NODES, before, strict=True):
            known = await ideal.history(name)
            assert await blind.history(name) == known
            assert len(known) == len(unsure) >= 69
            assert await blind.latest(name) == await ideal.latest(name)
        synchronised, kept_running = await blind.events("clock.set")
        assert "behind" in synchronised
        assert "kept running" in kept_running
        assert not await ideal.events("clock.set")
        await blind.say("bare", "temperature", 19.5, retain=True)
        kept = {name: (await blind.history(name), await blind.latest(name)) for name in NODES}
    day.pass_minutes(600)
    async with blind.up(day.now_ms):
        # What is retained, and what a bridge says once more when it is connected again, is not measured again.
        await blind.say("bare", "temperature", 19.5, retain=True)
        for name in NODES:
            assert (await blind.history(name), await blind.latest(name)) == kept[name]
