"""What a language model is asked and what it answers, whoever offers it."""

from __future__ import annotations

from typing import Protocol

import msgspec

from ...core.errors import GatewayError
from ...core.ports.outside import Answer

MOST_TOKENS = 1000
"""An answer is a few dozen; models that think before they answer need more."""


class NoAnswer(GatewayError):
    """The provider's answer holds nothing of use; the text says why, without secrets."""


class Question(msgspec.Struct, frozen=True):
    """One sentence of a person, with what must be known to understand it."""

    system: str
    user: str
    schema: dict[str, object]
    """JSON Schema of the answer."""


class Request(msgspec.Struct, frozen=True):
    """As it goes over the wire."""

    path: str
    headers: dict[str, str]
    body: bytes


class Told(msgspec.Struct, frozen=True):
    """The answer: JSON by the question's schema, unchecked, and what it cost."""

    content: bytes
    tokens: int


class Wire(Protocol):
    """How one provider is spoken to."""

    url: str
    """Where it is, without a path."""
    model: str
    """Its usual one."""

    def request(self, question: Question, model: str, key: str) -> Request:
        """The request that asks it."""

    def told(self, answer: Answer) -> Told:
        """What a 200 says. Raises NoAnswer."""
