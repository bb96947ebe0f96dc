"""What happens to a shadow through restarts, swaps and set clocks."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from gateway.core.messages import DeviceChanged, DeviceStatus, DeviceSwapped
from gateway.core.ports.store import DeviceErased, Retained
from gateway.core.shadow import Shadow, Sync, sync
from tests.fakes import START_MS

from .orders_site import Site, retained, told, want, wanting

DESIRED = "devices/window-1/shadow/desired"


@pytest.fixture
def site() -> Site:
    return Site()


# Restarts


async def test_everything_is_there_after_a_restart(site: Site) -> None:
    await want(site, interval_s=10)
    site.report(1, {"interval_s": 10})
    known = site.shadows.get("window-1")
    await site.restart()
    assert site.shadows.get("window-1") == known
    assert site.post.desired == []


async def test_killed_between_the_disk_and_the_nodes_the_start_makes_up_for_it(site: Site) -> None:
    await want(site, interval_s=10)
    site.disk.held = True
    task = await wanting(site, interval_s=20)
    await site.restart(durable=1)
    task.cancel()
    assert retained(site) == {"version": 2, "state": {"interval_s": 20}}


async def test_what_is_retained_for_nobody_is_cleared_at_the_start(site: Site) -> None:
    for topic in ("devices/window-9/shadow/desired", DESIRED, "devices/window-1/status", "home/shadow/desired"):
        site.retained[topic] = Retained(topic, b'{"version":3,"state":{}}', 1)
    await site.restart()
    assert sorted(site.retained) == ["devices/window-1/status", "home/shadow/desired"]


async def test_a_deleted_device_has_no_shadow(site: Site) -> None:
    await want(site, interval_s=10)
    del site.devices.all["window-1"]
    site.bus.publish(DeviceChanged("window-1", None))
    assert retained(site) is None
    assert site.shadows.get("window-1") == Shadow("window-1")
    await site.restart()
    assert site.shadows.get("window-1") == Shadow("window-1"), "the archive may not have forgotten it yet"
    site.disk.submit((DeviceErased("window-1"),))
    assert site.archive.shadow == {}


# Other hardware


async def test_after_a_swap_nothing_is_known_and_everything_is_wanted(site: Site) -> None:
    await want(site, interval_s=10)
    site.report(1, {"interval_s": 10})
    site.devices.all["window-1"] = replace(site.devices.device("window-1"), mac="02:00:00:00:00:99")
    site.bus.publish(DeviceSwapped("window-1", "a", "b", START_MS))
    shadow = site.shadows.get("window-1")
    assert (shadow.reported_version, shadow.reported, shadow.hardware) == (0, {}, "")
    assert shadow == site.archive.shadow["window-1"]
    assert sync(shadow) is Sync.PENDING
    site.connect()
    assert told(site)[-1] == (1, {"interval_s": 10})
    site.report(1, {"interval_s": 10})
    assert sync(site.shadows.get("window-1")) is Sync.IN_SYNC


async def test_a_word_of_the_old_node_that_was_on_its_way_does_not_count(site: Site) -> None:
    await want(site, interval_s=10)
    site.disk.held = True
    site.report(1, {"interval_s": 10})
    site.devices.all["window-1"] = replace(site.devices.device("window-1"), mac="02:00:00:00:00:99")
    site.bus.publish(DeviceSwapped("window-1", "a", "b", START_MS))
    site.disk.commit()
    assert site.shadows.get("window-1").reported == site.archive.shadow["window-1"].reported == {}


async def test_a_swap_that_the_power_cut_short_is_finished_at_the_start(site: Site) -> None:
    await want(site, interval_s=10)
    site.report(1, {"interval_s": 10})
    site.devices.all["window-1"] = replace(site.devices.device("window-1"), mac="02:00:00:00:00:99")
    await site.restart()
    assert site.archive.shadow["window-1"].reported == site.shadows.get("window-1").reported == {}


async def test_what_a_node_that_registers_anew_does_not_know_is_told_once(site: Site) -> None:
    await want(site, interval_s=10, audio=True)
    site.bus.publish(DeviceChanged("window-1", DeviceStatus.ONLINE))
    plain = {"settings": {"colour": {"kind": "text"}}}
    site.devices.all["window-1"] = replace(site.devices.device("window-1"), capabilities=plain)
    for _ in range(2):
        site.bus.publish(DeviceChanged("window-1", DeviceStatus.PROVISIONING))
    assert site.reasons("shadow.differs") == []
    bounded = {"settings": {"interval_s": {"kind": "number", "max": 5}}}
    site.devices.all["window-1"] = replace(site.devices.device("window-1"), capabilities=bounded)
    for _ in range(2):
        site.bus.publish(DeviceChanged("window-1", DeviceStatus.PROVISIONING))
    assert site.reasons("shadow.differs") == ["interval_s 10 is wanted. interval_s is above 5."]


# Time


async def test_a_clock_that_is_set_moves_what_happened_in_this_run(site: Site) -> None:
    await want(site, interval_s=10)
    site.report(0, {})
    site.disk.held = True
    task = await wanting(site, interval_s=20)
    site.report(1, {"interval_s": 10})
    site.set_clock(86_400_000)
    site.disk.commit()
    shadow = await task
    site.disk.commit()
    assert shadow.desired_ms == shadow.reported_ms == START_MS + 86_400_000


async def test_a_clock_that_wandered_moves_nothing(site: Site) -> None:
    await want(site, interval_s=10)
    site.set_clock(3000, redates=False)
    assert site.shadows.get("window-1").desired_ms == START_MS


async def test_everything_of_a_simulated_device_says_so(site: Site) -> None:
    await want(site, "sim-1", interval_s=10)
    assert [moved.simulated for moved in site.shadows_moved] == [True]
    assert [event.simulated for event in site.archive.events] == [True]
