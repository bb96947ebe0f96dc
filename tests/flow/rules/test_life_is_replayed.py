"""What happened in a house with everything in it is fired again by its tape and its history."""

from __future__ import annotations

import random

import pytest

from gateway.core.messages import DeviceChanged, DeviceStatus
from gateway.core.rules.rule import Mode

from .rule_site import DAMP, FAN_ON, RuleSite, written

NOTE = {"kind": "notify", "text": "{value}"}


async def busy_day(seed: int) -> tuple[RuleSite, int]:
    """Readings of two sensors in a random order, with rules of every kind that come, change and go; power cuts."""
    dice = random.Random(seed)
    site = await RuleSite(rules={"most_firings_per_hour": 3600}).furnish()
    began_ms = site.clock()
    newest_ms: dict[str, int] = {}
    site.able.add("second", kind="climate")
    limit = {**DAMP, "of": "any"}
    await site.rule({"when": limit, "hysteresis": 5, "then": [FAN_ON], "else": [NOTE]}, rule_id="level")
    await site.rule({"when": DAMP, "for_s": 120, "cooldown_s": 300, "then": [NOTE]}, rule_id="waits")
    await site.rule(
        {"when": {"kind": "time", "every_s": 900}, "if": {**limit, "kind": "compare"}, "then": [NOTE]}, rule_id="clock"
    )
    await site.rule(
        {"when": {"kind": "change", "device": "climate", "metric": "humidity", "by": 8}, "then": [NOTE]}, rule_id="jump"
    )
    offline = {"kind": "device", "device": "second", "status": "offline"}
    await site.rule({"when": offline, "then": [NOTE], "else": [NOTE]}, rule_id="status")
    for step in range(150):
        await site.later(s=dice.choice((1, 7, 20, 45)))
        humidity = dice.choice((55.0, 62.0, 66.0, 69.0, 71.0, 74.0, 90.0))
        device = dice.choice(("climate", "climate", "second"))
        # As ingest does it: what is older than the newest of its device is late.
        time_ms = max(site.clock() - dice.choice((0, 0, 0, 3_000, 50_000, 200_000)), began_ms)
        late = time_ms < newest_ms.get(device, 0)
        newest_ms[device] = max(time_ms, newest_ms.get(device, 0))
        site.say(device, humidity=humidity, ago_ms=site.clock() - time_ms, late=late)
        await site.turn()
        event = dice.randrange(40)
        if event == 0:
            await site.assignments.assign("second", "bathroom", "anna")
        elif event == 1:
            await site.assignments.unassign("second", "anna")
        elif event == 2:
            status = dice.choice((DeviceStatus.OFFLINE, DeviceStatus.ONLINE))
            site.bus.publish(DeviceChanged("second", status))
        elif event == 3:
            if dice.random() < 0.5:
                await site.stop()
            await site.kill(s=dice.choice((1, 30, 400)))
        elif event == 4:
            mode = dice.choice((Mode.OFF, Mode.SHADOW, Mode.LIVE))
            await site.book.enable(dice.choice(("level", "waits", "jump")), mode, "anna", despite=True)
        elif event == 5:
            rule = written({"when": DAMP, "hysteresis": dice.choice((0, 3)), "then": [NOTE], "name": f"N{step}"})
            await site.book.put(rule, "anna", "waits")
        elif event == 6:
            await site.later(minutes=20)
        await site.turn()
    return site, began_ms


@pytest.mark.parametrize("seed", [*range(4), 75, 248])
async def test_a_busy_day_is_replayed_to_the_same_firings(seed: int) -> None:
    await compared(seed)


@pytest.mark.soak
@pytest.mark.timeout(1800)
async def test_many_busy_days_are_replayed_to_the_same_firings() -> None:
    for seed in range(4, 250):
        await compared(seed)


async def compared(seed: int) -> None:
    """Life and its replay."""
    site, began_ms = await busy_day(seed)
    site.live.turn()
    report = await site.part.parts().replay.of(began_ms, site.clock() + 1)
    assert report.same, (seed, report.differences)
    assert report.live == report.replayed, (seed, report)
    assert report.live > 10, seed
    await site.stop()
