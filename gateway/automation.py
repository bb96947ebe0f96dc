"""What decides by itself as one part of the gateway: windows, the models behind them, what owners teach, sound."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any

from .backends.broker.exchange import Exchange
from .backends.inference.bundled import bundled_signers
from .backends.inference.loading import make_loader
from .backends.recordings import RecordingFiles
from .backends.store.store import Store
from .backends.zones import zone
from .config.settings import Settings
from .core import topics
from .core.commands import Command
from .core.insight import Episode
from .core.messages import Message
from .core.ports.documents import Documents
from .core.ports.intake import Intake, Taken
from .core.ports.post import Post
from .core.window.change import Thresholds
from .core.window.limits import Bounds, Limited, limited, node_limits
from .core.window.moment import Moment
from .flow.bus import Bus
from .flow.chronicle import Chronicle
from .flow.decide.arbiter import Arbiter
from .flow.decide.bare_windows import BareWindows
from .flow.decide.climate import Climate
from .flow.decide.decide import Decide
from .flow.decide.external import Answers
from .flow.decide.inputs import Inputs
from .flow.decide.lessons import since
from .flow.decide.mind import DecideSettings
from .flow.decide.overrides import Overrides
from .flow.decide.person_holds import PersonHolds
from .flow.decide.replay import Replay
from .flow.decide.surroundings import WINDOW, Surroundings
from .flow.decide.taking import OverrideSettings
from .flow.model_care import ModelCare
from .flow.recordings import Recordings
from .flow.registry import Registry
from .flow.sounds import Sounds, SoundSettings
from .flow.timekeeper import TimeKeeper
from .flow.trail import Trail
from .flow.watch import Watch
from .frontends.panel.parts import AutomationParts, HomeParts
from .insight import Insight
from .ruling import RulePart


class Automation:
    """Made once devices, the home and the watch are there.

    `load` and `hear` come before messages are taken in, `attach` before the broker listens. No model is loaded, and no
    library for one, before the first window is there.
    """

    def __init__(
        self,
        settings: Settings,
        data: Path,
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
    ) -> None:
        self._settings = settings
        self._store = store
        self._bus = bus
        self._chronicle = chronicle
        self._clock = clock
        self._registry = registry
        self._commands = home.commands
        self._shadows = home.shadows
        asked = deciding(settings)
        told = bus, trail, chronicle, clock
        self._surroundings = Surroundings(home.home, home.assignments, registry, bus)
        self._climate = Climate(asked.zone)
        inputs = Inputs(self._surroundings, watch.newest, self._climate, asked.zone, bus, lambda: keeper.known)
        loader = make_loader(data / "models")
        self.care = ModelCare(loader, store, documents, *told, bundled_signers())
        # Before deciding: a hold that begins with a reading holds for the decision about that reading.
        self.overrides = Overrides(
            store,
            store,
            *told,
            home.commands,
            registry,
            self.care,
            OverrideSettings(hold_s=settings.window.hold_minutes * 60),
            is_window=self._surroundings.is_window,
            moment=self._moment,
            cuts=self._cuts,
            since=since(home.assignments),
            timed=lambda: keeper.known,
            recalled=self._ordered,
        )
        hold_s = settings.window.hold_minutes * 60
        people = PersonHolds(bus, clock, hold_s, self._surroundings.is_window)
        self._arbiter = Arbiter(bus, clock, self.overrides, people, self._limited, asked.zone)
        self.rules = RulePart(
            settings,
            documents,
            store,
            *told,
            keeper,
            registry,
            home,
            watch,
            self.overrides,
            self._arbiter,
            self._episodes,
        )
        self._bare = BareWindows(store, bus, clock, home.commands, self._surroundings.is_window)
        self.decide = Decide(
            store,
            store,
            bus,
            chronicle,
            clock,
            inputs,
            self._surroundings,
            self.care,
            self._arbiter,
            registry,
            asked,
            limits=self._limits,
            recall=self._recall,
        )
        self._replay = Replay(loader, self.overrides.folded, self.decide.bounds)
        self._answers = Answers(self.decide, bus, trail) if self.decide.mode == "external" else None
        self.insight = Insight(settings, data, store, *told, keeper, registry, home, self.care)
        files = RecordingFiles(data / "recordings", settings.audio.recordings_mb)
        self._recordings = Recordings(files, *told, registry.known, registry.simulated)

    async def load(self) -> None:
        """What is known from earlier runs. Raises StoreError."""
        await self.care.load()
        await self.overrides.load()
        self._bare.recall(self._ordered())
        await self.decide.load()
        await self._recordings.load()
        await self.insight.load()
        devices = self._registry.devices()
        self._arbiter.recall(command for device in devices for command in self._commands.of(device.id))
        await self.rules.load()

    @property
    def answers(self) -> Callable[[Message], Taken] | None:
        """What services answer; None: nobody is asked."""
        return None if self._answers is None else self._answers.take

    def hear(self, intake: Intake) -> None:
        """Listen to nodes' sound; how loud it is goes the way of every reading."""
        level = SoundSettings(offset_db=self._settings.audio.offset_db)
        recordings, known = self._recordings, self._registry.known
        told = self._chronicle, self._clock
        self._sounds = Sounds(self._bus, self.care.ear, intake, self._store, recordings, *told, known, level)

    def attach(self, exchange: Exchange, post: Post) -> None:
        """How nodes are spoken to, and who of them listens for controls."""
        router = exchange.router

        def hears(device: str, topic: str) -> bool:
            return any(session.user == device for session in router.subscribers(topic))

        def listens(device: str) -> bool:
            return hears(device, topics.window_control(device))

        self._surroundings.listen(listens)
        self._bare.attach(post, lambda device: listens(device) and not hears(device, topics.command(device)))
        self.decide.attach(post)

    def tasks(self) -> list[Coroutine[Any, Any, None]]:
        """What goes on by itself; the gateway is nothing without it."""
        return [self.decide.run(), self.overrides.run(), *self.rules.tasks(), *self.insight.tasks()]

    @property
    def leaves(self) -> Mapping[str, Callable[[], Awaitable[None]]]:
        """What nothing waits for, by name."""
        return {"models": self.care.run, "sounds": self._sounds.run, **self.insight.leaves}

    def complaints(self) -> Mapping[str, str]:
        """What is wrong by part; empty: nothing."""
        own = {"models": self.care.complaint(), "sounds": self._sounds.complaint}
        return {**own, **self.rules.complaints(), **self.insight.complaints()}

    def parts(self) -> AutomationParts:
        """As the panel is given it."""
        return AutomationParts(
            decide=self.decide,
            overrides=self.overrides,
            care=self.care,
            sounds=self._sounds,
            recordings=self._recordings,
            replay=self._replay,
            insight=self.insight.parts(),
            rules=self.rules.parts(),
        )

    async def close(self) -> None:
        """Let the models go; nothing is listened to or kept any more."""
        self._sounds.close()
        await self.rules.close()
        await self.insight.close()
        await self._recordings.close()
        await self.overrides.close()
        self.care.close()

    def _ordered(self) -> list[Command]:
        """The commands of what is or may be a window: before anybody is connected not every window is known."""
        devices = [device.id for device in self._registry.devices()]
        windows = [one for one in devices if self._registry.abilities(one).kind in ("", WINDOW)]
        return [command for window in windows for command in self._commands.of(window)]

    def _moment(self, device: str) -> Moment | None:
        return self.decide.moment(device)

    def _cuts(self, device: str, position: float) -> Sequence[str]:
        """Which limits a position goes against now, in words."""
        return self._limited(device, position).cuts

    def _limited(self, device: str, position: float) -> Limited:
        """What the weather and the node leave of a position; all of it where nothing is known around it."""
        moment = self.decide.moment(device)
        return Limited(position, ()) if moment is None else limited(position, moment, self.decide.bounds(device))

    def _episodes(self) -> Sequence[Episode]:
        return self.insight.anomalies.episodes.open()

    def _limits(self, device: str) -> tuple[float, float]:
        """What the node holds itself to: what it says, else what it was told."""
        shadow = self._shadows.get(device)
        return node_limits(shadow.reported, shadow.desired)

    async def _recall(self) -> None:
        await self._climate.load(self._store, self._surroundings.outdoor(), self._clock())


def deciding(settings: Settings) -> DecideSettings:
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
