"""What is imported where: the command line starts light, and each heavy library has one door."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HEAVY = {
    "aiohttp",
    "amqtt",
    "cryptography",
    "zeroconf",
    "numpy",
    "onnxruntime",
    "tinydb",
    "sqlite3",
    "asyncio",
    "msgspec",
}
SHARED = {"aiohttp", "numpy", "msgspec"}
"""msgspec is how values are written everywhere; the other two are exempt by decision."""
PARTS = {
    "amqtt": "gateway/backends/broker/",
    "websockets": "gateway/backends/broker/",
    "paho": "gateway/bench/",
    "cryptography": (
        "gateway/backends/certificates.py",
        "gateway/backends/keys.py",
        "gateway/backends/inference/signature.py",
    ),
    "onnxruntime": ("gateway/backends/inference/",),
}
"""Libraries that one part uses in more than one of its files; any other has exactly one importer."""


def imported_by(statement: str) -> set[str]:
    """The top-level names of all modules that a fresh interpreter has loaded after `statement`."""
    script = f"{statement}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    return {name.partition(".")[0] for name in json.loads(done.stdout.splitlines()[-1])}


def test_the_command_table_imports_nothing_heavy() -> None:
    assert imported_by("import gateway.cli.main") & HEAVY == set()


def test_help_imports_nothing_heavy_and_no_command() -> None:
    script = "import sys; from gateway.cli.main import main; main(['--help'])"
    assert imported_by(script) & HEAVY == set()
    done = subprocess.run(
        [sys.executable, "-c", f"{script}; print(*[m for m in sys.modules if m.startswith('gateway.cli.')])"],
        capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == "gateway.cli.main"


def test_reading_the_configuration_imports_no_library_but_msgspec() -> None:
    assert imported_by("import gateway.config.load, gateway.config.example") & HEAVY == {"msgspec"}


@pytest.mark.parametrize("module", ["gateway.core.access", "gateway.core.messages", "gateway.core.mqtt.packets"])
def test_core_imports_no_library_but_msgspec(module: str) -> None:
    assert imported_by(f"import {module}") & HEAVY == {"msgspec"}


def importers() -> dict[str, set[str]]:
    """Per library from outside the standard library, the gateway's files that import it."""
    found: dict[str, set[str]] = defaultdict(set)
    for file in (ROOT / "gateway").rglob("*.py"):
        if "node_modules" in file.parts:
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            for name in _absolute_imports(node):
                if name not in sys.stdlib_module_names and name != "gateway":
                    found[name].add(str(file.relative_to(ROOT)))
    return found


def _absolute_imports(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name.partition(".")[0] for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
        return [node.module.partition(".")[0]]
    return []


def test_each_library_is_imported_by_one_module() -> None:
    crowded = {name: sorted(files) for name, files in importers().items() if name not in SHARED | PARTS.keys()}
    assert {name: files for name, files in crowded.items() if len(files) > 1} == {}


@pytest.mark.parametrize("library", sorted(PARTS))
def test_a_library_with_a_part_of_its_own_stays_in_it(library: str) -> None:
    strangers = [file for file in importers()[library] if not file.startswith(PARTS[library])]
    assert strangers == []


def test_the_scan_sees_the_libraries_there_are() -> None:
    assert "amqtt" in importers()
    assert len(importers()["msgspec"]) > 1
