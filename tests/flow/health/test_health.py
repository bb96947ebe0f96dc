"""One number a day, a range or the reason why there is none, over restarts; nothing is told twice."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from typing import cast
from zoneinfo import ZoneInfo

import pytest

from gateway.core.errors import StoreError
from gateway.core.health import condition
from gateway.core.health.indicator import Series
from gateway.core.health.life import Lasting, NotEnough, NoWear, Reached
from gateway.core.messages import HealthMoved, Reading
from gateway.core.ports.insight import HealthKept
from gateway.core.ports.store import Bucket, History
from gateway.flow.chronicle import Chronicle
from gateway.flow.health.health import Health
from tests.fakes import MemoryInsight
from tests.flow.anomalies.machine_site import DAY, FLOW_NODE, HOUR, MINUTE, PUMP, PumpSite
from tests.flow.anomalies.test_running import until

_APART = 5 * MINUTE


class HealthSite(PumpSite):
    """A pump that runs half an hour of every hour; `again` starts it anew on what is on the disk."""

    def __init__(self, before: HealthSite | None = None, zone: tzinfo = UTC) -> None:
        super().__init__(before)
        self.moves: list[HealthMoved] = []
        self.bus.on(HealthMoved, self.moves.append)
        self.health = Health(
            self.writer,
            MemoryInsight(self.writer),
            cast(History, self.history),
            self.bus,
            Chronicle(self.writer, self.bus, self.clock),
            self.clock,
            self.places,
            self.baselines,
            lambda: [asset for asset in self.places.kinds if asset == PUMP],
            self.metrics,
            zone,
        )

    def days(self, count: int, vibration: float = 1.4, *, rising: float = 0.0) -> None:
        """So many days pass; the vibration while it runs rises by so much a day."""
        for day in range(count):
            level = vibration + rising * day
            for n in range(DAY // _APART):
                at_ms = self.clock.now_ms + n * _APART
                runs = at_ms % HOUR < HOUR // 2
                said = {
                    "flow": self.rng.gauss(30, 0.3) if runs else 0.0,
                    "pressure": self.rng.gauss(2.5 if runs else 1.0, 0.02),
                    "vibration": self.rng.gauss(level if runs else 0.1, 0.03),
                }
                self.history.readings.append(Reading(FLOW_NODE, at_ms, said))
            self.clock.advance(ms=DAY)

    def bearing(self) -> object:
        """What is said of the bearing's life."""
        return next(part.health.life for part in self.health.of(PUMP) if part.health.component == "bearing")


async def begun() -> HealthSite:
    """Commissioned over its first week, from one midnight to another."""
    site = HealthSite()
    site.clock.now_ms -= site.clock.now_ms % DAY
    site.days(7)
    await site.baselines.commission(PUMP, "anna", 168, site.clock.now_ms - 7 * DAY)
    site.clock.advance(ms=HOUR)
    return site


async def test_without_a_commissioning_nothing_is_claimed() -> None:
    site = HealthSite()
    site.days(2)
    await site.health.catch_up(PUMP)
    parts = site.health.of(PUMP)
    assert {part.health.component for part in parts} == {"bearing", "strainer", "impeller"}
    assert all(part.health.life == NotEnough("baseline") and part.health.index is None for part in parts)
    assert "not enough history" in parts[0].text
    assert parts[0].text.endswith("Commission it while it runs well: then its wear can be told.")
    assert not [change for change in site.writer.changes if isinstance(change, HealthKept)]


async def test_a_short_commissioning_says_how_much_it_takes() -> None:
    site = HealthSite()
    site.clock.now_ms -= site.clock.now_ms % DAY
    site.days(2)
    await site.baselines.commission(PUMP, "anna", 24, site.clock.now_ms - DAY)
    site.clock.advance(ms=HOUR)
    await site.health.catch_up(PUMP)
    assert site.bearing() == NotEnough("baseline")
    assert "to tell its wear takes 7 days on which it ran" in site.health.of(PUMP)[0].text


async def test_a_pump_that_wears_gets_a_range_and_its_sensor_is_named() -> None:
    site = await begun()
    await site.health.catch_up(PUMP)
    assert isinstance(site.bearing(), NotEnough)
    site.days(30, 1.4, rising=0.04)
    await site.health.catch_up(PUMP)
    life = site.bearing()
    assert isinstance(life, Lasting)
    # It rises by 0.04 a day, is at 2.6 and its limit is three times 1.4.
    assert life.low_days <= 40 <= (life.high_days or 1e9)
    (bearing,) = [part for part in site.health.of(PUMP) if part.health.component == "bearing"]
    assert bearing.text.startswith("Pump, bearing: ")
    assert bearing.health.drivers[0].indicator.sensor == "Pump, vibration"
    assert (bearing.days[0][0], len(bearing.days)) == (site.clock.now_ms - HOUR - 37 * DAY, 37)
    assert bearing.days[0][1] > bearing.days[-1][1]
    first = site.health.maintenance()[0]
    assert (first.asset, first.health.component) == (PUMP, "bearing")


async def test_a_pump_that_runs_as_it_did_shows_no_wear() -> None:
    site = await begun()
    site.days(21)
    await site.health.catch_up(PUMP)
    assert isinstance(site.bearing(), NoWear)


async def test_a_part_at_its_limit_is_told_of_once() -> None:
    site = await begun()
    await site.health.catch_up(PUMP)
    for _ in range(20):
        site.days(1, 4.6)
        await site.health.catch_up(PUMP)
    assert isinstance(site.bearing(), Reached)
    assert len(site.told("health.falling")) == 1
    again = HealthSite(site)
    await again.baselines.load()
    await again.health.load()
    again.days(1, 4.6)
    await again.health.catch_up(PUMP)
    assert again.told("health.falling") == []


async def test_days_are_read_once_and_outlive_the_process() -> None:
    site = await begun()
    await site.health.catch_up(PUMP)
    kept = [change for change in site.writer.changes if isinstance(change, HealthKept)]
    assert {change.recipe for change in kept} == {"vibration-running", "flow-running", "pressure-added"}
    assert len({change.day for change in kept}) == 7
    assert len(site.moves) == 7
    await site.health.catch_up(PUMP)
    assert len(site.moves) == 7
    again = HealthSite(site)
    await again.baselines.load()
    await again.health.load()
    await again.health.catch_up(PUMP)
    assert again.moves == []
    assert again.health.of(PUMP) == site.health.of(PUMP)


async def test_a_day_on_which_it_stood_still_has_no_number_and_is_not_asked_for_again() -> None:
    site = await begun()
    site.clock.advance(ms=3 * DAY)
    await site.health.catch_up(PUMP)
    assert len(site.moves) == 7
    asked: list[str] = []
    buckets = site.history.buckets

    async def counted(device: str, metric: str, from_ms: int, to_ms: int, step_ms: int) -> list[Bucket]:
        asked.append(metric)
        return await buckets(device, metric, from_ms, to_ms, step_ms)

    site.history.buckets = counted  # type: ignore[method-assign]
    await site.health.catch_up(PUMP)
    assert asked == []


async def test_a_new_commissioning_begins_anew() -> None:
    site = await begun()
    site.days(30, 1.4, rising=0.04)
    await site.health.catch_up(PUMP)
    assert isinstance(site.bearing(), Lasting)
    await site.baselines.commission(PUMP, "ben", 168, site.clock.now_ms - 7 * DAY)
    assert isinstance(site.bearing(), NotEnough)


async def test_what_the_disk_refuses_is_read_again() -> None:
    site = await begun()

    class Gone:
        async def buckets(self, *asked: object) -> list[object]:
            raise StoreError("the disk is gone")

    health = HealthSite(site)
    await health.baselines.load()
    health.health._reader._rows._history = cast(History, Gone())
    with pytest.raises(StoreError):
        await health.health.catch_up(PUMP)
    assert health.moves == []


async def test_a_channel_that_came_with_a_new_commissioning_has_its_days_too() -> None:
    site = await begun()
    lost = site.baselines.of(PUMP)
    assert lost is not None
    await site.health.catch_up(PUMP)
    recipes = {kept.recipe for kept in site.writer.changes if isinstance(kept, HealthKept)}
    assert "vibration-running" in recipes
    site.writer.changes = [
        one for one in site.writer.changes if not (isinstance(one, HealthKept) and one.recipe == "vibration-running")
    ]
    again = HealthSite(site)
    await again.baselines.load()
    await again.health.load()
    await again.health.catch_up(PUMP)
    assert again.bearing() != NotEnough("baseline")


async def test_what_a_node_could_send_only_hours_later_makes_its_day() -> None:
    site = await begun()
    site.clock.now_ms -= site.clock.now_ms % DAY
    await site.health.catch_up(PUMP)
    before = len(site.history.readings)
    site.days(1)
    site.clock.advance(ms=HOUR)
    backlog = site.history.readings[before:]
    del site.history.readings[before:]
    await site.health.catch_up(PUMP)
    days = [one for one in site.writer.changes if isinstance(one, HealthKept) and one.recipe == "vibration-running"]
    site.history.readings += backlog
    site.clock.advance(ms=7 * HOUR)
    await site.health.catch_up(PUMP)
    after = [one for one in site.writer.changes if isinstance(one, HealthKept) and one.recipe == "vibration-running"]
    assert (len(days), len(after)) == (7, 8)


async def test_a_new_day_is_assessed_beside_the_event_loop_and_not_when_somebody_asks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    site = await begun()
    await site.health.catch_up(PUMP)
    site.health.of(PUMP)
    threads: list[threading.Thread] = []

    def assess(name: str, series: Sequence[Series], today: float) -> condition.Health:
        threads.append(threading.current_thread())
        return real(name, series, today)

    real = condition.assess
    monkeypatch.setattr(condition, "assess", assess)
    site.clock.advance(ms=DAY)
    site.health.of(PUMP)
    assert not threads
    await site.health.catch_up(PUMP)
    site.health.of(PUMP)
    assert threads
    assert threading.main_thread() not in threads


async def test_a_week_in_which_summer_time_ends_has_its_seven_days() -> None:
    site = HealthSite(zone=ZoneInfo("Europe/Berlin"))
    site.clock.now_ms = round(datetime(2026, 10, 22, 10, 30, tzinfo=UTC).timestamp() * 1000)
    from_ms = site.clock.now_ms
    site.days(7)
    await site.baselines.commission(PUMP, "anna", 168, from_ms)
    site.clock.advance(ms=2 * DAY)
    await site.health.catch_up(PUMP)
    assert site.bearing() != NotEnough("baseline")


async def test_the_day_before_a_commissioning_is_no_day_of_it() -> None:
    site = HealthSite()
    site.clock.now_ms += DAY - site.clock.now_ms % DAY
    site.days(1, 4.0)
    site.clock.now_ms -= 6 * HOUR
    from_ms = site.clock.now_ms
    site.clock.now_ms += 6 * HOUR
    site.days(8)
    await site.baselines.commission(PUMP, "anna", 192, from_ms)
    await site.health.catch_up(PUMP)
    (bearing,) = [part for part in site.health.of(PUMP) if part.health.component == "bearing"]
    assert [value for _, value in bearing.days if value < 50.0] == []


async def test_days_that_cannot_be_read_are_complained_of() -> None:
    site = await begun()

    async def torn(*asked: object) -> list[Bucket]:
        raise StoreError("the disk is gone")

    site.history.buckets = torn  # type: ignore[method-assign, assignment]
    runs = asyncio.create_task(site.health.run())
    await until(lambda: site.health.failure)
    assert site.health.failure == "the health of pump could not be read: the disk is gone"
    runs.cancel()


async def test_a_number_beyond_all_measure_makes_no_day() -> None:
    site = await begun()
    site.history.readings += [
        Reading(FLOW_NODE, site.clock.now_ms - 3 * DAY + n * MINUTE, {"vibration": 1e200, "flow": 1e200})
        for n in range(60)
    ]
    await site.health.catch_up(PUMP)
    assert site.bearing() != NotEnough("baseline")
