"""RMS, zero-crossing rate, centroid, rolloff and MFCC of 16-bit PCM, in one ONNX graph.

The Fourier transform is two steps of matrix products in float64: onnxruntime's own STFT takes three times as long, and
float32 would put noise where a pure sound has nothing. From the spectrum on it is float32, as in librosa.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from .filters import (
    COEFFICIENTS,
    COLUMNS,
    FRAME,
    HOP,
    RATE_HZ,
    ROWS,
    STRIDES,
    bins_hz,
    columns_transform,
    cosines,
    hann,
    mel_filters,
    rows_transform,
)

OPSET = 17
IR_VERSION = 9
ROLLOFF = 0.85
SILENCE_DB = -96.0
SUMMARY = {
    "rms": "1",
    "zero_crossing_rate": "1",
    "centroid": "Hz",
    "rolloff": "Hz",
    **{f"mfcc_{number}": "dB" for number in range(1, COEFFICIENTS + 1)},
    "level": "dBFS",
    "rms_spread": "dB",
}
"""The columns of `summary` with their units."""

_BINS = FRAME // 2
"""Without the last one, at half the rate, which stands alone."""
_PAD = FRAME // 2
_TOP_DB = 80.0
_AMIN = 1e-10
_GROUPS = _BINS // ROWS
_END = np.iinfo(np.int64).max
_DOUBLE, _FLOAT = TensorProto.DOUBLE, TensorProto.FLOAT
_Value = NDArray[np.generic] | np.generic


class _Graph:
    """Nodes and constants as they are added; a tensor is known by its name."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, onnx.TensorProto] = {}

    def constant(self, name: str, value: _Value) -> str:
        """A constant under its name."""
        self.constants.setdefault(name, numpy_helper.from_array(np.asarray(value), name))
        return name

    def whole(self, *numbers: int) -> str:
        """A list of whole numbers, such as axes and bounds."""
        name = "whole_" + "_".join(str(number).replace("-", "m") for number in numbers)
        return self.constant(name, np.array(numbers, np.int64))

    def single(self, value: float) -> str:
        """A float32."""
        return self.constant(f"single_{value!r}", np.float32(value))

    def add(self, kind: str, *inputs: str, to: str = "", **attributes: int | Sequence[int] | str) -> str:
        """One operator with one output, called `to`."""
        output = to or f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def cast(self, tensor: str, kind: int, to: str = "") -> str:
        """The same as another type of number."""
        output = to or f"cast_{len(self.nodes)}"
        self.nodes.append(helper.make_node("Cast", [tensor], [output], to=kind))
        return output

    def padded(self, tensor: str, before: int, after: int, mode: str = "constant") -> str:
        """A [1, n] tensor with more at both ends."""
        return self.add("Pad", tensor, self.whole(0, before, 0, after), mode=mode)

    def part(self, tensor: str, axis: int, start: int, end: int, step: int = 1) -> str:
        """From `start` to before `end` along one axis."""
        bounds = (self.whole(number) for number in (start, end, axis, step))
        return self.add("Slice", tensor, *bounds)

    def shaped(self, tensor: str, *shape: int, to: str = "") -> str:
        """The same numbers in another shape; -1: what is left, 0: as it was."""
        return self.add("Reshape", tensor, self.whole(*shape), to=to)

    def four(self, blocks: str) -> list[str]:
        """The first, second, third and fourth block of each frame, from [blocks, …]."""
        return [self.part(blocks, 0, number, _END if number == 3 else number - 3) for number in range(4)]

    def sum_of_four(self, blocks: str) -> str:
        """Sums over the frames, from sums over blocks."""
        first, second, third, fourth = self.four(blocks)
        return self.add("Add", self.add("Add", first, second), self.add("Add", third, fourth))


def build() -> onnx.ModelProto:
    """`pcm` int16 [1, n] -> float32: `summary` [1, 19]; `rms`, `zcr`, `centroid`, `rolloff` [1, frames]; `mfcc`.

    `mfcc` is [1, frames, 13].
    """
    graph = _Graph()
    scaled = graph.add("Mul", graph.cast("pcm", _DOUBLE), graph.constant("full_scale", np.float64(1 / 32768)))
    padded = graph.padded(scaled, _PAD, _PAD)
    length = graph.part(graph.add("Shape", padded), 0, 1, 2)
    length = graph.add("Mul", graph.add("Div", length, graph.whole(HOP)), graph.whole(HOP))
    blocks = _blocks(graph, padded, length)
    _loudness(graph, blocks)
    _crossings(graph, length)
    power, last_power = _spectrum(graph, blocks)
    magnitude, last = graph.add("Sqrt", power), graph.add("Sqrt", last_power)
    _centroid(graph, magnitude, last)
    _rolloff(graph, magnitude, last)
    _cepstrum(graph, power)
    _summary(graph, scaled)
    return _model(graph)


def _model(graph: _Graph) -> onnx.ModelProto:
    per_frame: list[int | str] = [1, "frames"]
    shapes: dict[str, list[int | str]] = {"summary": [1, len(SUMMARY)]}
    shapes |= dict.fromkeys(("rms", "zcr", "centroid", "rolloff"), per_frame)
    shapes["mfcc"] = [*per_frame, COEFFICIENTS]
    outputs = [helper.make_tensor_value_info(name, _FLOAT, shape) for name, shape in shapes.items()]
    pcm = helper.make_tensor_value_info("pcm", TensorProto.INT16, [1, "samples"])
    body = helper.make_graph(graph.nodes, "audio", [pcm], outputs, list(graph.constants.values()))
    model = helper.make_model(body, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="edge-gateway")
    model.ir_version = IR_VERSION
    onnx.checker.check_model(model, full_check=True)
    return model


def _blocks(graph: _Graph, padded: str, length: str) -> str:
    """A [1, n] tensor in rows of HOP up to `length`, its last whole one: [blocks, HOP]; a frame is four of them."""
    cut = graph.add("Slice", padded, graph.whole(0), length, graph.whole(1))
    return graph.shaped(cut, -1, HOP)


def _loudness(graph: _Graph, blocks: str) -> None:
    """Root of the mean square, zeros beyond the ends. Exact until its root: samples are whole numbers."""
    energy = graph.add("ReduceSum", graph.add("Mul", blocks, blocks), graph.whole(1), keepdims=1)
    mean = graph.add("Mul", graph.sum_of_four(energy), graph.constant("of_frame", np.float64(1 / FRAME)))
    graph.shaped(graph.cast(graph.add("Sqrt", mean), _FLOAT), 1, -1, to="rms")


def _crossings(graph: _Graph, length: str) -> None:
    """Changes of sign, 0 counting as positive; the first and last sample go on beyond the ends."""
    samples = graph.padded(graph.cast("pcm", _FLOAT), _PAD, _PAD, "edge")
    signs = graph.cast(graph.add("Less", samples, graph.single(0.0)), _FLOAT)
    changes = graph.add("Abs", graph.add("Sub", graph.part(signs, 1, 1, _END), graph.part(signs, 1, 0, -1)))
    blocks = _blocks(graph, graph.padded(changes, 1, 0), length)
    counts = graph.sum_of_four(graph.add("ReduceSum", blocks, graph.whole(1), keepdims=1))
    # The change between a frame's first sample and the one before it is none of the frame's.
    before = graph.part(graph.part(blocks, 0, 0, -3), 1, 0, 1)
    rate = graph.add("Mul", graph.add("Sub", counts, before), graph.single(1 / FRAME))
    graph.shaped(rate, 1, -1, to="zcr")


def _spectrum(graph: _Graph, blocks: str) -> tuple[str, str]:
    """The power of each bin but the last, [frames, 1024], and of the last, [frames, 1]."""
    frames = graph.add("Concat", *graph.four(blocks), axis=1)
    windowed = graph.shaped(graph.add("Mul", frames, graph.constant("hann", hann())), -1, ROWS, COLUMNS)
    by_row = graph.add("MatMul", graph.constant("rows_transform", rows_transform()), windowed)
    by_stride = graph.add("Transpose", graph.shaped(by_row, 0, STRIDES, 2 * COLUMNS), perm=[1, 0, 2])
    both = graph.add("MatMul", by_stride, graph.constant("columns_transform", columns_transform()))
    single = graph.cast(both, _FLOAT)
    squares = graph.add("Mul", single, single)
    power = graph.add("Add", graph.part(squares, 2, 0, COLUMNS), graph.part(squares, 2, COLUMNS, 2 * COLUMNS))
    # [strides, frames, 32]: the second half of the bins, backwards, belongs between the first half's.
    low, high = graph.part(power, 2, 0, _GROUPS), graph.part(power, 2, _GROUPS, COLUMNS)
    mirrored = graph.part(high, 0, STRIDES - 2, 0, -1)
    ordered = graph.add("Transpose", graph.add("Concat", low, mirrored, axis=0), perm=[1, 2, 0])
    last = graph.part(graph.part(high, 0, 0, 1), 2, _GROUPS - 1, _GROUPS)
    return graph.shaped(ordered, -1, _BINS), graph.shaped(last, -1, 1)


def _centroid(graph: _Graph, magnitude: str, last: str) -> None:
    """The mean frequency by magnitude; 0 of silence."""
    moments = np.stack([np.ones(_BINS + 1), bins_hz()], axis=1).astype(np.float32)
    sums = graph.add("MatMul", magnitude, graph.constant("moments", moments[:-1]))
    sums = graph.add("Add", sums, graph.add("Mul", last, graph.constant("last_moment", moments[-1:])))
    total = graph.add("Max", graph.part(sums, 1, 0, 1), graph.single(1e-30))
    graph.shaped(graph.add("Div", graph.part(sums, 1, 1, 2), total), 1, -1, to="centroid")


def _rolloff(graph: _Graph, magnitude: str, last: str) -> None:
    """The lowest frequency up to which lies so much of the magnitude: as many bins are below as do not reach it yet."""
    ones = np.ones((ROWS, ROWS), np.float32)
    groups = graph.shaped(magnitude, -1, _GROUPS, ROWS)
    sums = graph.add("MatMul", groups, graph.constant("sums_so_far", np.triu(ones)))
    totals = graph.part(sums, 2, ROWS - 1, ROWS)
    before = graph.add("MatMul", graph.constant("groups_before", np.tril(ones[:_GROUPS, :_GROUPS], -1)), totals)
    whole = graph.add("ReduceSum", totals, graph.whole(1), keepdims=1)
    whole = graph.add("Add", whole, graph.add("Unsqueeze", last, graph.whole(2)))
    wanted = graph.add("Sub", graph.add("Mul", whole, graph.single(ROLLOFF)), before)
    below = graph.shaped(graph.cast(graph.add("Less", sums, wanted), _FLOAT), -1, _BINS)
    count = graph.add("ReduceSum", below, graph.whole(1), keepdims=0)
    graph.shaped(graph.add("Mul", count, graph.single(RATE_HZ / FRAME)), 1, -1, to="rolloff")


def _cepstrum(graph: _Graph, power: str) -> None:
    """The cosine transform of the mel bands in dB, none more than 80 dB below the loudest of the buffer."""
    # The last bin is the upper corner of the last filter, where it is 0.
    filters = graph.constant("mel_filters", mel_filters()[:-1].astype(np.float32))
    audible = graph.add("Max", graph.add("MatMul", power, filters), graph.single(_AMIN))
    decibels = graph.add("Mul", graph.add("Log", audible), graph.single(10 / math.log(10)))
    loudest = graph.add("ReduceMax", decibels, axes=[0, 1], keepdims=1)
    limited = graph.add("Max", decibels, graph.add("Sub", loudest, graph.single(_TOP_DB)))
    transform = graph.constant("cosines", cosines().astype(np.float32))
    graph.add("Unsqueeze", graph.add("MatMul", limited, transform), graph.whole(0), to="mfcc")


def _summary(graph: _Graph, scaled: str) -> None:
    """The means over the frames, the level of the whole, and how much the frames' levels differ, as SUMMARY says."""
    means = [graph.add("ReduceMean", name, axes=[1], keepdims=1) for name in ("rms", "zcr", "centroid", "rolloff")]
    means.append(graph.add("ReduceMean", "mfcc", axes=[1], keepdims=0))
    square = graph.add("ReduceMean", graph.add("Mul", scaled, scaled), axes=[1], keepdims=1)
    whole = graph.cast(graph.add("Sqrt", square), _FLOAT)
    level = graph.add("Max", _decibels(graph, graph.add("Max", whole, graph.single(1e-30))), graph.single(SILENCE_DB))
    levels = _decibels(graph, graph.add("Max", "rms", graph.single(1e-5)))
    away = graph.add("Sub", levels, graph.add("ReduceMean", levels, axes=[1], keepdims=1))
    spread = graph.add("Sqrt", graph.add("ReduceMean", graph.add("Mul", away, away), axes=[1], keepdims=1))
    graph.add("Concat", *means, level, spread, to="summary", axis=1)


def _decibels(graph: _Graph, amplitude: str) -> str:
    return graph.add("Mul", graph.add("Log", amplitude), graph.single(20 / math.log(10)))
