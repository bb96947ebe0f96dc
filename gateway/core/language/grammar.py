"""Templates of sentences over a closed vocabulary; the only file that knows hassil."""

from __future__ import annotations

from collections.abc import Mapping


class Grammar:
    """Made once; never because of a name."""

    def __init__(self, families: Mapping[str, str]) -> None:
        """`families`: texts of the TOML files of families/ by name. Raises ValueError for a template that is wrong."""
