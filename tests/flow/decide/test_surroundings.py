from __future__ import annotations

import timeit

import pytest

from gateway.core.home import AssetKind
from gateway.core.messages import DeviceChanged, DeviceStatus, Reading, ReadingStored
from gateway.flow.decide.surroundings import Speaker

from .window_site import WindowSite


@pytest.fixture
async def site() -> WindowSite:
    site = WindowSite()
    await site.begin()
    return site


def speakers(found: tuple[Speaker, ...]) -> list[str]:
    return [speaker.device for speaker in found]


async def test_a_window_speaks_for_its_room_and_so_do_the_others_there(site: WindowSite) -> None:
    await site.put_device("c1", "living")
    assert speakers(site.surroundings.of("w1").room) == ["w1", "c1"]
    assert site.surroundings.windows_of("c1") == ("w1",)
    assert site.surroundings.windows_of("w1") == ("w1",)


async def test_another_room_is_no_concern_of_it(site: WindowSite) -> None:
    await site.room("bath", "Bath")
    await site.put_device("c2", "bath")
    assert site.surroundings.windows_of("c2") == ()
    assert speakers(site.surroundings.of("w1").room) == ["w1"]


async def test_what_measures_outside_speaks_for_every_window(site: WindowSite) -> None:
    await site.room("bath", "Bath")
    site.able.add("w2", kind="window")
    await site.put_device("w2", "bath")
    await site.outdoors()
    assert site.surroundings.windows_of("out") == ("w1", "w2")
    assert speakers(site.surroundings.of("w2").outdoor) == ["out"]


async def test_the_bus_learns_whose_readings_concern_a_window(site: WindowSite) -> None:
    seen = list[ReadingStored]()
    site.bus.on(ReadingStored, seen.append, wants=lambda device: bool(site.surroundings.windows_of(device)))
    stored = ReadingStored(Reading("c1", site.clock(), {"temperature": 20.0}), site.clock())
    site.bus.tell(stored, "c1")
    assert seen == []
    await site.put_device("c1", "living")
    site.bus.tell(stored, "c1")
    assert seen == [stored]
    await site.room("bath", "Bath")
    await site.put_device("c1", "bath")
    site.bus.tell(stored, "c1")
    assert seen == [stored]


async def test_an_outdoor_sensor_need_not_be_assigned(site: WindowSite) -> None:
    assert site.surroundings.windows_of("out") == ()
    site.able.add("out", kind="outdoor")
    site.bus.publish(DeviceChanged("out", DeviceStatus.ONLINE))
    assert site.surroundings.windows_of("out") == ("w1",)


async def test_a_window_that_is_nowhere_speaks_for_itself(site: WindowSite) -> None:
    await site.assignments.unassign("w1", "anna")
    await site.put_device("c1", "living")
    assert speakers(site.surroundings.of("w1").room) == ["w1"]
    assert site.surroundings.windows_of("c1") == ()


async def test_a_window_at_something_that_is_no_room_speaks_for_itself(site: WindowSite) -> None:
    await site.asset(AssetKind.PLANT, "fern", "Fern")
    await site.put_device("w1", "fern")
    await site.put_device("p1", "fern")
    assert speakers(site.surroundings.of("w1").room) == ["w1"]


async def test_a_device_that_is_moved_speaks_for_its_new_room_from_then_on(site: WindowSite) -> None:
    await site.put_device("c1", "living")
    await site.room("bath", "Bath")
    site.clock.advance(minutes=5)
    await site.put_device("w1", "bath")
    assert site.surroundings.windows_of("c1") == ()
    assert site.surroundings.of("w1").room == (Speaker("w1", site.clock()),)


async def test_a_device_of_no_kind_is_a_window_once_it_listens_for_controls(site: WindowSite) -> None:
    site.able.add("bare")
    assert not site.surroundings.is_window("bare")
    site.subscribe("bare")
    assert site.surroundings.is_window("bare")
    assert site.surroundings.windows_of("bare") == ("bare",)


async def test_one_with_a_session_of_its_own_does_not_say_so_again(site: WindowSite) -> None:
    site.able.add("bare")
    listening: set[str] = set()
    site.surroundings.listen(listening.__contains__)
    assert not site.surroundings.is_window("bare")
    listening.add("bare")
    site.connect("bare")
    assert site.surroundings.is_window("bare")


async def test_a_device_of_another_kind_is_none_however_it_listens(site: WindowSite) -> None:
    site.able.add("c1", kind="climate")
    site.subscribe("c1")
    assert not site.surroundings.is_window("c1")


async def test_a_device_that_says_a_position_is_one(site: WindowSite) -> None:
    site.able.add("bare")
    assert not site.surroundings.is_window("bare")
    site.able.sent["bare"] = ["position"]
    site.say("bare", position=3.0)
    assert site.surroundings.is_window("bare")


async def test_a_window_that_is_deleted_is_none_any_more(site: WindowSite) -> None:
    await site.put_device("c1", "living")
    assert site.surroundings.windows_of("c1") == ("w1",)
    del site.able.known_devices["w1"]
    site.bus.publish(DeviceChanged("w1", None))
    assert site.surroundings.windows() == ()
    assert site.surroundings.windows_of("c1") == ()


@pytest.mark.soak
async def test_a_reading_that_concerns_no_window_costs_next_to_nothing(site: WindowSite) -> None:
    for number in range(200):
        site.able.add(f"c{number}", kind="climate")
    assert site.surroundings.windows_of("c1") == ()
    best_s = min(timeit.repeat(lambda: site.surroundings.windows_of("c1"), number=10_000, repeat=5)) / 10_000
    assert best_s <= 0.3e-6
