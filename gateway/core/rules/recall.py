"""How a rule's state is written down, and how it goes on from what was. Pure."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from .compile import ANOMALIES
from .firing import PARTS
from .leaves import FactLeaf, Leaf, leaves_of
from .memory import CellMemory, LeafMemory, Memory
from .series_leaves import Look, SeriesLeaf
from .slots import Slots
from .unit import Unit


class _LookMemory(msgspec.Struct, frozen=True, array_like=True):
    truth: int
    figure: float | None
    base: float | None
    stale: bool
    slots: tuple[bytes, bytes] | None


_looks = msgspec.msgpack.Decoder(tuple[_LookMemory, ...])


def remember(unit: Unit, facts: Mapping[str, object]) -> Memory:
    """What it is to go on from."""
    seen = {(look.cell.device, look.cell.metric): look.cell for look in unit.looks if look.cell.time_ms}
    leaves = _leaves(unit)
    keys = {leaf.key for leaf in leaves if isinstance(leaf, FactLeaf)} & facts.keys()
    return Memory(
        unit.id,
        unit.kept.version,
        unit.clock_ms,
        unit.since_ms,
        not unit.holds,
        unit.fired_ms,
        unit.holds,
        tuple(CellMemory(cell.device, cell.metric, cell.value, cell.time_ms) for cell in seen.values()),
        tuple(_leaf(leaf) for leaf in leaves if isinstance(leaf, SeriesLeaf)),
        {key: msgspec.json.encode(facts[key]).decode() for key in sorted(keys)},
        unit.cursor_ms,
        (PARTS.index(unit.said[0]), unit.said[1], unit.count),
        unit.moment_ms,
        unit.check_ms,
    )


def recall(unit: Unit, memory: Memory | None, now_ms: int) -> None:
    """Go on from it; the cells have their newest values already. A leaf that is another now begins anew; what lost all
    that it looked at is looked at now: no reading will say that it is not known any more.
    """
    known: dict[str, LeafMemory] = {}
    times: dict[tuple[str, str], int] = {}
    if memory is not None and memory.version == unit.kept.version:
        unit.clock_ms, unit.since_ms, unit.fired_ms = memory.clock_ms, memory.since_ms, memory.fired_ms
        unit.holds, unit.cursor_ms = memory.holds, memory.scheduled_ms
        unit.said, unit.count = (PARTS[memory.said[0]], memory.said[1]), memory.said[2]
        unit.moment_ms, unit.check_ms = memory.moment_ms, memory.check_ms
        known = {leaf.path: leaf for leaf in memory.leaves}
        times = {(cell.device, cell.metric): cell.time_ms for cell in memory.cells}
    for leaf in _leaves(unit):
        if not isinstance(leaf, SeriesLeaf):
            continue
        kept = known.get(leaf.path)
        if kept is not None and kept.digest == leaf.digest:
            leaf.truth = kept.truth
            for look, one in zip(leaf.looks, _looks.decode(kept.slots), strict=True):
                _back(look, one)
        elif kept is not None and not leaf.looks:
            unit.check_ms = max(unit.check_ms or 0, now_ms)
        for look in leaf.looks:
            before_ms = times.get((look.cell.device, look.cell.metric))
            if look.cell.time_ms:
                _newest(unit, look, None if not known else before_ms)


def _newest(unit: Unit, look: Look, before_ms: int | None) -> None:
    """Take the value its cell has, where it knows an older one or none."""
    leaf, cell = look.leaf, look.cell
    if before_ms is not None and cell.time_ms - before_ms > look.age_ms and not unit.holds:
        unit.since_ms = None  # nobody knows what it was in between
    if look.slots is not None:
        return
    truth = look.truth
    look.figure = cell.value
    if leaf.step is not None:
        look.base = cell.value if look.base is None else look.base
    elif not leaf.combined:
        look.truth = leaf.test.settle(cell.value, look.truth)
    if (look.truth != truth or before_ms is None) and leaf.step is None:
        unit.check_ms = max(unit.check_ms or 0, cell.time_ms, unit.clock_ms)


def fact_of(key: str, text: str) -> object:
    """As `Memory.words` has it."""
    if key.startswith("alert:"):
        return frozenset(msgspec.json.decode(text, type=list[str]))
    if key == ANOMALIES:
        return msgspec.json.decode(text, type=dict[str, tuple[str, str, str]])
    return msgspec.json.decode(text)


def readable(memory: Memory) -> None:
    """Raises ValueError where something inside it is what no version has written."""
    if not 0 <= memory.said[0] < len(PARTS):
        raise ValueError(f"there is no part {memory.said[0]}")
    for key, text in memory.words.items():
        fact_of(key, text)
    for leaf in memory.leaves:
        for look in _looks.decode(leaf.slots):
            if look.slots is not None:
                Slots.read(look.slots)


def _leaves(unit: Unit) -> list[Leaf]:
    steps = [leaf for leaf in unit.compiled.moments if isinstance(leaf, SeriesLeaf)]
    return [*leaves_of(unit.compiled.level), *steps, *leaves_of(unit.compiled.condition)]


def _leaf(leaf: SeriesLeaf) -> LeafMemory:
    looks = tuple(
        _LookMemory(look.truth, look.figure, look.base, look.stale, None if look.slots is None else look.slots.dump())
        for look in leaf.looks
    )
    return LeafMemory(leaf.path, leaf.digest, leaf.truth, slots=msgspec.msgpack.encode(looks))


def _back(look: Look, kept: _LookMemory) -> None:
    look.truth, look.figure, look.base, look.stale = kept.truth, kept.figure, kept.base, kept.stale
    if look.slots is not None and kept.slots is not None:
        look.slots.load(kept.slots)
