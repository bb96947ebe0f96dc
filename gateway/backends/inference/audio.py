"""The audio model at work: features of a buffer of sound, as librosa defines them, from one ONNX graph."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...core.errors import ModelFailed
from ...core.ports.models import Unfit
from ...core.sound_features import SoundFeatures
from . import manifest
from .runtime import Session, session

if TYPE_CHECKING:
    from .runtime import Array

GRAPH = "model.onnx"
RATE = 16_000
_MOST_BYTES = 4 << 20
_FEWEST_SAMPLES = RATE // 10
_COLUMNS = 19
_MFCC = slice(4, 17)


class AudioModel:
    """Fulfils core/ports/models.Ear. Safe to use from several threads."""

    def __init__(self, opened: Session, name: str, version: int) -> None:
        self.session = opened
        self.name = name
        self.version = version

    @classmethod
    def open(cls, folder: Path) -> AudioModel:
        """The model in a folder, as it is: who signed it is not asked. Raises Unfit(corrupt), ModelFailed."""
        known = manifest.read(folder)
        return cls.of(manifest.files_of(folder, known, _MOST_BYTES), known)

    @classmethod
    def of(cls, files: dict[str, bytes], known: manifest.Manifest) -> AudioModel:
        """The model in these files, by name. Raises Unfit(corrupt), ModelFailed."""
        if GRAPH not in files:
            raise Unfit("corrupt", f"{GRAPH} is missing")
        return cls(session(files[GRAPH]), known.name, known.version)

    def run(self, pcm: bytes) -> Mapping[str, Array]:
        """Every output of the graph for s16le mono samples at 16 kHz, a tenth of a second or more.

        Raises ModelFailed.
        """
        if len(pcm) % 2 or len(pcm) < 2 * _FEWEST_SAMPLES:
            raise ModelFailed(f"{len(pcm)} bytes are no sound of {_FEWEST_SAMPLES} samples or more")
        return self.session.run({"pcm": np.frombuffer(pcm, dtype="<i2").astype(np.int16, copy=False)[None]})

    def features(self, pcm: bytes) -> SoundFeatures:
        """Of signed 16 bit little endian mono samples at 16 kHz. Raises ModelFailed."""
        summary = [float(value) for value in self.run(pcm)["summary"].reshape(-1)]
        if len(summary) != _COLUMNS or not np.isfinite(summary).all():
            raise ModelFailed(f"{self.name}@{self.version} gave no {_COLUMNS} numbers")
        rms, zero_crossing_rate, centroid_hz, rolloff_hz = summary[:4]
        return SoundFeatures(
            level_dbfs=summary[17],
            rms=rms,
            zero_crossing_rate=zero_crossing_rate,
            centroid_hz=centroid_hz,
            rolloff_hz=rolloff_hz,
            mfcc=tuple(summary[_MFCC]),
            rms_spread_db=summary[18],
        )
