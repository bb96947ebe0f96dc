"""gateway plants, as a person runs it."""

from __future__ import annotations

import json

from tests.cli.gateway_cli import gateway
from tests.fakes import START_MS
from tests.frontends.panel.house import House


async def test_plants_are_added_changed_listed_and_removed(house: House) -> None:
    assert "gateway plants add" in (await gateway(house, "plants", "list"))[1]
    code, out, err = await gateway(
        house, "plants", "add", "Fern", "--species", "Boston fern", "--limit", "soil_moisture=20..80", "--limit",
        "light_level=200..",
    )  # fmt: skip
    assert (code, out) == (0, "fern  Fern: unassigned\n"), err
    code, out, err = await gateway(
        house, "plants", "set", "fern", "--name", "Big fern", "--limit", "light_level=none", "--limit", "humidity=..70",
        "--species", "", "--json",
    )  # fmt: skip
    assert code == 0, err
    shown = json.loads(out)
    assert (shown["name"], shown["species"]) == ("Big fern", None)
    assert shown["thresholds"] == {
        "soil_moisture": {"min": 20.0, "max": 80.0}, "humidity": {"min": None, "max": 70.0},
    }  # fmt: skip
    device = (await house.device(kind="plant", simulated=True)).device_id
    await house.home.assignments.assign(device, "fern", "me")
    house.measure(device, START_MS, soil_moisture=15.2)
    code, out, err = await gateway(house, "plants", "list")
    assert code == 0, err
    row = out.splitlines()[1]
    assert "alert" in row
    assert "soil_moisture 15.2 %" in row
    assert row.endswith("SIMULATED; soil_moisture is 15.2, threshold min 20.0")
    assert (await gateway(house, "plants", "remove", "fern"))[:2] == (0, "fern removed\n")
    assert json.loads((await gateway(house, "plants", "list", "--json"))[1]) == {"plants": []}


async def test_what_cannot_be_is_told_in_the_gateways_words(house: House) -> None:
    for words, said in (
        (("add", "Fern", "--limit", "humidity=60"), "MIN..MAX"),
        (("add", "Fern", "--limit", "humidity=wet..dry"), "not a number"),
        (("add", "Fern", "--limit", "humidity=60..40"), "above"),
        (("set", "fern", "--name", "Ivy"), "no asset"),
        (("remove", "fern"), "no asset"),
    ):
        code, out, err = await gateway(house, "plants", *words)
        assert (code, out, said in err) == (1, "", True), err
