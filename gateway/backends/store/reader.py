"""The one thread that reads, with its own connection: neither the loop nor the writer ever waits for a query."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from ...core.errors import StoreError
from ..cores import anywhere
from .connection import connect, is_damage, translated

_Answer = TypeVar("_Answer")
_log = logging.getLogger(__name__)


class Reader:
    """Runs queries one after the other. Its connection opens with the first."""

    def __init__(self, path: Path, on_damage: Callable[[], None]) -> None:
        self._path = path
        self._on_damage = on_damage
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store-reader", initializer=anywhere)
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._closed = False

    async def ask(self, query: Callable[[sqlite3.Connection], _Answer]) -> _Answer:
        """What `query` makes of the committed state. Raises StoreError."""
        if self._closed:
            raise StoreError("the store is closed")
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._run, query)

    def post(self, job: Callable[[sqlite3.Connection], object]) -> None:
        """Do `job` some time; failures are logged. From any thread."""
        try:
            self._thread.submit(self._run_logged, job)
        except RuntimeError:
            _log.debug("the reader has ended")

    @contextmanager
    def closed(self) -> Iterator[None]:
        """Meanwhile no query runs and the database file is not open here."""
        with self._lock:
            self._close_connection()
            yield

    def close(self) -> None:
        """Finish what is running and end the thread; blocks."""
        self._closed = True
        self._thread.shutdown(wait=True, cancel_futures=True)
        self._close_connection()

    def _run(self, query: Callable[[sqlite3.Connection], _Answer]) -> _Answer:
        with self._lock:
            try:
                return query(self._open())
            except sqlite3.Error as error:
                if is_damage(error):
                    self._on_damage()
                raise translated(error, self._path) from error

    def _run_logged(self, job: Callable[[sqlite3.Connection], object]) -> None:
        try:
            self._run(job)
        except StoreError as error:
            _log.warning("a task of the store failed: %s", error)

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = connect(self._path)
            self._connection.execute("PRAGMA query_only = ON")
        return self._connection

    def _close_connection(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
