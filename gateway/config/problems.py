"""What is wrong with a configuration, so that a person can put it right in one go."""

from __future__ import annotations

import difflib
import re

import msgspec

from ..core.errors import ConfigError


class Problem(msgspec.Struct, frozen=True):
    """One mistake. `key` is `section.name`, or the environment variable's name; `line` is the file's, if it has one."""

    key: str
    message: str
    line: int | None = None

    def __str__(self) -> str:
        where = f"line {self.line}: " if self.line else ""
        return f"{where}{self.key}: {self.message}" if self.key else f"{where}{self.message}"


class InvalidConfig(ConfigError):
    """The configuration has mistakes; its text lists them all."""

    def __init__(self, source: str, problems: list[Problem]) -> None:
        self.problems = problems
        counted = "a mistake" if len(problems) == 1 else f"{len(problems)} mistakes"
        super().__init__("\n".join([f"{source} has {counted}:", *(f"  {one}" for one in problems)]))


def syntax_problem(message: str) -> Problem:
    """What tomllib said, with its line where we put it."""
    where = re.search(r"\s*\(at line (\d+), column (\d+)\)$", message)
    if where is None:
        return Problem("", f"is not TOML: {message}")
    return Problem("", f"is not TOML: {message[: where.start()]} (column {where[2]})", int(where[1]))


def nearest(name: str, names: list[str]) -> str:
    """A hint to append to "is not …": the name that was probably meant, or all there are if they are few."""
    close = difflib.get_close_matches(name, names, n=1)
    if close:
        return f"; did you mean {close[0]}?"
    return f"; there are {', '.join(names)}" if len(names) < 20 else ""
