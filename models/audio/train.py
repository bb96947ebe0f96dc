"""Makes the audio model: `python -m models.audio.train [--out DIR]`. Nothing is learnt: it is librosa's formulae.

Then `python -m models.audio.evaluate --record` measures it and `python -m models.sign audio` signs it.
"""

from __future__ import annotations

import argparse
import base64
import json
import tomllib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from gateway.backends.inference.runtime import session

from .filters import COEFFICIENTS, FRAME, HOP, MELS, RATE_HZ
from .graph import SUMMARY, build
from .sounds import Samples, sounds

VERSION = 1
MADE = "2026-11-21"
HERE = Path(__file__).parent
GOLDEN = ("white noise", "speech-like", "near silence", "clicks", "silence")
_GOLDEN_SAMPLES = 8000


def main() -> None:
    """Write model.onnx, golden.json and manifest.toml."""
    parser = argparse.ArgumentParser(prog="python -m models.audio.train", description=__doc__)
    parser.add_argument("--out", type=Path, default=HERE, metavar="DIR", help="where to (default: beside this file)")
    folder: Path = parser.parse_args().out
    folder.mkdir(parents=True, exist_ok=True)
    model = build().SerializeToString(deterministic=True)
    (folder / "model.onnx").write_bytes(model)
    (folder / "golden.json").write_text(golden(model))
    path = folder / "manifest.toml"
    path.write_text(manifest(figures_of(path)))
    print(f"{folder / 'model.onnx'}: {len(model)} bytes")


def golden(model: bytes) -> str:
    """What the graph gives for half a second of some sounds, for gateways to compare with."""
    opened = session(model)
    known = sounds()
    cases = []
    for name in GOLDEN:
        pcm = _loud_part(known[name])
        summary = opened.run({"pcm": pcm[None]})["summary"][0]
        encoded = base64.b64encode(pcm.tobytes()).decode()
        cases.append({"pcm": encoded, "outputs": {"summary": [round(float(value), 6) for value in summary]}})
    return json.dumps({"cases": cases}, separators=(",", ":")) + "\n"


def manifest(figures: Mapping[str, float]) -> str:
    """The manifest without its files and signature."""
    lines = [
        'name = "audio"',
        f"version = {VERSION}",
        f'made = "{MADE}"',
        f'summary = "What a sound is like: means over frames of {FRAME} samples, {HOP} apart, at {RATE_HZ} Hz; '
        f'{COEFFICIENTS} MFCC of {MELS} mel bands; equal to librosa"',
        "latency_budget_ms = 5.0",
        "golden_tolerance = 0.001",
        "contract = 1",
        *_tensor("inputs", "pcm", "int16", "1, 0"),
        *_tensor("outputs", "summary", "float32", f"1, {len(SUMMARY)}"),
        "columns = [",
        *(f'    {{ name = "{name}", unit = "{unit}" }},' for name, unit in SUMMARY.items()),
        "]",
    ]
    for name in ("rms", "zcr", "centroid", "rolloff"):
        lines += _tensor("outputs", name, "float32", "1, 0")
    lines += _tensor("outputs", "mfcc", "float32", f"1, 0, {COEFFICIENTS}")
    lines += ["", "[figures]", *(f"{name} = {value!r}" for name, value in figures.items())]
    return "\n".join(lines) + "\n"


def figures_of(path: Path) -> Mapping[str, float]:
    """The figures a manifest has; none when it is not there yet."""
    if not path.exists():
        return {}
    found: Mapping[str, float] = tomllib.loads(path.read_text()).get("figures", {})
    return found


def _tensor(kind: str, name: str, dtype: str, shape: str) -> list[str]:
    return ["", f"[[{kind}]]", f'name = "{name}"', f'dtype = "{dtype}"', f"shape = [{shape}]"]


def _loud_part(pcm: Samples) -> Samples:
    """Half a second about the loudest sample."""
    middle = int(np.argmax(np.abs(pcm.astype(np.int32))))
    start = max(0, min(middle - _GOLDEN_SAMPLES // 2, pcm.size - _GOLDEN_SAMPLES))
    return np.ascontiguousarray(pcm[start : start + _GOLDEN_SAMPLES])


if __name__ == "__main__":
    main()
