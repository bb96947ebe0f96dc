"""gateway places, as a person runs it."""

from __future__ import annotations

import json

from tests.cli.gateway_cli import gateway
from tests.fakes import START_MS
from tests.frontends.panel.house import House
from tests.frontends.panel.test_values import furnished


async def test_zones_are_shown_with_what_stands_in_them_and_their_values(house: House) -> None:
    assert (await gateway(house, "places"))[1].startswith("No zones.")
    await furnished(house)
    code, out, err = await gateway(house, "places")
    assert code == 0, err
    assert out.splitlines() == [
        "Zone B  (zone-b)",
        "  Living room (room)",
        "  humidity       40.0 %  12 s ago  SIMULATED",
        "  temperature    21.4 °C  12 s ago  SIMULATED",
    ]


async def test_a_question_has_one_answer(house: House) -> None:
    await furnished(house)
    for words in (("temp zone b",), ("Zone-B", "temperature"), ("What's the temp in Zone B?",)):
        code, out, err = await gateway(house, "places", *words)
        assert (code, out) == (0, "21.4 °C in Zone B (Living room), 12 s ago, SIMULATED\n"), err
    _, out, _ = await gateway(house, "places", "temp zone b", "--json")
    assert json.loads(out)["time_ms"] == START_MS
    code, out, err = await gateway(house, "places", "temp", "garage")
    assert (code, out) == (1, "")
    assert "garage" in err
