"""What else a rule's tree hangs on: spans of the clock, moments, what the rule was told; and the tree itself. Pure."""

from __future__ import annotations

from collections.abc import Callable

from .calendar import Calendar
from .comparing import NAMES
from .firing import Cause
from .rule import CommandWhen, SunIf, SunWhen, TimeIf, TimeWhen
from .series_leaves import SeriesLeaf

_Plain = float | str | bool | None


class ClockLeaf:
    """The wall clock or the sun is so."""

    __slots__ = ("calendar", "condition", "from_ms", "known", "path", "truth", "until_ms")

    def __init__(self, path: str, condition: TimeIf | SunIf, calendar: Calendar, *, known: bool) -> None:
        self.path = path
        self.condition = condition
        self.calendar = calendar
        self.known = known
        """Whether the gateway knows what time it is."""
        self.truth = 0
        self.from_ms = self.until_ms = 0

    def truth_at(self, time_ms: int) -> int:
        """At this moment."""
        if not self.known:
            return -1
        if not self.from_ms <= time_ms < self.until_ms:
            self.truth = int(self.calendar.holds(self.condition, time_ms))
            change_ms = self.calendar.next_change(self.condition, time_ms)
            self.from_ms, self.until_ms = time_ms, 1 << 62 if change_ms is None else change_ms
        return self.truth

    def border_ms(self, time_ms: int) -> int:
        """When it is otherwise next."""
        return self.until_ms if self.truth_at(time_ms) >= 0 else 1 << 62

    def cause(self, time_ms: int) -> Cause:
        """What it says."""
        return Cause(self.path, NAMES[self.truth_at(time_ms)])


class FactLeaf:
    """What the rule was told and still counts: a status, a state, an alert, an episode, a timer."""

    __slots__ = ("device", "key", "path", "says", "truth", "value")

    def __init__(self, path: str, key: str, says: Callable[[object], int], device: str = "") -> None:
        self.path = path
        self.key = key
        self.says = says
        self.device = device
        self.truth = says(None)
        self.value: _Plain = None

    def hear(self, fact: object) -> bool:
        """Whether it flips by this."""
        before, self.truth = self.truth, self.says(fact)
        self.value = fact if isinstance(fact, float | str | bool) else None
        return self.truth != before

    def truth_at(self, time_ms: int) -> int:
        """It does not grow old."""
        return self.truth

    def cause(self, time_ms: int) -> Cause:
        """What it says."""
        return Cause(self.path, NAMES[self.truth], value=self.value, device=self.device)


class MomentLeaf:
    """A trigger that is a moment: of the clock, of the sun, the end of a command."""

    __slots__ = ("path", "trigger")

    def __init__(self, path: str, trigger: TimeWhen | SunWhen | CommandWhen) -> None:
        self.path = path
        self.trigger = trigger

    def cause(self, time_ms: int) -> Cause:
        """It is true at its instant only."""
        device = self.trigger.device if isinstance(self.trigger, CommandWhen) else ""
        return Cause(self.path, "false", device=device)


Leaf = SeriesLeaf | ClockLeaf | FactLeaf
"""What has a truth."""
Node = Leaf | tuple[str, "tuple[Node, ...]"]
"""A leaf, or all, any, not of others."""


def truth_of(node: Node, time_ms: int) -> int:
    """Of a whole tree, after Kleene."""
    if not isinstance(node, tuple):
        return node.truth_at(time_ms)
    how, below = node
    if how == "not":
        truth = truth_of(below[0], time_ms)
        return truth if truth < 0 else 1 - truth
    decides = 0 if how == "all" else 1
    found = 1 - decides
    for one in below:
        truth = truth_of(one, time_ms)
        if truth == decides:
            return decides
        if truth < 0:
            found = -1
    return found


def blocking(node: Node, time_ms: int, wanted: int = 1) -> Leaf | None:
    """The leaf because of which a tree is not as wanted; one that is not known only where none decides."""
    if not isinstance(node, tuple):
        return node
    how, below = node
    if how == "not":
        return blocking(below[0], time_ms, 1 - wanted)
    others = [one for one in below if truth_of(one, time_ms) == 1 - wanted]
    unknown = [one for one in below if truth_of(one, time_ms) < 0]
    found = [*others, *unknown] if (how == "all") == (wanted == 1) else [*unknown, *others]
    return blocking(found[0], time_ms, wanted) if found else None


def leaves_of(node: Node | None) -> list[Leaf]:
    """All that hang on it, in order."""
    if node is None:
        return []
    if not isinstance(node, tuple):
        return [node]
    return [leaf for one in node[1] for leaf in leaves_of(one)]
