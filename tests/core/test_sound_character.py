"""Which sort a sound is, at the edges of the rule."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from gateway.core.sound_character import by_level, character
from gateway.core.sound_features import SoundFeatures
from gateway.core.window.moment import Character

FAN = SoundFeatures(
    level_dbfs=-60.0,
    rms=0.001,
    zero_crossing_rate=0.3,
    centroid_hz=3000.0,
    rolloff_hz=6000.0,
    mfcc=(-300.0, 20.0, 5.0, 1.0, *[0.0] * 9),
    rms_spread_db=0.5,
)
STREET = replace(FAN, zero_crossing_rate=0.04, centroid_hz=1300.0, mfcc=(-300.0, 50.0, 11.0, 12.0, *[0.0] * 9))
STREET = replace(STREET, rms_spread_db=1.5)
TALK = replace(FAN, centroid_hz=1000.0, rms_spread_db=5.0, mfcc=(-300.0, 80.0, 5.0, -5.0, *[0.0] * 9))
BANG = replace(FAN, centroid_hz=4000.0, rms_spread_db=15.0)


@pytest.mark.parametrize(
    ("features", "sort"),
    [
        (FAN, Character.STEADY),
        (STREET, Character.TRAFFIC),
        (TALK, Character.VOICES),
        (BANG, Character.SHARP),
        (replace(STREET, rms_spread_db=6.0), Character.TRAFFIC),
        (replace(STREET, rms_spread_db=0.9), Character.STEADY),
        (replace(STREET, zero_crossing_rate=0.08), Character.STEADY),
        (replace(STREET, mfcc=(-300.0, 24.9, 11.0, 12.0)), Character.STEADY),
        (replace(STREET, mfcc=(-300.0, 50.0, 11.0, 40.0)), Character.STEADY),
        (replace(TALK, rms_spread_db=2.9), Character.STEADY),
        (replace(TALK, centroid_hz=2700.0), Character.STEADY),
        (replace(BANG, rms_spread_db=6.9), Character.STEADY),
        (replace(BANG, centroid_hz=2000.0), Character.VOICES),
    ],
)
def test_a_sound_is_what_the_table_says(features: SoundFeatures, sort: Character) -> None:
    assert character(features, 60.0) is sort


@pytest.mark.parametrize("features", [FAN, STREET, TALK, BANG])
def test_whatever_is_below_40_db_is_quiet(features: SoundFeatures) -> None:
    assert character(features, 39.9) is Character.QUIET
    assert character(features, 40.0) is not Character.QUIET


def test_by_its_level_alone_a_sound_is_quiet_or_of_no_sort() -> None:
    assert by_level(39.9) is Character.QUIET
    assert by_level(40.0) is Character.STEADY
