"""Nodes against a registration server speaking PROTOCOL and a real broker."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import ssl
import time
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from gateway.core.codec import decode_telemetry
from gateway.core.errors import ConfigError
from gateway.core.mqtt.packets import NOT_AUTHORISED, encode_connack
from gateway.core.sound import decode
from gateway.simulator.enrol import Api
from gateway.simulator.fleet import Fleet, FleetSettings, devices_of
from gateway.simulator.link import Link
from gateway.simulator.site import demo_site
from gateway.simulator.tls import pinned_context

from .conftest import Cable, Certificates, FakeGateway, Mosquitto
from .lines import listener, online, settings, until

pytestmark = pytest.mark.needs("mosquitto", "mosquitto_passwd")

LIVING_UNITS = {"temperature": "°C", "humidity": "%", "co2": "ppm", "sound_level": "dB", "position": "%"}


class Alive:
    """A fleet, and what it has said."""

    def __init__(self, settings: FleetSettings, api: Api) -> None:
        self.states: list[tuple[str, str]] = []
        self.details: list[str] = []
        self.fleet = Fleet(settings, api, lambda: time.time_ns() // 1_000_000, random.Random(), self._report)

    def _report(self, node: str, state: str, detail: str) -> None:
        self.states.append((node, state))
        self.details.append(detail)

    def count(self, state: str) -> int:
        return sum(said == state for _, said in self.states)

    @contextlib.asynccontextmanager
    async def living(self) -> AsyncIterator[Alive]:
        running = asyncio.create_task(self.fleet.run())
        try:
            yield self
        finally:
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running


def fleet(gateway: FakeGateway, state: Path, token: str | None = "good", nodes: int | None = None) -> Alive:
    settings = FleetSettings(demo_site(), state, token, nodes, interval_s=1.0)
    return Alive(settings, Api(gateway.url, pinned_context(gateway.ca_pem)))


async def test_the_whole_site_registers_connects_and_measures(
    fake_gateway: FakeGateway, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    site = demo_site()
    async with listener(mosquitto.port, "devices/#") as heard:
        async with fleet(fake_gateway, tmp_path).living() as alive:
            await until(lambda: len({topic for topic, _ in heard if topic.endswith("/telemetry")}) == len(site.devices))
        await until(lambda: sum(payload == b"offline" for _, payload in heard) == len(site.devices))
    assert alive.count("registered") == alive.count("online") == alive.count("stopped") == len(site.devices)
    for device in site.devices:
        said = [payload for topic, payload in heard if topic == f"devices/{device.id}/telemetry"]
        samples = [decode_telemetry(payload)[0] for payload in said]
        assert [sample.seq for sample in samples] == list(range(1, len(samples) + 1))
        assert set(samples[0].values) == set(device.metrics)
        assert samples[0].timestamp_ms is not None
        assert abs(samples[0].timestamp_ms - time.time_ns() // 1_000_000) < 60_000
        statuses = [payload for topic, payload in heard if topic == f"devices/{device.id}/status"]
        assert statuses == [b"online", b"offline"]
        (beat,) = [payload for topic, payload in heard if topic == f"devices/{device.id}/heartbeat"]
        assert set(json.loads(beat)) == {"uptime_ms", "boot", "free_heap", "rssi", "firmware"}


async def test_a_node_says_what_it_is_and_that_it_is_simulated(fake_gateway: FakeGateway, tmp_path: Path) -> None:
    async with fleet(fake_gateway, tmp_path, nodes=1).living() as alive:
        await until(lambda: alive.count("online"))
    (request,) = fake_gateway.requests
    assert request["capabilities"] == {
        "units": LIVING_UNITS,
        "simulated": True,
        "id": "living-room-window",
        "name": "Living room window",
        "kind": "window",
        "metrics": LIVING_UNITS,
    }
    assert request["token"] == "good"


async def test_a_restart_keeps_the_identity(fake_gateway: FakeGateway, tmp_path: Path) -> None:
    for _ in range(2):
        async with fleet(fake_gateway, tmp_path, nodes=3).living() as alive:
            await until(lambda: alive.count("online") == 3)
    assert len(fake_gateway.requests) == 3


async def test_credentials_that_are_refused_are_replaced_under_the_same_mac(
    fake_gateway: FakeGateway, tmp_path: Path
) -> None:
    fake_gateway.password = "wrong"
    alive = fleet(fake_gateway, tmp_path, nodes=1)
    async with alive.living():
        await until(lambda: alive.count("turned away"))
        fake_gateway.password = "right"
        await until(lambda: alive.count("online"))
    assert len(fake_gateway.requests) >= 2
    assert len({request["mac_address"] for request in fake_gateway.requests}) == 1


async def test_a_node_that_was_sent_away_asks_back_without_its_token_also_after_a_restart(
    fake_gateway: FakeGateway, mosquitto: Mosquitto, certificates: Certificates, tmp_path: Path
) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(encode_connack(NOT_AUTHORISED))
        writer.close()

    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificates.cert, certificates.key)
    refusing = await asyncio.start_server(refuse, "127.0.0.1", 0, ssl=tls)
    cable = Cable(mosquitto.tls_port)
    await cable.plug_in()
    fake_gateway.broker["port"] = cable.port
    async with fleet(fake_gateway, tmp_path, nodes=1).living() as alive:
        await until(lambda: alive.count("online"))
        cable.target = refusing.sockets[0].getsockname()[1]
        cable.cut()
        await until(lambda: alive.count("refused"))
    await cable.unplug()
    refusing.close()
    assert "turned away" in [state for _, state in alive.states]
    async with fleet(fake_gateway, tmp_path, nodes=1).living() as restarted:
        await until(lambda: restarted.count("refused"))
    assert [request.get("token") for request in fake_gateway.requests] == ["good", None, None]
    basic = "Basic bm9kZTpyaWdodA=="
    assert fake_gateway.authorizations == [None, basic, basic]


async def test_a_node_the_gateway_refuses_gives_up_and_says_why(fake_gateway: FakeGateway, tmp_path: Path) -> None:
    alive = fleet(fake_gateway, tmp_path, token="bad", nodes=2)
    await alive.fleet.run()
    assert sorted(state for _, state in alive.states) == ["refused", "refused"]
    assert alive.details[0] == "there is no valid enrolment token"


async def test_a_gateway_that_is_busy_is_asked_again(fake_gateway: FakeGateway, tmp_path: Path) -> None:
    fake_gateway.answers = [(503, {}), (429, {"detail": "slow down"})]
    async with fleet(fake_gateway, tmp_path, nodes=1).living() as alive:
        await until(lambda: alive.count("online"))
    assert [state for _, state in alive.states][:3] == ["waiting", "waiting", "registered"]


async def test_without_a_token_it_waits_for_approval(fake_gateway: FakeGateway, tmp_path: Path) -> None:
    fake_gateway.answers = [
        (202, {"claim": "c", "retry_after_s": 0.2}),
        (202, {"claim": "c", "retry_after_s": 0.2}),
        (200, fake_gateway.credentials("approved-1")),
    ]
    async with fleet(fake_gateway, tmp_path, token=None, nodes=1).living() as alive:
        await until(lambda: alive.count("online"))
    assert [state for _, state in alive.states][:3] == ["pending", "registered", "online"]


async def test_a_broker_that_has_moved_is_found_again(
    fake_gateway: FakeGateway, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    fake_gateway.broker["port"] = 1
    alive = fleet(fake_gateway, tmp_path, nodes=1)
    async with alive.living():
        await until(lambda: alive.count("registered"))
        fake_gateway.broker["port"] = mosquitto.tls_port
        await until(lambda: alive.count("online"))
    assert "/api/health" in fake_gateway.paths


async def test_a_window_command_closes_the_loop(
    fake_gateway: FakeGateway, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    async with listener(mosquitto.port, "devices/#") as heard, fleet(fake_gateway, tmp_path, nodes=1).living() as alive:
        await until(lambda: alive.count("online"))
        order = {"id": "c1", "verb": "set_position", "args": {"position": 9}}
        async with online(Link(settings(mosquitto.port, "person"), random.Random(1))) as person:
            await person.publish("devices/living-room-window/command", json.dumps(order).encode())
        await until(lambda: [p for t, p in heard if t.endswith("command/ack") and b"done" in p])
        await until(lambda: [p for t, p in heard if t.endswith("/telemetry") and b'"position":9.0' in p])


async def test_the_desired_interval_is_obeyed_and_reported(
    fake_gateway: FakeGateway, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    topic = "devices/living-room-window/shadow/desired"
    async with online(Link(settings(mosquitto.port, "person"), random.Random(1))) as person:
        await person.publish(topic, b'{"version":3,"state":{"interval_s":25}}', retain=True)
        async with listener(mosquitto.port, "devices/#") as heard, fleet(fake_gateway, tmp_path, nodes=1).living():
            wanted = {"version": 3, "state": {"interval_s": 25.0, "audio": False, "limits": {}}}
            await until(
                lambda: [p for t, p in heard if t.endswith("shadow/reported") and msgspec.json.decode(p) == wanted]
            )
        await person.publish(topic, b"", retain=True)


async def test_a_window_sends_what_it_hears_only_while_that_is_wanted(
    fake_gateway: FakeGateway, mosquitto: Mosquitto, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.simulator.node._LISTEN_EVERY_S", 0.1)
    topic = "devices/living-room-window/shadow/desired"
    async with (
        online(Link(settings(mosquitto.port, "person"), random.Random(1))) as person,
        listener(mosquitto.port, "devices/#") as heard,
        fleet(fake_gateway, tmp_path, nodes=1).living() as alive,
    ):
        await until(lambda: alive.count("online"))
        await asyncio.sleep(0.5)
        assert not [t for t, _ in heard if t.endswith("/audio")]
        await person.publish(topic, b'{"version":1,"state":{"audio":true}}', retain=True)
        await until(lambda: len([t for t, _ in heard if t.endswith("/audio")]) >= 3)
        await person.publish(topic, b"", retain=True)
    sounds = [decode(p) for t, p in heard if t.endswith("/audio")][:3]
    assert {(sound.rate, sound.seconds) for sound in sounds} == {(16_000, 2.0)}


async def test_a_restart_on_command_is_a_new_boot_that_counts_from_one(
    fake_gateway: FakeGateway, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    def boots() -> list[tuple[str | None, int | None]]:
        samples = [decode_telemetry(p)[0] for t, p in heard if t.endswith("/telemetry")]
        return [(sample.boot, sample.seq) for sample in samples]

    async with listener(mosquitto.port, "devices/#") as heard, fleet(fake_gateway, tmp_path, nodes=1).living() as alive:
        await until(boots)
        order = {"id": "c1", "verb": "restart"}
        async with online(Link(settings(mosquitto.port, "person"), random.Random(1))) as person:
            await person.publish("devices/living-room-window/command", json.dumps(order).encode())
        await until(lambda: len({boot for boot, _ in boots()}) == 2)
        assert alive.count("online") == 2
    first = boots()[0][0]
    assert next(seq for boot, seq in boots() if boot != first) == 1
    acks = [json.loads(p)["status"] for t, p in heard if t.endswith("command/ack")]
    assert {"accepted", "done"} == set(acks)


def test_more_nodes_than_the_site_has_are_climate_sensors_in_its_rooms() -> None:
    site = demo_site()
    devices = devices_of(site, 200)
    assert devices[: len(site.devices)] == list(site.devices)
    assert len({device.id for device in devices}) == 200
    assert {device.asset for device in devices[len(site.devices) :]} == {"living-room", "bedroom", "bathroom"}
    assert devices_of(site, 3) == list(site.devices[:3])
    with pytest.raises(ConfigError):
        devices_of(site, 0)


def test_world_time_may_run_faster_but_not_backwards(fake_gateway: FakeGateway, tmp_path: Path) -> None:
    for speed in (0.0, -1.0, 1e6):
        settings = FleetSettings(demo_site(), tmp_path, speed=speed)
        with pytest.raises(ConfigError, match="speed"):
            Fleet(settings, Api(fake_gateway.url), lambda: 0, random.Random(), lambda *_: None)
