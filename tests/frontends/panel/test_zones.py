"""Zones, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.core.access import Scope
from gateway.core.quality import Quality
from tests.fakes import START_MS

from .house import House


async def make(house: House, collection: str, **body: Any) -> Any:
    status, shown = await house.call("POST", f"/api/{collection}", headers=await house.token(Scope.OPERATE), body=body)
    assert status == 201, shown
    return shown


async def test_a_zone_is_made_with_an_id_of_its_name_changed_and_deleted(house: House) -> None:
    made = await make(house, "zones", name=" Zone  B ", synonyms=["Studio", "studio"])
    assert made == {
        "id": "zone-b", "name": "Zone B", "parent": None, "synonyms": ["Studio"],
        "created_at": "2026-01-07T12:00:00.000Z", "assets": [], "values": {}, "simulated": False,
    }  # fmt: skip
    await make(house, "zones", name="House", id="house")
    operate = await house.token(Scope.OPERATE)
    status, changed = await house.call("PUT", "/api/zones/zone-b", headers=operate, body={"parent": "house"})
    assert (status, changed["name"], changed["parent"], changed["synonyms"]) == (200, "Zone B", "house", ["Studio"])
    status, changed = await house.call("PUT", "/api/zones/zone-b", headers=operate, body={"name": "Zone C"})
    assert (changed["name"], changed["parent"]) == ("Zone C", "house")
    assert (await house.call("DELETE", "/api/zones/house", headers=operate))[0] == 409
    assert (await house.call("DELETE", "/api/zones/zone-b", headers=operate))[0] == 204
    assert (await house.call("GET", "/api/zones/zone-b", headers=operate))[0] == 404


async def test_the_list_has_what_stands_in_each_zone_and_its_newest_values(house: House) -> None:
    await make(house, "zones", name="House", id="house")
    await make(house, "zones", name="Attic", id="attic", parent="house")
    await make(house, "assets", name="Den", id="den", kind="room", zone="attic")
    device = (await house.device(kind="climate", simulated=True)).device_id
    await house.home.assignments.assign(device, "den", "me")
    house.clock.advance(s=1)
    house.measure(device, START_MS + 1000, quality={"humidity": Quality.DRIFT}, temperature=21.5, humidity=40.0)
    house.clock.advance(s=12)
    _, listed = await house.call("GET", "/api/zones", headers=await house.token(Scope.READ))
    zones = {zone["id"]: zone for zone in listed["zones"]}
    assert zones["attic"]["assets"] == [{"id": "den", "name": "Den", "kind": "room"}]
    assert zones["house"]["assets"] == []
    for zone in zones.values():
        assert zone["simulated"] is True
        assert zone["values"]["temperature"] == {
            "value": 21.5, "unit": "°C", "time": "2026-01-07T12:00:01.000Z", "time_ms": START_MS + 1000,
            "age_s": 12.0, "quality": [], "simulated": True, "devices": [device],
        }  # fmt: skip
        assert zone["values"]["humidity"]["quality"] == ["drift"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"name": ""}, 422),
        ({"name": "?!"}, 422),
        ({"name": "x" * 81}, 422),
        ({"name": "Attic", "id": "Attic"}, 422),
        ({"name": "Attic", "colour": "red"}, 422),
        ({"name": "Attic", "parent": "nowhere"}, 409),
        ({"name": "Other", "id": "cellar"}, 409),
    ],
)
async def test_what_cannot_be_is_refused_with_the_reason(house: House, body: Any, status: int) -> None:
    await make(house, "zones", name="Cellar", id="cellar")
    got, problem = await house.call("POST", "/api/zones", headers=await house.token(Scope.OPERATE), body=body)
    assert (got, bool(problem["detail"])) == (status, True)


async def test_a_zone_cannot_lie_within_itself_nor_be_changed_when_it_is_not_there(house: House) -> None:
    await make(house, "zones", name="Cellar", id="cellar")
    operate = await house.token(Scope.OPERATE)
    assert (await house.call("PUT", "/api/zones/cellar", headers=operate, body={"parent": "cellar"}))[0] == 409
    assert (await house.call("PUT", "/api/zones/attic", headers=operate, body={"name": "Attic"}))[0] == 404
    assert (await house.call("DELETE", "/api/zones/attic", headers=operate))[0] == 404
