"""What a replay says when it is the same, and when it is not."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from gateway.core.errors import Refused
from gateway.core.ports.rules import RuleTaped, firing_kept
from gateway.core.ports.store import ReadingTaken
from gateway.core.quality import Quality
from gateway.core.rules.events import ClockKnown, Heard
from gateway.core.rules.rule import KeptRule, Rule
from gateway.flow.rules.replay import Replay
from gateway.flow.rules.report import ReplayReport
from gateway.flow.rules.tape import EVENTS_TAPED
from tests.fakes import MemoryWriter
from tests.flow.rules.test_live_is_replay import SETUP, Life, replayed
from tests.rule_fakes import MemoryColumns, MemoryRules

NOON = 1_699_963_200_000
MINUTE = 60_000
BRIGHT = KeptRule(
    id="bright",
    rule=msgspec.convert(
        {
            "name": "Bright",
            "when": {"kind": "value", "device": "aaa", "metric": "light", "operator": ">", "value": 3},
            "for_s": 60,
            "then": [{"kind": "notify", "text": "x"}],
        },
        Rule,
    ),
)


def house() -> Life:
    return Life([BRIGHT])


def hear(life: Life, minute: float, light: float, bits: int = 0, late_by: float = 0) -> None:
    """Measured at this minute, heard `late_by` minutes later."""
    life.turn(int(NOON + (minute + late_by) * MINUTE))
    life.reading(Heard("aaa", int(NOON + minute * MINUTE), {"light": light}), life.now_ms, bits)


def day(life: Life) -> Life:
    """It fires at minutes 3, 9."""
    for minute, light in ((1, 1), (2, 5), (4, 5), (6, 1), (8, 5), (12, 1)):
        hear(life, minute, light)
    life.turn(NOON + 20 * MINUTE)
    life.tape.flush()
    return life


def whole(life: Life) -> ReplayReport:
    return replayed(life, NOON, NOON + 20 * MINUTE)


def test_the_same_readings_fire_the_same() -> None:
    assert whole(day(house())) == ReplayReport(NOON, NOON + 20 * MINUTE, 2, 2, True, ())


def test_a_stretch_in_between_goes_on_from_what_was() -> None:
    report = replayed(day(house()), NOON + 150_000, NOON + 5 * MINUTE)
    assert (report.live, report.replayed, report.same) == (1, 1, True)


def late() -> Life:
    """Two readings come after something newer of the same device; one is doubted."""
    life = house()
    hear(life, 1, 1)
    hear(life, 2, 9, bits=int(Quality.STUCK))
    hear(life, 5, 1)
    hear(life, 3, 9, late_by=4)
    hear(life, 3.5, 9, late_by=4)
    life.turn(NOON + 20 * MINUTE)
    life.tape.flush()
    return life


def test_doubted_and_late_readings_are_left_out_as_they_were() -> None:
    life = late()
    assert life.fired == []
    assert whole(life) == ReplayReport(NOON, NOON + 20 * MINUTE, 0, 0, True, ())


def test_a_reading_that_is_no_longer_what_it_was_is_a_difference_in_words() -> None:
    life = day(house())
    changed = life.writer.changes
    place = next(
        number for number, one in enumerate(changed) if isinstance(one, ReadingTaken) and one.at_ms == NOON + 2 * MINUTE
    )
    found = changed[place]
    assert isinstance(found, ReadingTaken)
    changed[place] = msgspec.structs.replace(found, values={"light": 1.0})
    report = whole(life)
    assert not report.same
    assert report.differences == (
        "2023-11-14T12:03:00.000Z bright (then) in life only",
        "2023-11-14T12:05:00.000Z bright (then) in the replay only",
    )


def test_a_firing_nobody_noted_is_a_difference() -> None:
    life = day(house())
    first = firing_kept(asyncio.run(MemoryRules(life.writer).firings())[-1])
    life.writer.changes = [one for one in life.writer.changes if getattr(one, "id", "") != first.id]
    assert whole(life).differences == ("2023-11-14T12:03:00.000Z bright (then) in the replay only",)


def test_a_row_of_the_tape_that_is_gone_is_noticed() -> None:
    life = late()
    taped = [one for one in life.writer.changes if isinstance(one, RuleTaped) and one.kind == EVENTS_TAPED]
    life.writer.changes = [one for one in life.writer.changes if one not in taped]
    assert whole(life).differences == ("2023-11-14T12:04:00.000Z bright (then) in the replay only",)


def test_a_restart_in_between_is_no_difference() -> None:
    life = house()
    hear(life, 1, 1)
    hear(life, 2, 5)
    life.restart()
    hear(life, 2.5, 5)
    life.turn(NOON + 20 * MINUTE)
    life.tape.flush()
    assert [one.time_ms for one in life.fired] == [NOON + 3 * MINUTE]
    assert whole(life).same


def test_what_was_before_the_clock_was_set_is_not_compared() -> None:
    life = house()
    hear(life, 1, 1)
    hear(life, 2, 5)
    life.turn(NOON + 4 * MINUTE)
    life.hear(ClockKnown(True, life.now_ms))
    for minute, light in ((6, 1), (8, 5), (12, 1)):
        hear(life, minute, light)
    life.tape.flush()
    report = whole(life)
    assert (report.live, report.replayed, report.same) == (1, 1, True)
    assert report.not_comparable == "the clock was set at 2023-11-14T12:04:00.000Z: what was before is not compared"


def test_what_is_older_than_the_tape_is_said() -> None:
    report = replayed(day(house()), NOON - MINUTE, NOON + 20 * MINUTE)
    assert report.same
    assert report.not_comparable == "what was noted before 2023-11-14T12:00:00.000Z is not on the tape"


def test_without_a_tape_there_is_nothing_to_replay() -> None:
    writer = MemoryWriter()
    replay = Replay(MemoryRules(writer), MemoryColumns(writer), SETUP)
    with pytest.raises(Refused, match="nothing is taped"):
        asyncio.run(replay.of(NOON, NOON + MINUTE))
