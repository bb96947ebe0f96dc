"""Columns of numbers in few bytes, exact to the last bit.

Integers are kept as differences (of differences), in byte planes, deflated. Floats that are decimals, as sensors give
them, are integers over a power of ten; whatever that does not give back bit for bit is mended by a patch, and floats
that are no decimals are kept as their bit patterns. Written for machines that put the low byte first, as all are that
the gateway runs on.
"""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Iterable, Sequence
from itertools import accumulate, chain, repeat
from operator import sub

import msgspec

_TYPES = {1: "b", 2: "h", 4: "i", 8: "q"}
_MOST_DIGITS = 9
_EXACT = 2.0**53
"""Below it every integer is a float."""
_NEAR = 1e-15
_HALF = 1 << 63


class Integers(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Numbers of 64 bits."""

    heads: tuple[int, ...]
    """The first number, the first difference, …: as many as differences were taken."""
    width: int
    """Bytes of each of the other numbers; 0: they are all zero."""
    body: bytes


class Floats(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Numbers of type float64."""

    digits: int
    """A value is its integer / 10 ** digits; -1: the integers are the values' bit patterns."""
    integers: Integers
    patch: bytes
    """What the bit patterns differ by from the values' own (XOR); empty: nothing."""


def pack_integers(values: Sequence[int]) -> Integers:
    """Of numbers of 64 bits: as they are, or their differences, or the differences of these; what scatters least."""
    ways: list[Sequence[int]] = [values]
    for _ in range(min(2, len(values))):
        ways.append(list(map(sub, ways[-1][1:], ways[-1])))
        if not -_HALF <= ways[-2][0] < _HALF:
            ways.pop()
            break
    heads = tuple(way[0] for way in ways[:-1])
    order = min(range(len(ways)), key=lambda order: (_scatter(ways[order]), -order))
    try:
        return _narrow(heads[:order], ways[order])
    except OverflowError:
        return _narrow((), values)


def unpack_integers(packed: Integers, count: int) -> Sequence[int]:
    """The `count` numbers that were packed."""
    if not packed.width and len(packed.heads) == 2:
        first, step = packed.heads
        return list(range(first, first + step * count, step)) if step else [first] * count
    left = count - len(packed.heads)
    numbers: Iterable[int]
    if packed.width:
        numbers = array(_TYPES[packed.width], _from_planes(zlib.decompress(packed.body, -15), packed.width))
    else:
        numbers = repeat(0, left)
    for head in reversed(packed.heads):
        numbers = accumulate(chain((head,), numbers))
    return list(numbers)


def pack_floats(values: Sequence[float]) -> Floats:
    """As decimals where they are such."""
    exact = array("d", values).tobytes()
    digits = _digits(values)
    if digits < 0:
        return _as_bits(exact)
    integers = _scaled(values, digits)
    wrong = int.from_bytes(exact, "little") ^ int.from_bytes(_unscaled(integers, digits).tobytes(), "little")
    if not wrong:
        return Floats(digits, pack_integers(integers), b"")
    patch = _deflated(_planes(wrong.to_bytes(len(exact), "little"), 8))
    return min(Floats(digits, pack_integers(integers), patch), _as_bits(exact), key=_size)


def unpack_floats(packed: Floats, count: int) -> array[float]:
    """The `count` values that were packed, bit for bit."""
    integers = unpack_integers(packed.integers, count)
    if packed.digits < 0:
        return array("d", array("q", integers).tobytes())
    values = _unscaled(integers, packed.digits)
    if not packed.patch:
        return values
    patch = _from_planes(zlib.decompress(packed.patch, -15), 8)
    mended = int.from_bytes(values.tobytes(), "little") ^ int.from_bytes(patch, "little")
    return array("d", mended.to_bytes(8 * count, "little"))


def pack_bytes(values: bytes) -> bytes:
    """Empty when all are zero."""
    return _deflated(values) if any(values) else b""


def unpack_bytes(packed: bytes) -> bytes:
    """What was packed; empty when all are zero."""
    return zlib.decompress(packed, -15) if packed else b""


def _as_bits(exact: bytes) -> Floats:
    return Floats(-1, pack_integers(array("q", exact)), b"")


def _size(packed: Floats) -> int:
    return len(packed.patch) + len(packed.integers.body)


def _digits(values: Sequence[float]) -> int:
    """Decimals of nearly all values; -1 where they have none."""
    sample = values[:: len(values) // 32 + 1]
    for digits in range(_MOST_DIGITS + 1):
        rounded = _unscaled(_scaled(sample, digits), digits)
        near = sum(abs(value - other) <= abs(value) * _NEAR for value, other in zip(sample, rounded, strict=True))
        if near * 10 >= len(sample) * 9:
            return digits
    return -1


def _scaled(values: Sequence[float], digits: int) -> list[int]:
    scale = 10.0**digits
    return [round(scaled) if -_EXACT < (scaled := value * scale) < _EXACT else 0 for value in values]


def _unscaled(integers: Sequence[int], digits: int) -> array[float]:
    scale = 10.0**digits
    return array("d", [number / scale for number in integers])


def _scatter(numbers: Sequence[int]) -> int:
    if not numbers:
        return 0
    middle = sum(numbers) // len(numbers)
    return sum([abs(number - middle) for number in numbers])


def _narrow(heads: tuple[int, ...], numbers: Sequence[int]) -> Integers:
    low, high = (min(numbers), max(numbers)) if numbers else (0, 0)
    if low == high == 0:
        return Integers(heads, 0, b"")
    bits = max(low.bit_length() if low >= 0 else (-low - 1).bit_length(), high.bit_length()) + 1
    width = next((width for width in _TYPES if bits <= 8 * width), 8)
    return Integers(heads, width, _deflated(_planes(array(_TYPES[width], numbers).tobytes(), width)))


def _planes(content: bytes, width: int) -> bytes:
    """All first bytes, then all second bytes, …: neighbours resemble each other so."""
    return content if width == 1 else b"".join(content[plane::width] for plane in range(width))


def _from_planes(content: bytes, width: int) -> bytes:
    if width == 1:
        return content
    count = len(content) // width
    mixed = bytearray(len(content))
    for plane in range(width):
        mixed[plane::width] = content[plane * count : (plane + 1) * count]
    return bytes(mixed)


def _deflated(content: bytes) -> bytes:
    squeeze = zlib.compressobj(6, zlib.DEFLATED, -15, 9)
    return squeeze.compress(content) + squeeze.flush()
