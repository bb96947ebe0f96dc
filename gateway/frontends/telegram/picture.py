"""A course of values as a PNG of 900 by 450 dots, with numpy and zlib alone. Pure.

The line is the mean of each step, the band behind it goes from the smallest to the greatest value. Where nothing was
measured there is no line. A simulated one says so across the whole picture.
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from . import font

WIDTH, HEIGHT = 900, 450
_LEFT, _RIGHT, _TOP, _BOTTOM = 110, 20, 60, 50
_PLOT_W, _PLOT_H = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM
_PAPER, _GRID, _INK, _BAND, _LINE, _LIMIT, _MARK = range(7)
_COLOURS = bytes(
    (255, 255, 255, 222, 226, 230, 52, 58, 64, 190, 215, 245, 25, 90, 180, 200, 50, 45, 245, 220, 190)
)  # paper grid ink band line limit mark
_GAP_STEPS = 3.5
_SPARE = 0.08

_Canvas = NDArray[np.uint8]


class Point(msgspec.Struct, frozen=True):
    """One step of the course."""

    time_ms: int
    minimum: float
    maximum: float
    mean: float


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """What is drawn."""

    title: str
    unit: str = ""
    points: Sequence[Point]
    from_ms: int
    to_ms: int
    step_ms: int
    ticks: Sequence[tuple[int, str]] = ()
    """Moments along the bottom: (UTC ms, words)."""
    limits: Sequence[float] = ()
    simulated: bool = False


def draw(course: Course) -> bytes:
    """The picture as PNG. Raises ValueError when there is no point."""
    points = [point for point in course.points if all(map(math.isfinite, (point.minimum, point.maximum, point.mean)))]
    if not points:
        raise ValueError("a picture needs at least one point")
    canvas = np.full((HEIGHT, WIDTH), _PAPER, np.uint8)
    low, high, marks = scale(
        min([*(point.minimum for point in points), *course.limits]),
        max([*(point.maximum for point in points), *course.limits]),
    )
    _axes(canvas, course, low, high, marks)
    columns = [_column(course, point.time_ms + course.step_ms / 2) for point in points]
    for column, point in zip(columns, points, strict=True):
        top, bottom = _row(point.maximum, low, high), _row(point.minimum, low, high)
        width = max(1, round(course.step_ms / (course.to_ms - course.from_ms) * _PLOT_W))
        _fill(canvas, column - width // 2, top, max(1, width), bottom - top + 1, _BAND)
    if course.simulated:
        # Over the band, which may fill everything, and behind the line.
        _write(canvas, "SIMULATED", WIDTH // 2 - 265, HEIGHT // 2 - 40, _MARK, 10)
    for limit in course.limits:
        _dashes(canvas, _row(limit, low, high))
    for at, point in enumerate(points):
        row = _row(point.mean, low, high)
        before = points[at - 1] if at else None
        if before is not None and point.time_ms - before.time_ms <= course.step_ms * _GAP_STEPS:
            _line(canvas, columns[at - 1], _row(before.mean, low, high), columns[at], row)
        else:
            _fill(canvas, columns[at] - 1, row - 1, 3, 3, _LINE)
    title = f"{course.title} ({course.unit})" if course.unit else course.title
    _write(canvas, title[:70], 20, 18, _INK, 2)
    return png(canvas)


def scale(low: float, high: float) -> tuple[float, float, list[float]]:
    """Ends with some room, and three to seven round values between them."""
    room = (high - low) * _SPARE or max(abs(high) * 0.05, 0.5)
    low, high = low - room, high + room
    step = 10.0 ** math.floor(math.log10((high - low) / 3))
    for factor in (1.0, 2.0, 5.0, 10.0):
        if (high - low) / (step * factor) <= 7:
            step *= factor
            break
    first = math.ceil(low / step)
    return low, high, [at * step for at in range(first, math.floor(high / step) + 1)]


def png(canvas: _Canvas) -> bytes:
    """As a PNG with a palette."""
    lines = np.hstack((np.zeros((canvas.shape[0], 1), np.uint8), canvas)).tobytes()
    head = struct.pack(">IIBBBBB", canvas.shape[1], canvas.shape[0], 8, 3, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"PLTE", _COLOURS), (b"IDAT", zlib.compress(lines, 6)), (b"IEND", b""))
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body


def _axes(canvas: _Canvas, course: Course, low: float, high: float, marks: Sequence[float]) -> None:
    digits = max(0, -math.floor(math.log10(marks[1] - marks[0]) + 1e-9)) if len(marks) > 1 else 1
    for mark in marks:
        row = _row(mark, low, high)
        _fill(canvas, _LEFT, row, _PLOT_W, 1, _GRID)
        words = f"{mark:.{digits}f}"
        _write(canvas, words, _LEFT - 10 - 12 * len(words), row - 7, _INK, 2)
    for time_ms, words in course.ticks:
        column = _column(course, time_ms)
        _fill(canvas, column, _TOP, 1, _PLOT_H, _GRID)
        middle = column - 6 * len(words)
        _write(canvas, words, min(max(middle, _LEFT - 30), WIDTH - 12 * len(words) - 4), HEIGHT - 36, _INK, 2)
    _fill(canvas, _LEFT, _TOP, 2, _PLOT_H, _INK)
    _fill(canvas, _LEFT, _TOP + _PLOT_H, _PLOT_W, 2, _INK)


def _column(course: Course, time_ms: float) -> int:
    part = (time_ms - course.from_ms) / (course.to_ms - course.from_ms)
    return _LEFT + round(min(max(part, 0.0), 1.0) * (_PLOT_W - 1))


def _row(value: float, low: float, high: float) -> int:
    return _TOP + round((high - value) / (high - low) * (_PLOT_H - 1))


def _fill(canvas: _Canvas, left: int, top: int, width: int, height: int, colour: int) -> None:
    canvas[max(top, 0) : max(top + height, 0), max(left, 0) : max(left + width, 0)] = colour


def _dashes(canvas: _Canvas, row: int) -> None:
    for left in range(_LEFT, WIDTH - _RIGHT, 14):
        _fill(canvas, left, row - 1, min(8, WIDTH - _RIGHT - left), 2, _LIMIT)


def _line(canvas: _Canvas, from_column: int, from_row: int, to_column: int, to_row: int) -> None:
    count = max(abs(to_column - from_column), abs(to_row - from_row)) + 1
    columns = np.linspace(from_column, to_column, count).round().astype(int)
    rows = np.linspace(from_row, to_row, count).round().astype(int)
    for right in (0, 1):
        for down in (0, 1):
            canvas[np.minimum(rows + down, HEIGHT - 1), np.minimum(columns + right, WIDTH - 1)] = _LINE


def _write(canvas: _Canvas, text: str, left: int, top: int, colour: int, size: int) -> None:
    for number, bits in enumerate(font.columns(text)):
        for row in range(font.HEIGHT):
            if bits >> row & 1:
                _fill(canvas, left + number * size, top + row * size, size, size, colour)
