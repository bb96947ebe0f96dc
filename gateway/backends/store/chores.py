"""What can wait, a few milliseconds at a time while nothing else does."""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Callable, Iterator

from .connection import is_damage, is_disk_failure
from .packing import Packing
from .readings import ReadingRows
from .retention import Retention
from .rolling import Rolling
from .settings import StoreSettings

_SLICE_S = 0.004
_AFTER_FAILURE_S = 3600.0
_log = logging.getLogger(__name__)


class Chores:
    """Packing, rolling up and making room, one after the other, every now and then; in the writer's thread.

    `clock` is in UTC ms. No transaction is open between two steps.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        readings: ReadingRows,
        settings: StoreSettings,
        clock: Callable[[], int],
    ) -> None:
        self._connection = connection
        self._period_s = settings.chores_s
        self._parts = (
            Packing(connection, readings, settings.pack_after_s),
            Rolling(connection, readings, settings.roll_after_s, clock),
            Retention(connection, readings, settings, clock),
        )
        self._work: Iterator[None] | None = None
        self._next_s = 0.0

    def step(self) -> bool:
        """Do a little; whether there is more to do now. Raises sqlite3.Error."""
        if self._work is None:
            if time.monotonic() < self._next_s:
                return False
            self._work = self._all()
        until_s = time.monotonic() + _SLICE_S
        try:
            for _ in self._work:
                if time.monotonic() >= until_s:
                    return True
        except Exception as error:
            if is_damage(error) or is_disk_failure(error):
                raise
            # Isolated like a message: what can wait must not keep readings from being stored.
            _log.exception("tidying up the database failed; it is tried again in an hour")
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            self._work = None
            self._next_s = time.monotonic() + _AFTER_FAILURE_S
            return False
        self._work = None
        self._next_s = time.monotonic() + self._period_s
        return False

    def forget(self) -> None:
        """A step failed and was rolled back: begin anew."""
        self._work = None

    def _all(self) -> Iterator[None]:
        for part in self._parts:
            yield from part.work()
            yield
