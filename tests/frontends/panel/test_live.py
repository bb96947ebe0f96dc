"""The live feed: a snapshot, then every change, for each browser at its own pace."""

from __future__ import annotations

import asyncio
import json
import socket
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from gateway.core.access import Scope
from gateway.core.messages import TrafficSeen
from gateway.core.quality import Quality
from gateway.frontends.panel.device_view import DeviceView
from gateway.frontends.panel.feed import _KEPT, Channel, Feed
from tests.fakes import START_MS

from .house import House, living, until

EVERYTHING = frozenset(Channel)
SEEN = TrafficSeen(START_MS, "node-1", "devices/node-1/telemetry", 20, 1, False, '{"temperature":1}')


async def connect(
    house: House, query: str = "", headers: dict[str, str] | None = None
) -> aiohttp.ClientWebSocketResponse:
    return await house.http.ws_connect(
        f"{house.url}/api/live{query}", headers=headers or await house.token(Scope.ADMIN)
    )


async def heard(live: aiohttp.ClientWebSocketResponse) -> Any:
    return json.loads(await asyncio.wait_for(live.receive_str(), 10))


async def online(house: House) -> str:
    """A device that has been heard already, so that only its readings are news."""
    given = await house.device()
    house.announce(given.device_id, temperature=0.0)
    return given.device_id


async def test_a_snapshot_comes_first_and_then_every_change(house: House) -> None:
    given = await house.device(simulated=True)
    house.measure(given.device_id, temperature=20.5)
    async with await connect(house) as live:
        snapshot = await heard(live)
        assert snapshot["type"] == "snapshot"
        assert [device["id"] for device in snapshot["devices"]] == [given.device_id]
        assert snapshot["devices"][0]["latest"]["temperature"]["value"] == 20.5
        drift = {"temperature": int(Quality.DRIFT)}
        house.announce(given.device_id, START_MS + 5, late=True, boot="b1", seq=7, quality=drift, temperature=21.5)
        reading = await heard(live)
        assert reading == {
            "type": "reading", "seq": snapshot["seq"] + 1, "device": given.device_id,
            "time": "2026-01-07T12:00:00.005Z", "time_ms": START_MS + 5,
            "values": {"temperature": 21.5}, "simulated": True, "late": True,
            "correlation": f"{given.device_id}/b1/7", "quality": {"temperature": ["drift"]},
        }  # fmt: skip
        await house.registry.amend(given.device_id, name="Attic")
        changed = await heard(live)
        assert (changed["type"], changed["id"], changed["device"]["name"]) == ("device", given.device_id, "Attic")
        await house.registry.delete(given.device_id)
        gone = await heard(live)
        assert (gone["type"], gone["id"], gone["device"]) == ("device", given.device_id, None)


async def test_only_what_was_asked_for_comes(house: House) -> None:
    device = await online(house)
    async with await connect(house, "?channels=audit") as live:
        assert (await heard(live))["type"] == "snapshot"
        house.announce(device, temperature=1.0)
        house.trail.note("test.kind", "me", "detail")
        event = await heard(live)
        assert (event["type"], event["entry"]["kind"], event["entry"]["who"]) == ("audit", "test.kind", "me")


async def test_events_come_as_they_happen(house: House) -> None:
    given = await house.device(simulated=True)
    async with await connect(house, "?channels=events") as live:
        assert (await heard(live))["type"] == "snapshot"
        house.chronicle.note("series.flagged", "stuck at 21.5", given.device_id, "temperature", "x/b/1")
        event = await heard(live)
        assert event["type"] == "event"
        assert event["event"] == {
            "time": "2026-01-07T12:00:00.000Z", "time_ms": START_MS, "kind": "series.flagged",
            "reason": "stuck at 21.5", "device": given.device_id, "metric": "temperature",
            "correlation": "x/b/1", "simulated": True, "asset": "",
        }  # fmt: skip


async def test_a_flag_of_a_series_brings_its_device_as_it_is_shown_now(house: House) -> None:
    device = await online(house)
    async with await connect(house, "?channels=devices") as live:
        assert (await heard(live))["type"] == "snapshot"
        house.suspect[device] = {"temperature": Quality.STALE}
        house.chronicle.note("series.flagged", "nothing new for 5 min", device, "temperature")
        changed = await heard(live)
        assert changed["device"]["latest"]["temperature"]["quality"] == ["stale"]


async def test_a_browser_that_comes_back_gets_what_it_missed_and_no_snapshot(house: House) -> None:
    device = await online(house)
    async with await connect(house) as live:
        seq = (await heard(live))["seq"]
        house.announce(device, START_MS, temperature=1.0)
        last = (await heard(live))["seq"]
    for value in (2.0, 3.0):
        house.announce(device, START_MS, temperature=value)
    async with await connect(house, f"?since={last}") as live:
        assert await heard(live) == {"type": "resumed", "seq": last}
        missed = [await heard(live), await heard(live)]
        assert [event["values"]["temperature"] for event in missed] == [2.0, 3.0]
        assert [event["seq"] for event in missed] == [seq + 2, seq + 3]


@pytest.mark.parametrize("shift", [-(10**6), 10**6])
async def test_a_place_that_is_not_in_this_run_begins_with_a_snapshot(house: House, shift: int) -> None:
    async with await connect(house) as live:
        first = (await heard(live))["seq"]
    async with await connect(house, f"?since={first + shift}") as live:
        assert (await heard(live))["type"] == "snapshot"


async def test_after_a_restart_an_old_place_begins_with_a_snapshot(tmp_path: Path) -> None:
    async with living(tmp_path) as house:
        device = await online(house)
        for _ in range(50):
            house.announce(device, temperature=1.0)
        async with await connect(house) as live:
            seq = (await heard(live))["seq"]
        house.clock.advance(s=1)
        clock = house.clock
    async with living(tmp_path, clock=clock) as house, await connect(house, f"?since={seq}") as live:
        snapshot = await heard(live)
        assert snapshot["type"] == "snapshot"
        assert snapshot["seq"] > seq


async def test_a_place_long_passed_begins_with_a_snapshot(house: House) -> None:
    device = await online(house)
    headers = await house.token(Scope.READ)  # made once: a new token is an event too
    async with await connect(house, "", headers) as live:
        seq = (await heard(live))["seq"]
    for _ in range(_KEPT + 1):
        house.announce(device, temperature=1.0)
    async with await connect(house, f"?since={seq}", headers) as live:
        assert (await heard(live))["type"] == "snapshot"
    async with await connect(house, f"?since={seq + 1}", headers) as live:
        assert (await heard(live))["type"] == "resumed"


async def test_a_burst_reaches_every_browser_whole_and_in_order(house: House) -> None:
    device = await online(house)
    lives = [await connect(house) for _ in range(3)]
    for live in lives:
        await heard(live)
    for number in range(1000):
        house.announce(device, START_MS, temperature=float(number))
    for live in lives:
        values = [(await heard(live))["values"]["temperature"] for _ in range(1000)]
        assert values == [float(number) for number in range(1000)]
        await live.close()


@pytest.mark.parametrize("query", ["", "?batch=1"])
async def test_a_stalled_browser_is_cut_while_the_others_go_on(tmp_path: Path, query: str) -> None:
    async with living(tmp_path, live_stall_s=0.2) as house:
        device = await online(house)
        stalled = await stalled_browser(house, query)
        async with await connect(house) as live:
            await heard(live)
            padding = {f"metric_{number}": 1.0 for number in range(200)}
            received = 0
            async with asyncio.timeout(30):
                while house.panel._doors and house.panel._doors.feed.cut == 0:
                    for _ in range(50):
                        house.announce(device, START_MS, **padding)
                    for _ in range(50):
                        assert (await heard(live))["type"] == "reading"
                        received += 1
            assert received > 0
            house.announce(device, START_MS, temperature=7.0)
            assert (await heard(live))["values"] == {"temperature": 7.0}
            assert house.panel._doors is not None
            assert house.panel._doors.feed.watchers == 1
        stalled.close()


async def stalled_browser(house: House, query: str) -> socket.socket:
    """A WebSocket client with small buffers that reads nothing after the handshake."""
    (authorization,) = (await house.token(Scope.READ)).values()
    loop = asyncio.get_running_loop()
    stalled = socket.socket()
    stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    stalled.setblocking(False)
    await loop.sock_connect(stalled, ("127.0.0.1", house.panel.http_port))
    request = (
        f"GET /api/live{query} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {'A' * 22}==\r\nAuthorization: {authorization}\r\n\r\n"
    )
    await loop.sock_sendall(stalled, request.encode())
    assert b"101" in await loop.sock_recv(stalled, 100)
    return stalled


async def test_a_client_that_falls_behind_the_ring_is_told_to_come_again(house: House) -> None:
    device = await online(house)
    async with await connect(house) as live:
        await heard(live)
        for _ in range(_KEPT + 2):
            house.announce(device, temperature=1.0)
        message = await asyncio.wait_for(live.receive(), 10)
        assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, aiohttp.WSCloseCode.TRY_AGAIN_LATER)


async def test_traffic_is_looked_at_only_while_somebody_watches(house: House) -> None:
    watched: list[bool] = []
    house.panel.traffic_watched = watched.append
    async with await connect(house, "?channels=devices"):
        assert watched == []
    first = await connect(house, "?channels=traffic")
    second = await connect(house, "?channels=traffic,readings")
    await heard(first)
    assert watched == [True]
    house.bus.publish(SEEN)
    event = await heard(first)
    assert (event["type"], event["topic"], event["preview"]) == ("traffic", SEEN.topic, SEEN.preview)
    await first.close()
    await second.close()
    await until(lambda: len(watched) == 2)
    assert watched == [True, False]


async def test_the_trail_is_for_administrators(house: House) -> None:
    for scope, status in ((Scope.READ, 403), (Scope.OPERATE, 403), (Scope.ADMIN, 101)):
        headers = await house.token(scope)
        if status == 101:
            await (await connect(house, "?channels=audit", headers)).close()
        else:
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await connect(house, "?channels=audit", headers)
            assert refused.value.status == status


@pytest.mark.parametrize(
    "query", ["?channels=gossip", "?since=yesterday", "?since=-1", "?since=1.5", "?batch=maybe", "?pace=slow"]
)
async def test_a_wrong_question_is_refused_before_the_upgrade(house: House, query: str) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await connect(house, query)
    assert refused.value.status == 422


async def test_without_an_upgrade_it_is_explained(house: House) -> None:
    status, problem = await house.call("GET", "/api/live", headers=await house.token(Scope.READ))
    assert status == 426
    assert "WebSocket" in problem["detail"]


async def test_more_live_connections_than_a_house_needs_are_refused(house: House) -> None:
    headers = await house.token(Scope.READ)
    lives = [await connect(house, "", headers) for _ in range(32)]
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await connect(house, "", headers)
    assert refused.value.status == 503
    for live in lives:
        await live.close()


async def test_closing_the_panel_ends_live_connections(tmp_path: Path) -> None:
    async with living(tmp_path) as house:
        live = await connect(house)
        await heard(live)
        await house.panel.close()
        assert (await asyncio.wait_for(live.receive(), 10)).type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)


async def test_an_ended_session_ends_its_live_connection(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.frontends.panel.live._RECHECK_S", 0.05)
    headers = await house.token(Scope.READ)
    async with await connect(house, "", headers) as live:
        await heard(live)
        (token,) = house.accounts.api_tokens.all()
        await house.accounts.api_tokens.delete(token.id)
        message = await asyncio.wait_for(live.receive(), 10)
        assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, aiohttp.WSCloseCode.POLICY_VIOLATION)


def test_an_event_is_encoded_once_for_all_and_not_at_all_for_nobody(tmp_path: Path) -> None:
    house = House(tmp_path)
    feed = Feed(house.bus, DeviceView(house.parts()), 100)
    feed.joined(EVERYTHING)
    house.announce("node-1", temperature=1.0)
    kept = feed._ring[102 % _KEPT]
    assert kept is not None
    assert kept.text is None
    (_, first), (_, second) = feed.after(100, EVERYTHING), feed.after(100, EVERYTHING)
    assert len(first) == len(second) == 3  # the device's change to online and its event come before the reading
    assert all(one is other for one, other in zip(first, second, strict=True))


def test_the_ring_keeps_the_newest_and_says_what_it_no_longer_has(tmp_path: Path) -> None:
    house = House(tmp_path)
    feed = Feed(house.bus, DeviceView(house.parts()), 0)
    feed.joined(EVERYTHING)
    for number in range(_KEPT + 9):  # the first one also brings the device's change to online, and its event
        house.announce("node-1", temperature=float(number))
    assert feed.seq == _KEPT + 11
    assert not feed.holds(10)
    assert feed.holds(11)
    place, texts = feed.after(11, EVERYTHING, most=_KEPT)
    assert (place, len(texts)) == (feed.seq, _KEPT)
    assert json.loads(texts[0])["seq"] == 12
    assert not feed.holds(feed.seq + 1)


def test_nothing_is_kept_while_nobody_follows_and_no_one_is_told_there_was_nothing(tmp_path: Path) -> None:
    house = House(tmp_path)
    feed = Feed(house.bus, DeviceView(house.parts()), 100)
    house.announce("node-1", temperature=1.0)
    missed = feed.seq
    assert feed._ring == [None] * _KEPT
    feed.joined(EVERYTHING)
    assert not feed.holds(missed - 1)
    assert feed.holds(missed)
    house.announce("node-1", temperature=2.0)
    assert len(feed.after(missed, EVERYTHING)[1]) == 1


async def test_a_follower_that_is_away_for_a_moment_finds_what_it_missed(tmp_path: Path) -> None:
    house = House(tmp_path)
    feed = Feed(house.bus, DeviceView(house.parts()), 100)
    feed.joined(EVERYTHING)
    place = feed.seq
    feed.left(EVERYTHING)
    house.announce("node-1", temperature=1.0)
    feed.joined(EVERYTHING)
    assert feed.holds(place)
    assert feed.after(place, EVERYTHING)[1]
    feed.left(EVERYTHING)
    feed._stop_keeping()
    house.announce("node-1", temperature=2.0)
    feed.joined(EVERYTHING)
    assert not feed.holds(place)
    feed.close()
