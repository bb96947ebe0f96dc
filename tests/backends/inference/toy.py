"""A small window model that passes everything, and can be made wrong in one way at a time."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import onnx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from onnx import TensorProto, helper, numpy_helper

from gateway.backends.inference import manifest as manifests
from gateway.backends.inference.window import WindowModel
from gateway.core.ports.models import Lesson
from gateway.core.window.features import BUMPS, COLUMNS, MEASURED
from gateway.core.window.head import PLACE
from gateway.flow.sample_moments import sample_moments
from models.sign import public, sign

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
STRANGER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
SIGNERS = {"house": public(KEY)}
PHI = 8
SIZE = PHI + 2 * BUMPS + 2
_TAUGHT = SIZE - 2

Nodes = Sequence[onnx.NodeProto]


def weights(seed: int = 1, size: tuple[int, int] = (len(COLUMNS), PHI)) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.0, 0.3, size).astype(np.float32)


def graph(
    nodes: Nodes | None = None,
    *,
    inputs: int = len(COLUMNS),
    dtype: int = TensorProto.FLOAT,
    initializers: Sequence[np.ndarray] = (),
    opsets: Sequence[tuple[str, int]] = (("", 17),),
    seed: int = 1,
) -> onnx.ModelProto:
    """x [1, inputs] -> phi [1, PHI]; `nodes` in place of the usual two, `initializers` as i0, i1, ... for them."""
    usual = [helper.make_node("MatMul", ["x", "w"], ["a"]), helper.make_node("Tanh", ["a"], ["phi"])]
    kept = [numpy_helper.from_array(weights(seed, (inputs, PHI)), "w")] if nodes is None else []
    kept += [numpy_helper.from_array(array, f"i{number}") for number, array in enumerate(initializers)]
    made = helper.make_graph(
        list(usual if nodes is None else nodes),
        "toy",
        [helper.make_tensor_value_info("x", dtype, ["batch", inputs])],
        [helper.make_tensor_value_info("phi", dtype, ["batch", PHI])],
        kept,
    )
    imports = [helper.make_opsetid(domain, version) for domain, version in opsets]
    return helper.make_model(made, opset_imports=imports, ir_version=9)


def head(offset_pp: float = 0.0, gain: float = 1.0, *, finite: bool = True) -> bytes:
    """Two owners: one like the teacher, one who opens further; both a little moved by the graph."""
    mean = np.zeros((2, SIZE))
    mean[:, _TAUGHT] = 100.0 * gain
    mean[:, SIZE - 1] = [offset_pp, offset_pp + 20.0]
    mean[:, :PHI] = 4.0
    if not finite:
        mean[0, 0] = np.inf
    known = len(MEASURED)
    arrays = {
        "weight": np.array([0.7, 0.3]),
        "mean": mean,
        "group": np.array([0, 0]),
        "cov": np.eye(SIZE)[None] * 100.0,
        "noise_pp": np.array([6.0]),
        "local_pp": np.zeros((1, 1)),
        "local_scale": np.zeros((1, len(PLACE))),
        "spread_edges": np.array([20.0]),
        "quantiles": np.broadcast_to(np.linspace(0.0, 3.0, 16), (4, 2, 16)).copy(),
        "hull_centre": np.zeros(known),
        "hull_scale": np.eye(known) / 50.0,
    }
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def described(version: int, **fields: Any) -> str:
    """The manifest without sums and signature."""
    columns = ",\n".join(
        f'  {{name = "{name}", unit = "{unit}", centre = {centre}, scale = {scale}}}'
        for name, unit, centre, scale in COLUMNS
    )
    said = {
        "name": '"window"',
        "version": str(version),
        "made": '"2026-11-21"',
        "summary": '"a toy"',
        "latency_budget_ms": "0.2",
        "golden_tolerance": "0.5",
        "contract": "1",
    } | {key: str(value) for key, value in fields.items()}
    head_lines = "\n".join(f"{key} = {value}" for key, value in said.items())
    return (
        f'{head_lines}\n[[inputs]]\nname = "x"\ndtype = "float32"\nshape = [1, {len(COLUMNS)}]\n'
        f'columns = [\n{columns}\n]\n[[outputs]]\nname = "phi"\ndtype = "float32"\nshape = [1, {PHI}]\n'
        "[figures]\nerror_after_pp = 4.5\n"
    )


def make(
    folder: Path,
    version: int = 2,
    *,
    model: onnx.ModelProto | bytes | None = None,
    prior: bytes | None = None,
    manifest: str | None = None,
    golden: bytes | None = None,
    key: Ed25519PrivateKey | None = KEY,
    after: Callable[[Path], None] | None = None,
) -> Path:
    """A model's folder, signed with `key` (None: by nobody); `after` is what happens to it once it is signed."""
    folder.mkdir(parents=True, exist_ok=True)
    built = graph() if model is None else model
    (folder / "model.onnx").write_bytes(built if isinstance(built, bytes) else built.SerializeToString())
    (folder / "head.npz").write_bytes(head() if prior is None else prior)
    (folder / "README.md").write_text("# A toy\n")
    (folder / "manifest.toml").write_text(manifest or described(version))
    (folder / "golden.json").write_bytes(golden if golden is not None else b'{"cases": []}')
    sign(folder, KEY, "house")
    if golden is None:
        (folder / "golden.json").write_bytes(answers(folder))
        sign(folder, KEY, "house")
    if key is not KEY:
        said = (folder / "manifest.toml").read_bytes()
        (folder / "manifest.toml").write_bytes(said.partition(b"[signature]")[0])
        if key is not None:
            sign(folder, key, "stranger")
    if after is not None:
        after(folder)
    return folder


def answers(folder: Path, off_pp: float = 0.0, surer: float = 0.0) -> bytes:
    """golden.json of the model in a folder; `off_pp`: with positions that far off; `surer`: more confident."""
    model = WindowModel.open(folder)
    cases = []
    for number, moment in enumerate(sample_moments(6, seed=5)):
        lessons = [Lesson(str(at), one, 30.0) for at, one in enumerate(sample_moments(number, seed=9))]
        model.learnt("toy", lessons)
        thought = model.think("toy", moment)
        cases.append(
            {
                "moment": msgspec.to_builtins(moment),
                "lessons": [{"moment": msgspec.to_builtins(one.moment), "wanted": one.wanted_pct} for one in lessons],
                "position": thought.position_pct + off_pp,
                "confidence": thought.confidence + surer,
            }
        )
    return json.dumps({"cases": cases}).encode()


def resigned(folder: Path) -> None:
    """Sign it again after a change."""
    sign(folder, KEY, "house")


def sha256(folder: Path) -> str:
    return manifests.digest(manifests.read_raw(folder))
