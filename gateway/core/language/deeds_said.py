"""What a rule is to do, from orders that were read: commands, window positions, notices, timers. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

import msgspec
from msgspec.structs import replace

from ..rules.actions import OPPOSITE, CommandThen, NotifyThen, Then, TimerThen, WindowThen
from ..rules.terms import span
from .clause_parts import Deed
from .grammar import Match
from .house import House, Thing
from .intent import Candidate, Intent
from .reading import Reading
from .running import ARGUMENT
from .tagged import Tagged

_LONGEST_S = 604_800


class Orders(Protocol):
    """Who knows what an order means; `meaning.Meaning` fulfils it."""

    def reading(self, match: Match, tagged: Tagged, near: Sequence[Thing] = ()) -> Reading:
        """A command, or a question."""


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """What a deed means, or what must be asked."""

    intent: Intent
    """The order; of a notice without a device."""
    then: tuple[Then, ...] = ()
    for_s: int = 0
    after_s: int = 0
    ask: str = ""
    candidates: tuple[Candidate, ...] = ()
    likely: str = ""

    @property
    def notifies(self) -> bool:
        """It only tells people."""
        return any(isinstance(one, NotifyThen) for one in self.then)


def done(deed: Deed, orders: Orders, house: House, near: Sequence[Thing], text: str) -> Done:
    """`near`: things named elsewhere in the sentence; `text`: what people are told when nothing else was said."""
    for_s = deed.lasting.seconds if deed.lasting is not None else 0
    after_s = deed.later.seconds if deed.later is not None else 0
    if max(for_s, after_s) > _LONGEST_S:
        return Done(intent=Intent(kind="question"), ask="That is more than a week; a week is the longest.")
    if deed.match.family == "deed":
        if for_s:
            return Done(intent=Intent(kind="question"), ask=f"What must be so for {span(for_s)}?")
        level = deed.match.slots.get("level", "info")
        return _later(Done(intent=Intent(kind="command", action="notify"), then=(_notice(text, level),)), after_s)
    order = orders.reading(deed.match, deed.tagged, near)
    intent = order.intent
    if intent.kind != "command":
        return Done(intent=intent, ask=intent.reply or "What should be done?", candidates=intent.candidates)
    thens: list[Then] = []
    for one in (intent, *intent.also):
        then = then_of(one, house, for_s)
        if isinstance(then, str):
            return Done(intent=intent, ask=then)
        thens.append(then)
    return _later(Done(intent=intent, then=tuple(thens), for_s=for_s, likely=order.likely), after_s)


def then_of(intent: Intent, house: House, for_s: int = 0) -> Then | str:
    """An order as an action of a rule; a text: what must be asked."""
    verb, value = intent.action, intent.value
    device, asset = _target(intent, house)
    if verb == "set_position":
        if not isinstance(value, int | float):
            return "How far?"
        # A window is one device; a room may have several, and then all of them are meant.
        return WindowThen(device=intent.device, position=value, for_s=for_s)
    if verb == "run_for":
        seconds = for_s or (value if isinstance(value, int | float) else 0)
        return (
            CommandThen(device=device, asset=asset, verb="turn_on", for_s=round(seconds))
            if seconds
            else "For how long?"
        )
    if verb not in OPPOSITE and verb not in ARGUMENT:
        return (
            "A rule cannot do that."
            if verb not in ("identify", "restart")
            else CommandThen(device=device, asset=asset, verb=verb)
        )
    if for_s and verb not in OPPOSITE:
        return f"And after {span(for_s)}, what should it be set to?"
    args = {} if verb in OPPOSITE else {ARGUMENT[verb]: value}
    if None in args.values():
        return "To what?"
    return CommandThen(device=device, asset=asset, verb=verb, args=args, for_s=for_s)


def _target(intent: Intent, house: House) -> tuple[str, str]:
    """(device, asset): the asset where that is as clear, so that the rule stays right when its device is replaced."""
    asset = house.thing("asset", intent.place)
    if asset is not None and asset.actors.get(intent.action) == intent.device:
        return "", asset.id
    return intent.device, ""


def _notice(text: str, level: str) -> NotifyThen:
    literal: Literal["info", "warning", "alarm"] = "info"
    literal = "warning" if level == "warning" else "alarm" if level == "alarm" else literal
    return NotifyThen(text=text[:200], level=literal)


def _later(one: Done, after_s: int) -> Done:
    if not after_s:
        return one
    action = one.intent.action.replace("_", "-")
    return replace(one, then=(TimerThen(timer=f"{action}-later", after_s=after_s, then=one.then),), after_s=after_s)


def undone(thens: Sequence[Then]) -> tuple[Then, ...] | None:
    """What takes them back when a rule ends; None: it is not known what was before."""
    backs: list[Then] = []
    for one in thens:
        if isinstance(one, CommandThen) and one.verb in OPPOSITE:
            backs.append(CommandThen(device=one.device, asset=one.asset, verb=OPPOSITE[one.verb]))
        elif not isinstance(one, WindowThen | NotifyThen):
            return None  # a window decides again by itself
    return tuple(backs)
