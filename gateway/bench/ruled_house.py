"""Many rules at work in this process: bus, evaluator, tape and disk are the gateway's, what is done is only counted."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import cast

from ..backends.store.store import Store
from ..core.messages import ReadingStored
from ..core.ports.store import Change
from ..core.rules.engine import Setup
from ..core.rules.events import Event, LeafSeries
from ..core.rules.firing import Fired
from ..core.rules.rule import KeptRule, Rule
from ..core.timers import Timer, TimerState
from ..flow.bus import Bus
from ..flow.latest import Latest
from ..flow.rules.book import Rules
from ..flow.rules.firings import Firings
from ..flow.rules.levels import Levels
from ..flow.rules.live import Live
from ..flow.rules.remembering import RuleSettings
from ..flow.rules.resolve import Resolve
from ..flow.rules.running import Running
from ..flow.rules.tape import Tape
from . import rule_sets

_TURN_S = 1.0
BERLIN = 52.52, 13.405


class RuledHouse:
    """Rules that run, and sensors that say something."""

    def __init__(self, folder: Path, rules: Sequence[KeptRule], devices: int, setup: Setup) -> None:
        self._store = Store(folder / f"rules-{len(rules)}.db")
        self._store.open()
        self._store.start(asyncio.get_running_loop())
        self._bus = Bus()
        self._sensors = rule_sets.Sensors(devices)
        self._devices = devices
        self.counted = _Counted(self._store)
        firings, resolve = cast("Firings", self.counted), cast("Resolve", _Looked())
        tape, settings = Tape(self._store, "0" * 8), RuleSettings()
        self.running = Running(
            self._store, _now_ms, setup, tape, firings, resolve, _unheard, _known, _NoStopper(), settings
        )
        book, levels = cast("Rules", _Book(rules)), cast("Levels", _NoLevels())
        self.live = Live(
            self._bus,
            _now_ms,
            setup,
            self.running,
            book,
            firings,
            _Clocks(),
            resolve,
            lambda hear: levels,
            _unheard,
            _known,
            self._store,
        )
        self._turned = time.monotonic()

    def load(self) -> None:
        """Every rule begins to run, and every sensor has been heard a few times."""
        self.live.load((), _now_ms())
        for _ in range(3 * self._devices):
            self.say()

    def say(self) -> float:
        """The next reading; seconds until every rule that it concerns has been evaluated."""
        now_ms = _now_ms()
        event = ReadingStored(self._sensors.next(now_ms), now_ms)
        began = time.perf_counter()
        self._bus.publish(event)
        took = time.perf_counter() - began
        if time.monotonic() - self._turned >= _TURN_S:
            self._turned = time.monotonic()
            self.live.turn()
        return took

    @property
    def evaluations(self) -> int:
        """Of rules, until now."""
        return self.running.engine.evaluations

    async def close(self) -> None:
        """Leave the disk."""
        await self._store.close()


class _Book:
    def __init__(self, rules: Sequence[KeptRule]) -> None:
        self._rules = {kept.id: kept for kept in rules}

    def list(self) -> list[KeptRule]:
        return list(self._rules.values())

    def get(self, rule: str) -> KeptRule:
        return self._rules[rule]


class _Counted:
    """What fires goes to the disk with what led to it, and is counted instead of done."""

    def __init__(self, store: Store) -> None:
        self.outcomes: Counter[str] = Counter()
        self._store = store

    def note(self, fired: Fired, kept: KeptRule, *, lasting: bool, missed: bool, changes: Sequence[Change]) -> None:
        self.outcomes[fired.part] += 1
        self._store.submit(changes)


class _Clocks:
    def __init__(self) -> None:
        self.ended: Counter[TimerState] = Counter()

    def armed(self, rule: str = "") -> list[Timer]:
        return []


class _Looked:
    def series(self, rule: Rule) -> tuple[LeafSeries, ...]:
        return rule_sets.looked(rule)


class _NoLevels:
    def put(self, rule: str, looks: object) -> None:
        """Only values are looked at."""

    def of(self, kept: KeptRule, words: Mapping[str, str] = {}) -> Iterator[Event]:
        return iter(())


class _NoStopper:
    def stopped(self, rule: str) -> None:
        """It claims nothing."""

    def trip(self, rule: str, reason: str) -> None:
        raise RuntimeError(f"{rule}: {reason}")


def _unheard(device: str) -> Mapping[str, Latest]:
    return {}


def _known() -> bool:
    return True


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


async def paced(say: Callable[[], float], rate: float, seconds: float) -> list[float]:
    """So many a second, evenly; what each took, in seconds."""
    took: list[float] = []
    began = time.monotonic()
    while (passed := time.monotonic() - began) < seconds:
        took.extend(say() for _ in range(int(passed * rate) - len(took)))
        await asyncio.sleep(0.002)
    return took


async def flat_out(say: Callable[[], float], seconds: float) -> float:
    """As many as can be said; how many a second."""
    began, count = time.monotonic(), 0
    while (passed := time.monotonic() - began) < seconds:
        for _ in range(20):
            say()
        count += 20
        await asyncio.sleep(0)
    return count / passed
