"""Series in the flow: learnt by the readings' time, told in words, kept over restarts."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.anomaly.scoring import Scored
from gateway.core.home import AssetKind
from gateway.core.insight import Nature, Signal, Verdict
from gateway.core.messages import AssignmentChanged, DeviceSwapped
from gateway.core.ports.insight import KeptAnomalies
from gateway.core.quality import Quality
from gateway.flow.anomalies import book
from gateway.flow.anomalies.incident import Heard
from tests.flow.anomalies.site import MINUTE, Site


def usual(minute: int) -> float:
    """A room's temperature that nobody wonders about, °C."""
    return 21.0 + 1.5 * math.sin(minute / 1440 * 2 * math.pi) + 0.1 * math.sin(minute * 2.39)


def lived(site: Site, minutes: int = 4 * 1440, device: str = "room-1") -> int:
    """Days of normal life; the next minute."""
    for minute in range(minutes):
        site.says(device, temperature=usual(minute))
        site.turn(minutes=1)
    return minutes


@pytest.fixture(scope="module")
def known() -> KeptAnomalies:
    """What a room taught in four days."""
    site = Site()
    lived(site)
    site.memory.save(KeptAnomalies(0, dict(site.anomalies._book.kept())))
    assert site.moved == []
    return site.memory.kept


@pytest.fixture
def site(known: KeptAnomalies) -> Site:
    """A room that is known for four days."""
    made = Site()
    made.clock.advance(days=4)
    made.memory.kept = known
    made.anomalies._keeping.load()
    made.places.at["room-1"] = "living"
    made.places.kinds["living"] = AssetKind.ROOM
    return made


def goes_on(site: Site, minutes: int = 60) -> None:
    for minute in range(minutes):
        site.says("room-1", temperature=usual(4 * 1440 + minute))
        site.turn(minutes=1)


def test_a_value_beyond_all_that_was_is_an_episode_at_once_and_says_since_when(site: Site) -> None:
    site.says("room-1", temperature=31.4)
    site.turn(s=1)
    (episode,) = site.episodes.open()
    assert (episode.asset, episode.nature) == ("living", Nature.UNUSUAL)
    assert episode.reason == "temperature 31.4 °C, highest in all 4 days that it is known"
    assert episode.correlation == "room-1/b/1"


def test_normal_life_goes_on_without_an_episode(site: Site) -> None:
    goes_on(site)
    assert site.moved == []


def test_an_episode_is_over_when_the_means_that_it_moved_are_as_usual_for_half_an_hour(site: Site) -> None:
    site.says("room-1", temperature=31.4)
    site.turn(minutes=1)
    goes_on(site, 100)
    assert site.episodes.open() == []
    assert len({one.id for one in site.moved}) == 1


def test_a_value_that_the_gate_does_not_believe_teaches_and_tells_nothing(site: Site) -> None:
    site.says("room-1", {"temperature": 1}, temperature=99.0)
    site.turn(minutes=1)
    goes_on(site, 5)
    assert site.moved == []


def test_while_the_time_is_not_known_nothing_is_judged(site: Site) -> None:
    site.known = False
    site.says("room-1", temperature=99.0)
    site.turn(s=1)
    assert site.moved == []


async def test_what_somebody_called_normal_opens_nothing_until_it_is_taken_back(site: Site) -> None:
    need = site.episodes.needs("living", "room-1", "temperature", site.clock.now_ms)
    site.says("room-1", temperature=31.4)
    site.turn(s=1)
    (episode,) = site.episodes.open()
    await site.episodes.judge(episode.id, Verdict.NORMAL, "anna")
    later = site.clock.now_ms
    assert site.episodes.needs("living", "room-1", "temperature", later) == pytest.approx(need + 0.2)
    await site.episodes.judge(episode.id, Verdict.RIGHT, "anna")
    assert site.episodes.needs("living", "room-1", "temperature", later) == pytest.approx(need - 0.05)
    await site.episodes.undo(episode.id, "anna")
    assert site.episodes.needs("living", "room-1", "temperature", later + 40 * MINUTE) == pytest.approx(need)


def test_a_series_beside_a_baseline_and_a_room_that_is_aired_need_more(site: Site) -> None:
    need = site.episodes.needs("living", "room-1", "temperature", site.clock.now_ms)
    site.machines.followed = {"living"}
    assert site.episodes.needs("living", "room-1", "temperature", site.clock.now_ms) == pytest.approx(need + 0.1)
    site.machines.followed = set()
    site.places.at["window-1"] = "living"
    for position in (0.0, 50.0):
        site.says("window-1", position=position)
        site.turn(s=2)
    now_ms = site.clock.now_ms
    assert site.episodes.needs("living", "room-1", "temperature", now_ms) == pytest.approx(need + 0.1)
    assert site.episodes.needs("living", "room-1", "temperature", now_ms + 15 * MINUTE) == pytest.approx(need)


@pytest.mark.parametrize(
    "event", [DeviceSwapped("room-1", "a", "b", 0), AssignmentChanged("room-1", "kitchen", "living")]
)
def test_other_hardware_or_another_place_begins_anew(site: Site, event: object) -> None:
    assert site.anomalies.snapshot().ready == 1
    site.bus.publish(event)
    assert site.anomalies.snapshot().series == 0
    site.says("room-1", temperature=99.0)
    site.turn(s=1)
    assert site.moved == []


def test_counters_and_what_people_move_are_not_watched() -> None:
    site = Site()
    site.says("meter", energy=1.0, position=3.0, battery=4.0, power=5.0)
    site.turn(s=1)
    assert site.anomalies.snapshot().series == 1


def test_of_a_device_with_very_many_metrics_some_are_watched_and_that_is_told_once() -> None:
    site = Site()
    for _ in range(3):
        site.says("many", None, **{f"m{number}": 1.0 for number in range(256)})
        site.turn(s=2)
    assert site.anomalies.snapshot().series == 64
    assert site.told("anomaly.unwatched") == ["some of its metrics are not watched: at most 64 of a device are"]


def test_a_machine_is_given_the_means_of_each_minute_of_what_is_believed() -> None:
    site = Site()
    for second in range(0, 180, 20):
        site.says("pump-1", {"flow": 1} if second == 60 else None, flow=float(second), vibration=1.0, energy=9.0)
        site.turn(s=20)
    assert [(device, means) for device, _, means in site.machines.rows] == [
        ("pump-1", {"flow": 20.0, "vibration": 1.0}),
        ("pump-1", {"flow": 90.0, "vibration": 1.0}),
    ]


def test_a_device_that_speaks_seldom_is_judged_when_its_minute_is_over() -> None:
    site = Site()
    site.says("slow", temperature=1.0)
    site.turn(s=1)
    site.turn(s=58)
    assert site.anomalies.snapshot().steps == 0
    site.turn(s=2)
    assert site.anomalies.snapshot().steps == 1


async def test_what_was_learnt_of_other_hardware_is_not_believed(site: Site, known: KeptAnomalies) -> None:
    other = Site()
    other.memory.kept = known
    other.places.macs["room-1"] = "another"
    await other.anomalies.load()
    assert other.anomalies.snapshot().series == 0


async def test_what_was_learnt_and_cannot_be_read_is_learnt_anew(known: KeptAnomalies) -> None:
    kept = known.devices["room-1"]
    broken = {"temperature": type(kept.series["temperature"])(0, b"nonsense")}
    other = Site()
    other.memory.kept = KeptAnomalies(0, {"room-1": type(kept)(kept.hardware, broken)})
    await other.anomalies.load()
    assert other.anomalies.snapshot().series == 0


async def test_a_disk_that_keeps_nothing_is_said_in_health(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(kept: KeptAnomalies) -> int:
        raise OSError("no space left")

    monkeypatch.setattr(site.memory, "save", full)
    await site.anomalies.close()
    assert site.anomalies.complaint() == "what was learnt could not be kept: no space left"


MORE = 30


def values() -> Iterator[float]:
    """Within what the first minute has shown: no record."""
    yield from (10.0, -10.0, 10.0)
    for at in range(MORE * 3):
        yield 5.0 * math.sin(at * 1.7)


@settings(deadline=None, max_examples=15)
@given(st.integers(6, MORE * 3 - 6), st.integers(0, 40))
async def test_stopped_anywhere_and_caught_up_is_as_if_never_stopped(stop: int, missed: int) -> None:
    through, before = Site(), Site()
    numbers = list(values())
    for number in numbers[:stop]:
        for one in (through, before):
            one.says("a", temperature=number)
            one.turn(s=20)
    await before.anomalies.close()
    end = min(stop + missed, len(numbers) - 6)
    for number in numbers[stop:end]:
        through.says("a", temperature=number)
        through.turn(s=20)
        before.history.readings.append(through.history.readings[-1])
        before.clock.advance(s=20)
    after = Site(before)
    await after.anomalies.load()
    await caught_up(after)
    for number in numbers[end:]:
        for one in (through, after):
            one.says("a", temperature=number)
            one.turn(s=20)
    ((_, ours),), ((_, theirs),) = list(after.anomalies._book.kept()), list(through.anomalies._book.kept())
    assert ours.series["temperature"].at_ms == theirs.series["temperature"].at_ms
    assert states(ours.series["temperature"].state) == pytest.approx(states(theirs.series["temperature"].state))


def states(kept: bytes) -> list[float]:
    """The numbers in what a series has kept."""
    from gateway.core.anomaly.series import Series

    return [number for number in Series.of(kept)._views.dump() if number == number]


async def caught_up(site: Site) -> None:
    catchup, gather = site.anomalies._catchup, site.anomalies._gather
    catchup._pause_s = 0.0
    while gather.behind:
        await site.anomalies._catch_up_with(site.anomalies._next_behind())


async def test_what_happened_while_nobody_looked_is_an_episode_with_its_own_time(site: Site) -> None:
    await site.anomalies.close()
    site.clock.advance(minutes=5)
    missed = site.says("room-1", temperature=35.0)
    site.clock.advance(minutes=60)
    after = Site(site)
    await after.anomalies.load()
    await caught_up(after)
    (episode,) = after.episodes.open()
    assert episode.opened_ms == missed.time_ms - missed.time_ms % MINUTE
    assert after.told("anomaly.opened") == [
        "temperature 35 °C, highest in all 4 days that it is known (measured 1 h ago)"
    ]


async def test_a_device_that_fell_behind_is_caught_up_and_then_judged_live(site: Site) -> None:
    site.anomalies._gather._most = 3
    for minute in range(10):
        site.says("room-1", temperature=35.0 if minute == 7 else usual(4 * 1440 + minute))
        site.clock.advance(minutes=1)
    site.turn(s=1)
    assert site.anomalies.snapshot().behind == 1
    assert site.episodes.open() == []
    await caught_up(site)
    assert site.anomalies.snapshot().behind == 0
    assert len(site.episodes.open()) == 1
    steps = site.anomalies.snapshot().steps
    site.says("room-1", temperature=usual(4 * 1440 + 11))
    site.turn(s=1)
    site.turn(minutes=2)
    assert site.anomalies.snapshot().steps == steps + 1


def test_a_house_that_wants_to_learn_for_longer_is_asked_nothing_before() -> None:
    site = Site(learn_days=5.0)
    lived(site)
    site.says("room-1", temperature=31.4)
    site.turn(s=1)
    assert site.anomalies.snapshot().ready == 0
    assert site.moved == []


def test_a_series_that_speaks_once_an_hour_has_one_episode_as_long_as_it_is_strange() -> None:
    site = Site()
    for hour in range(600):
        site.says("soil", soil_moisture=40.0 + 5.0 * math.sin(hour / 24 * 2 * math.pi) + math.sin(hour * 2.39))
        site.turn(minutes=30)
        site.turn(minutes=30)
    for hour in range(4):
        site.says("soil", soil_moisture=10.0 - 4.0 * hour)
        site.turn(minutes=30)
        site.turn(minutes=30)
    assert len({one.id for one in site.moved}) == 1
    assert site.told("anomaly.closed") == []


async def test_a_minute_of_which_a_part_did_not_fit_is_judged_by_all_of_it() -> None:
    site = Site()
    site.says("pump-1", flow=10.0)
    site.turn(s=1)
    site.anomalies._gather._most = 0
    for _ in range(5):
        site.clock.advance(s=10)
        site.says("pump-1", flow=100.0)
    site.clock.advance(minutes=3)
    await caught_up(site)
    assert [means for _, _, means in site.machines.rows] == [{"flow": 85.0}]


async def test_what_was_told_before_a_kill_is_not_told_again_of_the_same_time(site: Site) -> None:
    await site.anomalies.close()
    site.turn(s=37)
    site.says("room-1", temperature=35.0)
    site.turn(s=23)
    goes_on(site, 180)
    (episode,) = await site.episodes.history()
    assert not episode.is_open
    after = Site(site)
    await after.anomalies.load()
    await caught_up(after)
    assert after.told("anomaly.") == []
    await after.episodes.judge(episode.id, Verdict.NORMAL, "anna")
    once_more = Site(after)
    await once_more.anomalies.load()
    await caught_up(once_more)
    assert once_more.told("anomaly.") == []
    assert [one.id for one in await once_more.episodes.history()] == [episode.id]


async def test_another_series_of_that_time_that_came_late_is_heard(site: Site) -> None:
    site.says("room-1", temperature=35.0)
    site.turn(minutes=1)
    goes_on(site, 180)
    (episode,) = await site.episodes.history()
    late = Signal(Nature.UNUSUAL, "room-2", "co2", episode.opened_ms, 0.9, 0.5, "co2 1900 ppm")
    site.episodes.hear(Heard(asset="living", signal=late))
    assert site.told("anomaly.opened")[-1].startswith("again: co2 1900 ppm")


def test_a_node_that_speaks_seldom_did_not_jump_within_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    apart_s: list[float] = []

    def reason(metric: str, scored: Scored, interval_s: float, unit: object) -> str:
        apart_s.append(interval_s)
        return metric

    monkeypatch.setattr(book, "series_reason", reason)
    site = Site()
    for at in range(0, 5 * 1440, 10):
        site.says("room-1", temperature=usual(at))
        site.turn(minutes=10)
    site.says("room-1", temperature=35.0)
    site.turn(minutes=10)
    assert set(apart_s) == {600.0}


async def test_what_was_flagged_while_nobody_looked_teaches_nothing(site: Site) -> None:
    await site.anomalies.close()
    site.clock.advance(minutes=5)
    site.says("room-1", {"temperature": int(Quality.STUCK)}, temperature=35.0)
    site.clock.advance(minutes=60)
    after = Site(site)
    await after.anomalies.load()
    await caught_up(after)
    assert (after.episodes.open(), after.anomalies.snapshot().steps) == ([], 0)


async def test_one_number_beyond_all_measure_does_not_end_the_judging(site: Site) -> None:
    goes_on(site, 5)
    site.says("room-1", temperature=usual(5), odd=1e200)
    site.turn(minutes=1)
    site.says("room-1", temperature=35.0, odd=-1e308)
    site.turn(minutes=1)
    (episode,) = site.episodes.open()
    assert episode.metric == "temperature"
