"""Whatever comes late, overtakes, is left out or stops in between: a replay fires what life did."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.ports.rules import firing_kept
from gateway.core.ports.store import ReadingTaken
from gateway.core.quality import Quality
from gateway.core.rules.engine import Engine, Setup
from gateway.core.rules.events import Event, Heard, RuleGone, RulePut
from gateway.core.rules.firing import Fired, Firing
from gateway.core.rules.memory import Memory
from gateway.core.rules.rule import KeptRule, Mode
from gateway.flow.rules.replay import Replay
from gateway.flow.rules.report import ReplayReport
from gateway.flow.rules.tape import Tape
from tests.core.rules.streams import DEVICES, START, houses, rules, seen_by, streams
from tests.fakes import MemoryWriter
from tests.rule_fakes import MemoryColumns, MemoryRules

SETUP = Setup(fresh_s=120)


class Life:
    """What `Live` does, without a bus: the same fast path, the same tape."""

    def __init__(self, house: list[KeptRule]) -> None:
        self.writer = MemoryWriter()
        self.house = {kept.id: kept for kept in house}
        self.now_ms = START
        self.fired: list[Fired] = []
        self._newest: dict[str, int] = {}
        self._runs = 0
        self._seq = 0
        self.engine, self.tape = Engine(SETUP), Tape(self.writer, "0")
        self.start({})

    def start(self, memories: dict[str, Memory]) -> None:
        self._runs += 1
        self.engine, self.tape = Engine(SETUP), Tape(self.writer, f"{self._runs:08x}")
        for kept in self.house.values():
            self.put(kept, memories.get(kept.id))
        self.write_all(start=True)

    def write_all(self, *, start: bool = False) -> None:
        whole = [RulePut(kept, seen_by(kept), self.engine.memory(kept.id), self.now_ms) for kept in self.house.values()]
        self.tape.began(whole, self.now_ms, start)

    def put(self, kept: KeptRule, memory: Memory | None) -> None:
        self.house[kept.id] = kept
        self.hear(RulePut(kept, seen_by(kept), memory, self.now_ms))

    def restart(self) -> None:
        self.tape.flush()
        self.now_ms += 500
        self.start({rule: self.engine.memory(rule) for rule in self.house})

    def hear(self, event: Event) -> None:
        self.tape.note(event)
        for one in self.engine.take(event):
            self.fired.append(one)
            self.tape.flush()
            firing = Firing(
                id=one.id,
                rule=one.rule,
                version=one.version,
                part=one.part,
                mode=Mode.SHADOW,
                time_ms=one.time_ms,
                noted_ms=self.now_ms,
                why="",
                trace=one.trace,
            )
            self.writer.submit([firing_kept(firing)])

    def turn(self, now_ms: int) -> None:
        """The wall clock strikes at each moment, not all at once at the end."""
        while self.now_ms < now_ms:
            next_ms = self.engine.next_ms()
            self.now_ms = min(now_ms, max(next_ms or now_ms, self.now_ms + 1))
            while struck := self.engine.due(self.now_ms):
                for one in struck:
                    self.hear(one)

    def reading(self, heard: Heard, arrived_ms: int, bits: int) -> None:
        self._seq += 1
        values, quality = dict(heard.values), {}
        if bits:
            quality = {next(iter(values)): bits}
        self.writer.submit([ReadingTaken(heard.device, "b", self._seq, heard.time_ms, values, quality=quality)])
        newest_ms = self._newest.get(heard.device, 0)
        if heard.time_ms < newest_ms or not self.engine.cells(heard.device):
            # Also of a device that nobody looks at any more: it was on its way when the last rule went.
            self.tape.left(heard.device, heard.time_ms)
            self._newest[heard.device] = max(newest_ms, min(heard.time_ms, arrived_ms))
            return
        self._newest[heard.device] = min(heard.time_ms, arrived_ms)
        self._inside(heard, arrived_ms, {metric: value for metric, value in values.items() if metric not in quality})

    def _inside(self, heard: Heard, arrived_ms: int, values: dict[str, float]) -> None:
        outside, lag_ms = False, arrived_ms - heard.time_ms
        for metric, cell in (self.engine.cells(heard.device) or {}).items():
            value = values.get(metric)
            if value is None:
                continue
            cell.lag_ms = lag_ms
            if lag_ms >= 0 and cell.inside(value, heard.time_ms):
                cell.value, cell.time_ms = value, heard.time_ms
            else:
                outside = True
        if outside:
            self.hear(Heard(heard.device, heard.time_ms, values, arrived_ms=arrived_ms))


Step = tuple[int, Callable[[Life], None]]

delays = st.sampled_from((0, 0, 0, 10, 2_000, 30_000, 119_000, 121_000, 400_000, 1_200_000, -5_000))
"""Of a reading behind its own time; -5 s: the node's clock is ahead."""
backlogs = st.sampled_from((0, 0, 0, 60_000, 600_000, 7_200_000))
"""How long after all its own times a device is heard."""
doubts = st.sampled_from((0, 0, 0, 0, 0, int(Quality.STUCK)))


def replayed(life: Life, from_ms: int, to_ms: int) -> ReplayReport:
    replay = Replay(MemoryRules(life.writer), MemoryColumns(life.writer), SETUP)
    return asyncio.run(replay.of(from_ms, to_ms))


def lived(house: list[KeptRule], events: list[Event], data: Any) -> Life:
    """Readings come when they come; each device's own in the order in which it sent them, or marked as late."""
    life = Life(house)
    behind = {device: data.draw(backlogs) for device in DEVICES}
    steps: list[tuple[int, int, Event]] = []
    for number, event in enumerate(events):
        delay_ms = data.draw(delays) + behind[event.device] if isinstance(event, Heard) else 0
        steps.append((event.time_ms + delay_ms, number, event))  # type: ignore[union-attr]
    steps.sort(key=lambda step: step[:2])
    if data.draw(st.integers(0, 4)) == 4:  # a recording, poured in later
        life.now_ms = steps[-1][0]
        life.restart()
    for arrived_ms, number, event in steps:
        life.turn(max(arrived_ms, life.now_ms))
        if isinstance(event, Heard):
            life.reading(event, life.now_ms, data.draw(doubts))
        else:
            life.hear(msgspec.structs.replace(event, time_ms=life.now_ms))
        match data.draw(st.integers(0, 30)):
            case 27:
                life.restart()
            case 28:
                life.write_all()
            case 29:
                kept = KeptRule(id="r0", rule=data.draw(rules), version=2 + number)
                life.put(kept, None)
            case 30:
                if "r1" in life.house:
                    del life.house["r1"]
                    life.hear(RuleGone("r1", life.now_ms))
    life.turn(life.now_ms + 1_500_000)
    life.tape.flush()
    return life


def check(house: list[KeptRule], events: list[Event], data: Any) -> None:
    life = lived(house, events, data)
    assert life.engine.broken == {}
    report = replayed(life, START - 1, life.now_ms + 1)
    assert report.differences == ()
    assert report.same
    assert report.live == report.replayed == len({one.id for one in life.fired})


@settings(max_examples=200, deadline=None)
@given(houses, streams, st.data())
def test_a_replay_fires_what_life_did(house: list[KeptRule], events: list[Event], data: Any) -> None:
    check(house, events, data)


@pytest.mark.soak
@settings(max_examples=20_000, deadline=None)
@given(houses, streams, st.data())
def test_a_replay_fires_what_life_did_however_often_it_is_tried(
    house: list[KeptRule], events: list[Event], data: Any
) -> None:
    check(house, events, data)
