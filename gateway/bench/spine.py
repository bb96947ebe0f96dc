"""A full path without what makes data honest: decoded, named, on the disk, acknowledged, told.

A row for each value by time and series, integers all but the value, as the gateway's first store had it. No clock is
questioned, no value doubted, nothing condensed: what that costs stands beside it in a run. As its own process: `python
-m gateway.bench.spine FOLDER NODES` registers so many, leaves what they sign in with in FOLDER/credentials and prints
`listening on 127.0.0.1:PORT` when it is ready.
"""

from __future__ import annotations

import asyncio
import gc
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from queue import SimpleQueue

from ..backends import cores, loop
from ..backends.broker.broker import GatewayBroker
from ..backends.broker.settings import BrokerSettings, Listener
from ..backends.documents import TinyDocuments
from ..backends.keys import ServerKey
from ..core import topics
from ..core.codec import decode_telemetry
from ..core.messages import Message, Reading, ReadingStored
from ..core.ports.intake import NOTHING, Taken
from ..core.ports.store import Change, ReadingTaken, Receipt
from ..flow.accounts import Accounts
from ..flow.bus import Bus
from ..flow.gate import Gate
from ..flow.registration import Credentials, Registration
from ..flow.registry import Registry
from ..flow.trail import Trail

_CONGESTED = 10_000
_Submitted = tuple[Sequence[Change], Receipt | None]


class SpineIntake:
    """Decodes and names telemetry; whoever wants to may know the newest."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    def take(self, message: Message) -> Taken:
        """Each sample as one change and one event."""
        topic = topics.parse(message.topic)
        if topic is None or topic.what != "telemetry":
            return NOTHING
        changes, events = [], []
        for sample in decode_telemetry(message.payload):
            boot, seq, at_ms = sample.boot or "", sample.seq or 0, sample.uptime_ms or 0
            changes.append(ReadingTaken(topic.device, boot, seq, at_ms, sample.values, 0))
            reading = Reading(topic.device, at_ms, sample.values, False, boot, seq, False, {})
            events.append(ReadingStored(reading, at_ms))
        return Taken(changes, events)

    def committed(self, taken: Taken) -> None:
        """Tell it."""
        for event in taken.events:
            self._bus.publish(event)


class SpineRows:
    """The database, and the numbers of what is written into it often."""

    def __init__(self, path: str) -> None:
        self._numbers: dict[tuple[str, str], int] = {}
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=FULL")
        self._database.execute("CREATE TABLE name (number INTEGER PRIMARY KEY, device TEXT, what TEXT)")
        self._database.execute(
            "CREATE TABLE reading (at_ms INTEGER, series INTEGER, boot INTEGER, seq INTEGER, value REAL,"
            " PRIMARY KEY (at_ms, series, boot, seq)) WITHOUT ROWID"
        )

    def write(self, changes: Iterable[Change]) -> None:
        """All or none of them."""
        self._database.execute("BEGIN")
        rows = [row for change in changes if type(change) is ReadingTaken for row in self._rows(change)]
        self._database.executemany("INSERT OR IGNORE INTO reading VALUES (?,?,?,?,?)", rows)
        self._database.execute("COMMIT")

    def _rows(self, change: ReadingTaken) -> Iterator[tuple[int, int, int, int | None, float]]:
        boot = self._number(change.device, change.boot)
        for metric, value in change.values.items():
            yield change.at_ms, self._number(change.device, metric), boot, change.seq, value

    def _number(self, device: str, what: str) -> int:
        number = self._numbers.get((device, what))
        if number is None:
            number = self._numbers[device, what] = len(self._numbers)
            self._database.execute("INSERT INTO name VALUES (?,?,?)", (number, device, what))
        return number


class SpineWriter:
    """A thread that commits whatever waits and settles the receipts on the loop."""

    def __init__(self, database: str) -> None:
        self._database = database
        self._waiting: list[_Submitted] = []
        self._batches: SimpleQueue[list[_Submitted]] = SimpleQueue()
        self._under_way = 0
        self._relieved: list[Callable[[], None]] = []
        self._loop = asyncio.get_running_loop()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def submit(self, changes: Sequence[Change], receipt: Receipt | None = None) -> None:
        """As `Writer`."""
        self._waiting.append((changes, receipt))
        self._under_way += 1
        if len(self._waiting) == 1:
            self._loop.call_soon(self._hand_over)

    @property
    def congested(self) -> bool:
        """As `Writer`."""
        return self._under_way > _CONGESTED

    def when_relieved(self, callback: Callable[[], None]) -> None:
        """As `Writer`."""
        self._relieved.append(callback)

    def _hand_over(self) -> None:
        handed, self._waiting = self._waiting, []
        self._batches.put(handed)

    def _settle(self, batch: list[_Submitted]) -> None:
        self._under_way -= len(batch)
        for _changes, receipt in batch:
            if receipt is not None:
                receipt.settled(None)
        if not self.congested:
            callbacks, self._relieved = self._relieved, []
            for callback in callbacks:
                callback()

    def _run(self) -> None:
        rows = SpineRows(self._database)
        while True:
            batch = self._batches.get()
            while not self._batches.empty():
                batch += self._batches.get()
            rows.write(change for changes, _ in batch for change in changes)
            self._loop.call_soon_threadsafe(self._settle, batch)


async def _serve(folder: Path, nodes: int) -> int:
    bus, newest = Bus(), dict[str, Reading]()
    bus.on(ReadingStored, lambda event: newest.__setitem__(event.reading.device, event.reading))
    writer = SpineWriter(str(folder / "spine.db"))
    documents, key, trail = TinyDocuments(folder / "documents"), ServerKey.load(folder, {}), Trail(writer, bus, _now_ms)
    registry = Registry(documents, key, bus, trail, _now_ms)
    accounts = Accounts(documents, key, bus, trail, _now_ms, session_days=1)
    await asyncio.to_thread(_leave, folder / "credentials", await _enrol(registry, nodes))
    broker = GatewayBroker(
        BrokerSettings(),
        {"tcp": Listener("127.0.0.1:0")},
        bus,
        writer=writer,
        intake=SpineIntake(bus),
        gatekeeper=Gate(registry, accounts),
    )
    await broker.start()
    cores.keep_together((threading.get_native_id(), writer.thread.native_id or 0))
    gc.collect()
    gc.freeze()
    print(f"listening on 127.0.0.1:{broker.port('tcp')}", flush=True)
    await asyncio.Event().wait()
    return 0


async def _enrol(registry: Registry, nodes: int) -> str:
    """As the load generator reads them: client, user, password."""
    token = await registry.enrolment.create(uses=nodes, minutes=1)
    asked = [Registration(f"02:be:00:00:00:{index:02x}", "bench", token) for index in range(nodes)]
    given = [await registry.register(one) for one in asked]
    return "\n".join(
        f"{one.device_id} {one.mqtt_username} {one.mqtt_password}" for one in given if isinstance(one, Credentials)
    )


def _leave(credentials: Path, lines: str) -> None:
    credentials.touch(mode=0o600)
    credentials.write_text(lines + "\n")


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


if __name__ == "__main__":
    sys.exit(loop.run(_serve(Path(sys.argv[1]), int(sys.argv[2]))))
