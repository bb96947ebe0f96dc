"""Streams of bytes to frames; single cases are in tests/vectors."""

from __future__ import annotations

import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.errors import ProtocolError
from gateway.core.mqtt.framing import Frame, Framer, encode_length

LARGEST = 268_435_455
FRAMES = st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=400)), max_size=8)


def written(frames: list[Frame]) -> bytes:
    return b"".join(bytes((header,)) + encode_length(len(body)) + body for header, body in frames)


def cut(stream: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(stream) + 1) for place in places), len(stream)]
    return [stream[start:end] for start, end in pairwise(edges)]


def outcome(pieces: list[bytes], limit: int) -> tuple[list[Frame], int | None]:
    """The frames before the end or the refusal, and what is held back (None: refused)."""
    framer = Framer(limit)
    frames: list[Frame] = []
    for piece in pieces:
        try:
            frames += framer.feed(piece)
        except ProtocolError:
            return frames, None
    return frames, framer.buffered


@given(FRAMES, st.lists(st.integers(0, 4000), max_size=20))
def test_any_split_of_a_stream_gives_the_frames_that_were_written(frames: list[Frame], places: list[int]) -> None:
    assert outcome(cut(written(frames), places), LARGEST) == (frames, 0)


@given(FRAMES)
def test_a_stream_read_byte_by_byte_gives_the_same_frames(frames: list[Frame]) -> None:
    stream = written(frames)
    assert outcome([stream[at : at + 1] for at in range(len(stream))], LARGEST) == (frames, 0)


@given(st.binary(max_size=400), st.lists(st.integers(0, 400), max_size=12), st.integers(0, 300))
def test_random_bytes_split_anyhow_end_alike(stream: bytes, places: list[int], limit: int) -> None:
    _, whole = outcome([stream], limit)
    found, left = outcome(cut(stream, places), limit)
    assert (left is None) == (whole is None)
    if whole is not None:
        assert (found, left) == outcome([stream], limit)


@given(st.binary(max_size=300), st.integers(0, 200))
def test_no_frame_is_over_the_limit_and_nothing_is_lost(stream: bytes, limit: int) -> None:
    frames, left = outcome([stream], limit)
    assert all(len(body) <= limit for _, body in frames)
    if left is not None:
        assert sum(2 + len(body) for _, body in frames) + left <= len(stream)
        assert outcome([stream[len(stream) - left :]], limit) == ([], left)


@given(st.integers(0, LARGEST))
def test_a_length_that_is_written_is_read_again(length: int) -> None:
    framer = Framer(LARGEST)
    assert framer.feed(b"\x30" + encode_length(length)) == ([] if length else [(0x30, b"")])
    if length:
        framer.limit = length - 1
        with pytest.raises(ProtocolError, match=f"packet of {length} bytes"):
            Framer(length - 1).feed(b"\x30" + encode_length(length))


@pytest.mark.parametrize(
    ("length", "encoded"),
    [
        (0, "00"),
        (127, "7f"),
        (128, "8001"),
        (16_383, "ff7f"),
        (16_384, "808001"),
        (2_097_151, "ffff7f"),
        (2_097_152, "80808001"),
        (LARGEST, "ffffff7f"),
    ],
)
def test_lengths_are_written_as_the_standards_table_says(length: int, encoded: str) -> None:
    assert encode_length(length).hex() == encoded


def test_the_limit_may_be_changed_between_reads() -> None:
    framer = Framer(3)
    assert framer.feed(b"\x30\x03abc") == [(0x30, b"abc")]
    framer.limit = 4
    assert framer.feed(b"\x30\x04abcd") == [(0x30, b"abcd")]
    framer.limit = 2
    with pytest.raises(ProtocolError, match="over the limit"):
        framer.feed(b"\x30\x03abc")


def test_a_packet_over_the_limit_is_refused_before_its_body_comes() -> None:
    with pytest.raises(ProtocolError, match="over the limit of 100"):
        Framer(100).feed(b"\x30" + encode_length(101))


def test_what_is_held_back_is_told() -> None:
    framer = Framer(1000)
    framer.feed(b"\xc0\x00\x30\x05ab")
    assert framer.buffered == 4
    framer.feed(b"cde")
    assert framer.buffered == 0


def test_a_packet_that_trickles_in_costs_little_more_than_its_size() -> None:
    size = 200_000
    stream = written([(0x30, bytes(size))])
    framer = Framer(size)
    tracemalloc.start()
    try:
        for at in range(0, len(stream) - 2, 2):
            framer.feed(stream[at : at + 2])
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert framer.buffered > size - 10
    assert held < 2 * size
