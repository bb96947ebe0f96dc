"""Who may speak with the house over Telegram."""

from __future__ import annotations

from typing import Annotated

import msgspec

from ...core.access import Scope
from ...core.ports.people import Person
from .parts import OutwardParts
from .routes import Route, Who
from .times import to_text
from .typed import Asked, NoBody, NoQuery, op


class InvitationBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of POST /api/telegram/pairing: for how long the code counts, and what the person may do."""

    minutes: Annotated[int, msgspec.Meta(ge=1, le=60)] = 10
    scope: Scope = Scope.READ


class InvitationShown(msgspec.Struct, frozen=True):
    """A code that makes one person known, once: `/pair CODE` in a private chat with the bot."""

    code: str
    until: str
    until_ms: int
    link: str
    """Opens the chat with the code; empty: the bot's name is not known."""


class PersonShown(msgspec.Struct, frozen=True, kw_only=True):
    """A person who was paired, or a group that alerts go to."""

    id: int
    """Telegram's number; a group's is below 0."""
    name: str
    scope: Scope
    chat: int
    """Where alerts go."""
    alerts: bool
    paired: str
    paired_ms: int
    by: str
    """Who made the code."""


class PersonList(msgspec.Struct, frozen=True):
    """Answer to GET /api/telegram/people, by name."""

    people: list[PersonShown]


class TelegramResource:
    """The people who were paired."""

    def __init__(self, outward: OutwardParts) -> None:
        self._people = outward.people

    def routes(self) -> list[Route]:
        """What is served."""
        return [
            op("POST", "/telegram/pairing", Who.ADMIN, self._invite, "Make a code for one person"),
            op("GET", "/telegram/people", Who.READ, self._list, "Who may speak with the house over Telegram"),
            op("DELETE", "/telegram/people/{person}", Who.ADMIN, self._forget, "Hear and tell somebody nothing more"),
        ]

    async def _invite(self, asked: Asked[NoQuery, InvitationBody]) -> InvitationShown:
        """An older code counts no more."""
        made = self._people.pair(asked.body.minutes, asked.body.scope, asked.caller.name)
        return InvitationShown(made.code, to_text(made.until_ms), made.until_ms, made.link)

    async def _list(self, asked: Asked[NoQuery, NoBody]) -> PersonList:
        return PersonList([_shown(person) for person in self._people.people()])

    async def _forget(self, asked: Asked[NoQuery, NoBody]) -> None:
        await self._people.forget(int(asked.path["person"]), asked.caller.name)


def _shown(person: Person) -> PersonShown:
    return PersonShown(
        id=person.id,
        name=person.name,
        scope=person.scope,
        chat=person.chat,
        alerts=person.alerts,
        paired=to_text(person.paired_ms),
        paired_ms=person.paired_ms,
        by=person.by,
    )
