"""Makes `.venv` in this clone, for `make`: `python3 .ci/setup.py product` and then, for tests, `… development`.

Writes nothing outside the clone: caches and temporary files stay in `.venv` too. Stopped half-way, it starts again
from its caches. Needs nothing but Python's own library.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
import time
import tomllib
import venv
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import IO

CLONE = Path(__file__).resolve().parent.parent
VENV = CLONE / ".venv"
CACHE = VENV / "cache"
TEMPORARY = VENV / "tmp"
LOG = CACHE / "setup.log"
UNFINISHED = CACHE / "unfinished"
"""There while packages are being installed: what was left half-way is not trusted."""
_SIGNS = {
    "Installing build dependencies": "fetching Node for the panel",
    "Building editable": "building the panel",
    "Installing collected packages": "installing",
}
PYTHON = VENV / "bin" / "python"


class Failed(Exception):
    """A step did not work; the log says why."""


def main(part: str) -> int:
    """Set up one part; returns the exit code."""
    _keep_everything_inside()
    try:
        {"product": set_up_product, "development": set_up_development}[part]()
    except Failed:
        _show_log()
        return 1
    except KeyboardInterrupt:
        print("\nStopped. The next `make` goes on from what was fetched.")
        return 130
    finally:
        shutil.rmtree(TEMPORARY, ignore_errors=True)
    # Says where this was made for: a virtual environment does not work after a move.
    (VENV / f"{part}.stamp").write_text(f"{CLONE}\n")
    return 0


def set_up_product() -> None:
    """The gateway itself with what it needs to run."""
    print("Setting up in .venv (a minute or two the first time) …", flush=True)
    if UNFINISHED.exists() or not _works():
        step("Python environment", _make_environment)
    install("libraries and the panel", "-e", str(CLONE))


def set_up_development() -> None:
    """What tests and checks need on top."""
    project = tomllib.loads((CLONE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    install("tools for tests", *project["optional-dependencies"]["dev"])


def _keep_everything_inside() -> None:
    for folder in (CACHE, TEMPORARY):
        folder.mkdir(parents=True, exist_ok=True)
    LOG.write_text("")
    folders = {"PIP_CACHE_DIR": "pip", "NPM_CONFIG_CACHE": "npm", "XDG_CACHE_HOME": "other"}
    os.environ.update({name: str(CACHE / folder) for name, folder in folders.items()})
    os.environ.update(TMPDIR=str(TEMPORARY), PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_NO_INPUT="1", PYTHONUNBUFFERED="1")


def install(name: str, *what: str) -> None:
    """One pip run as a step."""
    UNFINISHED.touch()
    command = [str(PYTHON), "-m", "pip", "install", "--progress-bar", "off", *what]
    step(name, lambda told: _run(command, told))
    UNFINISHED.unlink()


def _works() -> bool:
    """Whether the environment that is there was made here and for a Python that still exists."""
    try:
        made_here = str(VENV) in (VENV / "bin" / "pip").read_text()[:500]
        pip = subprocess.run([PYTHON, "-m", "pip", "--version"], capture_output=True, check=False)
    except OSError:
        return False
    return made_here and pip.returncode == 0


def _make_environment(_told: Callable[[str], None]) -> None:
    for old in VENV.iterdir():
        if old != CACHE:
            shutil.rmtree(old) if old.is_dir() and not old.is_symlink() else old.unlink()
    TEMPORARY.mkdir()
    venv.create(VENV, with_pip=True)


def _run(command: list[str], told: Callable[[str], None]) -> None:
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        try:
            assert process.stdout
            _follow(process.stdout, told)
        except BaseException:
            process.terminate()
            raise
    if process.returncode:
        raise Failed


def _follow(output: IO[bytes], told: Callable[[str], None]) -> None:
    with LOG.open("a") as log:
        for line in output:
            text = line.decode(errors="replace")
            log.write(text)
            log.flush()
            if activity := _activity(text):
                told(activity)


def _activity(line: str) -> str:
    """What pip is doing, in a few words."""
    if fetched := re.match(r"\s*(?:Collecting|Downloading) ([\w.-]+)", line):
        return f"fetching {fetched[1].split('-')[0]}"
    for sign, activity in _SIGNS.items():
        if sign in line:
            return activity
    return ""


def step(name: str, work: Callable[[Callable[[str], None]], None]) -> None:
    """Do one thing, showing on a terminal what it is at and how long it has taken. Raises what `work` raises."""
    started = time.monotonic()
    doing = [""]
    done = threading.Event()

    def show() -> None:
        while not done.wait(0.3):
            line = f"  {name} … {time.monotonic() - started:.0f} s  {doing[0]}"
            print(f"\r\x1b[K{line[: shutil.get_terminal_size().columns - 1]}", end="", flush=True)

    on_terminal = sys.stdout.isatty()
    shower = threading.Thread(target=show, daemon=True)
    if on_terminal:
        shower.start()
    outcome = "failed"
    try:
        work(lambda activity: doing.__setitem__(0, activity))
        outcome = "ready"
    except KeyboardInterrupt:
        outcome = "stopped"
        raise
    finally:
        done.set()
        if on_terminal:
            shower.join()
            print("\r\x1b[K", end="")
        print(f"  {name}: {outcome} after {time.monotonic() - started:.0f} s", flush=True)


def _show_log() -> None:
    with LOG.open(errors="replace") as log:
        print(f"\nSetting up failed. The end of {LOG.relative_to(CLONE)}:\n", file=sys.stderr)
        for line in deque(log, 40):
            print(f"    {line}", end="", file=sys.stderr)
    print("\nIf the network was away, run the same command again.", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
