"""What sort of sound it is, by rule: what keeps people awake differs from what they make themselves."""

from __future__ import annotations

from .sound_features import SoundFeatures
from .window.moment import Character

QUIET_BELOW_DB = 40.0
"""A room at night, a library."""

_SHARP_SPREAD_DB = 7.0
_SHARP_CENTROID_HZ = 2200.0
_TRAFFIC_SPREAD_DB = 1.0
_TRAFFIC_CROSSINGS = 0.08
_TRAFFIC_TILT_DB = 25.0
_TRAFFIC_SHAPE_DB = (5.0, 20.0)
_VOICE_SPREAD_DB = 3.0
_VOICE_CENTROID_HZ = (250.0, 2600.0)


def character(features: SoundFeatures, level_db: float) -> Character:
    """The first that fits; `level_db` is sound pressure.

    | | level | frames' levels differ by | centroid | crossings a sample | second, fourth MFCC |
    |---|---|---|---|---|---|
    | quiet | < 40 dB | | | | |
    | sharp: blows, barking, breaking glass | | >= 7 dB | >= 2200 Hz | | |
    | traffic: a spectrum that falls evenly | | >= 1 dB | | < 0.08 | >= 25 dB, 5 to 20 dB |
    | voices: up and down, with formants | | >= 3 dB | 250 to 2600 Hz | | |
    | steady: fan, shower, hum | all else | | | | |
    """
    if level_db < QUIET_BELOW_DB:
        return Character.QUIET
    if features.rms_spread_db >= _SHARP_SPREAD_DB and features.centroid_hz >= _SHARP_CENTROID_HZ:
        return Character.SHARP
    if _is_traffic(features):
        return Character.TRAFFIC
    lowest, highest = _VOICE_CENTROID_HZ
    if features.rms_spread_db >= _VOICE_SPREAD_DB and lowest <= features.centroid_hz <= highest:
        return Character.VOICES
    return Character.STEADY


def by_level(level_db: float) -> Character:
    """What can be said without a model: quiet, or a sound of no sort in particular."""
    return Character.QUIET if level_db < QUIET_BELOW_DB else Character.STEADY


def _is_traffic(features: SoundFeatures) -> bool:
    tilt, shape = features.mfcc[1], features.mfcc[3]
    return (
        features.rms_spread_db >= _TRAFFIC_SPREAD_DB
        and features.zero_crossing_rate < _TRAFFIC_CROSSINGS
        and tilt >= _TRAFFIC_TILT_DB
        and _TRAFFIC_SHAPE_DB[0] <= shape <= _TRAFFIC_SHAPE_DB[1]
    )
