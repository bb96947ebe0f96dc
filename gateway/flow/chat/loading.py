"""The grammar and its readers; importing this imports the grammar's library, so that is done when somebody speaks."""

from __future__ import annotations

from ...core.language.grammar import Grammar
from ...core.language.house import House
from ...core.language.understand import Reader
from .families import families


class Reading:
    """The grammar, made once."""

    def __init__(self) -> None:
        self._grammar = Grammar(families())
        self.parse = self._grammar.parse
        """Makes the first sentences as quick as later ones; in a thread."""

    def reader(self, house: House) -> Reader:
        """A reader of sentences about this house."""
        return Reader(house, self._grammar)
