"""Payloads to values; the tables of what is read and refused are in tests/vectors."""

from __future__ import annotations

import json
import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.codec import (
    ALIASES,
    IGNORED,
    decode_bare,
    decode_heartbeat,
    decode_status,
    decode_telemetry,
    encode_telemetry,
)
from gateway.core.errors import Unreadable
from gateway.core.messages import Sample
from gateway.core.payload import Fault
from gateway.core.topics import METRIC

FINITE = st.floats(allow_nan=False, allow_infinity=False)
METRICS = st.from_regex(METRIC, fullmatch=True).filter(
    lambda name: (
        name not in IGNORED
        and name not in ALIASES
        and name not in {"boot", "seq", "timestamp", "uptime_ms", "readings"}
    )
)
VALUES = st.dictionaries(METRICS, FINITE, min_size=1, max_size=8)
WHOLE = st.integers(0, 2**53 - 1)
BOOTS = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=32)
TIMES = st.integers(946_684_800_000, 4_102_444_799_999)
SAMPLES = st.one_of(
    st.builds(Sample, VALUES, st.none() | TIMES),
    st.builds(Sample, VALUES, st.none() | TIMES, BOOTS, WHOLE, st.none() | WHOLE),
)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | FINITE | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


def bits(sample: Sample) -> dict[str, bytes]:
    return {metric: struct.pack(">d", value) for metric, value in sample.values.items()}


def refusal(payload: bytes) -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        decode_telemetry(payload)
    return caught.value


@given(SAMPLES)
def test_a_sample_that_is_written_and_read_again_is_the_same_bit_for_bit(sample: Sample) -> None:
    (found,) = decode_telemetry(encode_telemetry(sample))
    assert found == sample
    assert bits(found) == bits(sample)


@given(FINITE | st.integers(-(10**300), 10**300))
def test_a_number_is_the_float_its_decimal_form_says(number: float) -> None:
    text = json.dumps(number)
    (found,) = decode_telemetry(b'{"a":%s}' % text.encode())
    assert struct.pack(">d", found.values["a"]) == struct.pack(">d", float(number))


@given(st.decimals(allow_nan=False, allow_infinity=False, places=25, min_value=-(10**12), max_value=10**12))
def test_more_digits_than_a_float_holds_are_rounded_correctly(number: object) -> None:
    text = f"{number:f}"
    (found,) = decode_telemetry(b'{"a":%s}' % text.encode())
    assert found.values["a"] == float(text)


@given(st.binary(max_size=200))
def test_random_bytes_are_read_or_refused_and_never_anything_else(payload: bytes) -> None:
    for read in (decode_telemetry, decode_heartbeat, decode_status, lambda raw: decode_bare("a", raw)):
        try:
            read(payload)
        except Unreadable as error:
            refused = error
        else:
            continue
        assert refused.fault in set(Fault)
        assert str(refused)


@given(JSON_VALUES)
def test_any_json_is_read_or_refused_and_never_anything_else(value: object) -> None:
    payload = json.dumps(value).encode()
    for read in (decode_telemetry, decode_heartbeat, decode_status, lambda raw: decode_bare("a", raw)):
        try:
            read(payload)
        except Unreadable as error:
            reason = str(error)
        else:
            continue
        assert 0 < len(reason) < 300


@given(st.dictionaries(st.text(max_size=8) | st.sampled_from(["boot", "seq", "timestamp", "readings"]), JSON_VALUES))
def test_whatever_is_read_holds_only_finite_numbers_under_good_names(raw: dict[str, object]) -> None:
    try:
        samples = decode_telemetry(json.dumps(raw).encode())
    except Unreadable:
        return
    for sample in samples:
        assert sample.values
        assert all(METRIC.fullmatch(name) and math.isfinite(value) for name, value in sample.values.items())


def test_a_reason_names_the_key_and_shows_the_value() -> None:
    assert str(refusal(b'{"temperature":"warm"}')) == 'temperature is not a number: "warm"'
    assert str(refusal(b'{"humidity":5,"temperature":nan}')) == "temperature is not a finite number: nan"


def test_a_reason_stays_short_whatever_was_sent() -> None:
    long = b"x" * 100_000
    for payload in (b'{"a":"%s"}' % long, b'{"%s":1}' % long, b'"%s"' % long, b'{"a":1%s}' % (b"0" * 4000), long):
        assert len(str(refusal(payload))) < 300


def test_nesting_beyond_any_depth_is_refused() -> None:
    assert refusal(b"[" * 250_000).fault == Fault.WRONG_SHAPE
    assert refusal(b'{"a":' * 50_000).fault == Fault.WRONG_SHAPE


def test_a_batch_holds_a_thousand_readings_and_no_more() -> None:
    readings = [{"seq": seq, "uptime_ms": seq * 10, "t": seq} for seq in range(1000)]
    samples = decode_telemetry(json.dumps({"boot": "b", "readings": readings}).encode())
    assert [(sample.boot, sample.seq, sample.uptime_ms, sample.values["t"]) for sample in samples] == [
        ("b", seq, seq * 10, float(seq)) for seq in range(1000)
    ]
    readings.append({"seq": 1000, "t": 1})
    assert refusal(json.dumps({"boot": "b", "readings": readings}).encode()).fault == Fault.TOO_MANY


def test_a_bad_name_is_refused_every_time_not_only_the_first() -> None:
    for _ in range(3):
        assert refusal(b'{"Bad":1}').fault == Fault.BAD_NAME


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_value_json_cannot_say_is_not_written(value: float) -> None:
    with pytest.raises(Unreadable, match="temperature is not a finite number"):
        encode_telemetry(Sample({"temperature": value}))
