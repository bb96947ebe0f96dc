"""`gateway config`: an example to start from, and a check that names every mistake."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

from ..config.example import example
from ..config.load import parse, read_text
from ..config.options import options
from ..config.problems import InvalidConfig, Problem
from .main import Subparsers


def register(subparsers: Subparsers[argparse.ArgumentParser]) -> None:
    """Add `config` and its two actions."""
    parser = subparsers.add_parser(
        "config",
        help="print an example configuration, or check one",
        description="The configuration is one TOML file; every option has a default, so none is needed. "
        "Variables GATEWAY_SECTION__NAME go before the file.",
    )
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    shown = actions.add_parser("example", help="every option with its default and meaning")
    shown.add_argument("--json", action="store_true", help="the options as data")
    shown.add_argument(
        "--profile",
        choices=("production", "development"),
        default="production",
        help="whose defaults to show (default: production)",
    )
    shown.set_defaults(run=_example)
    checked = actions.add_parser(
        "check",
        help="name every mistake of a file",
        description="Names every mistake of the file, and of the environment's GATEWAY_… variables, with its line. "
        "Exit code 1 when there is one.",
    )
    checked.add_argument("file", type=Path, metavar="FILE")
    checked.add_argument("--json", action="store_true", help="the mistakes as data")
    checked.set_defaults(run=_check)


def _example(arguments: argparse.Namespace) -> int:
    if arguments.json:
        facts = [
            {
                "key": option.key,
                "default": option.default,
                "unit": option.unit,
                "allowed": option.allowed,
                "meaning": option.meaning,
            }
            for option in options()
        ]
        print(json.dumps({"options": facts}, indent=2))
    else:
        print(example(arguments.profile), end="")
    return 0


def _check(arguments: argparse.Namespace) -> int:
    problems = _problems(arguments.file)
    if arguments.json:
        facts = [{"key": one.key, "line": one.line, "message": one.message} for one in problems]
        print(json.dumps({"valid": not problems, "problems": facts}, indent=2))
    elif problems:
        raise InvalidConfig(str(arguments.file), problems)
    else:
        print(f"{arguments.file} is fine")
    return 1 if problems else 0


def _problems(file: Path) -> list[Problem]:
    try:
        return parse(read_text(file), os.environ)[1]
    except InvalidConfig as error:
        return error.problems
