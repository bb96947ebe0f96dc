"""A bot with everything around it that is not Telegram's: a chat that does as it was told, alerts, a clock."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

import msgspec

from gateway.backends.outside import HttpOutside
from gateway.core.access import Scope
from gateway.core.alerts.alert import Alert, AlertKind
from gateway.core.channels import TelegramWay
from gateway.core.errors import NotFound
from gateway.core.language.intent import Intent, Understood
from gateway.core.messages import Audited
from gateway.core.ports.alerts import MarkKept
from gateway.flow.bus import Bus
from gateway.flow.chat.said import FollowUp, Reply, Said
from gateway.flow.chronicle import Chronicle
from gateway.frontends.telegram.parts import TelegramParts, TelegramSettings
from gateway.frontends.telegram.people import People
from gateway.frontends.telegram.telegram import Telegram
from tests.fakes import FixedClock, MemoryDocuments, MemoryWriter
from tests.telegram_fake import TelegramFake
from tests.telegram_steps import TOKEN, Taken

ANNA, BEN, STRANGER = 42, 43, 666
GROUP = -77
PNG = b"\x89PNG not really"


def answer(text: str, **more: object) -> Reply:
    """What the chat says."""
    return msgspec.convert(
        {"kind": "query", "text": text, "intent": {"kind": "query", "action": "value"}, **more}, Reply
    )


class ScriptedChat:
    """Answers what it was told to; `said` is what came in. Something said again does nothing again, as in life."""

    def __init__(self) -> None:
        self.said: list[Said] = []
        self.parsed: list[str] = []
        self.replies: deque[Reply] = deque()
        self.intents: dict[str, Intent] = {}
        self.before: Callable[[Said], None] = lambda said: None

    async def say(self, said: Said) -> Reply:
        self.before(said)
        self.said.append(said)
        return self.replies.popleft() if self.replies else answer(f"You said: {said.text or said.choice}")

    async def parse(self, text: str) -> Understood:
        self.parsed.append(text)
        return Understood(intent=self.intents.get(text, Intent(kind="query", action="value")))


class Desk:
    """The alert book's part."""

    def __init__(self, clock: FixedClock) -> None:
        self.clock = clock
        self.alerts: list[Alert] = []
        self.acked: list[tuple[str, str]] = []
        self.muted: list[tuple[int, str]] = []

    def open(self) -> list[Alert]:
        return self.alerts

    async def ack(self, alert_id: str, who: str) -> Alert:
        for alert in self.alerts:
            if alert.id == alert_id:
                self.acked.append((alert_id, who))
                return alert
        raise NotFound("There is no such alert.")

    async def mute(self, minutes: int, who: str) -> int:
        self.muted.append((minutes, who))
        return self.clock() + minutes * 60_000 if minutes else 0


def alert(number: int = 1, **more: object) -> Alert:
    """One that is open."""
    given = {
        "id": f"{number:016x}",
        "key": f"breach/fern-{number}",
        "kind": AlertKind.BREACH,
        "level": "warning",
        "title": "Fern",
        "text": "soil_moisture is 15.2, threshold min 20.0",
        "opened_ms": 0,
        **more,
    }
    return msgspec.convert(given, Alert)


class Notes:
    """The trail."""

    def __init__(self) -> None:
        self.notes: list[tuple[str, str, str]] = []

    def note(self, kind: str, who: str, detail: str = "") -> Audited | None:
        self.notes.append((kind, who, detail))
        return None

    def kinds(self) -> list[str]:
        return [kind for kind, _, _ in self.notes]


class Site:
    """The gateway's side of it; `restart` is what is left after a kill."""

    def __init__(self, fake: TelegramFake, settings: TelegramSettings | None = None) -> None:
        self.fake = fake
        self.settings = settings or TelegramSettings(api_url=fake.url)
        self.clock = FixedClock()
        fake.now_s = lambda: self.clock() / 1000
        self.writer = MemoryWriter()
        self.documents = MemoryDocuments()
        self.outside = HttpOutside()
        self.chat = ScriptedChat()
        self.desk = Desk(self.clock)
        self.trail = Notes()
        self.known = True
        self.gone: list[str] = []
        self.unblocked: list[tuple[str, str]] = []
        self.pictures: dict[tuple[str, str], tuple[bytes, str]] = {}
        self.leaf: asyncio.Task[None] | None = None
        self._make()

    def _make(self) -> None:
        self.bus = Bus()
        self.people = People(self.documents, self.trail, self.clock, self.gone.append)
        self.people.load()
        self.chronicle = Chronicle(self.writer, self.bus, self.clock)

        async def picture(device: str, metric: str) -> tuple[bytes, str] | None:
            return self.pictures.get((device, metric))

        parts = TelegramParts(
            outside=self.outside,
            people=self.people,
            chat=self.chat,
            alerts=self.desk,
            picture=picture,
            moment=lambda time_ms: "14:02",
            writer=self.writer,
            bus=self.bus,
            trail=self.trail,
            chronicle=self.chronicle,
            clock=self.clock,
            known=lambda: self.known,
            unblock=lambda channel, target: self.unblocked.append((channel, target)),
        )
        self.telegram = Telegram(self.settings, parts)
        self.telegram.load({one.name: one.value for one in self.writer.changes if isinstance(one, MarkKept)})

    async def start(self) -> Site:
        """With the token set."""
        self.channel = self.telegram.make("telegram", TelegramWay(token=TOKEN))
        self.leaf = asyncio.create_task(self.telegram.run())
        return self

    async def kill(self) -> None:
        """Gone between two steps."""
        if self.leaf is not None:
            self.leaf.cancel()
            await asyncio.gather(self.leaf, return_exceptions=True)

    async def restart(self) -> None:
        """After a kill."""
        await self.kill()
        self._make()
        await self.start()

    async def close(self) -> None:
        """All gone."""
        await self.kill()
        await self.outside.close()

    async def pair(self, person: int = ANNA, scope: Scope = Scope.OPERATE, name: str = "Anna") -> None:
        """By a code, as in life."""
        code = self.people.pair(10, scope, "owner").code
        self.fake.write(person, f"/pair {code}", name=name)
        await until(lambda: self.people.person(person) is not None)
        await until(lambda: any("paired" in text for text in self.fake.texts(person)))

    def follow(self, said: Said, text: str, *, done: bool = True) -> None:
        """What became of an order."""
        self.bus.publish(FollowUp(talk=said.talk, said=said.id, text=text, done=done))

    async def heard(self, count: int) -> list[Said]:
        """So many sentences have come in."""
        await until(lambda: len(self.chat.said) >= count)
        return self.chat.said

    async def told(self, part: str, person: int = ANNA) -> Taken:
        """The newest message that says so by now; waits for it."""
        await until(lambda: self._with(part, person) != [])
        return self._with(part, person)[-1]

    def _with(self, part: str, person: int) -> list[Taken]:
        return [sent for sent in self.fake.ledger if sent.chat == person and part in self.fake.shown(sent)[0]]

    async def settled(self) -> None:
        """Everything that was said has been handled and confirmed."""
        await until(lambda: self.fake.waiting == 0)


async def until(holds: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait for something that must come."""
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0.005)
