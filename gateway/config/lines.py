"""On which line of a TOML text a key stands, which tomllib does not tell."""

from __future__ import annotations

import tomllib

KeyPath = tuple[str, ...]


def lines_of(text: str) -> dict[KeyPath, int]:
    """The first line (from 1) of every table and key, as paths. `text` must be valid TOML.

    A TOML text is a row of statements that are each valid alone, so one ends where what was gathered first parses.
    """
    found: dict[KeyPath, int] = {}
    table: KeyPath = ()
    gathered: list[str] = []
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
        gathered.append(line)
        try:
            parsed = tomllib.loads("\n".join(gathered))
        except tomllib.TOMLDecodeError:
            continue
        started = number - len(gathered) + 1
        paths = _paths(parsed)
        if gathered[0].lstrip().startswith("["):
            table = max(paths, key=len)
        else:
            paths = [table + path for path in paths]
        for path in paths:
            found.setdefault(path, started)
        gathered = []
    return found


def _paths(parsed: dict[str, object]) -> list[KeyPath]:
    paths: list[KeyPath] = []
    for key, value in parsed.items():
        paths.append((key,))
        inner = value[0] if isinstance(value, list) and value else value
        if isinstance(inner, dict):
            paths += [(key, *rest) for rest in _paths(inner)]
    return paths
