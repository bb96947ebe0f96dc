"""Recognises what people want of a window: asked of the API, commanded by whomever, or seen in where the window is.

It holds before the window hears of it, and is learnt after that: a person's order waits for no model.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import TypeGuard

import msgspec
from msgspec.structs import replace

from ...core.commands import Command, CommandStatus
from ...core.decisions import Override, Source
from ...core.messages import CommandMoved, Overridden
from ...core.ports.decisions import override_kept
from ...core.ports.store import Writer
from ...core.rules.ranks import RULE
from ...core.window.moment import Moment
from ..bus import Bus
from ..chronicle import Chronicle
from ..correlation import current
from ..order_making import Target
from ..trail import Trail
from ..words import duration
from .hands import Hands
from .holding import Holding
from .lost_holds import lost, named, withdrawn
from .teaching import Teaching

_LONGEST_MS = 7 * 86_400_000
_HAND = "by hand"
_UNTIMED = "nothing is learnt from it, because what time it is is not known yet"
_KILLED = "nothing is learnt from it, because the gateway was stopped just then"


class OverrideSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How long a person's will holds when no other time is named."""

    hold_s: int = 3600


class _Will(msgspec.Struct, frozen=True):
    """What somebody wants, before anything is known around it."""

    id: str
    device: str
    position: float
    who: str
    source: Source
    correlation: str
    until_ms: int | None = None


class Taking:
    """Listens to the bus by itself; made before whoever decides. See Overrides for what it is handed."""

    def __init__(
        self,
        writer: Writer,
        bus: Bus,
        trail: Trail,
        chronicle: Chronicle,
        clock: Callable[[], int],
        target: Target,
        settings: OverrideSettings,
        holding: Holding,
        teaching: Teaching,
        *,
        is_window: Callable[[str], bool],
        moment: Callable[[str], Moment | None],
        timed: Callable[[], bool],
    ) -> None:
        self.begun: Counter[str] = Counter()
        """How often people wanted something in this run, by where it was recognised."""
        self._writer = writer
        self._bus = bus
        self._trail = trail
        self._chronicle = chronicle
        self._clock = clock
        self._target = target
        self._hold_ms = 1000 * settings.hold_s
        self._holding = holding
        self._teaching = teaching
        self._is_window = is_window
        self._moment = moment
        self._timed = timed
        self._asked: dict[str, int | None] = {}
        """Commands that the API is asking for, and until when they are to hold."""
        self._claimed: dict[str, int] = {}
        """Commands that rules are asking for, and until when those claim the window."""
        self._made: dict[str, Override] = {}
        """What became of them."""
        self._hands = Hands(bus, clock, is_window, self._moved_by_hand)
        bus.on(CommandMoved, self._command_moved)

    def expect(self, command_id: str, until_ms: int | None) -> None:
        """A command of this id is asked of the API."""
        self._asked[command_id] = until_ms

    def claim(self, command_id: str, until_ms: int | None) -> None:
        """A rule asks for a command of this id: it holds until then, or until the rule lets go. None: it was not asked
        after all.
        """
        if until_ms is None:
            self._claimed.pop(command_id, None)
        else:
            self._claimed[command_id] = until_ms

    def expected(self, command_id: str) -> Override | None:
        """What became of that; None: it was never taken on."""
        del self._asked[command_id]
        return self._made.pop(command_id, None)

    def recall(self, commands: Iterable[Command], last: Mapping[str, Override]) -> None:
        """What the gateway was killed in the middle of; `last`: of each device the last that was to hold."""
        known = list(commands)
        for command in known:
            if any(map(withdrawn, command.steps)):
                self._withdrawn(command.device, named(command.id))
        for command in lost(known, last, self._clock(), self._hold_ms):
            self._found(command)

    # Where it is recognised

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
        newest, lesson = self._holding.newest(device), self._teaching.book.find(device, override_id)
        if not is_percent(position) or lesson is not None or (newest is not None and newest.id == override_id):
            return
        asked, rule = command.id in self._asked, command.who.startswith(RULE)
        until_ms = self._asked.get(command.id)
        claimed_ms = self._claimed.pop(command.id, None)
        if claimed_ms is not None:
            until_ms = min(claimed_ms, self._clock() + _LONGEST_MS)
        elif rule and newest is not None and newest.until_ms > self._clock() + self._hold_ms:
            until_ms = newest.until_ms  # a rule does not make a person's will end earlier
        source: Source = "api" if asked else "command"
        will = _Will(override_id, device, float(position), command.who, source, command.correlation, until_ms)
        made = self._begin(self._override(will, teaches=not rule))
        if asked:
            self._made[command.id] = made

    def _found(self, command: Command) -> None:
        """It was taken on just before the gateway was killed: it holds; what was known then is not known any more."""
        position, rule = command.args.get("position"), command.who.startswith(RULE)
        if not is_percent(position):
            return
        until_ms, held = command.created_ms + self._hold_ms, self._holding.held(command.device)
        if rule and held is not None:
            until_ms = max(until_ms, held.until_ms)
        override_id, who = named(command.id), command.who
        will = _Will(override_id, command.device, float(position), who, "command", command.correlation, until_ms)
        override = self._override(will, teaches=False)
        self._begin(replace(override, time_ms=command.created_ms, learnt="" if rule else _KILLED))

    def _moved_by_hand(self, device: str, position: float) -> None:
        will = _Will(f"h-{secrets.token_hex(8)}", device, position, _HAND, "hand", current())
        self._begin(self._override(will, teaches=True))

    def _withdrawn(self, device: str, override_id: str) -> None:
        """Its command was taken back before the window heard of it: it holds nothing and teaches nothing.

        Also where the gateway was killed between the two; where that was done already nothing happens.
        """
        lesson = self._teaching.book.find(device, override_id)
        taught = lesson is not None and lesson.revoked_ms is None
        if lesson is not None and taught:
            self._teaching.withdraw(lesson)
        known = (self._holding.held(device), self._holding.person(device))
        held = next((one for one in known if one is not None and one.id == override_id), None)
        if held is not None:
            ended = self._holding.end(held, "the order was taken back")
            self._teaching.put(ended)
            self._writer.submit([override_kept(ended)])
            if not taught:  # else it is told when the model has forgotten it: the window is thought about anew then
                self._bus.publish(Overridden(ended))

    # What it leads to

    def _override(self, will: _Will, *, teaches: bool) -> Override:
        now_ms, timed = self._clock(), self._timed()
        moment = self._moment(will.device) if teaches and timed else None
        return Override(
            id=will.id,
            device=will.device,
            time_ms=now_ms,
            until_ms=now_ms + self._hold_ms if will.until_ms is None else will.until_ms,
            position=will.position,
            who=will.who,
            source=will.source,
            moment=None if moment is None or moment.temperature_c is None else moment,
            learnt=_UNTIMED if teaches and not timed else "",
            correlation=will.correlation,
            simulated=self._target.simulated(will.device),
        )

    def _begin(self, override: Override) -> Override:
        """Hold at once, for the window hears of it next; it is learnt after that."""
        self._holding.begin(override)
        self.begun[override.source] += 1
        self._writer.submit([override_kept(override)])
        self._say(override)
        if override.moment is not None:
            self._teaching.teach(override)
        self._bus.publish(Overridden(override))
        return override

    def _say(self, override: Override) -> None:
        position, span = f"{override.position:.0f} %", duration(override.until_ms - override.time_ms)
        said = f"{override.who} wants {position} for {span}"
        if override.source == "hand":
            said = f"moved by hand to {position}, where it stays for {span}"
        if override.learnt:
            said += f"; {override.learnt}"
        if override.source == "api":
            self._trail.note("window.override", override.who, f"{override.device}: {position} for {span}")
        self._chronicle.note("window.overridden", said, override.device, correlation=override.correlation)


def is_percent(position: object) -> TypeGuard[float]:
    """Whether that is a position."""
    return isinstance(position, int | float) and not isinstance(position, bool) and 0 <= position <= 100
