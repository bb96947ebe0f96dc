"""Decisions, what people want instead, and models in the live feed."""

from __future__ import annotations

from gateway.core.access import Scope
from gateway.core.messages import ModelsChanged
from tests.fakes import START_MS

from .house import House
from .test_live import connect, heard

QUERY = "?channels=decisions,models,devices"


async def test_a_decision_comes_with_its_window_and_one_that_moves_nothing_alone(house: House) -> None:
    window = await house.automation.window(simulated=True)
    house.announce(window, position=0.0)
    async with await connect(house, QUERY) as live:
        assert (await heard(live))["type"] == "snapshot"
        made = house.automation.decision(window, START_MS + 1)
        message = await heard(live)
        assert (message["type"], message["decision"]["id"], message["decision"]["simulated"]) == (
            "decision", made.id, True,
        )  # fmt: skip
        touched = await heard(live)
        assert (touched["type"], touched["id"], touched["device"]["window"]["why"]) == ("device", window, made.why)
        house.announce(window, START_MS + 2, position=float(made.position))
        kept = house.automation.decide.consider(window, "for 15 min nothing was asked")
        message = await heard(live)
        assert kept is not None
        assert (message["type"], message["decision"]["outcome"]) == ("decision", "kept")
        house.bus.publish(ModelsChanged("window"))
        message = await heard(live)
        assert message == {"type": "model", "seq": message["seq"], "name": "window"}


async def test_what_somebody_wants_comes_with_its_window(house: House) -> None:
    window = await house.automation.window()
    house.announce(window, temperature=26.0)
    async with await connect(house, QUERY) as live:
        assert (await heard(live))["type"] == "snapshot"
        operate = await house.token(Scope.OPERATE)
        _, made = await house.call("POST", f"/api/devices/{window}/override", headers=operate, body={"position": 30})
        found = [await heard(live)]
        while found[-1]["type"] != "override":
            found.append(await heard(live))
        assert (found[-1]["override"]["id"], found[-1]["override"]["holds"]) == (made["id"], True)
        found.append(await heard(live))
        while found[-1]["type"] != "device":
            found.append(await heard(live))
        assert found[-1]["device"]["window"]["held_until_ms"] == made["until_ms"]
