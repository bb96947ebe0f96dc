"""The trunk as ONNX: float for comparison, and int8 as it is shipped.

Written by hand because nothing has to be calibrated: a tanh lies between -1 and 1. Weights are int8, a scale for each
output; what the hidden layers pass on is int8; the 24 inputs are not rounded, since a step of an eighth of a kelvin
would show in the position.
"""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from .network import SIZES, STEPS, Single, Trunk, whole_weights

_OPSET, _IR = 17, 9


def graph(trunk: Trunk, *, quantised: bool) -> bytes:
    """`x` [b, 24] -> `phi` [b, 48], both float32."""
    nodes: list[onnx.NodeProto] = []
    constants: list[onnx.TensorProto] = []
    now = "x"
    for number, (weight, bias) in enumerate(zip(trunk.weights, trunk.biases, strict=True)):
        name = f"layer{number}"
        if quantised and number:
            now = _rounded(now, name, nodes, constants)
        weight_name = _weight(weight, name, nodes, constants) if quantised else f"{name}_weight"
        if not quantised:
            constants.append(numpy_helper.from_array(weight, weight_name))
        constants.append(numpy_helper.from_array(bias, f"{name}_bias"))
        last = number == len(trunk.weights) - 1
        nodes.append(helper.make_node("MatMul", [now, weight_name], [f"{name}_product"]))
        nodes.append(helper.make_node("Add", [f"{name}_product", f"{name}_bias"], [f"{name}_sum"]))
        now = "phi" if last else f"{name}_out"
        nodes.append(helper.make_node("Tanh", [f"{name}_sum"], [now]))
    made = helper.make_graph(
        nodes,
        "window",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["b", SIZES[0]])],
        [helper.make_tensor_value_info("phi", TensorProto.FLOAT, ["b", SIZES[-1]])],
        constants,
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", _OPSET)], producer_name="models.window")
    model.ir_version = _IR
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString())


def _rounded(now: str, name: str, nodes: list[onnx.NodeProto], constants: list[onnx.TensorProto]) -> str:
    constants.append(numpy_helper.from_array(np.array(1.0 / STEPS, np.float32), f"{name}_step"))
    constants.append(numpy_helper.from_array(np.array(0, np.int8), f"{name}_zero"))
    scale = [f"{name}_step", f"{name}_zero"]
    nodes.append(helper.make_node("QuantizeLinear", [now, *scale], [f"{name}_whole"]))
    nodes.append(helper.make_node("DequantizeLinear", [f"{name}_whole", *scale], [f"{name}_in"]))
    return f"{name}_in"


def _weight(weight: Single, name: str, nodes: list[onnx.NodeProto], constants: list[onnx.TensorProto]) -> str:
    whole, steps = whole_weights(weight)
    constants.append(numpy_helper.from_array(whole, f"{name}_weight8"))
    constants.append(numpy_helper.from_array(steps, f"{name}_weight_step"))
    constants.append(numpy_helper.from_array(np.zeros(len(steps), np.int8), f"{name}_weight_zero"))
    parts = [f"{name}_weight8", f"{name}_weight_step", f"{name}_weight_zero"]
    nodes.append(helper.make_node("DequantizeLinear", parts, [f"{name}_weight"], axis=1))
    return f"{name}_weight"
