"""What speaks with people as one part of the gateway: sentences, alerts, the outbox and its channels, Telegram."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import tzinfo
from pathlib import Path

from . import machine_time
from .backends.outside import HttpOutside
from .backends.store.store import Store
from .backends.zones import zone
from .config.outward_settings import Alerts as AlertOptions
from .config.settings import Settings
from .core.access import Scope
from .core.alerts.alert import Plan
from .core.channels import TelegramWay, Way
from .core.errors import NotFound, Refused
from .core.ports.channel import Channel
from .core.ports.documents import Documents
from .core.ports.people import Pairing, Person
from .core.ports.secrets import Secrets
from .flow.alerts.book import AlertBook
from .flow.alerts.conditions import Conditions
from .flow.alerts.routing import Routing
from .flow.bus import Bus
from .flow.chat.chat import Chat
from .flow.chronicle import Chronicle
from .flow.outbox.channel_book import ChannelBook
from .flow.outbox.outbox import Outbox
from .flow.registry import Registry
from .flow.rules.doing import Doing
from .flow.timekeeper import TimeKeeper
from .flow.trail import Trail
from .flow.watch import Watch
from .frontends.assistant.assistant import CloudAssistant, Manners, Surroundings
from .frontends.notify.making import Making
from .frontends.panel.parts import AutomationParts, HomeParts, OutwardParts, PartHealth
from .log.masking import without_secrets

CREDENTIAL = "telegram_token"
VARIABLE = "TELEGRAM_TOKEN"


class Outward:
    """Made once everything it speaks of is there; `load` comes before anybody is spoken with.

    Nothing is asked of the internet, and no library for it is loaded, before somebody has set up a channel or the
    assistant. `health`: how the gateway's parts are; `doing`: how what a sentence orders is carried out.
    """

    def __init__(
        self,
        settings: Settings,
        documents: Documents,
        secrets: Secrets,
        store: Store,
        bus: Bus,
        trail: Trail,
        chronicle: Chronicle,
        clock: Callable[[], int],
        keeper: TimeKeeper,
        registry: Registry,
        watch: Watch,
        home: HomeParts,
        automation: AutomationParts,
        doing: Doing,
        health: Callable[[], Mapping[str, PartHealth]],
        environ: Mapping[str, str],
    ) -> None:
        insight, rules = automation.insight, automation.rules
        assert insight is not None, "alerts come from it"
        assert rules is not None, "sentences become rules"
        site = zone(settings.site.timezone)[0]
        self._store = store
        self._outside = HttpOutside()
        self._outbox = Outbox(store, store, bus, trail, chronicle, clock, site)
        making = Making(self._outside, _no_telegram)
        self._channels = ChannelBook(documents, secrets, trail, self._outbox, making.make, given(environ))
        alerts = settings.alerts
        conditions = Conditions(
            bus,
            clock,
            machine_time.up_ms,
            site,
            home.home,
            home.plants,
            watch,
            registry,
            insight.episodes,
            insight.health,
            health,
            alerts.battery_v,
            alerts.risk_days,
        )

        def rule_name(rule: str) -> str:
            kept = rules.rules.kept.get(rule)
            return rule if kept is None else kept.rule.name

        self._alerts = AlertBook(
            store,
            store,
            bus,
            trail,
            clock,
            plan(alerts, site),
            lambda: keeper.known,
            conditions.sources(),
            Routing(self._channels.channels, self._outbox.channel),
            self._outbox,
            rule_name,
            enabled=alerts.enabled,
        )
        self._chat = Chat()
        self._assistant = CloudAssistant(
            Surroundings(
                outside=self._outside,
                documents=documents,
                secrets=secrets,
                writer=store,
                archive=store,
                auditor=trail,
                read=self._chat.parse,
                mask=without_secrets,
                now_ms=clock,
                zone=lambda: site,
            ),
            Manners(timeout_s=settings.assistant.timeout_s, requests_per_day=settings.assistant.requests_per_day),
        )

    async def load(self) -> None:
        """What is known from earlier runs; when everything else knows that. Raises StoreError."""
        await self._outbox.load()
        self._channels.load()
        await self._assistant.load()
        await self._alerts.load()

    @property
    def leaves(self) -> Mapping[str, Callable[[], Awaitable[None]]]:
        """What nothing waits for, by name."""
        return {"outbox": self._outbox.run, "alerts": self._alerts.run}

    def complaints(self) -> Mapping[str, str]:
        """What is wrong by part; empty: nothing."""
        return {**self._outbox.complaints(), **self._channels.complaints()}

    def parts(self) -> OutwardParts:
        """As the panel is given it."""
        return OutwardParts(
            chat=self._chat,
            alerts=self._alerts,
            outbox=self._outbox,
            channels=self._channels,
            archive=self._store,
            assistant=self._assistant,
            people=_Nobody(),
        )

    async def close(self) -> None:
        """Nobody is spoken with any more."""
        await self._outside.close()


def given(environ: Mapping[str, str]) -> dict[str, Way]:
    """Channels whose secrets come from outside: the bot's token as a variable, or as systemd's credential."""
    token = environ.get(VARIABLE, "").strip()
    folder = environ.get("CREDENTIALS_DIRECTORY")
    if not token and folder:
        path = Path(folder) / CREDENTIAL
        token = path.read_text(encoding="utf-8").strip() if path.is_file() else ""
    return {"telegram": TelegramWay(token=token)} if token else {}


def plan(options: AlertOptions, site: tzinfo) -> Plan:
    """When people are told, as `[alerts]` says. Quiet hours need a begin and an end."""
    quiet = (options.quiet_from, options.quiet_to) if options.quiet_from and options.quiet_to else None
    return Plan(
        settle_s=options.settle_s,
        cooldown_s=options.cooldown_minutes * 60,
        quiet=quiet,
        zone=site,
        escalate_s=options.escalate_minutes * 60,
        escalations=options.escalations,
    )


def _no_telegram(name: str, way: TelegramWay) -> Channel:
    raise Refused("Telegram is not there.")


class _Nobody:
    def pair(self, minutes: int, scope: Scope, who: str) -> Pairing:
        raise Refused("Telegram is not there.")

    def people(self) -> Sequence[Person]:
        return ()

    async def forget(self, person: int, who: str) -> None:
        raise NotFound("Telegram is not there.")
