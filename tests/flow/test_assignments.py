from __future__ import annotations

import asyncio
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.errors import Conflict, NotFound, StoreError
from gateway.core.home import Assignment
from gateway.core.messages import AssignmentChanged, ClockSet, DeviceChanged, DeviceStatus
from gateway.flow.assignments import MOST_SPANS
from tests.fakes import START_MS

from .home_site import HomeSite

HOUR_MS = 3_600_000


@pytest.fixture
async def site() -> HomeSite:
    site = HomeSite()
    for plant in ("fern", "basil"):
        await site.plant(plant)
    site.told.clear()
    return site


async def settled() -> None:
    """What was to be done later is done."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_device_measures_one_asset_at_a_time(site: HomeSite) -> None:
    await site.put_device("node", "fern")
    noon_ms = site.clock.advance(minutes=60)
    await site.put_device("node", "basil")
    assert site.assignments.current("node") == "basil"
    assert site.assignments.at("node", noon_ms - 1) == "fern"
    assert site.assignments.at("node", noon_ms) == "basil"
    assert site.assignments.at("node", START_MS - 1) is None
    assert site.assignments.of_asset("fern") == [Assignment("node", "fern", START_MS, noon_ms)]
    assert site.assignments.of_asset("basil") == [Assignment("node", "basil", noon_ms)]
    assert site.assignments.devices_at("fern") == []
    assert site.assignments.devices_at("basil") == ["node"]
    assert len(site.assignments.of_device("node")) == 2


async def test_an_assignment_is_told_with_who_and_what(site: HomeSite) -> None:
    await site.put_device("node", "fern")
    await site.put_device("node", "basil")
    await site.assignments.unassign("node", "anna")
    assert site.told == [
        AssignmentChanged("node", "fern", None),
        AssignmentChanged("node", "basil", "fern"),
        AssignmentChanged("node", None, "basil"),
    ]
    assert site.reasons("device.") == ["now at Fern (plant)", "now at Basil (plant)", "no longer at Basil"]
    assert [event.asset for event in site.events()] == ["fern", "basil", "basil"]
    assert [kind for kind in site.audit() if kind.startswith("device.")] == [
        "device.assigned",
        "device.assigned",
        "device.unassigned",
    ]


async def test_all_of_it_is_there_after_a_restart(site: HomeSite) -> None:
    await site.put_device("node", "fern")
    site.clock.advance(minutes=60)
    await site.put_device("node", "basil")
    await site.put_device("other", "basil")
    before = site.assignments.of_asset("fern"), site.assignments.of_asset("basil")
    site.restart()
    assert (site.assignments.of_asset("fern"), site.assignments.of_asset("basil")) == before
    assert site.documents.all("assignments")["node"] == {
        "spans": [
            {"asset": "fern", "from_ms": START_MS, "to_ms": START_MS + HOUR_MS},
            {"asset": "basil", "from_ms": START_MS + HOUR_MS, "to_ms": None},
        ]
    }


async def test_what_the_disk_refuses_has_not_happened(site: HomeSite) -> None:
    await site.put_device("node", "fern")
    site.told.clear()
    site.documents.fail_after = 0
    with pytest.raises(StoreError):
        await site.put_device("node", "basil")
    with pytest.raises(StoreError):
        await site.assignments.unassign("node", "anna")
    assert site.assignments.current("node") == "fern"
    assert site.assignments.of_asset("basil") == []
    assert site.told == []


async def test_said_again_it_changes_nothing(site: HomeSite) -> None:
    await site.put_device("node", "fern")
    site.clock.advance(minutes=60)
    again = await site.assignments.assign("node", "fern", "anna")
    assert again == Assignment("node", "fern", START_MS)
    await site.assignments.unassign("nobody", "anna")
    assert len(site.told) == 1


async def test_an_assignment_may_begin_in_the_past_but_not_before_the_one_it_ends(site: HomeSite) -> None:
    await site.assignments.assign("node", "fern", "anna", START_MS - 2 * HOUR_MS)
    await site.assignments.assign("node", "basil", "anna", START_MS - HOUR_MS)
    assert site.assignments.at("node", START_MS - HOUR_MS - 1) == "fern"
    with pytest.raises(Conflict):
        await site.assignments.assign("node", "fern", "anna", START_MS - HOUR_MS - 1)
    with pytest.raises(Conflict):
        await site.assignments.assign("node", "fern", "anna", START_MS + 1)
    await site.assignments.unassign("node", "anna")
    with pytest.raises(Conflict):
        await site.assignments.assign("node", "fern", "anna", START_MS - 1)


async def test_a_begin_that_was_forgotten_can_be_set_right(site: HomeSite) -> None:
    await site.put_device("node", "fern")
    await site.assignments.assign("node", "fern", "anna", START_MS - HOUR_MS)
    assert site.assignments.of_asset("fern") == [Assignment("node", "fern", START_MS - HOUR_MS)]
    assert site.told == [AssignmentChanged("node", "fern", None)]
    site.restart()
    assert site.assignments.of_asset("fern") == [Assignment("node", "fern", START_MS - HOUR_MS)]


async def test_what_never_lasted_leaves_nothing_behind(site: HomeSite) -> None:
    await site.put_device("node", "fern")
    await site.put_device("node", "basil")
    assert site.assignments.of_device("node") == [Assignment("node", "basil", START_MS)]
    await site.assignments.unassign("node", "anna")
    assert site.assignments.of_device("node") == []
    assert site.documents.all("assignments") == {}


async def test_an_asset_must_be_there(site: HomeSite) -> None:
    with pytest.raises(NotFound):
        await site.put_device("node", "dragon")
    assert site.documents.all("assignments") == {}


async def test_nothing_is_assigned_to_what_is_being_deleted(site: HomeSite) -> None:
    await site.put_device("node", "fern")
    deleting = asyncio.create_task(site.home.delete_asset("fern"))
    await asyncio.sleep(0)
    with pytest.raises(NotFound):
        await site.assignments.assign("other", "fern", "anna")
    await deleting
    assert site.assignments.devices_at("fern") == []


async def test_the_oldest_assignments_are_forgotten_first(site: HomeSite) -> None:
    for _ in range(MOST_SPANS + 5):
        site.clock.advance(s=1)
        await site.put_device("node", "fern")
        site.clock.advance(s=1)
        await site.put_device("node", "basil")
    spans = site.assignments.of_device("node")
    assert len(spans) == MOST_SPANS
    assert spans[-1] == Assignment("node", "basil", site.clock())
    site.restart()
    assert site.assignments.of_device("node") == spans


async def test_a_deleted_device_has_measured_nothing(site: HomeSite) -> None:
    await site.put_device("node", "fern")
    site.told.clear()
    site.bus.publish(DeviceChanged("node", DeviceStatus.ONLINE))
    site.bus.publish(DeviceChanged("node", None))
    site.bus.publish(DeviceChanged("unknown", None))
    await settled()
    assert site.assignments.current("node") is None
    assert site.told == [AssignmentChanged("node", None, "fern")]
    assert site.documents.all("assignments") == {}


async def test_what_began_in_this_run_moves_when_the_time_is_learnt(site: HomeSite) -> None:
    await site.assignments.assign("old", "fern", "anna", START_MS - HOUR_MS)
    site.clock.advance(minutes=10)
    await site.put_device("node", "fern")
    site.clock.advance(minutes=10)
    await site.put_device("node", "basil")
    shift_ms = 1000 * HOUR_MS
    before_ms = site.clock()
    event = ClockSet(before_ms, before_ms + shift_ms, START_MS, True, True, "a time server told")
    site.clock.advance(ms=shift_ms)
    site.bus.publish(event)
    moved = [
        Assignment("node", "fern", START_MS + 600_000 + shift_ms, START_MS + 1_200_000 + shift_ms),
        Assignment("node", "basil", START_MS + 1_200_000 + shift_ms),
    ]
    assert site.assignments.of_device("node") == moved
    assert site.assignments.of_device("old") == [Assignment("old", "fern", START_MS - HOUR_MS)]
    await settled()
    site.restart()
    assert site.assignments.of_device("node") == moved


async def test_a_small_correction_of_the_clock_moves_neither_readings_nor_assignments(site: HomeSite) -> None:
    await site.put_device("node", "fern")
    site.bus.publish(ClockSet(START_MS, START_MS + 300, START_MS - 1, False, False, "a time server told"))
    assert site.assignments.of_device("node") == [Assignment("node", "fern", START_MS)]


async def test_what_was_changed_after_the_clock_was_set_is_not_overwritten(site: HomeSite) -> None:
    await site.put_device("node", "fern")
    site.clock.advance(minutes=1)
    site.bus.publish(ClockSet(site.clock(), site.clock() + HOUR_MS, START_MS, True, True, "a time server told"))
    site.clock.advance(ms=HOUR_MS)
    await site.put_device("node", "basil")
    await settled()
    spans = site.assignments.of_device("node")
    site.restart()
    assert site.assignments.of_device("node") == spans
    assert spans[-1] == Assignment("node", "basil", site.clock())


async def test_an_unreadable_document_is_left_out_loudly(site: HomeSite, caplog: pytest.LogCaptureFixture) -> None:
    await site.put_device("node", "fern")
    await site.put_device("other", "fern")
    site.documents.collections["assignments"]["node"] = {"spans": [{"asset": 7}]}
    site.restart()
    assert "unreadable" in caplog.text
    assert site.assignments.devices_at("fern") == ["other"]


async def test_a_clock_that_is_set_back_leaves_no_time_with_two_assets(site: HomeSite) -> None:
    await site.put_device("node", "fern")
    started_ms = site.clock.advance(minutes=60)
    await site.put_device("node", "basil")
    site.bus.publish(ClockSet(started_ms, started_ms - 30 * 60_000, started_ms, True, True, "a time server told"))
    site.clock.advance(minutes=-30)
    apart = [
        Assignment("node", "fern", START_MS, started_ms - 30 * 60_000),
        Assignment("node", "basil", started_ms - 30 * 60_000),
    ]
    assert site.assignments.of_device("node") == apart
    await settled()
    site.restart()
    assert site.assignments.of_device("node") == apart


async def test_a_document_that_contradicts_itself_is_read_without_overlaps(site: HomeSite) -> None:
    spans = [
        {"asset": "basil", "from_ms": 300, "to_ms": None},
        {"asset": "fern", "from_ms": 100, "to_ms": None},
        {"asset": "basil", "from_ms": 100, "to_ms": 500},
        {"asset": "fern", "from_ms": 200, "to_ms": 400},
    ]
    site.documents.collections["assignments"] = {"node": {"spans": spans}}
    site.restart()
    assert site.assignments.of_device("node") == [
        Assignment("node", "basil", 100, 200),
        Assignment("node", "fern", 200, 300),
        Assignment("node", "basil", 300),
    ]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["fern", "basil", None]), st.integers(0, 3), st.one_of(st.none(), st.integers(0, 20))
        ),
        max_size=15,
    )
)
def test_whatever_is_asked_a_device_is_at_one_place_at_a_time(steps: list[tuple[str | None, int, int | None]]) -> None:
    asyncio.run(_walk(steps))


async def _walk(steps: list[tuple[str | None, int, int | None]]) -> None:
    """Compared with a diary that has one entry a second."""
    site = HomeSite()
    for plant in ("fern", "basil"):
        await site.plant(plant)
    start_ms = site.clock() - 30_000
    diary: dict[int, str | None] = {}
    now: str | None = None
    for asset, wait_s, back_s in steps:
        for second in range(wait_s):
            diary[site.clock() + second * 1000] = now
        site.clock.advance(s=wait_s)
        since_ms = None if back_s is None else site.clock() - back_s * 1000
        before = dict(diary), now
        if asset is None:
            await site.assignments.unassign("node", "anna")
            now = None
            continue
        try:
            await site.assignments.assign("node", asset, "anna", since_ms)
        except Conflict:
            assert (diary, now) == before
            assert since_ms is not None
            continue
        if since_ms is not None:
            for at_ms in range(max(since_ms, start_ms), site.clock(), 1000):
                diary[at_ms] = asset
        now = asset
    site.restart()
    assert site.assignments.current("node") == now
    assert {at_ms: site.assignments.at("node", at_ms) for at_ms in diary} == diary
    spans = site.assignments.of_device("node")
    assert all(left.to_ms is not None and left.to_ms <= right.from_ms for left, right in itertools.pairwise(spans))
