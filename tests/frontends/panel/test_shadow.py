"""What a device should be and says it is, over HTTP."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.core.access import Scope
from tests.fakes import START_MS

from .house import MAC, House


def report(house: House, device: str, version: int, **state: object) -> None:
    """What the node says is on the disk."""
    payload = json.dumps({"version": version, "state": state}).encode()
    taken = house.home.shadows.reported(device, payload, house.clock())
    house.writer.submit(taken.changes)
    for event in taken.events:
        house.bus.publish(event)


async def climate(house: House, **capabilities: object) -> str:
    return (await house.device(kind="climate", **capabilities)).device_id


async def want(house: House, device: str, **body: Any) -> tuple[int, Any]:
    return await house.call(
        "PATCH", f"/api/devices/{device}/shadow", headers=await house.token(Scope.OPERATE), body=body
    )


async def test_nothing_was_wanted_of_a_new_device(house: House) -> None:
    device = await climate(house)
    status, shown = await house.call("GET", f"/api/devices/{device}/shadow", headers=await house.token(Scope.READ))
    nothing = {"version": 0, "state": {}, "time": None, "time_ms": None, "by": ""}
    assert (status, shown) == (200, {
        "device": device, "sync": "none", "desired": nothing, "reported": nothing, "delta": {}, "simulated": False,
    })  # fmt: skip


async def test_patches_merge_and_the_node_reports_until_both_agree(house: House) -> None:
    device = await climate(house, simulated=True)
    await want(house, device, desired={"interval_s": 10, "limits": {"temperature": {"max": 30}}})
    status, shown = await want(house, device, state={"audio": False, "limits": {"temperature": {"min": 5}}})
    assert (status, shown["sync"], shown["simulated"]) == (200, "pending", True)
    assert shown["desired"].pop("by").startswith("api-")
    assert shown["desired"] == {
        "version": 2, "state": {"interval_s": 10, "limits": {"temperature": {"max": 30, "min": 5}}, "audio": False},
        "time": "2026-01-07T12:00:00.000Z", "time_ms": START_MS,
    }  # fmt: skip
    assert shown["delta"] == shown["desired"]["state"]
    report(house, device, 2, interval_s=15, audio=False, limits={"temperature": {"min": 5, "max": 30}})
    read = await house.token(Scope.READ)
    _, shown = await house.call("GET", f"/api/devices/{device}/shadow", headers=read)
    assert (shown["sync"], shown["delta"], shown["reported"]["by"]) == ("differs", {"interval_s": 10}, MAC)
    assert (await house.call("GET", f"/api/devices/{device}", headers=read))[1]["sync"] == "differs"
    report(house, device, 2, interval_s=10.0, audio=False, limits={"temperature": {"min": 5, "max": 30}})
    _, shown = await house.call("GET", f"/api/devices/{device}/shadow", headers=read)
    assert (shown["sync"], shown["delta"]) == ("in_sync", {})


async def test_null_takes_a_setting_away(house: House) -> None:
    device = await climate(house)
    await want(house, device, desired={"interval_s": 10, "audio": True})
    _, shown = await want(house, device, desired={"audio": None})
    assert shown["desired"]["state"] == {"interval_s": 10}


async def test_a_change_of_what_somebody_else_has_changed_is_refused(house: House) -> None:
    device = await climate(house)
    await want(house, device, desired={"interval_s": 10}, version=0)
    status, problem = await want(house, device, desired={"interval_s": 20}, version=0)
    assert (status, "version" in problem["detail"]) == (409, True)
    assert (await want(house, device, desired={"interval_s": 20}, version=1))[0] == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"desired": {"interval_s": 0}}, 409),
        ({"desired": {"colour": "red"}}, 409),
        ({"desired": {}, "state": {}}, 409),
        ({}, 409),
        ({"desired": 7}, 422),
        ({"version": -1, "desired": {}}, 422),
        ({"wanted": {}}, 422),
    ],
)
async def test_what_cannot_be_wanted_is_refused_with_the_reason(house: House, body: Any, status: int) -> None:
    device = await climate(house)
    got, problem = await want(house, device, **body)
    assert (got, bool(problem["detail"])) == (status, True)
    if "interval_s" in str(body):
        assert "interval_s" in problem["detail"]


async def test_a_device_that_is_not_there_has_no_shadow(house: House) -> None:
    read = await house.token(Scope.READ)
    assert (await house.call("GET", "/api/devices/nobody-1/shadow", headers=read))[0] == 404
    assert (await want(house, "nobody-1", desired={}))[0] == 404
