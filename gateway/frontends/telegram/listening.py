"""What becomes of one update: who is heard, where, and what it is."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable

from ...core.errors import StoreError
from ...core.ports.gatekeeper import Auditor
from ...core.ports.people import Person
from . import markup
from .age import doubt
from .handled import Handled
from .heard import Heard, Me
from .message_ids import MessageIds
from .people import People
from .post import Post
from .talking import Talking

_log = logging.getLogger(__name__)
_DAY_MS = 86_400_000
_MOST_LETTERS = 300
_NOTHING = ("stranger", "ignored", "blocked")
"""Outcomes that leave nothing behind."""
_HELP = "I read text only: ask something, such as “how warm is it in the bathroom”, or /help."


class Listening:
    """Of one bot."""

    def __init__(
        self,
        *,
        people: People,
        handled: Handled,
        ids: MessageIds,
        post: Post,
        talking: Talking,
        trail: Auditor,
        clock: Callable[[], int],
        known: Callable[[], bool],
        unblock: Callable[[str], None],
        counts: Counter[str],
    ) -> None:
        """`known`: whether the gateway knows the time. `unblock`: somebody may be written to again."""
        self.me = Me(0, "")
        """The bot, once it is known."""
        self._people = people
        self._handled = handled
        self._ids = ids
        self._post = post
        self._talking = talking
        self._trail = trail
        self._clock = clock
        self._known = known
        self._unblock = unblock
        self._counts = counts
        self._helped: dict[int, int] = {}

    async def take(self, heard: Heard, late: bool) -> None:
        """Handle it, unless it was; then it is durable that it was."""
        if self._handled.knows(heard.update):
            self._counts["again"] += 1
            return
        try:
            outcome = await self._hear(heard, late)
        except Exception:  # noqa: BLE001 - per-message isolation: one message must not keep all others from being heard
            _log.exception("a message over Telegram was not handled")
            outcome = "failed"
        self._counts[outcome] += 1
        if outcome in _NOTHING:
            self._handled.note(heard.update)
            return
        try:
            await self._handled.keep(heard.update)
        except StoreError as error:
            # It is known until the gateway stops; given again after that, it does nothing twice by its id.
            _log.warning("that a message over Telegram was handled cannot be kept: %s", error)

    async def _hear(self, heard: Heard, late: bool) -> str:
        if heard.chat and heard.kind != "press":
            keep = self._people.person(heard.person) is not None
            self._ids.seen(heard.chat, heard.message, keep=keep)
        if heard.kind == "text" and (code := self._code(heard.text)) is not None:
            return await self._pair(heard, code)
        person = self._people.person(heard.person)
        if person is None:
            if heard.kind in ("text", "press"):
                self._trail.note("telegram.refused", f"telegram:{heard.person}", "nobody who was paired")
            return "stranger"
        match heard.kind:
            case "unblocked":
                self._unblock(str(heard.chat))
                return "unblocked"
            case "blocked":
                return "blocked"
            case "press":
                return await self._press(heard, person, late)
            case "text":
                return await self._text(heard, person, late)
            case _:
                return await self._other(heard, person)

    async def _text(self, heard: Heard, person: Person, late: bool) -> str:
        text = self._meant(heard)
        if text is None or heard.by_bot:
            return "ignored"
        self._unblock(str(person.id))
        if len(text) > _MOST_LETTERS:
            await self._post.say(heard.chat, f"Too long: at most {_MOST_LETTERS} letters.")
            return "refused"
        why = doubt(heard, self._clock(), known=self._known(), late=late)
        if not why and heard.borrowed:
            why = "That may not be your own order. Write it yourself if you want it."
        await self._talking.say(heard, person, text, why)
        return "said"

    def _meant(self, heard: Heard) -> str | None:
        """The text as it is meant for this bot; None: it is not."""
        text = heard.text.strip()
        name = f"@{self.me.username}".casefold()
        if heard.place != "private" and not (heard.place == "group" and self._people.is_group(heard.chat)):
            return None
        if text.startswith("/"):
            command, _, rest = text.partition(" ")
            command, at, other = command.partition("@")
            return f"{command} {rest}".strip() if not at or f"@{other}".casefold() == name else None
        if heard.place == "private":
            return text
        if len(name) > 1 and text.casefold().startswith(name):
            return text[len(name) :].lstrip(" ,:")
        return text if self.me.id and heard.answers == self.me.id else None

    async def _press(self, heard: Heard, person: Person, late: bool) -> str:
        self._ids.pressed(heard.chat, heard.message, heard.data)
        pressed = markup.press(heard.data)
        if pressed is None:
            await self._post.answer(heard.query)
            return "ignored"
        why = doubt(heard, self._clock(), known=self._known(), late=late)
        await self._talking.press(heard, person, pressed, why)
        return "pressed"

    async def _pair(self, heard: Heard, code: str) -> str:
        if not code and self._people.person(heard.person) is not None:
            if heard.place != "private" and not self._people.is_group(heard.chat):
                return "ignored"
            await self._talking.help(heard.chat)
            return "said"
        try:
            taken = await self._people.try_code(code, heard.person, heard.name, heard.chat, heard.title)
        except StoreError as error:
            await self._post.say(heard.chat, f"That could not be kept: {error}. Ask for a new code.")
            return "failed"
        if taken is None:
            return "stranger"
        if taken:
            self._unblock(str(heard.chat))
            await self._talking.welcome(heard.chat)
            return "paired"
        await self._post.say(heard.chat, "That is not the code.")
        return "refused"

    async def _other(self, heard: Heard, person: Person) -> str:
        if heard.place == "private" and self._clock() - self._helped.get(person.id, -_DAY_MS) >= _DAY_MS:
            self._helped[person.id] = self._clock()
            await self._post.say(heard.chat, _HELP)
        return "ignored"

    def _code(self, text: str) -> str | None:
        """What follows /pair or /start; None: it is neither, or for another bot."""
        command, _, rest = text.strip().partition(" ")
        command, at, bot = command.casefold().partition("@")
        if command not in ("/pair", "/start") or (at and bot != self.me.username.casefold()):
            return None
        return rest.strip()
