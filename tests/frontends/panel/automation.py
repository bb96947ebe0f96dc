"""What decides by itself, for a panel: everything real but the models, the shelf they are on, and the disk."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC
from typing import TYPE_CHECKING

from gateway.core.decisions import Decision
from gateway.core.errors import ModelFailed, NotFound
from gateway.core.ports.models import Ear, Fact, Lesson, RowModel, Thought, Unfit
from gateway.core.ports.recordings import Recording
from gateway.core.window.moment import Moment
from gateway.core.window.teacher import teach
from gateway.flow.correlation import correlated
from gateway.flow.decide.climate import Climate
from gateway.flow.decide.decide import Decide
from gateway.flow.decide.inputs import Inputs
from gateway.flow.decide.mind import DecideSettings
from gateway.flow.decide.overrides import Overrides
from gateway.flow.decide.replay import Replay
from gateway.flow.decide.surroundings import Surroundings
from gateway.flow.decide.taking import OverrideSettings
from gateway.flow.model_care import ModelCare
from gateway.flow.recordings import Recordings
from gateway.flow.sounds import Sounds, SoundSettings
from gateway.frontends.panel.parts import AutomationParts
from tests.fakes import MemoryDecisions

from .insight import HouseInsight
from .rules import HouseRules

if TYPE_CHECKING:
    from gateway.backends.store.store import Store

    from .house import House

GOOD_MODEL = b"PK a model that is good"
KEY = bytes(range(32))


class ToyThinker:
    """The teacher, ten percent points further open with every version, and where its owner's last lesson was."""

    def __init__(self, version: int) -> None:
        self.name, self.version = "window", version
        self.lessons: dict[str, Sequence[Lesson]] = {}

    @property
    def label(self) -> str:
        return f"window@{self.version}"

    @property
    def runtime(self) -> str:
        return "toy 1"

    def think(self, device: str, moment: Moment) -> Thought:
        taught = self.lessons.get(device)
        position = taught[-1].wanted_pct if taught else min(100.0, teach(moment) + 10.0 * self.version)
        return Thought(position, 0.8, 8.0, 0.0001, 0.5)

    def learnt(self, device: str, lessons: Sequence[Lesson]) -> None:
        self.lessons[device] = lessons

    def fold(self, device: str, lessons: Sequence[Lesson]) -> Callable[[], None]:
        return lambda: self.learnt(device, lessons)

    def preview(self, device: str, moments: Sequence[Moment]) -> list[float]:
        return [self.think(device, moment).position_pct for moment in moments]

    def close(self) -> None:
        """Nothing is held."""


class ToyShelf:
    """Window versions that come with the gateway (1) or were brought (2, 3, …); refuses what is not GOOD_MODEL."""

    def __init__(self) -> None:
        self.facts = [fact(1, bundled=True)]
        self.trusted: dict[str, bytes] = {}
        self.broken: set[int] = set()

    def versions(self, name: str) -> list[Fact]:
        return list(self.facts) if name == "window" else []

    def trust(self, signers: Mapping[str, bytes]) -> None:
        self.trusted = dict(signers)

    async def take_in(self, archive: bytes, signers: Mapping[str, bytes], name: str = "") -> Fact:
        if archive != GOOD_MODEL:
            raise Unfit("corrupt", "this is no ZIP file")
        self.facts.append(fact(len(self.facts) + 1))
        return self.facts[-1]

    async def window(self, version: int) -> ToyThinker:
        if version in self.broken:
            raise ModelFailed(f"window@{version} cannot be loaded")
        if version not in [one.version for one in self.facts]:
            raise NotFound(f"there is no window@{version}")
        return ToyThinker(version)

    async def ear(self, version: int | None = None) -> Ear:
        raise NotFound("there is no audio model")

    async def rows(self, name: str, version: int) -> RowModel:
        raise NotFound(f"there is no {name} model")

    def drop(self, name: str, version: int) -> None:
        self.facts = [one for one in self.facts if one.version != version]


def fact(version: int, *, bundled: bool = False) -> Fact:
    return Fact(
        name="window",
        version=version,
        signer="edge-gateway",
        sha256="ab" * 32,
        bytes=70_000,
        p99_ms=0.0 if bundled else 0.12,
        made="2026-11-21",
        bundled=bundled,
        figures={"error_after_pp": 3.6},
        card="# Window\n\nWhat it is for.",
    )


class MemoryShelf:
    """Recordings that lie nowhere."""

    def __init__(self) -> None:
        self.files: dict[str, tuple[Recording, bytes]] = {}

    def keep(self, device: str, time_ms: int, simulated: bool, wav: bytes) -> None:
        name = f"{device}.{time_ms}" + (".sim" if simulated else "")
        self.files[name] = Recording(name, device, time_ms, 2.0, len(wav), simulated), wav

    def all(self) -> list[Recording]:
        return sorted((kept for kept, _ in self.files.values()), key=lambda kept: -kept.time_ms)

    def read(self, recording_id: str) -> bytes:
        return self._one(recording_id)[1]

    def remove(self, recording_id: str) -> None:
        del self.files[self._one(recording_id)[0].id]

    def erase(self, device: str) -> None:
        self.files = {name: kept for name, kept in self.files.items() if kept[0].device != device}

    def _one(self, recording_id: str) -> tuple[Recording, bytes]:
        if recording_id not in self.files:
            raise NotFound(f"there is no recording {recording_id}")
        return self.files[recording_id]


class HouseAutomation:
    """Made of the parts of a house; its windows decide when they are told to."""

    def __init__(self, house: House, store: Store | None) -> None:
        home, self.house = house.home, house
        archive = store or MemoryDecisions(house.writer)
        told = house.bus, house.trail, house.chronicle, house.clock
        self.surroundings = Surroundings(home.home, home.assignments, house.registry, house.bus)
        inputs = Inputs(self.surroundings, house.watch.newest, Climate(UTC), UTC, house.bus)
        self.shelf, self.files = ToyShelf(), MemoryShelf()
        self.care = ModelCare(
            self.shelf,
            archive,
            house.documents,
            house.bus,
            house.trail,
            house.chronicle,
            house.clock,
            {"edge-gateway": KEY},
        )
        self.overrides = Overrides(
            house.disk,
            archive,
            *told,
            home.commands,
            house.registry,
            self.care,
            OverrideSettings(),
            is_window=self.surroundings.is_window,
            moment=self._moment,
            cuts=lambda device, position: ["rain 1.2 mm/h: at most 10 %"] if position > 90 else [],
        )
        self.decide = Decide(
            house.disk,
            archive,
            house.bus,
            house.chronicle,
            house.clock,
            inputs,
            self.surroundings,
            self.care,
            self.overrides,
            house.registry,
            DecideSettings(),
        )
        self.decide.attach(house.post)
        known: Callable[[str], bool] = house.registry.known
        self.recordings = Recordings(self.files, *told, known, house.registry.simulated)
        self.sounds = Sounds(
            house.bus,
            self.care.ear,
            house.intake,
            house.disk,
            self.recordings,
            house.chronicle,
            house.clock,
            known,
            SoundSettings(),
        )
        self.insight = HouseInsight(house, store)
        self.rules = HouseRules(house, store)
        self.replay = Replay(self.shelf, self.overrides.folded, self.decide.bounds)

    async def load(self) -> None:
        await self.care.load()
        await self.overrides.load()
        await self.decide.load()
        await self.care.ready()

    async def close(self) -> None:
        await self.recordings.close()
        self.care.close()

    def parts(self) -> AutomationParts:
        return AutomationParts(
            decide=self.decide,
            overrides=self.overrides,
            care=self.care,
            sounds=self.sounds,
            recordings=self.recordings,
            replay=self.replay,
            insight=self.insight.parts(),
            rules=self.rules.parts(),
        )

    async def window(self, mac: str = "aa:bb:cc:dd:ee:0a", **capabilities: object) -> str:
        """A window that is connected."""
        device = (await self.house.device(mac, kind="window", **capabilities)).device_id
        self.house.post.there.add(device)
        return device

    def decision(self, device: str, time_ms: int, temperature: float = 28.0, **values: float) -> Decision:
        """What is decided when this is measured."""
        seq = time_ms % 1000
        self.house.announce(device, time_ms, boot="b1", seq=seq, **{"temperature": temperature, **values})
        with correlated(f"{device}/b1/{seq}"):
            made = self.decide.consider(device, "temperature rose 0.6 °C")
        assert made is not None
        return made

    def _moment(self, device: str) -> Moment | None:
        return self.decide.moment(device)
