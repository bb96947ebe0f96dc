"""`gateway bench history`: questions to ten million readings while more arrive, and a start with them after a kill."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from statistics import median

import msgspec

from ..backends.store.settings import StoreSettings
from ..backends.store.store import Store
from ..core.ports.store import ReadingTaken
from . import filling, loadgen
from .figures import Figure, NotMeasured, Report, attempt
from .footprint import first_connect
from .ingest import node_options
from .progress import Progress
from .site import Site

_EVERY_MS = 10_000
_HOUR_MS, _DAY_MS = 3_600_000, 86_400_000
_YEAR_MS = 365 * _DAY_MS
_RATE = 500
_FEEDERS = 20
_METRIC = "temperature"


class Plan(msgspec.Struct, frozen=True):
    """How much there is and how often it is asked for."""

    readings: int
    queries: int
    """Of each kind."""
    starts: int


FULL = Plan(readings=10_000_000, queries=300, starts=5)
QUICK = Plan(readings=600_000, queries=40, starts=1)


class History:
    """One run of the bench; everything it writes is below `folder`.

    Some nodes with a year at 10 s each (as many as fit), the rest with what is left; all up to now.
    """

    def __init__(self, folder: Path, plan: Plan) -> None:
        self._folder = folder
        self._plan = plan
        self._site = Site(folder / "gateway")
        self._path = self._site.data / "gateway.db"
        self._now_ms = time.time_ns() // 1_000_000
        self._per_year = _YEAR_MS // _EVERY_MS
        self._progress = Progress(plan.readings // 20_000 + 3 + plan.starts)

    def run(self) -> Report:
        """Every figure, measured or with the reason why not."""
        figures = attempt("history_24h_raw_p99", "ms", lambda: asyncio.run(self._queries()))
        figures += attempt("start_after_kill", "s", self._starts)
        self._progress.close()
        return Report("history", tuple(figures))

    async def _queries(self) -> list[Figure]:
        store = Store(self._path, StoreSettings(chore_pause_s=0.0, chores_s=0.0, pack_after_s=0.0))
        store.open()
        store.start(asyncio.get_running_loop())
        try:
            began = time.monotonic()
            await filling.fill(store, [filling.readings(*one) for one in self._nodes()], self._told())
            took_s = time.monotonic() - began
            self._progress.step("compressing and rolling up")
            await filling.settled(store)
            size = filling.used_bytes(self._path)
        finally:
            await store.close()
        figures = [
            Figure("history_fill", "readings/s", round(self._plan.readings / took_s)),
            Figure("stored_per_value_settled", "B", round(size / self._plan.readings, 2), at_most=6),
        ]
        return figures + await self._asked()

    def _nodes(self) -> list[tuple[str, int, int, int, int]]:
        """Device, seed, start, interval and number of readings of each node."""
        full, rest = divmod(self._plan.readings, self._per_year)
        counts = [self._per_year] * full + ([rest] if rest else [])
        return [
            (f"node-{number}", number, self._now_ms - count * _EVERY_MS, _EVERY_MS, count)
            for number, count in enumerate(counts)
        ]

    def _told(self) -> Iterator[None]:
        for number in range(1, 1 << 40):
            if number % 10 == 0:
                self._progress.step("filling")
            yield

    async def _asked(self) -> list[Figure]:
        """The three questions, while other nodes publish."""
        store = Store(self._path)
        store.open()
        store.start(asyncio.get_running_loop())
        feeding = asyncio.create_task(_feed(store))
        try:
            self._progress.step("asking")
            await asyncio.sleep(2)
            dice = random.Random(1)
            device, _, start_ms, _, count = self._nodes()[0]
            span_ms = count * _EVERY_MS
            rows = _DAY_MS // _EVERY_MS

            def any_time(length_ms: int) -> int:
                return start_ms + dice.randrange(max(1, span_ms - length_ms))

            async def day() -> int:
                at = any_time(_DAY_MS)
                return len(await store.raw(device, _METRIC, at, at + _DAY_MS))

            async def month() -> int:
                at = any_time(30 * _DAY_MS)
                return len(await store.buckets(device, _METRIC, at, at + 30 * _DAY_MS, _HOUR_MS))

            async def year() -> int:
                end_ms = self._now_ms - dice.randrange(_DAY_MS)
                return len(await store.buckets(device, _METRIC, end_ms - _YEAR_MS, end_ms, _DAY_MS))

            figures: list[Figure] = []
            wanted = (("24h_raw", day, rows), ("30d_by_hour", month, 720), ("1y_by_day", year, 365))
            for name, question, least in wanted:
                figures += await self._figures(name, question, min(least, _fewest(name, span_ms)))
            return figures
        finally:
            feeding.cancel()
            await store.close()

    async def _figures(self, name: str, question: Callable[[], Awaitable[int]], least: int) -> list[Figure]:
        took_ms: list[float] = []
        for _ in range(self._plan.queries):
            began = time.perf_counter()
            rows = await question()
            took_ms.append((time.perf_counter() - began) * 1000)
            if rows < least:
                raise NotMeasured(f"{name}: {rows} rows came back, not {least}")
            await asyncio.sleep(0.005)
        took_ms.sort()
        return [
            Figure(f"history_{name}_p50", "ms", round(median(took_ms), 2)),
            Figure(f"history_{name}_p99", "ms", round(took_ms[int(0.99 * (len(took_ms) - 1))], 2), at_most=25),
        ]

    def _starts(self) -> Sequence[Figure]:
        """Kill the gateway under load, with all those readings; from its next start to the first CONNECT."""
        program = loadgen.build(self._folder / "cache")
        server = self._site.start()
        try:
            device = self._site.enrol(1)[0]
            path = self._folder / "nodes"
            path.touch(mode=0o600)
            path.write_text(device.line + "\n")
            took: list[float] = []
            for _ in range(self._plan.starts):
                self._progress.step("killing and starting")
                load = msgspec.structs.replace(node_options(server, path, seconds=2), publishers=1, rate=_RATE)
                loadgen.run(program, load)
                server.kill()
                began = time.monotonic()
                server = self._site.start(ready=False)
                took.append(first_connect(server, device) - began)
        finally:
            server.kill()
        return [Figure("start_after_kill", "s", round(max(took), 3), at_most=3, note="the slowest")]


def _fewest(name: str, span_ms: int) -> int:
    """Rows there can be at least when the first node's readings span so long."""
    step_ms = {"24h_raw": _EVERY_MS, "30d_by_hour": _HOUR_MS, "1y_by_day": _DAY_MS}[name]
    return span_ms // step_ms


async def _feed(store: Store) -> None:
    """500 readings a second of other nodes, evenly, until cancelled."""
    began, sent = time.monotonic(), 0
    while True:
        due = int((time.monotonic() - began) * _RATE)
        now_ms = time.time_ns() // 1_000_000
        for number in range(sent, due):
            node = f"feeder-{number % _FEEDERS}"
            store.submit((ReadingTaken(node, "b1", number // _FEEDERS, now_ms, {_METRIC: number % 40 / 2}),))
        sent = due
        await asyncio.sleep(0.002)
