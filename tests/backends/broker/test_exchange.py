"""What is handed to whoever is there, what the gateway takes for itself, and when a subscription is told of."""

import asyncio

from msgspec.structs import replace

from gateway.backends.broker.settings import BrokerSettings
from gateway.core.errors import StoreError
from gateway.core.messages import ClientSubscribed, Message, TrafficSeen
from gateway.core.ports.post import Post
from gateway.core.ports.store import Queued, Retained, Subscribed
from gateway.flow.bus import Bus
from tests.backends.broker.broker_kit import Client, Reader, Registry, running
from tests.fakes import MemoryWriter

TOPIC = "devices/node-a/command"


async def at_work(port: int, name: str = "node-a", *filters: str, user: str = "", **options) -> Client:
    """A client of the registry that has subscribed."""
    user = user or name
    client = await asyncio.to_thread(Client, port, name, user, user, **options)
    for one in filters:
        assert await asyncio.to_thread(client.subscribe, one) == 1
    return client


async def close(*clients: Client) -> None:
    for one in clients:
        await asyncio.to_thread(one.close)


async def until(client: Client, count: int) -> list[bytes]:
    return [payload for _, payload in await asyncio.to_thread(client.received, count)]


async def test_a_message_is_handed_to_everybody_who_is_there_and_entitled_and_says_whether_the_node_was():
    async with running(gatekeeper=Registry()) as (broker, port):
        post: Post = broker.exchange
        assert not post.hand("node-a", TOPIC, b"nobody")
        script = await at_work(port, "script-1", "devices/#", user="script")
        other = await at_work(port, "node-b", "devices/node-b/command")
        assert not post.hand("node-a", TOPIC, b"a program only")
        node = await at_work(port, "node-a")
        assert not post.hand("node-a", TOPIC, b"not subscribed")
        assert await asyncio.to_thread(node.subscribe, "devices/node-a/+") == 1
        assert post.hand("node-a", TOPIC, b"both")
        assert await until(node, 1) == [b"both"]
        assert (node.seen[0].qos, node.seen[0].retain, node.seen[0].dup) == (1, False, False)
        assert await until(script, 3) == [b"a program only", b"not subscribed", b"both"]
        assert post.hand("node-b", "devices/node-b/command", b"other")
        assert await until(other, 1) == [b"other"]
        await close(script, other, node)
        assert not broker.exchange.router.retained


async def test_what_is_handed_is_not_sent_again_on_another_connection_and_what_is_published_is():
    writer = MemoryWriter()
    async with running(gatekeeper=Registry(), writer=writer) as (broker, port):
        node = await at_work(port, "node-a", "devices/node-a/#", clean=False, acknowledges=False)
        broker.exchange.publish("devices/node-a/ota", b"first", 1)
        assert broker.exchange.hand("node-a", TOPIC, b"handed")
        broker.exchange.publish("devices/node-a/ota", b"second", 1)
        assert await until(node, 3) == [b"first", b"handed", b"second"]
        await asyncio.to_thread(node.vanish)
        await asyncio.to_thread(Client.until, lambda: broker.admission.sessions["node-a"].wire is None)
        assert not broker.exchange.hand("node-a", TOPIC, b"while it was away")
        again = await at_work(port, "node-a", clean=False)
        broker.exchange.publish("devices/node-a/ota", b"third", 1)
        assert await until(again, 3) == [b"first", b"second", b"third"]
        assert [one.dup for one in again.seen] == [True, True, False]
        session = broker.admission.sessions["node-a"]
        assert await asyncio.to_thread(Client.until, lambda: not session.inflight)
        await close(again)
    queued = [change.payload for change in writer.changes if isinstance(change, Queued)]
    assert queued == [b"first", b"second", b"third"]


async def test_what_is_handed_is_sent_again_on_the_same_connection_until_it_is_acknowledged():
    async with running(gatekeeper=Registry(), limits=BrokerSettings(retry_s=0.1)) as (broker, port):
        node = await at_work(port, "node-a", TOPIC, acknowledges=False)
        assert broker.exchange.hand("node-a", TOPIC, b"x")
        assert (await until(node, 2))[:2] == [b"x", b"x"]
        assert [one.dup for one in node.seen[:2]] == [False, True]
        assert node.seen[0].mid == node.seen[1].mid
        node.paho.ack(node.seen[0].mid, 1)
        session = broker.admission.sessions["node-a"]
        assert await asyncio.to_thread(Client.until, lambda: not session.inflight)
        await close(node)


async def test_while_a_plugin_has_to_be_waited_for_nobody_is_handed_anything():
    async with running(plugins={"tests.backends.broker.plugins.SlowTopics": {}}) as (broker, port):
        node = await asyncio.to_thread(Client, port, "node-a", "node-a", "")
        assert await asyncio.to_thread(node.subscribe, "t/#") == 1
        handed = []
        while not (handed and handed[-1]):
            handed.append(broker.exchange.hand("node-a", "t/x", b"%d" % len(handed)))
            await asyncio.sleep(0.01)
        assert handed[0] is False
        assert await until(node, 1) == [b"%d" % (len(handed) - 1)]
        await close(node)


async def test_a_command_of_a_program_is_taken_by_the_gateway_and_reaches_nobody_by_itself():
    reader, writer = Reader(), MemoryWriter()
    async with running(gatekeeper=Registry(), intake=reader, writer=writer) as (broker, port):
        node = await at_work(port, "node-a", TOPIC)
        will = (TOPIC, b"will", 1, True)
        helm = await at_work(port, "helm-1", "devices/#", user="helm", will=will)
        for retain in (False, True):
            info = helm.paho.publish(TOPIC, b"%d" % retain, 1, retain)
            await asyncio.to_thread(info.wait_for_publish, 30)
            assert info.is_published()
        await asyncio.to_thread(helm.vanish)
        assert await asyncio.to_thread(Client.until, lambda: len(reader.messages) == 3)
        assert broker.exchange.hand("node-a", TOPIC, b"from the book")
        assert await until(node, 1) == [b"from the book"]
        await close(node)
        assert (helm.messages, broker.exchange.router.retained) == ([], {})
    assert [replace(message, packet_id=0) for message in reader.messages] == [
        Message("helm-1", TOPIC, b"0", 1, False),
        Message("helm-1", TOPIC, b"1", 1, True),
        Message("helm-1", TOPIC, b"will", 1, True),
    ]
    assert writer.changes == []


async def test_a_broker_without_a_gateway_delivers_and_retains_such_a_message_like_any_other():
    async with running(gatekeeper=Registry()) as (_, port):
        node = await at_work(port, "node-a", TOPIC)
        helm = await at_work(port, "helm", user="helm")
        helm.paho.publish(TOPIC, b"x", 1, True)
        assert await until(node, 1) == [b"x"]
        later = await at_work(port, "script", TOPIC, user="script")
        assert await until(later, 1) == [b"x"]
        await close(node, helm, later)


class _Archive:
    """What an older gateway left behind."""

    def sessions(self):
        return []

    def retained(self):
        return [Retained(TOPIC, b"open it", 1), Retained("devices/node-a/command/ack", b"x", 1)]


async def test_a_retained_command_of_an_older_gateway_is_cleared():
    writer = MemoryWriter()
    async with running(gatekeeper=Registry(), intake=Reader(), writer=writer, archive=_Archive()) as (broker, _):
        assert list(broker.exchange.router.retained) == ["devices/node-a/command/ack"]
    assert writer.changes == [Retained(TOPIC, b"", 0)]


class _Slow(MemoryWriter):
    """A writer whose disk takes as long as the test wants."""

    def __init__(self) -> None:
        super().__init__()
        self.owed = []

    def submit(self, changes, receipt=None):
        self.changes.extend(changes)
        if receipt is not None:
            self.owed.append(receipt)

    def settle(self, error: StoreError | None = None) -> None:
        owed, self.owed = self.owed, []
        for receipt in owed:
            receipt.settled(error)


async def test_a_subscription_is_told_of_with_what_was_granted_once_the_client_has_its_answer():
    bus, told = Bus(), []
    bus.on(ClientSubscribed, told.append)
    async with running(bus=bus, gatekeeper=Registry()) as (broker, port):
        bus.on(ClientSubscribed, lambda event: broker.exchange.hand(event.name, TOPIC, b"at once"))
        node = await at_work(port, "node-a")
        assert await asyncio.to_thread(node.subscribe, "devices/node-b/#") == 0x80
        assert told == []
        node.paho.subscribe([(TOPIC, 1), ("devices/node-b/#", 1), ("devices/node-a/ota", 0)])
        assert await until(node, 1) == [b"at once"]
        assert told == [ClientSubscribed("node-a", "node-a", (TOPIC, "devices/node-a/ota"))]
        await close(node)


async def test_a_persistent_subscription_is_told_of_when_it_is_durable():
    bus, told, writer = Bus(), [], _Slow()
    bus.on(ClientSubscribed, told.append)
    async with running(bus=bus, gatekeeper=Registry(), writer=writer) as (_, port):
        node = await at_work(port, "node-a", clean=False)
        node.paho.subscribe(TOPIC, 1)
        assert await asyncio.to_thread(Client.until, lambda: bool(writer.owed))
        assert isinstance(writer.changes[-1], Subscribed)
        assert told == []
        assert not node.subscribed.is_set()
        writer.settle()
        assert told == [ClientSubscribed("node-a", "node-a", (TOPIC,))]
        assert await asyncio.to_thread(node.subscribed.wait, 30)
        node.paho.subscribe("devices/node-a/ota", 1)
        assert await asyncio.to_thread(Client.until, lambda: bool(writer.owed))
        writer.settle(StoreError("the disk is full"))
        assert len(told) == 1
        await close(node)


async def test_what_is_handed_is_seen_by_who_watches_the_traffic():
    bus, seen = Bus(), []
    bus.on(TrafficSeen, seen.append)
    async with running(bus=bus, gatekeeper=Registry()) as (broker, _):
        broker.exchange.clock = lambda: 5
        broker.exchange.hand("node-a", TOPIC, b"unseen")
        broker.exchange.watch_traffic(True)
        broker.exchange.hand("node-a", TOPIC, b"seen")
    assert seen == [TrafficSeen(5, "gateway", TOPIC, 4, 1, False, "seen")]
