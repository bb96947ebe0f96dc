"""What speaks with people as one part of the gateway: sentences, alerts, the outbox and its channels, Telegram."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import tzinfo
from pathlib import Path

from . import machine_time
from .backends.late_outside import LateOutside
from .backends.store.store import Store
from .backends.zones import zone
from .config.outward_settings import Alerts as AlertOptions
from .config.settings import Settings
from .core.alerts.alert import Plan
from .core.channels import TelegramWay, Way
from .core.home import PlantTraits
from .core.ports.channel import Channel
from .core.ports.documents import Documents
from .core.ports.secrets import Secrets
from .core.units import unit
from .flow.alerts.book import AlertBook
from .flow.alerts.conditions import Conditions
from .flow.alerts.routing import Routing
from .flow.bus import Bus
from .flow.chat.chat import Chat
from .flow.chat.parts import ChatParts, HouseParts, RuleTalkParts
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
from .frontends.panel.parts import AutomationParts, HomeParts, InsightParts, OutwardParts, PartHealth, RuleParts
from .frontends.telegram.parts import TelegramParts, TelegramSettings
from .frontends.telegram.people import People
from .frontends.telegram.pictures import Pictures, wall_clock
from .frontends.telegram.telegram import Telegram
from .log.masking import without_secrets

TELEGRAM = "telegram"
CREDENTIAL = "telegram_token"
VARIABLE = "TELEGRAM_TOKEN"


class Outward:
    """Made once everything it speaks of is there; `load` comes before anybody is spoken with.

    Nothing is asked of the internet, and no library for it is loaded, before somebody has set up a channel or the
    assistant. `doing`: how what a sentence orders is carried out; `health`: how the gateway's parts are.
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
        assert automation.insight is not None, "alerts come from it"
        assert automation.rules is not None, "sentences become rules"
        self._settings = settings
        self._documents = documents
        self._secrets = secrets
        self._store = store
        self._bus = bus
        self._trail = trail
        self._chronicle = chronicle
        self._clock = clock
        self._keeper = keeper
        self._registry = registry
        self._watch = watch
        self._home = home
        self._automation = automation
        self._insight: InsightParts = automation.insight
        self._rules: RuleParts = automation.rules
        self._health = health
        self._zone = zone(settings.site.timezone)[0]
        self._outside = LateOutside()
        self._outbox = Outbox(store, store, bus, trail, chronicle, clock, self._zone)
        self._people = People(documents, trail, clock, self._forgotten)
        making = Making(self._outside, self._make_telegram)
        told = making.make, given(environ), self._unmake
        self._channels = ChannelBook(documents, secrets, trail, self._outbox, *told)
        self._alerts = self._made_alerts()
        self._chat = Chat(self._chat_parts(doing))
        self._assistant = self._made_assistant()
        self._telegram = self._made_telegram()

    async def load(self) -> None:
        """What is known from earlier runs; when everything else knows that. Raises StoreError."""
        self._people.load()
        self._telegram.load(await self._store.marks())
        await self._outbox.load()
        self._channels.load()
        await self._assistant.load()
        await self._alerts.load()

    @property
    def leaves(self) -> Mapping[str, Callable[[], Awaitable[None]]]:
        """What nothing waits for, by name."""
        return {"outbox": self._outbox.run, "alerts": self._alerts.run, TELEGRAM: self._telegram.run}

    def complaints(self) -> Mapping[str, str]:
        """What is wrong by part; empty: nothing."""
        return {**self._outbox.complaints(), **self._channels.complaints(), **self._telegram.complaints()}

    def parts(self) -> OutwardParts:
        """As the panel is given it."""
        return OutwardParts(
            chat=self._chat,
            alerts=self._alerts,
            outbox=self._outbox,
            channels=self._channels,
            archive=self._store,
            assistant=self._assistant,
            people=self._people,
            hook=self._telegram.hook if self._settings.telegram.mode == "webhook" else None,
            telegram_updates=self._telegram.updates,
            assistant_requests=self._assistant.outcomes,
        )

    async def close(self) -> None:
        """Nobody is spoken with any more."""
        await self._outside.close()

    def _made_alerts(self) -> AlertBook:
        options = self._settings.alerts
        conditions = Conditions(
            self._bus,
            self._clock,
            machine_time.up_ms,
            self._zone,
            self._home.home,
            self._home.plants,
            self._watch,
            self._registry,
            self._insight.episodes,
            self._insight.health,
            self._health,
            options.battery_v,
            options.risk_days,
        )
        return AlertBook(
            self._store,
            self._store,
            self._bus,
            self._trail,
            self._clock,
            plan(options, self._zone),
            self._knows_time,
            conditions.sources(),
            Routing(self._channels.channels, self._outbox.channel),
            self._outbox,
            self._rule_name,
            enabled=options.enabled,
        )

    def _chat_parts(self, doing: Doing) -> ChatParts:
        home, rules, language, site = self._home, self._rules, self._settings.language, self._settings.site
        return ChatParts(
            settings=language,
            house=HouseParts(
                registry=self._registry,
                home=home.home,
                assignments=home.assignments,
                values=home.values,
                plants=home.plants,
                watch=self._watch,
                commands=home.commands,
                shadows=home.shadows,
                history=self._store,
            ),
            bus=self._bus,
            trail=self._trail,
            clock=self._clock,
            clock_known=self._knows_time,
            zone=self._zone,
            sun=site.latitude is not None and site.longitude is not None,
            rules=RuleTalkParts(
                rules=rules.rules,
                scenes=rules.scenes,
                live=rules.live,
                timers=rules.timers,
                backtest=rules.backtest,
                archive=self._store,
                names=rules.names,
                doing=doing,
            ),
            overrides=self._automation.overrides,
            decisions=self._store,
            alerts=self._alerts,
            episodes=self._insight.episodes,
            health=self._insight.health,
            wellbeing=self._health,
            assistant=lambda: self._assistant,
        )

    def _made_assistant(self) -> CloudAssistant:
        around = Surroundings(
            outside=self._outside,
            documents=self._documents,
            secrets=self._secrets,
            writer=self._store,
            archive=self._store,
            auditor=self._trail,
            read=self._chat.parse,
            mask=without_secrets,
            now_ms=self._clock,
            zone=lambda: self._zone,
        )
        options = self._settings.assistant
        return CloudAssistant(around, Manners(timeout_s=options.timeout_s, requests_per_day=options.requests_per_day))

    def _made_telegram(self) -> Telegram:
        names, options = self._rules.names, self._settings.telegram
        pictures = Pictures(
            history=self._store,
            names=names,
            unit=self._unit,
            simulated=self._registry.simulated,
            clock=self._clock,
            limits=self._limits,
        )
        parts = TelegramParts(
            outside=self._outside,
            people=self._people,
            chat=self._chat,
            alerts=self._alerts,
            picture=pictures.day,
            moment=wall_clock(lambda: names.site_zone, self._clock),
            writer=self._store,
            bus=self._bus,
            trail=self._trail,
            chronicle=self._chronicle,
            clock=self._clock,
            known=self._knows_time,
            unblock=self._outbox.unblock,
        )
        chosen = TelegramSettings(mode=options.mode, webhook_url=options.webhook_url, api_url=options.api_url)
        return Telegram(chosen, parts)

    # Telegram is made last, as it speaks with all of the others: those that it is handed to ask for it later

    def _make_telegram(self, name: str, way: TelegramWay) -> Channel:
        return self._telegram.make(name, way)

    def _unmake(self, name: str) -> None:
        self._telegram.unmake(name)

    def _forgotten(self, target: str) -> None:
        self._channels.forget(TELEGRAM, target)

    def _knows_time(self) -> bool:
        return self._keeper.known

    def _rule_name(self, rule: str) -> str:
        kept = self._rules.rules.kept.get(rule)
        return rule if kept is None else kept.rule.name

    def _unit(self, device: str, metric: str) -> str:
        return unit(metric, self._registry.device(device).capabilities) or ""

    def _limits(self, device: str, metric: str) -> tuple[float, ...]:
        """Of the plant that a device measures: drawn as lines."""
        asset = self._home.assignments.current(device)
        traits = None if asset is None else self._home.home.asset(asset).traits
        band = traits.thresholds.get(metric) if isinstance(traits, PlantTraits) else None
        return () if band is None else tuple(limit for limit in (band.min, band.max) if limit is not None)


def given(environ: Mapping[str, str]) -> dict[str, Way]:
    """Channels whose secrets come from outside: the bot's token as a variable, or as systemd's credential."""
    token = environ.get(VARIABLE, "").strip()
    folder = environ.get("CREDENTIALS_DIRECTORY")
    if not token and folder:
        path = Path(folder) / CREDENTIAL
        token = path.read_text(encoding="utf-8").strip() if path.is_file() else ""
    return {TELEGRAM: TelegramWay(token=token)} if token else {}


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
