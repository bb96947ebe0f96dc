"""Plants as document 002 asks for them, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.core.access import Scope
from gateway.core.quality import Quality
from tests.fakes import START_MS

from .house import House
from .test_zones import make

LIMITS = {"soil_moisture": {"min": 20, "max": 80}, "light_level": {"min": 200, "max": None}}


async def sensor(house: House, plant: str, **capabilities: object) -> str:
    device = (await house.device(kind="plant", **capabilities)).device_id
    await house.home.assignments.assign(device, plant, "me")
    return device


async def plant(house: House, name: str = "fern") -> Any:
    _, shown = await house.call("GET", f"/api/plants/{name}", headers=await house.token(Scope.READ))
    return shown


async def test_a_plant_is_made_changed_and_removed(house: House) -> None:
    made = await make(house, "plants", name="Fern", species="Boston fern", thresholds=LIMITS)
    assert {key: made[key] for key in ("id", "name", "species", "status", "devices", "latest", "breaches")} == {
        "id": "fern", "name": "Fern", "species": "Boston fern", "status": "unassigned",
        "devices": [], "latest": {}, "breaches": [],
    }  # fmt: skip
    assert made["thresholds"] == {
        "soil_moisture": {"min": 20.0, "max": 80.0}, "light_level": {"min": 200.0, "max": None},
    }  # fmt: skip
    assert made["suggested_thresholds"]["soil_moisture"]["min"] > 0
    assert (made["created_at"], made["simulated"]) == ("2026-01-07T12:00:00.000Z", False)
    operate = await house.token(Scope.OPERATE)
    status, changed = await house.call("PUT", "/api/plants/fern", headers=operate, body={"name": "Big fern"})
    assert (status, changed["name"], changed["species"]) == (200, "Big fern", "Boston fern")
    assert changed["thresholds"] == made["thresholds"]
    limits = {"soil_moisture": {"min": None, "max": None}}
    _, changed = await house.call(
        "PUT", "/api/plants/fern", headers=operate, body={"species": None, "thresholds": limits}
    )
    assert (changed["species"], changed["thresholds"], changed["suggested_thresholds"]) == (None, limits, {})
    assert (await house.call("DELETE", "/api/plants/fern", headers=operate))[0] == 204
    assert (await house.call("GET", "/api/plants", headers=operate))[1] == {"plants": []}


async def test_it_is_inside_a_room_and_so_in_its_zone_and_can_leave_it(house: House) -> None:
    await make(house, "zones", name="Cellar", id="cellar")
    await make(house, "assets", name="Den", kind="room", zone="cellar")
    made = await make(house, "plants", name="Fern", inside="den", synonyms=["Old fern"])
    assert (made["inside"], made["zone"], made["synonyms"]) == ("den", "cellar", ["Old fern"])
    operate = await house.token(Scope.OPERATE)
    _, changed = await house.call("PUT", "/api/plants/fern", headers=operate, body={"inside": None})
    assert (changed["inside"], changed["zone"]) == (None, None)


async def test_a_breach_is_shown_in_the_words_of_the_document_and_is_over_when_it_is_over(house: House) -> None:
    await make(house, "plants", name="Fern", thresholds=LIMITS)
    device = await sensor(house, "fern", simulated=True)
    assert (await plant(house))["status"] == "unknown"
    house.clock.advance(s=1)
    house.measure(device, START_MS + 1000, boot="b1", seq=1, soil_moisture=45.2, light_level=1e5)
    assert (await plant(house))["status"] == "ok"
    house.clock.advance(s=1)
    house.measure(device, START_MS + 2000, boot="b1", seq=2, soil_moisture=15.2)
    shown = await plant(house)
    assert (shown["status"], shown["simulated"], shown["latest"]["soil_moisture"]["value"]) == ("alert", True, 15.2)
    assert shown["breaches"] == [{
        "metric": "soil_moisture", "value": 15.2, "direction": "min", "threshold": 20.0,
        "text": "soil_moisture is 15.2, threshold min 20.0",
        "since_at": "2026-01-07T12:00:02.000Z", "since_ms": START_MS + 2000,
        "device": device, "correlation": f"{device}/b1/2", "simulated": True,
    }]  # fmt: skip
    for at in range(3, 6):
        house.clock.advance(s=1)
        house.measure(device, START_MS + at * 1000, soil_moisture=30.0)
    assert (await plant(house))["status"] == "ok"


async def test_a_device_that_is_assigned_to_nothing_breaches_nothing_and_is_shown(house: House) -> None:
    await make(house, "plants", name="Fern", thresholds=LIMITS)
    device = (await house.device(kind="plant")).device_id
    house.measure(device, START_MS, soil_moisture=1.0)
    assert (await plant(house))["breaches"] == []
    _, listed = await house.call("GET", "/api/devices?unassigned=true", headers=await house.token(Scope.READ))
    assert [(shown["id"], shown["asset"]) for shown in listed["devices"]] == [(device, None)]
    assert listed["devices"][0]["latest"]["soil_moisture"]["value"] == 1.0


async def test_a_plant_whose_sensor_is_silent_is_not_said_to_be_well(house: House) -> None:
    await make(house, "plants", name="Fern", thresholds=LIMITS)
    device = await sensor(house, "fern")
    house.measure(device, START_MS, soil_moisture=45.0)
    assert (await plant(house))["status"] == "ok"
    house.suspect[device] = {"soil_moisture": Quality.STALE}
    assert (await plant(house))["status"] == "unknown"
    house.suspect.clear()
    house.clock.advance(minutes=10)
    assert (await plant(house))["status"] == "unknown"


async def test_its_devices_and_its_history_are_told(house: House) -> None:
    await make(house, "plants", name="Fern")
    device = await sensor(house, "fern")
    house.clock.advance(s=5)
    for at in range(5):
        house.measure(device, START_MS + at * 1000, soil_moisture=40.0 + at)
    read = await house.token(Scope.READ)
    _, devices = await house.call("GET", "/api/plants/fern/devices", headers=read)
    assert [shown["id"] for shown in devices["devices"]] == [device]
    _, history = await house.call("GET", "/api/plants/fern/history", headers=read)
    assert [(one["metric"], len(one["readings"])) for one in history["series"]] == [("soil_moisture", 5)]
    assert (history["asset"], history["from"], history["to"]) == (
        "fern", "2026-01-06T12:00:05.001Z", "2026-01-07T12:00:05.001Z",
    )  # fmt: skip


async def test_an_asset_that_is_no_plant_is_none(house: House) -> None:
    await make(house, "assets", name="Den", kind="room")
    operate = await house.token(Scope.OPERATE)
    for method, path in (("GET", ""), ("PUT", ""), ("DELETE", ""), ("GET", "/devices"), ("GET", "/history")):
        body = {"name": "Den 2"} if method == "PUT" else None
        status, problem = await house.call(method, f"/api/plants/den{path}", headers=operate, body=body)
        assert (status, "room" in problem["detail"]) == (404, True)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"thresholds": LIMITS}, 422),
        ({"name": "Fern", "thresholds": {"soil_moisture": {"min": "low"}}}, 422),
        ({"name": "Fern", "thresholds": {"Soil moisture": {"min": 1}}}, 422),
        ({"name": "Fern", "thresholds": {"humidity": {"min": 60, "max": 40}}}, 409),
        ({"name": "Fern", "zone": "nowhere"}, 409),
        ({"name": "Fern", "inside": "nowhere"}, 409),
        ({"name": "Ivy", "id": "ivy"}, 409),
    ],
)
async def test_what_cannot_be_is_refused_with_the_reason(house: House, body: Any, status: int) -> None:
    await make(house, "plants", name="Ivy")
    got, problem = await house.call("POST", "/api/plants", headers=await house.token(Scope.OPERATE), body=body)
    assert (got, bool(problem["detail"])) == (status, True)
