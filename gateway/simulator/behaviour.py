"""How a simulated node acts on what it hears: moves its window, applies its configuration, answers."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from ..core import topics
from .motor import Motor, Move
from .orders import (
    MAX_INTERVAL_S,
    MIN_INTERVAL_S,
    Ack,
    Acks,
    Command,
    Reported,
    read_command,
    read_desired,
    read_window,
    wanted_position,
)
from .outbox import Letter, Outbox


class Behaviour:
    """The node's own logic between what arrives and its outbox.

    `placed` is told where the motor has moved the window (None: there is no window); `changed` is called when the
    next reading should not wait for its turn.
    """

    def __init__(
        self,
        outbox: Outbox,
        clock: Callable[[], int],
        interval_s: float,
        placed: Callable[[float], None] | None,
        changed: Callable[[], None],
    ) -> None:
        self._outbox = outbox
        self._clock = clock
        self._changed = changed
        self._acks = Acks()
        self._version = 0
        self.interval_s = interval_s
        self.motor = Motor(placed, self._moved) if placed is not None else None
        self.device = ""
        """The id the gateway gave us; empty until then."""

    def command(self, _: str, payload: bytes) -> None:
        """`devices/{id}/command`."""
        order = read_command(payload)
        if order is None:
            return
        earlier = self._acks.given(order.id)
        if earlier is not None:
            self._answer(earlier)
        elif order.expires_ms is not None and order.expires_ms < self._clock():
            self._answer(Ack(order.id, "failed", "it came too late"))
        else:
            self._obey(order)

    def window(self, _: str, payload: bytes) -> None:
        """`window/{id}/control`."""
        control = read_window(payload)
        if control is None or self.motor is None:
            return
        if control.decision:
            earlier = self._acks.given(control.decision)
            if earlier is not None:
                self._answer(earlier)
                return
            self._answer(Ack(control.decision, "accepted"))
        self.motor.go(Move(control.position, control.decision))

    def desired(self, _: str, payload: bytes) -> None:
        """`devices/{id}/shadow/desired`: apply what we know, report what holds now."""
        desired = read_desired(payload)
        if desired is None or desired.version < self._version:
            return
        self._version = desired.version
        wanted_s = desired.state.interval_s
        if wanted_s is not None:
            self.interval_s = min(MAX_INTERVAL_S, max(MIN_INTERVAL_S, wanted_s))
            self._changed()
        self.report()

    def report(self) -> None:
        """Say which configuration holds."""
        reported = Reported(self._version, {"interval_s": self.interval_s})
        self._outbox.put(Letter(topics.shadow_reported(self.device), msgspec.json.encode(reported)))

    def _moved(self, move: Move, arrived: bool) -> None:
        if move.order:
            self._answer(Ack(move.order, "done") if arrived else Ack(move.order, "failed", "a newer order came"))
        if arrived:
            self._changed()

    def _obey(self, order: Command) -> None:
        if order.verb != "set_position" or self.motor is None:
            self._answer(Ack(order.id, "failed", f"this node does not know {order.verb}"))
            return
        position_pct = wanted_position(order)
        if position_pct is None:
            self._answer(Ack(order.id, "failed", "set_position needs a position"))
            return
        self._answer(Ack(order.id, "accepted"))
        self.motor.go(Move(position_pct, order.id))

    def _answer(self, ack: Ack) -> None:
        self._acks.keep(ack)
        self._outbox.put(Letter(topics.command_ack(self.device), msgspec.json.encode(ack)))
