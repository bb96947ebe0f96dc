"""The store: what must survive a power cut, in one SQLite file."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import TypeVar

from ...core.commands import Command
from ...core.decisions import Decision, Override
from ...core.errors import StoreError, StoreFull
from ...core.insight import Baseline, Episode
from ...core.messages import Audited, Happened, Reading
from ...core.ports.insight import HealthKept
from ...core.ports.store import Anchor, Bucket, Change, QuarantineEntry, Receipt, Retained, StoredSession
from ...core.shadow import Shadow
from . import archive, copying, decision_history, history, insight_history, migrations, order_history, recovery
from .alert_archive import AlertQueries
from .ballast import Ballast
from .connection import connect
from .disk import SqliteDisk
from .reader import Reader
from .rule_archive import RuleQueries
from .settings import StoreSettings, StoreSnapshot
from .writer import Writer

_log = logging.getLogger(__name__)
_Answer = TypeVar("_Answer")


_DEFAULTS = StoreSettings()


def _utc_ms() -> int:
    return time.time_ns() // 1_000_000


class Store(RuleQueries, AlertQueries):
    """Fulfils the ports Writer, SessionArchive, History, OrderArchive, DecisionArchive, InsightArchive, by
    `RuleQueries` RuleArchive and SeriesHistory, and by `AlertQueries` AlertArchive.

    `open`, then `start`; submissions are committed from then on. `close` commits what waits.
    """

    def __init__(self, path: Path, settings: StoreSettings = _DEFAULTS, clock: Callable[[], int] = _utc_ms) -> None:
        self.recovered: str | None = None
        """What was done about damaged files, in words; None when nothing was."""
        self.problems: list[str] = []
        """What the last `check` found wrong, in words."""
        self._path = path
        self._settings = settings
        self._clock = clock
        self._reader = Reader(path, lambda: recovery.mark_suspect(path))
        self._disk: SqliteDisk | None = None
        self._writer: Writer | None = None
        self._started = False

    def open(self) -> None:
        """Migrate, check, repair: ready to be read. Raises StoreError."""
        try:
            disk = self._opened_disk()
        except StoreFull:
            if not Ballast(self._path.with_suffix(".ballast"), 0).throw_out():
                raise
            disk = self._opened_disk()
        self._disk = disk
        self._writer = Writer(disk, self._settings)
        # Bound directly: it is called for every message.
        self.submit = self._writer.submit  # type: ignore[method-assign]

    def _opened_disk(self) -> SqliteDisk:
        connection = self._connect()
        repaired = self.recovered is not None
        disk = SqliteDisk(
            self._path, self._settings, connection, self._reader, self._connect, self._clock, repaired=repaired
        )
        records = disk.replay()
        if records:
            _log.info("%d records of the journal were settled", records)
        return disk

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to commit; receipts are settled on `loop`."""
        assert self._disk is not None
        self._opened.start(loop, self._disk.full)
        self._started = True

    async def flush(self) -> None:
        """Wait until everything submitted before is settled, well or badly."""
        waiter = _Waiter()
        self._opened.submit((), waiter)
        await waiter.done

    async def close(self) -> None:
        """Commit what waits and close the file."""
        if self._writer is not None and self._disk is not None:
            await self._writer.close()
        await asyncio.to_thread(self._reader.close)

    async def check(self) -> list[str]:
        """Examine the whole database; what is wrong, in words. When something is, the next start repairs it."""
        found = self.problems = await self._reader.ask(recovery.problems)
        if found:
            _log.error("the database has %d problems, it is repaired at the next start: %s", len(found), found[0])
            recovery.mark_suspect(self._path)
        return found

    # Writer

    @property
    def thread(self) -> int:
        """The native id of the thread that writes. Raises StoreError when the store is not open."""
        return self._opened.thread

    def submit(self, changes: Sequence[Change], receipt: Receipt | None = None) -> None:
        """Commit these together, as soon as the disk is ready. Raises StoreError when the store is not open."""
        self._opened.submit(changes, receipt)

    @property
    def congested(self) -> bool:
        """More is waiting than should be."""
        writer = self._writer or self._opened
        return writer.waiting > writer.waiting_limit  # as its own says: asked for every message

    def when_relieved(self, callback: Callable[[], None]) -> None:
        """Call back once when it is no longer congested."""
        self._opened.when_relieved(callback)

    @property
    def healthy(self) -> bool:
        """Whether what is submitted gets stored."""
        return self.failure is None

    @property
    def failure(self) -> StoreError | None:
        """Why nothing can be stored; None when all is well."""
        return self._opened.failure

    def watch(self, callback: Callable[[bool], None]) -> None:
        """Call back on the loop when `healthy` changes, after the receipts that go with it."""
        self._opened.watch(callback)

    def snapshot(self) -> StoreSnapshot:
        """The store at this moment."""
        writer, disk = self._opened, self._disk
        assert disk is not None
        return StoreSnapshot(
            healthy=self.healthy,
            failure=str(writer.failure or ""),
            recovered=self.recovered or "",
            readings=disk.taken - disk.duplicates,
            duplicates=disk.duplicates,
            commits=writer.commits,
            commit_ms=writer.commit_ms,
            commit_s=writer.commit_s.snapshot(),
            waiting=writer.waiting,
            unsettled=disk.unsettled,
            tidy=writer.idle,
            disk_bytes=sum(map(_size, (self._path, self._path.with_name(f"{self._path.name}-wal")))),
        )

    # SessionArchive

    def sessions(self) -> list[StoredSession]:
        """All persistent sessions as committed."""
        with closing(connect(self._path)) as connection:
            return archive.sessions(connection)

    def retained(self) -> list[Retained]:
        """All retained messages as committed."""
        with closing(connect(self._path)) as connection:
            return archive.retained(connection)

    # History

    async def raw(
        self, device: str, metric: str, from_ms: int, to_ms: int, limit: int = 100_000
    ) -> list[tuple[int, float, int]]:
        """(time_ms, value, quality bits) in [from, to), by time and then order of arrival; the newest `limit`."""
        return await self._ask(lambda db: history.raw(db, device, metric, from_ms, to_ms, limit))

    async def buckets(self, device: str, metric: str, from_ms: int, to_ms: int, step_ms: int) -> list[Bucket]:
        """The same, condensed to steps aligned to the epoch; empty steps are left out."""
        return await self._ask(lambda db: history.buckets(db, device, metric, from_ms, to_ms, step_ms))

    async def latest(self) -> dict[str, Reading]:
        """Per device its newest dated reading set."""
        return await self._ask(history.latest)

    async def anchors(self) -> list[Anchor]:
        """Every boot known; `last_seq` is -1 where nothing is stored."""
        return await self._ask(history.anchors)

    async def quarantine(self, limit: int = 200, correlation: str = "") -> list[QuarantineEntry]:
        """Newest first."""
        return await self._ask(lambda db: history.quarantine(db, limit, correlation))

    async def quarantined(self, entry_id: int) -> QuarantineEntry | None:
        """One entry; None: there is none of this id (any more)."""
        return await self._ask(lambda db: history.quarantined(db, entry_id))

    async def audit(self, limit: int = 200, kind: str = "", who: str = "", correlation: str = "") -> list[Audited]:
        """Newest first; `kind` is a prefix."""
        return await self._ask(lambda db: history.audit(db, limit, kind, who, correlation))

    async def happened(
        self, limit: int = 200, kind: str = "", device: str = "", correlation: str = ""
    ) -> list[Happened]:
        """Newest first; `kind` is a prefix."""
        return await self._ask(lambda db: history.happened(db, limit, kind, device, correlation))

    async def reading(self, device: str, boot: str, seq: int) -> Reading | None:
        """One stored reading set by its name; None when there is none or its boot is not dated."""
        return await self._ask(lambda db: history.reading(db, device, boot, seq))

    # OrderArchive

    async def open_commands(self) -> list[Command]:
        """Every command without an end, and of those that expired within a day the newest; oldest first."""
        now_ms = self._clock()
        return await self._ask(lambda db: order_history.open_commands(db, now_ms))

    async def commands(
        self, device: str = "", limit: int = 50, before: str = "", correlation: str = ""
    ) -> list[Command]:
        """Newest first; `before`: only those older than the command of this id."""
        return await self._ask(lambda db: order_history.commands(db, device, limit, before, correlation))

    async def command(self, command_id: str) -> Command | None:
        """None: there is none of this id."""
        return await self._one(lambda db: order_history.command(db, command_id), command_id)

    async def shadows(self) -> list[Shadow]:
        """Of every device that has one."""
        return await self._ask(order_history.shadows)

    # DecisionArchive

    async def decisions(
        self, device: str = "", limit: int = 50, before: str = "", correlation: str = ""
    ) -> list[Decision]:
        """Newest first; `before`: only those older than the decision of this id."""
        return await self._ask(lambda db: decision_history.decisions(db, device, limit, before, correlation))

    async def decision(self, decision_id: str) -> Decision | None:
        """None: there is none of this id (any more)."""
        return await self._one(lambda db: decision_history.decision(db, decision_id), decision_id)

    async def overrides(self, device: str = "") -> list[Override]:
        """All, oldest first."""
        return await self._ask(lambda db: decision_history.overrides(db, device))

    # InsightArchive

    async def episodes(
        self,
        *,
        asset: str = "",
        device: str = "",
        from_ms: int | None = None,
        to_ms: int | None = None,
        open_only: bool = False,
        limit: int = 100,
        before: str = "",
        correlation: str = "",
    ) -> list[Episode]:
        """Newest opened first, of which any part lies in [from, to); `before`: older than the one of this id."""
        wanted = insight_history.Wanted(
            asset=asset,
            device=device,
            from_ms=from_ms,
            to_ms=to_ms,
            open_only=open_only,
            limit=limit,
            before=before,
            correlation=correlation,
        )
        return await self._ask(lambda db: insight_history.episodes(db, wanted))

    async def episode(self, episode_id: str) -> Episode | None:
        """None: there is none of this id (any more)."""
        return await self._one(lambda db: insight_history.episode(db, episode_id), episode_id)

    async def judged(self, since_ms: int) -> list[Episode]:
        """With a verdict, or open, or opened since; oldest first."""
        return await self._ask(lambda db: insight_history.judged(db, since_ms))

    async def baselines(self, asset: str = "") -> list[Baseline]:
        """Newest asked for first, of all states."""
        return await self._ask(lambda db: insight_history.baselines(db, asset))

    async def health(self, asset: str = "") -> list[HealthKept]:
        """By day."""
        return await self._ask(lambda db: insight_history.health(db, asset))

    async def snapshot_to(self, target: Path) -> None:
        """Copy everything committed by now to the file `target`, for a backup; work goes on meanwhile.

        Raises StoreError; then there is no such file.
        """
        await self._ask(lambda db: None)
        await asyncio.to_thread(copying.copy, self._path, target)

    async def _one(self, query: Callable[[sqlite3.Connection], _Answer | None], name: str) -> _Answer | None:
        """What `query` finds under an id. Mostly it is new: then nothing need be settled to say so."""
        disk = self._disk
        if disk is not None and not disk.mentioned(name.encode()) and await self._reader.ask(query) is None:
            return None
        return await self._ask(query)

    async def _ask(self, query: Callable[[sqlite3.Connection], _Answer]) -> _Answer:
        """What `query` makes of everything committed by now. Raises StoreError."""
        if self._disk is not None and self._disk.unsettled and self._started:
            waiter = _Waiter()
            self._opened.submit((), waiter, settle=True)
            await waiter.done
        return await self._reader.ask(query)

    def _connect(self) -> sqlite3.Connection:
        connection, done = recovery.open_sound(self._path, migrations.known(), self._clock())
        if done:
            self.recovered = done
        return connection

    @property
    def _opened(self) -> Writer:
        if self._writer is None:
            raise StoreError("the store is not open")
        return self._writer


class _Waiter:
    """A receipt one can wait for."""

    def __init__(self) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def settled(self, error: StoreError | None) -> None:
        """Nothing was submitted with it, so there is no error to speak of."""
        if not self.done.done():
            self.done.set_result(None)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
