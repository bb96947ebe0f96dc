"""Moving the write-ahead log into the database without holding up commits.

The bulk moves in the reader's thread while commits go on; what was written meanwhile follows in the writer's, which
is little, and then the log starts again from its beginning.
"""

from __future__ import annotations

import logging
import sqlite3

from .reader import Reader

_log = logging.getLogger(__name__)
_PASSIVE = "PRAGMA wal_checkpoint(PASSIVE)"


class Checkpoints:
    """Decides when; told about every commit by the writer's thread."""

    def __init__(self, reader: Reader, pages: int) -> None:
        self.failed = False
        """One did not succeed: what it was to sync may not be on the disk."""
        self._reader = reader
        self._limit = pages
        self._pages = 0
        """About how many are in the log."""
        self._moving = False
        self._moved = False

    def committed(self, connection: sqlite3.Connection, pages: int) -> None:
        """`connection` has just committed about `pages` pages."""
        self._pages += pages
        if self._moved or self._pages > 4 * self._limit:
            self._finish(connection)
        elif self._pages > self._limit and not self._moving:
            self._moving = True
            self._reader.post(self._move)

    def _move(self, connection: sqlite3.Connection) -> None:
        try:
            connection.execute(_PASSIVE).fetchall()
        except sqlite3.Error:
            self.failed = True
            raise
        finally:
            self._moved = True

    def _finish(self, connection: sqlite3.Connection) -> None:
        self._moving = self._moved = False
        try:
            _, logged, moved = connection.execute(_PASSIVE).fetchone()
        except sqlite3.Error as error:
            # The commit before it stands, and everything is still in the log.
            self.failed = True
            _log.warning("the log could not be moved into the database: %s", error)
            logged, moved = 1, 0
        # A reader in the middle of a query keeps the log from starting again: come back soon.
        self._pages = 0 if logged == moved else self._limit // 2
