"""The one door to onnxruntime: a session computes the outputs of an ONNX graph, on one core, without telemetry.

It and numpy are loaded when the first session is made: a gateway without models has neither in memory.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ...core.errors import ModelFailed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

_ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")
_INSTALL = "{0} cannot be used here ({1}); `pip install {0}` in the gateway's environment installs it"
_BROKEN = (ImportError, OSError, RuntimeError)
"""What a library for another processor or system raises when it is imported."""
_ERRORS = frozenset({"Fail", "InvalidArgument", "InvalidGraph", "InvalidProtobuf", "NoModel", "NoSuchFile"}) | {
    "EPFail", "ModelLoaded", "NotImplemented", "RuntimeException",
}  # fmt: skip


class Tensor(NamedTuple):
    """An input or output; 0 in the shape stands for any length."""

    name: str
    dtype: str
    """`float32`, `int16`, …"""
    shape: tuple[int, ...]


_DTYPES = {"float": "float32", "double": "float64"}


def prepare() -> None:
    """Before numpy or onnxruntime is imported for the first time: one thread each, nothing told to anybody.

    More threads would make the sums' order, and so their last bits, depend on the machine's load.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    for name in _ONE_THREAD:
        os.environ.setdefault(name, "1")


def require() -> None:
    """Import both libraries. Raises ModelFailed that says what to install."""
    prepare()
    try:
        import numpy  # noqa: F401 - only whether it can be
    except _BROKEN as error:
        raise ModelFailed(_INSTALL.format("numpy", _line(error))) from error
    _library()


def runtime_label() -> str:
    """`onnxruntime 1.28.0 x86_64`: outputs are the same to the last bit under the same one only."""
    return f"onnxruntime {_library().__version__} {platform.machine()}"


def session(model: Path | bytes) -> Session:
    """The graph in a file, or in memory, ready to run. Raises ModelFailed."""
    library = _library()
    options = library.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = library.ExecutionMode.ORT_SEQUENTIAL
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 4  # what is wrong is raised; on the console it would be noise
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    source = model if isinstance(model, bytes) else str(model)
    try:
        return Session(library.InferenceSession(source, options, providers=["CPUExecutionProvider"]))
    except _errors() as error:
        raise ModelFailed(f"onnxruntime does not take the graph: {_line(error)}") from error


class Session:
    """One loaded graph. Safe to use from several threads."""

    def __init__(self, opened: Any) -> None:
        self._opened = opened
        self.inputs = tuple(map(_tensor, opened.get_inputs()))
        self.outputs = tuple(map(_tensor, opened.get_outputs()))
        self._names = [output.name for output in self.outputs]

    def run(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Every output by name. Raises ModelFailed."""
        try:
            return dict(zip(self._names, self._opened.run(self._names, inputs), strict=True))
        except _errors() as error:
            raise ModelFailed(f"the graph failed: {_line(error)}") from error


def _tensor(known: Any) -> Tensor:
    name = str(known.type).removeprefix("tensor(").removesuffix(")")
    shape = tuple(length if isinstance(length, int) else 0 for length in known.shape)
    return Tensor(str(known.name), _DTYPES.get(name, name), shape)


@lru_cache(maxsize=1)
def _library() -> Any:
    prepare()
    try:
        import onnxruntime
    except _BROKEN as error:
        raise ModelFailed(_INSTALL.format("onnxruntime", _line(error))) from error
    onnxruntime.disable_telemetry_events()
    return onnxruntime


@lru_cache(maxsize=1)
def _errors() -> tuple[type[Exception], ...]:
    """What onnxruntime raises: its own errors have no common ancestor but Exception."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    own = [getattr(state, name) for name in sorted(_ERRORS) if hasattr(state, name)]
    return (*own, ValueError, TypeError, RuntimeError)


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
