"""A model of rows at work: some numbers in, a few out, from one ONNX graph (`anomaly`, `remaining_life`)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ...core.errors import ModelFailed
from ...core.ports.models import Unfit
from . import manifest
from .runtime import Session, runtime_label, session

GRAPH = "model.onnx"
IN, OUT = "x", "y"
_MOST_BYTES = 4 << 20


class RowModel:
    """Fulfils core/ports/models.RowModel. `width`: how many numbers a row has."""

    def __init__(self, opened: Session, name: str, version: int) -> None:
        self.session = opened
        self.name = name
        self.version = version
        self.width = next((one.shape[-1] for one in opened.inputs if one.name == IN and one.shape), 0)

    @classmethod
    def open(cls, folder: Path) -> RowModel:
        """The model in a folder, as it is: who signed it is not asked. Raises Unfit(corrupt), ModelFailed."""
        known = manifest.read(folder)
        return cls.of(manifest.files_of(folder, known, _MOST_BYTES), known)

    @classmethod
    def of(cls, files: dict[str, bytes], known: manifest.Manifest) -> RowModel:
        """The model in these files, by name. Raises Unfit(corrupt), ModelFailed."""
        if GRAPH not in files:
            raise Unfit("corrupt", f"{GRAPH} is missing")
        return cls(session(files[GRAPH]), known.name, known.version)

    @property
    def label(self) -> str:
        """Such as `anomaly@1`."""
        return f"{self.name}@{self.version}"

    @property
    def runtime(self) -> str:
        """Such as `onnxruntime 1.28.0 x86_64`."""
        return runtime_label()

    def ask(self, row: Sequence[float]) -> tuple[float, ...]:
        """Same row, same answer. Raises ModelFailed: another length, or an answer that is no number."""
        if self.width and len(row) != self.width:
            raise ModelFailed(f"{self.label} takes {self.width} numbers, not {len(row)}")
        found = self.session.run({IN: np.asarray([row], dtype=np.float32)})
        if OUT not in found:
            raise ModelFailed(f"{self.label} has no output {OUT}")
        answer = tuple(found[OUT].reshape(-1).tolist())
        if not answer or not np.isfinite(answer).all():
            raise ModelFailed(f"{self.label} gave no number")
        return answer

    def close(self) -> None:
        """Its memory goes with the session."""
