"""A conversation with one person: sentences go to the chat, presses to what they are about."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from ...core.access import Scope
from ...core.errors import GatewayError, NotFound, StoreError
from ...core.language.intent import MOVING, Intent, Understood
from ...core.ports.people import Person
from ...flow.chat.said import Reply, Said
from . import markup
from .commands import HELP, MAY_ONLY_ASK, WELCOME, AlertDesk, Commands
from .follow_ups import FollowUps
from .heard import Buttons, Heard
from .markup import Press
from .post import Post

_MUTE_MIN = 60
_HARMLESS = ("acknowledge", "mute_alerts", "unmute_alerts", "decline")
"""Orders that may come late: they move nothing."""
_REMEMBERED = 500


class Chat(Protocol):
    """The part of the chat that is needed here."""

    async def say(self, said: Said) -> Reply:
        """Answer it."""

    async def parse(self, text: str) -> Understood:
        """What it means, without doing anything."""


Picture = Callable[[str, str], Awaitable[tuple[bytes, str] | None]]
"""Of the last day of (device, metric): a PNG and its caption; None: there is nothing to show."""


class Talking:
    """Of one bot."""

    def __init__(
        self,
        *,
        bot: str,
        chat: Chat,
        alerts: AlertDesk,
        post: Post,
        follow_ups: FollowUps,
        picture: Picture,
        moment: Callable[[int], str],
        clock: Callable[[], int],
    ) -> None:
        """`moment`: a time, UTC ms, as a clock on the wall says it."""
        self._bot = bot
        self._chat = chat
        self._alerts = alerts
        self._post = post
        self._follow_ups = follow_ups
        self._picture = picture
        self._moment = moment
        self._clock = clock
        self._commands = Commands(alerts, moment)
        self._whose: OrderedDict[str, Person] = OrderedDict()
        """Who was asked, by proposal."""

    async def say(self, heard: Heard, person: Person, text: str, doubt: str) -> None:
        """Answer a text. `doubt`: why an order in it is not carried out; empty: it is."""
        if text.startswith("/"):
            command = self._commands.read(text)
            if command.answer is not None:
                await self._post.say(heard.chat, await command.answer(person))
                return
            if not command.sentences:
                await self._post.say(heard.chat, f"I do not know that command.\n{HELP}")
                return
            text, picture = await self._meaningful(command.sentences), command.picture
        else:
            picture = False
        scope = person.scope
        if doubt:
            if _moves(intent := (await self._chat.parse(text)).intent):
                await self._post.say(heard.chat, doubt)
                return
            if intent.action not in _HARMLESS:
                # What the sentence alone does not tell, such as "it", the conversation may: it must not act either.
                scope = Scope.READ
        await self._answer(heard, person, scope, text, "", picture=picture)

    async def press(self, heard: Heard, person: Person, pressed: Press, doubt: str) -> None:
        """A button was pressed."""
        match pressed.meaning:
            case "ack" | "mute" | "seen":
                await self._post.answer(heard.query, await self._desk(heard, person, pressed))
            case "history":
                await self._post.answer(heard.query)
                device, _, metric = pressed.about.partition("/")
                await self._show(heard.chat, device, metric)
            case meaning:
                asked = self._whose.get(pressed.about)
                if asked is not None and asked.id != person.id:
                    await self._post.answer(heard.query, f"Only {asked.name} can say yes to this.")
                elif doubt and meaning != "no":
                    await self._post.answer(heard.query, doubt)
                else:
                    # Answered first: what follows may take longer than Telegram lets a button wait.
                    await self._post.answer(heard.query)
                    await self._post.unbutton(heard.chat, heard.message)
                    self._follow_ups.pressed(heard.chat, heard.message)
                    number = f":{pressed.number}" if meaning == "pick" else ""
                    await self._answer(heard, person, person.scope, "", f"{meaning}:{pressed.about}{number}")

    async def help(self, chat: int) -> None:
        """What can be said."""
        await self._post.say(chat, HELP)

    async def welcome(self, chat: int) -> None:
        """Somebody, or a group, was paired."""
        await self._post.say(chat, WELCOME if chat > 0 else "From now on alerts come here.")

    async def _answer(
        self, heard: Heard, person: Person, scope: Scope, text: str, choice: str, *, picture: bool = False
    ) -> None:
        said = Said(
            id=f"tg-{self._bot}-{heard.update}",
            text=text,
            who=f"telegram:{person.name}",
            scope=scope,
            way="telegram",
            talk=f"telegram/{heard.chat}/{person.id}",
            at_ms=heard.sent_s * 1000 or self._clock(),
            choice=choice,
        )
        self._follow_ups.begin(said.id, heard.chat)
        reply = await self._chat.say(said)
        if picture and reply.series:
            await self._show(heard.chat, *reply.series[0], otherwise=words(reply))
            return
        buttons = self._buttons(reply, person)
        message = await self._post.say(heard.chat, words(reply), buttons)
        self._follow_ups.answered(said.id, words(reply), message, buttons)

    async def _meaningful(self, sentences: Sequence[str]) -> str:
        """The first that is understood; else the first."""
        for sentence in sentences if len(sentences) > 1 else ():
            intent = (await self._chat.parse(sentence)).intent
            if intent.kind != "none" and not intent.missing:
                return sentence
        return sentences[0]

    def _buttons(self, reply: Reply, person: Person) -> Buttons:
        if reply.proposal is None:
            return markup.of_series(reply.series)
        self._whose[reply.proposal.id] = person
        while len(self._whose) > _REMEMBERED:
            self._whose.popitem(last=False)
        return markup.of_proposal(reply.proposal.id, reply.proposal.choices)

    async def _desk(self, heard: Heard, person: Person, pressed: Press) -> str:
        if pressed.meaning == "seen":
            await self._post.unbutton(heard.chat, heard.message)
            return ""
        if not person.scope.includes(Scope.OPERATE):
            return MAY_ONLY_ASK
        who = f"telegram:{person.name}"
        try:
            if pressed.meaning == "mute":
                until_ms = await self._alerts.mute(_MUTE_MIN, who)
                return f"Muted until {self._moment(until_ms)}. Alarms come all the same."
            await self._alerts.ack(pressed.about, who)
        except NotFound:
            await self._post.unbutton(heard.chat, heard.message)
            return "This alert is not kept any more."
        except StoreError as error:
            return f"That could not be kept: {error}"
        await self._post.unbutton(heard.chat, heard.message)
        return "Acknowledged."

    async def _show(self, chat: int, device: str, metric: str, otherwise: str = "There is nothing to show.") -> None:
        try:
            made = await self._picture(device, metric)
        except GatewayError as error:
            await self._post.say(chat, f"{otherwise}\nThere is no picture: {error}")
            return
        if made is None:
            await self._post.say(chat, otherwise)
        else:
            await self._post.picture(chat, *made)


def words(reply: Reply) -> str:
    """The answer as people read it; what is simulated says so."""
    if reply.simulated and "SIMULATED" not in reply.text:
        return f"{reply.text}\nSIMULATED"
    return reply.text


def _moves(intent: Intent) -> bool:
    everything: Sequence[Intent] = (intent, *intent.also)
    return any(one.kind in MOVING and one.action not in _HARMLESS for one in everything)
