"""When which rule is due next. Pure."""

from __future__ import annotations

from heapq import heapify, heappop, heappush

from .events import Struck
from .unit import Unit


class Agenda:
    """One entry a rule, of the earliest moment at which it may be due: a series that grows old later than it was to be
    when it was entered is found out when its turn comes.
    """

    def __init__(self, fresh_ms: int) -> None:
        self._fresh_ms = fresh_ms
        self._heap: list[tuple[int, int, Unit]] = []
        self._entries = 0
        self._parked: dict[str, Unit] = {}
        self._size = 0

    def wait(self, unit: Unit) -> None:
        """Note when it is due next."""
        if not unit.behind:
            self._parked.pop(unit.id, None)
        due = unit.due_ms()
        if due is None or (unit.entry and unit.next <= due):
            return
        self._size += not unit.entry
        self._entries += 1
        unit.entry, unit.next = self._entries, due
        heappush(self._heap, (due, self._entries, unit))
        if len(self._heap) > 2 * self._size + 64:
            self._heap = [one for one in self._heap if one[2].entry == one[1]]
            heapify(self._heap)

    def park(self, unit: Unit) -> None:
        """Look at it whenever somebody asks: it waits for its own readings."""
        self._parked[unit.id] = unit

    def leave(self, unit: Unit) -> None:
        """It is no more."""
        self._parked.pop(unit.id, None)
        self._size -= bool(unit.entry)
        unit.entry = 0

    def due(self, now_ms: int) -> list[Struck]:
        """Those of fresh rules, and of rules whose readings have come past it; in order."""
        found: list[Struck] = []
        for unit in self._ripe(now_ms):
            due = unit.due_ms()
            overdue = due is not None and due <= now_ms
            if due is not None and overdue and (unit.fresh(self._fresh_ms) or unit.passed(due)):
                found.append(Struck(unit.id, due))
            elif (caught_up_ms := unit.caught_up_ms(self._fresh_ms)) is not None:
                found.append(Struck(unit.id, caught_up_ms))
            elif unit.behind or overdue:
                self._parked[unit.id] = unit
            else:
                self.wait(unit)
        return sorted(found, key=lambda one: (one.due_ms, one.rule))

    def _ripe(self, now_ms: int) -> list[Unit]:
        units = dict.fromkeys(self._parked.values())
        self._parked.clear()
        while (next_ms := self.next_ms()) is not None and next_ms <= now_ms:
            units[self._pop()] = None
        return list(units)

    def first(self, before_ms: int) -> tuple[Unit, int] | None:
        """The rule that is due first, before this moment."""
        while (next_ms := self.next_ms()) is not None and next_ms < before_ms:
            unit = self._pop()
            due = unit.due_ms()
            if due is not None and due <= next_ms:
                return unit, due
            self.wait(unit)
        return None

    def next_ms(self) -> int | None:
        """Not later than the first one."""
        while self._heap and self._heap[0][2].entry != self._heap[0][1]:
            heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def _pop(self) -> Unit:
        unit = heappop(self._heap)[2]
        unit.entry = 0
        self._size -= 1
        return unit
