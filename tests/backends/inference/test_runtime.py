from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from gateway.backends.inference.runtime import runtime_label, session
from gateway.core.errors import ModelFailed

from . import toy

ROOT = Path(__file__).parents[3]
MODEL = toy.graph().SerializeToString()


def in_a_process(statement: str) -> dict[str, object]:
    script = (
        f"{statement}\nimport json, os, sys\n"
        "told = os.environ.get('ORT_DISABLE_TELEMETRY')\n"
        "print(json.dumps({'told': told, 'modules': sorted({m.partition('.')[0] for m in sys.modules})}))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_a_session_gives_its_outputs_by_name() -> None:
    opened = session(MODEL)
    assert [(one.name, one.dtype, one.shape) for one in opened.inputs] == [("x", "float32", (0, 24))]
    row = np.linspace(-1.0, 1.0, 24, dtype=np.float32)[None]
    np.testing.assert_allclose(opened.run({"x": row})["phi"], np.tanh(row @ toy.weights()), atol=1e-6)


def test_what_onnxruntime_complains_about_is_one_error() -> None:
    with pytest.raises(ModelFailed, match="does not take the graph"):
        session(b"nothing")
    with pytest.raises(ModelFailed, match="does not take the graph"):
        session(ROOT / "no-such.onnx")
    opened = session(MODEL)
    for wrong in ({}, {"x": np.zeros((1, 3), np.float32)}, {"x": np.zeros((1, 24))}, {"y": np.zeros(1)}):
        with pytest.raises(ModelFailed, match="the graph failed"):
            opened.run(wrong)


def test_the_label_names_version_and_processor() -> None:
    assert runtime_label().startswith("onnxruntime 1.")
    assert len(runtime_label().split()) == 3


def test_telemetry_is_off_before_onnxruntime_is_there() -> None:
    # Whoever imports it asks this module first; a look at the environment at that moment is the proof.
    script = (
        "import importlib.abc, os, sys\n"
        "class Watch(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, path, target=None):\n"
        "        told = os.environ.get('ORT_DISABLE_TELEMETRY') != '1'\n"
        "        if name == 'onnxruntime' and told: raise SystemExit('told')\n"
        "sys.meta_path.insert(0, Watch())\n"
        "from gateway.backends.inference import runtime\nruntime.runtime_label()"
    )
    found = in_a_process(script)
    assert found["told"] == "1"
    assert "onnxruntime" in found["modules"]  # type: ignore[operator]


@pytest.mark.parametrize("module", ["loading", "bundled", "shelf", "package", "trial", "contract", "signature"])
def test_nothing_heavy_is_imported_before_a_model_is_used(module: str) -> None:
    modules = in_a_process(f"import gateway.backends.inference.{module}")["modules"]
    assert not {"numpy", "onnxruntime", "cryptography"} & set(modules)  # type: ignore[call-overload]
