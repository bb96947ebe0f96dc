"""What rules were told that is no reading, and which of their leaves hang on it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .compile import ANOMALIES
from .events import AlertHeard, AnomalyHeard, CommandHeard, StateHeard, StatusHeard, TimerHeard
from .leaves import FactLeaf, MomentLeaf
from .rule import CommandWhen
from .unit import Unit

Told = StatusHeard | StateHeard | CommandHeard | AlertHeard | AnomalyHeard | TimerHeard
Heard = tuple[Unit, tuple[MomentLeaf, ...], tuple[tuple[FactLeaf, object], ...]]


class Facts:
    """The newest of each, by key; what is over is forgotten."""

    def __init__(self) -> None:
        self.clock_known = True
        self._known: dict[str, object] = {}
        self._listeners: dict[str, list[tuple[Unit, FactLeaf | MomentLeaf]]] = {}
        self._keys: dict[Unit, set[str]] = {}
        """What each rule listens to."""

    @property
    def known(self) -> Mapping[str, object]:
        """By key."""
        return self._known

    def get(self, key: str) -> object:
        """None: nobody said."""
        return self._known.get(key)

    def remind(self, key: str, fact: object) -> None:
        """What was known before a restart, unless something newer is."""
        self._known.setdefault(key, fact)

    def listen(self, key: str, unit: Unit, leaf: FactLeaf | MomentLeaf) -> None:
        """A leaf hangs on it."""
        self._listeners.setdefault(key, []).append((unit, leaf))
        self._keys.setdefault(unit, set()).add(key)

    def leave(self, unit: Unit) -> None:
        """None of its leaves does any more."""
        for key in self._keys.pop(unit, ()):
            self._listeners[key] = [one for one in self._listeners[key] if one[0] is not unit]
            if not self._listeners[key]:
                del self._listeners[key]

    def hear(self, event: Told) -> Iterator[Heard]:
        """The rules that are to look, their moments that are now, and the leaves that flip."""
        key, fact = self._noted(event)
        found: dict[str, tuple[Unit, list[MomentLeaf], list[tuple[FactLeaf, object]]]] = {}
        for unit, leaf in self._listeners.get(key, ()):
            if isinstance(leaf, MomentLeaf):
                if isinstance(event, CommandHeard) and _meant(leaf.trigger, event):
                    found.setdefault(unit.id, (unit, [], []))[1].append(leaf)
            elif leaf.says(fact) != leaf.truth:
                found.setdefault(unit.id, (unit, [], []))[2].append((leaf, fact))
        for unit, moments, flips in found.values():
            yield unit, tuple(moments), tuple(flips)

    def _noted(self, event: Told) -> tuple[str, object]:
        if isinstance(event, CommandHeard):
            return f"command:{event.device}", None
        if isinstance(event, StatusHeard):
            return self._keep(f"status:{event.device}", event.status or None)
        if isinstance(event, StateHeard):
            return self._keep(f"state:{event.device}/{event.key}", event.value)
        if isinstance(event, TimerHeard):
            return self._keep(f"timer:{event.rule}/{event.timer}", event.running or None)
        if isinstance(event, AlertHeard):
            key = f"alert:{event.asset}"
            before = self._known.get(key)
            on = frozenset((event.metric,))
            metrics = before if isinstance(before, frozenset) else frozenset()
            return self._keep(key, (metrics | on if event.on else metrics - on) or None)
        before = self._known.get(ANOMALIES)
        episodes = dict(before) if isinstance(before, dict) else {}
        if event.on:
            episodes[event.id] = (event.asset, event.device, event.nature)
        else:
            episodes.pop(event.id, None)
        return self._keep(ANOMALIES, episodes or None)

    def _keep(self, key: str, fact: object) -> tuple[str, object]:
        if fact is None:
            self._known.pop(key, None)
        else:
            self._known[key] = fact
        return key, fact


def _meant(trigger: object, event: CommandHeard) -> bool:
    return (
        isinstance(trigger, CommandWhen)
        and trigger.device == event.device
        and trigger.verb in ("", event.verb)
        and trigger.status == event.status
    )
