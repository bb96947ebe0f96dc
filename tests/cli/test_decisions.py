"""gateway decisions, as a person runs it."""

from __future__ import annotations

import json

from tests.cli.gateway_cli import gateway
from tests.fakes import START_MS
from tests.frontends.panel.house import House


async def test_decisions_are_listed_with_what_became_of_them_and_why(house: House) -> None:
    assert (await gateway(house, "decisions"))[:2] == (0, "Nothing was decided about any window yet.\n")
    window = await house.automation.window(simulated=True)
    made = house.automation.decision(window, START_MS, 28.0)
    house.clock.advance(s=1)
    newer = house.automation.decision(window, START_MS + 1000, 27.0)
    code, out, err = await gateway(house, "decisions", window)
    assert code == 0, err
    head, first, second = out.splitlines()
    assert head.split()[:2] == ["TIME", "(UTC)"]
    assert first.split()[:2] == ["2026-01-07", "12:00:01"]
    assert second.split()[2:] == [
        window, str(made.position), "%", "80%", "sent", "window@1", "SIMULATED", *made.why.split(),
    ]  # fmt: skip
    _, out, _ = await gateway(house, "decisions", "--limit", "1", "--json")
    assert [one["id"] for one in json.loads(out)["decisions"]] == [newer.id]


async def test_what_is_no_window_is_told_from_a_window_without_decisions(house: House) -> None:
    window = await house.automation.window(simulated=True)
    assert (await gateway(house, "decisions", window))[:2] == (0, f"Nothing was decided about {window} yet.\n")
    code, out, err = await gateway(house, "decisions", "other-window")
    assert (code, out, err) == (1, "", "gateway: There is no device other-window.\n")


async def test_a_limit_that_is_none_is_refused(house: House) -> None:
    code, _, err = await gateway(house, "decisions", "--limit", "0")
    assert (code, "between 1 and 500" in err) == (2, True)
