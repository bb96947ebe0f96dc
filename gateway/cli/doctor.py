"""`gateway doctor`: what is right and wrong with this machine, one line each."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import textwrap
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from . import remote
from .main import Subparsers
from .remote import Remote

if TYPE_CHECKING:
    from ..checkup.finding import Patient, Result
    from ..config.settings import Settings

_CONFIG = Path("/etc/gateway/gateway.toml")
_MARKS = {"good": "✓", "look": "!", "bad": "✗", "absent": "–"}
_PLAIN_MARKS = {"good": "ok", "look": "!", "bad": "X", "absent": "-"}
_COLOURS = {"good": "\x1b[32m", "look": "\x1b[33m", "bad": "\x1b[31m", "absent": "\x1b[2m"}


def register(subparsers: Subparsers[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "doctor",
        help="what is right and wrong with this machine",
        description="Looks at this machine and the gateway on it, running or stopped, and says in plain words what is "
        "wrong, and what to do. Changes nothing, asks nobody on the network; as root it sees most. ✓ is well, ! wants "
        "a look, – is not here, ✗ has to be mended: then the exit code is 1.",
    )
    remote.add_options(parser)
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help=f"the gateway's configuration (default: {_CONFIG} if it is there)"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Look at everything."""
    from ..checkup.examine import examine

    patient = _patient(remote.data_folder(args.data), args.config)
    found = list(examine(patient)) if args.json else list(_shown(examine(patient)))
    bad = sum(result.state == "bad" for result in found)
    warned = sum(result.state == "look" for result in found)
    if args.json:
        print(
            json.dumps(
                {"bad": bad, "look": warned, "findings": msgspec.to_builtins(found)}, indent=2, ensure_ascii=False
            )
        )
    else:
        print(f"\n{_verdict(bad, warned)}")
    return 1 if bad else 0


def _patient(data: Path, config: Path | None) -> Patient:
    from ..checkup.finding import Patient

    path = config or (_CONFIG if os.access(_CONFIG, os.F_OK) else None)
    hidden = path is not None and _hidden(path)
    settings, mistakes = _settings(None if hidden else path)
    gateway = Remote(data)
    return Patient(data, path, settings, mistakes, lambda address: gateway.ask("GET", address), hidden=hidden)


def _hidden(path: Path) -> bool:
    """Whether it may be there, but not for this user to read."""
    try:
        path.open("rb").close()
    except OSError as error:
        return isinstance(error, PermissionError)
    return False


def _settings(path: Path | None) -> tuple[Settings, tuple[str, ...]]:
    """The settings as far as they can be read, and the mistakes."""
    from ..config.load import parse, read_text
    from ..config.problems import InvalidConfig
    from ..config.settings import Settings
    from ..core.errors import ConfigError

    try:
        settings, problems = parse("" if path is None else read_text(path), os.environ)
    except InvalidConfig as error:
        settings, problems = Settings(), error.problems
    except ConfigError as error:
        return Settings(), (str(error),)
    return settings, tuple(f"{one.key} {one.message}".strip() for one in problems)


def _shown(results: Iterable[Result]) -> Iterable[Result]:
    """Print each as it comes: some take their time."""
    plain = "utf" not in (sys.stdout.encoding or "").lower()
    coloured = sys.stdout.isatty()
    group = ""
    for result in results:
        if result.group != group:
            print(f"{'' if not group else chr(10)}{result.group}")
            group = result.group
        mark = (_PLAIN_MARKS if plain else _MARKS)[result.state]
        if coloured:
            mark = f"{_COLOURS[result.state]}{mark}\x1b[0m"
        print(f"  {mark} {result.name:14}{_wrapped(result.text, 18)}", flush=True)
        if result.advice:
            print(f"{'':18}{'->' if plain else '→'} {_wrapped(result.advice, 20)}", flush=True)
        yield result


def _wrapped(text: str, indent: int) -> str:
    """For a terminal in lines that fit, for a program in one."""
    if not sys.stdout.isatty():
        return text
    width = max(30, shutil.get_terminal_size().columns - indent)
    return f"\n{'':{indent}}".join(textwrap.wrap(text, width, break_on_hyphens=False)) or text


def _verdict(bad: int, warned: int) -> str:
    if bad:
        what = "One thing has" if bad == 1 else f"{bad} things have"
        return f"{what} to be mended" + (f", {warned} to be looked at." if warned else ".")
    if warned:
        return f"Nothing is broken; {'one thing' if warned == 1 else f'{warned} things'} to be looked at."
    return "All is well."
