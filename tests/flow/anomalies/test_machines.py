"""Rows of machines: whole when every node has spoken, judged in order, over restarts; a sensor told from a machine."""

from __future__ import annotations

import random
from itertools import permutations

from gateway.core.insight import Nature, Signal
from gateway.core.messages import DeviceSwapped

from .machine_site import DAY, FLOW_NODE, HOUR, MINUTE, OTHER_NODE, PUMP, PumpSite


async def running(hours: int = 6) -> PumpSite:
    site = PumpSite()
    site.live(hours * 60)
    await site.baselines.commission(PUMP, "anna", hours, site.clock.now_ms - hours * HOUR)
    return site


def loud(signals: list[Signal]) -> list[Signal]:
    return [signal for signal in signals if signal.strength >= 1.0]


async def test_a_pump_that_runs_as_it_did_stays_quiet() -> None:
    site = await running(24)
    signals = site.live(24 * 60)
    assert len(signals) == 24 * 60
    assert len(loud(signals)) <= 14  # an episode needs five of ten


async def test_a_machine_that_changes_is_told_of_in_words() -> None:
    site = await running(24)
    site.live(30)
    signals = loud(site.live(60, flow=22.0, vibration=2.6))
    assert len(signals) > 40
    last = signals[-1]
    assert (last.nature, last.others) == (Nature.MACHINE, 1)
    assert last.text in {
        f"{' and '.join(moved)} moved together, {' and '.join(still)} did not"
        for moved in permutations(("flow", "vibration"))
        for still in permutations(("pressure", "current"))
    }


async def test_the_one_that_jumps_alone_is_a_sensor() -> None:
    site = await running(24)
    site.live(30)
    signals = loud(site.live(5, pressure=6.0))
    assert signals[0].nature is Nature.SENSOR
    assert (signals[0].device, signals[0].metric) == (FLOW_NODE, "pressure")
    assert "the other 3 are as usual: its sensor or where it sits" in signals[0].text


async def test_what_jumped_alone_stays_a_sensors_matter_until_another_channel_moves() -> None:
    site = await running(24)
    site.live(30)
    signals = loud(site.live(30, pressure=6.0))
    assert len(signals) > 20
    assert {one.nature for one in signals} == {Nature.SENSOR}
    assert loud(site.live(60, pressure=6.0, flow=32.0, vibration=6.6))[-1].nature is Nature.MACHINE


async def test_a_row_waits_for_the_slower_node_but_not_for_ever() -> None:
    site = await running()
    begin_ms = site.clock.now_ms - site.clock.now_ms % MINUTE
    said = [site.minute(begin_ms + n * MINUTE) for n in range(5)]
    assert site.machines.take(FLOW_NODE, begin_ms, said[0][FLOW_NODE]) == []
    ((asset, signal),) = site.machines.take(OTHER_NODE, begin_ms, said[0][OTHER_NODE])
    assert (asset, signal.time_ms) == (PUMP, begin_ms)
    for n in (1, 2):
        assert site.machines.take(FLOW_NODE, begin_ms + n * MINUTE, said[n][FLOW_NODE]) == []
    late = site.machines.take(FLOW_NODE, begin_ms + 3 * MINUTE, said[3][FLOW_NODE])
    assert [one.time_ms - begin_ms for _, one in late] == [MINUTE]
    assert site.machines.take(OTHER_NODE, begin_ms + MINUTE, said[1][OTHER_NODE]) == []  # judged already
    now_ms = begin_ms + 4 * MINUTE
    assert site.machines.turn(now_ms) == []
    assert site.machines.turn(now_ms + MINUTE) == []
    left = site.machines.turn(now_ms + 2 * MINUTE)
    assert [one.time_ms - begin_ms for _, one in left] == [2 * MINUTE, 3 * MINUTE]
    assert site.machines.turn(now_ms + 9 * MINUTE) == []


async def test_going_on_from_what_was_kept_is_never_having_stopped() -> None:
    site = await running()
    site.live(47, vibration=1.9)
    kept = site.machines.kept()
    again = PumpSite(site)
    again.machines.restore(kept)
    await again.baselines.load()
    rng = random.Random(9)
    for n in range(200):
        begin_ms = site.clock.now_ms + n * MINUTE
        for device, values in site.minute(begin_ms, vibration=1.4 + rng.random()).items():
            assert again.machines.take(device, begin_ms, values) == site.machines.take(device, begin_ms, values)
    assert again.machines.kept() == site.machines.kept()
    # What was judged before is not judged again.
    assert again.machines.take(FLOW_NODE, site.clock.now_ms, {"flow": 1.0}) == []


async def test_what_somebody_switched_begins_anew() -> None:
    site = await running(24)
    site.live(30, vibration=4.0)
    assert loud(site.live(1, vibration=4.0))
    site.machines.restart(PUMP)
    assert not loud(site.live(1))


async def test_a_state_that_was_never_seen_is_told_once() -> None:
    site = PumpSite()
    # Two ways to run: both known.
    for n in range(12):
        site.live(30, **({"flow": 5.0, "current": 0.5} if n % 2 else {}))
    await site.baselines.commission(PUMP, "anna", 6, site.clock.now_ms - 6 * HOUR)
    site.live(8 * 60, flow=-900.0, current=-300.0)
    told = site.told("baseline.unknown_state")
    signals = site.live(10, flow=-900.0, current=-300.0)
    # Either it is judged and loud, or it is said that it cannot be.
    assert (len(told) == 1) != bool(loud(signals))


async def test_devices_elsewhere_and_unknown_metrics_are_passed_over() -> None:
    site = await running()
    begin_ms = site.clock.now_ms + DAY
    assert site.machines.take("thermometer", begin_ms, {"temperature": 20.0}) == []
    assert site.machines.take("nobody", begin_ms, {"flow": 20.0}) == []
    assert site.machines.take(FLOW_NODE, begin_ms, {"colour": 20.0}) == []
    assert site.machines.turn(begin_ms + DAY) == []


async def test_what_other_hardware_measures_is_not_judged() -> None:
    site = await running(24)
    site.bus.publish(DeviceSwapped(OTHER_NODE, "aa", "bb", site.clock.now_ms))
    signals: list[Signal] = []
    for begin_ms in range(site.clock.now_ms, site.clock.now_ms + HOUR, MINUTE):
        said = site.minute(begin_ms, current=9.0)
        assert site.machines.take(OTHER_NODE, begin_ms, said[OTHER_NODE]) == []
        signals += [signal for _, signal in site.machines.take(FLOW_NODE, begin_ms, said[FLOW_NODE])]
    assert len(signals) == 60
    assert len(loud(signals)) <= 3
