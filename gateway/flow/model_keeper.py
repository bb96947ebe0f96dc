"""What happens to models by itself: loading, replacing one that cannot be used, writing down a rollback."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Protocol

from ..core.errors import ModelFailed, NotFound
from ..core.messages import ModelsChanged
from ..core.ports.models import Ear, Fact, ModelLoader, RowModel, Thinker, Unfit
from ..core.window.words import PLAIN_RULE
from .bus import Bus
from .chronicle import Chronicle
from .model_minds import Minds
from .model_probation import Probation
from .model_rows import RowSeat
from .model_seats import MODELS, Seats

WINDOW, AUDIO, ANOMALY, REMAINING_LIFE = MODELS
FORMULA = "the formula"
"""What judges series where no model does, as people are told."""


class Stand(ModelLoader, Protocol):
    """The shelf as this needs it: what is loaded later is verified with the keys of `trust`."""

    def trust(self, signers: Mapping[str, bytes]) -> None:
        """Whose models may be loaded from now on."""

    async def take_in(self, archive: bytes, signers: Mapping[str, bytes], name: str = "") -> Fact:
        """As ModelLoader; a model of another name than `name` is Unfit(schema), and not tried."""


class Keeper:
    """Keeps the best version that works at work. `run` writes down what happened; the rest is between two answers."""

    def __init__(self, loader: Stand, seats: Seats, bus: Bus, chronicle: Chronicle, clock: Callable[[], int]) -> None:
        self.minds: Minds = Minds(self._fallen, self._failing, partial(self._passed, WINDOW))
        self.anomaly: RowSeat = RowSeat(self._row_fallen, self._row_failing, partial(self._passed, ANOMALY))
        self.rollbacks: Counter[str] = Counter()
        """Automatic ones, by model."""
        self.trouble: dict[str, str] = {}
        """Why no version of a model is in use, in words."""
        self.loading = asyncio.Lock()
        """Held while it changes who thinks."""
        self._loader = loader
        self._seats = seats
        self._bus = bus
        self._chronicle = chronicle
        self._clock = clock
        self._asked_for = False
        self._rows_asked_for = False
        self._unsaved: set[str] = set()
        self._reasons: dict[str, str] = {}
        self._work = asyncio.Event()

    async def run(self) -> None:
        """Write down what was rolled back, and replace a version that has no guard and fails. Raises StoreError."""
        while True:
            await self._work.wait()
            self._work.clear()
            try:
                if self.minds.given_up:
                    await self._replace_failing()
                if self.anomaly.given_up:
                    await self._replace_failing_rows()
                await self._write_down()
            except BaseException:
                self._work.set()  # so that the next run goes on with it
                raise

    async def ready(self) -> None:
        """Load what is active, once; the teacher stands in where that fails, and `complaint` says why."""
        async with self.loading:
            if self._asked_for:
                return
            await self._seat_all()
            self._asked_for = True
        self._bus.publish(ModelsChanged(WINDOW))

    async def rows(self) -> RowSeat:
        """The model behind the series, loaded once; without one that works the formula judges."""
        async with self.loading:
            if not self._rows_asked_for:
                await self._seat_rows()
                self._rows_asked_for = True
        return self.anomaly

    @property
    def rows_in_use(self) -> bool:
        """Whether anybody has asked for it: else a version is only looked at."""
        return self._rows_asked_for

    async def ear(self) -> Ear:
        """The audio model in use, loaded. Raises ModelFailed, Unfit, NotFound."""
        versions = self._in_order(AUDIO)
        for version in versions[:-1]:
            try:
                ear = await self._loader.ear(version)
            except (ModelFailed, Unfit, NotFound) as error:
                self._tell_failed(AUDIO, version, str(error))
            else:
                self._settle(AUDIO, version)
                return ear
        if not versions:
            raise NotFound("no audio model came with this gateway, and none was installed")
        ear = await self._loader.ear(versions[-1])
        self._settle(AUDIO, versions[-1])
        return ear

    async def opened(self, name: str, version: int) -> Thinker | None:
        """A window model that has learnt everything; others are only looked at. Raises Unfit, ModelFailed."""
        if name == AUDIO:
            await self._loader.ear(version)
            return None
        if name != WINDOW:
            (await self._loader.rows(name, version)).close()
            return None
        return await self.minds.brought_up(await self._loader.window(version))

    def noted(self, name: str) -> None:
        """A seat has changed: `run` writes it down."""
        self._unsaved.add(name)
        self._work.set()

    async def _write_down(self) -> None:
        while self._unsaved:
            name = self._unsaved.pop()
            try:
                await self._seats.save(name)
            except BaseException:
                self._unsaved.add(name)
                raise

    def _fallen(self, reason: str) -> None:
        self._fell_back(WINDOW, self.minds.active, reason)

    def _row_fallen(self, reason: str) -> None:
        self._fell_back(ANOMALY, self.anomaly.active, reason)

    def _fell_back(self, name: str, back: Thinker | RowModel | None, reason: str) -> None:
        """The guard has taken over: now, on the loop; `run` writes it down."""
        failed = f"{name}@{self._seats.of(name).active}"
        made = self._seats.take(
            name,
            active=back.version if back is not None else 0,
            previous=None,
            since_ms=self._clock(),
            probation=0,
            rolled_back=f"{failed}: {reason}",
        )
        self.rollbacks[name] += 1
        self.noted(name)
        self._chronicle.note("model.rolled_back", f"{failed} to {name}@{made.active}: {reason}")
        self._bus.publish(ModelsChanged(name))

    def _passed(self, name: str) -> None:
        """The active version is watched no longer."""
        self._seats.take(name, probation=0)
        self.noted(name)

    def _failing(self, reason: str) -> None:
        """The active version has no guard and gave no answer; the teacher answered instead."""
        self._tell_failed(WINDOW, self._seats.of(WINDOW).active, reason, f"; {PLAIN_RULE} decided")
        if self.minds.given_up:
            self._work.set()

    def _row_failing(self, reason: str) -> None:
        """Likewise of the model behind the series."""
        self._tell_failed(ANOMALY, self._seats.of(ANOMALY).active, reason, f"; {FORMULA} judged")
        if self.anomaly.given_up:
            self._work.set()

    async def _replace_failing_rows(self) -> None:
        """Go on with the version before, else the gateway's own, else without any."""
        async with self.loading:
            failed = self.anomaly.active
            self.anomaly.given_up = False
            if failed is not None:
                self.anomaly.seat(None, None, None)
                await self._seat_rows(failed)
                self.rollbacks[ANOMALY] += self.anomaly.active is not None
        self._bus.publish(ModelsChanged(ANOMALY))

    async def _seat_rows(self, failed: RowModel | None = None) -> None:
        """Active, guard and shadow, as far as they can be loaded."""
        seat, label = self._seats.of(ANOMALY), "" if failed is None else failed.label
        others = [one for one in self._in_order(ANOMALY) if failed is None or one != failed.version]
        for version in others:
            model = await self._attempt_rows(version)
            if model is not None:
                self.anomaly.seat(model, None, None)
                self._settle(ANOMALY, version, label)
                break
        active = self.anomaly.active
        fine = active is not None or (failed is None and not others)
        tried = [label] if failed is not None else [f"{ANOMALY}@{version}" for version in others[:1]]
        why = "".join(f": {self._unusable(one)}" for one in tried)
        self.trouble[ANOMALY] = "" if fine else f"no anomaly model works, {FORMULA} judges{why}"
        if active is not None and seat.probation and seat.previous and active.version == seat.active:
            guard = await self._attempt_rows(seat.previous)
            fact = self._seats.facts(ANOMALY)[active.version]
            self.anomaly.seat(active, guard, Probation(seat.probation, fact.p99_ms) if guard is not None else None)
        if seat.shadow is not None:
            self.anomaly.cast_shadow(await self._attempt_rows(seat.shadow))

    async def _attempt_rows(self, version: int) -> RowModel | None:
        try:
            return await self._loader.rows(ANOMALY, version)
        except (ModelFailed, Unfit, NotFound) as error:
            self._tell_failed(ANOMALY, version, str(error))
            return None

    async def _replace_failing(self) -> None:
        """Go on with the version before, else the gateway's own; without them it stays, and the teacher stands in."""
        async with self.loading:
            failed = self.minds.active
            others = [one for one in self._in_order(WINDOW) if failed is not None and one != failed.version]
            if failed is not None and others:
                await self._seat_first(others, failed.label)
                self.rollbacks[WINDOW] += self.minds.active is not failed
            self.minds.given_up = False
        self._bus.publish(ModelsChanged(WINDOW))

    async def _seat_all(self) -> None:
        """Active, guard and shadow, as far as they can be loaded."""
        seat = self._seats.of(WINDOW)
        await self._seat_first(self._in_order(WINDOW), "")
        active = self.minds.active
        if active is not None and seat.probation and seat.previous and active.version == seat.active:
            guard = await self._attempt(seat.previous)
            fact = self._seats.facts(WINDOW)[active.version]
            self.minds.seat(active, guard, Probation(seat.probation, fact.p99_ms) if guard is not None else None)
        if seat.shadow is not None:
            self.minds.cast_shadow(await self._attempt(seat.shadow))

    async def _seat_first(self, versions: Sequence[int], failed: str) -> None:
        """The first of these that can be loaded decides; none: what decides now, else the teacher."""
        for version in versions:
            thinker = await self._attempt(version)
            if thinker is not None:
                self.minds.seat(thinker, None, None)
                self.trouble[WINDOW] = ""
                self._settle(WINDOW, version, failed)
                return
        if self.minds.active is None:
            why = await self._why_none(versions)
            self.trouble[WINDOW] = f"no window model can be used, {PLAIN_RULE} decides: {why}"
            self._chronicle.note("model.failed", self.trouble[WINDOW])

    async def _why_none(self, versions: Sequence[int]) -> str:
        """Why none of these could be loaded; when there are none, whatever stands in the way of any."""
        try:
            await self._loader.window(versions[0] if versions else 0)
        except NotFound:
            return "none came with this gateway, and none was installed"
        except (ModelFailed, Unfit) as error:
            return str(error)
        return "it could be loaded only now"

    def _settle(self, name: str, version: int, failed: str = "") -> None:
        """`version` is what is used; when that is another than people said, it was a rollback."""
        seat = self._seats.of(name)
        if version == seat.active:
            return
        gone = failed or f"{name}@{seat.active}"
        reason = self._unusable(gone)
        self._seats.take(name, active=version, previous=None, probation=0, since_ms=self._clock(), rolled_back=reason)
        self.noted(name)
        self._chronicle.note("model.rolled_back", f"{gone} to {name}@{version}: {reason}")

    def _in_order(self, name: str) -> list[int]:
        """What to try: the active one, the one before, the gateway's own."""
        seat = self._seats.of(name)
        tried = [seat.active, seat.previous or 0, self._seats.newest_bundled(name)]
        return [version for version in dict.fromkeys(tried) if version in self._seats.facts(name)]

    async def _attempt(self, version: int) -> Thinker | None:
        try:
            return await self.opened(WINDOW, version)
        except (ModelFailed, Unfit, NotFound) as error:
            self._tell_failed(WINDOW, version, str(error))
            return None

    def _tell_failed(self, name: str, version: int, reason: str, meanwhile: str = "") -> None:
        self._reasons[f"{name}@{version}"] = reason
        self._chronicle.note("model.failed", f"{name}@{version}: {reason}{meanwhile}")

    def _unusable(self, label: str) -> str:
        """That it cannot be used, and why when it was tried in this run."""
        return ": ".join(filter(None, (f"{label} cannot be used", self._reasons.get(label, ""))))
