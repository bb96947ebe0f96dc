"""What people want of a window: it holds automatic decisions off for a while, and teaches.

A person's will is recognised in three places: asked of the API (`set`), commanded by whomever (`set_position`), or seen
in the window's own position when nobody has ordered it there. A rule's command holds off, too, but teaches nothing.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Protocol, TypeGuard

import msgspec
from msgspec.structs import replace

from ...core.commands import Command, CommandStatus, Order
from ...core.decisions import Override, Source
from ...core.errors import Conflict, Refused
from ...core.messages import ClockSet, CommandMoved, DeviceChanged, Overridden
from ...core.ports.decisions import DecisionArchive, override_kept
from ...core.ports.models import Lesson
from ...core.ports.store import Writer
from ...core.window.moment import Moment
from ..bus import Bus
from ..chronicle import Chronicle
from ..correlation import current
from ..order_making import Target
from ..promise import Promise
from ..trail import Trail
from ..words import duration
from .hands import Hands
from .lessons import Since
from .lost_holds import lost, named, withdrawn
from .teaching import Pupil, Teaching, re_dated

RULE = "rule:"
"""How the name of who asked begins when that is a rule."""
_HAND = "by hand"
_UNTIMED = "nothing is learnt from it, because what time it is is not known yet"
_KILLED = "nothing is learnt from it, because the gateway was stopped just then"
_LONGEST_MS = 7 * 86_400_000
_LOOK_S = 1.0


class OverrideSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How long a person's will holds when no other time is named."""

    hold_s: int = 3600


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
        self.begun: Counter[str] = Counter()
        """How often people wanted something in this run, by where it was recognised."""
        self._writer = writer
        self._archive = archive
        self._bus = bus
        self._trail = trail
        self._chronicle = chronicle
        self._clock = clock
        self._commands = commands
        self._target = target
        self._settings = settings
        self._is_window = is_window
        self._moment = moment
        self._cuts = cuts
        self._timed = timed
        self._recalled = recalled
        self._teaching = Teaching(writer, bus, trail, chronicle, clock, mind, since, self._lesson_changed)
        self._newest: dict[str, Override] = {}
        """Of each device the last that was to hold."""
        self._asked: dict[str, int | None] = {}
        """Commands that `set` is asking for, and until when they are to hold."""
        self._made: dict[str, Override] = {}
        """What became of them."""
        self._hands = Hands(bus, clock, is_window, self._moved_by_hand)
        bus.on(CommandMoved, self._command_moved)
        bus.on(ClockSet, self._clock_set)
        bus.on(DeviceChanged, self._device_changed)

    async def load(self) -> None:
        """Recall who was taught what and what still holds; after the commands. Raises StoreError."""
        now_ms, hold_ms = self._clock(), 1000 * self._settings.hold_s
        known = [replace(one, simulated=self._target.simulated(one.device)) for one in await self._archive.overrides()]
        last = {one.device: one for one in known if one.until_ms > one.time_ms}
        self._newest = {device: one for device, one in last.items() if one.holds(now_ms)}
        self._teaching.restore(known)
        for command in lost(self._recalled(), last, now_ms, hold_ms):
            self._found(command, command.created_ms + hold_ms)

    async def run(self) -> None:
        """Say when holds are over, until cancelled."""
        while True:
            self.look()
            await asyncio.sleep(_LOOK_S)

    def look(self) -> None:
        """Say which holds are over by now."""
        now_ms = self._clock()
        for device, override in list(self._newest.items()):
            if override.ended_ms is not None or now_ms >= override.until_ms:
                del self._newest[device]
                if override.ended_ms is None:
                    self._bus.publish(Overridden(override))

    # Whose will holds

    def held(self, device: str) -> Override | None:
        """The will that holds automatic decisions off now."""
        newest = self._newest.get(device)
        return newest if newest is not None and newest.holds(self._clock()) else None

    def warnings(self, device: str, position: float) -> tuple[str, ...]:
        """Which limits a person goes against with this position now, in words; they hold nobody back."""
        return tuple(self._cuts(device, position))

    async def set(
        self, device: str, position: float, who: str, until_ms: int | None = None
    ) -> tuple[Override, Command]:
        """Ask the window, hold, teach; durable when this returns.

        Raises NotFound, Refused (not a window; no position; `until_ms` has been or is more than a week off), and
        Conflict and StoreError as `Commands.ask` does.
        """
        self._target.device(device)
        self._check(device, position, until_ms)
        order = Order(device, "set_position", {"position": position}, id=secrets.token_hex(8))
        self._asked[order.id] = until_ms
        try:
            command = await self._commands.ask(order, who)
        finally:
            del self._asked[order.id]
            override = self._made.pop(order.id, None)
        if override is None:
            raise Conflict(f"{device} was told, but what that means for it is not known; the log says why.")
        await self._keep(override)
        return override, command

    async def resume(self, device: str, who: str) -> Override | None:
        """End the hold now; what was learnt stays. None: nothing held. Raises StoreError."""
        held = self.held(device)
        if held is None:
            return None
        ended = self._ended(held, f"{who} lets it decide again")
        self._trail.note("window.resume", who, device)
        await self._keep(ended)
        return ended

    # What was taught

    def digest(self, device: str) -> str:
        """What the device's active lessons are called, together."""
        return self._teaching.book.digest(device)

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

    # What people do

    def _command_moved(self, event: CommandMoved) -> None:
        command, status = event.command, event.step.status
        if command.verb != "set_position" or not self._is_window(command.device):
            return
        if status is CommandStatus.QUEUED:
            self._commanded(command)
        elif withdrawn(event.step):
            self._withdrawn(command.device, named(command.id))

    def _commanded(self, command: Command) -> None:
        position, device, override_id = command.args.get("position"), command.device, named(command.id)
        newest, lesson = self._newest.get(device), self._teaching.book.find(device, override_id)
        if not _is_percent(position) or lesson is not None or (newest is not None and newest.id == override_id):
            return
        asked, rule = command.id in self._asked, command.who.startswith(RULE)
        until_ms = self._asked.get(command.id)
        if rule and newest is not None and newest.until_ms > self._ends_ms():
            until_ms = newest.until_ms  # a rule does not make a person's will end earlier
        source: Source = "api" if asked else "command"
        made = self._begin(
            self._new(
                override_id,
                device,
                float(position),
                command.who,
                source,
                until_ms,
                command.correlation,
                teaches=not rule,
            )
        )
        if asked:
            self._made[command.id] = made

    def _found(self, command: Command, until_ms: int) -> None:
        """It was taken on just before the gateway was killed: it holds; what was known then is not known any more."""
        position, rule, held = command.args.get("position"), command.who.startswith(RULE), self.held(command.device)
        if not _is_percent(position):
            return
        if rule and held is not None:
            until_ms = max(until_ms, held.until_ms)
        override = self._new(
            named(command.id),
            command.device,
            float(position),
            command.who,
            "command",
            until_ms,
            command.correlation,
            teaches=False,
        )
        self._begin(replace(override, time_ms=command.created_ms, learnt="" if rule else _KILLED))

    def _moved_by_hand(self, device: str, position: float) -> None:
        override_id = f"h-{secrets.token_hex(8)}"
        self._begin(self._new(override_id, device, position, _HAND, "hand", None, current(), teaches=True))

    def _begin(self, override: Override) -> Override:
        """Hold at once, for the window hears of it next; then learn."""
        device, position = override.device, f"{override.position:.0f} %"
        self._newest[device] = override
        self.begun[override.source] += 1
        self._writer.submit([override_kept(override)])
        span = duration(override.until_ms - override.time_ms)
        said = f"{override.who} wants {position} for {span}"
        if override.source == "hand":
            said = f"moved by hand to {position}, where it stays for {span}"
        if override.learnt:
            said += f"; {override.learnt}"
        if override.source == "api":
            self._trail.note("window.override", override.who, f"{device}: {position} for {span}")
        self._chronicle.note("window.overridden", said, device, correlation=override.correlation)
        self._bus.publish(Overridden(override))
        return override if override.moment is None else self._taught(override)

    def _taught(self, override: Override) -> Override:
        taught = replace(override, learnt=self._teaching.teach(override))
        self._remember(taught)
        self._writer.submit([override_kept(taught)])
        self._chronicle.note("window.learnt", taught.learnt, override.device, correlation=override.correlation)
        self._bus.publish(Overridden(taught))
        return taught

    def _withdrawn(self, device: str, override_id: str) -> None:
        """Its command was taken back before the window heard of it: it holds nothing and teaches nothing."""
        after = self._teaching.book.find(device, override_id)
        if after is not None and after.revoked_ms is None:
            after = self._teaching.withdraw(after)
        held = self.held(device)
        if held is not None and held.id == override_id:
            after = self._ended(held, "the order was taken back")
        elif after is not None:
            self._bus.publish(Overridden(after))
        if after is not None:
            self._writer.submit([override_kept(after)])

    def _ended(self, held: Override, reason: str) -> Override:
        ended = replace(held, ended_ms=self._clock())
        self._remember(ended)
        self._chronicle.note("window.resumed", reason, held.device)
        self._bus.publish(Overridden(ended))
        return ended

    # Parts of it

    def _new(
        self,
        override_id: str,
        device: str,
        position: float,
        who: str,
        source: Source,
        until_ms: int | None,
        correlation: str,
        *,
        teaches: bool,
    ) -> Override:
        now_ms, timed = self._clock(), self._timed()
        moment = self._moment(device) if teaches and timed else None
        return Override(
            id=override_id,
            device=device,
            time_ms=now_ms,
            until_ms=self._ends_ms() if until_ms is None else until_ms,
            position=position,
            who=who,
            source=source,
            moment=None if moment is None or moment.temperature_c is None else moment,
            learnt=_UNTIMED if teaches and not timed else "",
            correlation=correlation,
            simulated=self._target.simulated(device),
        )

    def _ends_ms(self) -> int:
        return self._clock() + 1000 * self._settings.hold_s

    def _check(self, device: str, position: float, until_ms: int | None) -> None:
        if not self._is_window(device):
            raise Refused(f"{device} is not a window.")
        if not _is_percent(position):
            raise Refused("position is a number from 0 to 100.")
        now_ms = self._clock()
        if until_ms is not None and not now_ms < until_ms <= now_ms + _LONGEST_MS:
            raise Refused("until lies ahead, by a week at most.")

    def _remember(self, changed: Override) -> None:
        self._lesson_changed(changed)
        self._teaching.put(changed)

    def _lesson_changed(self, changed: Override) -> None:
        newest = self._newest.get(changed.device)
        if newest is not None and newest.id == changed.id:
            self._newest[changed.device] = changed

    async def _keep(self, override: Override) -> None:
        promise = Promise(lambda error: None)
        self._writer.submit([override_kept(override)], promise)
        await promise.kept()

    def _clock_set(self, event: ClockSet) -> None:
        if event.redates:
            self._newest = {device: re_dated(override, event) for device, override in self._newest.items()}

    def _device_changed(self, event: DeviceChanged) -> None:
        if event.status is None:
            self._newest.pop(event.device, None)


def _is_percent(position: object) -> TypeGuard[float]:
    return isinstance(position, int | float) and not isinstance(position, bool) and 0 <= position <= 100
