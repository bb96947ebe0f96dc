"""Models without a library: versions are plain functions that can be told to fail, to be slow or to diverge."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gateway.core.errors import ModelFailed, NotFound
from gateway.core.messages import Audited, Happened, ModelsChanged
from gateway.core.ports.models import Ear, Fact, Lesson, Thought, Unfit
from gateway.core.sound_features import SoundFeatures
from gateway.core.window.moment import Moment
from gateway.flow.bus import Bus
from gateway.flow.chronicle import Chronicle
from gateway.flow.model_care import ModelCare
from gateway.flow.model_keeper import Stand
from gateway.flow.trail import Trail
from tests.fakes import START_MS, FixedClock, MemoryDecisions, MemoryDocuments, MemoryWriter

OWN_KEY = bytes(32)


def moment(temperature_c: float | None = 24.0, hour: float = 12.0) -> Moment:
    """One of which all is known."""
    return Moment(
        time_ms=START_MS,
        hour=hour,
        day=170,
        temperature_c=temperature_c,
        humidity_pct=45.0,
        sound_db=40.0,
        outdoor_temperature_c=16.0,
        outdoor_humidity_pct=60.0,
        outdoor_mean_c=15.0,
    )


class FakeThinker:
    """Says `position` of the moment, moved by the mean of what it was taught; from `fails_at` on it does not."""

    name = "window"
    runtime = "fake 1"

    def __init__(self, version: int, position: Callable[[Moment], float]) -> None:
        self.version = version
        self.position = position
        self.calls = 0
        self.fails_at = 0
        self.took_s = 0.0001
        self.taught: dict[str, tuple[Lesson, ...]] = {}
        self.closed = False

    @property
    def label(self) -> str:
        return f"window@{self.version}"

    def think(self, device: str, at: Moment) -> Thought:
        self.calls += 1
        if self.fails_at and self.calls >= self.fails_at:
            raise ModelFailed(f"{self.label} fell over")
        said = self.position(at)
        for number, lesson in enumerate(self.taught.get(device, ()), 1):
            said += (lesson.wanted_pct - said) / (number + 1)
        return Thought(said, 0.8, 6.0, self.took_s, 0.5)

    def learnt(self, device: str, lessons: Sequence[Lesson]) -> None:
        self.taught[device] = tuple(lessons)

    def fold(self, device: str, lessons: Sequence[Lesson]) -> Callable[[], None]:
        return lambda: self.learnt(device, lessons)

    def preview(self, device: str, moments: Sequence[Moment]) -> list[float]:
        return [self.think(device, one).position_pct for one in moments]

    def close(self) -> None:
        self.closed = True


class FakeEar:
    name = "audio"

    def __init__(self, version: int) -> None:
        self.version = version

    def features(self, pcm: bytes) -> SoundFeatures:
        return SoundFeatures(-20.0, 0.1, 0.1, 500.0, 2000.0, (0.0,) * 13, 1.0)


class FakeRows:
    """Answers with its version in hundredths and the row's sum; falls over when it is `broken`."""

    def __init__(self, name: str, version: int) -> None:
        self.name = name
        self.version = version
        self.broken = False
        self.closed = False
        self.answer: Callable[[Sequence[float]], float] = lambda row: sum(row) + version / 100

    @property
    def label(self) -> str:
        return f"{self.name}@{self.version}"

    @property
    def runtime(self) -> str:
        return "toy 1"

    def ask(self, row: Sequence[float]) -> tuple[float, ...]:
        if self.broken:
            raise ModelFailed(f"{self.label} fell over")
        return (self.answer(row),)

    def close(self) -> None:
        self.closed = True


class FakeStand:
    """A shelf: archives are names such as b`window@4`. `make` prepares a thinker each time one is loaded."""

    def __init__(self, *bundled: tuple[str, int]) -> None:
        self.facts: dict[tuple[str, int], Fact] = {}
        self.broken: dict[tuple[str, int], str] = {}
        self.made: list[FakeThinker] = []
        self.make: Callable[[FakeThinker], None] = lambda thinker: None
        self.positions: dict[int, Callable[[Moment], float]] = {}
        self.trusted: dict[str, bytes] = {}
        self.rows_made: list[FakeRows] = []
        for name, version in bundled:
            self.put(name, version, bundled=True)

    def put(self, name: str, version: int, *, bundled: bool = False) -> Fact:
        fact = Fact(name, version, "edge-gateway" if bundled else "house", "", 1, 0.1, "2026-11-21", bundled)
        self.facts[name, version] = fact
        return fact

    def trust(self, signers: Mapping[str, bytes]) -> None:
        self.trusted = dict(signers)

    def versions(self, name: str) -> list[Fact]:
        return [fact for (known, _), fact in sorted(self.facts.items()) if known == name]

    async def take_in(self, archive: bytes, signers: Mapping[str, bytes], name: str = "") -> Fact:
        model, _, version = archive.decode().partition("@")
        if not version:
            raise Unfit("corrupt", "it is not a zip of a model")
        if name and name != model:
            raise Unfit("schema", f"this is a model called {model}, not {name}")
        return self.put(model, int(version))

    async def window(self, version: int) -> FakeThinker:
        self._look("window", version)
        thinker = FakeThinker(version, self.positions.get(version, lambda at: 2.0 * (at.temperature_c or 0.0)))
        self.make(thinker)
        self.made.append(thinker)
        return thinker

    async def ear(self, version: int | None = None) -> Ear:
        self._look("audio", version or 0)
        return FakeEar(version or 0)

    async def rows(self, name: str, version: int) -> FakeRows:
        self._look(name, version)
        model = FakeRows(name, version)
        self.rows_made.append(model)
        return model

    def drop(self, name: str, version: int) -> None:
        self.facts.pop((name, version), None)

    def _look(self, name: str, version: int) -> None:
        if (name, version) in self.broken:
            raise Unfit("corrupt", self.broken[name, version])
        if (name, version) not in self.facts:
            raise NotFound(f"{name}@{version}")


class ModelSite:
    """A ModelCare with everything it needs, and what it said."""

    def __init__(self, stand: Stand | None = None, documents: MemoryDocuments | None = None) -> None:
        self.stand: Any = stand or FakeStand(("window", 1), ("audio", 1))
        self.documents = documents or MemoryDocuments()
        self.clock = FixedClock()
        self.writer = MemoryWriter()
        self.bus = Bus()
        self.changed: list[str] = []
        self.bus.on(ModelsChanged, lambda event: self.changed.append(event.name))
        self.chronicle = Chronicle(self.writer, self.bus, self.clock)
        self.trail = Trail(self.writer, self.bus, self.clock)
        self.care = ModelCare(
            self.stand,
            MemoryDecisions(self.writer),
            self.documents,
            self.bus,
            self.trail,
            self.chronicle,
            self.clock,
            {"edge-gateway": OWN_KEY},
        )

    async def started(self) -> ModelSite:
        await self.care.load()
        await self.care.ready()
        return self

    async def restarted(self) -> ModelSite:
        """Another start over the same documents and shelf."""
        return await ModelSite(self.stand, self.documents).started()

    def said(self, kind: str) -> list[str]:
        return [one.reason for one in self.writer.changes if isinstance(one, Happened) and one.kind == kind]

    def audited(self, kind: str) -> list[tuple[str, str]]:
        return [(one.who, one.detail) for one in self.writer.changes if isinstance(one, Audited) and one.kind == kind]

    def thinks(self, at: Moment | None = None, device: str = "win") -> tuple[str, float]:
        opined = self.care.think(device, at or moment())
        return opined.model, opined.position_pct
