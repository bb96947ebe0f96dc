"""Telemetry over HTTP, and the quarantine where the unreadable goes."""

from __future__ import annotations

import base64
import json

import pytest

from gateway.core.access import Scope
from gateway.core.errors import StoreError, StoreFull
from gateway.core.messages import Message
from gateway.core.ports.store import Quarantined, ReadingTaken
from gateway.flow.registration import Credentials

from .house import House

METRICS = [f"metric_{number}" for number in range(20)]


def basic(given: Credentials) -> dict[str, str]:
    pair = f"{given.mqtt_username}:{given.mqtt_password}".encode()
    return {"Authorization": "Basic " + base64.b64encode(pair).decode()}


def quarantine(house: House, device: str, payload: bytes, topic: str = "") -> None:
    taken = house.intake.take(Message(device, topic or f"devices/{device}/telemetry", payload, 1, False))
    house.writer.submit(taken.changes)


async def test_a_reading_is_on_the_disk_and_live_when_the_answer_comes(house: House) -> None:
    given = await house.device()
    body = {"timestamp": "2026-01-07T12:00:00Z", "temperature": 22.5}
    status, _ = await house.call("POST", f"/api/devices/{given.device_id}/telemetry", headers=basic(given), body=body)
    assert status == 204
    (stored,) = house.changes(ReadingTaken)
    assert (stored.device, stored.values) == (given.device_id, {"temperature": 22.5})
    assert house.watch.values(given.device_id)["temperature"][0] == 22.5


async def test_an_unreadable_message_is_refused_with_the_reason_and_kept(house: House) -> None:
    given = await house.device()
    status, problem = await house.call(
        "POST", f"/api/devices/{given.device_id}/telemetry", headers=basic(given), body=b"21.5 degrees"
    )
    assert status == 422
    (kept,) = house.changes(Quarantined)
    assert kept.reason in problem["detail"]
    assert kept.payload == b"21.5 degrees"


@pytest.mark.parametrize("error", [StoreFull("no room"), StoreError("the disk is gone")])
async def test_what_could_not_be_stored_is_not_accepted(house: House, error: StoreError) -> None:
    given = await house.device()
    house.writer.error = error
    path = f"/api/devices/{given.device_id}/telemetry"
    async with house.http.post(house.url + path, json={"temperature": 1.0}, headers=basic(given)) as answer:
        assert answer.status == 503
        assert int(answer.headers["Retry-After"]) > 0
    assert house.watch.values(given.device_id) == {}


async def test_while_the_disk_is_behind_more_is_not_taken(house: House) -> None:
    given = await house.device()
    house.writer.congested = True
    status, _ = await house.call(
        "POST", f"/api/devices/{given.device_id}/telemetry", headers=basic(given), body={"temperature": 1.0}
    )
    assert status == 503


async def test_telemetry_may_be_larger_than_other_bodies_but_not_without_end(house: House) -> None:
    given = await house.device()
    path = f"/api/devices/{given.device_id}/telemetry"
    values = dict.fromkeys(METRICS, 1.0)
    batch = {"boot": "a1b2", "readings": [{"seq": n, "uptime_ms": n, **values} for n in range(400)]}
    assert 65536 < len(json.dumps(batch)) < 262144
    assert (await house.call("POST", path, headers=basic(given), body=batch))[0] == 204
    assert (await house.call("POST", path, headers=basic(given), body=b"[" * 262145))[0] == 413


async def test_a_quarantined_message_is_shown_and_thrown_away(house: House) -> None:
    given = await house.device()
    quarantine(house, given.device_id, b"warm")
    quarantine(house, given.device_id, b"\xff\xfe")
    admin = await house.token(Scope.ADMIN)
    _, listed = await house.call("GET", "/api/quarantine", headers=admin)
    binary, text = listed["quarantine"]
    assert (text["payload"], text["payload_base64"], text["size"]) == ("warm", None, 4)
    assert (binary["payload"], binary["payload_base64"]) == (None, "//4=")
    assert text["reason"]
    assert (await house.call("DELETE", f"/api/quarantine/{text['id']}", headers=admin))[0] == 204
    _, listed = await house.call("GET", "/api/quarantine", headers=admin)
    assert [entry["id"] for entry in listed["quarantine"]] == [binary["id"]]
    assert (await house.call("DELETE", f"/api/quarantine/{text['id']}", headers=admin))[0] == 404


async def test_what_is_still_unreadable_stays_when_replayed(house: House) -> None:
    given = await house.device()
    quarantine(house, given.device_id, b"warm")
    admin = await house.token(Scope.ADMIN)
    status, problem = await house.call("POST", "/api/quarantine/1/replay", headers=admin)
    assert status == 409
    assert "still" in problem["detail"]
    _, listed = await house.call("GET", "/api/quarantine", headers=admin)
    assert len(listed["quarantine"]) == 1


async def test_what_has_become_readable_is_stored_when_replayed(house: House) -> None:
    given = await house.device()
    topic = f"devices/{given.device_id}/telemetry"
    kept = Quarantined(given.device_id, topic, b'{"temperature":19.5}', "an older gateway could not", 1)
    house.writer.submit([kept])
    admin = await house.token(Scope.ADMIN)
    assert (await house.call("POST", "/api/quarantine/1/replay", headers=admin))[0] == 204
    assert [reading.values for reading in house.changes(ReadingTaken)] == [{"temperature": 19.5}]
    assert (await house.call("GET", "/api/quarantine", headers=admin))[1] == {"quarantine": []}
