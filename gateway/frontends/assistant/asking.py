"""One question to a provider: over the way outside, with a time-out, and one kind of failure."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

import msgspec

from ...core.ports.assistant import Provider
from ...core.ports.outside import Answer, Outside, Unanswered, Unreached
from .anthropic import Anthropic
from .openai import OpenAI
from .question import NoAnswer, Question, Told, Wire
from .settings import Chosen

WIRES: Mapping[Provider, Wire] = {"openai": OpenAI(), "anthropic": Anthropic()}
_MOST_ANSWER = 200_000


class KeyRefused(NoAnswer):
    """The provider does not take the key: asking again is of no use until somebody changes it."""


class _Error(msgspec.Struct):
    message: str = ""


class _Failed(msgspec.Struct):
    error: _Error


def model_of(chosen: Chosen) -> str:
    """The one that is asked."""
    return chosen.model or WIRES[chosen.provider].model


async def ask(outside: Outside, chosen: Chosen, question: Question, timeout_s: float) -> Told:
    """What it answered. Raises NoAnswer, KeyRefused."""
    wire = WIRES[chosen.provider]
    request = wire.request(question, model_of(chosen), chosen.key)
    url = (chosen.url or wire.url).rstrip("/").removesuffix("/v1") + request.path
    host = urlsplit(url).hostname
    try:
        answer = await outside.request("POST", url, headers=request.headers, body=request.body, timeout_s=timeout_s)
    except (Unreached, Unanswered) as error:
        raise NoAnswer(f"{host} did not answer: {error}") from error
    if answer.status != 200:
        raise _refusal(answer)
    if len(answer.body) > _MOST_ANSWER:
        raise NoAnswer("its answer is far too long")
    return wire.told(answer)


def _refusal(answer: Answer) -> NoAnswer:
    try:
        said = msgspec.json.decode(answer.body, type=_Failed).error.message
    except msgspec.MsgspecError:
        said = ""
    why = f"it answered {answer.status}{f': {said[:200]}' if said else ''}"
    return KeyRefused(why) if answer.status in (401, 403) else NoAnswer(why)
