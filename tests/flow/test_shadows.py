"""Both sides of a shadow become the same, whatever comes in between."""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from msgspec.structs import replace

from gateway.core.errors import Conflict, NotFound, Refused, StoreFull, Unreadable
from gateway.core.messages import Audited, DeviceChanged
from gateway.core.ports.orders import DesiredKept, ReportedKept
from gateway.core.shadow import Shadow, Sync, sync
from gateway.flow.correlation import correlated
from tests.fakes import START_MS

from .orders_site import Site, retained, told, turns, until, want, wanting

DESIRED = "devices/window-1/shadow/desired"


@pytest.fixture
def site() -> Site:
    return Site()


# Desired


async def test_it_is_on_the_disk_before_anybody_is_told(site: Site) -> None:
    site.connect()
    site.disk.held = True
    with correlated("request-1"):
        task = await wanting(site, interval_s=10)
    ((changes, _),) = site.disk.waiting
    assert changes == [DesiredKept("window-1", 1, b'{"interval_s":10}', START_MS, "anna"), changes[1]]
    assert isinstance(changes[1], Audited)
    assert (retained(site), site.post.desired, site.shadows_moved) == (None, [], [])
    assert site.shadows.get("window-1") == Shadow("window-1")
    site.disk.commit()
    assert retained(site) == {"version": 1, "state": {"interval_s": 10}}
    shadow = await task
    assert shadow == site.archive.shadow["window-1"]
    site.disk.commit()
    assert site.entries("shadow.desired") == [("anna", "window-1: interval_s is to be 10 (by anna), version 1")]
    assert site.reasons("shadow.changed") == ["interval_s is to be 10 (by anna), version 1"]
    assert [event.correlation for event in site.archive.events] == ["request-1"]
    assert [(moved.sync, moved.simulated) for moved in site.shadows_moved] == [(Sync.PENDING, False)]


async def test_patches_are_merged_in_their_order_each_with_a_version(site: Site) -> None:
    site.disk.held = True
    tasks = [await wanting(site, limits={"position": {"max": top}}) for top in (80, 70, 60)]
    tasks.append(await wanting(site, interval_s=5))
    tasks.append(await wanting(site, limits={"position": {"min": 10}}))
    for _ in tasks:
        site.disk.commit()
        await turns()
    assert [shadow.desired_version for shadow in await asyncio.gather(*tasks)] == [1, 2, 3, 4, 5]
    state = {"limits": {"position": {"max": 60, "min": 10}}, "interval_s": 5}
    assert site.shadows.get("window-1").desired == site.archive.shadow["window-1"].desired == state


async def test_what_changes_nothing_has_no_version(site: Site) -> None:
    before = await want(site, interval_s=10)
    for patch in ({}, {"interval_s": 10}, {"interval_s": 10.0}, {"audio": None}):
        assert await want(site, **patch) == before
    assert (await want(site, interval_s=None)).desired == {}
    assert site.shadows.get("window-1").desired_version == 2


async def test_a_stale_version_is_a_conflict(site: Site) -> None:
    await want(site, interval_s=10, version=0)
    with pytest.raises(Conflict, match="version 1"):
        await want(site, interval_s=20, version=0)
    assert (await want(site, interval_s=20, version=1)).desired_version == 2


async def test_of_two_that_know_the_same_version_one_wins(site: Site) -> None:
    site.disk.held = True
    one, two = await wanting(site, interval_s=10, version=0), await wanting(site, interval_s=20, version=0)
    site.disk.commit()
    assert (await one).desired == {"interval_s": 10}
    with pytest.raises(Conflict):
        await two


@pytest.mark.parametrize(
    ("patch", "says"),
    [
        ({"interval_s": 0}, "interval_s is below 1"),
        ({"colour": "red"}, "no setting colour"),
        ({"audio": 1}, "audio"),
        ({"limits": {"position": {"min": 9, "max": 3}}}, "limits.position"),
        ({"Interval": 1}, "Interval"),
    ],
)
async def test_what_the_device_does_not_have_is_refused_by_name(
    site: Site, patch: dict[str, object], says: str
) -> None:
    with pytest.raises(Refused, match=says):
        await want(site, **patch)
    await want(site, interval_s=10)


async def test_what_a_node_does_not_know_is_in_nobodys_way(site: Site) -> None:
    site.devices.add("node-2", settings={"colour": {"kind": "text"}})
    await want(site, "node-2", colour="red")
    site.devices.all["node-2"] = replace(site.devices.device("node-2"), capabilities={"kind": "window"})
    await want(site, "node-2", interval_s=3)
    assert (await want(site, "node-2", colour=None)).desired == {"interval_s": 3}


async def test_a_device_that_is_not_there_is_not_found(site: Site) -> None:
    with pytest.raises(NotFound):
        await want(site, "window-9", interval_s=3)


async def test_what_the_disk_refuses_was_never_wanted(site: Site) -> None:
    site.disk.error = StoreFull("no room")
    with pytest.raises(StoreFull):
        await want(site, interval_s=10)
    assert (site.shadows.get("window-1"), retained(site)) == (Shadow("window-1"), None)
    site.disk.error = None
    assert (await want(site, interval_s=10)).desired_version == 1


async def test_who_gives_up_waiting_keeps_nobody_from_the_next(site: Site) -> None:
    site.disk.held = True
    given_up = await wanting(site, interval_s=10)
    given_up.cancel()
    following = await wanting(site, audio=True)
    assert len(site.disk.waiting) == 1
    site.disk.commit()
    await turns()
    site.disk.commit()
    shadow = await following
    assert (shadow.desired_version, shadow.desired) == (2, {"interval_s": 10, "audio": True})


async def test_a_device_that_was_deleted_meanwhile_is_told_nothing(site: Site) -> None:
    site.disk.held = True
    task = await wanting(site, interval_s=10)
    del site.devices.all["window-1"]
    site.bus.publish(DeviceChanged("window-1", None))
    site.disk.commit()
    with pytest.raises(NotFound):
        await task
    assert retained(site) is None


# Reported


async def test_a_report_counts_when_it_is_on_the_disk(site: Site) -> None:
    await want(site, interval_s=10)
    site.clock.advance(s=2)
    site.disk.held = True
    taken = site.report(1, {"interval_s": 10})
    mac = site.devices.device("window-1").mac
    assert taken.changes == (ReportedKept("window-1", 1, b'{"interval_s":10}', START_MS + 2000, mac),)
    assert sync(site.shadows.get("window-1")) is Sync.PENDING
    site.disk.commit()
    site.disk.commit()
    assert site.shadows.get("window-1") == site.archive.shadow["window-1"]
    assert site.reasons("shadow.applied") == ["the node holds version 1 after 2 s"]
    assert site.shadows_moved[-1].sync is Sync.IN_SYNC
    assert [said.what for said in site.said] == ["shadow/reported"]


async def test_a_report_that_the_disk_refuses_counts_when_it_comes_again(site: Site) -> None:
    site.report(0, {"interval_s": 60})
    site.disk.error = StoreFull("no room")
    site.report(0, {"interval_s": 30})
    site.disk.error = None
    assert site.report(0, {"interval_s": 60}).changes, "it may not be sure what is on the disk"
    assert site.report(0, {"interval_s": 60}).changes == ()
    assert site.report(0, {"interval_s": 30}).changes
    assert site.shadows.get("window-1").reported == {"interval_s": 30}


async def test_reports_on_their_way_end_as_their_order_says(site: Site) -> None:
    site.report(0, {"a": 1})
    site.disk.held = True
    for state in ({"a": 2}, {"a": 1}, {"a": 1}):
        site.report(0, state)
    site.disk.commit()
    assert site.archive.shadow["window-1"].reported == site.shadows.get("window-1").reported == {"a": 1}


async def test_neither_side_undoes_the_other(site: Site) -> None:
    site.disk.held = True
    task = await wanting(site, interval_s=10)
    site.report(0, {"interval_s": 60})
    site.disk.commit()
    await task
    assert site.shadows.get("window-1") == site.archive.shadow["window-1"]
    assert site.shadows.get("window-1").reported == {"interval_s": 60}


async def test_what_the_node_holds_instead_is_told_once_a_version(site: Site) -> None:
    await want(site, interval_s=10, limits={"position": {"max": 80}})
    for _ in range(2):
        site.report(1, {"interval_s": 60, "limits": {}})
        site.report(1, {"interval_s": 60})
    await want(site, interval_s=20)
    site.report(2, {"interval_s": 60})
    assert site.reasons("shadow.differs") == [
        "the node holds interval_s 60 where 10 is wanted, limits.position.max nothing where 80 is wanted",
        "the node holds interval_s 60 where 20 is wanted, limits.position.max nothing where 80 is wanted",
    ]
    await site.restart()
    site.report(2, {"interval_s": 61})
    assert len(site.reasons("shadow.differs")) == 2
    assert site.reasons("shadow.applied") == []


async def test_a_node_that_read_a_newer_version_is_overtaken(site: Site) -> None:
    await want(site, interval_s=10)
    site.connect()
    running = asyncio.create_task(site.shadows.run())
    site.report(7, {"interval_s": 99})
    await until(lambda: site.shadows.get("window-1").desired_version == 8)
    assert retained(site) == {"version": 8, "state": {"interval_s": 10}}
    assert site.reasons("shadow.changed")[1:] == ["version 1 -> 8: the node has read a newer one"]
    site.report(20, {"interval_s": 99})
    await turns()
    assert site.shadows.get("window-1").desired_version == 8, "once a minute"
    site.shadows.look()
    await until(lambda: site.shadows.get("window-1").desired_version == 21)
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


async def test_overtaking_waits_for_a_disk_with_room(site: Site) -> None:
    await want(site, interval_s=10)
    site.report(7, {"interval_s": 99})
    site.disk.error = StoreFull("no room")
    await site.shadows._overtake()
    assert site.shadows.get("window-1").desired_version == 1
    site.disk.error = None
    await site.shadows._overtake()
    assert site.shadows.get("window-1").desired_version == 1
    site.shadows.look()
    await site.shadows._overtake()
    assert site.shadows.get("window-1").desired_version == 8


async def test_the_first_wish_is_above_what_the_node_has_read(site: Site) -> None:
    site.report(7, {})
    assert (await want(site, interval_s=10)).desired_version == 8


def test_an_unreadable_report_is_set_aside(site: Site) -> None:
    with pytest.raises(Unreadable):
        site.shadows.reported("window-1", b'{"version":-1,"state":{}}', START_MS)


def test_nobody_is_heard_who_is_not_there(site: Site) -> None:
    assert site.shadows.reported("window-9", b'{"version":1,"state":{}}', START_MS).changes == ()


# Telling nodes


async def test_a_node_that_comes_back_is_told_what_it_has_not_read(site: Site) -> None:
    await want(site, interval_s=10)
    site.connect()
    assert told(site) == [(1, {"interval_s": 10})]
    site.report(1, {"interval_s": 60})
    site.disconnect()
    site.connect()
    assert len(told(site)) == 1, "it has read it, and holds something else"


async def test_a_node_that_is_there_is_reminded_ever_more_rarely(site: Site) -> None:
    site.connect()
    await want(site, interval_s=10)
    minutes = []
    for minute in range(1, 40):
        before = len(told(site))
        site.shadows.look()
        if len(told(site)) > before:
            minutes.append(minute)
    assert minutes == [1, 3, 7, 15, 25, 35]
    await want(site, interval_s=20)
    before = len(told(site))
    site.shadows.look()
    assert told(site)[before:] == [(2, {"interval_s": 20})]
    site.report(2, {"interval_s": 20})
    site.shadows.look()
    site.shadows.look()
    assert len(told(site)) == before + 1
    assert site.shadows.pending_count == 0


async def test_whoever_is_away_is_not_reminded(site: Site) -> None:
    site.connect()
    await want(site, interval_s=10)
    site.disconnect()
    site.post.listening.add("window-1")
    before = len(told(site))
    for _ in range(10):
        site.shadows.look()
    assert len(told(site)) == before
    assert site.shadows.pending_count == 1
