"""Who may speak with the bot, and how one becomes one of them: by a code that the panel shows.

Kept in the documents `telegram_people` by Telegram's number of the person. A group is kept beside them, under its own
number, which is below zero: it is a place for alerts, and of those in it only people who were paired are heard.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
from collections.abc import Callable, Sequence

import msgspec

from ...core.access import Scope
from ...core.errors import NotFound
from ...core.ports.documents import Documents
from ...core.ports.gatekeeper import Auditor
from ...core.ports.people import Pairing, Person
from ...flow.collection import read_all
from .brake import Brake

_COLLECTION = "telegram_people"
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Without I and O, which are read as digits."""
_CODE_LENGTH = 8
_MOST_MINUTES = 60.0


class _Document(msgspec.Struct, frozen=True):
    name: str
    scope: Scope
    chat: int
    alerts: bool = True
    paired_ms: int = 0
    by: str = ""


class _Open(msgspec.Struct, frozen=True):
    code: str
    until_ms: int
    scope: Scope
    by: str


class People:
    """Fulfils core/ports/people.TelegramPeople, and channel.Chats.

    `gone` is told the name of a place that is told nothing any more.
    """

    def __init__(
        self,
        documents: Documents,
        trail: Auditor,
        clock: Callable[[], int],
        gone: Callable[[str], None] = lambda target: None,
    ) -> None:
        self.username = ""
        """The bot's, for links; empty while it is not known."""
        self._documents = documents
        self._trail = trail
        self._clock = clock
        self._gone = gone
        self._brake = Brake()
        self._open: _Open | None = None
        self._known: dict[int, _Document] = {}
        self._changing = asyncio.Lock()

    def load(self) -> None:
        """Read what the documents hold; an unreadable one is left out, loudly."""
        found = read_all(self._documents, _COLLECTION, _Document)
        self._known = {int(key): known for key, known in found.items() if key.removeprefix("-").isdecimal()}

    def pair(self, minutes: int, scope: Scope, who: str) -> Pairing:
        """A new code, in memory only; an older one counts no more. At most an hour."""
        code = "".join(secrets.choice(_LETTERS) for _ in range(_CODE_LENGTH))
        until_ms = self._clock() + round(min(max(minutes, 1), _MOST_MINUTES) * 60_000)
        self._open = _Open(code, until_ms, scope, who)
        self._trail.note("telegram.pairing", who, f"a code for the scope {scope} was made")
        link = f"https://t.me/{self.username}?start={code}" if self.username else ""
        return Pairing(code, until_ms, link)

    def people(self) -> Sequence[Person]:
        """All of them, groups too, by name."""
        return sorted(map(self._shown, self._known), key=lambda person: (person.name.casefold(), person.id))

    async def forget(self, person: int, who: str) -> None:
        """Heard no more, told nothing more. Raises NotFound, StoreError."""
        async with self._changing:
            known = self._known.get(person)
            if known is None:
                raise NotFound(f"Nobody with the number {person} was paired.")
            await self._documents.delete(_COLLECTION, str(person))
            del self._known[person]
        self._trail.note("telegram.forgotten", who, known.name)
        self._gone(str(person))

    def person(self, number: int) -> Person | None:
        """Somebody who may be heard; None: a stranger, or a group."""
        return self._shown(number) if number > 0 and number in self._known else None

    def is_group(self, chat: int) -> bool:
        """Whether this group was paired."""
        return any(number < 0 and known.chat == chat for number, known in self._known.items())

    @property
    def pairing(self) -> bool:
        """Whether a code waits to be used."""
        if self._open is None:
            return False
        # A clock that was set back must not make it count for longer than any code does.
        return 0 < self._open.until_ms - self._clock() <= _MOST_MINUTES * 60_000

    async def try_code(self, code: str, person: int, name: str, chat: int, title: str) -> bool | None:
        """Pair whoever says the code, or the group it is said in; None: nothing is told, not even that it is wrong.

        A group takes a code from somebody who was paired before. Raises StoreError.
        """
        opened = self._open
        if opened is None or not self.pairing or (chat != person and person not in self._known):
            self._trail.note("telegram.refused", f"telegram:{person}", "a code although none is asked for")
            return None
        if not self._brake.may_try(person, self._clock()):
            self._trail.note("telegram.refused", f"telegram:{person}", "too many wrong codes")
            return None
        if not hmac.compare_digest(code.strip().upper().encode(), opened.code.encode()):
            self._brake.wrong(person, self._clock())
            self._trail.note("telegram.refused", f"telegram:{person}", "a wrong code")
            return False
        # Used up before it is written: two who say it at once are not both taken.
        self._open = None
        known = _Document(title or name, Scope.READ, chat, True, self._clock(), opened.by)
        if chat == person:
            known = msgspec.structs.replace(known, name=name, scope=opened.scope)
        async with self._changing:
            await self._documents.put(_COLLECTION, str(chat), msgspec.to_builtins(known))
            self._known[chat] = known
        self._trail.note("telegram.paired", f"telegram:{person}", f"{known.name}, scope {known.scope}")
        return True

    def targets(self) -> tuple[str, ...]:
        """Where alerts go."""
        return tuple(str(number) for number, known in sorted(self._known.items()) if known.alerts)

    def chat_of(self, target: str) -> int | None:
        """The number of its chat now; None: it is told nothing any more."""
        known = self._known.get(int(target)) if target.removeprefix("-").isdecimal() else None
        return known.chat if known is not None and known.alerts else None

    async def moved(self, target: str, chat: int) -> None:
        """A group has another number from now on; its name here stays. Raises StoreError."""
        async with self._changing:
            known = self._known.get(int(target))
            if known is not None and known.chat != chat:
                changed = msgspec.structs.replace(known, chat=chat)
                await self._documents.put(_COLLECTION, target, msgspec.to_builtins(changed))
                self._known[int(target)] = changed

    def _shown(self, number: int) -> Person:
        known = self._known[number]
        return Person(
            id=number,
            name=known.name,
            scope=known.scope,
            chat=known.chat,
            alerts=known.alerts,
            paired_ms=known.paired_ms,
            by=known.by,
        )
