"""The optional language model: how it is set up, whether it answers, what it was asked."""

from __future__ import annotations

from typing import Annotated

import msgspec

from ...core.ports.alerts import SaidKept
from ...core.ports.assistant import AssistantForm, AssistantShown, AssistantTested
from .parts import OutwardParts
from .routes import Route, Who
from .times import to_text
from .typed import Asked, NoBody, NoQuery, op


class AskedQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """So many at most."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=500)] = 50


class AskedShown(msgspec.Struct, frozen=True, kw_only=True):
    """What it was asked and answered, without secrets."""

    id: str
    time: str
    time_ms: int
    who: str
    way: str
    text: str
    reply: str
    provider: str
    tokens: int


class AskedList(msgspec.Struct, frozen=True):
    """Answer to GET /api/settings/llm/log, newest first."""

    said: list[AskedShown]


class AssistantResource:
    """The assistant's settings."""

    def __init__(self, outward: OutwardParts) -> None:
        self._assistant = outward.assistant
        self._archive = outward.archive

    def routes(self) -> list[Route]:
        """What is served."""
        path = "/settings/llm"
        return [
            op("GET", path, Who.ADMIN, self._get, "How the language model is set up"),
            op("PUT", path, Who.ADMIN, self._put, "Set the language model up"),
            op("POST", path + "/test", Who.ADMIN, self._test, "Ask the language model something small"),
            op("GET", path + "/log", Who.ADMIN, self._log, "What the language model was asked and answered"),
        ]

    async def _get(self, asked: Asked[NoQuery, NoBody]) -> AssistantShown:
        """The key is an ellipsis and its last four characters."""
        return self._assistant.shown()

    async def _put(self, asked: Asked[NoQuery, AssistantForm]) -> AssistantShown:
        """A key that is left out, or as it was shown, stays as it was; an empty one is taken away."""
        return await self._assistant.put(asked.body, asked.caller.name)

    async def _test(self, asked: Asked[NoQuery, NoBody]) -> AssistantTested:
        """That it does not answer is an answer, too: `ok` is false then."""
        return await self._assistant.test()

    async def _log(self, asked: Asked[AskedQuery, NoBody]) -> AskedList:
        return AskedList([_shown(one) for one in await self._archive.said(limit=asked.query.limit)])


def _shown(kept: SaidKept) -> AskedShown:
    return AskedShown(
        id=kept.id,
        time=to_text(kept.time_ms),
        time_ms=kept.time_ms,
        who=kept.who,
        way=kept.way,
        text=kept.text.decode("utf-8", "replace"),
        reply=kept.reply.decode("utf-8", "replace"),
        provider=kept.provider,
        tokens=kept.tokens,
    )
