"""The gateway as a device of itself, on pins that write down what is done with them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from gateway.core import topics
from gateway.core.commands import Command, CommandStatus, Order
from gateway.core.errors import Refused, StoreFull
from gateway.core.messages import Audited, ClientConnected, ClientDisconnected, Happened, NodeSaid, ReadingStored
from gateway.core.ports.pins import Light
from gateway.flow import own_motor
from gateway.flow.chronicle import Chronicle
from gateway.flow.commands import Commands
from gateway.flow.ingest import Ingest
from gateway.flow.own_device import OwnSettings, own_mac
from gateway.flow.own_front import OwnFront
from gateway.flow.own_node import OwnNode
from gateway.flow.shadows import Shadows
from gateway.flow.trail import Trail
from tests.fakes import MemoryOrders, MemoryPost
from tests.flow.orders_site import Time
from tests.flow.registry_site import Site as RegistrySite

ALL = OwnSettings(server="s1", firmware="1.2.3", servo=True, relay=True, microphone=True)


class NotedPins:
    """Pins that write down what is done with them."""

    def __init__(self) -> None:
        self.lights: list[Light] = []
        self.relays: list[bool] = []
        self.angles: list[float] = []
        self.press: Callable[[], None] = lambda: None

    def show(self, light: Light) -> None:
        if not self.lights or self.lights[-1] is not light:
            self.lights.append(light)

    def on_button(self, pressed: Callable[[], None]) -> None:
        self.press = pressed

    def relay(self, on: bool) -> None:
        self.relays.append(on)

    def servo(self, position_pct: float) -> None:
        self.angles.append(position_pct)

    def close(self) -> None:
        """Nothing is open."""


class Site(RegistrySite):
    """A gateway that can be started again on the same documents and disk."""

    def restart(self) -> None:
        super().restart()
        self.said: list[NodeSaid] = []
        self.positions: list[float] = []
        self.bus.on(NodeSaid, self.said.append)
        self.bus.on(ReadingStored, lambda event: self.positions.append(event.reading.values["position"]))
        self.came: list[object] = []
        self.bus.on(ClientConnected, self.came.append)
        self.bus.on(ClientDisconnected, self.came.append)
        self.trail = Trail(self.writer, self.bus, self.clock)
        self.chronicle = Chronicle(self.writer, self.bus, self.clock)
        parts = self.bus, self.trail, self.chronicle, self.clock, self.registry
        orders = MemoryOrders(self.writer)
        self.commands = Commands(self.writer, orders, *parts, Time())
        self.shadows = Shadows(self.writer, orders, *parts)
        hearers = {"command/ack": self.commands.acked, "shadow/reported": self.shadows.reported}
        self.ingest = Ingest(self.bus, self.registry, self.clock, hearers=hearers)
        self.pins = NotedPins()
        self.outer = MemoryPost()

    async def begin(self, settings: OwnSettings = ALL, position: float | None = None) -> OwnNode:
        await self.commands.load()
        await self.shadows.load()
        own = OwnNode(
            self.registry,
            self.ingest,
            self.writer,
            self.bus,
            self.clock,
            self.pins,
            settings,
            lambda device: position,
            self.commands.of,
        )
        await own.enrol()
        self.own = own
        self.post = own.post(self.outer)
        self.commands.attach(self.post)
        self.shadows.attach(self.post, dict)
        own.begin()
        return own

    async def order(self, verb: str, **args: object) -> Command:
        return await self.commands.ask(Order(self.own.id, verb, args), "anna")

    def steps(self, command: Command) -> list[str]:
        found = self.commands.find(command.id)
        assert found is not None
        return [step.status.value for step in found.steps]

    def events_of(self, kind: str) -> list[str]:
        return [one.reason for one in self.writer.changes if isinstance(one, Happened) and one.kind == kind]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setattr(own_motor, "TICK_S", 0.001)
    monkeypatch.setattr(own_motor, "SPEED_PCT_S", 1500.0)
    return Site(tmp_path)


@pytest.fixture
async def own(site: Site) -> AsyncIterator[OwnNode]:
    made = await site.begin(position=20.0)
    running = asyncio.create_task(made.run())
    yield made
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110 - there is nothing else to wait for
            await asyncio.sleep(0.002)


def ends(site: Site, command: Command) -> Callable[[], bool]:
    return lambda: (found := site.commands.find(command.id)) is not None and not found.open


async def test_it_is_a_device_like_any_other(site: Site, own: OwnNode) -> None:
    device = site.registry.device(own.id)
    assert (device.mac, device.firmware, device.simulated) == (own_mac("s1"), "1.2.3", False)
    abilities = site.registry.abilities(own.id)
    assert abilities.kind == "window"
    assert set(abilities.metrics) == {"position", "sound_level"}
    assert abilities.verbs is not None
    assert {"set_position", "turn_on", "turn_off"} <= set(abilities.verbs)
    assert site.came == [ClientConnected(own.id, own.id, "this machine")]


async def test_started_again_it_is_the_same_and_nothing_is_given_out_anew(site: Site) -> None:
    first = (await site.begin()).id
    noted = len(site.kinds())
    site.restart()
    assert (await site.begin()).id == first
    assert len(site.kinds()) == noted
    site.restart()
    await site.begin(OwnSettings(server="s1", firmware="1.2.4", relay=True))
    assert site.registry.device(first).firmware == "1.2.4"
    assert site.registry.abilities(first).kind == "relay"


async def test_no_token_is_left_over(site: Site) -> None:
    await site.begin()
    assert site.registry.enrolment.list() == []


async def test_with_nothing_at_its_pins_it_is_no_device(site: Site) -> None:
    own = await site.begin(OwnSettings(server="s1", firmware="1"))
    assert (own.id, site.registry.devices(), site.came) == ("", [], [])
    site.post.hand("window-1", topics.command("window-1"), b"{}")
    own.hear_sound(b"\0\0")
    own.close()


async def test_revoked_by_an_operator_it_stays_away(site: Site) -> None:
    own = await site.begin()
    await site.registry.revoke(own.id)
    assert site.came[-1] == ClientDisconnected(own.id, own.id, "an operator does not want it")
    assert not site.post.hand(own.id, topics.window_control(own.id), b'{"position": 5}')
    site.restart()
    assert (await site.begin()).id == ""


async def test_a_command_moves_the_window_evenly_and_is_acknowledged(site: Site, own: OwnNode) -> None:
    command = await site.order("set_position", position=80)
    await until(ends(site, command))
    assert site.steps(command) == ["queued", "sent", "accepted", "done"]
    assert site.pins.angles[-1] == 80
    assert all(0 < after - before <= 1.5 for before, after in zip(site.pins.angles, site.pins.angles[1:], strict=False))
    assert site.positions[-1] == 80
    assert len(site.positions) < len(site.pins.angles) / 5, "it says where it is once a second, not each tick"


async def test_a_decision_moves_it_and_is_acknowledged_under_its_id(site: Site, own: OwnNode) -> None:
    said = {"position": 33, "confidence": 0.8, "decision": "0123456789abcdef", "model": "window@3"}
    assert site.post.hand(own.id, topics.window_control(own.id), json.dumps(said).encode())
    assert site.pins.angles == [], "in a turn of its own"
    acks: list[dict[str, str]] = []

    def acked() -> bool:
        acks[:] = [json.loads(one.payload) for one in site.said if one.what == "command/ack"]
        return bool(acks)

    await until(acked)
    assert acks == [{"id": "0123456789abcdef", "status": "done", "detail": ""}]
    assert site.pins.angles[-1] == 33


async def test_a_newer_order_ends_the_one_before(site: Site, own: OwnNode) -> None:
    first = await site.order("set_position", position=100)
    await until(lambda: len(site.pins.angles) > 3)
    second = await site.order("set_position", position=0)
    await until(ends(site, second))
    found = site.commands.find(first.id)
    assert found is not None
    assert (found.status, found.steps[-1].detail) == (CommandStatus.FAILED, "a newer order came")
    assert site.pins.angles[-1] == 0


async def test_from_nobody_knows_where_it_goes_at_once(site: Site) -> None:
    own = await site.begin()
    running = asyncio.create_task(own.run())
    command = await site.order("set_position", position=80)
    await until(ends(site, command))
    assert site.pins.angles == [80]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_the_relay_is_switched(site: Site, own: OwnNode) -> None:
    for verb in ("turn_on", "turn_off"):
        command = await site.order(verb)
        await until(ends(site, command))
        assert site.steps(command)[-1] == "done"
    assert site.pins.relays == [True, False]


async def test_what_it_cannot_do_is_refused_or_fails(site: Site, own: OwnNode) -> None:
    with pytest.raises(Refused, match="cannot fly"):
        await site.order("fly")
    command = await site.order("restart")
    await until(ends(site, command))
    assert site.steps(command)[-1] == "failed"


async def test_a_command_that_comes_again_is_done_once(site: Site, own: OwnNode) -> None:
    command = await site.order("turn_on")
    await until(ends(site, command))
    order = {"id": command.id, "verb": "turn_on", "args": {}, "ttl_ms": 1000}
    site.post.hand(own.id, topics.command(own.id), json.dumps(order).encode())
    await until(lambda: acks(site)[-1] == (command.id, "done") and len(acks(site)) == 3)
    assert site.pins.relays == [True]


def acks(site: Site) -> list[tuple[str, str]]:
    said = [json.loads(one.payload) for one in site.said if one.what == "command/ack"]
    return [(one["id"], one["status"]) for one in said]


def again(site: Site, command: Command) -> None:
    """The same command once more, as when its end never reached the gateway."""
    order = {"id": command.id, "verb": command.verb, "args": command.args, "ttl_ms": 1000}
    site.post.hand(site.own.id, topics.command(site.own.id), json.dumps(order).encode())


async def test_a_command_that_comes_again_after_a_restart_is_not_done_again(site: Site, own: OwnNode) -> None:
    command = await site.order("turn_on")
    await until(ends(site, command))
    site.restart()
    await site.begin(position=20.0)
    again(site, command)
    await until(lambda: bool(acks(site)))
    assert (site.pins.relays, acks(site)) == ([], [(command.id, "done")])


async def test_killed_on_the_way_it_does_not_set_out_again(site: Site) -> None:
    await site.begin(position=20.0)
    command = await site.order("set_position", position=80)
    await until(lambda: site.steps(command)[-1] == "accepted")
    site.restart()
    own = await site.begin(position=50.0)
    running = asyncio.create_task(own.run())
    await until(ends(site, command))
    found = site.commands.find(command.id)
    assert found is not None
    assert found.steps[-1].detail == "the gateway was stopped before it was done"
    assert site.pins.angles == []
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_nothing_is_done_that_the_disk_does_not_know_of(site: Site, own: OwnNode) -> None:
    command = await site.order("turn_on")
    site.writer.error = StoreFull("no room")
    await asyncio.sleep(0.02)
    assert site.pins.relays == []
    site.writer.error = None
    again(site, command)
    await until(ends(site, command))
    assert site.pins.relays == [True]


@pytest.mark.parametrize("payload", [b"", b"x", b"[]", b"{}", b'{"position": "far"}', b'{"position": 101}'])
async def test_nonsense_moves_nothing(
    site: Site, own: OwnNode, payload: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    for topic in (topics.window_control(own.id), topics.shadow_desired(own.id)):
        site.post.hand(own.id, topic, payload)
    await asyncio.sleep(0.02)
    assert site.pins.angles == []


async def test_it_keeps_to_the_limits_that_are_wanted_of_it(site: Site, own: OwnNode) -> None:
    await site.shadows.want(own.id, {"limits": {"position": {"max": 40}}}, "anna", None)
    await until(lambda: site.shadows.get(own.id).reported_version == 1)
    assert site.shadows.get(own.id).reported == {"limits": {"position": {"max": 40}}}
    command = await site.order("set_position", position=90)
    await until(ends(site, command))
    assert site.pins.angles[-1] == 40


async def test_started_again_it_is_told_what_is_wanted_of_it(site: Site, own: OwnNode) -> None:
    await site.shadows.want(own.id, {"limits": {"position": {"max": 40}}}, "anna", None)
    await until(lambda: site.shadows.get(own.id).reported_version == 1)
    site.restart()
    again = await site.begin(position=20.0)
    running = asyncio.create_task(again.run())
    await until(lambda: site.shadows.get(again.id).reported_version == 1)
    command = await site.order("set_position", position=90)
    await until(ends(site, command))
    assert site.pins.angles[-1] == 40
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_it_says_that_it_is_there_and_where_its_window_is(site: Site, own: OwnNode) -> None:
    await until(lambda: bool(site.positions))
    assert site.positions == [20.0]


async def test_its_microphone_is_heard_as_a_nodes(site: Site, own: OwnNode) -> None:
    own.hear_sound(b"\1\0" * 32_000)
    assert [(one.device, one.what, len(one.payload)) for one in site.said if one.what == "audio"] == [
        (own.id, "audio", 64_000)
    ]


async def test_other_nodes_are_spoken_to_as_before(site: Site, own: OwnNode) -> None:
    site.outer.there.add("window-9")
    assert site.post.hand("window-9", topics.command("window-9"), b"{}")
    assert not site.post.hand("window-8", topics.command("window-8"), b"{}")
    site.post.publish("a/b", b"1", 1, True)
    assert site.outer.handed == [("window-9", topics.command("window-9"), b"{}")]
    assert site.outer.published[-1] == ("a/b", b"1", 1, True)


async def test_when_the_gateway_stops_it_is_gone(site: Site, own: OwnNode) -> None:
    own.close()
    own.close()
    assert site.came[1:] == [ClientDisconnected(own.id, own.id, "the gateway stops")]
    assert not site.post.hand(own.id, topics.command(own.id), b"{}")


# The light and the button


class Front:
    """A light, a button, and how things are."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.trouble = False
        self.front = OwnFront(site.pins, site.registry.pairing, site.trail, site.chronicle, 10, lambda: self.trouble)


@pytest.fixture
def front(site: Site) -> Front:
    return Front(site)


async def test_the_button_opens_pairing_and_the_light_says_so(site: Site, front: Front) -> None:
    front.front.look()
    site.pins.press()
    assert site.registry.pairing.is_open
    assert site.pins.lights == [Light.WELL, Light.PAIRING]
    assert site.events_of("pairing.opened") == ["by the button, for 10 minutes"]
    noted = [one for one in site.writer.changes if isinstance(one, Audited) and one.kind.startswith("pairing.")]
    assert [(one.kind, one.who) for one in noted] == [
        ("pairing.opened", "pairing"),
        ("pairing.button", "pairing button"),
    ]
    site.clock.advance(minutes=10)
    front.front.look()
    assert not site.registry.pairing.is_open
    assert site.pins.lights[-1] is Light.WELL


async def test_the_light_shows_trouble_until_somebody_pairs(site: Site, front: Front) -> None:
    front.trouble = True
    front.front.look()
    site.pins.press()
    assert site.pins.lights == [Light.TROUBLE, Light.PAIRING]


async def test_the_light_follows_by_itself_and_goes_out_at_the_end(site: Site, front: Front) -> None:
    running = asyncio.create_task(front.front.run())
    await until(lambda: site.pins.lights == [Light.WELL])
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert site.pins.lights == [Light.WELL, Light.OFF]
