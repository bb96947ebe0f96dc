"""The link against Debian's mosquitto: verdicts come from a broker that is not ours."""

from __future__ import annotations

import asyncio
import contextlib
import random

import pytest

from gateway.bench.processes import free_port
from gateway.core.mqtt.packets import Will
from gateway.simulator.connection import LinkRefused, Unreachable
from gateway.simulator.link import Link, LinkClosed, State
from gateway.simulator.tls import pinned_context

from .conftest import Cable, Certificates, Mosquitto
from .lines import listener, online, settings, until

pytestmark = pytest.mark.needs("mosquitto", "mosquitto_passwd")


async def test_publish_returns_when_the_broker_has_it(mosquitto: Mosquitto) -> None:
    async with listener(mosquitto.port, "a/#") as heard, online(Link(settings(mosquitto.port, "n"), RNG)) as link:
        await link.publish("a/b", b"one")
        await link.publish("a/b", b"x" * 70_000)
        await until(lambda: len(heard) == 2)
    assert heard == [("a/b", b"one"), ("a/b", b"x" * 70_000)]


async def test_messages_keep_their_order_and_no_more_than_the_window_is_on_its_way(mosquitto: Mosquitto) -> None:
    link = Link(settings(mosquitto.port, "n", window=3), RNG)
    offers = [asyncio.create_task(link.offer("o/x", str(number).encode())) for number in range(20)]
    await asyncio.sleep(0.05)
    assert sum(offer.done() for offer in offers) == 3
    async with listener(mosquitto.port, "o/x") as heard, online(link):
        for offer in offers:
            await (await offer)
        await until(lambda: len(heard) == 20)
    assert [payload for _, payload in heard] == [str(number).encode() for number in range(20)]


async def test_what_was_not_acknowledged_is_sent_again_after_a_reconnection(mosquitto: Mosquitto, cable: Cable) -> None:
    link = Link(settings(cable.port, "n", clean=False), RNG)
    async with listener(mosquitto.port, "r/x") as heard, online(link):
        cable.deaf = True
        offers = [await link.offer("r/x", str(number).encode()) for number in range(5)]
        await until(lambda: len(heard) == 5)
        assert not any(offer.done() for offer in offers)
        cable.cut()
        cable.deaf = False
        await asyncio.gather(*offers)
        await until(lambda: len(heard) == 10)
    assert link.resent == 5
    assert {payload for _, payload in heard} == {b"0", b"1", b"2", b"3", b"4"}


async def test_publish_waits_through_an_outage(mosquitto: Mosquitto, cable: Cable) -> None:
    link = Link(settings(cable.port, "n"), RNG)
    async with online(link):
        await cable.unplug()
        sending = asyncio.create_task(link.publish("w/x", b"late"))
        await until(lambda: link.state is State.WAITING)
        assert not sending.done()
        await cable.plug_in()
        async with asyncio.timeout(15):
            await sending
    assert cable.connections >= 2


async def test_subscriptions_come_back_with_the_connection(mosquitto: Mosquitto, cable: Cable) -> None:
    heard: list[bytes] = []
    link = Link(settings(cable.port, "n"), RNG)
    link.subscribe("s/x", lambda _, payload: heard.append(payload))
    async with online(link), online(Link(settings(mosquitto.port, "other"), RNG)) as other:
        cable.cut()
        await until(lambda: cable.connections == 2 and link.state is State.ONLINE)
        await link.publish("s/own", b"")  # its acknowledgement comes after the subscription's
        await other.publish("s/x", b"hello")
        await until(lambda: heard)
    assert heard == [b"hello"]


async def test_a_persistent_session_gets_what_was_sent_while_it_was_away(mosquitto: Mosquitto) -> None:
    heard: list[bytes] = []
    for _ in range(2):
        link = Link(settings(mosquitto.port, "sleeper", clean=False), RNG)
        link.subscribe("p/x", lambda _, payload: heard.append(payload))
        async with online(link), online(Link(settings(mosquitto.port, "other"), RNG)) as other:
            await link.publish("p/own", b"")
            if not heard:
                link.close()
                await until(lambda: link.state is State.CLOSED)  # noqa: B023
                await other.publish("p/x", b"while away")
                heard.append(b"-")
            else:
                await until(lambda: len(heard) > 1)
    assert heard == [b"-", b"while away"]


async def test_a_retained_message_reaches_a_new_subscription_at_once(mosquitto: Mosquitto) -> None:
    async with online(Link(settings(mosquitto.port, "n"), RNG)) as link:
        await link.publish("keep/x", b"kept", retain=True)
        heard: list[bytes] = []
        link.subscribe("keep/+", lambda _, payload: heard.append(payload))
        await until(lambda: heard)
        await link.publish("keep/x", b"", retain=True)
    assert heard[0] == b"kept"


async def test_the_will_is_published_when_the_cable_is_cut_and_not_after_a_goodbye(
    mosquitto: Mosquitto, cable: Cable
) -> None:
    will = Will("will/x", b"gone", 1, False)
    async with listener(mosquitto.port, "will/x") as heard:
        async with online(Link(settings(mosquitto.port, "polite", will=will), RNG)):
            pass
        async with online(Link(settings(cable.port, "unlucky", will=will), RNG)) as link:
            await cable.unplug()
            await until(lambda: heard)
            link.close()
        await cable.plug_in()
    assert heard == [("will/x", b"gone")]


async def test_an_idle_link_is_kept_alive_by_pings(mosquitto: Mosquitto, cable: Cable) -> None:
    async with online(Link(settings(cable.port, "idle", keep_alive_s=1), RNG)) as link:
        await asyncio.sleep(2.5)  # the broker closes after 1.5 s of silence
        assert link.state is State.ONLINE
    assert cable.connections == 1


async def test_a_broker_that_falls_silent_is_left(mosquitto: Mosquitto, cable: Cable) -> None:
    async with online(Link(settings(cable.port, "idle", keep_alive_s=1, timeout_s=0.3), RNG)) as link:
        cable.deaf = True
        await until(lambda: link.state is State.WAITING)
        cable.deaf = False
        await until(lambda: link.state is State.ONLINE)
    assert cable.connections >= 2


async def test_at_qos_0_a_message_is_sent_when_online_and_lost_otherwise(mosquitto: Mosquitto) -> None:
    link = Link(settings(mosquitto.port, "n"), RNG)
    link.send("q/x", b"lost")
    async with listener(mosquitto.port, "q/x") as heard, online(link):
        link.send("q/x", b"sent")
        await until(lambda: heard)
    assert heard == [("q/x", b"sent")]


async def test_wrong_credentials_are_not_tried_again(cable: Cable) -> None:
    link = Link(settings(cable.port, "n", password=b"wrong"), RNG)
    sending = asyncio.create_task(link.publish("a", b""))
    with pytest.raises(LinkRefused):
        await link.run()
    assert cable.connections == 1
    with pytest.raises(LinkClosed):
        await sending
    with pytest.raises(LinkClosed):
        await link.publish("a", b"")


async def test_it_gives_up_when_told_to() -> None:
    states: list[State] = []
    link = Link(settings(free_port(), "n", give_up_after=3), RNG, on_state=lambda state, _: states.append(state))
    with pytest.raises(Unreachable, match="3 tries"):
        await link.run()
    assert states.count(State.CONNECTING) == 3


async def test_a_connection_that_gets_nothing_acknowledged_counts_as_a_failed_try(
    mosquitto: Mosquitto, cable: Cable
) -> None:
    link = Link(settings(cable.port, "n", give_up_after=3), RNG)
    link.subscribe("x", lambda *_: None)
    running = asyncio.create_task(link.run())
    for connections in (1, 2, 3):
        await until(lambda: cable.connections == connections and link.state is State.ONLINE)  # noqa: B023
        cable.cut()
        await until(lambda: link.state is not State.ONLINE)
    with pytest.raises(Unreachable):
        await running


async def test_without_a_network_nothing_connects_until_it_is_back(mosquitto: Mosquitto, cable: Cable) -> None:
    async with online(Link(settings(cable.port, "n"), RNG)) as link:
        link.leave()
        await until(lambda: link.state is State.WAITING)
        sending = asyncio.create_task(link.publish("away/x", b"1"))
        await asyncio.sleep(0.4)
        assert cable.connections == 1
        assert not sending.done()
        link.come_back()
        await sending
    assert cable.connections == 2


async def test_a_network_that_dies_silently_leaves_the_broker_with_an_open_connection(
    mosquitto: Mosquitto, cable: Cable
) -> None:
    will = Will("silent/x", b"gone", 1, False)
    link = Link(settings(cable.port, "n", will=will, keep_alive_s=30), RNG)
    async with listener(mosquitto.port, "silent/x") as heard, online(link):
        link.leave(silently=True)
        await until(lambda: link.state is State.WAITING)
        await asyncio.sleep(0.3)
        assert heard == []  # the broker still believes in it
        assert cable.open == 1
        link.come_back()
        await link.publish("n/y", b"taken over")
        await until(lambda: heard)
    await until(lambda: cable.open == 0)


async def test_an_impatient_client_repeats_what_is_on_its_way(mosquitto: Mosquitto, cable: Cable) -> None:
    async with listener(mosquitto.port, "again/x") as heard, online(Link(settings(cable.port, "n"), RNG)) as link:
        cable.deaf = True
        taken = await link.offer("again/x", b"1")
        link.repeat()
        await until(lambda: len(heard) == 2)
        cable.deaf = False
        link.drop()
        await taken
    assert {payload for _, payload in heard} == {b"1"}


async def test_closing_fails_what_is_still_on_its_way(mosquitto: Mosquitto, cable: Cable) -> None:
    async with online(Link(settings(cable.port, "n"), RNG)) as link:
        cable.deaf = True
        offer = await link.offer("c/x", b"")
        link.close()
        with pytest.raises(LinkClosed):
            await offer


async def test_tls_with_the_pinned_ca(mosquitto: Mosquitto, certificates: Certificates) -> None:
    link = Link(settings(mosquitto.tls_port, "n"), RNG, pinned_context(certificates.ca_pem))
    async with listener(mosquitto.port, "t/x") as heard, online(link):
        await link.publish("t/x", b"x" * 100_000)
        await until(lambda: heard)
    assert heard[0][1] == b"x" * 100_000


async def test_a_broker_with_another_ca_is_refused(mosquitto: Mosquitto, other_ca: str) -> None:
    with pytest.raises(LinkRefused, match="not one of ours"):
        await Link(settings(mosquitto.tls_port, "n"), RNG, pinned_context(other_ca)).run()


async def test_many_links_live_in_one_process(mosquitto: Mosquitto, certificates: Certificates) -> None:
    tls = pinned_context(certificates.ca_pem)
    links = [Link(settings(mosquitto.tls_port, f"many-{number}"), RNG, tls) for number in range(40)]
    async with contextlib.AsyncExitStack() as stack:
        await asyncio.gather(*(stack.enter_async_context(online(link)) for link in links))
        await asyncio.gather(*(link.publish("m/x", b"1") for link in links for _ in range(5)))
    assert {link.state for link in links} == {State.CLOSED}


@pytest.fixture(scope="module")
def other_ca(tmp_path_factory: pytest.TempPathFactory) -> str:
    from .conftest import make_certificates

    return make_certificates(tmp_path_factory.mktemp("other")).ca_pem


RNG = random.Random(1)
