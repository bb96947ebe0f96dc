"""Which version of a model is used: taken in, run in shadow, promoted, watched, and rolled back by itself.

It is the Mind that deciding asks. A rollback takes place between two answers; only writing it down takes longer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

import msgspec

from ..core.errors import Conflict, ModelFailed, NotFound, Refused
from ..core.messages import ModelsChanged
from ..core.ports.decisions import DecisionArchive
from ..core.ports.documents import Documents
from ..core.ports.gatekeeper import Auditor
from ..core.ports.models import Ear, Fact, Lesson, RowModel, Thinker, Unfit
from ..core.window.moment import Moment
from .bus import Bus
from .chronicle import Chronicle
from .decide.mind import Opined
from .model_comparison import compare
from .model_keeper import ANOMALY, AUDIO, WINDOW, Keeper, Stand
from .model_minds import Minds
from .model_probation import DECISIONS, Probation
from .model_rows import RowSeat
from .model_seats import MODELS, Fields, Seat, Seats
from .model_signers import Signer, Signers

_KEPT_VERSIONS = 4
_COMPLAINS_MS = 86_400_000


class ModelState(msgspec.Struct, frozen=True, kw_only=True):
    """How it stands with one model."""

    name: str
    active: int
    """0: none; the teacher decides about windows."""
    previous: int | None
    shadow: int | None
    since_ms: int
    probation: int
    """Decisions for which the active version is still watched by the one before."""
    versions: tuple[Fact, ...]
    trouble: str = ""
    rolled_back: str = ""
    """Why, of the last automatic one."""
    compared: int = 0
    """Decisions that the shadow was asked about, too, since it is there."""
    mean_difference_pp: float = 0.0


class Verified(msgspec.Struct, frozen=True):
    """Whether a version on the shelf is as it was signed, and answers as it did where it was made."""

    version: int
    ok: bool
    text: str


class ModelCare:
    """Cares for every model; thinks with the window's. `load` first; `run` writes down what happened by itself."""

    def __init__(
        self,
        loader: Stand,
        archive: DecisionArchive,
        documents: Documents,
        bus: Bus,
        trail: Auditor,
        chronicle: Chronicle,
        clock: Callable[[], int],
        own_signers: Mapping[str, bytes],
    ) -> None:
        self._loader = loader
        self._archive = archive
        self._bus = bus
        self._trail = trail
        self._chronicle = chronicle
        self._clock = clock
        self._signers = Signers(documents, clock, own_signers)
        self._seats = Seats(documents)
        self._keeper = Keeper(loader, self._seats, bus, chronicle, clock)
        self._minds = self._keeper.minds
        self._trying = asyncio.Lock()

    async def load(self) -> None:
        """What was decided in earlier runs; no model is loaded yet. Raises StoreError."""
        self._signers.load()
        self._loader.trust(self._signers.keys())
        self._seats.load({name: self._loader.versions(name) for name in MODELS})

    async def run(self) -> None:
        """Write down what happened by itself, for ever. Raises StoreError; the next run goes on with it."""
        await self._keeper.run()

    def close(self) -> None:
        """Let the models go."""
        self._minds.close()
        self._keeper.anomaly.close()

    # What deciding asks: core of flow/decide/mind.Mind.

    def think(self, device: str, moment: Moment) -> Opined:
        """The active version's answer, else the teacher's. Raises Refused without a temperature."""
        return self._minds.think(device, moment)

    def learnt(self, device: str, lessons: Sequence[Lesson]) -> None:
        """The device's active lessons, oldest first; also before `ready`. It takes its time; `folded` does not."""
        self._minds.learnt(device, lessons)

    async def folded(self, device: str, lessons: Sequence[Lesson]) -> Callable[[], None]:
        """The same, worked out beside the event loop; learnt when what comes back is called."""
        return await self._minds.folded(device, lessons)

    async def previewed(self, device: str, moments: Sequence[Moment]) -> list[float]:
        """Positions in percent, for words about a lesson."""
        return await self._minds.previewed(device, moments)

    async def ready(self) -> None:
        """Load what is active, once; the teacher stands in where that fails, and `complaint` says why."""
        await self._keeper.ready()

    async def ear(self) -> Ear:
        """The audio model in use, loaded. Raises ModelFailed, Unfit, NotFound."""
        return await self._keeper.ear()

    async def rows(self) -> RowSeat:
        """The model behind the series, loaded; without one that works it answers nothing."""
        return await self._keeper.rows()

    # What people ask.

    @property
    def rollbacks(self) -> Mapping[str, int]:
        """Automatic ones, by model."""
        return self._keeper.rollbacks

    def states(self) -> list[ModelState]:
        """Every model."""
        return [self.state(name) for name in MODELS]

    def state(self, name: str) -> ModelState:
        """Raises NotFound."""
        self._known(name)
        seat = self._seats.of(name)
        asked = self._asked(name)
        watched = None if asked is None else asked.probation
        shadowed = asked if asked is not None and asked.shadow is not None else None
        return ModelState(
            name=name,
            active=seat.active,
            previous=seat.previous,
            shadow=seat.shadow,
            since_ms=seat.since_ms,
            probation=seat.probation if watched is None else watched.left,
            versions=tuple(fact for _, fact in sorted(self._seats.facts(name).items())),
            trouble=self._keeper.trouble.get(name, ""),
            rolled_back=seat.rolled_back,
            compared=0 if shadowed is None else shadowed.compared,
            mean_difference_pp=0.0 if shadowed is None else shadowed.mean_difference_pp,
        )

    def complaint(self) -> str:
        """What is wrong with the models; empty: nothing."""
        said = [trouble for trouble in self._keeper.trouble.values() if trouble]
        for name in MODELS:
            seat = self._seats.of(name)
            if seat.rolled_back and self._clock() - seat.since_ms < _COMPLAINS_MS:
                said.append(f"rolled back: {seat.rolled_back}")
        return "; ".join(said)

    async def install(self, archive: bytes, who: str, name: str = "") -> Fact:
        """Try a packed model and let it run in shadow. `name`: which model it must be.

        Raises Unfit, Conflict (another is being tried, or it is there already), StoreError; then nothing changed.
        """
        if self._trying.locked():
            raise Conflict("another model is being tried; one at a time")
        async with self._trying:
            try:
                fact = await self._taken_in(archive, name)
            except Unfit as error:
                self._chronicle.note("model.refused", f"{who} brought a model: {error}")
                self._trail.note("model.install", who, f"refused: {error}")
                raise
        self._trail.note("model.install", who, f"{fact.name}@{fact.version}, signed by {fact.signer}")
        beside = "it runs in shadow" if fact.name in (WINDOW, ANOMALY) else "it waits to be promoted"
        self._chronicle.note("model.installed", f"{fact.name}@{fact.version}, signed by {fact.signer}; {beside}")
        self._bus.publish(ModelsChanged(fact.name))
        return fact

    async def promote(self, name: str, who: str, version: int | None = None) -> ModelState:
        """Use a version, by default the one in shadow. Raises NotFound, Conflict, Unfit, ModelFailed, StoreError."""
        seat = self._seats.of(self._known(name))
        version = seat.shadow if version is None else version
        if version is None:
            raise Conflict(f"no version of {name} is in shadow; name one")
        if version == seat.active:
            raise Conflict(f"{name}@{version} is in use already")
        fact = self._fact(name, version)
        await self.ready()
        async with self._keeper.loading:
            seat = self._seats.of(name)
            shadow = self._minds.shadow if name == WINDOW else None
            ours = shadow is not None and shadow.version == version
            thinker = shadow if ours else await self._keeper.opened(name, version)
            rows = await self._rows(name, version)
            await self._seats.put(name, lambda now: self._promotion(name, version, now))
            if rows is not None:
                self._seat_rows(rows, fact)
            if thinker is not None:
                guard = self._minds.active
                self._minds.seat(thinker, guard, Probation(DECISIONS, fact.p99_ms) if guard is not None else None)
                if ours:
                    self._minds.cast_shadow(None)
        self._keeper.trouble[name] = ""
        return self._moved("model.promoted", name, who, f"{name}@{version} is in use, by {who}")

    async def rollback(self, name: str, who: str) -> ModelState:
        """Back to the version before, exactly as it was. Raises NotFound, Conflict, Unfit, ModelFailed, StoreError."""
        seat = self._seats.of(self._known(name))
        if seat.previous is None:
            raise Conflict(f"no version before {name}@{seat.active} is known; promote one by its number")
        back = seat.previous
        await self.ready()
        async with self._keeper.loading:
            guard = self._minds.guard if name == WINDOW else None
            thinker = guard or await self._keeper.opened(name, back)
            fields = {"active": back, "previous": None, "since_ms": self._clock(), "probation": 0, "rolled_back": ""}
            rows = await self._rows(name, back)
            await self._seats.put(name, lambda now: fields)
            if rows is not None:
                self._keeper.anomaly.seat(rows, None, None)
            if thinker is not None:
                self._minds.seat(thinker, None, None)
        self._keeper.trouble[name] = ""
        return self._moved("model.rolled_back", name, who, f"{name}@{back} is in use again, by {who}")

    async def verify(self, name: str) -> list[Verified]:
        """Look at every version anew: sums, signature, golden vectors. Raises NotFound."""
        return [await self._verified(name, version) for version in sorted(self._seats.facts(self._known(name)))]

    def signers(self) -> list[Signer]:
        """Whose models are taken."""
        return self._signers.all()

    async def trust(self, name: str, key: bytes, who: str) -> None:
        """Take models signed with this Ed25519 key (32 bytes). Raises Refused, Conflict, StoreError."""
        await self._signers.trust(name, key, who)
        self._loader.trust(self._signers.keys())
        self._trail.note("model.trust", who, name)

    async def distrust(self, name: str, who: str) -> None:
        """Take none of theirs any more. Raises NotFound, Refused, Conflict (one of theirs is in use), StoreError."""
        self._signers.known(name)
        for model in MODELS:
            fact = self._seats.facts(model).get(self._seats.of(model).active)
            if fact is not None and fact.signer == name:
                raise Conflict(f"{model}@{fact.version} is in use and signed by {name}; roll it back first")
        await self._signers.distrust(name)
        self._loader.trust(self._signers.keys())
        self._trail.note("model.distrust", who, name)

    async def _taken_in(self, archive: bytes, name: str) -> Fact:
        fact = await self._loader.take_in(archive, self._signers.keys(), name)
        self._seats.stock(fact.name, self._loader.versions(fact.name))
        try:
            shadow = await self._compared(fact) if fact.name == WINDOW else None
            rows = await self._rows(fact.name, fact.version)
            await self._seats.put(fact.name, lambda now: {"shadow": fact.version})
        except BaseException:
            self._dropped(fact.name, fact.version)
            raise
        if shadow is not None:
            self._minds.cast_shadow(shadow)
        if rows is not None:
            self._keeper.anomaly.cast_shadow(rows)
        for version in self._seats.spare(fact.name, _KEPT_VERSIONS):
            self._dropped(fact.name, version)
        return fact

    def _promotion(self, name: str, version: int, now: Seat) -> Fields:
        return {
            "active": version,
            "previous": now.active or None,
            "shadow": None if version == now.shadow else now.shadow,
            "since_ms": self._clock(),
            "probation": DECISIONS if self._is_guarded(name, now) else 0,
            "rolled_back": "",
        }

    def _asked(self, name: str) -> Minds | RowSeat | None:
        """The versions of a model that are at work; None: it has no shadow and no guard."""
        if name == WINDOW:
            return self._minds
        return self._keeper.anomaly if name == ANOMALY else None

    def _is_guarded(self, name: str, now: Seat) -> bool:
        """Whether the one that is in use now watches the next one; of one that nobody has asked yet, once it is."""
        if name == WINDOW:
            return self._minds.active is not None
        if name == ANOMALY and not self._keeper.rows_in_use:
            return now.active > 0
        return name == ANOMALY and self._keeper.anomaly.active is not None

    async def _rows(self, name: str, version: int) -> RowModel | None:
        """A version of the model behind the series, ready, when anybody asks it. Raises Unfit, ModelFailed."""
        return await self._loader.rows(name, version) if name == ANOMALY and self._keeper.rows_in_use else None

    def _seat_rows(self, model: RowModel, fact: Fact) -> None:
        seat = self._keeper.anomaly
        guard = seat.active
        seat.seat(model, guard, Probation(DECISIONS, fact.p99_ms) if guard is not None else None)
        if seat.shadow is not None and seat.shadow.version == model.version:
            seat.cast_shadow(None)

    async def _compared(self, fact: Fact) -> Thinker:
        """The candidate beside what is active, over what this house has seen. Raises Unfit(drifting), ModelFailed."""
        await self.ready()
        thinker = await self._keeper.opened(WINDOW, fact.version)
        if thinker is None:
            raise ModelFailed(f"{fact.name}@{fact.version} cannot think")
        if self._minds.active is not None:
            await compare(thinker, self._minds.active, self._archive)
        return thinker

    def _dropped(self, name: str, version: int) -> None:
        self._loader.drop(name, version)
        self._seats.stock(name, self._loader.versions(name))

    async def _verified(self, name: str, version: int) -> Verified:
        try:
            if name == WINDOW:
                (await self._loader.window(version)).close()
            elif name == AUDIO:
                await self._loader.ear(version)
            else:
                (await self._loader.rows(name, version)).close()
        except (Refused, ModelFailed) as error:
            return Verified(version, False, str(error))
        signer = self._fact(name, version).signer
        return Verified(version, True, f"whole, signed by {signer}, and its golden vectors come out right")

    def _moved(self, kind: str, name: str, who: str, text: str) -> ModelState:
        self._trail.note("model.promote" if kind == "model.promoted" else "model.rollback", who, text)
        self._chronicle.note(kind, text)
        self._bus.publish(ModelsChanged(name))
        return self.state(name)

    def _known(self, name: str) -> str:
        if name not in MODELS:
            raise NotFound(f"there is no model called {name!r}; there are {' and '.join(MODELS)}")
        return name

    def _fact(self, name: str, version: int) -> Fact:
        fact = self._seats.facts(name).get(version)
        if fact is None:
            raise NotFound(f"{name}@{version} is not on the shelf")
        return fact
