"""Whether a rule can be, beyond its shape: every problem, each with the path of what is wrong. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Protocol

import msgspec

from ..capabilities import Capabilities
from ..home import Asset, Zone
from .actions import Then
from .check_deeds import armed, deed_problems, deeds, too_deep
from .check_doubts import doubts
from .check_looks import leaves, looks
from .rule import MOST_DEPTH, MOST_LEAVES, SAFETY, AllIf, AnyIf, If, NotIf, Rule, triggers


class Problem(msgspec.Struct, frozen=True):
    """What is wrong with a rule, and where: `if.of[0].value`."""

    path: str
    reason: str


class Known(Protocol):
    """What there is in the house, as far as a check needs it."""

    def asset(self, asset_id: str) -> Asset | None:
        """None: there is none."""

    def zone(self, zone_id: str) -> Zone | None:
        """None: there is none."""

    def device(self, device_id: str) -> Capabilities | None:
        """What a device can do, its metrics completed by what it has sent; None: there is no such device."""

    def devices_at(self, asset_id: str) -> Collection[str]:
        """The devices that measure an asset now."""

    def assets_in(self, zone_id: str) -> Collection[str]:
        """The assets of a zone and of the zones inside it."""

    def heard(self, device_id: str) -> bool:
        """Whether somebody would hear a command now."""

    @property
    def scenes(self) -> Mapping[str, object]:
        """Scenes by id."""

    @property
    def place(self) -> tuple[float, float] | None:
        """Latitude and longitude; None: not said."""


def problems(rule: Rule, known: Known | None, *, admin: bool = True) -> list[Problem]:
    """Everything that keeps the rule from being kept. `known` None: nothing is known of the house; only what the rule
    says by itself is checked. `admin`: whether the caller may write rules that go before people.
    """
    found = _told(_whole(rule, admin=admin))
    if deep := _told(_deep(rule)):
        return found + deep  # nothing walks down what is nested so deep
    timers = armed(rule)
    if len(list(triggers(rule))) + len(leaves(rule)) > MOST_LEAVES:
        found.append(Problem("if", f"a rule looks at {MOST_LEAVES} things at most"))
    return found + _told(looks(rule, known, timers)) + _told(deeds(rule, known))


def scene_problems(then: Iterable[Then], known: Known | None) -> list[Problem]:
    """The same of what a scene does: `then[1].verb`."""
    return [one for number, action in enumerate(then) for one in _told(deed_problems(f"then[{number}]", action, known))]


def warnings(rule: Rule, known: Known | None) -> list[Problem]:
    """What is allowed but not what somebody would want: never true, always true, nobody hears it."""
    return [] if _told(_deep(rule)) else _told(doubts(rule, known))


def _told(found: Iterable[tuple[str, str]]) -> list[Problem]:
    return [Problem(path, reason) for path, reason in found]


def _whole(rule: Rule, *, admin: bool) -> Iterable[tuple[str, str]]:
    if rule.when is None and rule.if_ is None:
        yield "when", "a rule needs a trigger (when), a condition (if), or both"
    if rule.priority >= SAFETY and not admin:
        yield "priority", f"rules from {SAFETY} on go before people: only who may administer writes them"


def _deep(rule: Rule) -> Iterable[tuple[str, str]]:
    level: list[If] = [] if rule.if_ is None else [rule.if_]
    depth = 0
    while level and depth <= MOST_DEPTH:
        depth += 1
        level = [
            one
            for condition in level
            if isinstance(condition, AllIf | AnyIf | NotIf)
            for one in ((condition.of,) if isinstance(condition, NotIf) else condition.of)
        ]
    if depth > MOST_DEPTH:
        yield "if", f"conditions are nested at most {MOST_DEPTH} deep"
    yield from too_deep(rule)
