"""Commissioning: begun by a person, frozen from history, never changed by what comes later."""

from __future__ import annotations

import asyncio
from hashlib import sha256

import pytest
from msgspec.structs import replace

from gateway.core.anomaly import machine
from gateway.core.errors import Conflict, NotFound, StoreError
from gateway.core.insight import BaselineState
from gateway.core.messages import AssignmentChanged, Audited, ClockSet, DeviceSwapped, PlacesChanged
from gateway.flow.anomalies import baselines

from .machine_site import DAY, FLOW_NODE, HOUR, MINUTE, OTHER_NODE, PUMP, PumpSite
from .test_running import until


async def commissioned(hours: int = 2) -> PumpSite:
    site = PumpSite()
    site.live(hours * 60)
    await site.baselines.commission(PUMP, "anna", hours, site.clock.now_ms - hours * HOUR)
    site.clock.advance(s=1)
    return site


async def test_a_machine_is_commissioned_from_the_hours_that_follow() -> None:
    site = PumpSite()
    begun = await site.baselines.commission(PUMP, "anna", 2)
    assert (begun.state, begun.who, begun.to_ms - begun.from_ms) == (BaselineState.COLLECTING, "anna", 2 * HOUR)
    site.live(60)
    await site.baselines.look()
    assert (site.baselines.of(PUMP), site.baselines.collecting(PUMP)) == (None, begun)
    site.live(63)
    await site.baselines.look()
    frozen = site.baselines.of(PUMP)
    assert frozen is not None
    assert frozen.channels == ("node-1/flow", "node-1/pressure", "node-1/vibration", "node-2/current")
    assert (frozen.rows, frozen.digest) == (120, sha256(frozen.frozen).hexdigest())
    assert site.baselines.collecting(PUMP) is None
    assert site.machines.follows(PUMP)
    assert site.told("baseline.started") == ["Pump: by anna: 2 h from now"]
    assert site.told("baseline.frozen") == ["Pump: by anna: 2 h, 4 channels, 120 rows"]
    audited = [change for change in site.writer.changes if isinstance(change, Audited)]
    assert [(entry.kind, entry.who) for entry in audited] == [("baseline.commission", "anna")]


async def test_time_that_has_been_is_frozen_at_once_and_a_kill_in_the_middle_loses_nothing() -> None:
    site = await commissioned()
    assert site.machines.follows(PUMP)
    begun = await site.baselines.commission(PUMP, "ben", 3)
    site.live(185)
    again = PumpSite(site)
    await again.baselines.load()
    assert again.machines.follows(PUMP)  # the old one judges until the new one is frozen
    assert again.baselines.collecting(PUMP) == begun
    await again.baselines.look()
    new = again.baselines.of(PUMP)
    assert new is not None
    assert (new.id, new.who) == (begun.id, "ben")
    states = [one.state for one in again.baselines.history(PUMP)]
    assert states == [BaselineState.FROZEN, BaselineState.REPLACED]


async def test_what_is_frozen_is_the_same_after_a_month_of_drift() -> None:
    site = await commissioned()
    before = site.baselines.of(PUMP)
    assert before is not None
    judged = machine.Baseline.of(before.frozen)
    for day in range(30):
        site.live(48, vibration=1.4 + day * 0.2)
        site.clock.advance(ms=DAY - 48 * MINUTE)
        await site.baselines.look()
    after = site.baselines.of(PUMP)
    assert after == before
    assert sha256(after.frozen).hexdigest() == before.digest
    assert machine.Baseline.of(after.frozen) == judged
    again = PumpSite(site)
    await again.baselines.load()
    assert again.baselines.of(PUMP) == before


async def test_what_cannot_be_is_refused_with_the_reason() -> None:
    site = PumpSite()
    with pytest.raises(NotFound, match="no asset nowhere"):
        await site.baselines.commission("nowhere", "anna", 2)
    with pytest.raises(Conflict, match="Room is a room: only machines"):
        await site.baselines.commission("room", "anna", 2)
    with pytest.raises(Conflict, match="in the future"):
        await site.baselines.commission(PUMP, "anna", 2, site.clock.now_ms + 1)
    with pytest.raises(Conflict, match="longer than"):
        await site.baselines.commission(PUMP, "anna", 2, site.clock.now_ms - 401 * DAY)
    with pytest.raises(Conflict, match="is not being commissioned"):
        await site.baselines.cancel(PUMP, "anna")
    with pytest.raises(Conflict, match="nothing that can be believed was measured"):
        await site.baselines.commission(PUMP, "anna", 2, site.clock.now_ms - 2 * HOUR)
    assert [one.state for one in site.baselines.history(PUMP)] == [BaselineState.FAILED]
    await site.baselines.commission(PUMP, "anna", 2)
    with pytest.raises(Conflict, match="being commissioned; cancel that first"):
        await site.baselines.commission(PUMP, "anna", 2)
    site.places.at.clear()
    with pytest.raises(Conflict, match="assign a device"):
        await PumpSite(site).baselines.commission(PUMP, "anna", 2)
    site.known = False
    with pytest.raises(Conflict, match="what time it is"):
        await site.baselines.commission(PUMP, "anna", 2)


async def test_a_commissioning_can_be_called_off_and_the_one_before_stays() -> None:
    site = await commissioned()
    before = site.baselines.of(PUMP)
    await site.baselines.commission(PUMP, "anna", 24)
    over = await site.baselines.cancel(PUMP, "ben")
    assert (over.state, over.detail) == (BaselineState.CANCELLED, "by ben")
    site.clock.advance(days=2)
    await site.baselines.look()
    assert site.baselines.of(PUMP) == before


async def test_too_little_to_go_by_fails_and_says_so() -> None:
    site = PumpSite()
    await site.baselines.commission(PUMP, "anna", 1)
    site.live(20)
    site.clock.advance(ms=2 * HOUR)
    await site.baselines.look()
    (failed,) = site.baselines.history(PUMP)
    assert failed.state is BaselineState.FAILED
    assert "only 20 of 60 rows" in failed.detail
    assert "only 20 of 60 rows" in site.told("baseline.failed")[0]
    assert not site.machines.follows(PUMP)


async def test_nothing_is_begun_that_the_disk_refuses() -> None:
    site = PumpSite()
    site.writer.error = StoreError("the disk is gone")
    with pytest.raises(StoreError):
        await site.baselines.commission(PUMP, "anna", 2)
    assert site.baselines.history(PUMP) == []
    site.writer.error = None
    await site.baselines.commission(PUMP, "anna", 2)


async def test_what_other_hardware_measures_does_not_count_until_somebody_commissions_anew() -> None:
    site = await commissioned()
    site.bus.publish(DeviceSwapped(OTHER_NODE, "aa", "bb", site.clock.now_ms))
    kept = site.baselines.of(PUMP)
    assert kept is not None
    assert kept.lost == ("node-2/current",)
    assert site.machines.follows(PUMP)
    site.bus.publish(AssignmentChanged(FLOW_NODE, None, PUMP))
    assert not site.machines.follows(PUMP)
    assert site.baselines.resting(PUMP) == "only 0 of its 4 channels are as they were"
    assert "commission it anew" in site.told("baseline.lost")[-1]
    again = PumpSite(site)
    await again.baselines.load()
    assert not again.machines.follows(PUMP)
    again.live(120)
    await again.baselines.commission(PUMP, "anna", 2, again.clock.now_ms - 2 * HOUR)
    assert (again.machines.follows(PUMP), again.baselines.resting(PUMP)) == (True, "")


async def test_an_asset_that_is_deleted_has_no_word_any_more() -> None:
    site = await commissioned()
    await site.baselines.commission(PUMP, "anna", 2)
    site.bus.publish(PlacesChanged("asset", PUMP, gone=True))
    states = [one.state for one in site.baselines.history(PUMP)]
    assert states == [BaselineState.CANCELLED, BaselineState.REPLACED]
    assert not site.machines.follows(PUMP)


async def test_a_commissioning_moves_with_the_clock() -> None:
    site = PumpSite()
    begun = await site.baselines.commission(PUMP, "anna", 2)
    now_ms = site.clock.now_ms
    site.bus.publish(ClockSet(now_ms, now_ms + DAY, now_ms - HOUR, True, False, "NTP"))
    moved = site.baselines.collecting(PUMP)
    assert moved is not None
    assert (moved.from_ms - begun.from_ms, moved.to_ms - begun.to_ms) == (DAY, DAY)


async def test_rows_of_another_length_rest() -> None:
    site = await commissioned()
    again = PumpSite(site, interval_s=30)
    await again.baselines.load()
    assert not again.machines.follows(PUMP)
    assert again.baselines.resting(PUMP) == "it was made of 60 s rows, and [anomaly] interval_s is 30"


async def test_a_damaged_baseline_rests() -> None:
    site = await commissioned()
    whole = site.baselines.of(PUMP)
    assert whole is not None
    assert "cannot be read" in site.machines.follow(PUMP, replace(whole, frozen=whole.frozen[:-9]))
    assert not site.machines.follows(PUMP)


async def test_many_that_are_cancelled_leave_the_one_that_counts() -> None:
    site = await commissioned()
    counts = site.baselines.of(PUMP)
    for _ in range(7):
        await site.baselines.commission(PUMP, "anna", 2)
        await site.baselines.cancel(PUMP, "anna")
        site.clock.advance(s=1)
    assert counts is not None
    assert site.baselines.of(PUMP) == counts
    assert len(site.baselines.history(PUMP)) == 5


async def test_a_machine_that_is_deleted_while_it_is_frozen_stays_so() -> None:
    site = PumpSite()
    site.live(120)
    await site.baselines.commission(PUMP, "anna", 3, site.clock.now_ms - HOUR)
    site.live(125)
    look = asyncio.create_task(site.baselines.look())
    await asyncio.sleep(0.05)
    del site.places.kinds[PUMP]
    site.bus.publish(PlacesChanged("asset", PUMP, gone=True))
    await look
    assert [one.state for one in site.baselines.history(PUMP)] == [BaselineState.CANCELLED]
    assert not site.machines.follows(PUMP)
    again = PumpSite(site)
    await again.baselines.load()
    assert again.baselines.of(PUMP) is None


async def test_what_a_device_measured_elsewhere_or_by_other_hardware_is_no_commissioning() -> None:
    site = PumpSite()
    site.live(60, current=9.0)
    site.begins[OTHER_NODE] = site.clock.now_ms
    site.live(120)
    begun = await site.baselines.commission(PUMP, "anna", 3, site.clock.now_ms - 3 * HOUR)
    frozen = machine.Baseline.of(begun.frozen)
    at = begun.channels.index("node-2/current")
    assert begun.rows == 180
    assert max(band.channels[at].high for band in frozen.bands if band is not None) < 5.0


async def test_what_happened_while_nobody_listened_is_seen_at_the_start() -> None:
    site = await commissioned()
    site.begins[OTHER_NODE] = site.clock.now_ms + DAY
    again = PumpSite(site)
    await again.baselines.load()
    swapped = again.baselines.of(PUMP)
    assert swapped is not None
    assert swapped.lost == ("node-2/current",)
    del again.places.at[FLOW_NODE]
    once_more = PumpSite(again)
    await once_more.baselines.load()
    assert not once_more.machines.follows(PUMP)
    del once_more.places.kinds[PUMP]
    last = PumpSite(once_more)
    await last.baselines.load()
    assert [one.state for one in last.baselines.history(PUMP)] == [BaselineState.REPLACED]


async def test_what_ended_its_word_while_the_disk_was_full_is_written_later() -> None:
    site = await commissioned()
    site.writer.error = StoreError("the disk is full")
    site.bus.publish(DeviceSwapped(OTHER_NODE, "aa", "bb", site.clock.now_ms))
    site.writer.error = None
    await site.baselines.look()
    again = PumpSite(site)
    await again.baselines.load()
    kept = again.baselines.of(PUMP)
    assert kept is not None
    assert kept.lost == ("node-2/current",)


async def test_a_sensor_that_speaks_seldom_does_not_keep_an_hour_from_being_a_commissioning() -> None:
    site = PumpSite()
    site.live(62)
    site.history.readings = [
        one for one in site.history.readings if one.device != OTHER_NODE or one.time_ms % (5 * MINUTE) == 0
    ]
    begun = await site.baselines.commission(PUMP, "anna", 1, site.clock.now_ms - HOUR)
    assert begun.channels == ("node-1/flow", "node-1/pressure", "node-1/vibration")


async def test_a_small_correction_of_the_clock_moves_nothing_that_the_disk_does_not_move() -> None:
    site = PumpSite()
    begun = await site.baselines.commission(PUMP, "anna", 2)
    now_ms = site.clock.now_ms
    site.bus.publish(ClockSet(now_ms, now_ms + 800, now_ms - HOUR, False, False, "NTP"))
    assert site.baselines.collecting(PUMP) == begun


async def test_a_channel_that_is_lost_does_not_make_the_others_forget_what_came_since_the_start() -> None:
    site = await commissioned()
    site.live(30)
    again = PumpSite(site)
    again.machines.restore(site.machines.kept())
    await again.baselines.load()
    again.live(90, flow=45.0)
    before = again.machines.kept()[PUMP]
    again.bus.publish(DeviceSwapped(OTHER_NODE, "aa", "bb", again.clock.now_ms))
    after = again.machines.kept()[PUMP]
    assert (after.at_ms, after.state) == (before.at_ms, before.state)


async def test_what_is_made_of_simulated_readings_is_marked() -> None:
    site = PumpSite()
    site.live(120)
    site.places.at["sim-1"] = PUMP
    await site.baselines.commission(PUMP, "anna", 1, site.clock.now_ms - HOUR)
    told = [event for event in site.events if event.kind.startswith("baseline.")]
    assert [event.kind for event in told] == ["baseline.started", "baseline.frozen"]
    assert all(event.simulated for event in told)
    del site.places.at["sim-1"]
    await site.baselines.commission(PUMP, "anna", 1, site.clock.now_ms - HOUR)
    assert not site.events[-1].simulated


async def test_where_nothing_is_noticed_nothing_is_commissioned() -> None:
    site = await commissioned()
    off = PumpSite(site, enabled=False)
    await off.baselines.load()
    assert "[anomaly] enabled" in off.baselines.resting(PUMP)
    with pytest.raises(Conflict, match="enabled is false"):
        await off.baselines.commission(PUMP, "anna", 2)


async def test_a_commissioning_that_cannot_be_frozen_yet_is_complained_of_until_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    site = PumpSite()
    await site.baselines.commission(PUMP, "anna", 2)
    site.live(125)
    site.writer.error = StoreError("the disk is full")
    monkeypatch.setattr(baselines, "_RETRY_S", 0.01)
    runs = asyncio.create_task(site.baselines.run())
    await until(lambda: site.baselines.failure)
    assert site.baselines.failure == "a commissioning waits: the disk is full"
    site.writer.error = None
    await until(lambda: not site.baselines.failure)
    runs.cancel()
    assert site.machines.follows(PUMP)
