"""A small model of rows that passes everything, and can be made wrong in one way at a time."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from gateway.backends.inference.rows import RowModel
from gateway.core.anomaly.views import FEATURES
from models.sign import sign

from .toy import KEY

Column = tuple[str, str, float, float]


def graph(width: int = len(FEATURES), *, constant: bool = False, bad: bool = False) -> onnx.ModelProto:
    """x [1, width] -> y [1, 1]: a squashed sum; `constant`: the same whatever comes; `bad`: no number."""
    weight = np.full((width, 1), 0.0 if constant else 0.05, dtype=np.float32)
    if bad:
        weight[0, 0] = np.nan
    nodes = [helper.make_node("MatMul", ["x", "w"], ["a"]), helper.make_node("Sigmoid", ["a"], ["y"])]
    made = helper.make_graph(
        nodes,
        "toy",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, width])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 1])],
        [numpy_helper.from_array(weight, "w")],
    )
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def make(
    folder: Path,
    version: int = 2,
    *,
    columns: tuple[Column, ...] = FEATURES,
    constant: bool = False,
    bad: bool = False,
    off: float = 0.0,
    cases: int = 3,
) -> Path:
    """A model's folder, signed; `off`: golden answers that are so far off."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(graph(len(columns), constant=constant, bad=bad).SerializeToString())
    described = ",\n".join(
        f"  {{name = {json.dumps(name)}, unit = {json.dumps(unit)}, centre = {centre}, scale = {scale}}}"
        for name, unit, centre, scale in columns
    )
    (folder / "manifest.toml").write_text(
        f'name = "anomaly"\nversion = {version}\nmade = "2026-11-21"\nsummary = "a toy"\nlatency_budget_ms = 0.1\n'
        f'golden_tolerance = 0.01\ncontract = 1\n[[inputs]]\nname = "x"\ndtype = "float32"\n'
        f"shape = [1, {len(columns)}]\ncolumns = [\n{described}\n]\n"
        '[[outputs]]\nname = "y"\ndtype = "float32"\nshape = [1, 1]\n[figures]\nnab = 60.0\n'
    )
    (folder / "README.md").write_text("# A toy\n")
    (folder / "golden.json").write_text('{"cases": []}')
    sign(folder, KEY, "house")
    if cases and not bad:
        model, rng = RowModel.open(folder), np.random.default_rng(4)
        rows = rng.uniform(-1, 1, (cases, len(columns))).tolist()
        said = [{"inputs": {"x": row}, "outputs": {"y": [model.ask(row)[0] + off]}} for row in rows]
        (folder / "golden.json").write_text(json.dumps({"cases": said}))
        sign(folder, KEY, "house")
    return folder
