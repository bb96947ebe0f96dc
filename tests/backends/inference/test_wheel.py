"""What is installed from a wheel has its models, and they are what was signed."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from gateway.flow.model_seats import MODELS as KNOWN

ROOT = Path(__file__).parents[3]
MODELS = [name for name in KNOWN if (ROOT / "models" / name / "manifest.toml").exists()]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel's content, as pip would put it beside the libraries."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, env={**os.environ, "GATEWAY_SKIP_WEB": "1"})
    (wheel,) = folder.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(folder / "site")
    return folder / "site"


def run(installed: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(installed), "GATEWAY_DATA": str(installed / "none")}
    return subprocess.run(
        [sys.executable, "-P", *words], cwd=installed, capture_output=True, text=True, check=False, env=environment
    )


def test_the_models_of_a_wheel_are_whole_signed_and_answer_as_they_should(installed: Path) -> None:
    where = run(installed, "-c", "from gateway.backends.inference.bundled import bundled_models as b; print(b())")
    assert where.stdout.strip() == str(installed / "gateway" / "bundled_models")
    done = run(installed, "-m", "gateway", "models", "verify", *MODELS[: len(MODELS) == 1])
    assert done.returncode == 0, done.stdout + done.stderr
    assert [line.split("@")[0] for line in done.stdout.splitlines()] == [f"ok   {name}" for name in MODELS]


def test_a_wheel_has_the_models_and_neither_training_nor_keys(installed: Path) -> None:
    bundled = installed / "gateway" / "bundled_models"
    inside = {path.relative_to(bundled).as_posix() for path in bundled.rglob("*") if path.is_file()}
    assert {name.partition("/")[0] for name in inside} == {*MODELS, "signer.pub"}
    assert not [name for name in inside if name.endswith((".py", ".key", "fp32.onnx"))]
    assert not (installed / "models").exists()
