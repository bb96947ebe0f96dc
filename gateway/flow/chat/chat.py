"""Conversations: a sentence comes in, what it means is answered, asked or done."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, OrderedDict
from typing import TYPE_CHECKING

from msgspec.structs import replace

from ...core.access import Scope
from ...core.errors import GatewayError
from ...core.language.house import House
from ...core.language.intent import NOTHING, Candidate, Intent, Understood
from ...core.metrics import Histogram
from ..correlation import correlated, current
from .acting import Acting
from .answers import Answers
from .explaining import Explaining
from .following import Following
from .house_now import HouseNow
from .muting import Muting
from .narrowing import named, narrowed
from .parts import ChatParts
from .proposals import OTHERS, TOO_LATE, picked, proposed
from .rule_talk import RuleTalk
from .said import ChatSnapshot, Reply, Said
from .talks import Conversation, Deed, Talks
from .undo import Undo

if TYPE_CHECKING:
    from ...core.language.understand import Reader
    from .loading import Reading

_REMEMBERED = 500
_READ_ONLY = "You may ask, but not move anything."
_OFF = "Sentences are switched off here."
_ALERTS = frozenset(("mute_alerts", "unmute_alerts", "acknowledge"))
_NOT_ASKED = frozenset(("negation", "hypothetical", "reported", "quoted", "past", "joke"))
"""What was said so is not taken to the assistant."""
_RULES = frozenset(("enable_rule", "disable_rule", "delete_rule"))


class Chat:
    """One for the whole gateway; every conversation by its `talk`."""

    def __init__(self, parts: ChatParts) -> None:
        self._parts = parts
        self._houses = HouseNow(parts)
        self._talks = Talks()
        self._answers = Answers(parts, self._houses.house)
        self._explaining = Explaining(parts, self._houses.house)
        self._acting = Acting(parts)
        self._following = Following(parts)
        self._rules = RuleTalk(parts)
        self._muting = Muting(parts)
        self._undo = Undo(parts)
        self._reading: Reading | None = None
        self._loading = asyncio.Lock()
        self._parsing: asyncio.Task[None] | None = None
        self._reader: tuple[House, Reader] | None = None
        self._known: OrderedDict[str, Reply] = OrderedDict()
        """Answers by the sentence's id: said again it does nothing twice."""
        self._made: Candidate | None = None
        """The rule that the sentence being answered has made."""
        self._sentences: Counter[str] = Counter()
        self._seconds = Histogram()

    # Asking

    async def say(self, said: Said) -> Reply:
        """Answer it. Raises nothing for what was said; what cannot be stored becomes words."""
        talk = self._talks.of(said.talk, self._parts.clock())
        async with talk.lock:
            known = self._known.get(said.id)
            if known is not None:
                return known
            # What it causes is found by it, also where no request came with a name of its own.
            with correlated(current() or said.id):
                try:
                    reply = await self._replied(said, talk)
                except GatewayError as error:
                    reply = Reply(kind="question", text=_sentence(str(error)), intent=Intent(kind="question"))
                reply = self._marked(reply)
                self._remember(said, talk, reply)
            return reply

    async def parse(self, text: str) -> Understood:
        """What it means, without remembering or doing anything."""
        return (await self._read()).read(text, NOTHING)

    def snapshot(self) -> ChatSnapshot:
        """What was said since the start, for metrics."""
        return ChatSnapshot(sentences=dict(self._sentences), seconds=self._seconds.snapshot())

    def house(self) -> House:
        """All that can be named now."""
        return self._houses.house()

    def forget(self, talk: str) -> None:
        """Nothing waits in this conversation any more: its person is gone."""
        self._talks.forget(talk)

    # What it means

    async def _read(self) -> Reader:
        """Made anew when what can be named has changed; the grammar is made once, beside the event loop."""
        if self._reading is None:
            async with self._loading:
                if self._reading is None:
                    self._reading = await asyncio.to_thread(_loaded)
                    self._parsing = asyncio.create_task(asyncio.to_thread(self._reading.parse))
        house = self._houses.house()
        if self._reader is None or self._reader[0] is not house:
            self._reader = house, self._reading.reader(house)
        return self._reader[1]

    async def _replied(self, said: Said, talk: Conversation) -> Reply:
        if not self._parts.settings.enabled:
            return _told(_OFF, Intent(kind="none"))
        if said.choice:
            return await self._chosen(said, talk)
        chosen = named(said.text, talk.offered)
        if chosen is not None:
            return await self._picked(said, talk, chosen)
        reader = await self._read()
        began = time.perf_counter()
        understood = reader.read(said.text, talk.talk(self._parts.clock()))
        self._seconds.observe(time.perf_counter() - began)
        intent = understood.intent
        kept_back = any(guard.name in _NOT_ASKED for guard in understood.guards)
        if intent.kind == "none" and not kept_back and not intent.action:
            intent = await self._assisted(said, intent)
        return await self._answered(said, talk, intent)

    async def _assisted(self, said: Said, intent: Intent) -> Intent:
        """What the optional assistant takes it for; the same as before where there is none."""
        assistant = self._parts.assistant()
        if assistant is None or not assistant.ready:
            return intent
        found = await assistant.propose(said.text, self._houses.house(), said=said.id, who=said.who, way=said.way)
        return intent if found is None else found

    async def _answered(self, said: Said, talk: Conversation, intent: Intent) -> Reply:
        if intent.action == "pick" and intent.candidates:
            return await self._picked(said, talk, intent.candidates[0])
        if intent.kind in ("command", "rule") and not said.scope.includes(Scope.OPERATE):
            return Reply(kind="question", text=_READ_ONLY, intent=intent)
        match intent.kind:
            case "query":
                reply = await self._answers.of(intent, said.text)
            case "explain":
                reply = await self._explaining.of(intent)
            case "command":
                reply = await self._commanded(said, talk, intent)
            case "rule":
                reply = await self._rules.read_back(said, intent)
            case _:
                reply = _told(intent.reply or "I did not understand that.", intent)
        if intent.kind == "question" or intent.missing:
            talk.asked(said.text, intent)
        elif intent.kind != "none":
            talk.answered()
        return reply

    # What moves

    async def _commanded(self, said: Said, talk: Conversation, intent: Intent) -> Reply:
        if intent.action in ("confirm", "decline"):
            return await self._decided(said, talk, yes=intent.action == "confirm", intent=intent)
        if intent.action == "undo":
            return await self._undo.of(said, talk, intent)
        if intent.action in _RULES:
            return self._rules.asked_about(said, intent)
        if intent.action in _ALERTS and not intent.confirm:
            return await self._done(said, talk, intent)
        if intent.confirm:
            what = intent.reply.rstrip(".") or intent.action.replace("_", " ")
            return proposed(said, intent, f"{what}? ({_sentence(intent.confirm)})", self._parts.clock())
        return await self._done(said, talk, intent)

    async def _done(self, said: Said, talk: Conversation, intent: Intent) -> Reply:
        """Do it now. Raises what the parts raise."""
        if intent.kind == "rule":
            reply, rule = await self._rules.keep(said, intent)
            if rule:
                talk.did(Deed(said=said.id, intent=intent, rule=rule, text=reply.text))
                self._made = Candidate("rule", rule, reply.text)
            return reply
        if intent.action in _RULES:
            return Reply(kind="command", text=await self._rules.change(said, intent), intent=intent)
        if intent.action in _ALERTS:
            reply = await self._muting.do(said, intent)
            if intent.action == "mute_alerts":
                talk.did(Deed(said=said.id, intent=intent, text=reply.text))
            return reply
        done = await self._acting.do(said, intent)
        talk.did(Deed(said=said.id, intent=intent, acted=done.acted, before=done.before, text=done.text))
        self._following.watch(said, done.acted)
        return Reply(kind="command", text=done.text, intent=intent, acted=done.acted, simulated=done.simulated)

    # Yes, no, and which one

    async def _decided(self, said: Said, talk: Conversation, *, yes: bool, intent: Intent, proposal: str = "") -> Reply:
        waits = talk.proposal
        if waits is None or (proposal and waits.id != proposal) or not (proposal or talk.listens):
            text = OTHERS if proposal else "There is nothing that waits for an answer."
            return _told(text, replace(intent, kind="none"))
        talk.proposal = None
        if self._parts.clock() >= waits.until_ms:
            return _told(TOO_LATE, replace(intent, kind="none"))
        if not yes:
            return _told("Dropped. Nothing was done.", replace(intent, kind="none"))
        if not said.scope.includes(Scope.OPERATE):
            return Reply(kind="question", text=_READ_ONLY, intent=intent)
        return await self._done(said, talk, replace(waits.intent, confirm=""))

    async def _chosen(self, said: Said, talk: Conversation) -> Reply:
        """A button."""
        what, proposal, number = picked(said.choice)
        if what == "pick":
            offered = talk.offered
            if not offered or number >= len(offered):
                return _told(OTHERS, Intent(kind="none"))
            return await self._picked(said, talk, offered[number])
        action = "confirm" if what == "yes" else "decline"
        intent = Intent(kind="command", action=action)
        return await self._decided(said, talk, yes=what == "yes", intent=intent, proposal=proposal)

    async def _picked(self, said: Said, talk: Conversation, chosen: Candidate) -> Reply:
        """The sentence of the last question once more, as if the others were not there."""
        if not talk.question or self._reading is None:
            return _told(OTHERS, Intent(kind="none"))
        others = [one for one in talk.offered if one != chosen]
        house = narrowed(self._houses.house(), others, measured=talk.measured)
        text = talk.question
        talk.answered()
        intent = self._reading.reader(house).read(text, talk.talk(self._parts.clock())).intent
        if intent.kind == "question" or intent.missing:
            return _told(intent.reply or "I did not understand that.", intent)
        return await self._answered(replace(said, text=text), talk, intent)

    # What is remembered

    def _remember(self, said: Said, talk: Conversation, reply: Reply) -> None:
        now_ms = self._parts.clock()
        talk.after(reply)
        intent = reply.intent
        talk.spoke_of(self._made or self._subject(intent), now_ms)
        self._made = None
        self._known[said.id] = reply
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        self._sentences[reply.kind] += 1
        self._parts.trail.note("chat.said", said.who, f"{reply.kind} {intent.action}".strip())

    def _marked(self, reply: Reply) -> Reply:
        """Whatever it speaks of that is simulated, it says so."""
        if reply.simulated:
            return reply
        devices = {reply.intent.device, *(one.id for one in reply.intent.candidates if one.what == "device")}
        if reply.rule is not None:
            devices |= {device for _, device, _ in reply.rule.check.series}
        marked = any(self._parts.house.registry.simulated(device) for device in devices - {""})
        return replace(reply, simulated=True) if marked else reply

    def _subject(self, intent: Intent) -> Candidate | None:
        """What `it` is after this."""
        for what, key in (("device", intent.device), ("asset", intent.place), ("zone", intent.place)):
            found = self._houses.house().thing(what, key) if key else None  # type: ignore[arg-type]
            if found is not None:
                return found.candidate
        return None


def _loaded() -> Reading:
    """In a thread: a start does without the grammar's library, and nobody waits for it but who speaks first."""
    from .loading import Reading

    return Reading()


def _told(text: str, intent: Intent) -> Reply:
    return Reply(kind=intent.kind, text=text, intent=intent)


def _sentence(text: str) -> str:
    said = text[:1].upper() + text[1:]
    return said if said.endswith((".", "?", "!")) else f"{said}."
