"""Measures the audio model beside librosa: `python -m models.audio.evaluate [FILE.wav …] [--json] [--record]`.

Without files: the sounds of sounds.py, with four seeds. Needs librosa (the development extra). Exit status 1: a bar is
missed.
"""

# ruff: noqa: E402 - threads are counted when numpy is loaded
from __future__ import annotations

import argparse
import json
import platform
import re
import sys
import time
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from gateway.backends.inference.runtime import Session, prepare, runtime_label, session

prepare()  # before numpy is there: one thread on both sides, so that neither waits for the other's

import numpy as np
from numpy.typing import NDArray

from gateway.core.resampling import resampled
from gateway.core.sound import decode

from .filters import COEFFICIENTS, FRAME, HOP, MELS, RATE_HZ
from .sounds import Samples, sounds
from .train import HERE, manifest

_SEEDS = range(4)
_LONGEST_S = 120.0
_TURNS = 12
_CALLS = 10
Frames = Mapping[str, NDArray[np.float64]]


class Figure(NamedTuple):
    """One measured number and its bar."""

    name: str
    value: float
    unit: str
    at_most: float
    worst: str
    """The sound it was worst with."""

    @property
    def holds(self) -> bool:
        """Whether it is within its bar."""
        return self.value <= self.at_most


BARS = {
    "audio_rms": ("1", 1e-3),
    "audio_zcr": ("1", 1e-3),
    "audio_centroid": ("relative", 1e-5),
    "audio_rolloff": ("relative", 1e-3),
    "audio_mfcc": ("dB", 1e-3),
}
"""Largest difference of any frame of any sound; the rolloff's of the mean over a sound's frames."""


def main() -> int:
    """Measure, print, and record when asked to."""
    parser = argparse.ArgumentParser(prog="python -m models.audio.evaluate", description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE.wav", help="sounds of one's own")
    parser.add_argument("--model", type=Path, default=HERE, metavar="DIR", help="the model's folder")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--record", action="store_true", help="write the figures into the manifest and the card")
    args = parser.parse_args()
    opened = session(args.model / "model.onnx")
    measured = compare(opened, from_files(args.files) if args.files else built_in())
    timed, ours_ms, theirs_ms = timing(opened)
    figures = [*measured, timed]
    if args.record:
        record(args.model, figures, ours_ms, theirs_ms)
    if args.json:
        print(json.dumps(as_json(figures, ours_ms, theirs_ms), indent=1))
    else:
        print("\n".join(table(figures, ours_ms, theirs_ms)))
    return 0 if all(figure.holds for figure in figures) else 1


def built_in() -> Mapping[str, Samples]:
    """The sounds of sounds.py under several seeds."""
    return {f"{name}, seed {seed}": pcm for seed in _SEEDS for name, pcm in sounds(seed).items()}


def from_files(paths: list[Path]) -> Mapping[str, Samples]:
    """WAV files as the gateway would hear them. Raises Unreadable."""
    return {
        path.name: np.array(resampled(decode(path.read_bytes(), _LONGEST_S), RATE_HZ).samples, np.int16)
        for path in paths
    }


def compare(opened: Session, known: Mapping[str, Samples]) -> list[Figure]:
    """The largest differences from librosa, and where they were."""
    worst = dict.fromkeys(BARS, (0.0, ""))
    for name, pcm in known.items():
        for figure, value in differences(ours(opened, pcm), librosa_frames(pcm)).items():
            worst[figure] = max(worst[figure], (value, name))
    return [Figure(name, value, *BARS[name], where) for name, (value, where) in worst.items()]


def differences(mine: Frames, theirs: Frames) -> dict[str, float]:
    """By figure."""

    def largest(name: str) -> float:
        return float(np.abs(mine[name] - theirs[name]).max())

    centroid = np.abs(mine["centroid"] - theirs["centroid"]) / np.maximum(np.abs(theirs["centroid"]), 1e-9)
    rolloff = abs(mine["rolloff"].mean() - theirs["rolloff"].mean()) / max(float(theirs["rolloff"].mean()), 1e-9)
    return {
        "audio_rms": largest("rms"),
        "audio_zcr": largest("zcr"),
        "audio_centroid": float(centroid.max()),
        "audio_rolloff": float(rolloff),
        "audio_mfcc": largest("mfcc"),
    }


def ours(opened: Session, pcm: Samples) -> Frames:
    """The graph's outputs per frame, as float64 without the first axis."""
    return {name: output[0].astype(np.float64) for name, output in opened.run({"pcm": pcm[None]}).items()}


def librosa_frames(pcm: Samples) -> Frames:
    """What librosa says, per frame."""
    return {name: np.asarray(value, np.float64) for name, value in _librosa()(_wave(pcm)).items()}


def _wave(pcm: Samples) -> NDArray[np.float32]:
    return np.asarray(pcm.astype(np.float32) / 32768, np.float32)


def _librosa() -> Callable[[NDArray[np.float32]], Mapping[str, Any]]:
    """All five features of a buffer, from one spectrogram as a careful user of librosa would."""
    warnings.simplefilter("ignore")  # of its own dependencies, and of buffers shorter than a frame
    import librosa
    from librosa import feature

    def features(y: NDArray[np.float32]) -> Mapping[str, Any]:
        spectrum = np.abs(librosa.stft(y, n_fft=FRAME, hop_length=HOP))
        bands = feature.melspectrogram(S=spectrum**2, sr=RATE_HZ, n_fft=FRAME, n_mels=MELS)
        return {
            "rms": feature.rms(y=y, frame_length=FRAME, hop_length=HOP)[0],
            "zcr": feature.zero_crossing_rate(y, frame_length=FRAME, hop_length=HOP)[0],
            "centroid": feature.spectral_centroid(S=spectrum, sr=RATE_HZ, n_fft=FRAME)[0],
            "rolloff": feature.spectral_rolloff(S=spectrum, sr=RATE_HZ, n_fft=FRAME)[0],
            "mfcc": feature.mfcc(S=librosa.power_to_db(bands), n_mfcc=COEFFICIENTS).T,
        }

    return features


def timing(opened: Session) -> tuple[Figure, float, float]:
    """Median time of a 2 s buffer beside librosa's, in ms; in turns of ten, as whoever listens to many would call."""
    pcm = sounds()["white noise"]
    wave = _wave(pcm)
    features = _librosa()
    mine: list[float] = []
    theirs: list[float] = []
    for _ in range(_TURNS):
        mine += [_seconds(lambda: opened.run({"pcm": pcm[None]})) for _ in range(_CALLS)]
        theirs += [_seconds(lambda: features(wave)) for _ in range(_CALLS)]
    # The first turn pays for what both sides load once.
    ours_ms, theirs_ms = (1000 * float(np.median(times[_CALLS:])) for times in (mine, theirs))
    return Figure("audio_time", ours_ms / theirs_ms, "of librosa's", 0.5, ""), ours_ms, theirs_ms


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def as_json(figures: list[Figure], ours_ms: float, theirs_ms: float) -> dict[str, object]:
    """As a bench prints them."""
    shown = [
        {"name": f.name, "value": f.value, "unit": f.unit, "at_most": f.at_most, "holds": f.holds, "worst": f.worst}
        for f in figures
    ]
    shown[-1] |= {"value_ms": ours_ms, "peer": "librosa", "peer_ms": theirs_ms}
    return {"bench": "audio", "machine": f"{runtime_label()}, {platform.system()}", "figures": shown}


def table(figures: list[Figure], ours_ms: float, theirs_ms: float) -> list[str]:
    """The card's table."""
    lines = ["| figure | largest difference | bar | worst with |", "|---|---|---|---|"]
    lines += [f"| {one.name} | {one.value:.1e} {one.unit} | {one.at_most:g} | {one.worst} |" for one in figures[:-1]]
    ratio = figures[-1]
    lines.append(f"| {ratio.name} | {ratio.value:.2f} ({ours_ms:.2f} ms, librosa {theirs_ms:.2f} ms) | 0.5 | |")
    return lines


def record(folder: Path, figures: list[Figure], ours_ms: float, theirs_ms: float) -> None:
    """The figures into the manifest, which must be signed anew then, and the table into the card."""
    rounded = {figure.name: float(f"{figure.value:.2g}") for figure in figures}
    (folder / "manifest.toml").write_text(manifest(rounded))
    card = folder / "README.md"
    written = "<!-- figures -->\n" + "\n".join(table(figures, ours_ms, theirs_ms)) + "\n<!-- end -->"
    card.write_text(re.sub(r"<!-- figures -->.*<!-- end -->", lambda _: written, card.read_text(), flags=re.DOTALL))


if __name__ == "__main__":
    sys.exit(main())
