"""gateway alerts, as a person runs it."""

from __future__ import annotations

import json

from tests.cli.gateway_cli import gateway
from tests.fakes import START_MS
from tests.frontends.panel.house import House
from tests.frontends.panel.outward import alert, delivery


async def test_open_alerts_are_listed_with_what_they_are(house: House) -> None:
    assert (await gateway(house, "alerts", "list"))[:2] == (0, "No alerts are open.\n")
    one = house.outward.alerts.keep(alert(simulated=True, times=3))
    house.outward.alerts.keep(alert(START_MS + 1, key="part/disk", over_ms=START_MS + 2))
    code, out, err = await gateway(house, "alerts", "list")
    assert code == 0, err
    heading, row = out.splitlines()
    assert heading.split() == ["ID", "OPENED", "LEVEL", "WHAT", "STATE"]
    assert row.startswith(one.id)
    assert row.endswith("Fern: soil_moisture is 15.2, threshold min 20.0 (3 times)  SIMULATED  goes on")
    assert len((await gateway(house, "alerts", "list", "--all"))[1].splitlines()) == 3
    _, out, _ = await gateway(house, "alerts", "list", "--json")
    assert [found["id"] for found in json.loads(out)["alerts"]] == [one.id]


async def test_one_alert_says_who_was_told(house: House) -> None:
    one = house.outward.alerts.keep(alert())
    house.outward.outbox.keep(delivery(one, tried=2))
    _, out, _ = await gateway(house, "alerts", "show", one.id)
    assert out.splitlines()[1] == "The fern's soil is drier than it should be."
    assert out.splitlines()[-1] == "  open to ntfy/home: queued, tried 2"
    code, _, err = await gateway(house, "alerts", "show", "0" * 16)
    assert code == 1
    assert "no alert" in err.casefold()


async def test_an_alert_is_acknowledged_by_its_id(house: House) -> None:
    one = house.outward.alerts.keep(alert())
    code, out, _ = await gateway(house, "alerts", "ack", one.id)
    assert code == 0
    assert "acknowledged by" in out


async def test_alerts_are_muted_for_a_while_and_told_again(house: House) -> None:
    assert (await gateway(house, "alerts", "mute"))[1].startswith("Only alarms until ")
    assert house.outward.alerts.muted_until_ms == house.clock() + 3_600_000
    await gateway(house, "alerts", "mute", "5")
    assert house.outward.alerts.muted_until_ms == house.clock() + 300_000
    assert (await gateway(house, "alerts", "unmute"))[1] == "Everything is told.\n"
    assert house.outward.alerts.muted_until_ms == 0
