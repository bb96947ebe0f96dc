"""Rows straight from the pages of a damaged file: readings whose way through the tree is lost, the list of tables.

The format is that of sqlite.org/fileformat2.html. Rows never change once written, so that an old copy of a page is as
good as a new one; what looks like a row but is none is refused by the caller's table.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from pathlib import Path

from .connection import PAGE_BYTES

_LEAF, _INNER, _TABLE_LEAF = 10, 2, 13
_WAL_HEADER, _FRAME_HEADER = 32, 24
_INTEGER_BYTES = (0, 1, 2, 3, 4, 6, 8)
_ZERO, _ONE, _BLOB = 8, 9, 12
_COLUMNS = 6
_TEXT = 13
ReadingRow = tuple[int, int, int, int, int, bytes]
"""boot, seq, at, flags, shape, vals"""


def readings(path: Path, known: Callable[[int, int], bool]) -> Iterator[ReadingRow]:
    """The rows of the table `readings` that lie whole on some page of the database or of its log.

    A leaf whose first and last row (boot, seq) are `known` was found through the tree, and is passed over.
    """
    for page in _pages(path):
        cells = _cells(page)
        ends = [_row(page, cell) for cell in cells[:1] + cells[-1:]]
        if page[0] == _INNER or any(row is None or not known(row[0], row[1]) for row in ends):
            yield from filter(None, (_row(page, cell) for cell in cells))


def roots(path: Path) -> dict[str, int]:
    """Where tables and indexes begin, by name: what the pages after the first still have of the list of tables."""
    found = {}
    for page in _pages(path):
        if page[0] == _TABLE_LEAF:
            (count,) = struct.unpack_from(">H", page, 3)
            for cell in struct.unpack_from(f">{min(count, (PAGE_BYTES - 8) // 2)}H", page, 8):
                found.update(_root(page, cell))
    return found


def _root(page: bytes, at: int) -> dict[str, int]:
    """The name and first page in the entry of the list of tables that begins at `at`; nothing when it is none."""
    try:
        size, at = _varint(page, at)
        _, at = _varint(page, at)
        header, place = _varint(page, at)
        kinds = []
        while place < at + header:
            kind, place = _varint(page, place)
            kinds.append(kind)
        sort, name, table, root, _ = kinds
        texts = sort, name, table
        if at + size > PAGE_BYTES or any(kind < _TEXT or kind % 2 == 0 for kind in texts) or not 0 < root < 7:
            return {}
        ends = [at + header + sum((kind - _TEXT) // 2 for kind in texts[:n]) for n in range(4)]
        if page[ends[0] : ends[1]] not in (b"table", b"index"):
            return {}
        number = page[ends[3] : ends[3] + _INTEGER_BYTES[root]]
        return {page[ends[1] : ends[2]].decode("utf-8", "replace"): int.from_bytes(number, "big")}
    except (IndexError, ValueError):
        return {}


def _pages(path: Path) -> Iterator[bytes]:
    log = path.with_name(f"{path.name}-wal")
    for source, start, header in ((path, 0, 0), (log, _WAL_HEADER, _FRAME_HEADER)):
        if source.exists():
            with source.open("rb") as file:
                file.seek(start)
                while len(read := file.read(header + PAGE_BYTES)) == header + PAGE_BYTES:
                    yield read[header:]


def _cells(page: bytes) -> list[int]:
    """Where the records of an index page begin; none for other pages."""
    if page[0] not in (_LEAF, _INNER):
        return []
    (count,) = struct.unpack_from(">H", page, 3)
    first, child = (8, 0) if page[0] == _LEAF else (12, 4)
    cells = struct.unpack_from(f">{min(count, (PAGE_BYTES - first) // 2)}H", page, first)
    return [cell + child for cell in cells]


def _row(page: bytes, at: int) -> ReadingRow | None:
    """The row whose record begins at `at`; None when there is none, or not the whole of it."""
    try:
        size, at = _varint(page, at)
        end = at + size
        header, place = _varint(page, at)
        body = at + header
        kinds = []
        while place < body:
            kind, place = _varint(page, place)
            kinds.append(kind)
        if end > PAGE_BYTES or len(kinds) != _COLUMNS:
            return None
        return _values(page, kinds, body, end)
    except IndexError:
        return None


def _values(page: bytes, kinds: list[int], at: int, end: int) -> ReadingRow | None:
    numbers = []
    for kind in kinds[:-1]:
        if kind in (_ZERO, _ONE):
            numbers.append(kind - _ZERO)
        elif 0 < kind < len(_INTEGER_BYTES):
            numbers.append(int.from_bytes(page[at : at + _INTEGER_BYTES[kind]], "big", signed=True))
            at += _INTEGER_BYTES[kind]
        else:
            return None
    packed = page[at:end]
    if kinds[-1] < _BLOB or kinds[-1] != _BLOB + 2 * len(packed):
        return None
    boot, seq, time_ms, flags, shape = numbers
    if len(packed) % (9 if flags & 2 else 8):
        return None
    return boot, seq, time_ms, flags, shape, packed


def _varint(page: bytes, at: int) -> tuple[int, int]:
    """A number in SQLite's variable length, and where it ends. Raises IndexError."""
    value = 0
    for _ in range(8):
        byte = page[at]
        at += 1
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at
    return value << 8 | page[at], at + 1
