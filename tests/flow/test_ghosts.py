"""What is left of devices that are gone."""

from __future__ import annotations

import pytest

from gateway.core.errors import NotFound
from gateway.core.messages import Happened, Reading
from gateway.core.ports.store import DeviceErased, Retained
from gateway.flow.bus import Bus
from gateway.flow.chronicle import Chronicle
from gateway.flow.ghosts import Ghost, Ghosts
from tests.fakes import START_MS, FixedClock, MemoryWriter


class Attic:
    """A broker's retained topics and a store's devices; only `here-1` is known."""

    def __init__(self) -> None:
        self.topics: dict[str, bytes] = {}
        self.stored: dict[str, Reading] = {}
        self.known = {"here-1"}
        self.formers: set[str] = set()
        bus = Bus()
        self.events: list[Happened] = []
        bus.on(Happened, self.events.append)
        chronicle = Chronicle(MemoryWriter(), bus, FixedClock())
        self.ghosts = Ghosts(
            self.known.__contains__,
            lambda: list(self.topics),
            self._forget,
            self._latest,
            chronicle,
            lambda device: device in self.formers,
        )

    def _forget(self, topic: str) -> Retained | None:
        return Retained(topic, b"", 0) if self.topics.pop(topic, None) is not None else None

    async def _latest(self) -> dict[str, Reading]:
        return self.stored


@pytest.fixture
def attic() -> Attic:
    attic = Attic()
    about = ["devices/here-1/status", "devices/gone-1/status", "sensor/gone-1/temperature"]
    others = ["home/gone-1/light", "homeassistant/sensor/gone-1/config", "devices/UPPER/status"]
    attic.topics = dict.fromkeys([*about, "ml/inference/request/gone-2", *others], b"x")
    attic.stored = {device: Reading(device, START_MS, {"temperature": 20.0}) for device in ("here-1", "gone-1")}
    return attic


async def test_messages_and_series_of_devices_that_are_gone_are_found(attic: Attic) -> None:
    await attic.ghosts.look()
    assert attic.ghosts.found == [
        Ghost("gone-1", ("devices/gone-1/status", "sensor/gone-1/temperature"), True),
        Ghost("gone-2", ("ml/inference/request/gone-2",)),
    ]


async def test_they_are_told_once(attic: Attic) -> None:
    await attic.ghosts.look()
    await attic.ghosts.look()
    told = sorted((event.kind, event.device) for event in attic.events)
    assert told == [("ghost.retained", "gone-1"), ("ghost.retained", "gone-2"), ("ghost.series", "gone-1")]


async def test_only_a_person_clears_them(attic: Attic) -> None:
    await attic.ghosts.look()
    assert attic.ghosts.clear("gone-1") == [
        Retained("devices/gone-1/status", b"", 0),
        Retained("sensor/gone-1/temperature", b"", 0),
        DeviceErased("gone-1"),
    ]
    assert "devices/gone-1/status" not in attic.topics
    assert [ghost.device for ghost in attic.ghosts.found] == ["gone-2"]
    with pytest.raises(NotFound):
        attic.ghosts.clear("gone-1")


async def test_a_device_that_has_come_back_is_no_ghost_and_keeps_its_data(attic: Attic) -> None:
    await attic.ghosts.look()
    attic.known.add("gone-1")
    assert [ghost.device for ghost in attic.ghosts.found] == ["gone-2"]
    with pytest.raises(NotFound):
        attic.ghosts.clear("gone-1")


async def test_the_series_of_a_former_are_another_devices_and_its_topics_nobodys(attic: Attic) -> None:
    attic.formers.add("gone-1")
    await attic.ghosts.look()
    topics = ("devices/gone-1/status", "sensor/gone-1/temperature")
    assert attic.ghosts.found[0] == Ghost("gone-1", topics, series=False)
    assert ("ghost.series", "gone-1") not in {(event.kind, event.device) for event in attic.events}
    assert DeviceErased("gone-1") not in attic.ghosts.clear("gone-1")


async def test_what_was_a_ghost_when_it_was_found_and_is_a_former_now_keeps_its_series(attic: Attic) -> None:
    await attic.ghosts.look()
    attic.formers |= {"gone-1", "gone-2"}
    assert [ghost.series for ghost in attic.ghosts.found] == [False, False]
    assert all(isinstance(change, Retained) for change in attic.ghosts.clear("gone-1"))
    attic.topics.clear()
    attic.stored = {"gone-3": Reading("gone-3", START_MS, {"temperature": 20.0})}
    await attic.ghosts.look()
    attic.formers.add("gone-3")
    assert attic.ghosts.found == []
    with pytest.raises(NotFound):
        attic.ghosts.clear("gone-3")
