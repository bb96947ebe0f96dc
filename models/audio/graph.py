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


def build() -> onnx.ModelProto:
    """`pcm` int16 [1, n] -> float32: `summary` [1, 19]; `rms`, `zcr`, `centroid`, `rolloff` [1, frames]; `mfcc`.

    `mfcc` is [1, frames, 13].
    """
    graph = _Graph()
    samples = graph.cast("pcm", _FLOAT)
    padded = graph.padded(samples, _PAD, _PAD)
    length = graph.part(graph.add("Shape", padded), 0, 1, 2)
    length = graph.add("Mul", graph.add("Div", length, graph.whole(HOP)), graph.whole(HOP))
    blocks = _blocks(graph, padded, length)
    _loudness_and_crossings(graph, blocks, _changes(graph, samples, length))
    power, last_power = _spectrum(graph, blocks)
    magnitude, last = graph.add("Sqrt", power), graph.add("Sqrt", last_power)
    _centroid(graph, magnitude, last)
    _rolloff(graph, magnitude, last)
    _cepstrum(graph, power)
    _summary(graph, samples)
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


def _changes(graph: _Graph, samples: str, length: str) -> str:
    """1 where a sample's sign is not that of the one before, else 0: [blocks, HOP]. 0 counts as positive.

    The first and last sample go on beyond the ends.
    """
    longer = graph.padded(samples, _PAD + 1, _PAD, "edge")
    signs = graph.cast(graph.add("Less", longer, graph.single(0.0)), _FLOAT)
    changes = graph.add("Abs", graph.add("Sub", graph.part(signs, 1, 1, _END), graph.part(signs, 1, 0, -1)))
    return _blocks(graph, changes, length)


def _loudness_and_crossings(graph: _Graph, blocks: str, changes: str) -> None:
    """Root of the mean square, zeros beyond the ends; and changes of sign a sample.

    Sums over blocks are whole numbers; a frame's are those of four blocks.
    """
    energy = graph.add("ReduceSum", graph.add("Mul", blocks, blocks), graph.whole(1), keepdims=1)
    counted = np.zeros((HOP, 2), np.float32)
    counted[:, 0], counted[0, 1] = 1, 1
    counts = graph.add("MatMul", changes, graph.constant("all_and_first", counted))
    sums = graph.add("Transpose", graph.add("Concat", energy, counts, axis=1), perm=[1, 0])
    # The change between a frame's first sample and the one before it is none of the frame's.
    of_four = np.zeros((2, 3, FRAME // HOP), np.float32)
    of_four[0, 0], of_four[1, 1], of_four[1, 2, 0] = 1 / (FRAME * 32768.0**2), 1 / FRAME, -1 / FRAME
    both = graph.add("Conv", graph.add("Unsqueeze", sums, graph.whole(0)), graph.constant("of_four", of_four))
    graph.shaped(graph.add("Sqrt", graph.part(both, 1, 0, 1)), 1, -1, to="rms")
    graph.shaped(graph.part(both, 1, 1, 2), 1, -1, to="zcr")


def _spectrum(graph: _Graph, blocks: str) -> tuple[str, str]:
    """The power of each bin but the last, [1024, frames], and of the last, [1, frames]."""
    quarter = HOP // COLUMNS
    by_sample = graph.shaped(graph.add("Transpose", blocks, perm=[1, 0]), quarter, COLUMNS, -1)
    by_column = graph.cast(graph.add("Transpose", by_sample, perm=[1, 0, 2]), _DOUBLE)
    quarters = [graph.part(by_column, 2, first, first - 3 if first < 3 else _END) for first in range(4)]
    frames = graph.add("Concat", *quarters, axis=1)
    over_rows = graph.add("MatMul", graph.constant("rows_transform", rows_transform()), frames)
    over_rows = graph.shaped(over_rows, 2 * COLUMNS, -1)
    bins = graph.add("MatMul", graph.constant("columns_transform", columns_transform()), over_rows)
    single = graph.cast(bins, _FLOAT)
    squares = graph.add("Mul", single, single)
    power = graph.add("Add", graph.part(squares, 0, 0, COLUMNS), graph.part(squares, 0, COLUMNS, 2 * COLUMNS))
    power = graph.shaped(power, COLUMNS, STRIDES, -1)
    # The second half of the bins, backwards, belongs between those of the first half.
    low, high = graph.part(power, 0, 0, _GROUPS), graph.part(power, 0, _GROUPS, COLUMNS)
    ordered = graph.add("Concat", low, graph.part(high, 1, STRIDES - 2, 0, -1), axis=1)
    last = graph.part(graph.part(high, 0, _GROUPS - 1, _GROUPS), 1, 0, 1)
    return graph.shaped(ordered, _BINS, -1), graph.shaped(last, 1, -1)


def _centroid(graph: _Graph, magnitude: str, last: str) -> None:
    """The mean frequency by magnitude; 0 of silence."""
    moments = np.stack([np.ones(_BINS + 1), bins_hz()]).astype(np.float32)
    sums = graph.add("MatMul", graph.constant("moments", moments[:, :-1]), magnitude)
    sums = graph.add("Add", sums, graph.add("Mul", graph.constant("last_moment", moments[:, -1:]), last))
    total = graph.add("Max", graph.part(sums, 0, 0, 1), graph.single(1e-30))
    graph.add("Div", graph.part(sums, 0, 1, 2), total, to="centroid")


def _rolloff(graph: _Graph, magnitude: str, last: str) -> None:
    """The lowest frequency up to which lies so much of the magnitude: as many bins are below as do not reach it yet."""
    lower = np.tril(np.ones((ROWS, ROWS), np.float32))
    groups = graph.shaped(magnitude, _GROUPS, ROWS, -1)
    sums = graph.add("MatMul", graph.constant("sums_so_far", lower), groups)
    totals = graph.shaped(graph.part(sums, 1, ROWS - 1, ROWS), _GROUPS, -1)
    before = graph.add("MatMul", graph.constant("groups_before", np.tril(lower[:_GROUPS, :_GROUPS], -1)), totals)
    whole = graph.add("Add", graph.add("ReduceSum", totals, graph.whole(0), keepdims=1), last)
    wanted = graph.add("Sub", graph.add("Mul", whole, graph.single(ROLLOFF)), before)
    below = graph.cast(graph.add("Less", sums, graph.add("Unsqueeze", wanted, graph.whole(1))), _FLOAT)
    count = graph.add("ReduceSum", graph.shaped(below, _BINS, -1), graph.whole(0), keepdims=1)
    graph.add("Mul", count, graph.single(RATE_HZ / FRAME), to="rolloff")


def _cepstrum(graph: _Graph, power: str) -> None:
    """The cosine transform of the mel bands in dB, none more than 80 dB below the loudest of the buffer."""
    # The last bin is the upper corner of the last filter, where it is 0.
    filters = graph.constant("mel_filters", mel_filters().T[:, :-1].astype(np.float32))
    audible = graph.add("Max", graph.add("MatMul", filters, power), graph.single(_AMIN))
    decibels = graph.add("Mul", graph.add("Log", audible), graph.single(10 / math.log(10)))
    loudest = graph.add("ReduceMax", decibels, axes=[0, 1], keepdims=1)
    limited = graph.add("Max", decibels, graph.add("Sub", loudest, graph.single(_TOP_DB)))
    transformed = graph.add("MatMul", graph.constant("cosines", cosines().T.astype(np.float32)), limited)
    by_frame = graph.add("Transpose", transformed, perm=[1, 0])
    graph.add("Unsqueeze", by_frame, graph.whole(0), to="mfcc")


def _summary(graph: _Graph, samples: str) -> None:
    """The means over the frames, the level of the whole, and how much the frames' levels differ, as SUMMARY says."""
    four = graph.add("Concat", "rms", "zcr", "centroid", "rolloff", axis=0)
    means = graph.shaped(graph.add("ReduceMean", four, axes=[1], keepdims=0), 1, 4)
    cepstrum = graph.add("ReduceMean", "mfcc", axes=[1], keepdims=0)
    square = graph.add("ReduceMean", graph.add("Mul", samples, samples), axes=[1], keepdims=1)
    whole = graph.add("Mul", graph.add("Sqrt", square), graph.single(1 / 32768))
    level = graph.add("Max", _decibels(graph, graph.add("Max", whole, graph.single(1e-30))), graph.single(SILENCE_DB))
    levels = _decibels(graph, graph.add("Max", "rms", graph.single(1e-5)))
    away = graph.add("Sub", levels, graph.add("ReduceMean", levels, axes=[1], keepdims=1))
    spread = graph.add("Sqrt", graph.add("ReduceMean", graph.add("Mul", away, away), axes=[1], keepdims=1))
    graph.add("Concat", means, cepstrum, level, spread, to="summary", axis=1)


def _decibels(graph: _Graph, amplitude: str) -> str:
    return graph.add("Mul", graph.add("Log", amplitude), graph.single(20 / math.log(10)))
