"""The writer's hand on the disk: batches into the journal, from there into the database, failures out in our words."""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from ...core.errors import StoreError, StoreFull
from ...core.ports.store import Change
from . import contents
from .ballast import Ballast
from .changes import Changes
from .checkpoints import Checkpoints
from .connection import free_bytes, is_damage, is_disk_failure, translated
from .contents import Unacceptable
from .journal import Journal, Record
from .reader import Reader
from .recall import recall
from .recovery import mark_damaged
from .settings import StoreSettings
from .unsettled import Unsettled, UnsettledRecord
from .writer import Submission

_log = logging.getLogger(__name__)
_Together = Sequence[Change]
"""Changes that were submitted together."""


class SqliteDisk:
    """Commits to the journal, and settles what is in it into the database at `path`, much at a time.

    All but the constructor and `replay` runs in the writer's thread. `connection` is taken over (`repaired`: damage was
    found when it was opened); `reopen` opens the database again after damage, repaired.
    """

    def __init__(
        self,
        path: Path,
        settings: StoreSettings,
        connection: sqlite3.Connection,
        reader: Reader,
        reopen: Callable[[], sqlite3.Connection],
        clock: Callable[[], int],
        repaired: bool = False,
    ) -> None:
        self.full: StoreError | None = None
        """Why nothing should be taken, as found by `replay`."""
        self.taken = 0
        """Readings committed; `duplicates` of them were there already, as far as they are settled."""
        self.duplicates = 0
        self._path = path
        self._settings = settings
        self._reader = reader
        self._reopen = reopen
        self._connection = connection
        self._clock = clock
        self._changes: Changes | None = Changes(connection, settings, clock)
        self._unfinished = False
        self._doubtful = False  # a sync of the log failed
        self._repaired = repaired
        self._checkpoints = Checkpoints(reader, settings.checkpoint_pages)
        self._ballast = Ballast(path.with_suffix(".ballast"), settings.ballast_bytes)
        self._queue = Unsettled(settings)
        self._journal = self._found_journal()

    # The journal

    def replay(self) -> int:
        """Settle what a previous run left in the journal, and begin to append; how many records. Raises StoreError."""
        try:
            row = self._connection.execute("SELECT settled FROM journal").fetchone()
            settled = None if row is None else row[0]
            for record in _newer(self._journal.read(), settled):
                self._queue.add(record.serial, record.content, sum(map(len, contents.read(record.content))))
            count = len(self._queue)
            self._settle_found()
            if row is None or self._repaired:
                self._attempt(lambda changes: self._settle(changes, [], self._journal.serial))
            self._sync()
            self._journal.open(settled or 0)
            try:
                self._ballast.take_in()
            except OSError as error:
                self.full = translated(error, self._path)
        except (OSError, sqlite3.Error) as error:
            raise translated(error, self._path) from error
        return count

    def commit(self, batch: Sequence[Submission]) -> None:
        """All or nothing. Raises StoreError, Unacceptable."""
        parts = [submission.content for submission in batch if submission.content]
        if not parts:
            return
        for submission in batch:
            if submission.readings < submission.changes:
                contents.check(submission.content)
        content = contents.joined(parts)
        try:
            if not self._journal.fits(content):
                self.settle(everything=True)
                self._sync()
                self._journal.switch()
            serial = self._journal.append(content)
        except OSError as error:
            failure = translated(error, self._path)
            if isinstance(failure, StoreFull):
                self.settle(everything=True)  # what is in the journal is not to wait until there is room
            raise failure from error
        self._queue.add(serial, content, sum(submission.changes for submission in batch))
        self.taken += sum(submission.readings for submission in batch)

    def settle(self, everything: bool = False) -> None:
        """Bring some of the journal's records, or all, into the database. Raises StoreError.

        Not everything: only where enough of them wait, or one has waited for long.
        """
        full: StoreFull | None = None
        while self._queue and (everything or full or self._queue.due):
            part = self._queue.part()
            try:
                self._settle_part(part)
            except StoreFull as error:
                if full is not None or not self._ballast.throw_out():
                    raise
                full = error  # now there is room for what was acknowledged, but for no more
                continue
            self._queue.settled(len(part))
            if not everything and not full:
                return
        if full is not None:
            raise full

    @property
    def unsettled(self) -> int:
        """Changes that are in the journal only. Read by other threads."""
        return self._queue.changes

    def mentioned(self, text: bytes) -> bool:
        """Whether `text` occurs in what is in the journal only. Asked by other threads."""
        return self._queue.mention(text)

    @property
    def due_in_s(self) -> float | None:
        """Seconds until there is something to settle; None when there is nothing."""
        return self._queue.due_in_s

    # The database

    def probe(self, failure: StoreError) -> None:
        """Try to settle and a small write, unless there is too little room for it to mean anything.

        Raises StoreError.
        """
        if isinstance(failure, StoreFull):
            if free_bytes(self._path) < self._settings.spare_bytes + self._settings.ballast_bytes:
                raise failure
            try:
                self._ballast.take_in()
            except OSError as error:
                raise translated(error, self._path) from error
        self.settle(everything=True)
        self._attempt(self._probe)

    def chore(self) -> bool:
        """Do a little of what can wait; whether there is more. Raises StoreError."""
        more = False

        def work(changes: Changes) -> None:
            nonlocal more
            more = changes.chore()
            self._unfinished = False
            self._checkpoints.committed(self._connection, changes.readings.pages_of_chores())

        if self._queue.due:
            self.settle()
            return True
        self._attempt(work)
        return more

    def close(self) -> None:
        """Leave one tidy file behind."""
        try:
            self.settle(everything=True)
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._connection.close()
        except (StoreError, sqlite3.Error) as error:
            _log.warning("not everything was settled; the next start goes on from the journal: %s", error)
        self._journal.close()

    def _settle_found(self) -> None:
        try:
            self.settle(everything=True)
        except StoreError:
            if self._changes is not None:
                raise
            self.settle(everything=True)  # into the database in the damaged one's place

    def _found_journal(self) -> Journal:
        row = self._connection.execute("SELECT salt FROM journal").fetchone()
        files = self._path.with_suffix(".journal-0"), self._path.with_suffix(".journal-1")
        return Journal(files, self._settings.journal_bytes, b"" if row is None else row[0])

    def _settle_part(self, part: Sequence[UnsettledRecord]) -> None:
        submissions = [together for record in part for together in contents.read(record.content)]
        try:
            self._attempt(lambda changes: self._settle(changes, submissions, part[-1].serial))
        except Unacceptable:
            for record in part:
                self._settle_each(record)

    def _settle(self, changes: Changes, submissions: Sequence[_Together], serial: int) -> None:
        pages = changes.commit(submissions, (serial, self._journal.salt))
        self._unfinished = False
        readings = changes.readings
        self.duplicates += readings.taken - readings.written
        readings.settled()
        self._checkpoints.committed(self._connection, pages)

    def _settle_each(self, record: UnsettledRecord) -> None:
        """One by one, so that nothing else is lost with what the database does not take."""
        submissions = contents.read(record.content)
        for number, together in enumerate(submissions, 1):
            serial = record.serial - (number < len(submissions))
            try:
                self._attempt(lambda changes: self._settle(changes, [together], serial))  # noqa: B023 - called at once
            except Unacceptable as error:
                _log.error("what was acknowledged cannot be stored: %s: %.2000r", error, together)
                self._attempt(lambda changes: self._settle(changes, [], serial))  # noqa: B023

    def _sync(self) -> None:
        """Make what was settled outlast a power cut. Raises OSError, StoreError."""
        if self._doubtful or self._checkpoints.failed:
            self._leave_log()
        log = os.open(self._path.with_name(f"{self._path.name}-wal"), os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(log)
        except OSError:
            self._doubtful = True
            raise
        finally:
            os.close(log)

    def _leave_log(self) -> None:
        """Move all of the log into the database: the kernel tells a failed sync but once, the next says all is well."""
        try:
            busy = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        except sqlite3.Error as error:
            raise translated(error, self._path) from error
        if busy:
            raise StoreError("a sync failed and the log is in use")
        self._doubtful = self._checkpoints.failed = False

    def _probe(self, changes: Changes) -> None:
        changes.probe()
        self._unfinished = False

    def _attempt(self, work: Callable[[Changes], None]) -> None:
        try:
            work(self._ready())
        except StoreError:
            raise
        except Exception as error:
            if is_damage(error):
                self._give_up(error)
            self._undo()
            if is_disk_failure(error):
                raise translated(error, self._path) from error
            raise Unacceptable(repr(error)) from error

    def _ready(self) -> Changes:
        """With an open database and no transaction under way. Raises StoreError, sqlite3.Error."""
        if self._changes is None:
            with self._reader.closed():
                self._connection = self._reopen()
            self._changes = Changes(self._connection, self._settings, self._clock)
            self._checkpoints = Checkpoints(self._reader, self._settings.checkpoint_pages)
            self._repaired = True
        if self._unfinished:
            self._changes.roll_back()
        if self._repaired:
            self._recall(self._changes)
        self._unfinished = True
        return self._changes

    def _recall(self, changes: Changes) -> None:
        """The repaired database may lack what was settled, too: once more what the journal still has."""
        row = self._connection.execute("SELECT settled FROM journal").fetchone()
        end = self._journal.serial + 1 if self._queue.first is None else self._queue.first
        records = _newer([record for record in self._journal.read_again() if record.serial < end], None)
        self._unfinished = True
        given_back = recall(changes, records, 0 if row is None else row[0], self._journal.salt)
        self._unfinished = self._repaired = False
        _log.warning("the journal gave back %d readings", given_back)

    def _undo(self) -> None:
        if self._changes is not None:
            # When even this fails, `_ready` tries again.
            with suppress(sqlite3.Error):
                self._changes.roll_back()
                self._unfinished = False

    def _give_up(self, damage: Exception) -> None:
        """Close the damaged database; the next attempt replaces it."""
        mark_damaged(self._path, str(damage))
        self._changes = None
        self._connection.close()
        raise StoreError(f"the database is damaged and is being replaced: {damage}") from damage


def _newer(records: list[Record], settled: int | None) -> list[Record]:
    """What the database does not have yet. A database that does not know is given the last unbroken run."""
    if settled is None:
        first = len(records)
        while first and (first == len(records) or records[first - 1].serial == records[first].serial - 1):
            first -= 1
        return records[first:]
    newer = [record for record in records if record.serial > settled]
    missing = (newer[-1].serial - settled if newer else 0) - len(newer)
    if missing > 0:
        _log.error("%d records of the journal are damaged; what they held is lost", missing)
    return newer
