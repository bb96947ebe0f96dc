"""What people want of a window: it holds automatic decisions off for a while, and teaches.

A person's will is recognised in three places: asked of the API (`set`), commanded by whomever (`set_position`), or seen
in the window's own position when nobody has ordered it there. A rule's command holds off, too, but teaches nothing.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Protocol

from msgspec.structs import replace

from ...core.commands import Command, Order
from ...core.decisions import Override
from ...core.errors import Conflict, Refused
from ...core.messages import Overridden
from ...core.ports.decisions import DecisionArchive, override_kept
from ...core.ports.models import Lesson
from ...core.ports.store import Writer
from ...core.window.moment import Moment
from ..bus import Bus
from ..chronicle import Chronicle
from ..order_making import Target
from ..promise import Promise
from ..trail import Trail
from ..words import duration
from .folding import Pupil
from .holding import Holding
from .lessons import Since
from .taking import OverrideSettings, Taking, is_percent
from .teaching import Teaching

_LONGEST_MS = 7 * 86_400_000
_LOOK_S = 1.0


class Asker(Protocol):
    """Who passes orders on; Commands fulfils it."""

    async def ask(self, order: Order, who: str) -> Command:
        """Durable when this returns. Raises NotFound, Conflict, Refused, StoreError."""


class Overrides:
    """Listens to the bus by itself; made before whoever decides, so that a hold begins before the next decision.

    `is_window` says of which devices a position is a person's business; `moment` what is known around one now, None
    without a temperature; `cuts` which limits, in words, a position goes against now; `since` from when lessons count;
    `timed` whether the time is known: a lesson is about its hour, and a wrong one would stay wrong. `recalled` are the
    windows' commands as they were loaded.
    """

    def __init__(
        self,
        writer: Writer,
        archive: DecisionArchive,
        bus: Bus,
        trail: Trail,
        chronicle: Chronicle,
        clock: Callable[[], int],
        commands: Asker,
        target: Target,
        mind: Pupil,
        settings: OverrideSettings,
        *,
        is_window: Callable[[str], bool],
        moment: Callable[[str], Moment | None],
        cuts: Callable[[str, float], Sequence[str]] = lambda device, position: (),
        since: Since = lambda device, at_ms: 0,
        timed: Callable[[], bool] = lambda: True,
        recalled: Callable[[], Iterable[Command]] = lambda: (),
    ) -> None:
        self._writer = writer
        self._archive = archive
        self._bus = bus
        self._trail = trail
        self._clock = clock
        self._commands = commands
        self._target = target
        self._is_window = is_window
        self._cuts = cuts
        self._recalled = recalled
        told = bus, trail, chronicle, clock
        self._holding = Holding(bus, chronicle, clock)
        self._teaching = Teaching(writer, *told, mind, since, self._holding.changed)
        self._taking = Taking(
            writer,
            *told,
            target,
            settings,
            self._holding,
            self._teaching,
            is_window=is_window,
            moment=moment,
            timed=timed,
        )

    async def load(self) -> None:
        """Recall who was taught what and what still holds; after the commands. Raises StoreError."""
        known = [replace(one, simulated=self._target.simulated(one.device)) for one in await self._archive.overrides()]
        last = self._holding.restore(known)
        await self._teaching.restore(known)
        self._taking.recall(self._recalled(), last)
        await self._teaching.folding.caught_up()

    async def run(self) -> None:
        """Say when holds are over, until cancelled."""
        while True:
            self.look()
            await asyncio.sleep(_LOOK_S)

    def look(self) -> None:
        """Say which holds are over by now."""
        self._holding.look()

    async def caught_up(self) -> None:
        """Returns when the model knows all that people have taught."""
        await self._teaching.folding.caught_up()

    async def close(self) -> None:
        """Nothing is learnt any more."""
        await self._teaching.folding.close()

    @property
    def begun(self) -> Counter[str]:
        """How often people wanted something in this run, by where it was recognised."""
        return self._taking.begun

    # Whose will holds

    def held(self, device: str) -> Override | None:
        """The will that holds automatic decisions off now."""
        return self._holding.held(device)

    def persons(self) -> list[Override]:
        """The people's wills that hold now, also those that a rule has gone before."""
        return self._holding.persons()

    def held_by(self, who: str) -> list[str]:
        """The windows that this one holds now."""
        return self._holding.held_by(who)

    def holder(self, device: str) -> str:
        """Who holds it, and for how long still; empty: nobody."""
        held = self.held(device)
        return "" if held is None else f"{held.who} for {duration(held.until_ms - self._clock())} more"

    def claim(self, command_id: str, until_ms: int | None) -> None:
        """A rule is about to ask for a command of this id, and holds the window until then; None: it is not after all.

        Without this its hold lasts as long as a person's.
        """
        self._taking.claim(command_id, until_ms)

    def let_go(self, device: str, who: str) -> None:
        """The rule of this name holds the window no more; a person's will that it has gone before does again."""
        held = self.held(device)
        if held is None or held.who != who:
            return
        ended = self._holding.end(held, f"{who} lets it decide again")
        self._holding.back(device)
        self._teaching.put(ended)
        self._writer.submit([override_kept(ended)])
        self._bus.publish(Overridden(ended))

    def warnings(self, device: str, position: float) -> tuple[str, ...]:
        """Which limits a person goes against with this position now, in words; they hold nobody back."""
        return tuple(self._cuts(device, position))

    async def set(
        self, device: str, position: float, who: str, until_ms: int | None = None
    ) -> tuple[Override, Command]:
        """Ask the window, hold, teach; durable and learnt when this returns, and with the window long before that.

        Raises NotFound, Refused (not a window; no position; `until_ms` has been or is more than a week off), and
        Conflict and StoreError as `Commands.ask` does.
        """
        self._target.device(device)
        self._check(device, position, until_ms)
        order = Order(device, "set_position", {"position": position}, id=secrets.token_hex(8))
        self._taking.expect(order.id, until_ms)
        try:
            command = await self._commands.ask(order, who)
        finally:
            override = self._taking.expected(order.id)
        if override is None:
            raise Conflict(f"{device} was told, but what that means for it is not known; the log says why.")
        await self.caught_up()
        newest = self._holding.newest(device)
        same = newest if newest is not None and newest.id == override.id else None
        override = self._teaching.book.find(device, override.id) or same or override
        await self._keep(override)
        return override, command

    async def resume(self, device: str, who: str) -> Override | None:
        """End the hold now; what was learnt stays. None: nothing held. Raises StoreError."""
        held = self.held(device)
        if held is None:
            return None
        person = self._holding.person(device)
        ended = self._holding.end(held, f"{who} lets it decide again")
        both = [ended]
        if person is not None and person.id != held.id:
            both.append(self._holding.end(person, f"{who} lets it decide again"))
        for one in both:
            self._teaching.put(one)
            self._bus.publish(Overridden(one))
        self._trail.note("window.resume", who, device)
        for one in both:
            await self._keep(one)
        return ended

    # What was taught

    def digest(self, device: str) -> str:
        """What the lessons that the device's model knows now are called, together."""
        return self._teaching.folding.digest(device)

    def lessons(self, device: str, at_ms: int | None = None) -> list[Override]:
        """What counts, or counted then; oldest first."""
        book = self._teaching.book
        return book.active(device) if at_ms is None else book.at(device, at_ms)

    def folded(self, device: str, digest: str, at_ms: int) -> list[Lesson] | None:
        """The lessons that a decision of that time rests on, by their digest; None: they are not known any more."""
        return self._teaching.book.named(device, digest, at_ms)

    async def forget(self, device: str, ids: Collection[str] | None, who: str) -> list[Override]:
        """Those lessons, or all (None): the model is what it would be had they never been. What was forgotten.

        Durable when this returns. Raises NotFound (no such device; one of `ids` is none that counts), StoreError.
        """
        self._target.device(device)
        return await self._teaching.forget(device, ids, who)

    def exported(self, device: str) -> dict[str, object]:
        """The lessons that count, as JSON; `brought_in` takes it back."""
        return self._teaching.exported(device)

    async def brought_in(self, device: str, exported: Mapping[str, object], who: str) -> int:
        """Add lessons that were exported and are not there already; how many. Raises Refused, NotFound, StoreError."""
        stored = {one.id: one for one in await self._archive.overrides()}
        simulated = self._target.simulated(self._target.device(device).id)
        if not self._is_window(device):
            raise Refused(f"{device} is not a window.")
        return await self._teaching.bring_in(device, exported, who, stored, simulated=simulated)

    # Parts of it

    def _check(self, device: str, position: float, until_ms: int | None) -> None:
        if not self._is_window(device):
            raise Refused(f"{device} is not a window.")
        if not is_percent(position):
            raise Refused("position is a number from 0 to 100.")
        now_ms = self._clock()
        if until_ms is not None and not now_ms < until_ms <= now_ms + _LONGEST_MS:
            raise Refused("until lies ahead, by a week at most.")

    async def _keep(self, override: Override) -> None:
        promise = Promise(lambda error: None)
        self._writer.submit([override_kept(override)], promise)
        await promise.kept()
