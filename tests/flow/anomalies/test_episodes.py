"""One incident is one episode, told in words, and what people say of it counts."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from gateway.core.commands import Command, CommandStatus, Step
from gateway.core.errors import Conflict, NotFound, Refused, StoreError
from gateway.core.home import AssetKind
from gateway.core.insight import Episode, Nature, Signal, Verdict
from gateway.core.messages import (
    AssignmentChanged,
    Audited,
    ClockSet,
    CommandMoved,
    DeviceChanged,
    DeviceSwapped,
    Happened,
    PlacesChanged,
    Reading,
    ReadingStored,
    SeriesJudged,
)
from gateway.core.ports.insight import EpisodeKept, episode_kept
from gateway.core.ports.store import Change, Receipt
from gateway.core.quality import Quality
from gateway.flow.anomalies.incident import Heard
from tests.flow.anomalies.site import DAY, HOUR, MINUTE, Site

IMPOSSIBLE = "temperature said -127: no sensor can measure that"


def unwell(others: int = 0, score: float = 0.9, nature: Nature = Nature.MACHINE, text: str = "moved") -> Signal:
    return Signal(nature, "pump-1", "vibration", 0, score, 0.7, text, others)


def pump(site: Site) -> Site:
    site.places.at["pump-1"] = "pump"
    site.places.kinds["pump"] = AssetKind.PUMP
    return site


def flagged(site: Site) -> Site:
    """A sensor that said what none can."""
    site.flag("bath", "temperature", Quality.OUT_OF_RANGE, IMPOSSIBLE)
    site.turn(s=1)
    return site


def well_again(site: Site) -> None:
    site.flag("bath", "temperature", Quality(0), "", value=21.0)
    site.turn(s=1)


def test_a_flagged_sensor_is_an_episode_at_once() -> None:
    site = flagged(Site())
    (episode,) = site.episodes.open()
    assert (episode.device, episode.metric, episode.nature) == ("bath", "temperature", Nature.SENSOR)
    assert episode.reason == IMPOSSIBLE
    assert episode.correlation == "bath/b/1"
    assert site.told() == [IMPOSSIBLE]
    assert site.moved == [episode]


def test_ten_spikes_are_one_episode_that_is_over_ten_minutes_after_the_last() -> None:
    site = Site()
    for _ in range(10):
        flagged(site)
        site.clock.advance(minutes=1)
        well_again(site)
        site.clock.advance(minutes=5)
    assert len(site.episodes.open()) == 1
    for _ in range(12):
        site.says("bath", temperature=21.0)
        site.turn(minutes=1)
    assert site.episodes.open() == []
    assert len({episode.id for episode in site.moved}) == 1
    assert [kind.reason for kind in site.events if kind.kind == "anomaly.closed"] == [
        "nothing unusual for 10 min any more; it lasted 55 min"
    ]


def test_an_episode_of_a_sensor_lasts_as_long_as_it_is_flagged() -> None:
    site = flagged(Site())
    for _ in range(20):
        site.says("bath", {"temperature": 1}, temperature=-127.0)
        site.turn(minutes=30)
    assert len(site.episodes.open()) == 1
    well_again(site)
    assert site.episodes.open()[0].seen_ms == site.clock.now_ms - 1000


def test_what_comes_back_within_twelve_hours_is_the_same_episode_and_later_another() -> None:
    site = flagged(Site())
    well_again(site)
    first = site.moved[-1].id
    for pause, same in ((11, True), (13, False)):
        site.clock.advance(minutes=20)
        site.says("bath", temperature=21.0)
        site.turn(s=1)
        assert site.episodes.open() == []
        site.clock.advance(minutes=60 * pause)
        flagged(site)
        assert (site.episodes.open()[0].id == first) is same
        well_again(site)


def test_readings_of_three_days_that_come_within_a_second_are_judged_by_their_own_times() -> None:
    site = Site()
    for _ in range(3):
        site.flag("bath", "temperature", Quality.OUT_OF_RANGE, IMPOSSIBLE)
        site.clock.advance(minutes=1)
        site.flag("bath", "temperature", Quality(0), "", value=21.0)
        for _ in range(24):
            site.clock.advance(minutes=60)
            site.says("bath", temperature=21.0)
    site.turn(s=1)
    assert site.episodes.open() == []
    ended = {episode.id: episode for episode in site.moved}
    assert [one.closed_ms - one.opened_ms for one in ended.values() if one.closed_ms is not None] == [MINUTE] * 3
    assert site.told("anomaly.opened")[0] == f"{IMPOSSIBLE} (measured 3 days ago)"


def test_machines_and_sensors_of_one_place_are_two_episodes_and_devices_at_no_place_one_each() -> None:
    site = pump(flagged(Site()))
    site.flag("other", "temperature", Quality.STUCK, "temperature has said exactly 21 for 6 h; it usually changes")
    site.baseline("pump", unwell(), rows=5)
    assert sorted((one.nature, one.asset, one.device) for one in site.episodes.open()) == [
        (Nature.MACHINE, "pump", "pump-1"),
        (Nature.SENSOR, "", "bath"),
        (Nature.SENSOR, "", "other"),
    ]


def test_a_baseline_that_is_left_in_four_of_ten_minutes_is_nothing_and_in_five_an_episode() -> None:
    site = pump(Site())
    for score in (0.9, 0.1, 0.9, 0.1, 0.9, 0.1, 0.9, 0.1):
        site.baseline("pump", unwell(score=score))
    assert site.episodes.open() == []
    site.baseline("pump", unwell())
    (episode,) = site.episodes.open()
    assert episode.signals[0].device == ""
    assert (episode.device, episode.metric) == ("pump-1", "vibration")


def test_half_an_hour_as_commissioned_ends_the_episode_of_a_machine() -> None:
    site = pump(Site())
    site.baseline("pump", unwell(), rows=10)
    site.baseline("pump", unwell(score=0.1), rows=29)
    assert len(site.episodes.open()) == 1
    site.baseline("pump", unwell(score=0.1), rows=2)
    assert site.episodes.open() == []


def test_a_flag_on_the_channel_that_leads_turns_the_machines_episode_into_its_sensors() -> None:
    site = pump(Site())
    site.baseline("pump", unwell(), rows=5)
    first = site.episodes.open()[0].id
    site.flag("pump-1", "vibration", Quality.STUCK, "vibration has said exactly 1.2 for 3 h; it changes", value=1.2)
    site.turn(s=1)
    (episode,) = site.episodes.open()
    assert (episode.id, episode.nature) == (first, Nature.SENSOR)
    assert site.told("anomaly.turned") == ["it is the sensor: vibration is a sensor's fault: said exactly 1.2 for 3 h"]


def test_a_second_channel_turns_a_sensors_episode_into_the_machines() -> None:
    site = pump(Site())
    site.baseline("pump", unwell(nature=Nature.SENSOR), rows=5)
    assert site.episodes.open()[0].nature is Nature.SENSOR
    site.baseline("pump", unwell(others=1, text="flow and vibration moved together"))
    (episode,) = site.episodes.open()
    assert episode.nature is Nature.MACHINE
    assert site.told("anomaly.turned") == ["it is not the sensor alone: flow and vibration moved together"]


def test_a_machines_reason_is_what_it_began_with_unless_more_channels_move() -> None:
    site = pump(Site())
    site.baseline("pump", unwell(score=0.8, text="vibration 3 mm/s"), rows=5)
    site.baseline("pump", unwell(score=0.9, text="vibration 4 mm/s"))
    assert site.episodes.open()[0].reason == "vibration 4 mm/s"
    site.baseline("pump", unwell(score=0.7, text="as it was"), rows=15)
    site.baseline("pump", unwell(score=0.99, text="something else"))
    (episode,) = site.episodes.open()
    assert (episode.reason, episode.score) == ("vibration 4 mm/s", 0.99)
    site.baseline("pump", unwell(others=1, score=0.8, text="flow and vibration moved together"))
    assert site.episodes.open()[0].reason == "flow and vibration moved together"


DRIFTS = "pressure has been 52 below what it usually is at this time of the day for 12 h"


def test_a_flag_that_a_machines_trouble_raises_joins_its_episode_and_does_not_become_the_reason() -> None:
    site = pump(Site())
    site.baseline("pump", unwell(others=2, text="flow, pressure and vibration moved together"), rows=5)
    site.flag("pump-1", "pressure", Quality.DRIFT, DRIFTS, value=1.0)
    site.turn(s=1)
    site.flag("pump-1", "vibration", Quality.JUMP, "vibration went from 1 to 9; less is usual", value=9.0)
    site.turn(s=1)
    (episode,) = site.episodes.open()
    assert episode.nature is Nature.MACHINE
    assert episode.reason == "flow, pressure and vibration moved together"
    assert len(episode.signals) == 3


def test_a_drifting_channel_that_others_follow_was_the_machine_and_a_stuck_one_is_a_matter_of_its_own() -> None:
    site = pump(Site())
    site.flag("pump-1", "pressure", Quality.DRIFT, DRIFTS, value=1.0)
    site.turn(s=1)
    assert site.episodes.open()[0].nature is Nature.SENSOR
    site.baseline("pump", unwell(others=1, text="flow and vibration moved together"), rows=5)
    (episode,) = site.episodes.open()
    assert (episode.nature, episode.reason) == (Nature.MACHINE, "flow and vibration moved together")
    assert (episode.device, episode.metric) == ("pump-1", "vibration")
    site.flag("pump-1", "current", Quality.STUCK, "current has said exactly 1 for 9 h; it changes", value=1.0)
    site.turn(s=1)
    assert sorted(one.nature for one in site.episodes.open()) == [Nature.MACHINE, Nature.SENSOR]


def test_two_episodes_that_turn_out_to_be_one_become_the_older() -> None:
    site = pump(Site())
    site.flag("pump-1", "flow", Quality.STUCK, "flow has said exactly 3 for 3 h; it changes", value=3.0)
    site.turn(minutes=20)
    older = site.episodes.open()[0].id
    site.baseline("pump", unwell(), rows=5)
    site.flag("pump-1", "vibration", Quality.STUCK, "vibration has said exactly 1 for 3 h; it changes", value=1.0)
    site.turn(s=1)
    (episode,) = site.episodes.open()
    assert episode.id == older
    assert {(one.device, one.metric) for one in episode.signals} == {
        ("pump-1", "flow"),
        ("", ""),
        ("pump-1", "vibration"),
    }
    assert site.told("anomaly.closed") == ["part of the episode that began 25 min before it"]


async def test_normal_ends_it_asks_for_more_and_taking_it_back_undoes_both() -> None:
    site = pump(Site())
    site.baseline("pump", unwell(score=0.72), rows=5)
    (episode,) = site.episodes.open()
    judged = await site.episodes.judge(episode.id, Verdict.NORMAL, "anna")
    assert site.episodes.open() == []
    assert (judged.verdict, judged.judged_by) == (Verdict.NORMAL, "anna")
    assert site.told("anomaly.closed") == ["called normal by anna"]
    assert [one.kind for one in site.writer.changes if isinstance(one, Audited)] == ["anomaly.judged"]
    site.baseline("pump", unwell(score=0.72), rows=20)
    assert site.episodes.open() == []
    undone = await site.episodes.undo(episode.id, "ben")
    assert undone.verdict is Verdict.NONE
    site.baseline("pump", unwell(score=0.72), rows=5)
    assert [one.id for one in site.episodes.open()] == [episode.id]


async def test_a_flag_that_somebody_calls_normal_opens_nothing_until_that_is_taken_back() -> None:
    site = flagged(Site())
    (episode,) = site.episodes.open()
    await site.episodes.judge(episode.id, Verdict.NORMAL, "anna")
    for _ in range(3):
        site.clock.advance(minutes=30)
        well_again(site)
        flagged(site)
    assert site.episodes.open() == []
    await site.episodes.undo(episode.id, "anna")
    site.clock.advance(minutes=30)
    well_again(site)
    flagged(site)
    assert len(site.episodes.open()) == 1


async def test_words_that_cannot_be_are_refused_and_say_why() -> None:
    site = flagged(Site())
    (episode,) = site.episodes.open()
    with pytest.raises(NotFound, match="no episode"):
        await site.episodes.judge("0" * 16, Verdict.RIGHT, "anna")
    with pytest.raises(Refused, match="normal or right"):
        await site.episodes.judge(episode.id, Verdict.NONE, "anna")
    with pytest.raises(Conflict, match="nobody"):
        await site.episodes.undo(episode.id, "anna")


async def test_a_word_that_the_disk_refuses_does_not_count() -> None:
    site = flagged(Site())
    (episode,) = site.episodes.open()
    site.writer.error = StoreError("full")
    with pytest.raises(StoreError):
        await site.episodes.judge(episode.id, Verdict.NORMAL, "anna")
    assert [(one.id, one.verdict) for one in site.episodes.open()] == [(episode.id, Verdict.NONE)]


async def test_an_episode_that_the_disk_refused_is_written_when_there_is_room() -> None:
    site = Site()
    site.writer.error = StoreError("full")
    flagged(site)
    assert await site.archive.episodes() == []
    site.writer.error = None
    site.turn(s=11)
    assert [one.id for one in await site.archive.episodes()] == [site.episodes.open()[0].id]


def test_a_person_who_switched_a_machine_is_no_anomaly() -> None:
    site = pump(Site())
    site.says("pump-1", vibration=1.0)
    site.turn(s=1)
    done = Step(CommandStatus.DONE, site.clock.now_ms)
    asked = site.clock.now_ms, site.clock.now_ms + 1000, "anna", "c", "b", ""
    site.bus.publish(CommandMoved(Command("c", "pump-1", "turn_off", {}, *asked, (done,)), done, simulated=False))
    site.baseline("pump", unwell(), rows=25)
    assert site.episodes.open() == []
    assert site.machines.restarted == ["pump"]
    site.baseline("pump", unwell(), rows=10)
    assert len(site.episodes.open()) == 1


def test_an_order_that_was_not_carried_out_explains_nothing() -> None:
    site = pump(Site())
    site.says("pump-1", vibration=1.0)
    site.turn(s=1)
    asked = site.clock.now_ms, site.clock.now_ms + 1000, "anna", "c", "b", ""
    for status in (CommandStatus.QUEUED, CommandStatus.FAILED):
        step = Step(status, site.clock.now_ms)
        site.bus.publish(CommandMoved(Command("c", "pump-1", "turn_off", {}, *asked, (step,)), step, simulated=False))
    site.baseline("pump", unwell(), rows=25)
    assert len(site.episodes.open()) == 1
    assert site.machines.restarted == []


def test_false_episodes_of_a_week_ask_for_more_but_never_hide_a_strong_one() -> None:
    site = pump(Site())
    for _ in range(4):
        site.baseline("pump", unwell(score=0.86), rows=6)
        site.baseline("pump", unwell(score=0.0), rows=31)
        site.clock.advance(minutes=13 * 60)
    assert len({one.id for one in site.moved}) == 4
    site.baseline("pump", unwell(score=0.84), rows=6)
    assert site.episodes.open() == []
    site.clock.advance(ms=8 * DAY)
    site.baseline("pump", unwell(score=0.84), rows=6)
    assert len(site.episodes.open()) == 1


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (DeviceSwapped("bath", "a", "b", 0), "other hardware has its place"),
        (AssignmentChanged("bath", "kitchen", "bathroom"), "its sensor was taken away"),
        (DeviceChanged("bath", None), "the device was deleted"),
        (PlacesChanged("asset", "bathroom", gone=True), "what it was about was deleted"),
    ],
)
def test_an_episode_whose_sensor_or_place_is_gone_is_over(event: object, text: str) -> None:
    site = Site()
    site.places.at["bath"] = "bathroom"
    flagged(site)
    site.bus.publish(event)
    assert site.episodes.open() == []
    assert site.told("anomaly.closed") == [text]


async def test_of_a_deleted_device_nothing_is_written_any_more() -> None:
    site = flagged(Site())
    written = len([change for change in site.writer.changes if isinstance(change, EpisodeKept)])
    site.bus.publish(DeviceChanged("bath", None))
    site.turn(minutes=1)
    assert len([change for change in site.writer.changes if isinstance(change, EpisodeKept)]) == written
    assert not site.moved[-1].is_open


def test_a_place_that_fell_silent_says_nothing_of_its_episode_and_tells_it_again_when_it_speaks() -> None:
    site = flagged(Site())
    site.turn(minutes=119)
    assert len(site.episodes.open()) == 1
    site.turn(minutes=2)
    assert site.told("anomaly.closed") == ["nothing came any more"]
    site.says("bath", {"temperature": 1}, temperature=-127.0)
    site.turn(s=1)
    assert len(site.episodes.open()) == 1


def test_an_episode_moves_with_the_clock_that_was_wrong() -> None:
    site = flagged(Site())
    before = site.episodes.open()[0]
    now_ms = site.clock.now_ms
    site.bus.publish(ClockSet(now_ms, now_ms + HOUR, now_ms - DAY, redates=True, learnt=False, reason="NTP"))
    (after,) = site.episodes.open()
    assert (after.id, after.opened_ms) == (before.id, before.opened_ms + HOUR)


async def test_an_open_episode_goes_on_after_a_kill_and_is_closed_when_it_is_over() -> None:
    site = flagged(Site())
    (episode,) = site.episodes.open()
    after = Site(site)
    await after.anomalies.load()
    assert after.episodes.open() == [episode]
    for _ in range(15):
        after.says("bath", temperature=21.0)
        after.turn(minutes=1)
    assert after.episodes.open() == []
    assert {one.id for one in after.moved} == {episode.id}


def stuck(site: Site) -> None:
    words = "temperature has said exactly 21.4 for 6 h; it changes"
    site.flag("bath", "temperature", Quality.STUCK, words, value=21.4)
    site.turn(s=1)


@pytest.mark.parametrize("hours", [3, 20])
async def test_an_episode_that_went_on_for_hours_goes_on_after_a_kill(hours: int) -> None:
    site = Site()
    stuck(site)
    (before,) = site.episodes.open()
    for _ in range(60 * hours):
        site.says("bath", {"temperature": int(Quality.STUCK)}, temperature=21.4)
        site.turn(minutes=1)
    (kept,) = await site.archive.episodes()
    assert site.episodes.open()[0].seen_ms - kept.seen_ms <= HOUR
    after = Site(site)
    await after.anomalies.load()
    stuck(after)
    assert [one.id for one in after.episodes.open()] == [before.id]
    assert after.told() == []


async def test_two_that_a_kill_left_open_where_one_should_be_are_one_again() -> None:
    site = flagged(Site())
    (older,) = site.episodes.open()
    younger = replace(older, id="f" * 16, opened_ms=older.opened_ms + 3 * MINUTE, seen_ms=older.seen_ms + 3 * MINUTE)
    site.writer.submit([episode_kept(younger)])
    after = Site(site)
    await after.anomalies.load()
    assert [one.id for one in after.episodes.open()] == [older.id]
    assert after.told("anomaly.closed") == ["part of the episode that began 3 min before it"]
    assert [one.id for one in await after.archive.episodes(open_only=True)] == [older.id]


async def test_a_write_that_was_refused_late_does_not_undo_a_newer_one(monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site()
    waiting: list[tuple[Sequence[Change], Receipt | None]] = []
    monkeypatch.setattr(site.writer, "submit", lambda changes, receipt=None: waiting.append((changes, receipt)))
    flagged(site)
    well_again(site)
    for _ in range(12):
        site.says("bath", temperature=21.0)
        site.turn(minutes=1)
    refused = False
    for changes, receipt in waiting:
        episode = any(isinstance(change, EpisodeKept) for change in changes)
        error = StoreError("full") if episode and not refused else None
        refused = refused or episode
        if error is None:
            site.writer.changes.extend(changes)
        if receipt is not None:
            receipt.settled(error)
    monkeypatch.undo()
    site.turn(s=20)
    assert await site.archive.episodes(open_only=True) == []
    assert len(await site.archive.episodes()) == 1


async def test_the_history_shows_open_episodes_as_they_are_now() -> None:
    site = pump(Site())
    site.baseline("pump", unwell(score=0.8), rows=5)
    site.baseline("pump", unwell(score=0.85))
    (episode,) = await site.episodes.history(asset="pump")
    assert episode.score == 0.85
    assert await site.episodes.get(episode.id) == episode


def test_nothing_is_heard_where_noticing_is_switched_off() -> None:
    site = Site(enabled=False)
    site.bus.publish(ReadingStored(Reading("bath", site.clock.now_ms, {"temperature": 1.0}), site.clock.now_ms))
    site.bus.publish(SeriesJudged("bath", "temperature", 1, site.clock.now_ms))
    site.anomalies.turn(site.clock.now_ms)
    assert site.anomalies.snapshot().series == 0
    assert site.moved == []


def test_a_flag_whose_reading_the_disk_refused_is_told_all_the_same_after_a_while() -> None:
    site = Site()
    site.bus.publish(Happened(site.clock.now_ms, "series.flagged", IMPOSSIBLE, "bath", "temperature", "bath/b/7"))
    site.bus.publish(SeriesJudged("bath", "temperature", 1, site.clock.now_ms, "bath/b/7"))
    site.turn(s=1)
    assert site.episodes.open() == []
    site.turn(s=30)
    assert [one.reason for one in site.episodes.open()] == [IMPOSSIBLE]


def test_a_flag_that_its_owner_dismissed_ends_the_episode_with_it() -> None:
    site = flagged(Site())
    site.bus.publish(SeriesJudged("bath", "temperature", 0, site.clock.now_ms))
    for _ in range(12):
        site.says("bath", temperature=-127.0)
        site.turn(minutes=1)
    assert site.episodes.open() == []


def test_silence_and_ghosts_are_no_episodes() -> None:
    site = Site()
    site.flag("bath", "temperature", Quality.STALE | Quality.GHOST | Quality.TIME, "nothing new of temperature")
    site.turn(minutes=1)
    assert site.moved == []


def test_another_asset_of_the_same_name_does_not_inherit_the_episode() -> None:
    site = Site()
    site.places.at["bath"] = "bathroom"
    flagged(site)
    first = site.episodes.open()[0].id
    site.bus.publish(PlacesChanged("asset", "bathroom", gone=True))
    well_again(site)
    site.clock.advance(minutes=5)
    flagged(site)
    assert [one.id for one in site.episodes.open()] != [first]


class _Slow:
    """A disk that takes its time: `settle` says what becomes of all that it was given."""

    def __init__(self, site: Site) -> None:
        self._site, self._submit = site, site.writer.submit
        self._waiting: list[tuple[Sequence[Change], Receipt | None]] = []
        site.writer.submit = self.submit  # type: ignore[method-assign]

    def submit(self, changes: Sequence[Change], receipt: Receipt | None = None) -> None:
        self._waiting.append((changes, receipt))

    def settle(self, error: StoreError | None = None) -> None:
        """From now on it is quick again."""
        self._site.writer.submit = self._submit  # type: ignore[method-assign]
        for changes, receipt in self._waiting:
            if error is None:
                self._site.writer.changes.extend(changes)
            if receipt is not None:
                receipt.settled(error)


async def judged(site: Site, verdict: Verdict) -> asyncio.Task[Episode]:
    """On its way to the disk."""
    (episode,) = await site.episodes.history()
    saying = asyncio.create_task(site.episodes.judge(episode.id, verdict, "anna"))
    await asyncio.sleep(0)
    return saying


def strange(site: Site, score: float = 0.9) -> None:
    site.clock.advance(minutes=1)
    signal = Signal(Nature.UNUSUAL, "n-1", "co2", site.clock.now_ms, score, 0.5, "co2 is high")
    site.episodes.hear(Heard(asset="", signal=signal))


async def test_what_grew_while_a_word_was_refused_is_kept() -> None:
    site = Site()
    strange(site)
    disk = _Slow(site)
    saying = await judged(site, Verdict.RIGHT)
    strange(site, 0.99)
    disk.settle(StoreError("full"))
    with pytest.raises(StoreError):
        await saying
    (now,) = site.episodes.open()
    assert (now.score, now.seen_ms, now.verdict) == (0.99, site.clock.now_ms, Verdict.NONE)


async def test_what_comes_while_it_is_called_normal_belongs_to_it_and_is_not_left_open() -> None:
    site = Site()
    strange(site)
    disk = _Slow(site)
    saying = await judged(site, Verdict.NORMAL)
    strange(site)
    disk.settle(StoreError("full"))
    with pytest.raises(StoreError):
        await saying
    assert len(site.episodes.open()) == 1
    disk = _Slow(site)
    saying = await judged(site, Verdict.NORMAL)
    strange(site)
    disk.settle()
    after = await saying
    assert (after.closed_ms, after.verdict) == (site.clock.now_ms, Verdict.NORMAL)
    assert await site.archive.episodes() == [after]
    assert len({one.id for one in site.moved}) == 1


async def test_what_comes_back_while_a_word_is_written_stays_open_with_it() -> None:
    site = Site()
    strange(site)
    site.clock.advance(minutes=40)
    site.says("n-1", co2=500.0)
    site.turn(s=1)
    assert site.episodes.open() == []
    disk = _Slow(site)
    saying = await judged(site, Verdict.RIGHT)
    strange(site)
    disk.settle()
    after = await saying
    assert (after.is_open, after.verdict) == (True, Verdict.RIGHT)
    assert [one.id for one in site.episodes.open()] == [after.id]
    (stored,) = await site.archive.episodes()
    assert (stored.is_open, stored.verdict) == (True, Verdict.RIGHT)


async def test_an_end_that_the_disk_refuses_is_shown_all_the_same() -> None:
    site = Site()
    strange(site)
    site.writer.error = StoreError("full")
    site.clock.advance(minutes=40)
    site.says("n-1", co2=500.0)
    site.turn(s=1)
    assert await site.episodes.history(open_only=True) == []
    assert [one.is_open for one in await site.episodes.history()] == [False]
