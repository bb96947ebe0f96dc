"""Golden vectors: what a model answered where it was made, compared with what it answers here."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import TypeVar

import msgspec
import numpy as np

from ...core.ports.models import Lesson, Unfit
from ...core.window.moment import Moment
from .audio import AudioModel
from .manifest import Manifest
from .rows import IN, OUT, RowModel
from .window import WindowModel

NAME = "golden.json"
_PHI_MEAN = 0.02
"""int8 outputs of two processors differ by a step of 1/128 here and there, never everywhere."""
_CONFIDENCE_MEAN, _CONFIDENCE = 0.02, 0.15
"""It steps where the spread crosses an edge of the calibration: one case may, all of them may not."""
_DEVICE = "golden"
_Cases = TypeVar("_Cases")


class _Taught(msgspec.Struct):
    moment: Moment
    wanted: float


class _WindowCase(msgspec.Struct):
    moment: Moment
    position: float
    confidence: float
    inputs: dict[str, list[float]] = {}
    outputs: dict[str, list[float]] = {}
    lessons: list[_Taught] = []


class _WindowCases(msgspec.Struct):
    cases: list[_WindowCase]


class _AudioCase(msgspec.Struct):
    pcm: str
    outputs: dict[str, list[float]]


class _AudioCases(msgspec.Struct):
    cases: list[_AudioCase]


class _RowCase(msgspec.Struct):
    inputs: dict[str, list[float]]
    outputs: dict[str, list[float]]


class _RowCases(msgspec.Struct):
    cases: list[_RowCase]


def check_window(model: WindowModel, files: Mapping[str, bytes], manifest: Manifest) -> None:
    """Raises Unfit: drifting where an answer is another, corrupt when there are no vectors; and ModelFailed."""
    cases = _decoded(files, _WindowCases).cases
    _some(cases)
    unsure = 0.0
    for number, case in enumerate(cases, 1):
        lessons = [Lesson(str(at), one.moment, one.wanted) for at, one in enumerate(case.lessons)]
        model.learnt(_DEVICE, lessons)
        thought = model.think(_DEVICE, case.moment)
        _near(number, "position", thought.position_pct, case.position, manifest.golden_tolerance)
        _near(number, "confidence", thought.confidence, case.confidence, _CONFIDENCE)
        unsure += abs(thought.confidence - case.confidence) / len(cases)
        _check_graph(number, model, case)
    model.learnt(_DEVICE, [])
    if unsure > _CONFIDENCE_MEAN:
        raise Unfit("drifting", f"{NAME}: its confidence is {unsure:.3f} off in the mean")


def check_audio(model: AudioModel, files: Mapping[str, bytes], manifest: Manifest) -> None:
    """As `check_window`; the tolerance is relative to values above 1."""
    cases = _decoded(files, _AudioCases).cases
    _some(cases)
    for number, case in enumerate(cases, 1):
        try:
            pcm = base64.b64decode(case.pcm, validate=True)
        except (binascii.Error, ValueError) as error:
            raise Unfit("corrupt", f"{NAME}, case {number}: the sound is not base64: {error}") from error
        found = model.run(pcm)
        for name, expected in case.outputs.items():
            row = found[name].reshape(-1).tolist() if name in found else []
            if len(row) != len(expected):
                raise Unfit("drifting", f"{NAME}, case {number}: {name} has {len(row)} numbers, not {len(expected)}")
            for got, wanted in zip(row, expected, strict=True):
                _near(number, name, got, wanted, manifest.golden_tolerance * max(1.0, abs(wanted)))


def check_rows(model: RowModel, files: Mapping[str, bytes], manifest: Manifest) -> None:
    """As `check_window`; the tolerance is in the outputs' unit."""
    cases = _decoded(files, _RowCases).cases
    _some(cases)
    for number, case in enumerate(cases, 1):
        found, expected = model.ask(case.inputs.get(IN, [])), case.outputs.get(OUT, [])
        if len(found) != len(expected):
            raise Unfit("drifting", f"{NAME}, case {number}: {OUT} has {len(found)} numbers, not {len(expected)}")
        for got, wanted in zip(found, expected, strict=True):
            _near(number, OUT, got, wanted, manifest.golden_tolerance)


def _check_graph(number: int, model: WindowModel, case: _WindowCase) -> None:
    if not case.inputs:
        return
    rows = {name: np.asarray([row], dtype=np.float32) for name, row in case.inputs.items()}
    found = model.session.run(rows)
    for name, expected in case.outputs.items():
        row = found[name].reshape(-1) if name in found else np.zeros(0)
        apart = float(np.abs(row - np.asarray(expected)).mean()) if len(row) == len(expected) else np.inf
        if not apart <= _PHI_MEAN:
            raise Unfit("drifting", f"{NAME}, case {number}: {name} is {apart:.3g} off in the mean")


def _near(number: int, what: str, got: float, expected: float, tolerance: float) -> None:
    if not abs(got - expected) <= tolerance:
        raise Unfit(
            "drifting",
            f"{NAME}, case {number}: {what} is {got:.4g} here and was {expected:.4g} where the model was made; "
            f"{tolerance:.3g} apart is allowed",
        )


def _decoded(files: Mapping[str, bytes], kind: type[_Cases]) -> _Cases:
    try:
        return msgspec.json.decode(files.get(NAME, b""), type=kind)
    except msgspec.MsgspecError as error:
        raise Unfit("corrupt", f"{NAME} cannot be used: {error}") from error


def _some(cases: Sequence[object]) -> None:
    if not cases:
        raise Unfit("corrupt", f"{NAME} holds no cases")
