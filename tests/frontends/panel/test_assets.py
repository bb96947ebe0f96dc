"""Assets, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.core.access import Scope
from tests.fakes import START_MS

from .house import House
from .test_zones import make


async def test_an_asset_is_made_by_its_kind_or_its_traits_changed_and_deleted(house: House) -> None:
    await make(house, "zones", name="Cellar", id="cellar")
    made = await make(house, "assets", name="Boiler", kind="water_heater", zone="cellar")
    assert made == {
        "id": "boiler", "name": "Boiler", "kind": "water_heater", "zone": "cellar", "zone_name": "Cellar",
        "traits": {"kind": "water_heater", "maker": "", "model": "", "litres": None, "power_w": None},
        "synonyms": [], "relations": [], "devices": [], "latest": {}, "simulated": False,
        "capabilities": made["capabilities"], "created_at": "2026-01-07T12:00:00.000Z",
    }  # fmt: skip
    assert {"temperature", "set_temperature"} <= set(made["capabilities"])
    pump = await make(
        house, "assets", name="Pump", traits={"kind": "pump", "power_w": 40.0},
        relations=[{"kind": "serves", "asset": "boiler"}, {"kind": "inside", "asset": "boiler"}],
    )  # fmt: skip
    assert (pump["kind"], pump["traits"]["power_w"], pump["zone"]) == ("pump", 40.0, "cellar")
    operate = await house.token(Scope.OPERATE)
    status, changed = await house.call(
        "PUT", "/api/assets/boiler", headers=operate, body={"traits": {"kind": "water_heater", "litres": 80}}
    )
    assert (status, changed["traits"]["litres"], changed["zone"], changed["name"]) == (200, 80.0, "cellar", "Boiler")
    assert (await house.call("DELETE", "/api/assets/boiler", headers=operate))[0] == 409
    assert (await house.call("PUT", "/api/assets/pump", headers=operate, body={"relations": []}))[0] == 200
    assert (await house.call("DELETE", "/api/assets/boiler", headers=operate))[0] == 204
    assert (await house.call("GET", "/api/assets/boiler", headers=operate))[0] == 404


async def test_what_it_is_cannot_change(house: House) -> None:
    await make(house, "assets", name="Boiler", kind="water_heater")
    operate = await house.token(Scope.OPERATE)
    for body in ({"kind": "pump"}, {"traits": {"kind": "pump"}}):
        status, problem = await house.call("PUT", "/api/assets/boiler", headers=operate, body=body)
        assert (status, "water heater" in problem["detail"].replace("_", " ")) == (409, True)
    status, _ = await house.call("PUT", "/api/assets/boiler", headers=operate, body={"kind": "water_heater"})
    assert status == 200


async def test_assets_are_found_by_kind_zone_what_they_are_inside_of_ability_and_words(house: House) -> None:
    await make(house, "zones", name="House", id="house")
    await make(house, "zones", name="Cellar", id="cellar", parent="house")
    await make(house, "assets", name="Workshop", kind="room", zone="cellar")
    await make(house, "assets", name="Boiler", kind="water_heater", relations=[{"kind": "inside", "asset": "workshop"}])
    await make(house, "assets", name="Roof", kind="outdoor")
    read = await house.token(Scope.READ)

    async def found(query: str) -> list[str]:
        _, answer = await house.call("GET", f"/api/assets?{query}", headers=read)
        return [asset["id"] for asset in answer["assets"]]

    assert await found("") == ["boiler", "roof", "workshop"]
    assert await found("kind=room") == ["workshop"]
    assert await found("zone=house") == ["boiler", "workshop"]
    assert await found("inside=workshop") == ["boiler"]
    assert await found("capability=set_temperature") == ["boiler"]
    assert await found("q=work") == ["workshop"]
    assert (await house.call("GET", "/api/assets?kind=car", headers=read))[0] == 422


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"name": "Boiler"}, 409),
        ({"name": "Boiler", "kind": "room", "traits": {"kind": "pump"}}, 409),
        ({"name": "Boiler", "kind": "car"}, 422),
        ({"name": "Boiler", "traits": {"kind": "pump", "power_w": "a lot"}}, 422),
        ({"name": "Boiler", "kind": "room", "zone": "nowhere"}, 409),
        ({"name": "Boiler", "kind": "room", "relations": [{"kind": "inside", "asset": "nothing"}]}, 409),
        ({"name": "Boiler", "kind": "room", "relations": [{"kind": "above", "asset": "den"}]}, 422),
        ({"name": "Other", "kind": "room", "id": "den"}, 409),
    ],
)
async def test_what_cannot_be_is_refused_with_the_reason(house: House, body: Any, status: int) -> None:
    await make(house, "assets", name="Den", kind="room")
    got, problem = await house.call("POST", "/api/assets", headers=await house.token(Scope.OPERATE), body=body)
    assert (got, bool(problem["detail"])) == (status, True)


async def test_an_asset_shows_the_newest_values_and_its_devices_now_and_before(house: House) -> None:
    await make(house, "assets", name="Den", kind="room")
    first = (await house.device(kind="climate")).device_id
    second = (await house.device("aa:bb:cc:dd:ee:02", kind="climate", simulated=True)).device_id
    await house.home.assignments.assign(first, "den", "me")
    house.clock.advance(s=60)
    await house.home.assignments.unassign(first, "me")
    await house.home.assignments.assign(second, "den", "me")
    house.clock.advance(s=1)
    house.measure(second, START_MS + 61_000, boot="b1", seq=3, temperature=21.0)
    read = await house.token(Scope.READ)
    _, shown = await house.call("GET", "/api/assets/den", headers=read)
    assert (shown["devices"], shown["simulated"]) == ([second], True)
    assert (shown["latest"]["temperature"]["value"], shown["latest"]["temperature"]["correlation"]) == (
        21.0, f"{second}/b1/3",
    )  # fmt: skip
    _, devices = await house.call("GET", "/api/assets/den/devices", headers=read)
    assert [device["id"] for device in devices["devices"]] == [second]
    spans = [(one["device"], one["simulated"], one["since_ms"], one["until_ms"]) for one in devices["assignments"]]
    assert spans == [(first, False, START_MS, START_MS + 60_000), (second, True, START_MS + 60_000, None)]


async def test_the_history_of_a_place_follows_each_readings_assignment_and_marks_where_it_breaks(house: House) -> None:
    await make(house, "assets", name="Den", kind="room")
    await make(house, "assets", name="Attic", kind="room")
    first = (await house.device(kind="climate")).device_id
    second = (await house.device("aa:bb:cc:dd:ee:02", kind="climate", simulated=True)).device_id
    await house.home.assignments.assign(first, "den", "me")
    house.clock.advance(s=60)
    await house.home.assignments.assign(first, "attic", "me")
    await house.home.assignments.assign(second, "den", "me")
    house.clock.advance(s=60)
    for at in range(12):
        house.measure(first, START_MS + at * 10_000, temperature=float(at), co2=400.0)
        house.measure(second, START_MS + at * 10_000, temperature=100.0 + at)
    read = await house.token(Scope.READ)
    status, history = await house.call("GET", "/api/assets/den/history?metric=temperature", headers=read)
    assert status == 200
    assert [reading["value"] for reading in history["readings"]] == [0, 1, 2, 3, 4, 5, 106, 107, 108, 109, 110, 111]
    assert (history["metric"], history["unit"], history["simulated"], history["truncated"]) == (
        "temperature", "°C", True, False,
    )  # fmt: skip
    assert [(span["device"], span["simulated"], span["from_ms"], span["to_ms"]) for span in history["spans"]] == [
        (first, False, START_MS, START_MS + 60_000), (second, True, START_MS + 60_000, START_MS + 120_001),
    ]  # fmt: skip
    assert [(one["device"], one["time_ms"]) for one in history["breaks"]] == [(second, START_MS + 60_000)]
    _, whole = await house.call("GET", "/api/assets/attic/history", headers=read)
    assert {series["metric"]: len(series["readings"]) for series in whole["series"]} == {"co2": 6, "temperature": 6}
    assert (whole["breaks"], whole["simulated"]) == ([], False)
    _, steps = await house.call("GET", "/api/assets/den/history?metric=temperature&step=60", headers=read)
    assert [(one["count"], one["maximum"]) for one in steps["readings"]] == [(6, 5.0), (6, 111.0)]


async def test_a_device_that_comes_back_to_its_place_breaks_nothing(house: House) -> None:
    await make(house, "assets", name="Den", kind="room")
    device = (await house.device(kind="climate")).device_id
    for _ in range(2):
        await house.home.assignments.assign(device, "den", "me")
        house.clock.advance(s=60)
        await house.home.assignments.unassign(device, "me")
        house.clock.advance(s=60)
    _, history = await house.call("GET", "/api/assets/den/history", headers=await house.token(Scope.READ))
    assert (len(history["spans"]), history["breaks"]) == (2, [])


async def test_a_room_of_which_a_simulated_plant_tells_is_marked_so(house: House) -> None:
    await make(house, "assets", name="Den", kind="room")
    await make(house, "plants", name="Fern", inside="den")
    device = (await house.device(kind="plant", simulated=True)).device_id
    await house.home.assignments.assign(device, "fern", "me")
    house.measure(device, START_MS, temperature=21.0)
    _, shown = await house.call("GET", "/api/assets/den", headers=await house.token(Scope.READ))
    assert (shown["devices"], shown["latest"]["temperature"]["value"], shown["simulated"]) == ([], 21.0, True)


async def test_a_place_without_devices_has_an_empty_history(house: House) -> None:
    await make(house, "assets", name="Den", kind="room")
    read = await house.token(Scope.READ)
    _, history = await house.call("GET", "/api/assets/den/history", headers=read)
    assert (history["series"], history["spans"]) == ([], [])
    _, history = await house.call("GET", "/api/assets/den/history?metric=co2", headers=read)
    assert history["readings"] == []
    assert (await house.call("GET", "/api/assets/nowhere/history", headers=read))[0] == 404
    assert (await house.call("GET", "/api/assets/den/history?step=0", headers=read))[0] == 422
