"""What sort of sound it is, by rule: what keeps people awake differs from what they make themselves."""

from __future__ import annotations

from .sound_features import SoundFeatures
from .window.moment import Character

QUIET_BELOW_DB = 40.0
"""A room at night, a library."""

_SHARP_SPREAD_DB = 7.0
_SHARP_CENTROID_HZ = 2200.0
_TRAFFIC_CENTROID_HZ = 900.0
_TRAFFIC_ROLLOFF_HZ = 1800.0
_VOICE_SPREAD_DB = 3.0
_VOICE_CENTROID_HZ = (250.0, 2600.0)


def character(features: SoundFeatures, level_db: float) -> Character:
    """The first that fits; `level_db` is sound pressure.

    | | level | frames' levels differ by | centroid | 85 % lies below |
    |---|---|---|---|---|
    | quiet | < 40 dB | | | |
    | sharp: blows, barking, breaking glass | | >= 7 dB | >= 2200 Hz | |
    | voices | | >= 3 dB | 250 to 2600 Hz | |
    | traffic: low and rolling | | | < 900 Hz | < 1800 Hz |
    | steady: fan, shower, hiss | all else | | | |
    """
    if level_db < QUIET_BELOW_DB:
        return Character.QUIET
    spread, centroid = features.rms_spread_db, features.centroid_hz
    if spread >= _SHARP_SPREAD_DB and centroid >= _SHARP_CENTROID_HZ:
        return Character.SHARP
    if spread >= _VOICE_SPREAD_DB and _VOICE_CENTROID_HZ[0] <= centroid <= _VOICE_CENTROID_HZ[1]:
        return Character.VOICES
    if centroid < _TRAFFIC_CENTROID_HZ and features.rolloff_hz < _TRAFFIC_ROLLOFF_HZ:
        return Character.TRAFFIC
    return Character.STEADY


def by_level(level_db: float) -> Character:
    """What can be said without a model: quiet, or a sound of no sort in particular."""
    return Character.QUIET if level_db < QUIET_BELOW_DB else Character.STEADY
