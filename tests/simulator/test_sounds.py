from __future__ import annotations

import io
import math
import random
import wave
from array import array

import pytest

from gateway.core.sound import decode
from gateway.simulator.sounds import FULL_SCALE_DB, RATE_HZ, Microphone, payload, pcm
from gateway.simulator.world.room import Sound

QUIET = Sound(hum=10**2.6, street=0.0, voices=0.0, water=0.0, machine=0.0)
TALK = Sound(hum=10**2.6, street=10**3.0, voices=10**5.0, water=0.0, machine=0.0)
TRAFFIC = Sound(hum=10**2.6, street=10**6.0, voices=10**4.0, water=0.0, machine=0.0)
VACUUM = Sound(hum=10**2.6, street=10**3.0, voices=0.0, water=0.0, machine=10**7.6)


def level_dbfs(samples: bytes) -> float:
    values = array("h", samples)
    return 10 * math.log10(sum(value * value for value in values) / len(values)) - 20 * math.log10(32768)


@pytest.mark.parametrize(("sound", "within_db"), [(QUIET, 1.0), (TALK, 0.5), (TRAFFIC, 0.5), (VACUUM, 0.5)])
@pytest.mark.parametrize("phase", [0.0, 0.37])
def test_it_is_as_loud_as_the_room(sound: Sound, within_db: float, phase: float) -> None:
    samples = pcm(sound, phase)
    assert len(samples) == 2 * 2 * RATE_HZ
    assert level_dbfs(samples) + FULL_SCALE_DB == pytest.approx(sound.level_db, abs=within_db)


def test_the_same_phase_is_the_same_sound_and_another_one_another() -> None:
    assert pcm(TALK, 0.25) == pcm(TALK, 0.25) != pcm(TALK, 0.5)


def test_what_is_too_loud_is_cut_off_at_full_scale() -> None:
    values = array("h", pcm(Sound(0.0, 0.0, 0.0, 0.0, 10**13.0), 0.0))
    assert (max(values), min(values)) == (32767, -32768)


def test_every_form_holds_the_same_samples() -> None:
    samples = pcm(TALK, 0.0)
    assert payload(samples, 0) == payload(samples, 3) == samples
    with wave.open(io.BytesIO(payload(samples, 1))) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE_HZ, 1, 2)
        assert file.readframes(file.getnframes()) == samples
    decoded = [decode(payload(samples, form)) for form in range(3)]
    assert decoded[0] == decoded[1] == decoded[2]
    assert decoded[0].samples.tobytes() == samples


def test_recordings_go_through_the_forms_in_turn() -> None:
    microphone = Microphone(random.Random(1))
    heads = [microphone.record(QUIET)[:2] for _ in range(4)]
    assert (heads[1], heads[2]) == (b"RI", b'{"')
    assert not {heads[0], heads[3]} & {b"RI", b'{"'}
