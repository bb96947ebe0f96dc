"""The network as ONNX, float and int8, and what travels beside it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from gateway.backends.inference.runtime import session
from gateway.core.anomaly.views import FEATURES

from .network import FORMULA, SIZES, STEPS, TRUST, Net, Single, whole_weights

_OPSET, _IR = 17, 9
_CASES = 32
_TOLERANCE = 0.01


def graph(net: Net, *, quantised: bool) -> bytes:
    """`x` [b, features] -> `y` [b, 1], the score; float32. Features are not rounded, hidden layers pass on int8."""
    made = _Graph(quantised)
    now = "x"
    for number, (weight, bias) in enumerate(zip(net.weights, net.biases, strict=True)):
        name, last = f"layer{number}", number == len(net.weights) - 1
        now = made.add("MatMul", [made.rounded(now, name) if number else now, made.weight(weight, name)])
        now = made.add("Add", [now, made.constant(bias)])
        now = now if last else made.add("Tanh", [now])
    skip = np.zeros((SIZES[0], 1), np.float32)
    skip[FORMULA] = TRUST
    raw = made.add("Add", [now, made.add("MatMul", ["x", made.constant(skip)])])
    starts, slopes, least = _slopes(net.knots)
    above = made.add("Relu", [made.add("Sub", [raw, made.constant(starts)])])
    score = made.add("Add", [made.add("MatMul", [above, made.constant(slopes)]), made.constant(least)])
    bounds = [made.constant(np.array(bound, np.float32)) for bound in (0.0, 1.0)]
    made.add("Clip", [score, *bounds], "y")
    return made.bytes()


def _slopes(knots: tuple[tuple[float, float], ...]) -> tuple[Single, Single, Single]:
    """Starts [1, k], changes of slope [k, 1] and the least score: a line through `knots` that goes on behind them."""
    raws, scores = (np.array(side, np.float64) for side in zip(*knots, strict=True))
    slopes = np.diff(scores) / np.diff(raws)
    changes = np.diff(slopes, prepend=0.0)
    return (
        raws[None, :-1].astype(np.float32),
        changes[:, None].astype(np.float32),
        np.array([scores[0]], np.float32),
    )


class _Graph:
    """Nodes and constants, named as they come."""

    def __init__(self, quantised: bool) -> None:
        self._quantised = quantised
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []

    def add(self, operation: str, inputs: list[str], name: str = "", axis: int | None = None) -> str:
        """The name of what it gives."""
        name = name or f"step{len(self._nodes)}"
        chosen = {} if axis is None else {"axis": axis}
        self._nodes.append(helper.make_node(operation, inputs, [name], **chosen))
        return name

    def constant(self, value: np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> str:
        """Its name."""
        name = f"constant{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def rounded(self, now: str, name: str) -> str:
        """In the int8 graph, `now` as whole parts of the largest tanh."""
        if not self._quantised:
            return now
        scale = [self.constant(np.array(1.0 / STEPS, np.float32)), self.constant(np.array(0, np.int8))]
        whole = self.add("QuantizeLinear", [now, *scale], f"{name}_whole")
        return self.add("DequantizeLinear", [whole, *scale], f"{name}_in")

    def weight(self, weight: Single, name: str) -> str:
        """In the int8 graph, in whole numbers with a step for each output."""
        if not self._quantised:
            return self.constant(weight)
        whole, steps = whole_weights(weight)
        parts = [self.constant(whole), self.constant(steps), self.constant(np.zeros(len(steps), np.int8))]
        return self.add("DequantizeLinear", parts, f"{name}_weight", axis=1)

    def bytes(self) -> bytes:
        """The checked model."""
        made = helper.make_graph(
            self._nodes,
            "anomaly",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["b", SIZES[0]])],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["b", 1])],
            self._constants,
        )
        opsets = [helper.make_opsetid("", _OPSET)]
        model = helper.make_model(made, opset_imports=opsets, producer_name="models.anomaly")
        model.ir_version = _IR
        onnx.checker.check_model(model, full_check=True)
        return bytes(model.SerializeToString())


def golden(folder: Path, rows: Single, rng: np.random.Generator) -> str:
    """Some of `rows` [n, features] with what this machine answers, as JSON."""
    opened = session(folder / "model.onnx")
    cases = []
    for number in sorted(rng.choice(len(rows), min(_CASES, len(rows)), replace=False)):
        row = rows[number : number + 1]
        score = float(opened.run({"x": row})["y"][0, 0])
        cases.append({"inputs": {"x": [float(value) for value in row[0]]}, "outputs": {"y": [round(score, 6)]}})
    return json.dumps({"cases": cases}, separators=(",", ":")) + "\n"


def manifest(version: int, figures: dict[str, float]) -> str:
    """manifest.toml up to the figures; `models.sign` adds sums and signature."""
    columns = "".join(
        f'    {{name = "{name}", unit = "{unit}", centre = {centre}, scale = {scale}}},\n'
        for name, unit, centre, scale in FEATURES
    )
    measured = "".join(f"{name} = {value}\n" for name, value in figures.items())
    return f"""name = "anomaly"
version = {version}
made = "{datetime.now(UTC).date().isoformat()}"
summary = "How strange a record of one series is, as a score of normal life's chances"
latency_budget_ms = 0.1
golden_tolerance = {_TOLERANCE}
contract = 1

[[inputs]]
name = "x"
dtype = "float32"
shape = [1, {SIZES[0]}]
columns = [
{columns}]

[[outputs]]
name = "y"
dtype = "float32"
shape = [1, 1]

[figures]
{measured}"""
