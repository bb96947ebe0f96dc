"""What decides by itself as one part of the gateway: windows, the models behind them, what owners teach, sound."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from .backends.broker.exchange import Exchange
from .backends.store.store import Store
from .backends.zones import zone
from .config.settings import Settings
from .core import topics
from .core.decisions import Override
from .core.ports.models import Lesson
from .core.ports.post import Post
from .core.window.change import Thresholds
from .core.window.limits import Bounds, node_limits
from .core.window.moment import Moment
from .core.window.teacher import teach
from .flow.bus import Bus
from .flow.chronicle import Chronicle
from .flow.decide.climate import Climate
from .flow.decide.decide import Decide
from .flow.decide.inputs import Inputs
from .flow.decide.mind import TEACHER, TEACHER_CONFIDENCE, DecideSettings, Opined
from .flow.decide.surroundings import Surroundings
from .flow.registry import Registry
from .flow.timekeeper import TimeKeeper
from .flow.trail import Trail
from .flow.watch import Watch
from .frontends.panel.parts import HomeParts


class _Teacher:
    """The teacher alone."""

    def think(self, device: str, moment: Moment) -> Opined:
        return Opined(teach(moment), TEACHER_CONFIDENCE, TEACHER)

    def learnt(self, device: str, lessons: Sequence[Lesson]) -> None:
        """It does not learn."""

    def preview(self, device: str, moments: Sequence[Moment]) -> list[float]:
        return [teach(moment) for moment in moments]

    async def ready(self) -> None:
        """It is."""


class _Nobody:
    """Nobody holds anything."""

    def held(self, device: str) -> Override | None:
        return None

    def digest(self, device: str) -> str:
        return ""


class Automation:
    """Made once devices, the home and the watch are there.

    `load` comes before messages are taken in, `attach` before the broker listens.
    """

    def __init__(
        self,
        settings: Settings,
        store: Store,
        bus: Bus,
        trail: Trail,
        chronicle: Chronicle,
        clock: Callable[[], int],
        keeper: TimeKeeper,
        registry: Registry,
        home: HomeParts,
        watch: Watch,
    ) -> None:
        self._store = store
        self._clock = clock
        self._shadows = home.shadows
        asked = _asked(settings)
        self._surroundings = Surroundings(home.home, home.assignments, registry, bus)
        self._climate = Climate(asked.zone)
        inputs = Inputs(self._surroundings, watch.newest, self._climate, asked.zone, bus, lambda: keeper.known)
        self.decide = Decide(
            store,
            store,
            bus,
            chronicle,
            clock,
            inputs,
            self._surroundings,
            _Teacher(),
            _Nobody(),
            registry,
            asked,
            limits=self._limits,
            recall=self._recall,
        )

    async def load(self) -> None:
        """What is known from earlier runs. Raises StoreError."""
        await self.decide.load()

    def attach(self, exchange: Exchange, post: Post) -> None:
        """How nodes are spoken to, and who of them listens for controls."""
        router = exchange.router

        def listens(device: str) -> bool:
            return any(session.user == device for session in router.subscribers(topics.window_control(device)))

        self._surroundings.listen(listens)
        self.decide.attach(post)

    def tasks(self) -> list[Coroutine[Any, Any, None]]:
        """What goes on by itself; the gateway is nothing without it."""
        return [self.decide.run()]

    def _limits(self, device: str) -> tuple[float, float]:
        """What the node holds itself to: what it says, else what it was told."""
        shadow = self._shadows.get(device)
        return node_limits(shadow.reported, shadow.desired)

    async def _recall(self) -> None:
        await self._climate.load(self._store, self._surroundings.outdoor(), self._clock())


def _asked(settings: Settings) -> DecideSettings:
    """What deciding is handed of the settings."""
    window, inference = settings.window, settings.inference
    return DecideSettings(
        mode=inference.mode,
        enabled=window.enabled,
        min_interval_s=window.min_interval_s,
        ask_every_s=window.ask_every_s,
        deadband_pct=window.deadband_pct,
        answer_s=inference.answer_s,
        fallback=inference.fallback,
        thresholds=Thresholds(
            temperature_c=window.temperature_step,
            humidity_pct=window.humidity_step,
            co2_ppm=window.co2_step,
            sound_db=window.sound_step,
            outdoor_c=window.outdoor_step,
        ),
        bounds=Bounds(
            rain_max_pct=window.rain_at_most_pct,
            frost_max_pct=window.frost_at_most_pct,
            storm_m_s=window.storm_m_s,
        ),
        zone=zone(settings.site.timezone)[0],
    )
