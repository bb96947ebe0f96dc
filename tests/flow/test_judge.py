"""The quality gate in the flow: flags on readings, events in words, silence, and the owner's hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.backends.gate_file import GateFile
from gateway.core.errors import Refused
from gateway.core.messages import (
    ClockSet,
    DeviceChanged,
    DeviceSwapped,
    Happened,
    Message,
    Reading,
    ReadingStored,
    SeriesJudged,
)
from gateway.core.ports.intake import Taken
from gateway.core.ports.store import ReadingTaken
from gateway.core.quality import Quality
from gateway.flow.bus import Bus
from gateway.flow.chronicle import Chronicle
from gateway.flow.ingest import Ingest
from gateway.flow.judge import Judge
from gateway.flow.thresholds import Threshold, Thresholds
from gateway.flow.verdicts import CLEAR_READINGS, Verdicts
from tests.fakes import FixedClock, MemoryDocuments, MemoryWriter

STUCK, STALE, JUMP = int(Quality.STUCK), int(Quality.STALE), int(Quality.JUMP)
STEP_S = 10
DAY = 24 * 360


class Facts:
    """Nothing is simulated here."""

    def simulated(self, device: str) -> bool:
        return False


class Site:
    """An ingest with its judge, and a node that measures every ten seconds; the disk obeys."""

    def __init__(self, folder: Path, documents: MemoryDocuments | None = None, mac: str = "") -> None:
        self.clock = FixedClock()
        self.up_ms = 1000
        self.storing = True
        self.known = True
        self.bus = Bus()
        self.documents = documents or MemoryDocuments()
        self.writer = MemoryWriter()
        self.events: list[Happened] = []
        self.judged: list[SeriesJudged] = []
        self.readings: list[Reading] = []
        self.bus.on(Happened, self.events.append)
        self.bus.on(SeriesJudged, self.judged.append)
        self.bus.on(ReadingStored, lambda event: self.readings.append(event.reading))
        chronicle = Chronicle(self.writer, self.bus, self.clock)
        self.verdicts = Verdicts(self.bus, self.clock, chronicle)
        self.thresholds = Thresholds(self.documents)
        self.thresholds.load()
        self.memory = GateFile(folder / "series.state")
        self.judge = Judge(
            self.bus,
            self.verdicts,
            lambda: self.up_ms,
            self.thresholds,
            self.memory,
            lambda: self.known,
            lambda: self.storing,
            lambda device: mac,
        )
        self.judge.load()
        self.ingest = Ingest(self.bus, Facts(), self.clock, doubts=self.judge)
        self.seq = 0

    def wait(self, s: float) -> None:
        self.clock.advance(s=s)
        self.up_ms += round(s * 1000)

    def tell(self, values: dict[str, object], device: str = "node-1") -> Taken:
        message = Message(device, f"devices/{device}/telemetry", json.dumps(values).encode(), 1, False)
        taken = self.ingest.take(message)
        self.ingest.committed(taken)
        return taken

    def say(self, temperature: float | None = None, humidity: float | None = 40.0) -> dict[str, int]:
        """The next reading; what was stored as its quality."""
        self.seq += 1
        self.wait(STEP_S)
        flicker = self.seq * 7 % 11 / 100
        values: dict[str, object] = {"boot": "b1", "seq": self.seq, "uptime_ms": self.seq * STEP_S * 1000}
        values["temperature"] = 21.0 + flicker if temperature is None else temperature
        if humidity is not None:
            values["humidity"] = humidity + flicker
        return self.stored(self.tell(values))

    @staticmethod
    def stored(taken: Taken) -> dict[str, int]:
        return next(change.quality for change in taken.changes if isinstance(change, ReadingTaken))

    def live(self, readings: int) -> None:
        for _ in range(readings):
            assert self.say() == {}

    @property
    def told(self) -> list[tuple[str, str, str]]:
        return [(event.kind, event.metric, event.reason) for event in self.events]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What the judge has learnt of a node in a day and a bit."""
    folder = tmp_path_factory.mktemp("lived")
    site = Site(folder)
    site.live(DAY + 500)
    site.memory.save({"node-1": site.judge._gates["node-1"].kept()})
    return {"state": (folder / "series.state").read_bytes()}


@pytest.fixture
def known(tmp_path: Path, lived: dict[str, bytes]) -> Site:
    """A site that goes on from there, a moment later."""
    (tmp_path / "series.state").write_bytes(lived["state"])
    site = Site(tmp_path)
    site.seq = DAY + 500
    site.clock.advance(s=(DAY + 500) * STEP_S)
    site.live(20)
    return site


def test_a_reading_carries_its_flags_to_the_disk_and_to_everybody(site: Site) -> None:
    assert site.say(temperature=-127.0) == {"temperature": Quality.OUT_OF_RANGE}
    assert site.readings[-1].quality == {"temperature": Quality.OUT_OF_RANGE}


def test_an_event_says_in_words_what_is_wrong_and_which_reading_showed_it(site: Site) -> None:
    site.say(temperature=-127.0)
    assert site.told == [("series.flagged", "temperature", "temperature said -127: no sensor can measure that")]
    assert site.events[0].correlation == "node-1/b1/1"
    assert [change for change in site.writer.changes if isinstance(change, Happened)] == site.events


def test_a_stuck_sensor_is_told_once_with_how_long_and_what_is_usual(known: Site) -> None:
    said = [known.say(temperature=21.5).get("temperature", 0) for _ in range(30)]
    assert said[0] == 0
    assert said[-1] == STUCK
    assert [kind for kind, _, _ in known.told] == ["series.flagged"]
    reason = known.told[0][2]
    assert reason.startswith("temperature has said exactly 21.5 for ")
    assert "it usually changes within" in reason
    assert known.verdicts.quality("node-1") == {"temperature": STUCK}


def test_it_is_cleared_after_a_few_good_readings(known: Site) -> None:
    for _ in range(30):
        known.say(temperature=21.5)
    known.live(CLEAR_READINGS - 1)
    assert known.told[-1][0] == "series.flagged"
    known.live(1)
    assert known.told[-1] == ("series.cleared", "temperature", "temperature is no longer stuck")
    assert known.verdicts.quality("node-1") == {}
    assert known.verdicts.flagged() == {}
    assert [event.quality for event in known.judged] == [STUCK, 0]


def test_a_device_that_falls_silent_is_told_once_and_all_its_series_are_stale(known: Site) -> None:
    known.wait(90)
    known.judge.sweep()
    known.judge.sweep()
    assert known.verdicts.quality("node-1") == {"temperature": STALE, "humidity": STALE}
    assert [(event.kind, event.device, event.metric) for event in known.events] == [("series.flagged", "node-1", "")]
    assert "it usually speaks every 10 s" in known.events[0].reason
    known.say()
    assert known.verdicts.quality("node-1") == {}
    assert known.told[-1][0] == "series.cleared"
    assert len(known.events) == 2


def test_a_metric_that_is_missing_is_stale_though_the_device_goes_on(known: Site) -> None:
    for _ in range(10):
        known.say(humidity=None)
    known.judge.sweep()
    assert known.verdicts.quality("node-1") == {"humidity": STALE}
    assert known.told == [("series.flagged", "humidity", "nothing new of humidity; it usually comes every 10 s")]
    known.say()
    assert known.verdicts.quality("node-1") == {}


def test_a_device_that_was_silent_since_the_start_is_noticed_too(tmp_path: Path, lived: dict[str, bytes]) -> None:
    (tmp_path / "series.state").write_bytes(lived["state"])
    site = Site(tmp_path)
    site.wait(90)
    site.judge.sweep()
    assert site.verdicts.quality("node-1") == {"temperature": STALE, "humidity": STALE}


def test_the_clock_may_jump_without_any_flag(known: Site) -> None:
    for days in (300, -1, 0.01, -0.01):
        known.clock.advance(days=days)
        known.judge.sweep()
        for _ in range(30):
            known.wait(STEP_S)
            known.seq += 1
            flicker = known.seq * 7 % 11 / 100
            assert known.stored(known.tell({"temperature": 21.0 + flicker})) == {}
            known.judge.sweep()
            assert known.stored(known.tell({"humidity": 40.0 + flicker})) == {}
            known.judge.sweep()
    assert known.events == []


def test_late_readings_are_only_checked_against_limits_and_clear_nothing(known: Site) -> None:
    for _ in range(30):
        known.say(temperature=21.5)
    late: dict[str, object] = {"timestamp": "2026-01-07T18:00:00Z", "temperature": 60.0, "humidity": 40.0}
    for _ in range(5):
        assert known.stored(known.tell(late)) == {}
    late["humidity"] = 130.0
    assert known.stored(known.tell(late)) == {"humidity": Quality.OUT_OF_RANGE}
    assert known.verdicts.quality("node-1") == {"temperature": STUCK}
    assert len(known.events) == 1


def test_an_old_message_again_and_again_is_a_ghost(known: Site) -> None:
    said = []
    known.live(1)
    echo: dict[str, object] = {"boot": "b1", "seq": known.seq, "uptime_ms": known.seq * STEP_S * 1000}
    flicker = known.seq * 7 % 11 / 100
    for _ in range(6):
        known.wait(STEP_S)
        said.append(known.stored(known.tell({**echo, "temperature": 21.0 + flicker, "humidity": 40.0 + flicker})))
    assert said[0] == {}
    assert said[-1] == {"temperature": Quality.GHOST, "humidity": Quality.GHOST}


def test_while_nothing_can_be_stored_a_repeated_message_is_no_ghost(known: Site) -> None:
    known.storing = False
    known.live(1)
    echo: dict[str, object] = {"boot": "b1", "seq": known.seq, "uptime_ms": known.seq * STEP_S * 1000}
    for _ in range(6):
        known.wait(STEP_S)
        assert known.stored(known.tell({**echo, "temperature": 21.0 + known.seq * 7 % 11 / 100})) == {}


async def test_the_owner_calls_something_normal_and_that_is_remembered(known: Site, tmp_path: Path) -> None:
    for _ in range(30):
        known.say(temperature=21.5)
    await known.judge.set("node-1", "temperature", Threshold(normal=STUCK))
    assert known.verdicts.quality("node-1") == {}
    assert known.told[-1] == ("series.cleared", "temperature", "temperature may be stuck: that is normal here")
    assert {known.say(temperature=21.5).get("temperature", 0) for _ in range(50)} == {0}
    again = Site(tmp_path, known.documents)
    assert again.thresholds.get("node-1", "temperature") == Threshold(normal=STUCK)


async def test_the_owner_sets_limits_of_one_series(known: Site) -> None:
    await known.judge.set("node-1", "temperature", Threshold(low=10.0, high=22.0))
    assert known.say(temperature=22.5) == {"temperature": Quality.OUT_OF_RANGE}
    await known.judge.set("node-1", "temperature", Threshold())
    assert known.say(temperature=22.5) == {}
    assert known.documents.all("quality") == {}


async def test_what_makes_no_sense_is_refused(site: Site) -> None:
    with pytest.raises(Refused, match="low must be below high"):
        await site.judge.set("node-1", "temperature", Threshold(low=5.0, high=5.0))
    with pytest.raises(Refused, match="set low and high"):
        await site.judge.set("node-1", "temperature", Threshold(normal=int(Quality.OUT_OF_RANGE)))


async def test_what_was_learnt_is_kept_at_the_end_and_a_damaged_file_is_learnt_anew(
    known: Site, tmp_path: Path
) -> None:
    await known.judge.close()
    assert set(known.memory.load()) == {"node-1"}
    (tmp_path / "series.state").write_bytes(b"\x81torn")
    assert known.memory.load() == {}
    Site(tmp_path).live(20)


def test_while_the_time_is_provisional_the_hour_of_the_day_teaches_nothing(known: Site) -> None:
    known.known = False
    known.bus.publish(ClockSet(0, 1, 0, False, False, "for a test"))
    before = known.judge._gates["node-1"].kept().series["temperature"].blocks
    known.live(2000)
    assert known.judge._gates["node-1"].kept().series["temperature"].blocks == before


async def test_new_hardware_is_judged_anew_and_what_the_owner_said_of_its_series_stays(known: Site) -> None:
    await known.judge.set("node-1", "humidity", Threshold(low=0.0, high=60.0))
    for _ in range(30):
        known.say(temperature=21.5)
    assert known.verdicts.flagged()
    known.judged.clear()
    known.bus.publish(DeviceSwapped("node-1", "02:00:00:00:00:a1", "02:00:00:00:00:b2", known.clock()))
    assert not known.verdicts.flagged()
    assert not known.verdicts.quality("node-1")
    assert [(event.metric, event.quality) for event in known.judged] == [("temperature", 0)]
    known.events.clear()
    for number in range(50):
        assert known.say(temperature=28.0 + number % 7 / 10) == {}
    assert known.told == []
    assert known.say(temperature=28.0, humidity=70.0) == {"humidity": Quality.OUT_OF_RANGE}


def test_silence_of_the_old_hardware_is_not_said_of_the_new(known: Site) -> None:
    known.wait(900)
    known.judge.sweep()
    assert known.verdicts.flagged()
    known.bus.publish(DeviceSwapped("node-1", "a", "b", known.clock()))
    known.events.clear()
    known.wait(900)
    known.judge.sweep()
    known.live(1)
    assert known.told == []


async def test_what_other_hardware_has_taught_is_not_believed_after_a_restart(known: Site, tmp_path: Path) -> None:
    for mac, believed in (("", True), ("02:00:00:00:00:a1", True), ("02:00:00:00:00:b2", False)):
        again = Site(tmp_path, known.documents, mac)
        assert ("node-1" in again.judge._gates) == believed
        if mac:
            await again.judge.close()  # from now on it is noted whose it is


def test_a_deleted_device_is_forgotten(known: Site) -> None:
    for _ in range(30):
        known.say(temperature=21.5)
    known.bus.publish(DeviceChanged("node-1", None))
    known.wait(900)
    known.judge.sweep()
    assert known.verdicts.flagged() == {}


def test_many_devices_cost_little_memory_on_the_disk(known: Site, tmp_path: Path) -> None:
    assert len((tmp_path / "series.state").read_bytes()) < 2 * 600
