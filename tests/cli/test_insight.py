"""gateway insight, as a person runs it."""

from __future__ import annotations

import json

from msgspec.structs import replace

from gateway.core.home import Asset, FanTraits, PumpTraits, RoomTraits
from tests.cli.gateway_cli import gateway
from tests.frontends.panel.house import House
from tests.frontends.panel.insight import NOT_ENOUGH, component, lasting


async def test_parts_are_listed_with_their_range_and_machines_without_a_word_on_them_too(house: House) -> None:
    assert (await gateway(house, "insight"))[:2] == (0, "There are no machines: pumps, fans or water heaters.\n")
    await house.home.home.put_asset(Asset("circulation-pump", "Circulation pump", PumpTraits()), new=True)
    await house.home.home.put_asset(Asset("fan", "Fan", FanTraits()), new=True)
    await house.home.home.put_asset(Asset("bathroom", "Bathroom", RoomTraits()), new=True)
    house.automation.insight.health.parts = [
        component("circulation-pump", lasting(), 62.0),
        replace(
            component("circulation-pump", lasting(high=None), 80.4, "impeller"),
            text="Circulation pump, impeller: in words.",
        ),
        component("circulation-pump", NOT_ENOUGH, None, "strainer"),
    ]
    code, out, err = await gateway(house, "insight")
    assert code == 0, err
    head, *rows = out.splitlines()
    assert head.split() == ["MACHINE", "PART", "HEALTH", "REMAINING", "SURE", "WHY"]
    assert [" ".join(row.split()) for row in rows] == [
        "Circulation pump bearing 62 40 to 90 days 90% in words.",
        "Circulation pump impeller 80 more than 40 days 90% in words.",
        "Circulation pump strainer not enough history in words.",
        "Fan Nothing is measured that tells of its condition.",
        "Circulation pump was never commissioned: `gateway anomalies commission circulation-pump`.",
        "Fan was never commissioned: `gateway anomalies commission fan`.",
    ]
    _, out, _ = await gateway(house, "insight", "fan")
    assert len(out.splitlines()) == 3
    assert (await gateway(house, "insight", "bathroom"))[1] == "bathroom is no machine.\n"
    assert (await gateway(house, "insight", "nowhere"))[0] == 1


async def test_programs_get_both_answers_as_they_are(house: House) -> None:
    await house.home.home.put_asset(Asset("fan", "Fan", FanTraits()), new=True)
    house.automation.insight.health.parts = [component("fan", lasting(), 62.0)]
    shown = json.loads((await gateway(house, "insight", "--json"))[1])
    assert [machine["asset"] for machine in shown["health"]["assets"]] == ["fan"]
    assert [part["component"] for part in shown["maintenance"]["items"]] == ["bearing"]
