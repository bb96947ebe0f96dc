"""Why a rule fired, and what holds one back, in words. Pure."""

from __future__ import annotations

from .engine import Why
from .firing import Cause, Fired
from .rule import Rule
from .words import Names


def why_fired(rule: Rule, fired: Fired, names: Names) -> str:
    """Such as `humidity 74.2 % > 70 % since 14:02`."""
    raise NotImplementedError


def cause_words(rule: Rule, cause: Cause, names: Names, now_ms: int) -> str:
    """One leaf: `humidity in Bathroom is not known: 25 min old`."""
    raise NotImplementedError


def why_not(rule: Rule, why: Why, names: Names, now_ms: int) -> str:
    """What holds it back: `held back: it is between 22:00 and 06:00, until 06:00`; empty: nothing does."""
    raise NotImplementedError
