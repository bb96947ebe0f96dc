"""From registration to history, with the real store behind the panel."""

from __future__ import annotations

import asyncio
import base64
import struct
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.backends.store.store import Store
from gateway.core.access import Scope
from gateway.core.ports.store import Quarantined
from gateway.frontends.panel.receipts import commit
from tests.fakes import START_MS, FixedClock

from .house import MAC, House, living

VALUES = [0.1 + 0.2, 5e-324, -0.0, 1 / 3, 21.0, 21.0]


@pytest.fixture
async def stored(tmp_path: Path) -> AsyncIterator[House]:
    clock = FixedClock()
    store = Store(tmp_path / "gateway.db", clock=clock)
    store.open()
    store.start(asyncio.get_running_loop())
    try:
        async with living(tmp_path, clock=clock, store=store) as house:
            yield house
    finally:
        await store.close()


async def register(house: House) -> tuple[str, dict[str, str]]:
    """The device's id and the headers it authenticates with."""
    body = {"mac_address": MAC, "firmware_version": "1", "token": await house.enrolment.create()}
    status, given = await house.call("POST", "/api/devices/register", body=body)
    assert status == 201
    pair = f"{given['mqtt_username']}:{given['mqtt_password']}".encode()
    return given["device_id"], {"Authorization": "Basic " + base64.b64encode(pair).decode()}


async def test_what_a_device_sent_comes_back_bit_for_bit_and_is_gone_once_it_is_deleted(stored: House) -> None:
    device, basic = await register(stored)
    path = f"/api/devices/{device}"
    readings = [
        {"boot": "b1", "seq": n, "timestamp": START_MS + n // 2, "temperature": value} for n, value in enumerate(VALUES)
    ]
    for reading in [*readings, *readings]:  # said twice, stored once
        assert (await stored.call("POST", path + "/telemetry", headers=basic, body=reading))[0] == 204
    stored.clock.advance(s=1)
    _, history = await stored.call("GET", path + "/history?metric=temperature", headers=basic)
    bits = [struct.pack(">d", reading["value"]) for reading in history["readings"]]
    assert bits == [struct.pack(">d", value) for value in VALUES]
    assert [reading["time_ms"] for reading in history["readings"]] == [START_MS + n // 2 for n in range(len(VALUES))]
    _, condensed = await stored.call("GET", path + "/history?metric=temperature&step=60", headers=basic)
    (bucket,) = condensed["readings"]
    assert (bucket["count"], bucket["minimum"], bucket["maximum"]) == (len(VALUES), min(VALUES), 21.0)
    admin = await stored.token(Scope.ADMIN)
    assert (await stored.call("DELETE", path, headers=admin))[0] == 204
    assert await stored.history.raw(device, "temperature", 0, START_MS * 2) == []


async def test_a_quarantined_message_is_replayed_in_one_piece_with_its_removal(stored: House) -> None:
    device, basic = await register(stored)
    status, _ = await stored.call("POST", f"/api/devices/{device}/telemetry", headers=basic, body=b"warm")
    assert status == 422
    topic = f"devices/{device}/telemetry"
    stored.disk.submit([Quarantined(device, topic, b'{"temperature":19.5}', "an older gateway could not", START_MS)])
    await commit(stored.disk, ())
    admin = await stored.token(Scope.ADMIN)
    _, listed = await stored.call("GET", "/api/quarantine", headers=admin)
    older, warm = listed["quarantine"]
    assert (await stored.call("POST", f"/api/quarantine/{warm['id']}/replay", headers=admin))[0] == 409
    assert (await stored.call("POST", f"/api/quarantine/{older['id']}/replay", headers=admin))[0] == 204
    _, listed = await stored.call("GET", "/api/quarantine", headers=admin)
    assert [entry["id"] for entry in listed["quarantine"]] == [warm["id"]]
    stored.clock.advance(s=1)
    _, history = await stored.call("GET", f"/api/devices/{device}/history?metric=temperature", headers=admin)
    assert [reading["value"] for reading in history["readings"]] == [19.5]


async def test_the_trail_is_read_by_kind_and_by_who(stored: House) -> None:
    device, _ = await register(stored)
    admin = await stored.token(Scope.ADMIN)
    await commit(stored.disk, ())  # nobody waits for the trail
    _, trail = await stored.call("GET", f"/api/audit?kind=device.&who={device}", headers=admin)
    assert [entry["kind"] for entry in trail["audit"]] == ["device.credentials", "device.registered"]
    _, trail = await stored.call("GET", "/api/audit?limit=1", headers=admin)
    assert len(trail["audit"]) == 1
    for limit in ("0", "x", "1001"):
        status, problem = await stored.call("GET", f"/api/audit?limit={limit}", headers=admin)
        assert (status, problem["key"]) == (422, "limit")
