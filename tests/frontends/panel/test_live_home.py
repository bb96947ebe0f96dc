"""What the live feed says of the home, and several messages in one."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from gateway.core.access import Scope
from gateway.frontends.panel.batches import Batches
from gateway.frontends.panel.device_view import DeviceView
from gateway.frontends.panel.feed import _KEPT, Feed
from gateway.frontends.panel.live_messages import Channel
from tests.fakes import START_MS

from .house import House
from .test_commands import ask, connect
from .test_live import heard, online
from .test_shadow import report, want
from .test_zones import make

READINGS = frozenset({Channel.READINGS})


async def follow(house: House, query: str) -> aiohttp.ClientWebSocketResponse:
    """A follower that has had its snapshot."""
    live = await house.http.ws_connect(f"{house.url}/api/live?{query}", headers=await house.token(Scope.READ))
    first = await heard(live)
    assert (first[0] if isinstance(first, list) else first)["type"] == "snapshot"
    return live


async def test_each_step_of_a_command_comes_with_the_command(house: House) -> None:
    device = (await house.device(kind="window", simulated=True)).device_id
    async with await follow(house, "channels=commands") as live:
        _, asked = await ask(house, device)
        queued = await heard(live)
        assert (queued["type"], queued["command"]) == ("command", asked)
        connect(house, device)
        sent = await heard(live)
        assert (sent["command"]["status"], sent["command"]["sends"], sent["command"]["simulated"]) == ("sent", 1, True)
        assert sent["seq"] > queued["seq"]


async def test_either_side_of_a_shadow_is_told(house: House) -> None:
    device = (await house.device(kind="climate")).device_id
    async with await follow(house, "channels=shadows") as live:
        _, wanted = await want(house, device, desired={"interval_s": 5})
        told = await heard(live)
        assert (told["type"], told["shadow"]) == ("shadow", wanted)
        report(house, device, 1, interval_s=5)
        told = await heard(live)
        assert (told["shadow"]["sync"], told["shadow"]["reported"]["version"]) == ("in_sync", 1)


async def test_places_and_who_stands_there_are_told(house: House) -> None:
    device = (await house.device(simulated=True)).device_id
    async with await follow(house, "channels=places") as live:
        await make(house, "zones", name="Attic")
        await make(house, "assets", name="Den", kind="room", zone="attic")
        await house.home.assignments.assign(device, "den", "me")
        await house.home.home.delete_asset("den")
        said = [await heard(live) for _ in range(5)]
        assert {one["type"] for one in said} == {"place"}
        assert [(one["what"], one["id"], one["gone"]) for one in said] == [
            ("zone", "attic", False), ("asset", "den", False), ("assignment", device, False),
            ("assignment", device, False), ("asset", "den", True),
        ]  # fmt: skip
        assert [(one["asset"], one["before"], one["simulated"]) for one in said[2:4]] == [
            ("den", None, True), (None, "den", True),
        ]  # fmt: skip


async def test_a_breach_and_its_end_are_told(house: House) -> None:
    await make(house, "plants", name="Fern", thresholds={"soil_moisture": {"min": 20, "max": None}})
    device = (await house.device(kind="plant", simulated=True)).device_id
    await house.home.assignments.assign(device, "fern", "me")
    async with await follow(house, "channels=plants") as live:
        house.measure(device, START_MS, boot="b1", seq=1, soil_moisture=15.2)
        breach = await heard(live)
        assert {key: breach[key] for key in breach if key != "seq"} == {
            "type": "plant", "plant": "fern", "device": device, "metric": "soil_moisture", "breached": True,
            "text": "soil_moisture is 15.2, threshold min 20.0", "time": "2026-01-07T12:00:00.000Z",
            "time_ms": START_MS, "correlation": f"{device}/b1/1", "simulated": True,
            "value": 15.2, "direction": "min", "threshold": 20.0,
        }  # fmt: skip
        for at in range(1, 4):
            house.measure(device, START_MS + at, soil_moisture=30.0)
        over = await heard(live)
        assert (over["plant"], over["breached"], over["text"]) == ("fern", False, "soil_moisture is 30.0 again")


async def test_a_device_is_told_anew_when_where_it_stands_or_what_is_asked_of_it_changes(house: House) -> None:
    device = (await house.device(kind="climate")).device_id
    await make(house, "assets", name="Den", kind="room")
    async with await follow(house, "channels=devices") as live:

        async def until_shown(key: str, value: Any) -> None:
            while (await heard(live))["device"][key] != value:
                pass

        await house.home.assignments.assign(device, "den", "me")
        await until_shown("asset_name", "Den")
        await want(house, device, desired={"interval_s": 5})
        await until_shown("sync", "pending")
        await ask(house, device, verb="identify", args={})
        await until_shown("open_commands", 1)
        operate = await house.token(Scope.OPERATE)
        await house.call("PUT", "/api/assets/den", headers=operate, body={"name": "Study"})
        await until_shown("asset_name", "Study")
        await make(house, "plants", name="Fern", inside="den")
        await make(house, "zones", name="Attic")
        await house.home.assignments.assign(device, "fern", "me")
        await until_shown("asset", "fern")
        await house.call("PUT", "/api/assets/den", headers=operate, body={"zone": "attic"})
        await until_shown("zone", "attic")


async def test_in_a_batch_every_message_is_a_list_and_nothing_is_lost_or_out_of_order(house: House) -> None:
    device = await online(house)
    async with await follow(house, "channels=readings&batch=1") as live:
        for number in range(600):
            house.announce(device, START_MS, temperature=float(number))
            if number % 100 == 0:
                await asyncio.sleep(0)
        values: list[float] = []
        messages = 0
        while len(values) < 600:
            batch = await heard(live)
            messages += 1
            values += [reading["values"]["temperature"] for reading in batch]
        assert values == [float(number) for number in range(600)]
        assert messages < 60


async def test_a_batch_resumes_where_it_ended(house: House) -> None:
    device = await online(house)
    async with await follow(house, "channels=readings&batch=1") as live:
        house.announce(device, START_MS, temperature=1.0)
        ((first),) = await heard(live)
    house.announce(device, START_MS, temperature=2.0)
    query = f"channels=readings&batch=1&since={first['seq']}"
    async with await house.http.ws_connect(
        f"{house.url}/api/live?{query}", headers=await house.token(Scope.READ)
    ) as live:
        assert await heard(live) == [{"type": "resumed", "seq": first["seq"]}]
        (missed,) = await heard(live)
        assert missed["values"] == {"temperature": 2.0}


async def test_a_batch_follower_that_falls_behind_the_ring_is_told_to_come_again(house: House) -> None:
    device = await online(house)
    async with await follow(house, "batch=1") as live:
        for _ in range(_KEPT + 2):
            house.announce(device, temperature=1.0)
        message = await asyncio.wait_for(live.receive(), 10)
        assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, aiohttp.WSCloseCode.TRY_AGAIN_LATER)


@pytest.fixture
def batches(tmp_path: Path) -> tuple[House, Feed, Batches]:
    house = House(tmp_path)
    feed = Feed(house.bus, DeviceView(house.parts()), 100)
    feed.joined(READINGS)
    house.announce("node-1", temperature=0.0)
    return house, feed, Batches(feed)


async def test_followers_at_the_same_place_are_sent_the_same_bytes(batches: tuple[House, Feed, Batches]) -> None:
    house, feed, made = batches
    place = feed.seq
    waiting = [asyncio.ensure_future(made.next(place, READINGS, 30)) for _ in range(3)]
    await asyncio.sleep(0)
    for number in range(5):
        house.announce("node-1", temperature=float(number))
    (until, text), *others = await asyncio.wait_for(asyncio.gather(*waiting), 10)
    assert until == place + 5
    assert [reading["values"]["temperature"] for reading in json.loads(text)] == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert all(other[1] is text for other in others)
    feed.close()


async def test_what_is_not_followed_moves_the_place_without_a_message(batches: tuple[House, Feed, Batches]) -> None:
    house, feed, made = batches
    place = feed.seq
    house.trail.note("test.kind", "me", "detail")
    assert await asyncio.wait_for(made.next(place, READINGS, 30), 10) == (place + 1, b"")
    feed.close()


async def test_one_who_waits_is_let_go_when_time_is_up_or_the_feed_closes(batches: tuple[House, Feed, Batches]) -> None:
    _, feed, made = batches
    place = feed.seq
    assert await asyncio.wait_for(made.next(place, READINGS, 0.01), 10) == (place, b"")
    waiting = asyncio.ensure_future(made.next(place, READINGS, 30))
    await asyncio.sleep(0)
    feed.close()
    assert await asyncio.wait_for(waiting, 10) == (place, b"")
