"""`make`: when setting up is due, what it says when it cannot, and what CI makes of a skipped test."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = "gateway/frontends/panel/static/index.html"
pytestmark = pytest.mark.needs("make")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone in which everything was set up a moment ago, as far as make can see."""
    clone = tmp_path / "a clone"
    for name in ("Makefile", "pyproject.toml"):
        clone.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, clone)
        os.utime(clone / name, (1_000_000_000, 1_000_000_000))
    for name in (".venv/bin/python", ".venv/cache/setup.log", PAGE, "gateway/frontends/panel/web/index.html"):
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
    (clone / ".venv/bin/python").symlink_to(sys.executable)
    for name in (PAGE, "gateway/frontends/panel/web/index.html"):
        (clone / name).write_text("")
        os.utime(clone / name, (1_000_000_000, 1_000_000_000))
    for part in ("product", "development"):
        (clone / f".venv/{part}.stamp").write_text(f"{clone}\n")
    return clone


def due(clone: Path, target: str, **variables: str) -> list[str]:
    """Which parts `make target` would set up first."""
    command = ["make", "-n", target, *(f"{name}={value}" for name, value in variables.items())]
    ours = ("MAKE", "MFLAGS", "GATEWAY_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    planned = subprocess.run(command, cwd=clone, capture_output=True, text=True, check=True, env=environment).stdout
    return [part for part in ("product", "development") if f".ci/setup.py {part}" in planned]


def test_nothing_is_set_up_twice(clone: Path) -> None:
    assert due(clone, "run") == []
    assert due(clone, "check") == []


def test_a_fresh_clone_needs_the_product_to_run_and_the_tools_only_to_check(clone: Path) -> None:
    shutil.rmtree(clone / ".venv")
    assert due(clone, "run") == ["product"]
    assert due(clone, "check") == ["product", "development"]


def test_other_dependencies_and_a_changed_page_are_set_up(clone: Path) -> None:
    (clone / "gateway/frontends/panel/web/index.html").touch()
    os.utime(clone / ".venv/product.stamp", (1_500_000_000, 1_500_000_000))
    assert due(clone, "check") == ["product"]
    os.utime(clone / ".venv/development.stamp", (1_500_000_000, 1_500_000_000))
    (clone / "pyproject.toml").touch()
    assert due(clone, "check") == ["product", "development"]


def test_a_moved_clone_is_set_up_again(clone: Path) -> None:
    moved = clone.rename(clone.parent / "moved")
    assert due(moved, "check") == ["product", "development"]


def test_what_was_stopped_half_way_is_set_up_again(clone: Path) -> None:
    (clone / ".venv/cache/unfinished").touch()
    assert due(clone, "check") == ["product", "development"]


def test_a_page_that_is_gone_is_built_again_unless_it_is_not_wanted(clone: Path) -> None:
    (clone / PAGE).unlink()
    assert due(clone, "run") == ["product"]
    assert due(clone, "run", GATEWAY_SKIP_WEB="1") == []


def test_after_an_upgrade_of_python_everything_is_set_up_again(clone: Path) -> None:
    (clone / ".venv/bin/python").unlink()
    assert due(clone, "check") == ["product", "development"]


def test_without_a_python_that_fits_the_one_apt_line_is_printed(clone: Path) -> None:
    shutil.rmtree(clone / ".venv")
    tools = clone / "bin"
    tools.mkdir()
    for program in ("sh", "make", "find", "cat"):
        (tools / program).symlink_to(shutil.which(program) or "")
    old = tools / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    failed = subprocess.run(
        ["make", "run"], cwd=clone, capture_output=True, text=True, check=False, env={"PATH": str(tools)}
    )
    assert failed.returncode == 2
    assert "    sudo apt install -y make python3 python3-venv\n" in failed.stderr
    assert not (clone / ".venv").exists()


def test_help_names_every_target_a_person_needs(clone: Path) -> None:
    shown = subprocess.run(["make", "help"], cwd=clone, capture_output=True, text=True, check=True).stdout
    named = [line.split()[1] for line in shown.splitlines()]
    assert named == ["help", "setup", "run", "test", "check", "soak", "bench", "clean"]


@pytest.mark.parametrize(("in_ci", "marker", "code"), [("", "needs", 0), ("true", "needs", 1), ("true", "soak", 0)])
def test_a_skipped_test_is_named_and_fails_only_in_ci(tmp_path: Path, in_ci: str, marker: str, code: int) -> None:
    for name in ("tests/conftest.py", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    mark = {"needs": '@pytest.mark.needs("no-such-program")', "soak": "@pytest.mark.soak\n@pytest.mark.skip"}[marker]
    text = f"import pytest\n\n{mark}\ndef test_skipped():\n    pass\n\ndef test_run():\n    pass\n"
    (tmp_path / "test_some.py").write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "2", "-m", "not hardware", "test_some.py"],
        cwd=tmp_path, capture_output=True, text=True, check=False, env=os.environ | {"CI": in_ci},
    )  # fmt: skip
    assert done.returncode == code, done.stdout
    assert ("test_some.py::test_skipped: needs no-such-program" in done.stdout) == (marker == "needs")
    assert done.stdout.splitlines()[-1].startswith("1 passed, 1 skipped in ")
