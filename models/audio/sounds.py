"""Sounds to measure with, made from a seed: noises, speech-like and music-like ones, and the odd ends of 16 bits."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from .filters import RATE_HZ

Samples = NDArray[np.int16]
_Wave = NDArray[np.float64]

SECONDS = 2


def sounds(seed: int = 0) -> Mapping[str, Samples]:
    """16-bit sounds of 16 kHz by name, most of 2 s; the same for the same seed."""
    rng = np.random.default_rng(seed)
    t = np.arange(SECONDS * RATE_HZ) / RATE_HZ
    noise = rng.normal(size=t.size)
    waves = {
        "white noise": 0.1 * noise,
        "brown noise": _brown(rng, t.size),
        "speech-like": _speech(rng, t),
        "chirp": 0.5 * np.sin(2 * np.pi * (100 * t + 1500 * t * t)),
        "near silence": 1e-4 * noise,
        "silence": 0 * t,
        "clipped tone": np.clip(3 * np.sin(2 * np.pi * 440 * t), -1, 1),
        "mains hum": sum((0.05 / n * np.sin(2 * np.pi * 50 * n * t) for n in (1, 2, 3, 5)), 0 * t),
        "clicks": _clicks(rng, t),
        "music-like": _music(t),
        "constant offset": 0.05 + 1e-3 * noise,
        "alternating full scale": np.where(np.arange(t.size) % 2, -1.0, 1.0),
        "pure tone": 0.5 * np.sin(2 * np.pi * 1000 * t),
        "one step of 16 bits": np.where(np.sin(2 * np.pi * 300 * t) > 0, 1 / 32768, 0.0),
        "loud, then silent": 0.5 * noise * (t < 1.0),
        "full-scale noise": noise,
        "0.1 s": 0.2 * noise[:1600],
        "an odd length": 0.2 * noise[:23_457],
    }
    return {name: whole(wave) for name, wave in waves.items()}


def whole(wave: _Wave) -> Samples:
    """A wave of -1 to 1 as 16-bit samples; what is louder is clipped."""
    return np.clip(np.round(wave * 32768), -32768, 32767).astype(np.int16)


def _brown(rng: np.random.Generator, count: int) -> _Wave:
    walk = np.cumsum(rng.normal(size=count))
    walk -= np.linspace(walk[0], walk[-1], count)
    return np.asarray(0.3 * walk / np.abs(walk).max(), np.float64)


def _speech(rng: np.random.Generator, t: _Wave) -> _Wave:
    pitch = 2 * np.pi * np.cumsum(140 + 30 * np.sin(2 * np.pi * 0.7 * t)) / RATE_HZ
    voice = sum((np.sin(n * pitch) / n * np.exp(-(((n * 140 - 600) / 900) ** 2)) for n in range(1, 20)), 0 * t)
    syllables = np.clip(np.sin(2 * np.pi * 4 * t) + 0.3, 0, 1)
    return np.asarray(0.2 * voice * syllables + 0.005 * rng.normal(size=t.size), np.float64)


def _clicks(rng: np.random.Generator, t: _Wave) -> _Wave:
    wave = 1e-3 * rng.normal(size=t.size)
    for at in rng.integers(0, t.size - 200, 6):
        wave[at : at + 200] += 0.8 * rng.normal(size=200) * np.exp(-np.arange(200) / 30)
    return wave


def _music(t: _Wave) -> _Wave:
    wave = 0 * t
    for number, pitch in enumerate((220.0, 277.18, 329.63, 440.0, 554.37, 659.26)):
        since = t - number * 0.3
        wave += np.where(since > 0, 0.15 * np.exp(-2 * np.clip(since, 0, None)) * np.sin(2 * np.pi * pitch * t), 0)
    return wave
