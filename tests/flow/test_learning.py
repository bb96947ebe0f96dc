"""What devices send, noted in the registry."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.core.errors import StoreError
from gateway.core.messages import ClockSet, DeviceChanged, Happened, MetricsLearnt, Reading
from gateway.core.ports.documents import Document
from gateway.flow import learning as module
from gateway.flow.chronicle import Chronicle
from gateway.flow.learning import Learning
from tests.fakes import START_MS, MemoryDocuments
from tests.flow.registry_site import Site

DAY_MS = 86_400_000


class Counting(MemoryDocuments):
    """Documents that count their writes, and tell of each."""

    def __init__(self) -> None:
        super().__init__()
        self.writes = 0
        self.written = asyncio.Event()

    async def change(self, collection: str, put: object, delete: object = ()) -> None:
        await super().change(collection, put, delete)  # type: ignore[arg-type]
        self.writes += 1
        self.written.set()


class School:
    """A registry, what it learns, and the events of that."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.documents = site.documents = Counting()
        site.restart()
        self.events: list[Happened] = []
        site.bus.on(Happened, self.events.append)
        chronicle = Chronicle(site.writer, site.bus, site.clock)
        self.learning = Learning(site.bus, site.registry, site.clock, chronicle, wait_s=0.01)

    def sends(self, device: str, *metrics: str) -> None:
        self.site.bus.publish(MetricsLearnt(device, frozenset(metrics)))

    def learnt(self, device: str) -> dict[str, int]:
        return self.site.registry.device(device).learnt

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(30):
            while not holds():
                self.documents.written.clear()
                await self.documents.written.wait()

    @property
    def told(self) -> list[tuple[str, str]]:
        return [(event.metric, event.reason) for event in self.events if event.kind == module.LEARNT]


@pytest.fixture
def school(tmp_path: Path) -> School:
    return School(Site(tmp_path))


async def test_what_many_devices_send_is_noted_in_one_write_and_outlives_a_restart(school: School) -> None:
    names = [(await school.site.enrolled(f"02:00:00:00:00:{n:02x}")).device_id for n in range(20)]
    before = school.documents.writes
    for name in names:
        school.sends(name, "temperature")
        school.sends(name, "humidity")
    await school.until(lambda: all(school.learnt(name) for name in names))
    assert school.documents.writes == before + 1
    school.site.restart()
    assert school.learnt(names[0]) == {"temperature": START_MS, "humidity": START_MS}
    assert school.told == []


async def test_what_it_sends_in_addition_later_is_an_event_and_in_its_first_hour_it_is_not(school: School) -> None:
    name = (await school.site.enrolled()).device_id
    school.sends(name, "temperature")
    await school.until(lambda: "temperature" in school.learnt(name))
    school.site.clock.advance(minutes=59)
    school.sends(name, "humidity")
    await school.until(lambda: "humidity" in school.learnt(name))
    assert school.told == []
    school.site.clock.advance(minutes=1)
    school.sends(name, "co2", "temperature")
    await school.until(lambda: bool(school.told))
    assert school.told == [("co2", "it also measures co2")]
    assert school.learnt(name)["co2"] == START_MS + 3_600_000


async def test_what_is_known_costs_no_write(school: School) -> None:
    name = (await school.site.enrolled()).device_id
    await school.site.registry.learn({name: {"temperature": 1}})
    before = school.documents.writes
    school.sends(name, "temperature")
    school.sends("nobody", "temperature")
    school.learning.recall({name: Reading(name, START_MS, {"temperature": 1.0})})
    await school.learning.close()
    assert school.documents.writes == before


async def test_what_was_not_noted_before_a_restart_is_recalled_from_the_store_without_a_word(school: School) -> None:
    name = (await school.site.enrolled()).device_id
    await school.site.registry.learn({name: {"temperature": 1}})
    school.site.clock.advance(days=2)
    reading = Reading(name, START_MS + DAY_MS, {"temperature": 1.0, "co2": 400.0})
    school.learning.recall({name: reading, "gone-1": reading})
    await school.until(lambda: "co2" in school.learnt(name))
    assert school.learnt(name) == {"temperature": 1, "co2": START_MS + DAY_MS}
    await asyncio.sleep(0)
    assert school.told == []


async def test_a_disk_that_refuses_is_asked_again_and_nothing_is_lost(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AGAIN_S", 0.01)
    name = (await school.site.enrolled()).device_id
    school.documents.fail_after = 0
    refused = asyncio.Event()
    change = school.documents.change

    async def failing(collection: str, put: dict[str, Document], delete: tuple[str, ...] = ()) -> None:
        try:
            await change(collection, put, delete)
        except StoreError:
            refused.set()
            raise

    monkeypatch.setattr(school.documents, "change", failing)
    school.sends(name, "temperature")
    await asyncio.wait_for(refused.wait(), 30)
    school.sends(name, "humidity")
    assert school.learnt(name) == {}
    school.documents.fail_after = None
    await school.until(lambda: set(school.learnt(name)) == {"temperature", "humidity"})


async def test_what_has_gathered_is_noted_at_the_end_and_nothing_after_it(school: School) -> None:
    name = (await school.site.enrolled()).device_id
    await school.learning.close()
    patient = Learning(school.site.bus, school.site.registry, school.site.clock, wait_s=3600)
    school.sends(name, "temperature")
    await patient.close()
    assert set(school.learnt(name)) == {"temperature"}
    school.sends(name, "humidity")
    await patient.close()
    assert set(school.learnt(name)) == {"temperature"}


async def test_a_disk_that_refuses_does_not_keep_it_from_ending(school: School) -> None:
    name = (await school.site.enrolled()).device_id
    school.sends(name, "temperature")
    school.documents.fail_after = 0
    await asyncio.wait_for(school.learning.close(), 30)
    assert school.learnt(name) == {}


async def test_a_device_that_is_deleted_meanwhile_is_no_trouble(school: School) -> None:
    one, two = [(await school.site.enrolled(f"02:00:00:00:00:{n:02x}")).device_id for n in range(2)]
    school.sends(one, "temperature")
    school.sends(two, "temperature")
    school.site.bus.publish(DeviceChanged(one, None))
    await school.until(lambda: bool(school.learnt(two)))
    assert school.learnt(one) == {}


async def test_the_time_of_the_first_value_moves_with_the_clock(school: School) -> None:
    name = (await school.site.enrolled()).device_id
    school.sends(name, "temperature")
    event = ClockSet(START_MS, START_MS + DAY_MS, START_MS - 5, True, True, "for a test")
    school.site.bus.publish(event)
    await school.until(lambda: bool(school.learnt(name)))
    assert school.learnt(name) == {"temperature": START_MS + DAY_MS}
    school.site.bus.publish(event)
    await school.until(
        lambda: school.documents.all("devices")[name]["learnt"] == {"temperature": START_MS + 2 * DAY_MS}
    )
