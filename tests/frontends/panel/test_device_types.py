"""What is known beforehand of devices and plants, over HTTP."""

from __future__ import annotations

from gateway.core.access import Scope

from .house import House


async def test_kinds_of_devices_tell_what_they_take(house: House) -> None:
    status, answer = await house.call("GET", "/api/device-types", headers=await house.token(Scope.READ))
    assert status == 200
    types = {known["kind"]: known for known in answer["types"]}
    assert types["window"]["verbs"]["set_position"]["args"]["position"]["max"] == 100
    assert types["climate"]["settings"]["interval_s"]["unit"] == "s"
    assert types["plant"]["metrics"]["soil_moisture"] == "%"


async def test_species_are_found_by_any_of_their_names(house: House) -> None:
    read = await house.token(Scope.READ)
    _, everything = await house.call("GET", "/api/species", headers=read)
    assert len(everything["species"]) > 20
    for word in ("monstera", "SWISS cheese", "Fensterblatt"):
        _, answer = await house.call("GET", f"/api/species?q={word.replace(' ', '%20')}", headers=read)
        assert [known["name"] for known in answer["species"]] == ["Monstera"]
    (known,) = answer["species"]
    assert known["thresholds"]["soil_moisture"] == {"min": 25.0, "max": 65.0}
    _, nothing = await house.call("GET", "/api/species?q=tin%20can", headers=read)
    assert nothing == {"species": []}
