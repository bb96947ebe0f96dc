"""Watches the position of every window for what nobody has ordered."""

from __future__ import annotations

from collections.abc import Callable

from ...core.commands import CommandStatus
from ...core.decisions import Outcome
from ...core.messages import (
    ClientConnected,
    ClockSet,
    CommandMoved,
    Decided,
    DeviceChanged,
    DeviceStatus,
    DeviceSwapped,
    ReadingStored,
    ShadowMoved,
)
from ...core.quality import Quality
from ..bus import Bus
from .by_hand import Hand

_POSITION = "position"
_TOLD = (CommandStatus.QUEUED, CommandStatus.SENT, CommandStatus.ACCEPTED)
"""ACCEPTED, too: a command that was lost on its way is carried out when it is sent again, much later."""


class Hands:
    """Tells `moved` (device, percent) of each window that somebody has moved by hand. Listens to the bus by itself.

    The bus is told (`reconsider`) where `is_window` changes its answers.
    """

    def __init__(
        self,
        bus: Bus,
        clock: Callable[[], int],
        is_window: Callable[[str], bool],
        moved: Callable[[str, float], None],
    ) -> None:
        self._clock = clock
        self._is_window = is_window
        self._moved = moved
        self._hands: dict[str, Hand] = {}
        bus.on(ReadingStored, self._stored, wants=is_window)
        bus.on(CommandMoved, self._command_moved)
        bus.on(Decided, self._decided)
        bus.on(ShadowMoved, self._shadow_moved)
        bus.on(ClientConnected, lambda event: self._lost(event.name))
        bus.on(DeviceSwapped, lambda event: self._lost(event.device))
        bus.on(DeviceChanged, self._device_changed)
        bus.on(ClockSet, self._clock_set)

    def _stored(self, event: ReadingStored) -> None:
        reading = event.reading
        position = reading.values.get(_POSITION)
        if position is None or reading.late or reading.quality.get(_POSITION, 0) & ~Quality.TIME:
            return
        if not self._is_window(reading.device):
            return
        found = self._hand(reading.device).read(position, reading.boot, reading.time_ms, self._clock())
        if found is not None:
            self._moved(reading.device, found)

    def _command_moved(self, event: CommandMoved) -> None:
        command, status = event.command, event.step.status
        if not self._is_window(command.device):
            return
        if status in _TOLD:
            position = command.args.get(_POSITION) if command.verb == "set_position" else None
            target = float(position) if isinstance(position, int | float) else None
            self._hand(command.device).ordered(command.id, target, self._clock())
        else:
            self._hand(command.device).answered(command.id, self._clock())

    def _decided(self, event: Decided) -> None:
        decision = event.decision
        if decision.outcome is Outcome.SENT:
            self._hand(decision.device).ordered(decision.id, float(decision.position), self._clock())
        elif decision.outcome in (Outcome.DONE, Outcome.FAILED):
            self._hand(decision.device).answered(decision.id, self._clock())

    def _shadow_moved(self, event: ShadowMoved) -> None:
        """Other limits may have moved it."""
        hand = self._hands.get(event.shadow.device)
        if hand is not None:
            hand.ordered("shadow", None, self._clock())
            hand.answered("shadow", self._clock())

    def _hand(self, device: str) -> Hand:
        hand = self._hands.get(device)
        if hand is None:
            hand = self._hands[device] = Hand()
        return hand

    def _lost(self, device: str) -> None:
        hand = self._hands.get(device)
        if hand is not None:
            hand.lost()

    def _device_changed(self, event: DeviceChanged) -> None:
        if event.status is None:
            self._hands.pop(event.device, None)
        elif event.status is not DeviceStatus.ONLINE:
            self._lost(event.device)

    def _clock_set(self, event: ClockSet) -> None:
        """Times before cannot be compared with those to come."""
        self._hands.clear()
