"""`gateway audio` as a person or a program runs it: without a gateway, on files of all sorts."""

from __future__ import annotations

import asyncio
import json
import math
import os
import sys
import tomllib
from array import array
from pathlib import Path

import pytest

from gateway.backends.inference.bundled import bundled_models
from gateway.core.sound import Pcm, to_wav
from models.audio.filters import COEFFICIENTS, FRAME, HOP, MELS
from models.audio.sounds import sounds

ROOT = Path(__file__).parents[2]


def tone(rate: int, seconds: float = 2.0) -> Pcm:
    count = round(rate * seconds)
    return Pcm(rate, array("h", (round(16384 * math.sin(2 * math.pi * 1000 * n / rate)) for n in range(count))))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "tone.wav"
    path.write_bytes(to_wav(tone(16_000)))
    return path


async def audio(*words: object) -> tuple[int, str, str]:
    """Exit code, standard output and standard error."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway", "audio", *map(str, words), stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)}, cwd="/",
    )  # fmt: skip
    out, err = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def test_the_features_come_in_the_order_and_units_of_the_manifest(file: Path) -> None:
    code, out, _ = await audio(file, "--json")
    assert code == 0
    said = json.loads(out)
    manifest = tomllib.loads((bundled_models() / "audio" / "manifest.toml").read_text())
    (columns,) = (one["columns"] for one in manifest["outputs"] if one["name"] == "summary")
    assert list(said["features"]) == [column["name"] for column in columns]
    assert said["units"] == {column["name"]: column["unit"] for column in columns}
    assert said["model"] == f"audio@{manifest['version']}"
    assert said["features"]["level"] == pytest.approx(-9.03, abs=0.01)
    assert said["features"]["centroid"] == pytest.approx(1000, rel=0.02)
    assert (said["file"], said["seconds"], said["rate"], said["resampled_from"]) == ("tone.wav", 2.0, 16_000, None)
    assert said["character"] == "steady"
    assert said["librosa"] == {"sr": 16_000, "n_fft": FRAME, "hop_length": HOP, "n_mels": MELS, "n_mfcc": COEFFICIENTS}
    assert said["frames"] is None


async def test_a_person_reads_a_line_a_feature(file: Path) -> None:
    code, out, _ = await audio(file)
    lines = out.splitlines()
    assert code == 0
    assert lines[0] == "tone.wav: 2.00 s; steady by audio@1"
    assert [line.split()[0] for line in lines[2:]][:4] == ["rms", "zero_crossing_rate", "centroid", "rolloff"]
    assert lines[4].split()[2] == "Hz"


async def test_every_frame_is_told_when_asked_for(file: Path) -> None:
    _, out, _ = await audio(file, "--frames", "--json")
    frames = json.loads(out)["frames"]
    assert {name: len(values) for name, values in frames.items()} == dict.fromkeys(
        ("rms", "zcr", "centroid", "rolloff", "mfcc"), 63
    )
    assert len(frames["mfcc"][0]) == 13
    _, out, _ = await audio(file, "--frames")
    assert out.splitlines()[-1].split()[0] == "1.984"


async def test_another_rate_is_resampled_and_said(tmp_path: Path) -> None:
    path = tmp_path / "tone.wav"
    path.write_bytes(to_wav(tone(44_100)))
    _, out, err = await audio(path)
    assert out.splitlines()[0] == "tone.wav: 2.00 s, resampled from 44100 Hz to 16000 Hz; steady by audio@1"
    assert err == ""
    _, out, _ = await audio(path, "--json")
    said = json.loads(out)
    assert said["resampled_from"] == 44_100
    assert said["features"]["level"] == pytest.approx(-9.03, abs=0.02)


async def test_level_and_offset_decide_what_is_quiet(tmp_path: Path) -> None:
    path = tmp_path / "faint.wav"
    path.write_bytes(to_wav(Pcm(16_000, array("h", sounds()["near silence"].tolist()))))
    _, out, _ = await audio(path, "--json", "--offset", "100")
    assert json.loads(out)["character"] == "quiet"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"RIFF\0\0\0\0WAVE", "the WAV file has no data"),
        (bytes(100), "the least is 0.1 s"),
        (to_wav(Pcm(4000, array("h", bytes(2 * 4000 * 121)))), "121.0 s of sound; the limit is 120 s"),
    ],
)
async def test_what_is_no_sound_is_refused_in_a_line(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "bad.wav"
    path.write_bytes(content)
    code, out, err = await audio(path)
    assert (code, out) == (1, "")
    assert err.startswith("gateway: ")
    assert words in err


async def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    code, _, err = await audio(tmp_path / "none.wav")
    assert code == 1
    assert err == f"gateway: {tmp_path / 'none.wav'}: No such file or directory\n"
