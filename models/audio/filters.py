"""The constants of the graph: window, mel filters and cosine transform, as librosa makes them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 16_000
FRAME = 2048
HOP = 512
MELS = 40
COEFFICIENTS = 13

Doubles = NDArray[np.float64]


def hann() -> Doubles:
    """The periodic Hann window, [FRAME]."""
    return np.asarray(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FRAME) / FRAME), np.float64)


def bins_hz() -> Doubles:
    """The frequency of each bin of the spectrum, [FRAME / 2 + 1]."""
    return np.asarray(np.arange(FRAME // 2 + 1) * (RATE_HZ / FRAME), np.float64)


def mel_filters() -> Doubles:
    """Triangles of equal area on Slaney's mel scale from 0 to half the rate, [FRAME / 2 + 1, MELS]."""
    corners = _hz_of_mel(np.linspace(0.0, _mel_of_hz(RATE_HZ / 2), MELS + 2))
    ramps = corners[:, None] - bins_hz()[None, :]
    widths = np.diff(corners)[:, None]
    rising, falling = -ramps[:-2] / widths[:-1], ramps[2:] / widths[1:]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    return np.ascontiguousarray((triangles * (2.0 / (corners[2:] - corners[:-2]))[:, None]).T)


def cosines() -> Doubles:
    """The orthonormal cosine transform (type 2) of MELS bands, the first COEFFICIENTS of it, [MELS, COEFFICIENTS]."""
    band, order = np.arange(MELS)[:, None], np.arange(COEFFICIENTS)[None, :]
    scale = np.where(order == 0, np.sqrt(1 / MELS), np.sqrt(2 / MELS))
    return np.asarray(scale * np.cos(np.pi * (band + 0.5) * order / MELS), np.float64)


# Slaney's scale: even up to 1 kHz, from there 27 steps for each factor of 6.4.
_STEP_HZ = 200.0 / 3
_KNEE_HZ = 1000.0
_KNEE = _KNEE_HZ / _STEP_HZ
_LOG_STEP = float(np.log(6.4)) / 27.0


def _mel_of_hz(hz: float) -> float:
    return hz / _STEP_HZ if hz < _KNEE_HZ else _KNEE + float(np.log(hz / _KNEE_HZ)) / _LOG_STEP


def _hz_of_mel(mel: Doubles) -> Doubles:
    return np.where(mel < _KNEE, mel * _STEP_HZ, _KNEE_HZ * np.exp(_LOG_STEP * (mel - _KNEE)))


ROWS, COLUMNS = 64, 32
"""A frame's sample n is at row n // COLUMNS, column n % COLUMNS: its Fourier transform takes two small steps."""
STRIDES = ROWS // 2 + 1
"""Bins k = ROWS j + l are grouped by l = 0 to ROWS / 2; the others are mirror images."""


def rows_transform() -> Doubles:
    """Of each column over its rows, window and full scale included: [COLUMNS, 2 STRIDES, ROWS], real parts first."""
    l, m = np.arange(STRIDES)[None, :, None], np.arange(ROWS)[None, None, :]  # noqa: E741 - as in the formula
    samples = COLUMNS * m + np.arange(COLUMNS)[:, None, None]
    angle = 2 * np.pi * (samples * l % FRAME) / FRAME
    window = hann()[samples] / 32768
    return np.concatenate([np.cos(angle) * window, -np.sin(angle) * window], axis=1)


def columns_transform() -> Doubles:
    """Then over the columns: [64, 64], from real and imaginary part of each to 32 real and 32 imaginary parts of bins.

    Bins are in the order j = 0 to 15, then 31 down to 16, whose mirror images fill the gaps between the first.
    """
    j = np.concatenate([np.arange(16), np.arange(31, 15, -1)])[:, None]
    angle = 2 * np.pi * (j * np.arange(COLUMNS)[None, :] % COLUMNS) / COLUMNS
    cosine, sine = np.cos(angle), np.sin(angle)
    real, imaginary = np.stack([cosine, sine], axis=2), np.stack([-sine, cosine], axis=2)
    return np.concatenate([real, imaginary]).reshape(2 * COLUMNS, 2 * COLUMNS)
