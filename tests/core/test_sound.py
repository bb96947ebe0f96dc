"""Sound in every form a node may send it, and in the forms it must not."""

from __future__ import annotations

import base64
import json
import math
import struct
from array import array
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.errors import Unreadable
from gateway.core.payload import Fault
from gateway.core.resampling import resampled
from gateway.core.sound import FLOOR_DBFS, Pcm, decode, level_dbfs, to_wav

TONE = array("h", (round(16384 * math.sin(2 * math.pi * 1000 * n / 16_000)) for n in range(32_000)))
"""1 kHz at half of full scale, 2 s."""


def wav(
    body: bytes, *, kind: int = 1, channels: int = 1, rate: int = 16_000, bits: int = 16, extra: bytes = b""
) -> bytes:
    form = struct.pack("<HHIIHH", kind, channels, rate, rate * channels * 2, channels * 2, bits) + extra
    chunks = b"WAVE" + chunk(b"fmt ", form) + chunk(b"data", body)
    return b"RIFF" + struct.pack("<I", len(chunks)) + chunks


def chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def as_object(body: bytes, **more: object) -> bytes:
    return json.dumps({"format": "pcm_s16le", "data": base64.b64encode(body).decode(), **more}).encode()


def refusal(payload: bytes) -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        decode(payload)
    return caught.value


def test_the_same_sound_comes_out_of_all_forms() -> None:
    body = TONE.tobytes()
    extensible = struct.pack("<HHI", 22, 16, 4) + struct.pack("<H", 1) + b"\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71"
    forms = [
        body,
        wav(body),
        wav(body, kind=0xFFFE, extra=extensible),
        wav(body, extra=b"\0\0"),
        as_object(body, rate=16_000),
        as_object(body),
        json.dumps({"data": base64.b64encode(body).decode()}, indent=1).encode(),
        as_object(wav(body), format="wav"),
    ]
    assert all(decode(form) == Pcm(16_000, TONE) for form in forms)
    assert decode(body).seconds == 2.0
    assert decode(body).payload == body


def test_base64_may_be_broken_into_lines() -> None:
    lines = json.dumps({"data": base64.encodebytes(TONE.tobytes()).decode()}).encode()
    assert decode(lines).samples == TONE


def test_a_wav_file_is_read_past_chunks_that_are_not_needed() -> None:
    body = TONE.tobytes()
    form = chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, 16_000, 32_000, 2, 16))
    file = b"RIFF\0\0\0\0WAVE" + chunk(b"LIST", b"odd") + form + chunk(b"fact", b"four") + chunk(b"data", body)
    assert decode(file + chunk(b"id3 ", b"after")).samples == TONE


def test_a_streamed_wav_file_has_no_size_and_is_read_to_its_end() -> None:
    file = wav(TONE.tobytes())
    at = file.index(b"data") + 4
    assert decode(file[:at] + b"\xff\xff\xff\xff" + file[at + 4 :]).samples == TONE


def test_channels_become_their_mean() -> None:
    left, right = array("h", [100, -7] * 2000), array("h", [300, -8] * 2000)
    both = array("h", [one for pair in zip(left, right, strict=True) for one in pair])
    assert decode(wav(both.tobytes(), channels=2)).samples == array("h", [200, -8] * 2000)
    loudest = array("h", [-32768, -32768] * 2000)
    assert decode(wav(loudest.tobytes(), channels=2)).samples == array("h", [-32768] * 2000)


WAVE = [math.sin(n / 7) * 0.9 for n in range(4000)]
WIDTHS = {
    (1, 8): bytes(round(one * 128) + 128 for one in WAVE),
    (1, 24): b"".join(round(one * 2**23).to_bytes(3, "little", signed=True) for one in WAVE),
    (1, 32): struct.pack("<4000i", *(round(one * 2**31) for one in WAVE)),
    (3, 32): struct.pack("<4000f", *WAVE),
    (3, 64): struct.pack("<4000d", *WAVE),
}


@pytest.mark.parametrize(("kind", "bits"), WIDTHS)
def test_other_widths_become_the_nearest_of_16_bits(kind: int, bits: int) -> None:
    expected = [round(one * 32768) for one in WAVE]
    found = decode(wav(WIDTHS[kind, bits], kind=kind, bits=bits)).samples
    most = 128 if bits == 8 else 1
    assert max(abs(is_ - should) for is_, should in zip(found, expected, strict=True)) <= most


def test_what_is_beyond_full_scale_is_clipped() -> None:
    loud = struct.pack("<1602f", *[2.0, -2.0] * 801)
    assert decode(wav(loud, kind=3, bits=32)).samples == array("h", [32767, -32768] * 801)
    assert max(decode(wav(b"\xff\xff\x7f" * 1600, bits=24)).samples) == 32767
    assert min(decode(wav(b"\0\0\x80" * 1600, bits=24)).samples) == -32768


def test_a_rate_is_kept_as_it_was_said() -> None:
    assert decode(wav(TONE.tobytes(), rate=44_100)).rate == 44_100
    assert decode(as_object(TONE.tobytes(), rate=8000)).rate == 8000


@pytest.mark.parametrize(
    ("payload", "fault", "words"),
    [
        (b"", Fault.WRONG_SHAPE, "0.000 s of sound"),
        (b"\0\0", Fault.WRONG_SHAPE, "the least is 0.1 s"),
        (b"\0" * 3201, Fault.WRONG_SHAPE, "3201 bytes are no whole number of 16-bit samples"),
        (b"\0" * 320_002, Fault.TOO_MANY, "10.0 s of sound; the limit is 10 s"),
        (b"RIFF\0\0\0\0WAVE", Fault.WRONG_SHAPE, "no data"),
        (b"RIFF\0\0\0\0WAVE" + chunk(b"fmt ", b"\1\0"), Fault.WRONG_SHAPE, "format is cut off"),
        (b"RIFF\0\0\0\0WAVE" + chunk(b"data", b"\0\0"), Fault.WRONG_SHAPE, "data comes before its format"),
        (wav(b"\0" * 200_000, bits=8), Fault.TOO_MANY, "12.5 s of sound"),
        (as_object(wav(b"\0" * 200_000, bits=8), format="wav"), Fault.TOO_MANY, "12.5 s of sound"),
        (wav(b"\0" * 3200, kind=7, bits=8), Fault.WRONG_SHAPE, "neither PCM nor float: format 7, 8 bits"),
        (wav(b"\0" * 3200, bits=12), Fault.WRONG_SHAPE, "format 1, 12 bits"),
        (wav(struct.pack("<1600f", *[float("nan")] * 1600), kind=3, bits=32), Fault.NOT_FINITE, "no numbers"),
        (wav(struct.pack("<1600d", *[float("inf")] * 1600), kind=3, bits=64), Fault.NOT_FINITE, "no numbers"),
        (wav(b"\0" * 3200, kind=0xFFFE), Fault.WRONG_SHAPE, "format 65534"),
        (wav(b"\0" * 3200, channels=0), Fault.WRONG_SHAPE, "0 channels"),
        (wav(b"\0" * 3200, rate=0), Fault.WRONG_SHAPE, "rate is not from 4000 to 192000 Hz: 0"),
        (b'{"format":"pcm_s16le"}', Fault.WRONG_SHAPE, "data is missing"),
        (b'{"data":7}', Fault.WRONG_SHAPE, "data is not a text: 7"),
        (b'{"data":"###"}', Fault.WRONG_SHAPE, "data is not base64"),
        (b'{"data":"\xc3\xa4"}', Fault.WRONG_SHAPE, "data is not base64"),
        (b'{"data":"AAAA","format":"mp3"}', Fault.WRONG_SHAPE, 'neither pcm_s16le nor wav: "mp3"'),
        (b'{"data":"AAAA","format":"wav"}', Fault.WRONG_SHAPE, "not a WAV file"),
        (b'{"data":"AAAA","rate":true}', Fault.WRONG_SHAPE, "rate is not from"),
        (b'{"data":"AAAA","rate":1e4}', Fault.WRONG_SHAPE, "rate is not from"),
        (b'{"data":}', Fault.NOT_JSON, "not JSON"),
    ],
)
def test_what_is_no_sound_is_refused_with_its_reason(payload: bytes, fault: str, words: str) -> None:
    refused = refusal(payload)
    assert refused.fault == fault
    assert words in str(refused)


@given(
    st.one_of(
        st.binary(max_size=400),
        st.binary(max_size=200).map(lambda rest: b"RIFF\0\0\0\0WAVE" + rest),
        st.binary(max_size=200).map(lambda rest: b'{"data":"' + rest + b'"}'),
        st.tuples(st.binary(max_size=40), st.binary(max_size=40)).map(
            lambda parts: b"RIFF\0\0\0\0WAVE" + chunk(b"fmt ", parts[0]) + chunk(b"data", parts[1] * 200)
        ),
        st.dictionaries(
            st.sampled_from(["data", "format", "rate"]),
            st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.lists(st.integers(), max_size=2),
        ).map(lambda value: json.dumps(value).encode()),
    )
)
def test_any_bytes_are_sound_or_unreadable_and_nothing_else(payload: bytes) -> None:
    try:
        pcm = decode(payload)
    except Unreadable:
        return
    assert 0.1 <= pcm.seconds <= 10


def test_the_level_of_a_tone_at_half_scale_is_9_dbfs_below_full_scale() -> None:
    assert level_dbfs(TONE) == pytest.approx(-9.03, abs=0.01)


def test_the_level_of_full_scale_is_0_and_of_silence_the_floor() -> None:
    assert level_dbfs(array("h", [-32768] * 100)) == 0.0
    assert level_dbfs(array("h", [0] * 100)) == FLOOR_DBFS == level_dbfs(array("h"))
    assert level_dbfs(array("h", [1] + [0] * 9999)) == FLOOR_DBFS


def test_a_written_wav_file_is_read_as_the_same_sound() -> None:
    pcm = Pcm(22_050, array("h", range(-3000, 3000)))
    assert decode(to_wav(pcm)) == pcm


@pytest.mark.parametrize("rate", [8000, 11_025, 22_050, 32_000, 44_100, 48_000])
def test_a_tone_of_another_rate_keeps_its_pitch_and_level(rate: int) -> None:
    tone = array("h", (round(16384 * math.sin(2 * math.pi * 1000 * n / rate)) for n in range(rate // 2)))
    heard = resampled(Pcm(rate, tone), 16_000)
    assert heard.rate == 16_000
    assert heard.seconds == pytest.approx(0.5, abs=1e-3)
    inner = heard.samples[800:-800]
    assert level_dbfs(inner) == pytest.approx(-9.03, abs=0.02)
    crossings = sum(before < 0 <= after for before, after in pairwise(inner))
    assert crossings / (len(inner) / 16_000) == pytest.approx(1000, rel=0.01)
    expected = (16384 * math.sin(2 * math.pi * 1000 * n / 16_000) for n in range(800, 800 + len(inner)))
    assert max(abs(is_ - should) for is_, should in zip(inner, expected, strict=True)) < 20


def test_what_the_new_rate_cannot_hold_is_taken_out() -> None:
    tone = array("h", (round(16384 * math.sin(2 * math.pi * 11_000 * n / 48_000)) for n in range(24_000)))
    assert level_dbfs(resampled(Pcm(48_000, tone), 16_000).samples[800:-800]) < -70


def test_the_same_rate_changes_nothing() -> None:
    pcm = Pcm(16_000, TONE)
    assert resampled(pcm, 16_000) is pcm


def test_a_resampled_sound_stays_within_16_bits() -> None:
    square = array("h", [32767 if n // 20 % 2 else -32768 for n in range(9600)])
    heard = resampled(Pcm(48_000, square), 16_000)
    assert max(heard.samples) == 32767
    assert min(heard.samples) == -32768
