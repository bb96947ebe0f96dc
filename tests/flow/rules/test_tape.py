"""What is taped, what needs no row, and that it is read back in the order in which it was heard."""

from __future__ import annotations

import zlib

import msgspec
import pytest

from gateway.core.ports.rules import MEMORY_TAPED, RuleTaped
from gateway.core.rules.actions import NotifyThen
from gateway.core.rules.engine import Engine, Setup
from gateway.core.rules.events import (
    AlertHeard,
    AnomalyHeard,
    ClockKnown,
    CommandHeard,
    Event,
    Heard,
    LeafSeries,
    RuleGone,
    RulePut,
    Series,
    StateHeard,
    StatusHeard,
    Struck,
    TimerHeard,
)
from gateway.core.rules.memory import Memory
from gateway.core.rules.rule import KeptRule, Rule, ValueWhen
from gateway.flow.rules.tape import Began, Left, Tape, read
from tests.fakes import MemoryWriter

NOON = 1_700_000_000_000
WET = Rule(
    name="Wet",
    when=ValueWhen(device="bath", metric="humidity", operator=">", value=70, window_s=60, aggregate="mean"),
    then=(NotifyThen(text="wet"),),
)


def put(number: int = 0) -> RulePut:
    kept = KeptRule(id=f"wet-{number}", rule=WET)
    series = (LeafSeries("when", (Series("bath", "humidity", 900),)),)
    engine = Engine(Setup())
    engine.put(kept, series, None, NOON)
    engine.take(Heard("bath", NOON, {"humidity": 75}))
    return RulePut(kept, series, engine.memory(kept.id), NOON)


def heard(at_ms: int, device: str = "bath", arrived_ms: int = 0) -> Heard:
    return Heard(device, NOON + at_ms, {"humidity": 75.0}, "bath/1/1", arrived_ms=arrived_ms and NOON + arrived_ms)


class Taping:
    def __init__(self) -> None:
        self.writer = MemoryWriter()
        self.tape = Tape(self.writer, "0000abcd")

    def rows(self) -> list[RuleTaped]:
        self.tape.flush()
        return [change for change in self.writer.changes if isinstance(change, RuleTaped)]

    def back(self) -> list[tuple[int, object]]:
        return [(time_ms - NOON, event) for time_ms, event, _ in read(self.rows())]


def test_readings_in_the_order_of_time_need_no_row() -> None:
    taping = Taping()
    for one in (heard(0, "a"), heard(0, "b"), heard(1, "a"), heard(5, "a")):
        taping.tape.note(one)
    assert taping.rows() == []


def test_one_that_was_overtaken_stands_behind_what_overtook_it() -> None:
    taping = Taping()
    for one in (heard(10, "b"), heard(10, "a"), heard(10, "c"), heard(3, "a"), heard(11, "a")):
        taping.tape.note(one)
    assert [(at, event.device, event.time_ms - NOON) for at, event in taping.back() if isinstance(event, Heard)] == [
        (10, "a", 10),
        (10, "c", 10),
        (10, "a", 3),
    ]


def test_one_that_is_dated_ahead_of_its_arrival_stands_where_it_came() -> None:
    taping = Taping()
    taping.tape.note(heard(9_000, arrived_ms=4_000))
    taping.tape.note(heard(5_000))
    ((at_ms, event),) = taping.back()
    assert isinstance(event, Heard)
    assert (at_ms, event.time_ms - NOON, event.arrived_ms - NOON) == (4_000, 9_000, 4_000)


EVENTS: list[Event] = [
    StatusHeard("fan", "online", NOON + 1),
    StateHeard("fan", "gear", 2.5, NOON + 2),
    StateHeard("fan", "gear", None, NOON + 2),
    CommandHeard("fan", "turn_on", "done", NOON + 3, 2),
    AlertHeard("fern", "soil", True, NOON + 4),
    AnomalyHeard("e", "fern", "", "sensor", False, NOON + 5),
    TimerHeard("wet", "dry", True, NOON + 6),
    Struck("wet", NOON + 7),
    put(),
    RuleGone("wet", NOON + 9),
    ClockKnown(False, NOON + 10),
]


def test_everything_that_is_no_reading_is_read_back_as_it_was() -> None:
    taping = Taping()
    for event in EVENTS:
        taping.tape.note(event)
    assert [event for _, event in taping.back()] == EVENTS
    positions = [at_ms for at_ms, _ in taping.back()]
    assert positions == sorted(positions)


def test_what_is_taped_between_two_flushes_is_one_row() -> None:
    taping = Taping()
    for event in EVENTS:
        taping.tape.note(event)
    assert len(taping.rows()) == taping.tape.rows == 1
    taping.tape.note(EVENTS[0])
    assert len(taping.rows()) == 2
    assert len({row.id for row in taping.rows()}) == 2


def test_late_readings_are_noted_by_device() -> None:
    taping = Taping()
    for at_ms in (5, 6, 9):
        taping.tape.left("bath", NOON + at_ms)
    assert [event for _, event in taping.back()] == [Left("bath", (NOON + 5, NOON + 6, NOON + 9))]


def test_the_memory_of_all_rules_is_written_in_slices_of_one_position() -> None:
    taping = Taping()
    taping.tape.note(ClockKnown(False, NOON))
    whole = [msgspec.structs.replace(put(), time_ms=number) for number in range(450)]
    taping.tape.began(whole, NOON + 5, True)
    rows = [row for row in taping.rows() if row.kind == MEMORY_TAPED]
    assert {row.time_ms for row in rows} == {NOON + 5}
    slices = [event for _, event in taping.back() if isinstance(event, Began)]
    assert [len(one.rules) for one in slices] == [200, 200, 50]
    assert [rule for one in slices for rule in one.rules] == whole
    assert {(one.start, one.clock_known) for one in slices} == {(True, False)}


def test_a_house_without_rules_has_a_beginning_too() -> None:
    taping = Taping()
    taping.tape.began([], NOON, False)
    assert taping.back() == [(0, Began(False, True, ()))]


def test_what_no_version_has_written_is_refused() -> None:
    with pytest.raises(zlib.error):
        list(read([RuleTaped("1-1-0", NOON, 1, 1, b"nonsense")]))
    with pytest.raises(msgspec.DecodeError):
        list(read([RuleTaped("1-1-0", NOON, 1, 1, zlib.compress(b"nonsense"))]))


def test_a_memory_is_taped_with_its_windows() -> None:
    kept = put()
    assert isinstance(kept.memory, Memory)
    assert kept.memory.leaves[0].slots != b""
