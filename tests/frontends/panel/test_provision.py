"""Devices are assigned to assets and taken away again, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.core.access import Scope
from tests.fakes import START_MS

from .house import House


async def furnished(house: House) -> dict[str, str]:
    """A zone with a room, and a plant in it; headers of who may change things."""
    operate = await house.token(Scope.OPERATE)
    made = [
        ("zones", {"name": "Ground floor", "id": "ground"}),
        ("assets", {"name": "Living room", "id": "living", "kind": "room", "zone": "ground"}),
        ("plants", {"name": "Fern", "id": "fern", "inside": "living"}),
    ]
    for collection, body in made:
        status, shown = await house.call("POST", f"/api/{collection}", headers=operate, body=body)
        assert status == 201, shown
    return operate


async def test_a_device_is_assigned_and_shown_with_where_it_stands(house: House) -> None:
    operate, device = await furnished(house), (await house.device(kind="plant")).device_id
    path = f"/api/devices/{device}/provision"
    status, shown = await house.call("POST", path, headers=operate, body={"plant_id": "fern"})
    assert (status, shown["asset"], shown["asset_name"], shown["zone"]) == (200, "fern", "Fern", "ground")
    status, shown = await house.call("POST", path, headers=operate, body={"asset_id": "living"})
    assert (status, shown["asset"], shown["zone"]) == (200, "living", "ground")
    status, shown = await house.call("DELETE", path, headers=operate)
    assert (status, shown["asset"], shown["asset_name"], shown["zone"]) == (200, None, None, None)


async def test_a_plant_is_made_on_the_spot(house: House) -> None:
    operate, device = await furnished(house), (await house.device(kind="plant")).device_id
    body = {
        "new_plant": {
            "name": "Basil on the sill", "species": "Basil", "inside": "living",
            "thresholds": {"soil_moisture": {"min": 20, "max": None}},
        }
    }  # fmt: skip
    status, shown = await house.call("POST", f"/api/devices/{device}/provision", headers=operate, body=body)
    assert (status, shown["asset"], shown["zone"]) == (200, "basil-on-the-sill", "ground")
    _, plant = await house.call("GET", "/api/plants/basil-on-the-sill", headers=operate)
    assert (plant["devices"], plant["species"], plant["inside"]) == ([device], "Basil", "living")
    assert plant["thresholds"] == {"soil_moisture": {"min": 20.0, "max": None}}


async def test_it_may_have_stood_there_for_a_while(house: House) -> None:
    operate, device = await furnished(house), (await house.device()).device_id
    body = {"asset_id": "living", "since": "2026-01-07T11:00:00Z"}
    assert (await house.call("POST", f"/api/devices/{device}/provision", headers=operate, body=body))[0] == 200
    assert house.home.assignments.at(device, START_MS - 3_600_000) == "living"
    assert house.home.assignments.at(device, START_MS - 3_600_001) is None


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 409),
        ({"asset_id": "living", "plant_id": "fern"}, 409),
        ({"asset_id": "nowhere"}, 404),
        ({"plant_id": "living"}, 404),
        ({"asset_id": "living", "since": "2030-01-01"}, 409),
        ({"asset_id": "living", "since": "2026-02-30"}, 409),
        ({"asset_id": "living", "since": "today"}, 422),
        ({"asset_id": "Living room"}, 422),
        ({"new_plant": {"name": "  "}}, 422),
        ({"new_plant": {"name": "Ivy", "zone": "nowhere"}}, 409),
        ({"new_plant": {"name": "Ivy", "thresholds": {"humidity": {"min": 60, "max": 40}}}}, 409),
        ({"plant": "fern"}, 422),
    ],
)
async def test_what_cannot_be_is_refused_with_the_reason(house: House, body: dict[str, Any], status: int) -> None:
    operate, device = await furnished(house), (await house.device()).device_id
    got, problem = await house.call("POST", f"/api/devices/{device}/provision", headers=operate, body=body)
    assert (got, bool(problem["detail"])) == (status, True)
    assert house.home.assignments.current(device) is None


async def test_a_plant_whose_device_cannot_be_assigned_is_not_left_behind(house: House) -> None:
    operate, device = await furnished(house), (await house.device()).device_id
    body = {"new_plant": {"name": "Ivy"}, "since": "2030-01-01"}
    assert (await house.call("POST", f"/api/devices/{device}/provision", headers=operate, body=body))[0] == 409
    assert (await house.call("GET", "/api/plants/ivy", headers=operate))[0] == 404


async def test_the_list_is_filtered_by_where_devices_are(house: House) -> None:
    operate = await furnished(house)
    here, there, nowhere = [(await house.device(f"aa:bb:cc:dd:ee:0{at}")).device_id for at in range(3)]
    for device, asset in ((here, "living"), (there, "fern")):
        await house.call("POST", f"/api/devices/{device}/provision", headers=operate, body={"asset_id": asset})

    async def listed(query: str) -> list[str]:
        _, answer = await house.call("GET", f"/api/devices?{query}", headers=operate)
        return [shown["id"] for shown in answer["devices"]]

    assert await listed("asset=living") == [here]
    assert await listed("zone=ground") == [here, there]
    assert await listed("unassigned=true") == [nowhere]
    assert await listed("zone=ground&unassigned=true") == []
    assert (await house.call("GET", "/api/devices?zone=cellar", headers=operate))[0] == 404
    assert (await house.call("GET", "/api/devices?asset=cellar", headers=operate))[0] == 404
