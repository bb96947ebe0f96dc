"""What speaks with people, for a panel: alerts and the archive are kept as they are; what understands, sends and asks
says what a test tells it to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

from msgspec.structs import replace

from gateway.core.access import Scope
from gateway.core.alerts.alert import Alert, AlertKind, alert_id
from gateway.core.alerts.news import AlertMoved, AlertsMuted
from gateway.core.channels import SECRETS, AppriseWay, ChannelForm
from gateway.core.delivery import Delivery, DeliveryState, Parcel
from gateway.core.errors import Conflict, NotFound, Refused
from gateway.core.language.intent import Intent, Understood
from gateway.core.metrics import Histogram
from gateway.core.ports.alerts import AlertArchive, alert_kept, delivery_kept
from gateway.core.ports.assistant import AssistantForm, AssistantShown, AssistantTested
from gateway.core.ports.channel import DeliveryFailed
from gateway.core.ports.people import Pairing, Person
from gateway.flow.alerts.book import AlertSnapshot
from gateway.flow.chat.said import ChatSnapshot, Reply, Said
from gateway.flow.outbox.channel_book import ChannelShown
from gateway.flow.outbox.outbox import ChannelCounts
from gateway.frontends.panel.parts import OutwardParts
from tests.alert_fakes import MemoryAlerts
from tests.fakes import START_MS

if TYPE_CHECKING:
    from gateway.backends.store.store import Store
    from gateway.core.ports.assistant import Assistant
    from gateway.flow.alerts.book import AlertBook
    from gateway.flow.chat.chat import Chat
    from gateway.flow.outbox.channel_book import ChannelBook
    from gateway.flow.outbox.outbox import Outbox

    from .house import House

KEY = "breach/fern/soil_moisture"


def alert(at_ms: int = START_MS, key: str = KEY, **said: object) -> Alert:
    """A fern that is too dry."""
    whole = Alert(
        id=alert_id(key, at_ms),
        key=key,
        kind=AlertKind.BREACH,
        level="warning",
        title="Fern",
        text="soil_moisture is 15.2, threshold min 20.0",
        human="The fern's soil is drier than it should be.",
        opened_ms=at_ms,
        told=("open",),
        told_ms=at_ms + 5,
        device="node-1",
        asset="fern",
        metric="soil_moisture",
        value=15.2,
        threshold=20.0,
        correlation="node-1/b1/7",
    )
    return replace(whole, **said)


def delivery(about: Alert, lane: str = "ntfy/home", part: str = "open", **said: object) -> Delivery:
    """The message about an alert, which waits."""
    parcel = Parcel(
        id=f"{about.id}-{part}@{lane}",
        lane=lane,
        alert=about.id,
        part=part,
        level=about.level,
        made_ms=about.opened_ms + 5,
        happened_ms=about.opened_ms,
        title=f"⚠ {about.title}",
        text=about.text,
        simulated=about.simulated,
    )
    return replace(Delivery(parcel=parcel), **said)


class ToyChat:
    """Answers with what it is told to, and remembers what it was asked."""

    def __init__(self) -> None:
        self.said: list[Said] = []
        self.reply = Reply(kind="none", text="I did not understand that.", intent=Intent(kind="none"))
        self.intents: dict[str, Intent] = {}
        self.told = ChatSnapshot(sentences={}, seconds=Histogram().snapshot())

    async def say(self, said: Said) -> Reply:
        self.said.append(said)
        return self.reply

    async def parse(self, text: str) -> Understood:
        return Understood(intent=self.intents.get(text, Intent(kind="none", reply="I did not understand that.")))

    def snapshot(self) -> ChatSnapshot:
        return self.told


class ToyAlertBook:
    """Keeps what a test raises, and tells of it."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._known: dict[str, Alert] = {}
        self.muted_until_ms = 0

    def keep(self, one: Alert) -> Alert:
        """It is so now."""
        self._known[one.id] = one
        self._house.disk.submit([alert_kept(one)])
        self._house.bus.publish(AlertMoved(one))
        return one

    def open(self) -> list[Alert]:
        going_on = [one for one in self._known.values() if one.over_ms is None]
        return sorted(going_on, key=lambda one: -one.opened_ms)

    async def ack(self, alert_id: str, who: str) -> Alert:
        if alert_id not in self._known:
            raise NotFound(f"There is no alert {alert_id}.")
        known = self._known[alert_id]
        return known if known.acked_by else self.keep(replace(known, acked_ms=self._house.clock(), acked_by=who))

    async def mute(self, minutes: int, who: str) -> int:
        self.muted_until_ms = self._house.clock() + minutes * 60_000 if minutes else 0
        self._house.bus.publish(AlertsMuted(self.muted_until_ms, who))
        return self.muted_until_ms

    def snapshot(self) -> AlertSnapshot:
        return AlertSnapshot(open={"warning": len(self.open())}, total={"breach": len(self._known)})


class ToyOutbox:
    """Sends nothing."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._waiting: list[Delivery] = []
        self.counts: dict[str, ChannelCounts] = {}

    def keep(self, one: Delivery) -> Delivery:
        """It waits."""
        self._waiting.append(one)
        self._house.disk.submit([delivery_kept(one)])
        return one

    def waiting(self, channel: str = "") -> list[Delivery]:
        return [one for one in self._waiting if channel in ("", one.parcel.lane.partition("/")[0])]

    async def drop(self, delivery: str, who: str) -> Delivery:
        (found,) = [one for one in self._waiting if one.parcel.id == delivery]
        if found.state is DeliveryState.SENDING:
            raise Conflict("It is on its way.")
        self._waiting.remove(found)
        return replace(found, state=DeliveryState.DROPPED, detail=f"by {who}", ended_ms=self._house.clock())

    def snapshot(self) -> Mapping[str, ChannelCounts]:
        return self.counts


class ToyChannelBook:
    """Keeps forms as they are, and masks them when they are shown."""

    def __init__(self) -> None:
        self.forms: dict[str, ChannelForm] = {}
        self.failure: DeliveryFailed | None = None

    def channels(self) -> list[ChannelShown]:
        return [self._shown(name) for name in sorted(self.forms)]

    async def put(self, name: str, form: ChannelForm, who: str) -> ChannelShown:
        field = _secret(form)
        given, before = getattr(form.way, field), self.forms.get(name)
        if not given or given.startswith("…"):
            if before is None or type(before.way) is not type(form.way):
                raise Refused(f"{field}: it is needed.")
            form = replace(form, way=replace(form.way, **{field: getattr(before.way, field)}))
        self.forms[name] = form
        return self._shown(name)

    async def remove(self, name: str, who: str) -> None:
        if self.forms.pop(name, None) is None:
            raise NotFound(f"There is no channel {name}.")

    async def test(self, name: str) -> str:
        if name not in self.forms:
            raise NotFound(f"There is no channel {name}.")
        if self.failure is not None:
            raise self.failure
        return "it arrived"

    def _shown(self, name: str) -> ChannelShown:
        form = self.forms[name]
        field = _secret(form)
        way = replace(form.way, **{field: "…" + getattr(form.way, field)[-4:]})
        return ChannelShown(
            name=name, way=way, levels=form.levels, escalation=form.escalation, enabled=form.enabled, complaint=""
        )


def _secret(form: ChannelForm) -> str:
    kind = type(form.way).__struct_config__.tag
    return "url" if isinstance(form.way, AppriseWay) else SECRETS[str(kind)]


class ToyPeople:
    """One person."""

    def __init__(self) -> None:
        self.known = {42: Person(id=42, name="Anna", scope=Scope.OPERATE, chat=42, paired_ms=START_MS, by="operator")}
        self.asked: list[tuple[int, Scope, str]] = []

    def pair(self, minutes: int, scope: Scope, who: str) -> Pairing:
        self.asked.append((minutes, scope, who))
        return Pairing("ABCDEFGH", START_MS + minutes * 60_000, "https://t.me/house_bot?start=ABCDEFGH")

    def people(self) -> Sequence[Person]:
        return list(self.known.values())

    async def forget(self, person: int, who: str) -> None:
        if self.known.pop(person, None) is None:
            raise NotFound(f"Nobody has the number {person}.")


class ToyAssistant:
    """Answers nothing."""

    ready = False

    def __init__(self) -> None:
        self.form = AssistantForm(key="sk-secret-1a2b")

    def shown(self) -> AssistantShown:
        form = self.form
        return AssistantShown(
            provider=form.provider,
            model=form.model,
            key="…" + form.key[-4:] if form.key else "",
            url=form.url,
            enabled=form.enabled,
            used_today=3,
            requests_per_day=50,
        )

    async def put(self, form: AssistantForm, who: str) -> AssistantShown:
        kept = form.key is None or form.key.startswith("…")
        self.form = replace(form, key=self.form.key) if kept else form
        return self.shown()

    async def test(self) -> AssistantTested:
        return AssistantTested(False, "nobody is there")


class HouseOutward:
    """All of it."""

    def __init__(self, house: House, store: Store | None) -> None:
        self.archive: AlertArchive = store or MemoryAlerts(house.writer)
        self.chat, self.channels, self.people, self.assistant = ToyChat(), ToyChannelBook(), ToyPeople(), ToyAssistant()
        self.alerts, self.outbox = ToyAlertBook(house), ToyOutbox(house)
        self.hooked: list[tuple[Mapping[str, str], bytes]] = []
        self.hook_answers = 404

    async def _hook(self, headers: Mapping[str, str], body: bytes) -> int:
        self.hooked.append((headers, body))
        return self.hook_answers

    def parts(self) -> OutwardParts:
        return OutwardParts(
            chat=cast("Chat", self.chat),
            alerts=cast("AlertBook", self.alerts),
            outbox=cast("Outbox", self.outbox),
            channels=cast("ChannelBook", self.channels),
            archive=self.archive,
            assistant=cast("Assistant", self.assistant),
            people=self.people,
            hook=self._hook,
        )
