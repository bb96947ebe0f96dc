"""Rules, what they do and their timers in the live feed and in traces."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from gateway.core.access import Scope
from gateway.core.rules.firing import Outcome
from gateway.frontends.panel.feed import MOST_FIRINGS
from tests.backends.store_kit import running

from .house import House, living
from .rules import firing, timer
from .test_live import connect, heard
from .test_rules import furnished, made

QUERY = "?channels=rules"


async def test_who_follows_rules_hears_of_rules_firings_and_timers(house: House) -> None:
    operate = (await furnished(house))["operate"]
    rules = house.automation.rules
    async with await connect(house, QUERY) as live:
        assert (await heard(live))["type"] == "snapshot"
        await made(house, operate)
        message = await heard(live)
        assert {**message, "seq": 0} == {
            "type": "rule", "seq": 0, "id": "bathroom-fan", "gone": False, "mode": "off", "version": 1,
        }  # fmt: skip
        rules.tell(firing("a" * 16, simulated=True))
        message = await heard(live)
        assert (message["type"], message["firing"]["rule_name"]) == ("firing", "Bathroom fan")
        assert (message["firing"]["outcome"], message["firing"]["simulated"]) == ("done", True)
        rules.timers.arm(timer("a-0", time_ms=house.clock()))
        message = await heard(live)
        assert (message["type"], message["timer"]["id"], message["timer"]["left_s"]) == ("timer", "a-0", 1200.0)
        await rules.timers.cancel("a-0", "anna")
        message = await heard(live)
        assert (message["timer"]["state"], message["timer"]["left_s"]) == ("cancelled", None)
        assert (await house.call("DELETE", "/api/rules/bathroom-fan", headers=operate))[0] == 204
        message = await heard(live)
        assert (message["type"], message["gone"], message["mode"]) == ("rule", True, None)


async def test_a_flood_of_firings_is_told_in_part_and_the_next_second_begins_anew(house: House) -> None:
    rules = house.automation.rules
    async with await connect(house, QUERY) as live:
        assert (await heard(live))["type"] == "snapshot"
        for number in range(500):
            rules.tell(firing(f"{number:016x}"))
        types = [(await heard(live))["type"] for _ in range(MOST_FIRINGS + 1)]
        assert types == ["firing"] * MOST_FIRINGS + ["more"]
        house.clock.now_ms += 1000
        rules.tell(firing("b" * 16))
        message = await heard(live)
        assert (message["type"], message["firing"]["id"]) == ("firing", "b" * 16)


async def test_a_trace_leads_from_the_reading_to_the_firing_through_the_real_disk(tmp_path: Path) -> None:
    async with running(tmp_path) as store, living(tmp_path, store=store) as house:
        read = await house.token(Scope.READ)
        late = firing("c" * 16, outcome=Outcome.REFUSED, time_ms=house.clock(), simulated=True)
        acts = tuple(replace(act, outcome=Outcome.REFUSED, detail="nobody hears it") for act in late.acts)
        house.automation.rules.tell(replace(late, acts=acts))
        house.automation.rules.tell(firing("d" * 16, correlation="other"))
        _, found = await house.call("GET", "/api/trace/node-1/b1/7", headers=read)
        assert [
            (step["what"], step["kind"], step["who"], step["text"], step["simulated"]) for step in found["steps"]
        ] == [("rule", "rule.refused", "bathroom-fan", f"{late.why}; nobody hears it", True)]
        assert (await house.call("GET", "/api/firings/" + "c" * 16, headers=read))[1]["outcome"] == "refused"
