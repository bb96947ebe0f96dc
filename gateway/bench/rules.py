"""`gateway bench rules`: what hundreds and thousands of rules cost, and how long a month takes to rehearse."""

from __future__ import annotations

import asyncio
import gc
import time
import tracemalloc
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path
from statistics import median

import msgspec

from ..backends.store.settings import StoreSettings
from ..backends.store.store import Store
from ..core.rules.actions import NotifyThen
from ..core.rules.engine import Engine, Setup
from ..core.rules.events import Heard, LeafSeries, Series
from ..core.rules.rule import Rule, ValueWhen, measured
from ..core.rules.words import PlainNames
from ..flow.rules.backtest import Backtest
from . import filling, rule_sets
from .figures import Figure, NotMeasured, Report, attempt
from .program import OpenSite, Program
from .progress import Progress
from .rule_nodes import COLD_C, HOT_C, Pair
from .ruled_house import BERLIN, RuledHouse, flat_out, paced

_SETUP = Setup(UTC, *BERLIN)
_FEW, _MANY = 300, 8000
_FEW_DEVICES, _MANY_DEVICES = 50, 400
_RATE = 500.0
_PEER_BYTES = 450_000.0
"""eKuiper's README: 8000 rules at 800 messages/s, 400 to 500 KB a rule."""
_EVERY_MS, _DAY_MS = 10_000, 86_400_000
_AGE_S = 900


class Plan(msgspec.Struct, frozen=True):
    """How long, and how much history there is to rehearse on."""

    seconds: float
    devices: int
    days: int
    rehearsals: int
    commands: int


FULL = Plan(seconds=20.0, devices=20, days=30, rehearsals=3, commands=300)
QUICK = Plan(seconds=4.0, devices=8, days=6, rehearsals=3, commands=40)


class Rules:
    """One run of the bench; everything it writes is below `folder`."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        self._folder = folder
        self._plan = plan
        self._now_ms = time.time_ns() // 1_000_000 // _DAY_MS * _DAY_MS
        self._progress = Progress(6 + plan.devices * plan.days * 8640 // 20_000)

    def run(self) -> Report:
        """Every figure, measured or with the reason why not."""
        self._progress.step(f"{_FEW} rules")
        figures = asyncio.run(self._few())
        self._progress.step(f"{_MANY} rules")
        figures += asyncio.run(self._many())
        figures.append(_bytes_a_rule())
        self._progress.step("a reading's way to a command")
        figures += attempt("rule_to_command_p50", "ms", self._commands)
        plan = self._plan
        figures += attempt("backtest_30d_20n", "s", lambda: asyncio.run(self.backtests(plan.devices, plan.days)))
        self._progress.close()
        return Report("rules", tuple(figures))

    async def _few(self) -> list[Figure]:
        house = RuledHouse(self._folder, rule_sets.written(_FEW, _FEW_DEVICES), _FEW_DEVICES, _SETUP)
        try:
            house.load()
            await paced(house.say, _RATE, 1.0)
            evaluations, began, used = house.evaluations, time.monotonic(), time.process_time()
            took = await paced(house.say, _RATE, self._plan.seconds)
            used, passed = time.process_time() - used, time.monotonic() - began
            evaluated = (house.evaluations - evaluations) / passed
        finally:
            await house.close()
        took.sort()
        fired = sum(house.counted.outcomes.values())
        return [
            Figure(
                "rules_300_cpu",
                "% of a core",
                _short(100 * used / passed),
                at_most=25,
                note=f"{len(took) / passed:.0f} readings/s of four values, {fired} firings",
            ),
            Figure("rules_300_p99", "ms", _short(1000 * took[int(0.99 * (len(took) - 1))]), at_most=5),
            Figure("rules_300_worst", "ms", _short(1000 * took[-1])),
            Figure("rules_300_evaluations", "1/s", _short(evaluated)),
        ]

    async def _many(self) -> list[Figure]:
        house = RuledHouse(self._folder, rule_sets.written(_MANY, _MANY_DEVICES), _MANY_DEVICES, _SETUP)
        try:
            house.load()
            rate = await flat_out(house.say, self._plan.seconds / 2)
        finally:
            await house.close()
        return [Figure("rules_8000_rate", "readings/s", _short(rate), at_least=800, note="of four values")]

    def _commands(self) -> list[Figure]:
        site = OpenSite(self._folder / "gateway")
        with site.config.open("a") as config:
            config.write("[rules]\nmost_firings_per_hour = 3600\n")
        with site.start():
            (sensor,), (switch,) = site.enrol(1, 0, "climate"), site.enrol(1, 1, "fan")
            program = site.program()
            pair = Pair(sensor, switch, site.tls_port)
            try:
                said = [_said(switch.device_id, verb) for verb in ("turn_on", "turn_off")]
                rule = {
                    "name": "Hot",
                    "when": {
                        "kind": "value",
                        "device": sensor.device_id,
                        "metric": "temperature",
                        "operator": ">",
                        "value": 25,
                    },
                    "then": [said[0]],
                    "else": [said[1]],
                }
                pair.say(COLD_C)  # a rule can name only what is measured
                _learnt(program, sensor.device_id)
                program.got("POST", "/rules?id=hot", rule)
                program.got("POST", "/rules/hot/enable", {"mode": "live"})
                waits = [pair.ask(COLD_C if number % 2 else HOT_C) for number in range(self._plan.commands)]
            finally:
                pair.close()
                program.close()
        waits.sort()
        return [
            Figure(f"rule_to_command_{name}", "ms", _short(value), note=pair.flaw, flawed=bool(pair.flaw))
            for name, value in (("p50", median(waits)), ("p99", waits[int(0.99 * (len(waits) - 1))]))
        ]

    async def backtests(self, devices: int, days: int) -> list[Figure]:
        """A history as the gateway makes it; then rules on all of it and on one of its series, from a fresh start."""
        path = self._folder / "history.db"
        store = Store(path, StoreSettings(chore_pause_s=0.0, chores_s=0.0, pack_after_s=0.0))
        store.open()
        store.start(asyncio.get_running_loop())
        try:
            count = days * _DAY_MS // _EVERY_MS
            start_ms = self._now_ms - days * _DAY_MS
            nodes = [
                filling.readings(rule_sets.device(number), number, start_ms, _EVERY_MS, count)
                for number in range(devices)
            ]
            await filling.fill(store, nodes, self._told())
            self._progress.step("compressing")
            await filling.settled(store)
        finally:
            await store.close()
        scale = FULL.devices * FULL.days / (devices * days)
        return [
            await self._rehearsed(path, "backtest_30d_20n", devices, days, scale),
            await self._rehearsed(path, "backtest_30d_one", 1, days, FULL.days / days),
        ]

    def _told(self) -> Iterator[None]:
        for number in range(1, 1 << 40):
            if number % 10 == 0:
                self._progress.step("filling")
            yield

    async def _rehearsed(self, path: Path, name: str, devices: int, days: int, scale: float) -> Figure:
        took: list[float] = []
        for _ in range(self._plan.rehearsals):
            self._progress.step("rehearsing")
            store = Store(path)
            store.open()
            store.start(asyncio.get_running_loop())
            try:
                backtest = Backtest(store, _Zone(devices).spans, _SETUP, PlainNames())
                began = time.perf_counter()
                found = await backtest.of(_WARM, self._now_ms - days * _DAY_MS, self._now_ms)
                took.append(time.perf_counter() - began)
            finally:
                await store.close()
            if found.readings != devices * days * 8640 or not found.firings:
                raise NotMeasured(f"{name}: {found.readings} readings, {len(found.firings)} firings")
        said = f"{found.readings} readings, {len(found.firings)} firings"
        note = said if scale == 1 else f"{said}; measured {median(took):.3g} s, times {scale:.3g}"
        return Figure(name, "s", _short(median(took) * scale), at_most=5, note=note)


_WARM = Rule(
    name="Too warm",
    when=ValueWhen(zone="house", metric="temperature", of="any", operator=">", value=22.5),
    for_s=600,
    hysteresis=0.5,
    then=(NotifyThen(text="It is {value} °C."),),
)


class _Zone:
    """All devices of the history are in it."""

    def __init__(self, devices: int) -> None:
        self._devices = devices

    def spans(self, rule: Rule, from_ms: int, to_ms: int) -> tuple[LeafSeries, ...]:
        """See backtest.Spans."""
        series = tuple(Series(rule_sets.device(number), "temperature", _AGE_S) for number in range(self._devices))
        return tuple(LeafSeries(path, series) for path, _ in measured(rule))


def _bytes_a_rule() -> Figure:
    """Rules as they are kept, in the evaluator, after each sensor was heard twice."""
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        rules, engine = rule_sets.written(_MANY, _MANY_DEVICES), Engine(_SETUP)
        now_ms = time.time_ns() // 1_000_000
        for kept in rules:
            engine.put(kept, rule_sets.looked(kept.rule), None, now_ms)
        sensors = rule_sets.Sensors(_MANY_DEVICES)
        for number in range(2 * _MANY_DEVICES):
            reading = sensors.next(now_ms + 1 + number)
            engine.take(Heard(reading.device, reading.time_ms, reading.values, arrived_ms=reading.time_ms))
        gc.collect()
        each = (tracemalloc.get_traced_memory()[0] - before) / len(rules)
    finally:
        tracemalloc.stop()
    note = "the peer: eKuiper, as published, 400 to 500 KB"
    return Figure("rule_bytes", "B", _short(each), peer=_PEER_BYTES, at_most=20_480, note=note)


def _learnt(program: Program, device: str) -> None:
    """Until the gateway knows what the sensor measures."""
    for _ in range(200):
        if b'"temperature"' in program.got("GET", f"/devices/{device}"):
            return
        time.sleep(0.05)
    raise NotMeasured("the gateway has not learnt what the sensor measures")


def _said(device: str, verb: str) -> dict[str, object]:
    return {"kind": "command", "device": device, "verb": verb}


def _short(value: float) -> float:
    return float(f"{value:.4g}")
