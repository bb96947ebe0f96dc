"""Rules, timers and scenes as one part of the gateway."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Coroutine, Iterable, Mapping
from typing import Any

from .backends.store.store import Store
from .backends.zones import zone
from .config.settings import Settings
from .core.insight import Episode
from .core.messages import DeviceStatus
from .core.ports.documents import Documents
from .core.rules.engine import Setup
from .core.rules.events import Event
from .core.rules.firing import Outcome
from .core.rules.news import RuleChanged
from .core.rules.ranks import LASTING, RULE
from .core.rules.rule import Mode, scenes
from .flow.bus import Bus
from .flow.chronicle import Chronicle
from .flow.decide.arbiter import Arbiter
from .flow.decide.overrides import Overrides
from .flow.later import Later
from .flow.registry import Registry
from .flow.rules.backtest import Backtest
from .flow.rules.book import Rules
from .flow.rules.brake import Brake
from .flow.rules.doing import Doing
from .flow.rules.firings import Firings
from .flow.rules.following import Following
from .flow.rules.holding_back import HoldingBack
from .flow.rules.house import House, HouseNames
from .flow.rules.levels import Levels
from .flow.rules.live import Live
from .flow.rules.planning import Planner
from .flow.rules.remembering import RuleSettings, read
from .flow.rules.replay import Replay
from .flow.rules.resolve import Resolve
from .flow.rules.running import Running
from .flow.rules.scenes import SceneBook
from .flow.rules.spans import Spans
from .flow.rules.tape import Tape
from .flow.timekeeper import TimeKeeper
from .flow.timers.timers import Timers
from .flow.trail import Trail
from .flow.watch import Watch
from .frontends.panel.parts import HomeParts, RuleParts

_RECALLED = 500
"""Firings whose ids are known after a start: none of them is done again."""


class RulePart:
    """Made after the overrides and before deciding: a rule's claim stands when the same reading makes a window think.

    `episodes` are those that are open; they are asked for only once everything is made.
    """

    def __init__(
        self,
        settings: Settings,
        documents: Documents,
        store: Store,
        bus: Bus,
        trail: Trail,
        chronicle: Chronicle,
        clock: Callable[[], int],
        keeper: TimeKeeper,
        registry: Registry,
        home: HomeParts,
        watch: Watch,
        overrides: Overrides,
        arbiter: Arbiter,
        episodes: Callable[[], Iterable[Episode]],
    ) -> None:
        self._settings = settings.rules
        self._store = store
        self._chronicle = chronicle
        self._clock = clock
        self._registry = registry
        self._watch = watch
        self._arbiter = arbiter
        self._later = Later()
        site = settings.site
        place = None if site.latitude is None or site.longitude is None else (site.latitude, site.longitude)
        self._setup = Setup(zone(site.timezone)[0], site.latitude, site.longitude, settings.rules.fresh_s)
        house = House(home.home, home.assignments, registry, watch.status, place)
        self._scenes = SceneBook(documents, bus, trail, clock, house)
        house.scenes = self._scenes.scenes
        self._names = HouseNames(home.home, registry, self._scenes.name, self._setup.zone)
        told = bus, chronicle, clock
        planner = Planner(house, arbiter, self._scenes.scenes, clock)
        self.doing = Doing(planner, home.commands, home.shadows, overrides, *told, settings.rules.fresh_s)
        self._timers = Timers(store, store, bus, trail, chronicle, clock, self.doing)
        self.doing.attach(self._timers)
        sources = _Sources(registry, watch, home, episodes, self._timers)
        resolve = Resolve(house, sources.interval_s)
        people = documents, bus, trail, clock, house, self._names
        self._book = Rules(*people, resolve, self._timers, self._scenes)
        self._brake = Brake(settings.rules.most_firings_per_hour, self.trip)
        fresh_s = settings.rules.fresh_s
        doing = self.doing, self._timers, self._names, registry.simulated, self._brake, fresh_s
        self._firings = Firings(store, bus, chronicle, clock, *doing)
        self._scenes.attach(self.doing, self._users)

        def levels(hear: Callable[[Event], None]) -> Levels:
            return Levels(bus, clock, sources, self._firings.depth, hear)

        def known() -> bool:
            return keeper.known

        self._running = Running(
            store,
            clock,
            self._setup,
            Tape(store, secrets.token_hex(4)),
            self._firings,
            resolve,
            watch.newest,
            known,
            self,
            RuleSettings(fresh_s=fresh_s, catch_up_hours=settings.rules.catch_up_hours),
        )
        # Before it runs again: what fires at once must not find it stopped still.
        bus.on(RuleChanged, self._rule_changed)
        parts = self._book, self._firings, self._timers, resolve
        self.live = Live(bus, clock, self._setup, self._running, *parts, levels, watch.newest, known, store)
        self._holding_back = HoldingBack(self._running, chronicle, self._names, clock)
        self._following = Following(bus, house, self.live, resolve, chronicle, sources.interval_s)
        spans = Spans(house, home.assignments.of_asset, sources.interval_s)
        self._backtest = Backtest(store, spans, self._setup, self._names, lambda: house)
        self._replay = Replay(store, store, self._setup)

    async def load(self) -> None:
        """What is known from earlier runs; after commands and overrides. Raises StoreError."""
        self._scenes.load()
        self._book.load()
        await self._timers.load()
        known = await self._store.firings(limit=_RECALLED)
        pending = await self._store.pending_firings()
        self._firings.recall([*known[::-1], *pending])
        if not self._settings.enabled:
            return
        kept = self._book.kept
        for firing in pending:
            await self._firings.resume(firing, kept.get(firing.rule))
        remembered = await self._store.remembered()
        for one in remembered:
            memory = read(one)
            if memory is not None and memory.holds:
                for firing in await self._store.firings(rule=one.rule, parts=("then",), limit=1):
                    self._firings.follow(firing)
                    if (firing.mode, firing.outcome) == (Mode.LIVE, Outcome.LATE):
                        self._running.put_off(one.rule)
        noted = [firing.noted_ms for firing in known] + [one.time_ms for one in remembered]
        heard = [self._watch.last_seen_ms(device.id) for device in self._registry.devices()]
        stopped_ms = max([*noted, *(ms for ms in heard if ms is not None)], default=self._clock())
        self.live.load(remembered, min(stopped_ms, self._clock()))
        for rule in self._running.holding:
            for firing in await self._store.firings(rule=rule, parts=("then",), limit=1):
                self.doing.hold(firing, kept[rule])
        self._following.begin(device.id for device in self._registry.devices())

    def tasks(self) -> list[Coroutine[Any, Any, None]]:
        """What goes on by itself; the gateway is nothing without it. Timers run whether rules are evaluated or not."""
        if not self._settings.enabled:
            return [self._timers.run()]
        return [self._timers.run(), self.live.run(), self._holding_back.run()]

    def complaints(self) -> Mapping[str, str]:
        """What is wrong by part; empty: nothing."""
        broken = {**self.live.broken, **self._following.missing}
        said: list[str] = []
        for rule, kept in self._book.kept.items():
            if kept.mode is Mode.TRIPPED:
                said.append(f"{kept.rule.name} is tripped: {self._brake.words(rule)}")
            elif rule in broken:
                said.append(f"{kept.rule.name}: {broken[rule]}")
        return {"rules": "; ".join(said)}

    def parts(self) -> RuleParts:
        """As the panel is given it."""
        return RuleParts(
            rules=self._book,
            scenes=self._scenes,
            live=self.live,
            timers=self._timers,
            backtest=self._backtest,
            replay=self._replay,
            arbiter=self._arbiter,
            archive=self._store,
            names=self._names,
        )

    async def close(self) -> None:
        """Keep what every rule goes on from."""
        await self._timers.close()
        await self._firings.close()
        if self._settings.enabled:
            self.live.close()

    # What must be done when a rule stops: fulfils `remembering.Stopper`

    def stopped(self, rule: str) -> None:
        """It holds nothing any more; what its timers claim stays."""
        who = RULE + rule
        for claim in self._arbiter.standing():
            if claim.who == who and claim.until_ms is not None and claim.until_ms >= LASTING:
                self._arbiter.release(who, claim.actuator)

    def trip(self, rule: str, reason: str) -> None:
        """It must not be evaluated again until it is enabled anew."""
        self._brake.stop(rule, reason)
        name = self._book.kept[rule].rule.name if rule in self._book.kept else rule
        self._chronicle.note("rule.tripped", f"{name}: {reason}")
        self._later.do(self._book.trip(rule), f"the rule {rule} is stopped, but its document does not say so")

    def _rule_changed(self, event: RuleChanged) -> None:
        mode = None if event.gone else self._book.get(event.id).mode
        if mode is not Mode.TRIPPED:
            self._brake.loosen(event.id)
        if mode is not Mode.SHADOW:
            self._timers.end_shadow(event.id)

    def _users(self, scene: str) -> list[str]:
        known = self._book.kept.items()
        return [rule for rule, kept in known if any(one.scene == scene for _, one in scenes(kept.rule))]


class _Sources:
    """How things stand; fulfils `levels.Sources`."""

    def __init__(
        self,
        registry: Registry,
        watch: Watch,
        home: HomeParts,
        episodes: Callable[[], Iterable[Episode]],
        timers: Timers,
    ) -> None:
        self._registry = registry
        self._watch = watch
        self.shadow = home.shadows.get
        self.breaches = home.plants.breaches
        self.episodes = episodes
        self.timers = timers.armed

    def status(self, device: str) -> DeviceStatus | None:
        """None: there is no such device."""
        return self._watch.status(device) if self._registry.known(device) else None

    def interval_s(self, device: str) -> float:
        """How often a device sends, as far as it has said, or was told; 0: nobody knows."""
        shadow = self.shadow(device)
        for state in (shadow.reported, shadow.desired):
            said = state.get("interval_s")
            if isinstance(said, int | float) and not isinstance(said, bool) and 0 < said <= 86_400:
                return float(said)
        return 0.0
