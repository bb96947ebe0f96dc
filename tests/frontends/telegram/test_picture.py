"""Pictures of what was measured: valid PNGs in which the course, its gaps, its limits and SIMULATED can be seen."""

from __future__ import annotations

import struct
import zlib
from datetime import UTC
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from gateway.core.ports.store import Bucket
from gateway.core.rules.words import PlainNames
from gateway.frontends.telegram import font, picture
from gateway.frontends.telegram.picture import Course, Point, draw, scale
from gateway.frontends.telegram.pictures import Pictures, wall_clock
from tests.fakes import START_MS, FixedClock

DAY_MS = 86_400_000
STEP_MS = DAY_MS // 300


def decoded(png: bytes) -> NDArray[np.uint8]:
    """The dots as numbers of the palette; checks every chunk."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    place, chunks = 8, {}
    while place < len(png):
        (length,) = struct.unpack_from(">I", png, place)
        kind, data = png[place + 4 : place + 8], png[place + 8 : place + 8 + length]
        assert struct.unpack_from(">I", png, place + 8 + length)[0] == zlib.crc32(kind + data)
        chunks[kind] = data
        place += 12 + length
    assert list(chunks) == [b"IHDR", b"PLTE", b"IDAT", b"IEND"]
    width, height, *rest = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert (width, height, rest) == (900, 450, [8, 3, 0, 0, 0])
    lines = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(height, width + 1)
    assert not lines[:, 0].any()
    assert lines.max() < len(chunks[b"PLTE"]) // 3
    return lines[:, 1:]


def course(points: list[Point], **more: object) -> Course:
    given: dict[str, object] = {"title": "Fern", "from_ms": 0, "to_ms": DAY_MS, "step_ms": STEP_MS, **more}
    return Course(points=points, **given)  # type: ignore[arg-type]


def flat(values: list[float | None]) -> list[Point]:
    return [Point(at * STEP_MS, value, value, value) for at, value in enumerate(values) if value is not None]


def test_a_course_goes_up_where_values_go_up() -> None:
    dots = decoded(draw(course(flat([float(at) for at in range(300)]))))
    rows, columns = np.nonzero(dots == picture._LINE)
    left, right = rows[columns < 200].mean(), rows[columns > 800].mean()
    assert left > right
    assert columns.min() >= 100
    assert columns.max() < 900


def test_where_nothing_was_measured_there_is_no_line() -> None:
    values: list[float | None] = [20.0] * 100 + [None] * 100 + [21.0] * 100
    dots = decoded(draw(course(flat(values))))
    middle = dots[:, 110 + 270 : 110 + 500]
    assert not (middle == picture._LINE).any()
    assert (dots == picture._LINE).sum() > 500


def test_one_reading_missing_now_and_then_is_no_gap() -> None:
    values: list[float | None] = [20.0 if at % 3 else None for at in range(300)]
    dots = decoded(draw(course(flat(values))))
    assert ((dots == picture._LINE).any(axis=0)[120:870]).all()


def test_the_band_goes_from_the_smallest_to_the_greatest() -> None:
    points = [Point(at * STEP_MS, 10.0, 30.0, 20.0) for at in range(300)]
    dots = decoded(draw(course(points)))
    assert (dots[:, 400] == picture._BAND).sum() > 250


def test_limits_are_drawn_and_within_the_picture_even_when_values_are_far_from_them() -> None:
    assert (decoded(draw(course(flat([20.0] * 300), limits=(80.0,)))) == picture._LIMIT).sum() > 500
    assert not (decoded(draw(course(flat([20.0] * 300)))) == picture._LIMIT).any()


def test_a_simulated_course_says_so_across_the_picture() -> None:
    assert (decoded(draw(course(flat([20.0] * 300), simulated=True))) == picture._MARK).sum() > 5000
    assert not (decoded(draw(course(flat([20.0] * 300)))) == picture._MARK).any()


def test_a_single_reading_can_be_seen() -> None:
    assert (decoded(draw(course(flat([20.0])))) == picture._LINE).any()


def test_nothing_makes_no_picture() -> None:
    with pytest.raises(ValueError, match="at least one"):
        draw(course([Point(0, float("nan"), float("inf"), 1.0)]))


VALUES = st.floats(-1e12, 1e12, allow_nan=False)


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(-10, 310), VALUES, VALUES, VALUES), min_size=1, max_size=20),
    st.text(max_size=200),
    st.lists(VALUES, max_size=3),
)
def test_whatever_is_drawn_is_a_picture(
    given_points: list[tuple[int, float, float, float]], title: str, limits: list[float]
) -> None:
    points = [Point(at * STEP_MS, *sorted(values)) for at, *values in sorted(given_points)]
    points = [Point(one.time_ms, one.minimum, one.mean, one.maximum) for one in points]
    ticks = ((0, title[:20]), (DAY_MS, "24:00"), (DAY_MS * 2, "x"))
    decoded(draw(course(points, title=title, unit="°C", limits=tuple(limits), ticks=ticks)))


@settings(max_examples=200)
@given(VALUES, VALUES)
def test_marks_are_between_the_ends_and_few(one: float, other: float) -> None:
    low, high, marks = scale(min(one, other), max(one, other))
    assert low < high
    assert low <= min(one, other)
    assert high >= max(one, other)
    assert all(low - abs(low) * 1e-9 <= mark <= high + abs(high) * 1e-9 for mark in marks)
    assert 1 <= len(marks) <= 8


def test_letters_are_told_apart_and_what_is_unknown_is_a_box() -> None:
    letters = "".join(chr(code) for code in range(33, 127)) + "°²³µ·"
    assert len({tuple(font.columns(letter)) for letter in letters}) == len(letters)
    assert font.columns("漢") == [0x7F, 0x41, 0x41, 0x41, 0x7F]
    assert font.columns("ü") == font.columns("ue")
    assert font.columns("") == []


class Shelf:
    """A history of one series."""

    def __init__(self, buckets: list[Bucket]) -> None:
        self.buckets_there = buckets
        self.asked: list[tuple[str, str, int, int, int]] = []

    async def buckets(self, device: str, metric: str, from_ms: int, to_ms: int, step_ms: int) -> list[Bucket]:
        self.asked.append((device, metric, from_ms, to_ms, step_ms))
        return self.buckets_there


def pictures(shelf: Shelf, *, simulated: bool = False) -> Pictures:
    return Pictures(
        history=shelf,  # type: ignore[arg-type]
        names=PlainNames(ZoneInfo("Europe/Berlin")),
        unit=lambda device, metric: "%",
        simulated=lambda device: simulated,
        clock=FixedClock(),
    )


async def test_a_day_is_asked_for_in_three_hundred_steps_and_told_in_words() -> None:
    buckets = [Bucket(START_MS - DAY_MS + at * STEP_MS, 40.0, 60.0, 50.0, 3) for at in range(300)]
    shelf = Shelf(buckets)
    made = await pictures(shelf, simulated=True).day("fern-1", "soil_moisture")
    assert made is not None
    assert shelf.asked == [("fern-1", "soil_moisture", START_MS - DAY_MS, START_MS, STEP_MS)]
    assert made[1] == "fern-1: soil moisture of the last 24 h, 40 to 60 %, now 50 % · SIMULATED"
    assert (decoded(made[0]) == picture._MARK).any()


async def test_there_is_no_picture_of_nothing() -> None:
    assert await pictures(Shelf([])).day("fern-1", "soil_moisture") is None


def test_a_moment_of_another_day_says_which() -> None:
    clock = FixedClock()
    said = wall_clock(lambda: ZoneInfo("Europe/Berlin"), clock)
    assert said(START_MS) == "13:00"
    assert said(START_MS - DAY_MS) == "13:00 on 6 January"
    assert wall_clock(lambda: UTC, clock)(START_MS) == "12:00"
