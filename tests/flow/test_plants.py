from __future__ import annotations

import timeit
from pathlib import Path

import pytest

from gateway.backends.documents import TinyDocuments
from gateway.core.messages import (
    ClockSet,
    DeviceChanged,
    Happened,
    PlantBreached,
    PlantRecovered,
    Reading,
    ReadingStored,
)
from gateway.core.quality import Quality
from gateway.flow.plants import CLEAR_READINGS
from tests.backends.store_kit import running
from tests.fakes import START_MS

from .home_site import HomeSite

TEXT = "soil_moisture is 15.2, threshold min 20.0"


@pytest.fixture
async def site() -> HomeSite:
    """A fern with a sensor, and a basil without."""
    site = HomeSite()
    await site.plant("fern", soil_moisture=(20, 80), light_level=(200, None))
    await site.plant("basil", soil_moisture=(30, None))
    await site.put_device("node", "fern")
    site.told.clear()
    return site


def recover(site: HomeSite, device: str = "node", **values: float) -> None:
    for _ in range(CLEAR_READINGS):
        site.clock.advance(s=10)
        site.say(device, values or {"soil_moisture": 40.0})


async def test_a_breach_is_an_event_in_the_words_of_document_002(site: HomeSite) -> None:
    reading = site.say("node", soil_moisture=15.2)
    [event] = [event for event in site.events() if event.kind == "plant.breach"]
    assert event == Happened(
        START_MS, "plant.breach", TEXT, "node", "soil_moisture", reading.correlation, False, "fern"
    )
    assert site.told == [
        PlantBreached(
            "fern", "node", "soil_moisture", TEXT, 15.2, "min", 20, START_MS, reading.correlation, simulated=False
        )
    ]
    episode = site.plants.breaches("fern")["soil_moisture"]
    assert (episode.text, episode.device, episode.since_ms) == (TEXT, "node", START_MS)
    assert episode.correlation == reading.correlation
    assert site.plants.breached == {"fern"}
    assert site.plants.breaches("basil") == {}


@pytest.mark.parametrize(
    ("values", "reasons"),
    [
        ({"soil_moisture": 80.04}, ["soil_moisture is 80.0, threshold max 80.0"]),
        ({"soil_moisture": 80.0}, []),
        ({"soil_moisture": 20.0}, []),
        ({"light_level": 120_000.0}, []),
        ({"light_level": 199.0}, ["light_level is 199.0, threshold min 200.0"]),
        ({"temperature": -40.0}, []),
        (
            {"soil_moisture": 5.0, "light_level": 0.0},
            [
                "soil_moisture is 5.0, threshold min 20.0",
                "light_level is 0.0, threshold min 200.0",
            ],
        ),
    ],
)
async def test_below_min_or_above_max_breaches_and_null_is_no_limit(
    site: HomeSite, values: dict[str, float], reasons: list[str]
) -> None:
    site.say("node", values)
    assert site.reasons() == reasons


async def test_a_breach_is_told_once_and_its_end_after_three_good_readings(site: HomeSite) -> None:
    for value in (15.2, 14.0, 21.0, 22.0, 13.0, 21.0, 22.0):
        site.clock.advance(s=10)
        site.say("node", soil_moisture=value)
    assert site.reasons() == [TEXT]
    last = site.say("node", soil_moisture=23.44)
    assert site.reasons() == [TEXT, "soil_moisture is 23.4 again"]
    assert site.told[-1] == PlantRecovered(
        "fern",
        "node",
        "soil_moisture",
        "soil_moisture is 23.4 again",
        site.clock(),
        last.correlation,
        simulated=False,
    )
    assert site.events()[-1].asset == "fern"
    assert site.plants.breaches("fern") == {}
    site.say("node", soil_moisture=15.2)
    assert site.reasons()[2:] == [TEXT]


async def test_the_other_direction_is_another_breach(site: HomeSite) -> None:
    site.say("node", soil_moisture=15.2)
    site.say("node", soil_moisture=90.0)
    assert site.reasons() == [TEXT, "soil_moisture is 90.0, threshold max 80.0"]
    assert site.plants.breaches("fern")["soil_moisture"].direction == "max"
    recover(site)
    assert len(site.reasons()) == 3
    assert site.plants.breached == set()


async def test_nothing_is_evaluated_of_a_device_that_is_nobodys(site: HomeSite) -> None:
    site.roll.add("stranger")
    site.say("stranger", soil_moisture=0.0)
    await site.assignments.unassign("node", "anna")
    site.say("node", soil_moisture=0.0)
    assert site.reasons() == []
    await site.put_device("stranger", "fern")
    site.say("stranger", soil_moisture=15.2)
    assert site.reasons() == [TEXT]


async def test_what_was_measured_before_the_assignment_says_nothing_of_the_plant(site: HomeSite) -> None:
    site.roll.add("spare")
    site.clock.advance(minutes=5)
    await site.put_device("spare", "basil")
    site.say("spare", ago_ms=1, soil_moisture=5.0)
    assert site.reasons() == []
    site.say("spare", soil_moisture=5.0)
    assert site.reasons() == ["soil_moisture is 5.0, threshold min 30.0"]


@pytest.mark.parametrize("flag", [Quality.OUT_OF_RANGE, Quality.JUMP, Quality.GHOST, Quality.STUCK])
async def test_a_value_that_is_not_to_be_believed_neither_breaches_nor_ends_a_breach(
    site: HomeSite, flag: Quality
) -> None:
    marks = {"soil_moisture": int(flag)}
    site.say("node", quality=marks, soil_moisture=5.0)
    assert site.reasons() == []
    site.say("node", soil_moisture=15.2)
    for _ in range(2 * CLEAR_READINGS):
        site.say("node", quality=marks, soil_moisture=50.0)
    assert site.reasons() == [TEXT]


async def test_a_flag_on_another_metric_does_not_matter(site: HomeSite) -> None:
    site.say("node", quality={"light_level": int(Quality.STUCK)}, soil_moisture=15.2, light_level=0.0)
    assert site.reasons() == [TEXT]


@pytest.mark.parametrize("flag", [Quality.TIME, Quality.DRIFT])
async def test_a_value_whose_time_is_not_sure_or_that_wanders_is_still_measured(site: HomeSite, flag: Quality) -> None:
    site.say("node", quality={"soil_moisture": int(flag)}, soil_moisture=15.2)
    assert site.reasons() == [TEXT]


async def test_late_readings_repair_history_and_fire_nothing(site: HomeSite) -> None:
    site.say("node", late=True, soil_moisture=5.0)
    assert site.reasons() == []
    site.say("node", soil_moisture=15.2)
    for _ in range(2 * CLEAR_READINGS):
        site.say("node", late=True, soil_moisture=50.0)
    assert site.reasons() == [TEXT]


async def test_a_restart_keeps_an_open_breach_and_tells_it_once(site: HomeSite) -> None:
    reading = site.say("node", soil_moisture=15.2)
    site.restart()
    assert site.told == []
    episode = site.plants.breaches("fern")["soil_moisture"]
    assert (episode.text, episode.since_ms, episode.correlation) == (TEXT, START_MS, reading.correlation)
    site.say("node", soil_moisture=14.0)
    assert site.reasons() == [TEXT]
    recover(site)
    assert site.reasons() == [TEXT, "soil_moisture is 40.0 again"]
    site.restart()
    assert site.plants.breached == set()


async def test_a_value_that_is_printed_as_its_threshold_is_still_a_breach_after_a_restart(site: HomeSite) -> None:
    site.say("node", soil_moisture=19.98)
    assert site.reasons() == ["soil_moisture is 20.0, threshold min 20.0"]
    site.restart()
    site.say("node", soil_moisture=19.97)
    assert site.reasons() == ["soil_moisture is 20.0, threshold min 20.0"]
    assert site.plants.breached == {"fern"}


async def test_what_was_counted_in_a_flood_does_not_reopen_what_is_over(site: HomeSite) -> None:
    for _ in range(6):
        site.clock.advance(s=1)
        site.say("node", soil_moisture=15.2)
        for _ in range(CLEAR_READINGS):
            site.clock.advance(s=1)
            site.say("node", soil_moisture=40.0)
    site.chronicle.flush()
    assert site.reasons()[-1].startswith("soil_moisture is 40.0 again (")
    told = site.events()
    assert [event.kind for event in told[-2:]] == ["plant.breach", "plant.recovered"]
    site.restart()
    assert site.plants.breached == set()
    site.say("node", soil_moisture=15.2)
    assert site.plants.breached == {"fern"}
    site.chronicle.flush()
    site.restart()
    assert site.plants.breached == {"fern"}


async def test_other_words_in_the_event_log_are_not_taken_for_breaches(site: HomeSite) -> None:
    events = [
        Happened(START_MS, "plant.breach", "somebody edited this", "node", "soil_moisture", asset="fern"),
        Happened(START_MS, "plant.watered", TEXT, "node", "soil_moisture", asset="fern"),
    ]
    site.plants.restore(events)
    assert site.plants.breached == set()


async def test_a_threshold_that_gives_way_ends_the_breach(site: HomeSite) -> None:
    site.say("node", soil_moisture=15.2)
    await site.limit("fern", soil_moisture=(18, 80))
    assert site.reasons() == [TEXT]
    await site.limit("fern", soil_moisture=(15, 80))
    assert site.reasons() == [TEXT, "its threshold was changed"]
    assert site.plants.breached == set()
    site.say("node", soil_moisture=15.2)
    assert len(site.reasons()) == 2


@pytest.mark.parametrize("limits", [{}, {"soil_moisture": (None, 80.0)}, {"soil_moisture": (None, None)}])
async def test_a_threshold_that_is_taken_away_ends_the_breach(
    site: HomeSite, limits: dict[str, tuple[float | None, float | None]]
) -> None:
    site.say("node", soil_moisture=15.2)
    await site.limit("fern", **limits)
    assert site.reasons() == [TEXT, "its threshold was changed"]
    site.say("node", soil_moisture=1.0)
    assert len(site.reasons()) == 2


async def test_a_threshold_that_is_set_counts_from_the_next_reading(site: HomeSite) -> None:
    site.say("node", humidity=30.0)
    await site.limit("fern", humidity=(40, None))
    assert site.reasons() == []
    site.say("node", humidity=30.0)
    assert site.reasons() == ["humidity is 30.0, threshold min 40.0"]


async def test_a_new_name_ends_no_breach(site: HomeSite) -> None:
    site.say("node", soil_moisture=15.2)
    site.say("node", soil_moisture=25.0)
    plant = site.home.asset("fern")
    await site.home.put_asset(type(plant)("fern", "Farn", plant.traits), new=False)
    assert site.reasons() == [TEXT]


async def test_a_sensor_that_is_taken_away_ends_the_breach(site: HomeSite) -> None:
    site.say("node", soil_moisture=15.2)
    await site.put_device("node", "basil")
    assert site.reasons() == [TEXT, "its sensor was taken away"]
    site.say("node", soil_moisture=25.0)
    assert site.reasons()[2:] == ["soil_moisture is 25.0, threshold min 30.0"]
    await site.assignments.unassign("node", "anna")
    assert site.reasons()[3:] == ["its sensor was taken away"]


async def test_a_deleted_plant_or_device_has_no_breaches(site: HomeSite) -> None:
    site.say("node", soil_moisture=15.2)
    await site.put_device("other", "basil")
    site.say("other", soil_moisture=1.0)
    await site.home.delete_asset("fern")
    site.bus.publish(DeviceChanged("other", None))
    assert site.plants.breached == set()
    assert site.reasons()[2:] == ["its sensor was taken away"] * 2


async def test_what_changed_while_the_gateway_was_off_is_told_at_the_start(site: HomeSite) -> None:
    await site.put_device("other", "basil")
    await site.put_device("third", "fern")
    site.say("node", soil_moisture=15.2)
    site.say("other", soil_moisture=1.0)
    site.say("third", soil_moisture=2.0)
    site.documents.collections["assignments"]["other"]["spans"][-1]["to_ms"] = START_MS + 1
    site.documents.collections["assets"]["fern"]["traits"]["thresholds"]["soil_moisture"]["min"] = 10
    site.restart()
    assert sorted(site.reasons()[3:]) == ["its sensor was taken away", "its threshold was changed"]
    assert [episode.device for episode in site.plants.episodes("fern")] == ["third"]


async def test_two_sensors_of_a_plant_do_not_end_each_others_breaches(site: HomeSite) -> None:
    await site.put_device("other", "fern")
    site.say("node", soil_moisture=15.2)
    for _ in range(2 * CLEAR_READINGS):
        site.say("other", soil_moisture=40.0)
    assert site.reasons() == [TEXT]
    site.clock.advance(s=1)
    site.say("other", soil_moisture=3.0)
    assert [episode.device for episode in site.plants.episodes("fern")] == ["node", "other"]
    assert site.plants.breaches("fern")["soil_moisture"].device == "node"


async def test_breaches_of_simulated_plants_say_so(site: HomeSite) -> None:
    await site.put_device("sim", "basil", simulated=True)
    site.say("sim", soil_moisture=1.0)
    recover(site, "sim")
    assert [getattr(event, "simulated", None) for event in site.told[-2:]] == [True, True]
    assert all(event.simulated for event in site.events() if event.kind.startswith("plant."))


async def test_only_plants_have_thresholds(site: HomeSite) -> None:
    await site.room("hall", "Hall")
    await site.put_device("node", "hall")
    site.say("node", soil_moisture=1.0)
    assert site.reasons() == []


async def test_when_a_breach_began_moves_with_the_clock(site: HomeSite) -> None:
    site.clock.advance(minutes=1)
    site.say("node", soil_moisture=15.2)
    shift_ms = 10**10
    site.bus.publish(ClockSet(site.clock(), site.clock() + shift_ms, START_MS, True, True, "a time server told"))
    site.clock.advance(ms=shift_ms)
    assert site.plants.breaches("fern")["soil_moisture"].since_ms == site.clock()
    recover(site)
    assert site.plants.breached == set()


async def test_readings_go_on_counting_after_the_time_was_learnt(site: HomeSite) -> None:
    shift_ms = 10**10
    site.bus.publish(ClockSet(START_MS, START_MS - shift_ms, START_MS, True, True, "a time server told"))
    site.clock.advance(ms=-shift_ms)
    site.say("node", soil_moisture=15.2)
    assert site.reasons() == [TEXT]


async def test_on_a_real_disk_a_breach_outlives_the_gateway(tmp_path: Path) -> None:
    site = HomeSite()
    async with running(tmp_path) as store:
        site.disk = TinyDocuments(tmp_path / "documents"), store
        site.restart()
        await site.plant("fern", soil_moisture=(20, 80))
        await site.put_device("node", "fern")
        reading = site.say("node", soil_moisture=15.2)
    async with running(tmp_path) as store:
        site.disk = TinyDocuments(tmp_path / "documents"), store
        site.restart()
        assert site.home.asset("fern").name == "Fern"
        assert site.assignments.current("node") == "fern"
        site.plants.restore(await store.happened(2000, "plant."))
        assert site.plants.breaches("fern")["soil_moisture"].correlation == reading.correlation
        site.say("node", soil_moisture=14.0)
        recover(site)
        await store.flush()
        told = await store.happened(10, "plant.")
    assert [(event.kind, event.asset) for event in told] == [("plant.recovered", "fern"), ("plant.breach", "fern")]


@pytest.mark.soak
async def test_a_reading_of_nobodys_device_costs_one_look_up(site: HomeSite) -> None:
    """Design: at most 0.3 µs a reading; the best of many runs, so that others on the machine do not count."""
    event = ReadingStored(Reading("stranger", START_MS, {"soil_moisture": 1.0}), START_MS)
    handler = site.plants._stored
    best = min(timeit.repeat(lambda: handler(event), number=20_000, repeat=50)) / 20_000
    empty = min(timeit.repeat(lambda: None, number=20_000, repeat=50)) / 20_000
    assert best - empty <= 0.3e-6
