"""In which order rules heard things, as far as history cannot tell: kept so that what happened can be replayed.

Readings are in the history under their own time. The tape has what was heard otherwise: readings that flipped
something after something newer was heard ("moved"), late ones that were left out, every event that is no reading, each
moment at which the wall clock moved a rule on, and once a day and at each start the memory of all rules.

Everything taped has a position: the ms up to which readings were heard before it, at least its own. A reading that is
not taped stands at its own (time, device), before what is taped of the same ms.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from ...core.ports.rules import MEMORY_TAPED, RuleTaped
from ...core.ports.store import Writer
from ...core.rules.events import (
    AlertHeard,
    AnomalyHeard,
    ClockKnown,
    CommandHeard,
    Event,
    Heard,
    RuleGone,
    RulePut,
    StateHeard,
    StatusHeard,
    Struck,
    TimerHeard,
)

EVENTS_TAPED = 1
_LAST = "\x7f"
"""After every id of a device."""
_LEFT = 100
_KINDS: tuple[type[Event], ...] = (
    Heard,
    StatusHeard,
    StateHeard,
    CommandHeard,
    AlertHeard,
    AnomalyHeard,
    TimerHeard,
    Struck,
    RulePut,
    RuleGone,
    ClockKnown,
)
"""As they are stored: only append to them."""
_NUMBERS = {kind: number for number, kind in enumerate(_KINDS)}
_DECODERS = [msgspec.msgpack.Decoder(kind) for kind in _KINDS]
_SLICE = 200
"""Rules in one row of the memory of all."""
_encode = msgspec.msgpack.encode


class _Moved(msgspec.Struct, frozen=True, array_like=True):
    """A reading as it is taped: without what nothing depends on."""

    device: str
    time_ms: int
    values: dict[str, float]
    arrived_ms: int = 0
    simulated: bool = False
    again: bool = False


class Again(Heard, frozen=True, gc=False):
    """A reading on the tape that may be the second of its device and ms; the first one came at its own time."""


class Left(msgspec.Struct, frozen=True, array_like=True):
    """Late readings of a device that rules did not hear."""

    device: str
    times_ms: tuple[int, ...]


class Began(msgspec.Struct, frozen=True, array_like=True):
    """All rules, or a slice of them, with what they go on from."""

    start: bool
    """Of the gateway: there is nothing before it."""
    clock_known: bool
    rules: tuple[RulePut, ...]


Taped = tuple[int, Event | Left | Began, str]
"""Its position, what it is, and in which run of the gateway it was taped."""
_moved = msgspec.msgpack.Decoder(_Moved)
_left = msgspec.msgpack.Decoder(Left)
_began = msgspec.msgpack.Decoder(Began)
_entries = msgspec.msgpack.Decoder(list[tuple[int, int, msgspec.Raw]])


class Tape:
    """Collects for a second what becomes one row. `run` tells runs of the gateway apart: 8 hex digits."""

    def __init__(self, writer: Writer, run: str) -> None:
        self.rows = 0
        """Written in this run."""
        self._writer = writer
        self._run = run
        self._ms = 0
        self._device = ""
        self._place = 0
        self._clock_known = True
        self._waiting: list[tuple[int, int, bytes]] = []
        self._left: dict[str, list[int]] = {}
        self._heard_ms: dict[str, int] = {}
        """By device: the newest reading that needed no row."""
        self._began_ms: int | None = None
        """What earlier runs have heard is measured before that."""

    def note(self, event: Event) -> None:
        """It is about to be taken; a reading because its value left its band."""
        if isinstance(event, Heard):
            self._reading(event)
            return
        if isinstance(event, ClockKnown):
            self._clock_known = event.known
        self._stand(event.due_ms if isinstance(event, Struck) else event.time_ms)
        self._began_ms = self._ms if self._began_ms is None else self._began_ms
        self._waiting.append((self._ms, _NUMBERS[type(event)], _encode(event)))

    def _reading(self, event: Heard) -> None:
        """One that comes in the order of time needs no row."""
        ahead = 0 < event.arrived_ms < event.time_ms
        if not ahead and (event.time_ms, event.device) > (self._ms, self._device):
            self._ms, self._device = event.time_ms, event.device
            self._heard_ms[event.device] = event.time_ms
            return
        again = event.time_ms in (self._heard_ms.get(event.device), min(event.time_ms, self._began_ms or 0))
        self._stand(event.arrived_ms if ahead else event.time_ms)
        arrived_ms = event.arrived_ms if ahead else 0
        moved = _Moved(event.device, event.time_ms, dict(event.values), arrived_ms, event.simulated, again)
        self._waiting.append((self._ms, _NUMBERS[Heard], _encode(moved)))

    def _stand(self, time_ms: int) -> None:
        self._ms, self._device = max(self._ms, time_ms), _LAST

    def left(self, device: str, time_ms: int) -> None:
        """A reading of a watched device came too late and is left out."""
        self._left.setdefault(device, []).append(time_ms)

    def began(self, items: Iterable[RulePut], time_ms: int, start: bool) -> None:
        """All rules with their memories, as a replay may begin from them; `start`: of the gateway."""
        self.flush()
        self._stand(time_ms)
        rules = tuple(items)
        for first in range(0, max(len(rules), 1), _SLICE):
            body = _encode(Began(start, self._clock_known, rules[first : first + _SLICE]))
            self._write(self._ms, MEMORY_TAPED, body)

    def flush(self) -> None:
        """Write what waits."""
        for device, times_ms in self._left.items():
            self._waiting.append((self._ms, _LEFT, _encode(Left(device, tuple(times_ms)))))
        self._left.clear()
        if self._waiting:
            entries = [(time_ms, kind, msgspec.Raw(body)) for time_ms, kind, body in self._waiting]
            self._write(self._waiting[0][0], EVENTS_TAPED, _encode(entries))
            self._waiting.clear()

    def _write(self, time_ms: int, kind: int, body: bytes) -> None:
        self._place += 1
        self.rows += 1
        name = f"{time_ms:x}-{self._place:x}-{self._run}"
        taped = RuleTaped(name, time_ms, self._place, kind, zlib.compress(body, 1))
        self._writer.submit([taped])


def read(rows: Sequence[RuleTaped]) -> Iterator[Taped]:
    """What was taped, in the order in which it was heard. Raises msgspec.DecodeError, zlib.error for what no version
    has written.
    """
    for row in rows:
        run = row.id.rpartition("-")[2]
        if row.kind == MEMORY_TAPED:
            yield row.time_ms, _began.decode(zlib.decompress(row.body)), run
        elif row.kind == EVENTS_TAPED:
            for time_ms, kind, body in _entries.decode(zlib.decompress(row.body)):
                yield time_ms, _entry(kind, body), run


def _entry(number: int, body: msgspec.Raw) -> Event | Left:
    if number == _LEFT:
        return _left.decode(body)
    if number == _NUMBERS[Heard]:
        moved = _moved.decode(body)
        kind = Again if moved.again else Heard
        return kind(moved.device, moved.time_ms, moved.values, "", moved.simulated, moved.arrived_ms)
    found: Event = _DECODERS[number].decode(body)
    return found
