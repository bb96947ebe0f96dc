"""What stands at the ends of a clause: for how long, when, and words that say nothing. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from .tagged import Lasting, Tagged, When

_TAILS = frozenset(("always", "again", "then", "too", "automatically", "please", "immediately", "also", "and", "but"))
_JOINTS = ("and", "but")
"""At the very end of a sentence something is missing behind them."""
_LASTING = tuple(
    tuple(said.split())
    for said in [
        "for more than",
        "for at least",
        "for longer than",
        "for over",
        "for a minimum of",
        "for about",
        "for around",
        "for another",
        "for the next",
        "for the",
        "for",
        "longer than",
        "more than",
        "at least",
        "over",
    ]
)
_LATER = (("in",), ("after",), ("after", "another"), ("in", "about"), ("in", "around"), ("after", "about"))
_AFTER_SPAN = (
    ("or", "more"),
    ("or", "longer"),
    ("in", "a", "row"),
    ("straight",),
    ("continuously",),
    ("at", "a", "time"),
)


class Ends:
    """Of the tokens of one sentence; each answer says what is left, from and to."""

    def __init__(self, tagged: Tagged) -> None:
        self._tagged = tagged

    def _clocks(self, start: int, end: int) -> tuple[tuple[When, ...], int, int]:
        """Times at the beginning and at the end, and what is left."""
        found: list[When] = []
        while start < end and (when := self._when(start)) is not None:
            found.append(when)
            start, _ = self._trimmed(start + 1, end)
        while start < end and (when := self._when(end - 1)) is not None:
            found.append(when)
            _, end = self._trimmed(start, end - 1)
        return tuple(found), start, end

    def _when(self, at: int) -> When | None:
        token = self._tagged.tokens[at]
        meaning = self._tagged.tags[token].meaning if token in self._tagged.tags else None
        return meaning if isinstance(meaning, When) else None

    def _lasting(self, start: int, end: int) -> tuple[Lasting | None, int, int]:
        """`for 10 minutes` at the end or the beginning."""
        return self._led(start, end, _LASTING)

    def _later(self, start: int, end: int) -> tuple[Lasting | None, int, int]:
        """`in 10 minutes`, `after 10 minutes`, `10 minutes later` at the end or the beginning."""
        tokens = self._tagged.tokens
        for tail in (("later",), ("from", "now"), ("afterwards",)):
            at = end - len(tail) - 1
            if at > start and tokens[at + 1 : end] == tail and (span := self._span(at)) is not None:
                return span, *self._trimmed(start, at)
        if tokens[start + 1 : start + 3] == ("from", "now") and (span := self._span(start)) is not None:
            return span, *self._trimmed(start + 3, end)
        return self._led(start, end, _LATER)

    def _led(self, start: int, end: int, leads: Sequence[tuple[str, ...]]) -> tuple[Lasting | None, int, int]:
        tokens, last = self._tagged.tokens, end
        for tail in _AFTER_SPAN:
            if tokens[max(start, end - len(tail)) : end] == tail:
                last = end - len(tail)
        for lead in leads:
            at = last - 1 - len(lead)
            if at >= start and tokens[at : last - 1] == lead and (span := self._span(last - 1)) is not None:
                return span, *self._trimmed(start, at)
            if tokens[start : start + len(lead)] == lead and start + len(lead) < end:
                span = self._span(start + len(lead))
                if span is not None:
                    return span, *self._trimmed(start + len(lead) + 1, end)
        return None, start, end

    def _span(self, at: int) -> Lasting | None:
        token = self._tagged.tokens[at]
        meaning = self._tagged.tags[token].meaning if token in self._tagged.tags else None
        return meaning if isinstance(meaning, Lasting) else None

    def _trimmed(self, start: int, end: int) -> tuple[int, int]:
        tokens = self._tagged.tokens
        while start < end and tokens[start] in _TAILS:
            start += 1
        while start < end and tokens[end - 1] in _TAILS and (end < len(tokens) or tokens[end - 1] not in _JOINTS):
            end -= 1
        while start < end < len(tokens) and tokens[end - 1] == "or":
            end -= 1
        return start, end
