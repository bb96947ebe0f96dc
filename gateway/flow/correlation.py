"""The one id by which a message or a request can be followed to whatever it caused.

A reading is called by its name, `device/boot/seq` (`messages.Reading.correlation`); a message that did not become a
reading gets `m-…`, a request the id its caller gave it, or one of its own. While the gateway works on one of them its
id is here: log lines, audit entries and events take it from here unless they are told another.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol


class Named(Protocol):
    """Something that can tell its id; it is asked only when somebody wants to know."""

    @property
    def correlation(self) -> str:
        """The id."""


CORRELATION: ContextVar[str | Named] = ContextVar("correlation", default="")
"""The id of what is being worked on, or what has it. Set and reset directly only where every microsecond counts."""
_GIVEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def current() -> str:
    """The id of what is being worked on; empty when nothing in particular is."""
    known = CORRELATION.get()
    return known if isinstance(known, str) else known.correlation


@contextmanager
def correlated(identity: str) -> Iterator[None]:
    """Everything said and written inside, also by tasks started there, carries this id."""
    before = CORRELATION.set(identity)
    try:
        yield
    finally:
        CORRELATION.reset(before)


def of_message() -> str:
    """The id of a message that is not a reading: its request's where it came by HTTP, else a new one."""
    return current() or f"m-{secrets.token_hex(6)}"


def of_request(given: str | None) -> str:
    """The id a caller gave its request, when it is one; else a new one.

    It cannot have a `/`, so nobody can make a request look like a reading.
    """
    return given if given and _GIVEN.fullmatch(given) else secrets.token_hex(8)
