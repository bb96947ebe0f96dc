"""Commissioning: begun by a person, frozen from history, never changed by what comes later."""

from __future__ import annotations

from hashlib import sha256

import pytest
from msgspec.structs import replace

from gateway.core.anomaly import machine
from gateway.core.errors import Conflict, NotFound, StoreError
from gateway.core.insight import BaselineState
from gateway.core.messages import AssignmentChanged, Audited, ClockSet, DeviceSwapped, PlacesChanged

from .machine_site import DAY, FLOW_NODE, HOUR, MINUTE, OTHER_NODE, PUMP, PumpSite


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
