"""The networks and the interval as ONNX: float for comparison, and int8 as it is shipped.

Static QDQ: weights int8 with a scale for each output, what goes into a layer int8 with the range it had in training
(the first: the range it is clipped to). The projections and the interval, a few hundred numbers, stay float.
"""

from __future__ import annotations

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from .interval import KNOTS, Interval
from .network import SPAN, Single
from .regression import CLIP, WITHIN, Regression
from .summaries import WIDTH

_OPSET, _IR = 17, 9
_STEPS = 127


class _Draft:
    """Nodes and constants of a graph that grows."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, name: str, value: NDArray[np.generic]) -> str:
        self.constants.append(numpy_helper.from_array(value, name))
        return name

    def number(self, name: str, value: float) -> str:
        return self.constant(name, np.array(value, np.float32))

    def node(self, kind: str, inputs: list[str], name: str, **attributes: object) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name


def graph(made: Regression, interval: Interval, rows: Single | None) -> bytes:
    """`x` [b, WIDTH] -> `y` [b, 3]: low, likely, high cycles. `rows`: standardised training inputs make it int8."""
    draft = _Draft()
    mix, shift = made.mix / made.scale, -made.centre / made.scale
    mixed = draft.node(
        "Gemm", ["x", draft.constant("mix", _single(mix)), draft.constant("shift", _single(shift))], "mixed"
    )
    now = draft.node("Clip", [mixed, draft.number("least", -CLIP), draft.number("most", CLIP)], "standardised")
    ranges = None if rows is None else [layer.reshape(len(layer), -1).max(1) for layer in made.ensemble.layers(rows)]
    if ranges is not None:
        now = _rounded(draft, now, "in", CLIP / _STEPS, 0)
    said = [_member(draft, made, member, now, ranges) for member in range(len(made.ensemble.weights[0]))]
    mean = draft.node("Mul", [_sum(draft, said), draft.number("part", SPAN / len(said))], "mean")
    raw = draft.node("Add", [mean, draft.number("middle", made.ensemble.middle)], "raw")
    likely = draft.node("Clip", [raw, draft.number("none", 0.0), draft.number("within", WITHIN)], "likely")
    _ends(draft, likely, interval)
    value = helper.make_tensor_value_info
    whole = helper.make_graph(
        draft.nodes,
        "remaining_life",
        [value("x", TensorProto.FLOAT, ["b", WIDTH])],
        [value("y", TensorProto.FLOAT, ["b", 3])],
        draft.constants,
    )
    model = helper.make_model(
        whole, opset_imports=[helper.make_opsetid("", _OPSET)], producer_name="models.remaining_life"
    )
    model.ir_version = _IR
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString(deterministic=True))


def _member(draft: _Draft, made: Regression, member: int, now: str, ranges: list[Single] | None) -> str:
    weights, biases = made.ensemble.weights, made.ensemble.biases
    last = len(weights) - 1
    for layer, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        name = f"m{member}_{layer}"
        if ranges is None:
            weight_name = draft.constant(f"{name}_weight", weight[member])
        else:
            weight_name = _whole_weight(draft, weight[member], name)
            if layer:
                # What a ReLU passes on is 0 or more: all 255 steps are for that.
                now = _rounded(draft, now, name, max(float(ranges[layer - 1][member]), 1e-6) / 255, -128)
        product = draft.node("MatMul", [now, weight_name], f"{name}_product")
        now = draft.node("Add", [product, draft.constant(f"{name}_bias", bias[member, 0])], f"{name}_sum")
        if layer != last:
            now = draft.node("Relu", [now], f"{name}_out")
    return now


def _ends(draft: _Draft, likely: str, interval: Interval) -> None:
    """Piecewise straight: one ramp from each knot on, as steep as the slope changes there."""
    over = draft.node(
        "Relu", [draft.node("Sub", [likely, draft.constant("knots", _single(KNOTS))], "from_knots")], "over"
    )
    ramps = np.stack([_ramps(interval.below), _ramps(interval.above)], 1)
    start = np.array([interval.below[0], interval.above[0]])
    slant = draft.node("MatMul", [over, draft.constant("ramps", _single(ramps))], "slant")
    away = draft.node("Add", [slant, draft.constant("start", _single(start))], "away")
    below, above = (
        draft.node("Gather", [away, draft.constant(f"{name}_at", np.array([at], np.int64))], name, axis=1)
        for at, name in enumerate(("below", "above"))
    )
    low = draft.node("Relu", [draft.node("Add", [likely, below], "low_raw")], "low")
    high = draft.node("Add", [likely, above], "high")
    draft.node("Concat", [low, likely, high], "y", axis=1)


def _ramps(offsets: NDArray[np.float64]) -> NDArray[np.float64]:
    slopes = np.diff(offsets) / np.diff(KNOTS)
    return np.diff(np.concatenate([[0.0], slopes, [0.0]]))


def _rounded(draft: _Draft, now: str, name: str, step: float, zero: int) -> str:
    scale = [draft.number(f"{name}_step", step), draft.constant(f"{name}_zero", np.array(zero, np.int8))]
    whole = draft.node("QuantizeLinear", [now, *scale], f"{name}_whole")
    return draft.node("DequantizeLinear", [whole, *scale], f"{name}_rounded")


def _whole_weight(draft: _Draft, weight: Single, name: str) -> str:
    steps = np.maximum(np.abs(weight).max(0), 1e-9) / np.float32(_STEPS)
    whole = np.rint(weight / steps).astype(np.int8)
    parts = [
        draft.constant(f"{name}_weight8", whole),
        draft.constant(f"{name}_weight_step", steps.astype(np.float32)),
        draft.constant(f"{name}_weight_zero", np.zeros(len(steps), np.int8)),
    ]
    return draft.node("DequantizeLinear", parts, f"{name}_weight", axis=1)


def _sum(draft: _Draft, names: list[str]) -> str:
    now = names[0]
    for number, name in enumerate(names[1:]):
        now = draft.node("Add", [now, name], f"together{number}")
    return now


def _single(values: NDArray[np.float64]) -> Single:
    return values.astype(np.float32)
