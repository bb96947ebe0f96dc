"""What rules looked at once: of that, what was measured before and comes after is on its way, and a replay must know.

A replay has the rule at the moment at which such a reading was measured, and would hear it there. So it is looked at
when it comes, however late that is and whatever restarts lie between, and goes onto the tape like any that was
overtaken; in the evaluator nobody looks at it any more. Readings of a device that are not late come in the order of
their time: from the first on that was measured later there is nothing to look at, but for late ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import msgspec

from ...core.messages import ClockSet
from ...core.ports.rules import RuleRemembered
from ...core.ports.store import Writer
from ...core.rules.cells import Cell
from ...core.rules.events import LeafSeries
from ...core.rules.memory import CellMemory, Memory

_PREFIX = "*left:"
"""Of the rows in which this is kept, one a device, beside those of the rules: no rule has such an id."""
_LONGEST_MS = 60 * 86_400_000
"""What is taped is not kept for longer."""

Cells = Callable[[str], Mapping[str, Cell] | None]
"""The series of a device that rules look at now."""


class Lingering:
    """Series that no rule looks at any more, and since when."""

    def __init__(self, writer: Writer, clock: Callable[[], int]) -> None:
        self._writer = writer
        self._clock = clock
        self._left: dict[str, dict[str, int]] = {}
        self._passed: set[str] = set()
        """Devices of which something newer was heard since."""

    def recall(self, memories: Iterable[Memory], cells: Cells) -> None:
        """After a start. What a rule looked at when it was written down last and none does now was lost sight of in a
        power cut: until this start.
        """
        now_ms = self._clock()
        looked: list[CellMemory] = []
        for memory in memories:
            if memory.rule.startswith(_PREFIX):
                device = memory.rule.removeprefix(_PREFIX)
                self._left[device] = {cell.metric: cell.time_ms for cell in memory.cells}
            else:
                looked += memory.cells
        self._leave({(one.device, one.metric) for one in looked}, cells, now_ms)
        self.forget()

    def changed(self, before: Iterable[LeafSeries], cells: Cells) -> bool:
        """Rules looked at `before` and may look elsewhere now. Whether none looks at some of it any more."""
        looked = {(one.device, one.metric) for leaf in before for one in leaf.series}
        touched = self._leave(looked, cells, self._clock())
        for device, metrics in list(self._left.items()):
            again = metrics.keys() & (cells(device) or {}).keys()
            if again:
                self._left[device] = {metric: ms for metric, ms in metrics.items() if metric not in again}
                self._write(device)
        return touched

    def _leave(self, looked: Iterable[tuple[str, str]], cells: Cells, now_ms: int) -> bool:
        touched: set[str] = set()
        for device, metric in looked:
            metrics = self._left.setdefault(device, {})
            if metric not in metrics and metric not in (cells(device) or {}):
                metrics[metric] = now_ms
                touched.add(device)
            elif not metrics:
                del self._left[device]
        self._passed -= touched
        for device in sorted(touched):
            self._write(device)
        return bool(touched)

    def _write(self, device: str) -> None:
        metrics = self._left[device]
        name = f"{_PREFIX}{device}"
        cells = tuple(CellMemory(device, metric, 0.0, left_ms) for metric, left_ms in metrics.items())
        memory = msgspec.msgpack.encode(Memory(name, 0, 0, cells=cells)) if metrics else b""
        self._writer.submit([RuleRemembered(name, 0, self._clock(), memory)])
        if not metrics:
            del self._left[device]
            self._passed.discard(device)

    def left_ms(self, device: str) -> int:
        """Nothing of it that was measured after that is of interest; -1: nothing is at all."""
        return max(self._left.get(device, {}).values(), default=-1)

    def passes(self, device: str, time_ms: int) -> bool:
        """Whether this reading, which is not late, is the first one after that."""
        if device not in self._left or device in self._passed or time_ms <= self.left_ms(device):
            return False
        self._passed.add(device)
        return True

    def cells(self) -> dict[str, dict[str, Cell]]:
        """Series to be looked at beside those of the rules, by device: their bands are empty. None of one of which only
        what is late is of interest.
        """
        return {
            device: {} if device in self._passed else {metric: Cell(device, metric) for metric in metrics}
            for device, metrics in self._left.items()
        }

    def forget(self) -> None:
        """What is not on the tape any more."""
        now_ms = self._clock()
        for device, metrics in list(self._left.items()):
            kept = {metric: left_ms for metric, left_ms in metrics.items() if abs(now_ms - left_ms) < _LONGEST_MS}
            if kept != metrics:
                self._left[device] = kept
                self._write(device)

    def move(self, event: ClockSet) -> None:
        """By the clock as it is now."""
        for device, metrics in list(self._left.items()):
            self._left[device] = {metric: event.moved(left_ms) for metric, left_ms in metrics.items()}
            self._write(device)
