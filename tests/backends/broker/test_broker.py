"""The broker with plugins, a gatekeeper and the self-attack, over real sockets with paho."""

import asyncio
import threading

import pytest

from gateway.backends.broker.attack import Decoys, QuietAuditor, Target, attack
from gateway.backends.broker.broker import GatewayBroker
from gateway.backends.broker.settings import BrokerSettings, Listener
from gateway.core.access import Kind, Principal
from gateway.core.messages import AccessRevoked, ClientDisconnected, DeviceChanged, DeviceSwapped, Message
from gateway.flow.bus import Bus
from tests.backends.broker.broker_kit import Client, Reader, Registry, Trail, running

PLUGINS = "tests.backends.broker.plugins"


async def test_plugins_that_wait_are_asked_without_losing_or_reordering_messages():
    plugins = {f"{PLUGINS}.SlowAuth": {}, f"{PLUGINS}.SlowTopics": {}}
    async with running(plugins=plugins) as (_, port):

        def client() -> None:
            reader, writer = Client(port, "reader"), Client(port, "writer")
            assert reader.subscribe("forbidden/#") == 0x80
            assert reader.subscribe("#") == 1
            for number in range(5):
                assert writer.publish(f"t/{number % 2}", b"%d" % number)
            assert writer.publish("t/secret")
            assert writer.publish("t/end")
            got = [payload for _, payload in reader.received(6)]
            assert got == [b"0", b"1", b"2", b"3", b"4", b"x"]
            assert not writer.publish("forbidden/x")
            assert writer.gone.wait(5)
            for one in (reader, writer):
                one.close()
            refused = Client(port, "other", "wrong", "")
            assert refused.codes == [134]
            refused.close()

        await asyncio.to_thread(client)


async def test_a_plugin_that_fails_refuses_one_client_and_the_broker_goes_on(caplog):
    async with running(plugins={f"{PLUGINS}.Broken": {}}) as (_, port):

        def client() -> None:
            one = Client(port, "one")
            assert one.subscribe("a") == 0x80
            one.close()

        await asyncio.to_thread(client)
    assert "a broker plugin failed" in caplog.text


async def test_only_what_the_registry_allows_gets_through_and_the_rest_is_audited():
    trail = Trail()
    async with running(gatekeeper=Registry(), auditor=trail) as (_, port):

        def client() -> None:
            script = Client(port, "script-1", "script", "script")
            assert script.subscribe("devices/#") == 1
            node = Client(port, "node-a", "node-a", "node-a")
            assert node.subscribe("devices/node-b/command") == 0x80
            assert node.publish("devices/node-a/telemetry")
            assert not node.publish("devices/node-b/telemetry")
            assert node.gone.wait(5)
            assert Client(port, "node-b", "node-a", "node-a").codes == [134]
            assert Client(port, "node-a", None).codes == [135]
            assert Client(port, "node-a", "node-a", "no").codes == [134]
            will = ("devices/node-b/status", b"offline", 1, True)
            assert Client(port, "node-a", "node-a", "node-a", will).codes == [135]
            assert script.received(1) == [("devices/node-a/telemetry", b"x")]
            script.close()

        await asyncio.to_thread(client)
    assert ("mqtt.denied.publish", "node-a") in trail.notes
    assert ("mqtt.denied.subscribe", "node-a") in trail.notes
    assert ("mqtt.denied.will", "node-a") in trail.notes
    assert ("mqtt.refused", "node-b") in trail.notes


async def test_the_gateway_itself_hears_a_last_will_and_of_whom():
    reader = Reader()
    async with running(intake=reader) as (_, port):

        def client() -> None:
            node = Client(port, "node-a", will=("devices/node-a/status", b"offline", 1, True))
            node.paho._sock_close()  # without a goodbye
            node.paho.loop_stop()
            for _ in range(1500):
                if reader.messages:
                    break
                threading.Event().wait(0.02)

        await asyncio.to_thread(client)
    assert reader.messages == [Message("node-a", "devices/node-a/status", b"offline", 1, True)]


async def test_revoking_ends_the_live_connection_at_once():
    registry, bus = Registry(), Bus()
    async with running(gatekeeper=registry, bus=bus) as (_, port):
        node = await asyncio.to_thread(Client, port, "node-a", "node-a", "node-a")
        del registry.known["node-a"]
        bus.publish(AccessRevoked("node-a"))
        assert await asyncio.to_thread(node.gone.wait, 5)
        assert (await asyncio.to_thread(Client, port, "node-a", "node-a", "node-a")).codes == [134]


@pytest.mark.parametrize(
    "event",
    [DeviceChanged("node-a", None), DeviceSwapped("node-a", "02:aa", "02:bb", 1), AccessRevoked("node-a")],
    ids=["deleted", "swapped", "revoked"],
)
@pytest.mark.parametrize("connected", [True, False])
async def test_a_session_does_not_outlive_its_device_its_hardware_or_its_credentials(event, connected):
    bus = Bus()
    async with running(gatekeeper=Registry(), bus=bus) as (broker, port):
        node = await asyncio.to_thread(Client, port, "node-a", "node-a", "node-a", None, False)
        await asyncio.to_thread(node.subscribe, "devices/node-a/command")
        if not connected:
            await asyncio.to_thread(node.close)
        assert list(broker.admission.sessions) == ["node-a"]
        broker.admission.sessions["node-a"].received.add(7)
        bus.publish(event)
        assert not broker.admission.sessions
        assert broker.exchange.router.filters() == {}
        assert await asyncio.to_thread(node.gone.wait, 30)
        await asyncio.to_thread(node.close)


@pytest.mark.parametrize("breaker", ["none", "authenticates everybody", "checks no topics"])
async def test_the_self_attack_finds_what_is_open_and_nothing_else(breaker):
    decoys, trail = Decoys(Registry()), Trail()
    async with running(gatekeeper=decoys, auditor=QuietAuditor(trail, decoys)) as (broker, port):
        rights = broker.exchange.rights
        if breaker == "authenticates everybody":
            rights._auth = [_Agreeable()]
            decoys.principal = lambda user: Principal(Kind.DEVICE, user or "nobody")
        if breaker == "checks no topics":
            rights._topic = []
        verdicts = await attack(Target("127.0.0.1", port, None, lambda name: broker.admission.expel(name, "x")), decoys)
    breached = {verdict.attack for verdict in verdicts if verdict.breach}
    assert len(verdicts) > 10
    assert trail.notes == []
    if breaker == "none":
        assert breached == set()
    elif breaker == "authenticates everybody":
        assert breached >= {"anonymous", "wrong password", "revoked", "foreign client id"}
    else:
        assert breached >= {"foreign topic", "foreign will", "subscribe to everything", "system topic"}
        assert "forged retained message" in breached


class _Agreeable:
    async def authenticate(self, *, session):
        return True


async def test_decoys_do_not_exist_outside_an_attack():
    decoys = Decoys(Registry())
    assert decoys.authenticate("attack_probe_victim", b"") is None
    assert decoys.principal("attack_probe_victim") is None
    assert decoys.authenticate("node-a", b"node-a") == Principal(Kind.DEVICE, "node-a")


async def test_a_client_over_its_rate_is_slowed_and_loses_nothing():
    limits = BrokerSettings(messages_per_s=200, message_burst=20)
    async with running(limits=limits) as (broker, port):

        def client() -> None:
            reader, writer = Client(port, "reader"), Client(port, "writer")
            reader.subscribe("t")
            infos = [writer.paho.publish("t", b"%d" % number, 1) for number in range(100)]
            for info in infos:
                info.wait_for_publish(10)
            assert [payload for _, payload in reader.received(100)] == [b"%d" % number for number in range(100)]
            reader.close()
            writer.close()

        await asyncio.to_thread(client)
        assert broker.exchange.counters.dropped == 0


async def test_connections_beyond_the_limit_are_closed_and_those_before_go_on():
    async with running(limits=BrokerSettings(max_connections=2)) as (broker, port):

        def client() -> None:
            one, two = Client(port, "one"), Client(port, "two")
            with pytest.raises(AssertionError):
                Client(port, "three")
            assert one.publish("t")
            one.close()
            two.close()

        await asyncio.to_thread(client)
        assert broker.exchange.counters.refused == 1


async def test_amqtt_s_own_view_of_sessions_subscriptions_and_retained_messages_is_true():
    async with running() as (broker, port):
        node = await asyncio.to_thread(Client, port, "node")
        await asyncio.to_thread(node.subscribe, "a/#")
        await broker.retain_message(None, "a/b", b"kept", 1)
        await broker.internal_message_broadcast("a/c", b"now", 1)
        got = await asyncio.to_thread(node.received, 2)
        assert got == [("a/b", b"kept"), ("a/c", b"now")]
        context = broker.plugins_manager.context
        assert [one.client_id for one in context.sessions] == ["node"]
        assert list(context.subscriptions) == ["a/#"]
        assert context.retained_messages["a/b"].data == b"kept"
        await asyncio.to_thread(node.close)


async def test_websocket_clients_are_clients_like_any_other():
    bus, gone, left = Bus(), asyncio.Event(), []

    def count(event: ClientDisconnected) -> None:
        left.append(event.client)
        # Told while the session still exists, so looked at one turn later.
        if len(left) == 2:
            asyncio.get_running_loop().call_soon(gone.set)

    bus.on(ClientDisconnected, count)
    broker = GatewayBroker(BrokerSettings(), {"ws": Listener("127.0.0.1:0", "ws")}, bus)
    await broker.start()
    port = broker.port("ws")

    def client() -> None:
        reader = Client(port, "reader", transport="websockets")
        writer = Client(port, "writer", transport="websockets", will=("t/will", b"gone", 1, False))
        assert reader.subscribe("t/#") == 1
        assert writer.publish("t/small")
        assert writer.publish("t/large", b"x" * 200_000)
        writer.paho._sock_close()
        got = reader.received(3)
        assert [(topic, len(payload)) for topic, payload in got] == [
            ("t/small", 1),
            ("t/large", 200_000),
            ("t/will", 4),
        ]
        reader.close()
        writer.paho.loop_stop()

    try:
        await asyncio.to_thread(client)
        await asyncio.wait_for(gone.wait(), 5)
        assert not broker.admission.connections
        assert not broker.admission.sessions
    finally:
        await broker.shutdown()
