"""The readings of a block in compressed columns.

A chunk holds what the rows of a block (1024 sequence numbers of one boot) held, to the last bit: per shape one sheet,
per metric one column, so that a query decodes no more than it asks for. It knows whose it is and has a checksum: a
damaged chunk is told from a sound one.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence

import msgspec

from .columns import (
    Floats,
    Integers,
    pack_bytes,
    pack_floats,
    pack_integers,
    unpack_bytes,
    unpack_floats,
    unpack_integers,
)

_CHECKSUM_BYTES = 4


class DamagedChunk(Exception):
    """The checksum is wrong, or it is the chunk of another block."""


class Table:
    """Readings of one shape by columns, in the order of their sequence numbers."""

    __slots__ = ("ats", "flags", "seqs", "shape")

    def __init__(self, shape: int, seqs: Sequence[int], ats: Sequence[int], flags: Sequence[int]) -> None:
        self.shape = shape
        self.seqs = seqs
        self.ats = ats
        self.flags = flags

    @property
    def width(self) -> int:
        """How many metrics the shape has."""
        raise NotImplementedError

    def values(self, place: int) -> Sequence[float]:
        """The metric at this place of the shape."""
        raise NotImplementedError

    def quality(self, place: int) -> bytes:
        """Its quality bits; empty: none at all."""
        raise NotImplementedError


class Sheet(msgspec.Struct, frozen=True, array_like=True):
    """A table as it is kept."""

    shape: int
    count: int
    seqs: Integers
    ats: Integers
    flags: Integers
    columns: tuple[Floats, ...]
    quality: tuple[bytes, ...]
    """As many as columns, or none."""


class Chunk(msgspec.Struct, frozen=True, array_like=True):
    """A block as it is kept."""

    boot: int
    block: int
    sheets: tuple[Sheet, ...]
    gone_count: int
    gone: Integers
    """Sequence numbers of readings that are only in the rollups any more: they are still known when they come again."""


class PackedTable(Table):
    """A sheet, decoded column by column as they are asked for."""

    __slots__ = ("_sheet",)

    def __init__(self, sheet: Sheet) -> None:
        self.shape = sheet.shape
        self._sheet = sheet

    def __getattr__(self, name: str) -> Sequence[int]:
        """`seqs`, `ats` and `flags`, the first time somebody looks at them."""
        if name not in _NUMBERS:
            raise AttributeError(name)
        numbers = unpack_integers(getattr(self._sheet, name), self._sheet.count)
        setattr(self, name, numbers)
        return numbers

    @property
    def width(self) -> int:
        """How many metrics the shape has."""
        return len(self._sheet.columns)

    def values(self, place: int) -> Sequence[float]:
        """The metric at this place of the shape."""
        return unpack_floats(self._sheet.columns[place], self._sheet.count)

    def quality(self, place: int) -> bytes:
        """Its quality bits; empty: none at all."""
        return unpack_bytes(self._sheet.quality[place]) if self._sheet.quality else b""


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Chunk).decode


def pack(boot: int, block: int, sheets: Iterable[Sheet], gone: Sequence[int]) -> bytes:
    """The chunk of a block; `gone` in rising order."""
    content = _encode(Chunk(boot, block, tuple(sheets), len(gone), pack_integers(gone)))
    return zlib.crc32(content).to_bytes(_CHECKSUM_BYTES, "little") + content


def unpack(packed: bytes, boot: int, block: int) -> Chunk:
    """What was packed. Raises DamagedChunk."""
    content = packed[_CHECKSUM_BYTES:]
    if zlib.crc32(content) != int.from_bytes(packed[:_CHECKSUM_BYTES], "little"):
        raise DamagedChunk(f"the chunk of boot {boot}, block {block} is damaged: its checksum is wrong")
    try:
        chunk = _decode(content)
    except msgspec.DecodeError as error:
        raise DamagedChunk(f"the chunk of boot {boot}, block {block} cannot be read: {error}") from error
    if (chunk.boot, chunk.block) != (boot, block):
        raise DamagedChunk(f"the chunk of boot {boot}, block {block} is that of another")
    return chunk


def sheet(table: Table) -> Sheet:
    """A table in its short form."""
    quality = tuple(pack_bytes(table.quality(place)) for place in range(table.width))
    return Sheet(
        table.shape,
        len(table.seqs),
        pack_integers(table.seqs),
        pack_integers(table.ats),
        pack_integers(table.flags),
        tuple(pack_floats(table.values(place)) for place in range(table.width)),
        quality if any(quality) else (),
    )


def numbers(chunk: Chunk) -> set[int]:
    """The sequence numbers of every reading that is or was in the chunk."""
    found = set(unpack_integers(chunk.gone, chunk.gone_count))
    for packed in chunk.sheets:
        found.update(unpack_integers(packed.seqs, packed.count))
    return found


class ListTable(Table):
    """A table of plain lists."""

    __slots__ = ("_columns", "_quality")

    def __init__(
        self, table: Table, order: Sequence[int], columns: list[Sequence[float]], quality: list[bytes]
    ) -> None:
        super().__init__(
            table.shape,
            [table.seqs[row] for row in order],
            [table.ats[row] for row in order],
            [table.flags[row] for row in order],
        )
        self._columns = [[column[row] for row in order] for column in columns]
        self._quality = [bytes([bits[row] for row in order]) if bits else b"" for bits in quality]

    @property
    def width(self) -> int:
        """How many metrics the shape has."""
        return len(self._columns)

    def values(self, place: int) -> Sequence[float]:
        """The metric at this place of the shape."""
        return self._columns[place]

    def quality(self, place: int) -> bytes:
        """Its quality bits; empty: none at all."""
        return self._quality[place]


class _Both(Table):
    """Two tables of the same shape, one after the other."""

    __slots__ = ("_first", "_second")

    def __init__(self, first: Table, second: Table) -> None:
        parts = first, second
        seqs, ats, flags = ([number for part in parts for number in getattr(part, name)] for name in _NUMBERS)
        super().__init__(first.shape, seqs, ats, flags)
        self._first = first
        self._second = second

    @property
    def width(self) -> int:
        """How many metrics the shape has."""
        return self._first.width

    def values(self, place: int) -> Sequence[float]:
        """The metric at this place of the shape."""
        return [*self._first.values(place), *self._second.values(place)]

    def quality(self, place: int) -> bytes:
        """Its quality bits; empty: none at all."""
        first, second = self._first.quality(place), self._second.quality(place)
        if not first and not second:
            return b""
        return (first or bytes(len(self._first.seqs))) + (second or bytes(len(self._second.seqs)))


_NUMBERS = ("seqs", "ats", "flags")


def chosen(table: Table, rows: Sequence[int]) -> Table:
    """Only these rows, in this order."""
    places = range(table.width)
    return ListTable(table, rows, [table.values(place) for place in places], [table.quality(place) for place in places])


def by_shape(tables: Iterable[Table]) -> list[Table]:
    """One table per shape, in the order of their sequence numbers."""
    found: dict[int, Table] = {}
    for table in tables:
        if table.shape not in found:
            found[table.shape] = table
        else:
            both = _Both(found[table.shape], table)
            found[table.shape] = chosen(both, sorted(range(len(both.seqs)), key=both.seqs.__getitem__))
    return list(found.values())
