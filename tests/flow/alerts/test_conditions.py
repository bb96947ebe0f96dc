"""Every source of alerts: what opens one, what ends it, what it says, and what a restart makes of it."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.core.health.life import Lasting, Life, NotEnough, NoWear, Reached
from gateway.core.home import AssetKind
from gateway.core.insight import Nature, Verdict
from gateway.core.messages import DeviceChanged, DeviceSwapped, EpisodeMoved, Heartbeat, StatusSaid, Vitals
from gateway.core.quality import Quality
from gateway.core.rules.news import Notice
from gateway.flow.presence import SILENCE_MS

from .alert_site import MIN, AlertSite, Well, episode


@pytest.fixture
async def site() -> AlertSite:
    return await AlertSite().load()


async def fern(site: AlertSite) -> None:
    await site.plant("fern", soil_moisture=(20.0, 80.0))
    await site.put_device("fern-1", "fern")


# Plants


async def test_a_plant_outside_its_threshold_is_told_in_the_words_of_the_document(site: AlertSite) -> None:
    await fern(site)
    site.say("fern-1", soil_moisture=15.2)
    site.look()
    (alert,) = site.alerts()
    assert (alert.title, alert.text) == ("Fern", "soil_moisture is 15.2, threshold min 20.0")
    assert (alert.level, alert.asset, alert.metric, alert.value, alert.threshold) == (
        "warning", "fern", "soil_moisture", 15.2, 20.0,
    )  # fmt: skip
    assert site.said() == [("open", "⚠ Fern: soil_moisture is 15.2, threshold min 20.0")]
    assert "Fern's soil is drier than it should be, since 12:00." in site.parcels()[0].text


async def test_a_device_that_stands_for_no_plant_makes_no_alert(site: AlertSite) -> None:
    await site.plant("fern", soil_moisture=(20.0, 80.0))
    site.roll.add("fern-1")
    site.say("fern-1", soil_moisture=15.2)
    site.look()
    assert site.alerts() == []


async def test_its_recovery_says_the_value(site: AlertSite) -> None:
    await fern(site)
    site.say("fern-1", soil_moisture=15.2)
    site.look()
    site.look(minutes=48)
    for _ in range(3):
        site.say("fern-1", soil_moisture=21.3)
    site.look()
    assert site.alerts() == []
    site.look(minutes=2)
    assert site.said()[1:] == [("over", "✅ Fern: soil_moisture is 21.3 again. It lasted 48 min.")]


async def test_a_value_below_and_then_above_is_told_anew(site: AlertSite) -> None:
    await fern(site)
    site.say("fern-1", soil_moisture=15.2)
    site.look()
    site.look(minutes=30)
    site.say("fern-1", soil_moisture=95.0)
    site.look()
    site.look(minutes=20)
    assert [part for part, _ in site.said()] == ["open", "open"]
    assert site.said()[1][1].endswith("threshold max 80.0")


async def test_a_simulated_sensor_says_so(site: AlertSite) -> None:
    await site.plant("fern", soil_moisture=(20.0, 80.0))
    await site.put_device("fern-1", "fern", simulated=True)
    site.say("fern-1", soil_moisture=15.2)
    site.look()
    assert site.parcels()[0].simulated


# Devices that are away


async def test_a_node_that_is_silent_for_three_heartbeats_is_told_of_once(site: AlertSite) -> None:
    site.roll.add("node-1", "Greenhouse node")
    site.bus.publish(Heartbeat("node-1", Vitals(), site.clock()))
    site.clock.advance(ms=SILENCE_MS)
    site.watch.sweep()
    site.look()
    assert site.alerts() == []
    site.clock.advance(ms=1000)
    site.watch.sweep()
    site.look()
    site.look(minutes=30)
    assert site.said() == [("open", "⚠ Greenhouse node is offline: no heartbeat for 3 min, last heard 12:00.")]
    site.bus.publish(Heartbeat("node-1", Vitals(), site.clock()))
    site.look(minutes=2)
    assert site.said()[1] == ("over", "✅ Greenhouse node is back. It lasted 33 min.")


async def test_a_last_will_waits_for_three_heartbeats_too(site: AlertSite) -> None:
    site.roll.add("node-1")
    site.bus.publish(Heartbeat("node-1", Vitals(), site.clock()))
    site.bus.publish(StatusSaid("node-1", online=False, time_ms=site.clock()))
    site.watch.sweep()
    site.look()
    assert site.alerts() == []
    site.clock.advance(ms=SILENCE_MS)
    site.watch.sweep()
    site.look()
    assert [alert.key for alert in site.alerts()] == ["offline/node-1"]


async def test_after_a_start_nobody_is_back_before_they_were_heard(site: AlertSite) -> None:
    site.roll.add("node-1")
    site.bus.publish(Heartbeat("node-1", Vitals(), site.clock()))
    site.clock.advance(ms=SILENCE_MS + 1000)
    site.watch.sweep()
    site.look()
    await site.again()
    # The event log is bounded: that it is away may not be among what is recalled.
    site.look(minutes=3)
    assert [alert.key for alert in site.alerts()] == ["offline/node-1"]
    site.bus.publish(Heartbeat("node-1", Vitals(), site.clock()))
    site.look(minutes=2)
    assert site.alerts() == []
    assert [part for part, _ in site.said()] == ["open", "over"]


async def test_a_node_that_is_deleted_has_no_return(site: AlertSite) -> None:
    site.roll.add("node-1")
    site.bus.publish(Heartbeat("node-1", Vitals(), site.clock()))
    site.clock.advance(ms=SILENCE_MS + 1000)
    site.watch.sweep()
    site.look()
    del site.roll.known_devices["node-1"]
    site.bus.publish(DeviceChanged("node-1", None))
    site.look(minutes=5)
    assert site.alerts() == []
    assert [part for part, _ in site.said()] == ["open"]


# What is not as usual


@pytest.mark.parametrize(
    ("nature", "level"), [(Nature.MACHINE, "warning"), (Nature.SENSOR, "warning"), (Nature.UNUSUAL, "info")]
)
async def test_an_episode_is_told_by_what_it_is_about(site: AlertSite, nature: Nature, level: str) -> None:
    site.roll.add("pump-1", "Circulation pump")
    now_ms = site.clock()
    site.unusual.episodes = [episode(nature=nature, opened_ms=now_ms, seen_ms=now_ms)]
    site.look()
    assert [alert.level for alert in site.alerts()] == [level]
    assert site.said()[0][1].endswith("Circulation pump: vibration is higher than it was")
    site.unusual.episodes = []
    site.look(minutes=2)
    assert site.said()[1][1] == "✅ Circulation pump: it is as usual again. It lasted 0 s."


async def test_what_was_measured_long_ago_is_no_warning_of_now(site: AlertSite) -> None:
    site.roll.add("pump-1")
    then_ms = site.clock() - 31 * MIN
    site.unusual.episodes = [episode(opened_ms=then_ms, seen_ms=then_ms)]
    site.look()
    assert [alert.level for alert in site.alerts()] == ["info"]


async def test_what_a_person_calls_normal_ends_without_a_word(site: AlertSite) -> None:
    site.roll.add("pump-1")
    now_ms = site.clock()
    site.unusual.episodes = [episode(opened_ms=now_ms, seen_ms=now_ms)]
    site.look()
    judged = episode(opened_ms=now_ms, seen_ms=now_ms, verdict=Verdict.NORMAL)
    site.unusual.episodes = [judged]
    site.bus.publish(EpisodeMoved(judged))
    site.look(minutes=5)
    assert site.alerts() == []
    assert [part for part, _ in site.said()] == ["open"]


# Remaining life


def lasting(days: float) -> Lasting:
    return Lasting(days - 3, days, days + 5, 0.9, 60.0, 120.0)


async def test_a_machine_that_may_fail_soon_is_told_of(site: AlertSite) -> None:
    await site.asset(AssetKind.PUMP, "pump", "Circulation pump")
    site.wear.lives["pump", "bearing"] = lasting(20)
    site.look()
    assert site.alerts() == []
    site.wear.lives["pump", "bearing"] = lasting(8)
    site.look()
    assert site.said() == [("open", "⚠ Circulation pump may fail in 8 days (5 to 13).")]
    (alert,) = site.alerts()
    assert (alert.value, alert.threshold, alert.metric) == (8.0, 14.0, "bearing")


async def test_a_limit_that_is_reached_is_an_alarm_at_once(site: AlertSite) -> None:
    await site.asset(AssetKind.PUMP, "pump", "Circulation pump")
    site.wear.lives["pump", "bearing"] = lasting(8)
    site.look()
    site.wear.lives["pump", "bearing"] = Reached(60.0)
    site.look(s=15)
    assert [alert.level for alert in site.alerts()] == ["alarm"]
    assert site.said()[1] == ("open", "⛔ Circulation pump needs care now: bearing has reached its limit.")
    assert [part for part, _ in site.said()] == ["open", "open"], "the milder one ends without a word"


@pytest.mark.parametrize(
    ("life", "over"),
    [
        (lasting(15), False),
        (lasting(17), True),
        (NoWear(60.0, 60.0), True),
        (NotEnough("idle", 8.0, 7.0), False),
        (NotEnough("baseline"), True),
    ],
)
async def test_a_few_days_more_are_no_recovery(site: AlertSite, life: Life, over: bool) -> None:
    await site.asset(AssetKind.PUMP, "pump", "Circulation pump")
    site.wear.lives["pump", "bearing"] = lasting(13)
    site.look()
    site.wear.lives["pump", "bearing"] = life
    site.look(s=30)
    assert (site.alerts() == []) is over


# Batteries


def charge(site: AlertSite, value: float, **more: Any) -> None:
    site.say("node-1", battery=value, **more)


async def test_a_battery_is_low_when_it_was_for_an_hour(site: AlertSite) -> None:
    site.roll.add("node-1", "Garden node")
    charge(site, 3.2)
    site.look()
    site.look(minutes=59)
    assert site.alerts() == []
    site.look(minutes=2)
    assert site.said() == [("open", "⚠ Garden node: battery is 3.2, threshold min 3.3")]
    charge(site, 3.35)
    site.look(minutes=5)
    assert len(site.alerts()) == 1, "a little more than the limit is still low"
    charge(site, 3.4)
    site.look(minutes=4)
    assert site.said()[1][1].startswith("✅ Garden node: battery is 3.4 again.")


async def test_a_battery_that_was_low_for_a_moment_is_not_told_of(site: AlertSite) -> None:
    site.roll.add("node-1")
    for _ in range(6):
        charge(site, 3.2)
        site.look(minutes=30)
        charge(site, 3.9)
        site.look(minutes=5)
    assert site.alerts() == []


async def test_a_clock_that_is_set_makes_no_hour(site: AlertSite) -> None:
    site.roll.add("node-1")
    charge(site, 3.2)
    site.look(minutes=10)
    site.set_clock(50 * 365 * 86_400_000, learnt=True)
    charge(site, 3.2)
    site.look(minutes=45)
    assert site.alerts() == []
    site.look(minutes=10)
    assert len(site.alerts()) == 1


@pytest.mark.parametrize("bit", [Quality.OUT_OF_RANGE, Quality.STUCK, Quality.TIME])
async def test_a_value_nobody_believes_says_nothing_of_a_battery(site: AlertSite, bit: Quality) -> None:
    site.roll.add("node-1")
    charge(site, 3.2, quality={"battery": int(bit)})
    site.look(minutes=90)
    assert site.alerts() == []


async def test_a_node_may_have_a_limit_of_its_own_or_say_percent(site: AlertSite) -> None:
    site.roll.add("node-1", battery_low=2.4)
    site.roll.add("node-2", metrics={"battery": "%"})
    site.roll.add("node-3", units={"battery": "%"})
    charge(site, 2.5)
    site.say("node-2", battery=14.0)
    site.say("node-3", battery=16.0)
    site.look(minutes=62)
    assert [alert.key for alert in site.alerts()] == ["battery/node-2"]


async def test_a_restart_does_not_charge_a_battery(site: AlertSite) -> None:
    site.roll.add("node-1")
    charge(site, 3.2)
    site.look()
    site.look(minutes=62)
    await site.again()
    site.look(minutes=5)
    charge(site, 3.2)
    site.look(minutes=5)
    assert len(site.alerts()) == 1
    assert [part for part, _ in site.said()] == ["open"]


async def test_another_node_in_its_place_has_another_battery(site: AlertSite) -> None:
    site.roll.add("node-1")
    charge(site, 3.2)
    site.look()
    site.look(minutes=62)
    site.bus.publish(DeviceSwapped("node-1", "a", "b", site.clock()))
    site.look(minutes=4)
    assert site.alerts() == []
    assert "its hardware was replaced" in site.said()[1][1]


async def test_what_was_said_of_hardware_long_ago_is_not_said_of_a_battery_that_was_charged(site: AlertSite) -> None:
    site.roll.add("node-1")
    charge(site, 3.8)
    site.look()
    site.bus.publish(DeviceSwapped("node-1", "a", "b", site.clock()))
    site.look(minutes=1)
    charge(site, 3.2)
    site.look()
    site.look(minutes=62)
    charge(site, 3.8)
    site.look(minutes=1)
    site.look(minutes=4)
    assert "battery is 3.8 again" in site.said()[1][1]


# Parts of the gateway


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("store", "alarm"), ("disk", "alarm"), ("broker", "alarm"), ("certificate", "alarm"), ("database", "alarm"),
        ("sync", "warning"), ("rules", "warning"), ("channel-mail", "warning"), ("announcement", "warning"),
        ("clock", "info"),
    ],
)  # fmt: skip
async def test_every_part_that_is_not_well_is_told_of(site: AlertSite, name: str, level: str) -> None:
    site.begin()
    site.parts[name] = Well(False, "it is not well")
    site.look()
    site.look(s=15)
    (alert,) = site.alerts()
    assert (alert.key, alert.level) == (f"part/{name}", level)
    assert site.said()[0][1].endswith(f"Gateway, {name.replace('-', ' ')}: it is not well")
    site.parts[name] = Well()
    site.look(minutes=3)
    assert site.said()[1][1].startswith(f"✅ Gateway, {name.replace('-', ' ')}: it works again.")


async def test_a_part_that_is_started_again_is_no_alert(site: AlertSite) -> None:
    site.begin()
    for _ in range(5):
        site.parts["announcement"] = Well(False, "not running")
        site.look()
        site.clock.advance(s=5)
        site.parts["announcement"] = Well()
        site.look(s=15)
    assert site.alerts() == []


async def test_parts_have_time_to_begin(site: AlertSite) -> None:
    site.begin()
    site.parts["store"] = Well(False, "the disk is full")
    site.look()
    site.look(s=15)
    await site.again()
    site.parts.clear()
    site.look()
    assert len(site.alerts()) == 1, "in the first half minute nobody knows"
    site.parts["sync"] = Well(False, "not running")
    site.look(s=15)
    assert len(site.alerts()) == 1
    site.look(s=30)
    assert [alert.key for alert in site.alerts()] == ["part/sync"]


async def test_the_words_of_a_part_are_those_of_its_beginning(site: AlertSite) -> None:
    site.begin()
    for minute in range(5):
        site.parts["rules"] = Well(False, f"stuck for {minute} min")
        site.look(minutes=1)
    assert len(site.said()) == 1


# Rules


async def test_what_a_rule_says_is_told_once(site: AlertSite) -> None:
    for _ in range(2):
        site.bus.publish(Notice("The bath is ready", "info", "bath", site.clock(), "node-1/b/7"))
        site.look()
    assert site.said() == [("open", "ℹ The bath is ready")]
    await site.again()
    site.clock.advance(minutes=1)
    site.bus.publish(Notice("The bath is ready", "info", "bath", site.clock(), "node-1/b/7"))
    site.look(minutes=5)
    assert len(site.said()) == 1, "done again after a kill it is the same"
    site.bus.publish(Notice("The bath is ready", "info", "bath", site.clock(), "node-1/b/8"))
    site.look()
    assert len(site.said()) == 2
    assert site.alerts() == []
