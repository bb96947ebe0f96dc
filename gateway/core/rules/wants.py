"""What a rule wants of which actuator, and which orders it gives, now or later. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import msgspec

from ..scenes import Scene
from .actions import OPPOSITE, CommandThen, SceneThen, ShadowThen, Then, TimerThen, WindowThen
from .actuators import POSITION, Target, channels, doers, wanted, windows_at
from .check_looks import series_of
from .rule import Rule, each
from .sources import Measured

if TYPE_CHECKING:
    from .check import Known

SET_POSITION = "set_position"


class Crew:
    """Who does and measures what in the house, looked up once: thousands of rules ask the same. Empty where nothing is
    known of the house.
    """

    def __init__(self, known: Known | None) -> None:
        self.known = known
        self._doers: dict[tuple[str, str], list[str]] = {}
        self._series: dict[tuple[str, str, str, str], frozenset[str]] = {}

    def doers(self, asset: str, verb: str) -> list[str]:
        """The devices of an asset that can do it; of a position, its windows."""
        if self.known is None:
            return []
        key = asset, verb
        if key not in self._doers:
            windows = windows_at(self.known, asset) if verb == SET_POSITION else []
            self._doers[key] = windows or doers(self.known, asset, verb)
        return self._doers[key]

    def series(self, source: Measured) -> frozenset[str]:
        """The devices that measure it now."""
        if self.known is None:
            return frozenset()
        key = source.device, source.asset, source.zone, source.metric
        if key not in self._series:
            self._series[key] = frozenset(series_of(source, self.known))
        return self._series[key]

    def scene(self, scene: str) -> tuple[Then, ...]:
        """What it does."""
        found = None if self.known is None else self.known.scenes.get(scene)
        return found.then if isinstance(found, Scene) else ()


class Ordered(msgspec.Struct, frozen=True):
    """An order to a device; where it is not known which, `device` is empty."""

    device: str
    asset: str
    verb: str
    args: dict[str, object]
    lasts: bool
    """Nothing takes it back after a time."""

    def wants(self) -> Iterator[tuple[str, Target]]:
        """(`device/channel` or `asset/channel`, what is wanted of it)."""
        for channel in channels(self.verb):
            yield f"{self.device or self.asset}/{channel}", wanted(self.verb, self.args, channel)


def orders(then: Iterable[Then], crew: Crew) -> Iterator[Ordered]:
    """Of these actions and of scenes among them, but not what is done later."""
    for action in then:
        match action:
            case CommandThen():
                able = [action.device] if action.device else crew.doers(action.asset, action.verb)
                device = able[0] if len(able) == 1 else ""
                yield Ordered(device, action.asset, action.verb, dict(action.args), not action.for_s)
            case WindowThen():
                args: dict[str, object] = {POSITION: action.position}
                for device in [action.device] if action.device else crew.doers(action.asset, SET_POSITION) or [""]:
                    yield Ordered(device, action.asset, SET_POSITION, args, not action.for_s)
            case SceneThen():
                yield from orders(crew.scene(action.scene), crew)


def all_orders(rule: Rule, crew: Crew) -> Iterator[Ordered]:
    """Everything it ever orders: also later, otherwise, and to take something back."""
    for part in (rule.then, rule.else_, rule.safe):
        found = [action for _, action in each("", part)]
        for one in orders((action for action in found if not isinstance(action, TimerThen)), crew):
            yield one
            if not one.lasts and one.verb in OPPOSITE:
                yield Ordered(one.device, one.asset, OPPOSITE[one.verb], {}, lasts=True)


def wishes(rule: Rule) -> Iterator[tuple[str, str, object]]:
    """Every (device, key, value) of a configuration that it ever wishes for."""
    for part in (rule.then, rule.else_, rule.safe):
        for _, action in each("", part):
            if isinstance(action, ShadowThen):
                for key, value in action.desired.items():
                    yield action.device, key, value
