"""What the gateway demands of a model of each name: which numbers go in, which come out, how fast."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from ...core.anomaly import views
from ...core.health import features as wear
from ...core.ports.models import Unfit
from ...core.window import features
from .manifest import Column, Manifest, TensorSchema
from .runtime import Session, Tensor

_X86 = ("x86_64", "AMD64")
_OTHERS_ARE_SLOWER = 10.0
"""A Pi Zero 2 W's core beside one of the machine the budgets are for."""


class Contract(msgspec.Struct, frozen=True):
    """The demands on one name; `number` rises when they change."""

    number: int
    inputs: tuple[TensorSchema, ...]
    outputs: tuple[TensorSchema, ...]
    files: tuple[str, ...]
    p99_ms: float
    """The longest one call may take on an x86 core, with everything that belongs to it: features, graph and head."""


def _summary() -> tuple[Column, ...]:
    named = [("rms", "1"), ("zero_crossing_rate", "1"), ("centroid", "Hz"), ("rolloff", "Hz")]
    named += [(f"mfcc_{number}", "dB") for number in range(1, 14)]
    return tuple(Column(name, unit) for name, unit in [*named, ("level", "dBFS"), ("rms_spread", "dB")])


def _of_rows(columns: Sequence[tuple[str, str, float, float]], out: int, p99_ms: float) -> Contract:
    given = TensorSchema("x", "float32", (1, len(columns)), tuple(Column(*one) for one in columns))
    return Contract(1, (given,), (TensorSchema("y", "float32", (1, out)),), ("model.onnx", "golden.json"), p99_ms)


CONTRACTS: Final[Mapping[str, Contract]] = {
    "window": Contract(
        1,
        (TensorSchema("x", "float32", (1, len(features.NAMES)), tuple(Column(*one) for one in features.COLUMNS)),),
        (TensorSchema("phi", "float32", (1, 0)),),
        ("model.onnx", "head.npz", "golden.json"),
        2.0,
    ),
    "audio": Contract(
        1,
        (TensorSchema("pcm", "int16", (1, 0)),),
        (TensorSchema("summary", "float32", (1, 19), _summary()),),
        ("model.onnx", "golden.json"),
        5.0,
    ),
    # How strange a series' record is, as a score.
    "anomaly": _of_rows(views.FEATURES, 1, 0.5),
    # Low, likely and high number of cycles that a turbofan has left.
    "remaining_life": _of_rows(wear.COLUMNS, len(wear.OUTPUTS), 2.0),
}
ROWS: Final = frozenset({"anomaly", "remaining_life"})
"""Names of models that map a row of numbers to a few."""


def of(manifest: Manifest) -> Contract:
    """The contract for this manifest's name. Raises Unfit(schema)."""
    found = CONTRACTS.get(manifest.name)
    if found is None:
        raise Unfit("schema", f"there is no use for a model called {manifest.name!r}; {', '.join(CONTRACTS)} have one")
    if manifest.contract != found.number:
        raise Unfit("schema", f"it is made for contract {manifest.contract}; this gateway has {found.number}")
    return found


def check(manifest: Manifest, session: Session) -> None:
    """Manifest and graph are as the contract demands. Raises Unfit: schema, or slow for its own budget."""
    contract = of(manifest)
    for name in contract.files:
        if name not in manifest.files:
            raise Unfit("schema", f"{name} is not among the manifest's files")
    _check_tensors("input", contract.inputs, manifest.inputs, session.inputs, complete=True)
    _check_tensors("output", contract.outputs, manifest.outputs, session.outputs, complete=False)
    if manifest.latency_budget_ms > contract.p99_ms:
        raise Unfit("slow", f"it asks for {manifest.latency_budget_ms:g} ms a call; {contract.p99_ms:g} ms are allowed")


def most_ms(contract: Contract) -> float:
    """The longest one call may take on this machine."""
    return contract.p99_ms * (1.0 if platform.machine() in _X86 else _OTHERS_ARE_SLOWER)


def _check_tensors(
    kind: str,
    demanded: Sequence[TensorSchema],
    described: Sequence[TensorSchema],
    actual: Sequence[Tensor],
    *,
    complete: bool,
) -> None:
    """`complete`: there must be no others."""
    said = {one.name: one for one in described}
    real = {one.name: one for one in actual}
    names = {one.name for one in demanded}
    if complete and (names != said.keys() or names != real.keys()):
        raise Unfit("schema", f"the {kind}s are {_list(said)} by the manifest, {_list(real)} in the graph; "
                              f"demanded: {_list(names)}")  # fmt: skip
    for one in demanded:
        if one.name not in said or one.name not in real:
            raise Unfit(
                "schema", f"the {kind} {one.name} is missing in the {'graph' if one.name in said else 'manifest'}"
            )
        _check_tensor(f"the {kind} {one.name}", one, said[one.name], real[one.name])


def _check_tensor(what: str, demanded: TensorSchema, said: TensorSchema, real: Tensor) -> None:
    for where, dtype, shape in (("the manifest", said.dtype, said.shape), ("the graph", real.dtype, real.shape)):
        if dtype != demanded.dtype:
            raise Unfit("schema", f"{what} is {dtype} in {where}; {demanded.dtype} is demanded")
        if not _fits(shape, demanded.shape):
            raise Unfit("schema", f"{what} is {_size(shape)} in {where}; {_size(demanded.shape)} is demanded")
    for number, (wanted, column) in enumerate(zip(demanded.columns, said.columns, strict=False), 1):
        if wanted != column:
            raise Unfit("schema", f"column {number} of {what} is {_shown(column)}; {_shown(wanted)} is demanded")
    if len(said.columns) != len(demanded.columns):
        raise Unfit("schema", f"{what} has {len(said.columns)} columns; {len(demanded.columns)} are demanded")


def _fits(shape: Sequence[int], demanded: Sequence[int]) -> bool:
    """0 stands for any length, on either side."""
    return len(shape) == len(demanded) and all(0 in pair or pair[0] == pair[1] for pair in zip(shape, demanded))  # noqa: B905


def _size(shape: Sequence[int]) -> str:
    return " x ".join(str(length) if length else "any" for length in shape) or "one number"


def _shown(column: Column) -> str:
    return f"{column.name} [{column.unit}] less {column.centre:g}, by {column.scale:g}"


def _list(names: Mapping[str, object] | set[str]) -> str:
    return ", ".join(sorted(names)) or "none"
