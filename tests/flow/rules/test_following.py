"""What rules look at follows the house: sensors come, go and move; statuses, breaches, episodes are heard."""

from __future__ import annotations

from typing import Any

from gateway.core.errors import NotFound
from gateway.core.home import Zone
from gateway.core.insight import Episode, Nature
from gateway.core.messages import DeviceChanged, DeviceStatus, EpisodeMoved, MetricsLearnt
from gateway.core.rules.rule import Mode

from .rule_site import DAMP, FAN_ON, RuleSite, turns

ALL = {**DAMP, "asset": "", "zone": "upstairs", "of": "all"}


def verbs(site: RuleSite) -> list[str]:
    return [verb for _, verb in site.nodes.done]


async def upstairs() -> RuleSite:
    """A zone with the bathroom and a bedroom, both measured."""
    site = await RuleSite().furnish()
    await site.home.put_zone(Zone("upstairs", "Upstairs"), new=True)
    await site.home.put_asset(_in(site, "bathroom", "upstairs"), new=False)
    await site.room("bedroom", "Bedroom", "upstairs")
    site.able.add("bed", kind="climate")
    await site.assignments.assign("bed", "bedroom", "anna")
    await turns()
    return site


def _in(site: RuleSite, asset: str, zone: str) -> Any:
    from msgspec.structs import replace

    return replace(site.home.asset(asset), zone=zone)


async def test_a_sensor_that_joins_the_room_counts_and_the_rule_does_not_fire_again() -> None:
    site = await RuleSite().furnish()
    await site.rule({"when": {**DAMP, "of": "any"}, "hysteresis": 5, "then": [FAN_ON]})
    await site.measure(74)
    site.able.add("second", kind="climate")
    await site.assignments.assign("second", "bathroom", "anna")
    await site.turn()
    site.say("second", humidity=60)
    await site.measure(75)
    assert len(site.outcomes()) == 1
    site.say("second", humidity=80)
    await site.measure(60)
    await site.turn()
    assert len(site.outcomes()) == 1
    site.say("second", humidity=60)
    await site.turn()
    site.say("second", humidity=90)
    await site.turn()
    assert len(site.outcomes()) == 2


async def test_all_of_a_zone_means_those_that_are_in_it_by_now() -> None:
    site = await upstairs()
    await site.rule({"when": ALL, "hysteresis": 5, "then": [FAN_ON]})
    await site.measure(74)
    site.say("bed", humidity=60)
    await site.turn()
    assert site.outcomes() == []
    await site.assignments.unassign("bed", "anna")
    await site.turn()
    assert site.outcomes() == [("then", "done")]


async def test_a_metric_that_a_device_sends_for_the_first_time_is_looked_at() -> None:
    site = await RuleSite().furnish()
    site.able.add("odd")
    site.able.sent["odd"] = {"temperature"}
    await site.assignments.assign("odd", "bathroom", "anna")
    await site.rule({"when": DAMP, "then": [FAN_ON]})
    await site.assignments.unassign("climate", "anna")
    await site.turn()
    site.able.sent["odd"] = {"temperature", "humidity"}
    site.bus.publish(MetricsLearnt("odd", frozenset({"humidity"})))
    await site.turn()
    site.say("odd", humidity=80)
    await site.turn()
    assert verbs(site) == ["turn_on"]


async def test_a_room_that_is_gone_leaves_the_rule_there_and_says_so_once() -> None:
    site = await RuleSite().furnish()
    await site.rule({"when": DAMP, "then": [FAN_ON]})
    await site.home.delete_asset("bathroom")
    await site.turn()
    await site.room("kitchen", "Kitchen")
    await site.turn()
    assert site.reasons("rule.broken") == ["Bathroom fan: there is no asset bathroom any more"]
    assert site.part.complaints()["rules"] == "Bathroom fan: there is no asset bathroom any more"
    assert site.book.get("bath").mode is Mode.LIVE
    await site.measure(80)
    assert site.outcomes() == []


async def test_the_status_of_a_device_is_heard_and_known_when_the_rule_is_enabled() -> None:
    site = await RuleSite().furnish()
    offline = {"kind": "device", "device": "climate", "status": "offline"}
    await site.rule({"when": offline, "then": [FAN_ON], "else": [{**FAN_ON, "verb": "turn_off"}]})
    assert verbs(site) == []
    site.bus.publish(DeviceChanged("climate", DeviceStatus.OFFLINE))
    site.bus.publish(DeviceChanged("climate", DeviceStatus.OFFLINE))
    await site.turn()
    assert verbs(site) == ["turn_on"]
    site.bus.publish(DeviceChanged("climate", DeviceStatus.ONLINE))
    await site.turn()
    assert verbs(site) == ["turn_on", "turn_off"]


async def test_a_value_of_a_configuration_is_heard() -> None:
    site = await RuleSite().furnish()
    await site.rule(
        {"if": {"kind": "state", "device": "climate", "key": "interval_s", "is": 30}, "then": [FAN_ON]},
    )
    await site.turn()
    assert verbs(site) == []
    taken = site.shadows.reported("climate", b'{"version": 1, "state": {"interval_s": 30}}', site.clock())
    for event in taken.events:
        site.bus.publish(event)
    await site.turn()
    assert verbs(site) == ["turn_on"]


async def test_a_plant_outside_its_limits_is_a_level_until_all_of_its_sensors_are_inside_again() -> None:
    site = await RuleSite().furnish()
    await site.plant("fern", soil_moisture=(20, None))
    for device in ("soil-1", "soil-2"):
        site.able.add(device, kind="plant")
        await site.assignments.assign(device, "fern", "anna")
    await site.rule(
        {"when": {"kind": "alert", "asset": "fern"}, "then": [FAN_ON], "else": [{**FAN_ON, "verb": "turn_off"}]}
    )
    for device in ("soil-1", "soil-2"):
        site.say(device, soil_moisture=10)
    await site.turn()
    assert verbs(site) == ["turn_on"]
    for _ in range(3):
        site.say("soil-1", soil_moisture=40)
    await site.turn()
    assert verbs(site) == ["turn_on"]
    for _ in range(3):
        site.say("soil-2", soil_moisture=40)
    await site.turn()
    assert verbs(site) == ["turn_on", "turn_off"]


async def test_an_episode_is_a_level_while_it_is_open() -> None:
    site = await RuleSite().furnish()
    await site.rule({"when": {"kind": "anomaly", "device": "climate"}, "then": [FAN_ON]})
    episode = Episode(
        id="0" * 16,
        asset="bathroom",
        device="climate",
        metric="humidity",
        nature=Nature.SENSOR,
        opened_ms=site.clock(),
        seen_ms=site.clock(),
        score=0.9,
        need=0.5,
        reason="odd",
    )
    site.bus.publish(EpisodeMoved(episode))
    await site.turn()
    assert verbs(site) == ["turn_on"]


async def test_why_of_a_rule_that_is_off_says_how_it_would_stand_and_of_none_that_there_is_none() -> None:
    site = await RuleSite().furnish()
    await site.measure(74)
    await site.rule({"when": DAMP, "then": [FAN_ON]}, Mode.OFF)
    why = site.live.why("bath")
    assert (why.trigger, [cause.value for cause in why.causes]) == ("true", [74.0])
    assert site.outcomes() == []
    await site.book.enable("bath", Mode.LIVE, "anna")
    await site.turn()
    assert site.live.why("bath").holds
    try:
        site.live.why("nobody")
    except NotFound:
        return
    raise AssertionError("there is no such rule")


async def test_its_figures_are_counted() -> None:
    site = await RuleSite().furnish()
    await site.rule({"when": DAMP, "hysteresis": 5, "then": [{**FAN_ON, "for_s": 60}]})
    await site.measure(74)
    figures = site.live.snapshot()
    assert (figures.rules, figures.series, figures.firings, figures.timers_armed) == ({"live": 1}, 1, {"done": 1}, 1)
    assert figures.evaluations > 0
    await site.later(minutes=1)
    assert site.live.snapshot().timers == {"done": 1}


async def test_what_holds_a_rule_back_is_told_once_an_episode() -> None:
    site = await RuleSite().furnish()
    cold = {"kind": "compare", "asset": "bathroom", "metric": "temperature", "operator": "<", "value": 5}
    await site.rule({"when": DAMP, "hysteresis": 5, "if": cold, "then": [FAN_ON]})
    held = site.part._holding_back
    for humidity in (74, 75, 60, 76):
        await site.measure(humidity, temperature=22)
        held.look()
        held.look()
    told = site.reasons("rule.held")
    assert len(told) == 2
    assert "22" in told[0], told
    assert told[0].startswith("Bathroom fan: ")


async def test_an_alert_that_ended_while_no_rule_looked_is_over_when_one_does() -> None:
    site = await RuleSite().furnish()
    await site.plant("fern", soil_moisture=(20, None))
    site.able.add("soil", kind="plant")
    await site.assignments.assign("soil", "fern", "anna")
    await site.rule({"when": {"kind": "alert", "asset": "fern"}, "then": [FAN_ON]})
    site.say("soil", soil_moisture=10)
    await site.turn()
    await site.book.enable("bath", Mode.OFF, "anna")
    for _ in range(3):
        site.say("soil", soil_moisture=50)
    await site.book.enable("bath", Mode.LIVE, "anna")
    await site.turn()
    assert verbs(site) == ["turn_on"]


async def test_a_timer_that_ended_before_a_power_cut_does_not_run_after_it() -> None:
    off = {**FAN_ON, "verb": "turn_off"}
    rest = {"kind": "timer", "timer": "rest", "after_s": 120, "then": [off]}
    site = await RuleSite().furnish()
    idle = {"kind": "timer", "timer": "rest", "running": False}
    await site.rule({"when": DAMP, "hysteresis": 5, "if": idle, "then": [FAN_ON, rest]})
    await site.measure(80)
    await site.measure(60)
    await site.later(s=120)
    await site.kill(s=10)
    await site.measure(80)
    assert verbs(site) == ["turn_on", "turn_off", "turn_on"]
