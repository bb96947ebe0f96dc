"""Group commit: one thread takes whatever is waiting, commits it together and settles all receipts at once.

A commit begins as soon as the one before is done, so batches grow exactly as much as the disk is slow; only with
`delay_s` do readings wait for others to share their write.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Protocol

import msgspec

from ...core.errors import StoreError
from ...core.messages import Happened
from ...core.metrics import Histogram
from ...core.ports.store import BootAnchored, Change, Quarantined, Queued, ReadingTaken, Receipt, Retained
from .contents import UNWRITABLE, Unacceptable, encode
from .settings import StoreSettings

_PROBE_S = 1.0
_HANDED_OVER = 128
"""So many submissions do not wait for the end of the loop's turn: the disk works on them while it goes on."""
_HEAVY = frozenset({Queued, Retained, Quarantined})
_CAN_WAIT = frozenset[type]({ReadingTaken, BootAnchored, Quarantined, Happened})
"""What a node can deliver again when it is not acknowledged, and what no one waits for."""
_log = logging.getLogger(__name__)


class Submission(msgspec.Struct, frozen=True, gc=False):
    """What was submitted together. `weight` is what it counts for while it waits."""

    content: bytes
    """The changes as MessagePack; empty when there are none. `UNWRITABLE` and why, when they cannot be written so."""
    receipt: Receipt | None
    weight: int
    settle: bool = False
    """Its receipt is for when queries see everything committed before."""
    waits: bool = False
    """Its write may be held back for a while so that others share it."""
    changes: int = 0
    readings: int = 0
    """Of the changes. A decoder has typed them; whatever else there is must be read back before it is promised."""


class Disk(Protocol):
    """Where batches go; lives in the writer's thread."""

    def commit(self, batch: Sequence[Submission]) -> None:
        """Durable, all or nothing. Raises StoreError for the disk's failures and Unacceptable for the content's."""

    def settle(self, everything: bool = False) -> None:
        """Make what was committed visible to queries: all of it, or a part where it is due. Raises StoreError."""

    @property
    def due_in_s(self) -> float | None:
        """Seconds until something should be settled; None: nothing waits for that."""

    def probe(self, failure: StoreError) -> None:
        """Raises StoreError while `failure` lasts."""

    def chore(self) -> bool:
        """Do a little of what can wait; whether there is more. Raises StoreError."""

    def close(self) -> None:
        """Called last in the thread."""


class Writer:
    """The queue on the loop's side and the thread on the other."""

    def __init__(self, disk: Disk, settings: StoreSettings) -> None:
        self.waiting = 0
        self.waiting_limit = settings.waiting_limit
        self.commits = 0
        self.commit_ms = 0.0
        self.commit_s = Histogram()
        self.failure: StoreError | None = None
        """Why nothing can be stored at the moment."""
        self._disk = disk
        self._settings = settings
        self._can_wait = _CAN_WAIT if settings.delay_s else frozenset[type]()
        self._queue: SimpleQueue[list[Submission] | None] = SimpleQueue()
        self._handing: list[Submission] = []
        self._left: list[Submission] = []  # in the thread: more than fits a batch
        self._relieved: list[Callable[[], None]] = []
        self._watchers: list[Callable[[bool], None]] = []
        self._told = True
        self._failing: StoreError | None = None  # as the thread knows it
        self._chores = True
        self._closed = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = Thread(target=self._run, name="store-writer", daemon=True)

    # On the event loop.

    def start(self, loop: asyncio.AbstractEventLoop, failure: StoreError | None = None) -> None:
        """Begin to commit; with a `failure`, once it is over."""
        self._loop = loop
        if failure is not None:
            self._failed(failure)
            self.failure, self._told = failure, False
        self._thread.start()
        self._hand_over()

    def submit(self, changes: Sequence[Change], receipt: Receipt | None = None, settle: bool = False) -> None:
        """Hand over changes that belong together. `settle`: the receipt waits until queries see all before it."""
        if self._closed:
            raise StoreError("the store is closed")
        count = weight = len(changes)
        readings = 0
        for change in changes:
            kind = type(change)
            if kind is ReadingTaken:
                readings += 1
            elif kind in _HEAVY:
                weight += len(change.payload) // 1024  # type: ignore[union-attr]
        self.waiting += weight
        # Here, on the loop, which has just made them: bytes are quicker to hand to a thread than many objects.
        try:
            content = encode(changes) if changes else b""
        except (OverflowError, UnicodeError, TypeError) as error:
            content, readings = UNWRITABLE + str(error).encode("utf-8", "replace"), 0
        waits = not settle and all(type(change) in self._can_wait for change in changes) if self._can_wait else False
        handing = self._handing
        handing.append(Submission(content, receipt, weight, settle, waits, count, readings))
        waiting = len(handing)
        if self._loop is None:
            return
        if waiting == 1:
            # What one turn of the loop submits is handed over at once: waking the thread for each message would
            # make it fight the loop for the interpreter.
            self._loop.call_soon(self._hand_over)
        elif waiting == _HANDED_OVER:
            self._hand_over()

    def _hand_over(self) -> None:
        if self._handing:
            handed, self._handing = self._handing, []
            self._queue.put(handed)

    @property
    def congested(self) -> bool:
        """More waits than the settings allow."""
        return self.waiting > self.waiting_limit

    def when_relieved(self, callback: Callable[[], None]) -> None:
        """Call back once when half of what is allowed waits, or soon if that is so already."""
        self._relieved.append(callback)
        if not self.congested and self._loop is not None:
            self._loop.call_soon(self._relieve)

    @property
    def thread(self) -> int:
        """The native id of the thread that writes; 0: it does not yet."""
        return self._thread.native_id or 0

    def watch(self, callback: Callable[[bool], None]) -> None:
        """Call back with False when nothing can be stored any more, with True when it works again."""
        self._watchers.append(callback)

    async def close(self) -> None:
        """Commit what waits, then end."""
        if self._closed:
            return
        self._closed = True
        self._hand_over()
        self._queue.put(None)
        if self._loop is not None:
            await asyncio.to_thread(self._thread.join)
            await asyncio.sleep(0)  # the last receipts are settled on this loop

    def _settle(self, batch: Sequence[Submission], error: StoreError | None, failing: StoreError | None) -> None:
        self.failure = failing
        for submission in batch:
            self.waiting -= submission.weight
            if submission.receipt is None:
                continue
            try:
                submission.receipt.settled(error)
            except Exception:  # noqa: BLE001 - per-message isolation: one receipt must not keep the others waiting
                _log.exception("a receipt failed")
        if self._relieved and self.waiting <= self.waiting_limit // 2:
            self._relieve()
        if self._told is not (failing is None):
            self._told = failing is None
            for callback in self._watchers:
                callback(self._told)

    def _relieve(self) -> None:
        if self.congested:
            return
        callbacks, self._relieved = self._relieved, []
        for callback in callbacks:
            callback()

    # In the writer's thread.

    def _run(self) -> None:
        goes_on = True
        while goes_on:
            batch, goes_on = self._take()
            if batch:
                self._write(batch)
            elif goes_on:
                self._rest()
        self._disk.close()

    def _take(self) -> tuple[list[Submission], bool]:
        """What waits, up to a batch; and whether to go on after it."""
        batch, self._left = self._left, []
        limit = self._settings.batch_limit
        until_s = time.monotonic() + self._settings.delay_s
        patient = all(map(self._patient, batch))
        try:
            while len(batch) < limit:
                if batch:
                    handed = self._more(until_s if patient else 0.0)
                else:
                    handed = self._queue.get(timeout=self._patience())
                    until_s = time.monotonic() + self._settings.delay_s
                if handed is None:
                    return batch, False
                batch += handed
                patient = patient and all(map(self._patient, handed))
        except Empty:
            pass
        if len(batch) > limit:
            self._left = batch[limit:]
            del batch[limit:]
        return batch, True

    def _more(self, until_s: float) -> list[Submission] | None:
        """What else waits, or comes until then. Raises Empty."""
        left_s = until_s - time.monotonic()
        if left_s > 0 and self.waiting < self.waiting_limit // 2:
            return self._queue.get(timeout=left_s)
        return self._queue.get_nowait()

    def _patient(self, submission: Submission) -> bool:
        return submission.waits

    def _patience(self) -> float | None:
        if self._failing is not None:
            return _PROBE_S
        return self._settings.chore_pause_s if self._chores else self._disk.due_in_s

    @property
    def idle(self) -> bool:
        """Whether there was nothing left to do."""
        return not (self.waiting or self._chores or self._failing)

    def _rest(self) -> None:
        """Nothing waits."""
        try:
            if self._failing is not None:
                self._disk.probe(self._failing)
                self._works()
                self._call(self._settle, (), None, None)
            else:
                self._disk.settle()
                self._chores = self._chore()
        except Exception as error:  # noqa: BLE001 - without this thread nothing would ever be stored again
            self._fail((), _in_our_words(error))

    def _chore(self) -> bool:
        try:
            return self._disk.chore()
        except Unacceptable as error:
            _log.error("what could wait was not done: %s", error)
            return False

    def _write(self, batch: Sequence[Submission]) -> None:
        started = time.perf_counter()
        try:
            if self._failing is not None:
                self._disk.probe(self._failing)
            self._disk.commit(batch)
        except Unacceptable as error:
            self._isolate(batch, error)
        except Exception as error:  # noqa: BLE001 - without this thread nothing would ever be stored again
            self._fail(batch, _in_our_words(error))
        else:
            self.commits += 1
            took_s = time.perf_counter() - started
            self.commit_ms = took_s * 1000
            self.commit_s.observe(took_s)
            self._chores = True  # a device may have been erased
            self._settled(batch)

    def _settled(self, batch: Sequence[Submission]) -> None:
        """`batch` is on the disk: say so, and let queries see it when it is time."""
        waited_for = any(submission.settle for submission in batch)
        self._works()
        if not waited_for:
            self._call(self._settle, batch, None, None)
        failure: StoreError | None = None
        try:
            self._disk.settle(everything=waited_for)
        except Exception as error:  # noqa: BLE001 - without this thread nothing would ever be stored again
            failure = _in_our_words(error)
            self._failed(failure)
        if waited_for or failure is not None:
            self._call(self._settle, batch if waited_for else (), None, failure)

    def _isolate(self, batch: Sequence[Submission], error: Unacceptable) -> None:
        """Find out which submission it is, so that no other suffers."""
        if len(batch) == 1:
            _log.error("a submission cannot be stored: %s", error)
            self._call(self._settle, batch, StoreError(f"this cannot be stored: {error}"), self._failing)
            return
        middle = len(batch) // 2
        self._write(batch[:middle])
        self._write(batch[middle:])

    def _fail(self, batch: Sequence[Submission], error: StoreError) -> None:
        self._failed(error)
        self._call(self._settle, batch, error, error)

    def _failed(self, error: StoreError) -> None:
        if self._failing is None:
            _log.error("the store failed, nothing is acknowledged until it works again: %s", error)
        self._failing = error

    def _works(self) -> None:
        if self._failing is not None:
            _log.warning("the store works again")
            self._failing, self._chores = None, True

    def _call(
        self,
        settle: Callable[[Sequence[Submission], StoreError | None, StoreError | None], None],
        batch: Sequence[Submission],
        error: StoreError | None,
        failing: StoreError | None,
    ) -> None:
        assert self._loop is not None
        try:
            self._loop.call_soon_threadsafe(settle, batch, error, failing)
        except RuntimeError:
            _log.warning("the event loop ended before %d receipts were settled", len(batch))


def _in_our_words(error: Exception) -> StoreError:
    if isinstance(error, StoreError):
        return error
    _log.error("the store met what it did not expect", exc_info=error)
    return StoreError(f"the store failed: {error!r}")
