"""The chunk codec: bit for bit, whatever is put in."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from gateway.backends.store import chunks, rollups
from gateway.backends.store.chunks import DamagedChunk, PackedTable, Table
from gateway.backends.store.columns import pack_floats, pack_integers, unpack_floats, unpack_integers
from gateway.backends.store.figures import Figure

_INTEGER = some.integers(-(1 << 63), (1 << 63) - 1)
_DECIMAL = some.builds(lambda number, digits: number / 10**digits, some.integers(-(10**7), 10**7), some.integers(0, 6))
_FLOAT = some.one_of(
    _DECIMAL,
    some.floats(allow_nan=False),
    some.floats(allow_nan=False, width=32),
    some.sampled_from([0.0, -0.0, 5e-324, -5e-324, 2.2e-308, 1e300, 1.7976931348623157e308, 2.0**53, 2.0**53 + 2, 0.1]),
)
_FLOATS = some.one_of(
    some.lists(_FLOAT, min_size=1, max_size=80),
    some.lists(_DECIMAL, min_size=1, max_size=80),
    some.builds(
        lambda numbers, digits: [n / 10**digits for n in numbers],
        some.lists(some.integers(-3000, 3000), min_size=1, max_size=80),
        some.integers(0, 4),
    ),
)


def _bits(values: Sequence[float]) -> bytes:
    return array("d", values).tobytes()


@settings(deadline=None, max_examples=300)
@given(
    some.one_of(
        some.lists(_INTEGER, max_size=60),
        some.lists(some.integers(-300, 300), max_size=60),
        some.builds(
            lambda start, step, n: [start + step * k for k in range(n)],
            some.integers(),
            some.integers(),
            some.integers(0, 60),
        ).filter(lambda numbers: all(-(1 << 63) <= number < 1 << 63 for number in numbers)),
    )
)
def test_integers_come_back(numbers: list[int]) -> None:
    assert list(unpack_integers(pack_integers(numbers), len(numbers))) == numbers


@settings(deadline=None, max_examples=500)
@given(_FLOATS)
def test_floats_come_back_bit_for_bit(values: list[float]) -> None:
    assert _bits(unpack_floats(pack_floats(values), len(values))) == _bits(values)


def test_decimals_of_a_sensor_take_about_a_byte() -> None:
    values = [round(20 + (n * 7919 % 23) / 100, 2) for n in range(1024)]
    packed = pack_floats(values)
    assert packed.digits == 2
    assert packed.patch == b""
    assert len(packed.integers.body) < 1024


class _Plain(Table):
    def __init__(self, shape: int, rows: list[tuple[int, int, int, tuple[float, ...], bytes]]) -> None:
        seqs, ats, flags, self._values, self._quality = zip(*rows, strict=True)
        super().__init__(shape, seqs, ats, flags)

    @property
    def width(self) -> int:
        return len(self._values[0])

    def values(self, place: int) -> Sequence[float]:
        return [values[place] for values in self._values]

    def quality(self, place: int) -> bytes:
        return bytes(quality[place] for quality in self._quality)


@some.composite
def _tables(draw: some.DrawFn) -> list[_Plain]:
    found = []
    for shape in range(draw(some.integers(1, 3))):
        width = draw(some.integers(1, 3))
        row = some.tuples(
            some.integers(0, 1 << 40),
            _INTEGER,
            some.integers(0, 3),
            some.tuples(*[_FLOAT] * width),
            some.binary(min_size=width, max_size=width),
        )
        found.append(_Plain(shape, draw(some.lists(row, min_size=1, max_size=20))))
    return found


@settings(deadline=None, max_examples=100)
@given(_tables(), some.lists(some.integers(0, 1 << 40), max_size=20, unique=True).map(sorted))
def test_a_block_comes_back(tables: list[_Plain], gone: list[int]) -> None:
    packed = chunks.pack(7, -3, map(chunks.sheet, tables), gone)
    chunk = chunks.unpack(packed, 7, -3)
    for table, again in zip(tables, map(PackedTable, chunk.sheets), strict=True):
        assert (again.shape, again.width) == (table.shape, table.width)
        assert [list(column) for column in (again.seqs, again.ats, again.flags)] == [
            list(column) for column in (table.seqs, table.ats, table.flags)
        ]
        for place in range(table.width):
            assert _bits(again.values(place)) == _bits(table.values(place))
            assert (again.quality(place) or bytes(len(table.seqs))) == table.quality(place)
    assert chunks.numbers(chunk) == {*gone, *(seq for table in tables for seq in table.seqs)}


@settings(deadline=None, max_examples=100)
@given(some.integers(0, 10_000), some.integers(1, 255))
def test_no_changed_byte_of_a_chunk_goes_unnoticed(place: int, change: int) -> None:
    table = _Plain(1, [(n, n * 10, 1, (n / 100,), b"\0") for n in range(100)])
    packed = bytearray(chunks.pack(1, 2, [chunks.sheet(table)], [200]))
    packed[place % len(packed)] ^= change
    with pytest.raises(DamagedChunk):
        chunks.unpack(bytes(packed), 1, 2)
    with pytest.raises(DamagedChunk):
        chunks.unpack(bytes(packed[: place % len(packed)]), 1, 2)


_FIGURE = some.tuples(_FLOAT, _FLOAT, _FLOAT, some.integers(1, 9000) | some.integers(-9000, -1), some.integers(0, 255))


@settings(deadline=None, max_examples=100)
@given(some.dictionaries(some.integers(0, 1439), _FIGURE, min_size=1, max_size=50), some.integers(0, 30_000))
def test_rollups_come_back(steps: dict[int, Figure], day: int) -> None:
    minutes = {day * 1440 + step: figure for step, figure in steps.items()}
    packing = rollups.Pack(day)
    packing.add(rollups.MINUTES, "temperature", minutes)
    packing.add(rollups.DAYS, "temperature", {day: next(iter(steps.values()))})
    packed = packing.done()
    again = rollups.unpack(packed[rollups.MINUTES], rollups.MINUTES, day)["temperature"]
    assert {step: _exact(figure) for step, figure in again.items()} == {
        step: _exact(figure) for step, figure in minutes.items()
    }
    (whole,) = rollups.unpack(packed[rollups.DAYS], rollups.DAYS, day)["temperature"].values()
    assert _exact(whole) == _exact(next(iter(steps.values())))
    assert packed[rollups.HOURS] == b""


def _exact(figure: Figure) -> bytes:
    return struct.pack("<dddqB", *figure)
