"""One value, asked for in words, over HTTP."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from gateway.core.access import Scope
from tests.fakes import START_MS

from .house import House
from .test_zones import make


async def furnished(house: House) -> str:
    """Zone B with a living room and a sensor in it, which has just measured."""
    await make(house, "zones", name="Zone B", id="zone-b")
    await make(house, "assets", name="Living room", id="living", kind="room", zone="zone-b", synonyms=["lounge"])
    device = (await house.device(kind="climate", simulated=True, name="North sensor")).device_id
    await house.home.assignments.assign(device, "living", "me")
    house.measure(device, START_MS, boot="b1", seq=1, temperature=21.44, humidity=40.0)
    house.clock.advance(s=12)
    return device


@pytest.mark.parametrize(
    "question",
    ["q=temp zone b", "q=Zone-B temperature", "q=What's the temp in Zone B?", "place=ZONE B&metric=temperature"],
)
async def test_however_it_is_asked_there_is_one_answer(house: House, question: str) -> None:
    device = await furnished(house)
    read = await house.token(Scope.READ)
    status, found = await house.call("GET", f"/api/values?{quote(question, safe='=&')}", headers=read)
    assert status == 200
    assert found == {
        "place": {"what": "zone", "id": "zone-b", "name": "Zone B"}, "zone": "zone-b", "metric": "temperature",
        "unit": "°C", "value": 21.44, "time": "2026-01-07T12:00:00.000Z", "time_ms": START_MS, "age_s": 12.0,
        "quality": [], "simulated": True, "text": "21.4 °C in Zone B (Living room), 12 s ago, SIMULATED",
        "sources": [{
            "device": device, "asset": "living", "value": 21.44, "time": "2026-01-07T12:00:00.000Z",
            "time_ms": START_MS, "quality": [], "simulated": True, "correlation": f"{device}/b1/1",
        }],
    }  # fmt: skip


async def test_an_asset_and_a_device_are_places_in_their_zone_too(house: House) -> None:
    await furnished(house)
    read = await house.token(Scope.READ)
    for question, what in (("lounge humidity", "asset"), ("north sensor humidity", "device")):
        _, found = await house.call("GET", f"/api/values?q={quote(question)}", headers=read)
        assert (found["place"]["what"], found["zone"], found["value"]) == (what, "zone-b", 40.0)


async def test_what_is_not_there_is_a_404_and_what_is_not_clear_names_what_may_be_meant(house: House) -> None:
    await furnished(house)
    await make(house, "assets", name="Fern", id="fern", kind="plant", zone="zone-b")
    await make(house, "assets", name="Fern", id="fern-2", kind="plant")
    read = await house.token(Scope.READ)
    for question in ("temp in the garage", "co2 zone b", "zone b"):
        status, problem = await house.call("GET", f"/api/values?q={quote(question)}", headers=read)
        assert (status, bool(problem["detail"])) == (404, True)
    status, problem = await house.call("GET", "/api/values?q=fern%20humidity", headers=read)
    assert (status, "fern-2" in problem["detail"]) == (409, True)


@pytest.mark.parametrize(
    ("query", "status"), [("", 409), ("q=a&place=b", 409), ("place=b", 409), ("x=1", 422), ("q=", 422)]
)
async def test_half_a_question_is_refused(house: House, query: str, status: int) -> None:
    assert (await house.call("GET", f"/api/values?{query}", headers=await house.token(Scope.READ)))[0] == status
