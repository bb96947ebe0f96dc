"""gateway audio: what the audio model says of a WAV file. Needs no gateway."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from ..core.errors import NotFound, Refused
from ..core.resampling import resampled
from ..core.sound import RATE_HZ, Pcm, decode
from ..core.sound_character import character

if TYPE_CHECKING:
    from ..backends.inference.audio import AudioModel
    from ..backends.inference.manifest import Column

_LONGEST_S = 120.0
_MOST_BYTES = 64 << 20
_QUIET_S = 2.0
_LIBROSA = {"sr": RATE_HZ, "n_fft": 2048, "hop_length": 512, "n_mels": 40, "n_mfcc": 13}
"""What librosa is to be called with for the same numbers; the models' contract."""
_EPILOG = """
FILE is PCM of 8 to 32 bits or floating point, of any rate, up to 8 channels and 2 minutes; what nodes send in other
forms (bare PCM, JSON with base64) is read, too. Channels become their mean, samples 16 bits, and another rate 16 kHz
through a windowed sinc.

The numbers are means over frames of 2048 samples, 512 apart, as librosa computes them with n_fft=2048, hop_length=512
and, for the MFCC, n_mels=40; they come in the order and units of the model's manifest. level is that of the whole
file; with the gateway's [audio] offset_db added it is sound pressure.
"""


class _Said(msgspec.Struct):
    """The answer as JSON."""

    file: str
    seconds: float
    rate: int
    resampled_from: int | None
    model: str
    features: dict[str, float]
    units: dict[str, str]
    character: str
    librosa: dict[str, int]
    frames: dict[str, Any] | None = None


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "audio",
        help="the features of a sound, as the gateway hears it",
        description="The features of a sound, as the gateway's audio model hears it.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", type=Path, metavar="FILE.wav", help="the sound")
    parser.add_argument("--frames", action="store_true", help="every frame, too (32 ms apart)")
    parser.add_argument(
        "--model", type=Path, metavar="DIR", help="a model's folder (default: the one that comes along)"
    )
    parser.add_argument(
        "--offset", type=float, default=120.0, metavar="DB", help="sound pressure of full scale (default: 120)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Listen to one file."""
    sent = decode(_read(args.file), _LONGEST_S)
    pcm = resampled(sent, RATE_HZ, _bar())
    model, columns = _model(args.model)
    outputs = model.run(pcm.payload)
    values = [float(value) for value in outputs["summary"].reshape(-1)]
    features = {column.name: value for column, value in zip(columns, values, strict=True)}
    frames = {name: output[0].tolist() for name, output in outputs.items() if name != "summary"}
    sort = character(model.features(pcm.payload), features["level"] + args.offset)
    said = _Said(
        file=args.file.name,
        seconds=round(sent.seconds, 6),
        rate=RATE_HZ,
        resampled_from=None if sent.rate == RATE_HZ else sent.rate,
        model=f"{model.name}@{model.version}",
        features=features,
        units={column.name: column.unit for column in columns},
        character=sort.value,
        librosa=_LIBROSA,
        frames=frames if args.frames else None,
    )
    print(msgspec.json.encode(said).decode() if args.json else _text(said, sent))
    return 0


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise Refused(f"{path}: more than {_MOST_BYTES >> 20} MB")
        return path.read_bytes()
    except OSError as error:
        raise Refused(f"{path}: {error.strerror}") from error


def _model(folder: Path | None) -> tuple[AudioModel, tuple[Column, ...]]:
    """The model, and what its numbers are called."""
    # Imported here: numpy and onnxruntime cost more than everything else this command does.
    from ..backends.inference import manifest
    from ..backends.inference.audio import AudioModel
    from ..backends.inference.bundled import bundled_models

    where = folder or bundled_models() / "audio"
    columns = next((one.columns for one in manifest.read(where).outputs if one.name == "summary"), ())
    if not columns:
        raise NotFound(f"{where}: the manifest names no features")
    return AudioModel.open(where), columns


def _text(said: _Said, sent: Pcm) -> str:
    changed = f", resampled from {said.resampled_from} Hz to {RATE_HZ} Hz" if said.resampled_from else ""
    lines = [f"{said.file}: {said.seconds:.2f} s{changed}; {said.character} by {said.model}", ""]
    lines += [f"{name:20} {value:>16.6f}  {said.units[name]}" for name, value in said.features.items()]
    if said.frames is not None:
        names = [name for name in said.frames if name != "mfcc"]
        lines += ["", "second  " + " ".join(f"{name:>12}" for name in names)]
        for number, row in enumerate(zip(*(said.frames[name] for name in names), strict=True)):
            lines.append(f"{number * 512 / RATE_HZ:6.3f}  " + " ".join(f"{value:>12.6f}" for value in row))
    return "\n".join(lines)


def _bar() -> Callable[[float], None]:
    """Shows how far resampling is, on a terminal, once it takes longer than two seconds."""
    started_s = time.monotonic()

    def show(part: float) -> None:
        if sys.stderr.isatty() and time.monotonic() - started_s >= _QUIET_S:
            end = "\n" if part >= 1 else ""
            print(f"\r[{'#' * round(30 * part):30}] {part:4.0%}  resampling", end=end, file=sys.stderr, flush=True)

    return show
