"""A model at work before it counts: its schema, its golden vectors, its speed, whether what it says is possible."""

from __future__ import annotations

import itertools
import math
import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ...core.errors import ModelFailed
from ...core.ports.models import Lesson, Unfit
from ...flow.sample_moments import sample_moments
from . import contract, golden
from .audio import RATE, AudioModel
from .manifest import Manifest
from .rows import RowModel
from .runtime import session
from .window import WindowModel

_MOMENTS = 1000
_LESSONS = 5
_WARM, _CALLS, _ROUNDS = 50, 200, 5
_HOPELESS = 3.0
"""Times what is allowed in the mean: then the rest of a round would only take long."""
_LEAST_SPREAD_PP = 1.0
_ROWS, _AROUND = 500, 4.0
"""Rows drawn within so many scales of every column's centre."""
_DEVICE = "trial"


def pass_all(manifest: Manifest, files: Mapping[str, bytes]) -> float:
    """Try the model in these files; p99 of a call in ms. Raises Unfit."""
    try:
        contract.check(manifest, session(files["model.onnx"]))
    except ModelFailed as error:
        raise Unfit("schema", str(error)) from error
    try:
        if manifest.name in contract.ROWS:
            return _pass_rows(manifest, dict(files))
        return (_pass_window if manifest.name == "window" else _pass_audio)(manifest, dict(files))
    except ModelFailed as error:
        raise Unfit("drifting", str(error)) from error


def _pass_window(manifest: Manifest, files: dict[str, bytes]) -> float:
    model = WindowModel.of(files, manifest)
    golden.check_window(model, files, manifest)
    moments = sample_moments(_MOMENTS)
    turns = itertools.cycle(moments)
    model.learnt(_DEVICE, [Lesson(str(at), moment, 20.0 * at) for at, moment in enumerate(moments[:_LESSONS])])
    p99_ms = _fast_enough(manifest, lambda: model.think(_DEVICE, next(turns)))
    model.learnt(_DEVICE, [])
    positions = model.preview(_DEVICE, moments)
    if not all(math.isfinite(position) and 0.0 <= position <= 100.0 for position in positions):
        raise Unfit("drifting", "it gives positions that are none, beyond 0 to 100 %")
    if statistics.pstdev(positions) <= _LEAST_SPREAD_PP:
        raise Unfit("drifting", f"it says about {positions[0]:.0f} % whatever the moment is")
    return p99_ms


def _pass_audio(manifest: Manifest, files: dict[str, bytes]) -> float:
    model = AudioModel.of(files, manifest)
    golden.check_audio(model, files, manifest)
    source = np.random.default_rng(1)
    noise = (source.normal(0.0, 3000.0, 2 * RATE).clip(-32768, 32767)).astype("<i2").tobytes()
    for sound in (noise, bytes(2 * RATE), noise[: RATE // 5]):
        model.features(sound)
    return _fast_enough(manifest, lambda: model.features(noise))


def _pass_rows(manifest: Manifest, files: dict[str, bytes]) -> float:
    model = RowModel.of(files, manifest)
    golden.check_rows(model, files, manifest)
    width = contract.of(manifest).inputs[0].shape[-1]
    rows = np.random.default_rng(1).uniform(-_AROUND, _AROUND, (_ROWS, width)).tolist()
    answers = [model.ask(row) for row in rows]
    if len(set(answers)) == 1:
        raise Unfit("drifting", f"it says {answers[0][0]:.3g} whatever the row is")
    turns = itertools.cycle(rows)
    return _fast_enough(manifest, lambda: model.ask(next(turns)))


def _fast_enough(manifest: Manifest, call: Callable[[], Any]) -> float:
    """p99 in ms of the best of five rounds, in time of the processor: a busy machine refuses nobody."""
    most_ms = contract.most_ms(contract.of(manifest))
    for _ in range(_WARM):
        call()
    p99_ms = min(_round_ms(call, most_ms) for _ in range(_ROUNDS))
    if p99_ms > most_ms:
        raise Unfit("slow", f"a call takes {p99_ms:.2f} ms (p99) on this machine; {most_ms:g} ms are allowed")
    return round(p99_ms, 4)


def _round_ms(call: Callable[[], Any], most_ms: float) -> float:
    taken: list[float] = []
    while len(taken) < _CALLS and sum(taken) < _HOPELESS * most_ms * _CALLS:
        taken.append(_timed_ms(call))
    return sorted(taken)[min(round(0.99 * len(taken)), len(taken) - 1)]


def _timed_ms(call: Callable[[], Any]) -> float:
    started = time.thread_time()
    call()
    return (time.thread_time() - started) * 1000.0
