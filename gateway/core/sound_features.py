"""What the audio model says of a buffer of sound."""

from __future__ import annotations

import msgspec


class SoundFeatures(msgspec.Struct, frozen=True):
    """Means over the frames of one buffer, as librosa defines them."""

    level_dbfs: float
    """Of the whole buffer: 20 log10(rms), 0 dB is full scale."""
    rms: float
    """0 to 1."""
    zero_crossing_rate: float
    """Crossings a sample."""
    centroid_hz: float
    rolloff_hz: float
    """Below it lies 85 % of the magnitude."""
    mfcc: tuple[float, ...]
    """13 of them, in dB."""
    rms_spread_db: float
    """Standard deviation of the frames' levels."""
