"""The audio graph beside librosa, and on sounds it was not measured with."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx.numpy_helper import to_array

from gateway.backends.inference.audio import AudioModel
from gateway.core.errors import ModelFailed
from gateway.core.sound import FLOOR_DBFS, decode, level_dbfs
from gateway.core.sound_character import character
from gateway.core.window.moment import Character
from gateway.simulator.sounds import pcm as simulated
from gateway.simulator.world.room import Sound
from models.audio.filters import COEFFICIENTS, FRAME, HOP
from models.audio.graph import SUMMARY, build
from models.audio.sounds import sounds
from models.audio.train import HERE, figures_of, golden, manifest

ROOT = Path(__file__).parents[2]
NOBODY = dict.fromkeys(Sound.__struct_fields__, 0.0)


@pytest.fixture(scope="module")
def model() -> AudioModel:
    return AudioModel.open(HERE)


def power(db: float) -> float:
    return float(10 ** (db / 10))


# librosa in a process of its own: it takes 250 MB, and its dependencies warn at import.
@pytest.mark.timeout(300)
def test_it_is_equal_to_librosa_within_the_bars() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "models.audio.evaluate", "--json"],
        capture_output=True, text=True, check=False, cwd=ROOT, timeout=280,
    )  # fmt: skip
    assert done.stdout, done.stderr
    figures = {figure["name"]: figure for figure in json.loads(done.stdout)["figures"]}
    assert figures.keys() == {f"audio_{name}" for name in ("rms", "zcr", "centroid", "rolloff", "mfcc", "time")}
    # How long it takes is for `bench inference`, on a machine that does nothing else.
    assert {
        name: figure["value"] for name, figure in figures.items() if name != "audio_time" and not figure["holds"]
    } == {}
    bars = {"rms": 1e-3, "zcr": 1e-3, "centroid": 1e-5, "rolloff": 1e-3, "mfcc": 1e-3}
    assert {name: figures[f"audio_{name}"]["at_most"] for name in bars} == bars


def test_the_figures_of_the_manifest_are_those_of_the_card() -> None:
    card = (HERE / "README.md").read_text()
    figures = figures_of(HERE / "manifest.toml")
    assert figures
    for name, value in figures.items():
        (row,) = (line for line in card.splitlines() if line.startswith(f"| {name} "))
        shown = float(row.split("|")[2].split()[0])
        assert shown == pytest.approx(value, rel=0.06, abs=1e-12)


def test_training_gives_the_committed_model() -> None:
    made, kept = build(), onnx.load(HERE / "model.onnx")
    assert list(made.graph.node) == list(kept.graph.node)
    # Another machine's cosines may differ in their last bits.
    for one, other in zip(made.graph.initializer, kept.graph.initializer, strict=True):
        assert one.name == other.name
        np.testing.assert_allclose(to_array(one), to_array(other), rtol=1e-6, atol=1e-12)
    committed = (HERE / "manifest.toml").read_text()
    assert committed.startswith(manifest(figures_of(HERE / "manifest.toml")))
    fresh, old = json.loads(golden(made.SerializeToString())), json.loads((HERE / "golden.json").read_text())
    assert [case["pcm"] for case in fresh["cases"]] == [case["pcm"] for case in old["cases"]]
    for case, before in zip(fresh["cases"], old["cases"], strict=True):
        assert case["outputs"]["summary"] == pytest.approx(before["outputs"]["summary"], rel=1e-3, abs=1e-3)


def test_the_manifest_names_the_columns_in_their_order_with_units() -> None:
    outputs = {one["name"]: one for one in tomllib.loads((HERE / "manifest.toml").read_text())["outputs"]}
    assert {column["name"]: column["unit"] for column in outputs["summary"]["columns"]} == SUMMARY
    assert list(SUMMARY)[:5] == ["rms", "zero_crossing_rate", "centroid", "rolloff", "mfcc_1"]


@pytest.mark.parametrize("samples", [1600, 2047, 2048, 2049, 16_000, 31_999, 32_000, 159_999])
def test_there_is_a_frame_for_each_hop_and_one_more(model: AudioModel, samples: int) -> None:
    outputs = model.run(bytes(2 * samples))
    frames = 1 + samples // HOP
    assert {name: output.shape for name, output in outputs.items()} == {
        "summary": (1, len(SUMMARY)),
        **dict.fromkeys(("rms", "zcr", "centroid", "rolloff"), (1, frames)),
        "mfcc": (1, frames, COEFFICIENTS),
    }


def test_the_summary_is_the_mean_over_the_frames(model: AudioModel) -> None:
    for samples in sounds(7).values():
        outputs = model.run(samples.tobytes())
        summary = outputs["summary"][0]
        means = [outputs[name].mean(dtype=np.float64) for name in ("rms", "zcr", "centroid", "rolloff")]
        assert summary[:4] == pytest.approx(means, rel=1e-5)
        assert summary[4:17] == pytest.approx(outputs["mfcc"][0].mean(axis=0, dtype=np.float64), rel=1e-5, abs=1e-3)
        levels = 20 * np.log10(np.maximum(outputs["rms"][0].astype(np.float64), 1e-5))
        assert summary[18] == pytest.approx(levels.std(), abs=1e-3)


def test_its_level_is_that_of_the_samples(model: AudioModel) -> None:
    for samples in sounds(8).values():
        expected = level_dbfs(decode(samples.tobytes()).samples)
        assert model.features(samples.tobytes()).level_dbfs == pytest.approx(expected, abs=1e-3)
    assert model.features(bytes(3200)).level_dbfs == FLOOR_DBFS


def test_a_frame_is_a_plain_fourier_transform(model: AudioModel) -> None:
    """The two steps of matrix products against numpy's own transform, for sounds that nobody tuned anything on."""
    rng = np.random.default_rng(11)
    for scale in (30, 3000, 30_000):
        samples = np.clip(rng.normal(size=8000) * scale, -32768, 32767).astype(np.int16)
        outputs = model.run(samples.tobytes())
        padded = np.pad(samples / 32768, FRAME // 2)
        window = np.hanning(FRAME + 1)[:-1]
        frequencies = np.arange(FRAME // 2 + 1) * 16_000 / FRAME
        for frame in range(1 + 8000 // HOP):
            magnitude = np.abs(np.fft.rfft(padded[frame * HOP : frame * HOP + FRAME] * window))
            centroid = (magnitude * frequencies).sum() / magnitude.sum()
            assert outputs["centroid"][0, frame] == pytest.approx(centroid, rel=1e-5)
            so_far = np.cumsum(magnitude)
            rolloff = frequencies[np.argmax(so_far >= 0.85 * so_far[-1])]
            assert abs(outputs["rolloff"][0, frame] - rolloff) <= 16_000 / FRAME


@pytest.mark.parametrize("payload", [b"", b"\0", bytes(3198), bytes(3201)])
def test_what_is_too_short_or_half_a_sample_is_refused(model: AudioModel, payload: bytes) -> None:
    with pytest.raises(ModelFailed):
        model.features(payload)


@pytest.mark.parametrize("seed", range(5))
def test_made_up_sounds_are_what_they_are(model: AudioModel, seed: int) -> None:
    known = sounds(seed)
    sorts = {
        "white noise": Character.STEADY,
        "brown noise": Character.TRAFFIC,
        "speech-like": Character.VOICES,
        "mains hum": Character.STEADY,
        "clicks": Character.SHARP,
        "silence": Character.QUIET,
    }
    for name, sort in sorts.items():
        features = model.features(known[name].tobytes())
        assert character(features, features.level_dbfs + 120) is sort, name


@pytest.mark.parametrize("phase", [0.0, 0.37, 0.8])
def test_the_simulators_rooms_sound_like_what_is_in_them(model: AudioModel, phase: float) -> None:
    rooms = {
        Character.TRAFFIC: {"street": power(57), "voices": power(46), "hum": power(26)},
        Character.VOICES: {"voices": power(60), "hum": power(35)},
        Character.STEADY: {"water": power(60)},
        Character.QUIET: {"hum": power(30)},
    }
    for sort, parts in rooms.items():
        sound = Sound(**{**NOBODY, **parts})
        features = model.features(simulated(sound, phase))
        assert character(features, features.level_dbfs + 120) is sort
        if sort is not Character.QUIET:
            assert features.level_dbfs + 120 == pytest.approx(sound.level_db, abs=0.5)
